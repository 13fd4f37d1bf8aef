"""A shop that leaves: what keeps its deposit, and when it comes back."""

from datetime import datetime, timedelta

import pytest

from laotie.catalog import operations as catalog
from laotie.core.actor import person
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import deposit_address
from laotie.orders import operations
from laotie.orders.models import Order
from laotie.orders.operations.leaving import deposit_obstacle
from laotie.orders.tests import makers
from laotie.orders.tests.makers import NOW, Market
from laotie.people.tests.makers import make_person
from laotie.trust import operations as trust
from laotie.trust import queries as trust_queries
from laotie.trust.contracts import ReturnState

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def market(db: None) -> Market:  # noqa: ARG001 - asks for the database
    market = makers.make_market()
    shen = person(make_person(name="沈", is_operator=True).id)
    trust.record_deposit(actor=shen, shop_id=market.shop.id, amount_fen=50_000, reference="汇款", now=NOW)
    return market


def leave(market: Market, *, now: datetime) -> None:
    """Take the goods off sale and begin the notice."""
    catalog.take_off_sale(actor=market.merchant, product_id=market.product.id, now=now)
    trust.ask_deposit_return(actor=market.merchant, shop_id=market.shop.id, now=now)


def test_goods_on_sale_keep_it(market: Market) -> None:
    trust.ask_deposit_return(actor=market.merchant, shop_id=market.shop.id, now=NOW)
    assert operations.end_deposit_returns(now=NOW + 30 * DAY) == 1
    view = trust_queries.get_deposit(shop_id=market.shop.id, now=NOW)
    assert (view.return_state, view.return_reason, view.held_fen) == (ReturnState.REFUSED, "goods_on_sale", 50_000)


@pytest.mark.parametrize("until", ["paid", "shipped", "received"])
def test_open_orders_keep_it(market: Market, until: str) -> None:
    makers.buy(market, until=until)
    leave(market, now=NOW)
    assert deposit_obstacle(market.shop.id, now=NOW + DAY) == "orders_open"


def test_an_order_not_paid_yet_keeps_it(market: Market) -> None:
    makers.place(market)
    leave(market, now=NOW)
    assert deposit_obstacle(market.shop.id, now=NOW) == "orders_open"


def test_the_last_order_was_done_thirty_days_ago_to_the_second(market: Market) -> None:
    done = makers.buy(market, until="settled")
    leave(market, now=NOW)
    settled_at = Order.objects.get(pk=done.id).settled_at
    assert settled_at is not None
    quiet = settled_at + 30 * DAY
    assert deposit_obstacle(market.shop.id, now=quiet - SECOND) == "orders_recent"
    assert deposit_obstacle(market.shop.id, now=quiet) == ""
    assert deposit_obstacle(market.shop.id, now=quiet + SECOND) == ""


def test_nothing_in_its_way_it_comes_back_when_the_notice_is_over(market: Market) -> None:
    leave(market, now=NOW)
    assert operations.end_deposit_returns(now=NOW + 30 * DAY - SECOND) == 0
    assert operations.end_deposit_returns(now=NOW + 30 * DAY) == 1
    assert operations.end_deposit_returns(now=NOW + 31 * DAY) == 0
    assert ledger.get_balance(address=deposit_address(market.shop.id)).balance_fen == 0
    assert ledger.get_balance(address=f"shop:{market.shop.id}:payable").balance_fen == 50_000


def test_a_shop_that_stays_keeps_its_deposit_where_it_is(market: Market) -> None:
    leave(market, now=NOW)
    trust.withdraw_deposit_return(actor=market.merchant, shop_id=market.shop.id, now=NOW + DAY)
    assert operations.end_deposit_returns(now=NOW + 40 * DAY) == 0
