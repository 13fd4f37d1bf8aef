"""Purchase limits per person (限购): what counts, what no longer counts, and two tabs at once."""

from datetime import timedelta

import pytest

from laotie.catalog.tests.makers import make_offer, on_hand_of
from laotie.core.actor import person
from laotie.orders import operations
from laotie.orders.errors import OverPersonLimit
from laotie.orders.models import Order
from laotie.orders.tests import makers
from laotie.orders.tests.makers import NOW, Market
from laotie.people.tests.makers import make_person, refused
from laotie.people.tests.test_races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(db: None) -> Market:  # noqa: ARG001 - asks for the database
    return limited_market()


def limited_market() -> Market:
    """Make a market whose product is sold at most three times to each person."""
    market = makers.make_market()
    make_offer(sku_id=market.sku_id, price_fen=9_000, limit_per_person=3, now=NOW - timedelta(days=1))
    return market


class TestLimit:
    def test_counts_what_a_person_has_bought_and_what_waits_for_money(self, market: Market) -> None:
        makers.buy(market, quantity=1)
        makers.place(market, quantity=1)
        with refused(OverPersonLimit) as found:
            makers.place(market, quantity=2)
        assert found.value.data() == {"sku_id": market.sku_id, "limit": 3, "bought": 2}
        assert on_hand_of(market.sku_id) == 998
        makers.place(market, quantity=1)
        with refused(OverPersonLimit):
            makers.place(market, quantity=1)

    def test_is_each_persons_own(self, market: Market) -> None:
        makers.place(market, quantity=3)
        guo = person(make_person(name="郭").id)
        assert makers.place(market, quantity=3, buyer=guo).payable_fen == 27_000

    def test_one_order_alone_can_be_too_much(self, market: Market) -> None:
        with refused(OverPersonLimit):
            makers.place(market, quantity=4)
        assert Order.objects.count() == 0

    def test_forgets_what_was_closed_unpaid(self, market: Market) -> None:
        makers.place(market, quantity=3)
        late = NOW + timedelta(seconds=901)
        assert operations.close_unpaid_checkouts(now=late) == 1
        assert makers.place(market, quantity=3, now=late)

    def test_forgets_what_was_cancelled_before_shipping(self, market: Market) -> None:
        bought = makers.buy(market, quantity=3)
        operations.cancel_paid_order(
            actor=market.buyer, order_id=bought.id, now=NOW + timedelta(minutes=1), reason="不想要了"
        )
        assert makers.place(market, quantity=3, now=NOW + timedelta(minutes=2))

    def test_begins_anew_with_a_new_offer(self, market: Market) -> None:
        makers.place(market, quantity=3)
        make_offer(sku_id=market.sku_id, price_fen=8_000, limit_per_person=3, now=NOW + timedelta(minutes=1))
        assert makers.place(market, quantity=3, now=NOW + timedelta(minutes=2)).payable_fen == 24_000

    def test_units_bought_before_the_offer_do_not_count(self) -> None:
        market = makers.make_market()
        makers.buy(market, quantity=9, now=NOW - timedelta(days=2))
        make_offer(sku_id=market.sku_id, price_fen=9_000, limit_per_person=3, now=NOW - timedelta(days=1))
        assert makers.place(market, quantity=3)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_do_not_get_more_than_one_could() -> None:
    market = limited_market()
    outcomes = race(*[lambda: makers.place(market, quantity=2)] * 3)
    assert outcomes == ["done", *["orders.over_person_limit"] * 2]
    assert on_hand_of(market.sku_id) == 998
