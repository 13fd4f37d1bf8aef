"""After-sale: the five kinds, each clock one second before, at and after its edge, and who may do what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from laotie.catalog import operations as catalog
from laotie.catalog.contracts import ProductView
from laotie.catalog.queries import get_stock
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import Actor, person, system
from laotie.core.errors import IllegalMove, NotFound
from laotie.main.audit import audit_everything
from laotie.orders import operations, queries
from laotie.orders.contracts import AfterSaleKind, AfterSaleState, AfterSaleView, OrderView
from laotie.orders.errors import (
    CaseOpen,
    ExchangeDiffers,
    InterceptFirst,
    KindNotPossible,
    NoReasonOver,
    NotRefundable,
)
from laotie.orders.models import AfterSale, Order
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_person, make_staff, refused

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PARCEL = {"carrier": "中通快递", "tracking_number": "ZT100"}


def ask(
    market: makers.Market,
    order: OrderView,
    kind: AfterSaleKind,
    *,
    now: datetime,
    reason: str = "faulty: 裂了",
    quantity: int = 0,
    exchange_sku_id: int | None = None,
) -> AfterSaleView:
    """Ask for something about an order's first line."""
    return operations.ask_after_sale(
        actor=market.buyer,
        order_id=order.id,
        line_id=order.lines[0].id,
        kind=kind,
        reason=reason,
        quantity=quantity,
        exchange_sku_id=exchange_sku_id,
        now=now,
    )


def state_of(case: AfterSaleView) -> str:
    """Return where a case stands now."""
    return AfterSale.objects.get(pk=case.id).state


def on_hand(sku_id: int) -> int:
    """Return what of a SKU is on hand."""
    return get_stock(sku_id)[0].on_hand


class TestReturnAndRefund:
    def test_walks_from_request_to_money_with_every_clock_at_its_edge(self) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, quantity=2, until="received")
        asked_at = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=asked_at)
        assert case.act_by == asked_at + 48 * HOUR
        assert operations.act_on_due_cases(now=case.act_by - SECOND) == 0
        assert operations.act_on_due_cases(now=case.act_by) == 1
        assert state_of(case) == "returning"
        sent_by = case.act_by + 10 * DAY
        assert operations.act_on_due_cases(now=sent_by - SECOND) == 0
        operations.send_back(actor=market.buyer, case_id=case.id, now=sent_by - SECOND, **PARCEL)
        confirm_by = sent_by - SECOND + 7 * DAY
        assert operations.act_on_due_cases(now=confirm_by - SECOND) == 0
        assert operations.act_on_due_cases(now=confirm_by) == 1
        assert state_of(case) == "refunding"
        after = makers.order(market, order.id)
        assert (after.state, after.refunded_fen, after.lines[0].returned_quantity) == ("closed", 200_00, 2)
        assert list(audit_everything()) == []

    def test_goods_not_sent_back_in_time_end_it(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        asked_at = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=asked_at)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=asked_at)
        assert operations.act_on_due_cases(now=asked_at + 10 * DAY) == 1
        assert state_of(case) == "closed"
        settle_at = Order.objects.get().settle_at
        assert settle_at == asked_at + 17 * DAY  # seven days after it ended (RULES 11.4)

    @pytest.mark.parametrize(("is_sellable", "left"), [(True, 10), (False, 8)])
    def test_what_cannot_be_sold_again_is_written_off(self, *, is_sellable: bool, left: int) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, quantity=2, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=now)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        operations.send_back(actor=market.buyer, case_id=case.id, now=now, **PARCEL)
        operations.confirm_return(actor=market.merchant, case_id=case.id, is_sellable=is_sellable, now=now)
        assert on_hand(market.sku_id) == left
        assert list(audit_everything()) == []

    def test_after_settlement_every_party_gives_its_part(self) -> None:
        market = makers.make_market()
        makers.open_plan(market)
        makers.click(market)
        order = makers.buy(market, until="settled")
        assert order.settled_at is not None
        now = order.settled_at + DAY
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=now)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        operations.send_back(actor=market.buyer, case_id=case.id, now=now, **PARCEL)
        operations.confirm_return(actor=market.merchant, case_id=case.id, is_sellable=True, now=now)
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert list(audit_everything()) == []

    def test_example_14_no_reason_window(self) -> None:
        """RULES 13.2, 14: signed 06-01 15:00 → starts 06-02 00:00 → ends 06-09 00:00, in the platform's time."""
        market = makers.make_market()
        bought_at = datetime(2026, 5, 29, 7, 0, tzinfo=UTC)
        order = makers.buy(market, now=bought_at, until="received")
        assert order.received_at == datetime(2026, 6, 1, 7, 0, tzinfo=UTC)  # 15:00 in Shanghai
        ends_at = datetime(2026, 6, 8, 16, 0, tzinfo=UTC)  # 00:00 of 06-09 in Shanghai
        assert queries.find_no_reason_end(order_id=order.id, line_id=order.lines[0].id) == ends_at
        with refused(NoReasonOver):
            ask(market, order, AfterSaleKind.RETURN_REFUND, now=ends_at, reason="unwanted")
        ask(market, order, AfterSaleKind.RETURN_REFUND, now=ends_at - SECOND, reason="unwanted")

    def test_fresh_food_has_no_such_window(self) -> None:
        market = makers.make_market(trade="food")
        order = makers.buy(market, until="received")
        assert order.received_at is not None
        with refused(NoReasonOver):
            ask(market, order, AfterSaleKind.RETURN_REFUND, now=order.received_at, reason="unwanted: 不好吃")
        ask(market, order, AfterSaleKind.RETURN_REFUND, now=order.received_at, reason="faulty")

    def test_nothing_is_sent_back_that_was_not_shipped(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        for kind in set(AfterSaleKind) - {AfterSaleKind.REFUND_ONLY}:
            with refused(KindNotPossible):
                ask(market, order, kind, now=makers.NOW)
        assert AfterSale.objects.count() == 0


class TestInterception:
    def test_a_shop_calls_the_parcel_back_before_it_can_refuse(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        asked_at = makers.NOW + 2 * HOUR
        case = ask(market, order, AfterSaleKind.REFUND_ONLY, now=asked_at)
        assert case.act_by == asked_at + 5 * DAY
        with refused(InterceptFirst):
            operations.refuse_after_sale(actor=market.merchant, case_id=case.id, answer="已发货", now=asked_at)
        assert operations.act_on_due_cases(now=asked_at + 5 * DAY - SECOND) == 0
        assert operations.act_on_due_cases(now=asked_at + 5 * DAY) == 1
        assert state_of(case) == "refunding"

    def test_a_parcel_that_cannot_be_called_back_is_sent_back(self) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, until="shipped")
        now = makers.NOW + 2 * HOUR
        case = ask(market, order, AfterSaleKind.REFUND_ONLY, now=now)
        view = operations.miss_interception(actor=market.merchant, case_id=case.id, now=now)
        assert (view.kind, view.state) == (AfterSaleKind.RETURN_REFUND, AfterSaleState.RETURNING)
        operations.send_back(actor=market.buyer, case_id=case.id, now=now, **PARCEL)
        operations.confirm_return(actor=market.merchant, case_id=case.id, is_sellable=True, now=now)
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert list(audit_everything()) == []

    def test_once_delivered_it_is_refused_as_any_other(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        now = makers.NOW + 2 * DAY
        operations.record_delivery(order_id=order.id, actor=system("carrier"), now=now)
        case = ask(market, order, AfterSaleKind.REFUND_ONLY, now=now)
        assert case.act_by == now + 48 * HOUR
        operations.refuse_after_sale(actor=market.merchant, case_id=case.id, answer="请先寄回", now=now)
        assert state_of(case) == "refused"


class TestGoodsAgainstGoods:
    @pytest.fixture
    def two_skus(self) -> tuple[makers.Market, ProductView]:
        market = makers.make_market(stock=10)
        product = make_product(shop_id=market.shop.id, stock=10, skus=2, now=makers.LONG_AGO)
        return makers.Market(market.lin, market.mei, market.tan, market.shop, product), product

    def test_an_exchange_takes_one_and_sends_another(self, two_skus: tuple[makers.Market, ProductView]) -> None:
        market, product = two_skus
        first, second = (sku.id for sku in product.skus)
        order = makers.buy(market, quantity=2, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.EXCHANGE, now=now, quantity=1, exchange_sku_id=second)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        assert (on_hand(first), on_hand(second)) == (8, 9)  # set aside for the buyer
        with refused(IllegalMove):
            operations.ship_for_case(actor=market.merchant, case_id=case.id, now=now, **PARCEL)
        operations.send_back(actor=market.buyer, case_id=case.id, now=now, **PARCEL)
        operations.confirm_return(actor=market.merchant, case_id=case.id, is_sellable=True, now=now)
        assert state_of(case) == "to_ship"
        operations.ship_for_case(actor=market.merchant, case_id=case.id, now=now, **PARCEL)
        operations.receive_for_case(actor=market.buyer, case_id=case.id, now=now)
        assert (state_of(case), on_hand(first), on_hand(second)) == ("done", 9, 9)
        assert makers.order(market, order.id).refunded_fen == 0
        assert list(audit_everything()) == []

    def test_a_withdrawn_exchange_lets_the_goods_go(self, two_skus: tuple[makers.Market, ProductView]) -> None:
        market, product = two_skus
        order = makers.buy(market, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.EXCHANGE, now=now)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        assert on_hand(product.skus[0].id) == 8
        operations.withdraw_after_sale(actor=market.buyer, case_id=case.id, now=now)
        assert on_hand(product.skus[0].id) == 9
        assert list(audit_everything()) == []

    def test_only_another_variant_at_the_same_price(self, two_skus: tuple[makers.Market, ProductView]) -> None:
        market, product = two_skus
        order = makers.buy(market, until="received")
        foreign = make_product(shop_id=market.shop.id, stock=10, now=makers.LONG_AGO).skus[0].id
        dearer = product.skus[1].id
        catalog.set_offer(actor=market.merchant, sku_id=dearer, channel="shelf", price_fen=10_001, now=makers.NOW)
        for sku_id in (foreign, dearer):
            with refused(ExchangeDiffers):
                ask(market, order, AfterSaleKind.EXCHANGE, now=makers.NOW + 4 * DAY, exchange_sku_id=sku_id)

    def test_what_was_missing_is_sent_after_and_a_shop_that_does_not_pays(self) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, quantity=4, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.RESEND, now=now, quantity=1)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        assert (state_of(case), on_hand(market.sku_id)) == ("to_ship", 5)
        assert operations.act_on_due_cases(now=now + 7 * DAY - SECOND) == 0
        assert operations.act_on_due_cases(now=now + 7 * DAY) == 1
        assert (state_of(case), on_hand(market.sku_id)) == ("refunding", 6)
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert list(audit_everything()) == []

    def test_a_repair_goes_and_comes_and_counts_as_arrived_after_ten_days(self) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.REPAIR, now=now)
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        operations.send_back(actor=market.buyer, case_id=case.id, now=now, **PARCEL)
        operations.confirm_return(actor=market.merchant, case_id=case.id, is_sellable=True, now=now)
        operations.ship_for_case(actor=market.merchant, case_id=case.id, now=now, **PARCEL)
        assert operations.act_on_due_cases(now=now + 10 * DAY - SECOND) == 0
        assert operations.act_on_due_cases(now=now + 10 * DAY) == 1
        assert (state_of(case), on_hand(market.sku_id)) == ("done", 9)
        assert list(audit_everything()) == []


class TestWhoMay:
    def test_each_side_does_its_own(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        now = makers.NOW + 4 * DAY
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=now)
        clerk = person(make_staff(shop=market.shop, permissions=("orders",), now=makers.LONG_AGO).id)
        stranger = person(make_person(name="郭", now=makers.LONG_AGO).id)
        shops: tuple[Callable[[Actor], object], ...] = (
            lambda actor: operations.agree_after_sale(actor=actor, case_id=case.id, now=now),
            lambda actor: operations.refuse_after_sale(actor=actor, case_id=case.id, answer="不", now=now),
            lambda actor: operations.confirm_return(actor=actor, case_id=case.id, is_sellable=True, now=now),
        )
        buyers: tuple[Callable[[Actor], object], ...] = (
            lambda actor: operations.withdraw_after_sale(actor=actor, case_id=case.id, now=now),
            lambda actor: operations.send_back(actor=actor, case_id=case.id, now=now, **PARCEL),
            lambda actor: operations.open_dispute(actor=actor, case_id=case.id, words="?", now=now),
        )
        for acts, others in (
            (shops, (market.buyer, stranger, clerk)),
            (buyers, (market.merchant, stranger, clerk)),
        ):
            for act in acts:
                for actor in others:
                    with refused(NotFound):
                        act(actor)
        for actor in (stranger, clerk):
            with refused(NotFound):
                queries.access_case(actor=actor, case_id=case.id)
        assert state_of(case) == "requested"
        for actor in (market.buyer, market.merchant):
            assert queries.access_case(actor=actor, case_id=case.id).case.id == case.id

    def test_an_open_case_holds_up_receipt_settlement_shipping_and_cancelling(self) -> None:
        market = makers.make_market()
        paid = makers.buy(market)
        ask(market, paid, AfterSaleKind.REFUND_ONLY, now=makers.NOW)
        with refused(CaseOpen):
            makers.ship(market, paid.id, now=makers.NOW)
        with refused(CaseOpen):
            operations.cancel_paid_order(actor=market.buyer, order_id=paid.id, now=makers.NOW, reason="不要了")
        shipped = makers.buy(market, until="shipped")
        ask(market, shipped, AfterSaleKind.REPAIR, now=makers.NOW + DAY)
        assert shipped.receive_by is not None
        assert operations.receive_due_orders(now=shipped.receive_by) == 0

    def test_the_return_address_is_shown_while_goods_go_back(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        now = makers.NOW + 4 * DAY
        operations.set_return_address(
            actor=market.merchant,
            shop_id=market.shop.id,
            recipient="售后组",
            phone="057985551234",
            region="浙江省 金华市",
            street="茶城路 18 号",
            now=now,
        )
        case = ask(market, order, AfterSaleKind.RETURN_REFUND, now=now)
        assert queries.access_case(actor=market.buyer, case_id=case.id).return_address is None
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        shown = queries.access_case(actor=market.buyer, case_id=case.id).return_address
        assert shown is not None
        assert (shown.recipient, shown.street) == ("售后组", "茶城路 18 号")

    def test_a_closed_order_has_nothing_to_ask_for(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        operations.cancel_paid_order(actor=market.buyer, order_id=order.id, now=makers.NOW, reason="拍错了")
        with refused(NotRefundable):
            ask(market, order, AfterSaleKind.REFUND_ONLY, now=makers.NOW)
