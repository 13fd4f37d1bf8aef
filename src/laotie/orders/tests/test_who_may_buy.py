"""What is checked at the moment of buying besides price and stock: an open shop, and whose visitor the buyer is."""

import pytest

from laotie.catalog.tests.makers import make_offer, on_hand_of
from laotie.core.actor import person
from laotie.orders import operations
from laotie.orders.contracts import BasketLine
from laotie.orders.errors import NotTheirVisitor, ShopClosed
from laotie.orders.models import Checkout
from laotie.orders.tests import makers
from laotie.people import operations as people
from laotie.people.tests.makers import make_person, refused

pytestmark = pytest.mark.django_db


class TestPlaceOrder:
    def test_refuses_a_suspended_shop_at_once(self) -> None:
        """The goods leave sale with an event a moment later; nobody buys in between."""
        market = makers.make_market()
        operator = person(make_person(name="沈", is_operator=True).id)
        people.suspend_shop(actor=operator, shop_id=market.shop.id, reason="抽检不合格", now=makers.NOW)
        with refused(ShopClosed) as refusal:
            makers.place(market)
        assert refusal.value.data() == {"shop_id": market.shop.id}
        assert Checkout.objects.count() == 0
        assert on_hand_of(market.sku_id) == 1_000

    def test_sells_at_a_creators_price_only_to_who_came_by_that_creator_last(self) -> None:
        market = makers.make_market()
        make_offer(sku_id=market.sku_id, channel=f"creator:{market.mei.id}", price_fen=8_000, now=makers.LONG_AGO)
        lines = [BasketLine(market.sku_id, 1, f"creator:{market.mei.id}")]
        with refused(NotTheirVisitor) as refusal:
            operations.place_order(buyer=market.buyer, lines=lines, destination=makers.HOME, now=makers.NOW)
        assert refusal.value.data() == {"sku_id": market.sku_id}
        assert Checkout.objects.count() == 0
        assert on_hand_of(market.sku_id) == 1_000
        makers.click(market)
        placed = operations.place_order(buyer=market.buyer, lines=lines, destination=makers.HOME, now=makers.NOW)
        assert placed.payable_fen == 8_000

    def test_takes_the_shelfs_price_where_the_creator_has_none(self) -> None:
        market = makers.make_market()
        lines = [BasketLine(market.sku_id, 1, f"creator:{market.mei.id}")]
        placed = operations.place_order(buyer=market.buyer, lines=lines, destination=makers.HOME, now=makers.NOW)
        assert placed.payable_fen == 10_000
