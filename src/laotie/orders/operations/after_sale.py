"""After-sale (售后): what a buyer asks, what the shop answers, goods that travel back and forth (RULES 11.3).

Five kinds: money back with or without the goods, goods against goods, what was missing sent after, a repair. Each move
is one transaction under the order's lock. Disputes are in disputes.py, silence in case_deadlines.py.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from laotie.catalog import operations as catalog_operations
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import Wanted
from laotie.core.actor import Actor
from laotie.core.clock import start_of_next_day
from laotie.core.errors import IllegalMove, NotFound
from laotie.core.rules import Rules, rules_of_version
from laotie.orders.contracts import AfterSaleKind, AfterSaleState, AfterSaleView
from laotie.orders.errors import (
    CaseAlreadyOpen,
    CaseRefusedOften,
    CaseTooLate,
    ExchangeDiffers,
    InterceptFirst,
    KindNotPossible,
    NoReasonOver,
    NotRefundable,
)
from laotie.orders.models import AfterSale, Order, OrderLine, Parcel, ReturnAddress
from laotie.orders.operations.cases import lock_case, move_case, record_case_move
from laotie.orders.operations.moves import lock_order
from laotie.orders.operations.refunds import (
    REFUNDABLE,
    check_refund,
    clean_words,
    enter_shop,
    fen_of_units,
    give_back,
    lock_line,
    restart_settlement_clock,
)
from laotie.orders.rules import (
    AUTO_RECEIPT_DAYS,
    CASE_ANSWER_HOURS,
    CONFIRM_DAYS,
    ESCALATE_DAYS,
    INTERCEPT_DAYS,
    NO_REASON_HOURS,
    REFUND_DAYS_SETTLED,
    REFUND_REFUSALS_MOST,
    RETURN_DAYS,
)
from laotie.orders.states import OrderState
from laotie.orders.tracking import hash_tracking_number
from laotie.orders.viewing import case_view
from laotie.people import operations as people_operations
from laotie.people import queries as people

MONEY_KINDS = (AfterSaleKind.RETURN_REFUND, AfterSaleKind.REFUND_ONLY)
GOODS_COME_BACK = (AfterSaleKind.RETURN_REFUND, AfterSaleKind.EXCHANGE, AfterSaleKind.REPAIR)
UNWANTED = "unwanted"
EXCHANGE_HELD = timedelta(days=60)  # longer than all the clocks of an exchange together


@transaction.atomic(savepoint=False)
def ask_after_sale(
    *,
    actor: Actor,
    order_id: int,
    line_id: int,
    reason: str,
    now: datetime,
    kind: AfterSaleKind = AfterSaleKind.REFUND_ONLY,
    goods_fen: int | None = None,
    freight_fen: int = 0,
    quantity: int = 0,
    exchange_sku_id: int | None = None,
) -> AfterSaleView:
    """Ask for something about a line: an amount, or units (whose price it then is), or all that is left of it.

    Raises: NotFound, NotRefundable, KindNotPossible, NoReasonOver, CaseTooLate, CaseRefusedOften, CaseAlreadyOpen,
    RefundTooLarge, RefundEmpty, ExchangeDiffers, InvalidInput.
    """
    order = lock_order(order_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="order")
    rules = rules_of_version(order.rules_version)
    line = lock_line(order, line_id)
    words = clean_words(reason, "reason")
    _require_possible(order, kind)
    _require_in_time(order, line, kind, words, rules, now=now)
    refused = AfterSale.objects.filter(line=line, refusals__gt=0).count()
    # Each refusal restarts the settlement clock (RULES 11.4), so without a bound a buyer could hold the shop's money.
    if refused >= rules[REFUND_REFUSALS_MOST]:
        raise CaseRefusedOften(refused=refused)
    units = quantity or line.quantity - line.returned_quantity
    if kind in MONEY_KINDS:
        goods_fen = fen_of_units(line, quantity) if goods_fen is None else goods_fen
        units = quantity if kind is AfterSaleKind.REFUND_ONLY else units
    else:
        goods_fen = freight_fen = 0
        _require_units(order, line, units)
    if kind in MONEY_KINDS:
        check_refund(order, line, goods_fen, freight_fen, units)
    case = AfterSale(
        order=order,
        line=line,
        kind=kind,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        quantity=units,
        reason=words,
        exchange_sku_id=_exchange_sku(line, exchange_sku_id, now=now) if kind is AfterSaleKind.EXCHANGE else None,
        requested_at=now,
        moved_at=now,
        act_by=now + _time_to_answer(order, kind, rules),
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError:
        raise CaseAlreadyOpen(line_id=line_id) from None
    record_case_move(case, None, AfterSaleState.REQUESTED, actor=actor, now=now, reason=words)
    return case_view(case)


@transaction.atomic(savepoint=False)
def agree_after_sale(*, actor: Actor, case_id: int, now: datetime) -> AfterSaleView:
    """Agree for the shop: money goes back, goods are awaited, or the shop has to send some.

    Raises: NotFound, IllegalMove, RefundTooLarge, OutOfStock.
    """
    case, order = enter_case(actor, case_id, "after_sale.agree", now)
    if case.state != AfterSaleState.REQUESTED:
        raise IllegalMove(found=case.state, wanted="agreed")
    grant_case(case, order, actor=actor, now=now)
    return case_view(case)


@transaction.atomic(savepoint=False)
def refuse_after_sale(*, actor: Actor, case_id: int, answer: str, now: datetime) -> AfterSaleView:
    """Refuse for the shop, with a reason: the request, or the goods that came back.

    While a parcel is on its way the shop calls it back first (RULES 11.3). Raises: NotFound, IllegalMove,
    InvalidInput, InterceptFirst.
    """
    case, order = enter_case(actor, case_id, "after_sale.refuse", now)
    words = clean_words(answer, "answer")
    if case.kind == AfterSaleKind.REFUND_ONLY and case.act_by is not None and _is_on_its_way(order):
        raise InterceptFirst(until=case.act_by.isoformat())
    rules = rules_of_version(order.rules_version)
    move_case(
        case,
        AfterSaleState.REFUSED,
        actor=actor,
        now=now,
        reason=words,
        answer=words,
        refusals=case.refusals + 1,
        act_by=now + timedelta(days=rules[ESCALATE_DAYS]),
    )
    restart_settlement_clock(order, now)
    return case_view(case)


@transaction.atomic(savepoint=False)
def miss_interception(*, actor: Actor, case_id: int, now: datetime) -> AfterSaleView:
    """Say for the shop that the parcel could not be called back: the buyer sends it back, then gets the money.

    Raises: NotFound, IllegalMove.
    """
    case, order = enter_case(actor, case_id, "after_sale.miss_interception", now)
    if (
        case.state != AfterSaleState.REQUESTED
        or case.kind != AfterSaleKind.REFUND_ONLY
        or not _is_on_its_way(order)
    ):
        raise IllegalMove(found=case.state, wanted=AfterSaleState.RETURNING)
    rules = rules_of_version(order.rules_version)
    case.kind = AfterSaleKind.RETURN_REFUND
    move_case(
        case,
        AfterSaleState.RETURNING,
        actor=actor,
        now=now,
        kind=case.kind,
        act_by=now + timedelta(days=rules[RETURN_DAYS]),
    )
    return case_view(case)


@transaction.atomic(savepoint=False)
def withdraw_after_sale(*, actor: Actor, case_id: int, now: datetime) -> AfterSaleView:
    """Take a request back, as the buyer, before goods are with the shop.

    Raises: NotFound, IllegalMove.
    """
    case, order = _own_case(actor, case_id)
    if case.state in {AfterSaleState.RETURNED, AfterSaleState.TO_SHIP, AfterSaleState.DISPUTED}:
        raise IllegalMove(found=case.state, wanted=AfterSaleState.CLOSED)
    close_case(case, order, actor=actor, now=now, reason="withdrawn")
    return case_view(case)


@transaction.atomic(savepoint=False)
def send_back(*, actor: Actor, case_id: int, carrier: str, tracking_number: str, now: datetime) -> AfterSaleView:
    """Say, as the buyer, with which parcel the goods go back; the shop's time to look at them begins.

    Raises: NotFound, IllegalMove, InvalidInput.
    """
    case, order = _own_case(actor, case_id)
    rules = rules_of_version(order.rules_version)
    move_case(
        case,
        AfterSaleState.RETURNED,
        actor=actor,
        now=now,
        return_carrier=clean_words(carrier, "carrier", most=40),
        return_tracking_number=clean_words(tracking_number, "tracking_number", most=60),
        act_by=now + timedelta(days=rules[CONFIRM_DAYS]),
    )
    return case_view(case)


@transaction.atomic(savepoint=False)
def confirm_return(*, actor: Actor, case_id: int, is_sellable: bool, now: datetime) -> AfterSaleView:
    """Confirm for the shop that the goods are back; what cannot be sold again is written off.

    Raises: NotFound, IllegalMove.
    """
    case, order = enter_case(actor, case_id, "after_sale.confirm_return", now)
    if case.state != AfterSaleState.RETURNED:
        raise IllegalMove(found=case.state, wanted="confirmed")
    take_goods(case, order, actor=actor, is_sellable=is_sellable, now=now)
    return case_view(case)


@transaction.atomic(savepoint=False)
def ship_for_case(
    *, actor: Actor, case_id: int, carrier: str, tracking_number: str, now: datetime
) -> AfterSaleView:
    """Send for the shop what an exchange, a resending or a repair owes the buyer.

    Raises: NotFound, IllegalMove, InvalidInput, OutOfStock.
    """
    case, order = enter_case(actor, case_id, "after_sale.ship", now, permission="orders")
    number = clean_words(tracking_number, "tracking_number", most=60)
    rules = rules_of_version(order.rules_version)
    move_case(
        case,
        AfterSaleState.RESHIPPED,
        actor=actor,
        now=now,
        act_by=now + timedelta(days=rules[AUTO_RECEIPT_DAYS]),
    )
    if case.reservation_id is not None:
        catalog_operations.confirm_reservations(ids=[case.reservation_id], now=now)
    Parcel.objects.create(
        order=order,
        carrier=clean_words(carrier, "carrier", most=40),
        tracking_number=number,
        tracking_hash=hash_tracking_number(number),
        shipped_at=now,
        case_id=case.pk,
    )
    return case_view(case)


@transaction.atomic(savepoint=False)
def receive_for_case(*, actor: Actor, case_id: int, now: datetime) -> AfterSaleView:
    """Confirm, as the buyer, that what the shop sent has arrived.

    Raises: NotFound, IllegalMove.
    """
    case, order = _own_case(actor, case_id)
    if case.state != AfterSaleState.RESHIPPED:
        raise IllegalMove(found=case.state, wanted=AfterSaleState.DONE)
    finish_case(case, order, actor=actor, now=now)
    return case_view(case)


@transaction.atomic(savepoint=False)
def set_return_address(
    *, actor: Actor, shop_id: int, recipient: str, phone: str, region: str, street: str, now: datetime
) -> None:
    """Say where a shop wants goods sent back; needs the permission `refunds`.

    Raises: NotFound, InvalidInput.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="refunds")
    values = {
        "recipient": clean_words(recipient, "recipient", most=60),
        "phone": clean_words(phone, "phone", most=30),
        "region": clean_words(region, "region", most=100),
        "street": clean_words(street, "street"),
        "set_at": now,
    }
    ReturnAddress.objects.update_or_create(shop_id=shop_id, defaults=values)
    people_operations.note_operator(actor=actor, shop_id=shop_id, action="after_sale.set_return_address", now=now)


def grant_case(case: AfterSale, order: Order, *, actor: Actor, now: datetime) -> None:
    """Do what the buyer asked for; the order is locked.

    Raises: IllegalMove, RefundTooLarge, OutOfStock.
    """
    rules = rules_of_version(order.rules_version)
    if case.kind == AfterSaleKind.REFUND_ONLY:
        pay_case(case, order, actor=actor, now=now)
    elif case.kind == AfterSaleKind.RESEND:
        _set_aside(case, case.line, now=now)
        _await_shipment(case, rules, actor=actor, now=now)
    else:
        if case.kind == AfterSaleKind.EXCHANGE:
            _set_aside(case, case.line, now=now)
        until = now + timedelta(days=rules[RETURN_DAYS])
        move_case(case, AfterSaleState.RETURNING, actor=actor, now=now, act_by=until)


def take_goods(case: AfterSale, order: Order, *, actor: Actor, is_sellable: bool, now: datetime) -> None:
    """Take back what came back, and go on: with the money, or with what the shop owes in goods."""
    rules = rules_of_version(order.rules_version)
    if case.kind == AfterSaleKind.RETURN_REFUND:
        pay_case(case, order, actor=actor, now=now)
        if not is_sellable:
            _write_off(case, actor=actor, now=now)
        return
    if case.kind == AfterSaleKind.EXCHANGE and is_sellable:
        catalog_operations.take_exchanged(
            reservation_id=case.line.reservation_id,
            quantity=case.quantity,
            reference=f"after-sale:{case.pk}",
            actor=actor,
            now=now,
        )
    _await_shipment(case, rules, actor=actor, now=now)


def pay_case(case: AfterSale, order: Order, *, actor: Actor, now: datetime) -> None:
    """Give a case's money back; what went back otherwise meanwhile is taken off, and of nothing it is done.

    Raises: IllegalMove, RefundTooLarge.
    """
    line = lock_line(order, case.line_id)
    goods_fen = min(case.goods_fen, line.paid_fen - line.refunded_fen)
    freight_fen = min(case.freight_fen, order.freight_fen - order.freight_refunded_fen)
    # Money alone brings no goods back, unless they never left.
    brings_goods = case.kind == AfterSaleKind.RETURN_REFUND or order.state == OrderState.PAID
    units = min(case.quantity, line.quantity - line.returned_quantity) if brings_goods else 0
    values: dict[str, Any] = {
        "goods_fen": goods_fen,
        "freight_fen": freight_fen,
        "quantity": units,
        "act_by": None,
    }
    if order.state not in REFUNDABLE or goods_fen + freight_fen == 0:
        move_case(case, AfterSaleState.CLOSED, actor=actor, now=now, reason="refunded otherwise", **values)
        return
    _let_go(case, now=now)
    move_case(case, AfterSaleState.REFUNDING, actor=actor, now=now, **values)
    give_back(order, line, goods_fen, freight_fen, units, case.reason, actor, now, case=case)
    case.refresh_from_db()  # where the channel had nothing to do, it is done already
    restart_settlement_clock(order, now)


def close_case(case: AfterSale, order: Order, *, actor: Actor, now: datetime, reason: str) -> None:
    """End a case without anything; units set aside for it go back on hand.

    Raises: IllegalMove.
    """
    _let_go(case, now=now)
    move_case(case, AfterSaleState.CLOSED, actor=actor, now=now, reason=reason, act_by=None)
    restart_settlement_clock(order, now)


def finish_case(case: AfterSale, order: Order, *, actor: Actor, now: datetime) -> None:
    """End a case whose goods have arrived."""
    move_case(case, AfterSaleState.DONE, actor=actor, now=now, act_by=None)
    restart_settlement_clock(order, now)


def enter_case(
    actor: Actor, case_id: int, action: str, now: datetime, *, permission: str = "refunds"
) -> tuple[AfterSale, Order]:
    """Lock a case of a shop in which the actor has the permission; operators are on record.

    Raises: NotFound.
    """
    case, order = lock_case(case_id)
    try:
        enter_shop(actor, order, action, now, permission=permission)
    except NotFound:
        raise NotFound(what="after-sale case") from None
    return case, order


def _own_case(actor: Actor, case_id: int) -> tuple[AfterSale, Order]:
    case, order = lock_case(case_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="after-sale case")
    return case, order


def _require_possible(order: Order, kind: AfterSaleKind) -> None:
    if order.state not in REFUNDABLE:
        raise NotRefundable(state=order.state)
    if order.state == OrderState.PAID and kind is not AfterSaleKind.REFUND_ONLY:
        raise KindNotPossible(kind=kind.value)


def _require_in_time(
    order: Order, line: OrderLine, kind: AfterSaleKind, reason: str, rules: Rules, *, now: datetime
) -> None:
    days = rules[REFUND_DAYS_SETTLED]
    if order.settled_at is not None and now > order.settled_at + timedelta(days=days):
        raise CaseTooLate(days=days)
    if kind is not AfterSaleKind.RETURN_REFUND or reason.partition(":")[0] != UNWANTED:
        return
    until = no_reason_until(order, line, rules)
    if until is not None and now >= until:
        raise NoReasonOver(until=until.isoformat())


def no_reason_until(order: Order, line: OrderLine, rules: Rules) -> datetime | None:
    """Return until when a line can go back without a reason; None while it has not been received (RULES 11.3).

    The hours run from 00:00 of the platform day after receipt. Goods that cannot be sent back at all: at once over.
    """
    if order.received_at is None:
        return None
    schedule = rules[NO_REASON_HOURS]
    hours = schedule.get(line.trade, schedule["general"])
    return start_of_next_day(order.received_at) + timedelta(hours=hours) if hours else order.received_at


def _require_units(order: Order, line: OrderLine, units: int) -> None:
    if not 0 < units <= line.quantity - line.returned_quantity:
        check_refund(order, line, 1, 0, units)
        raise NotRefundable(state=order.state)


def _exchange_sku(line: OrderLine, sku_id: int | None, *, now: datetime) -> int:
    """Return the SKU wanted instead: the same one, or another of the product at the same price.

    Raises: ExchangeDiffers, SkuUnavailable.
    """
    if sku_id is None or sku_id == line.sku_id:
        return line.sku_id
    (quoted,) = catalog.quote(wanted=[(sku_id, line.channel)], at=now)
    if quoted.product_id != line.product_id or quoted.price_fen != line.price_fen:
        raise ExchangeDiffers(sku_id=sku_id)
    return sku_id


def _time_to_answer(order: Order, kind: AfterSaleKind, rules: Rules) -> timedelta:
    if kind is AfterSaleKind.REFUND_ONLY and _is_on_its_way(order):
        return timedelta(days=rules[INTERCEPT_DAYS])
    return timedelta(hours=rules[CASE_ANSWER_HOURS])


def _is_on_its_way(order: Order) -> bool:
    """Say whether a parcel of the order has been handed over and not delivered."""
    return order.state == OrderState.SHIPPED and order.parcels.filter(delivered_at=None).exists()


def _set_aside(case: AfterSale, line: OrderLine, *, now: datetime) -> None:
    """Set the units aside that the shop will send."""
    sku_id = case.exchange_sku_id or line.sku_id
    (quoted,) = catalog.quote(wanted=[(sku_id, line.channel)], at=now)
    (case.reservation_id,) = catalog_operations.reserve_stock(
        wanted=[Wanted(quoted.pool_id, case.quantity)],
        reference=f"after-sale:{case.pk}",
        expires_at=now + EXCHANGE_HELD,
        now=now,
    )
    case.save(update_fields=["reservation_id"])


def _await_shipment(case: AfterSale, rules: Rules, *, actor: Actor, now: datetime) -> None:
    until = now + timedelta(days=rules[CONFIRM_DAYS])
    move_case(case, AfterSaleState.TO_SHIP, actor=actor, now=now, act_by=until)


def _let_go(case: AfterSale, *, now: datetime) -> None:
    if case.reservation_id is not None:
        catalog_operations.release_reservations(ids=[case.reservation_id], now=now)


def _write_off(case: AfterSale, *, actor: Actor, now: datetime) -> None:
    if case.quantity:
        catalog_operations.write_off_returned(
            reservation_id=case.line.reservation_id,
            quantity=case.quantity,
            reference=f"after-sale:{case.pk}",
            actor=actor,
            now=now,
        )
