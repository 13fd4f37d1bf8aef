"""Payments in parts, twice, and too late; refunds that meet each other: every fen has an owner."""

from datetime import timedelta

import pytest

from laotie.catalog.tests.makers import make_product
from laotie.main.audit import audit_everything
from laotie.orders import operations
from laotie.orders.contracts import BasketLine
from laotie.orders.jobs import carry_out_refunds
from laotie.orders.models import Order, Payment, RefundPart
from laotie.orders.tests import makers

pytestmark = pytest.mark.django_db


def hear(number: str) -> str:
    """Let the channel say that a payment is paid."""
    return operations.apply_notice(notice=makers.notice_of(number), now=makers.NOW)


def test_two_parts_pay_two_shops() -> None:
    """The first part completes the first shop's order; the second must not be taken for late."""
    market = makers.make_market(price_fen=60_00)
    other = make_product(price_fen=40_00, now=makers.LONG_AGO)
    checkout = operations.place_order(
        buyer=market.buyer,
        lines=[BasketLine(market.sku_id, 1), BasketLine(other.skus[0].id, 1)],
        destination=makers.HOME,
        now=makers.NOW,
    )
    parts = []
    for fen in (60_00, 40_00):
        payment = operations.start_payment(
            actor=market.buyer, checkout_id=checkout.id, channel="sandbox", amount_fen=fen, now=makers.NOW
        )
        parts.append(hear(payment.number))
    assert parts == ["paid", "paid"]
    assert list(Order.objects.order_by("id").values_list("state", "paid_fen")) == [
        ("paid", 60_00),
        ("paid", 40_00),
    ]
    assert list(audit_everything()) == []


def test_what_is_paid_twice_goes_back_once() -> None:
    market = makers.make_market()
    checkout = makers.place(market)
    again = operations.start_payment(
        actor=market.buyer, checkout_id=checkout.id, channel="sandbox", now=makers.NOW
    )
    assert [hear(checkout.payment.number), hear(again.number), hear(again.number)] == ["paid", "late", "repeated"]
    assert Order.objects.get().state == "paid"
    assert Payment.objects.get(number=again.number).refunded_fen == 100_00
    assert list(audit_everything()) == []
    assert carry_out_refunds() == 1
    assert RefundPart.objects.get().done_at is not None


def test_only_what_no_order_needs_goes_back() -> None:
    market = makers.make_market()
    checkout = makers.place(market)
    part = operations.start_payment(
        actor=market.buyer, checkout_id=checkout.id, channel="sandbox", amount_fen=30_00, now=makers.NOW
    )
    assert [hear(part.number), hear(checkout.payment.number)] == ["paid", "paid"]
    order = Order.objects.get()
    assert (order.state, order.paid_fen) == ("paid", 100_00)
    whole = Payment.objects.get(number=checkout.payment.number)
    assert (whole.surplus_fen, whole.refunded_fen) == (30_00, 30_00)
    assert list(audit_everything()) == []


@pytest.mark.parametrize(
    ("given_fen", "state", "refunded_fen"), [(40_00, "refunding", 100_00), (100_00, "closed", 100_00)]
)
def test_a_request_the_shop_forgot_ends_at_its_deadline_whatever_went_back_meanwhile(
    given_fen: int, state: str, refunded_fen: int
) -> None:
    """A request for more than is left must not stop the job for everybody behind it."""
    market = makers.make_market()
    order = makers.buy(market)
    asked = operations.ask_after_sale(
        actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="少发", now=makers.NOW
    )
    operations.refund_line(
        actor=market.merchant,
        order_id=order.id,
        line_id=order.lines[0].id,
        goods_fen=given_fen,
        reason="补偿",
        now=makers.NOW,
    )
    assert operations.act_on_due_cases(now=makers.NOW + timedelta(days=3)) == 1
    found = Order.objects.get()
    assert found.cases.get(pk=asked.id).state == state
    assert (found.state, found.refunded_fen) == ("closed", refunded_fen)
    assert list(audit_everything()) == []
