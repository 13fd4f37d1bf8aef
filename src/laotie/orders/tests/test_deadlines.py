"""The clocks of orders at their edges: one second before, at, after (RULES 11)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from laotie.core.actor import person
from laotie.core.errors import IllegalMove, NotFound
from laotie.orders import operations
from laotie.orders.contracts import AfterSaleState
from laotie.orders.errors import (
    CaseAlreadyOpen,
    CaseOpen,
    CaseRefusedOften,
    NotRefundable,
    NotYetDue,
    RefundTooLarge,
)
from laotie.orders.models import AfterSale, Order
from laotie.orders.operations.settlement import _settle_group
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_person, make_shop, refused

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def request_refund(
    market: makers.Market, order_id: int, line_id: int, *, now: datetime, goods_fen: int = 10_00
) -> int:
    return operations.ask_after_sale(
        actor=market.buyer, order_id=order_id, line_id=line_id, goods_fen=goods_fen, reason="不想要了", now=now
    ).id


class TestTimeToPay:
    def test_ends_after_fifteen_minutes(self) -> None:
        market = makers.make_market()
        checkout = makers.place(market)
        assert checkout.pay_until == makers.NOW + timedelta(minutes=15)
        assert operations.close_unpaid_checkouts(now=checkout.pay_until) == 0
        assert operations.close_unpaid_checkouts(now=checkout.pay_until + SECOND) == 1
        order = makers.order(market, checkout.order_ids[0])
        assert (order.state, order.close_reason) == ("closed", "unpaid")

    def test_a_payment_in_the_last_second_counts(self) -> None:
        market = makers.make_market()
        checkout = makers.place(market)
        assert makers.pay(checkout, now=checkout.pay_until) == "paid"


class TestAutoReceipt:
    def test_comes_ten_days_after_shipping(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        assert order.receive_by is not None
        assert order.shipped_at is not None
        assert order.receive_by - order.shipped_at == timedelta(days=10)
        assert operations.receive_due_orders(now=order.receive_by - SECOND) == 0
        assert operations.receive_due_orders(now=order.receive_by) == 1
        assert operations.receive_due_orders(now=order.receive_by + SECOND) == 0

    def test_waits_while_a_refund_is_open(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        assert order.receive_by is not None
        request_refund(market, order.id, order.lines[0].id, now=order.receive_by - SECOND)
        assert operations.receive_due_orders(now=order.receive_by) == 0


class TestSettlement:
    @pytest.mark.parametrize(("activated_days_ago", "days"), [(365, 7), (30, 7), (29, 10)])
    def test_comes_after_seven_days_or_ten_for_a_newcomer(self, activated_days_ago: int, days: int) -> None:
        market = makers.make_market(activated_at=makers.NOW - timedelta(days=activated_days_ago))
        order = makers.buy(market, until="received")
        assert order.settle_at is not None
        assert order.received_at is not None
        assert order.settle_at - order.received_at == timedelta(days=days)
        with refused(NotYetDue):
            operations.settle_order(order_id=order.id, actor=market.merchant, now=order.settle_at - SECOND)
        assert operations.settle_due_orders(now=order.settle_at) == 1

    def test_takes_no_longer_for_a_new_shop_of_somebody_who_sells_here_already(self) -> None:
        market = makers.make_market(activated_at=makers.NOW - timedelta(days=2))
        make_shop(owner=market.tan, name="老谭二店", activated_at=makers.LONG_AGO, now=makers.LONG_AGO)
        order = makers.buy(market, until="received")
        assert order.settle_at is not None
        assert order.received_at is not None
        assert order.settle_at - order.received_at == timedelta(days=7)

    def test_waits_for_an_open_refund_and_starts_again_when_it_is_refused(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        assert order.settle_at is not None
        asked_at = order.settle_at - SECOND
        refund_id = request_refund(market, order.id, order.lines[0].id, now=asked_at)
        assert operations.settle_due_orders(now=order.settle_at) == 0
        operations.refuse_after_sale(
            actor=market.merchant, case_id=refund_id, answer="已沟通", now=asked_at + SECOND
        )
        over_at = asked_at + SECOND + timedelta(days=3)  # the buyer does not ask the platform
        assert operations.settle_due_orders(now=over_at + timedelta(days=30)) == 0
        assert operations.act_on_due_cases(now=over_at - SECOND) == 0
        assert operations.act_on_due_cases(now=over_at) == 1
        assert operations.settle_due_orders(now=over_at + timedelta(days=7) - SECOND) == 0
        assert operations.settle_due_orders(now=over_at + timedelta(days=7)) == 1


class TestRefundAnswer:
    def test_silence_for_48_hours_is_consent(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        refund_id = request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        due_at = makers.NOW + timedelta(hours=48)
        assert operations.act_on_due_cases(now=due_at - SECOND) == 0
        assert operations.act_on_due_cases(now=due_at) == 1
        assert AfterSale.objects.get(pk=refund_id).state == AfterSaleState.REFUNDING

    def test_only_the_shop_answers(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        refund_id = request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        stranger = make_person(name="郭")
        for actor_id in (stranger.id, market.lin.id):
            with refused(NotFound):
                operations.agree_after_sale(actor=person(actor_id), case_id=refund_id, now=makers.NOW)
        assert AfterSale.objects.get(pk=refund_id).state == AfterSaleState.REQUESTED

    def test_one_request_per_line(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        with refused(CaseAlreadyOpen):
            request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        assert AfterSale.objects.count() == 1

    def test_after_three_refusals_the_buyer_cannot_ask_again(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        for _ in range(3):
            refund_id = request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
            operations.refuse_after_sale(actor=market.merchant, case_id=refund_id, answer="已沟通", now=makers.NOW)
            operations.withdraw_after_sale(actor=market.buyer, case_id=refund_id, now=makers.NOW)
        with refused(CaseRefusedOften) as refusal:
            request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        assert refusal.value.data() == {"refused": 3}
        assert AfterSale.objects.count() == 3

    def test_never_more_than_is_left(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        with refused(RefundTooLarge) as refusal:
            request_refund(market, order.id, order.lines[0].id, now=makers.NOW, goods_fen=100_01)
        assert refusal.value.data() == {"goods_left_fen": 100_00, "freight_left_fen": 0}
        assert AfterSale.objects.count() == 0


class TestShipping:
    def test_is_refused_while_a_refund_is_open(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        request_refund(market, order.id, order.lines[0].id, now=makers.NOW)
        with refused(CaseOpen):
            makers.ship(market, order.id, now=makers.NOW)
        assert Order.objects.get().state == "paid"

    def test_happens_once(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        with refused(IllegalMove):
            makers.ship(market, order.id, now=makers.NOW + timedelta(hours=2))

    def test_ends_the_buyers_right_to_cancel(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        with refused(NotRefundable):
            operations.cancel_paid_order(actor=market.buyer, order_id=order.id, now=makers.NOW, reason="不想要了")


class TestCancel:
    def test_gives_everything_back_at_once(self) -> None:
        market = makers.make_market(freight_fen=8_00)
        order = makers.buy(market, quantity=2)
        operations.cancel_paid_order(actor=market.buyer, order_id=order.id, now=makers.NOW, reason="拍错了")
        after = makers.order(market, order.id)
        assert (after.state, after.refunded_fen, after.freight_refunded_fen) == ("closed", 208_00, 8_00)
        assert after.lines[0].returned_quantity == 2


class TestSettlingTogether:
    @pytest.mark.django_db(transaction=True)
    def test_one_that_cannot_be_settled_does_not_hold_up_the_others(self) -> None:
        market = makers.make_market()
        orders = [makers.buy(market, until="received") for _ in range(3)]
        late = orders[1]
        Order.objects.filter(pk=late.id).update(settle_at=makers.NOW + timedelta(days=90))
        now = makers.NOW + timedelta(days=30)
        assert _settle_group([order.id for order in orders], now=now) == 2
        states = [Order.objects.get(pk=order.id).state for order in orders]
        assert states == ["settled", "received", "settled"]

    def test_a_group_asks_as_many_questions_as_one(
        self, django_assert_max_num_queries: Callable[..., AbstractContextManager[object]]
    ) -> None:
        market = makers.make_market()
        makers.open_plan(market)
        makers.click(market)
        for _ in range(20):
            makers.buy(market, until="received")
        with django_assert_max_num_queries(15):
            assert operations.settle_due_orders(now=makers.NOW + timedelta(days=30)) == 20
