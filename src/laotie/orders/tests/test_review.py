"""What a review found could go wrong, and does not."""

from datetime import timedelta

import pytest

from laotie.catalog.queries import get_stock
from laotie.orders import operations, queries
from laotie.orders.errors import CaseTooLate
from laotie.orders.models import Order
from laotie.orders.tests import makers
from laotie.people.tests.makers import refused

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def on_hand(market: makers.Market) -> int:
    return get_stock(market.sku_id)[0].on_hand


def test_request_refund_of_all_of_an_unshipped_line_brings_its_stock_back() -> None:
    market = makers.make_market(stock=10)
    order = makers.buy(market, quantity=3)
    assert on_hand(market) == 7
    refund = operations.ask_after_sale(
        actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="不想要了", now=makers.NOW
    )
    operations.agree_after_sale(actor=market.merchant, case_id=refund.id, now=makers.NOW)
    assert on_hand(market) == 10
    assert makers.order(market, order.id).state == "closed"


def test_silence_does_not_bring_goods_back_that_are_with_the_buyer() -> None:
    market = makers.make_market(stock=10)
    order = makers.buy(market, quantity=3, until="received")
    asked_at = makers.NOW + timedelta(days=4)
    operations.ask_after_sale(
        actor=market.buyer,
        order_id=order.id,
        line_id=order.lines[0].id,
        quantity=1,
        reason="坏了一件",
        now=asked_at,
    )
    assert operations.act_on_due_cases(now=asked_at + timedelta(hours=48)) == 1
    assert on_hand(market) == 7
    assert makers.order(market, order.id).refunded_fen == 100_00


def test_request_refund_ends_fifteen_days_after_settlement() -> None:
    market = makers.make_market()
    order = makers.buy(market, until="settled")
    settled_at = Order.objects.get().settled_at
    assert settled_at is not None
    last = settled_at + timedelta(days=15)
    with refused(CaseTooLate):
        operations.ask_after_sale(
            actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="晚了", now=last + SECOND
        )
    operations.ask_after_sale(
        actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="刚好", now=last
    )


def test_an_order_nobody_ships_for_thirty_days_is_cancelled_and_refunded() -> None:
    market = makers.make_market(stock=10)
    order = makers.buy(market)
    due_at = makers.NOW + timedelta(days=30)
    assert operations.cancel_unshipped_orders(now=due_at - SECOND) == 0
    assert operations.cancel_unshipped_orders(now=due_at) == 1
    after = makers.order(market, order.id)
    assert (after.state, after.refunded_fen, on_hand(market)) == ("closed", 100_00, 10)


def test_a_second_payment_leaves_the_shipping_deadline() -> None:
    market = makers.make_market()
    checkout = makers.place(market)
    second = operations.start_payment(
        actor=market.buyer, checkout_id=checkout.id, channel="sandbox", now=makers.NOW
    )
    makers.pay(checkout)
    ship_by = makers.order(market, checkout.order_ids[0]).ship_by
    assert ship_by == makers.NOW + timedelta(hours=48)
    operations.apply_notice(notice=makers.notice_of(second.number), now=makers.NOW + SECOND)
    assert makers.order(market, checkout.order_ids[0]).ship_by == ship_by


def test_a_shop_does_not_see_what_was_paid_elsewhere_in_the_checkout() -> None:
    market = makers.make_market()
    order = makers.buy(market)
    assert queries.access_shop_order(actor=market.merchant, order_id=order.id).payments == ()
    assert len(queries.access_order(actor=market.buyer, order_id=order.id).payments) == 1


def test_events_and_postings_carry_no_words_of_people() -> None:
    from laotie.events.models import OutboxEvent  # noqa: PLC0415 - only here
    from laotie.ledger.models import Posting  # noqa: PLC0415 - only here

    market = makers.make_market()
    order = makers.buy(market)
    operations.refund_line(
        actor=market.merchant,
        order_id=order.id,
        line_id=order.lines[0].id,
        goods_fen=1_00,
        reason="请打我电话 13800005678",
        now=makers.NOW,
    )
    assert not OutboxEvent.objects.filter(payload__icontains="13800005678").exists()
    assert not Posting.objects.filter(memo__contains="13800005678").exists()
