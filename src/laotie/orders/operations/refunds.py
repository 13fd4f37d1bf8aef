"""Money going back, carried out before and after settlement (RULES 11.5); what was asked for is in after_sale.py.

Before settlement the money comes out of escrow and the base shrinks. After settlement every leg is reversed in
proportion: from the party's reserve, then its balance, then as a debt that future income pays. Never an edit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext

from laotie.catalog import operations as catalog_operations
from laotie.core.actor import Actor, system
from laotie.core.errors import DomainError, InvalidInput, NotFound
from laotie.core.rules import rules_at, rules_of_version
from laotie.events.orders import OrderClosed, OrderRefunded
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, escrow_address, shop_address
from laotie.orders.amounts import fill, refund_fen_of_units, sum_by_address
from laotie.orders.contracts import LineSettlement, RefundState, RefundView, Share
from laotie.orders.errors import CaseOpen, NotRefundable, RefundEmpty, RefundTooLarge
from laotie.orders.models import (
    AfterSale,
    LineDiscount,
    NewcomerTurnover,
    Order,
    OrderLine,
    Payment,
    Refund,
    RefundPart,
)
from laotie.orders.operations.cases import has_open_case, move_case
from laotie.orders.operations.moves import (
    lock_order,
    move_order,
    move_refund,
    record_refund_move,
    return_spent_coupons,
)
from laotie.orders.operations.shares import as_events, current_shares, money_of
from laotie.orders.payments import is_only_recorded
from laotie.orders.rules import AUTO_CANCEL_DAYS, SETTLE_DAYS
from laotie.orders.states import OPEN_CASES, OPEN_STATES, AfterSaleState, OrderState
from laotie.orders.viewing import refund_view
from laotie.people import operations as people_operations
from laotie.people import queries as people

ANSWER_BATCH = 100
SYSTEM_REASONS = frozenset({"late_payment", "unpaid", "cancelled", "unshipped", "charge_back"})
REFUNDABLE = (*OPEN_STATES, OrderState.SETTLED)


@transaction.atomic(savepoint=False)
def cancel_paid_order(*, actor: Actor, order_id: int, now: datetime, reason: str) -> None:
    """Give a paid order up before it is shipped: everything goes back at once, goods and money.

    The buyer may, and so may the shop's staff and the system.

    Raises: NotFound, NotRefundable, CaseOpen.
    """
    order = lock_order(order_id)
    if actor.account_id is not None and order.buyer_id != actor.account_id:
        enter_shop(actor, order, "order.cancel", now)
    if order.state != OrderState.PAID:
        raise NotRefundable(state=order.state)
    if has_open_case(order):
        raise CaseOpen(order_id=order_id)
    words = clean_words(reason, "reason")
    freight_fen = order.freight_fen - order.freight_refunded_fen
    for line in order.lines.order_by("pk"):
        left_fen = line.paid_fen - line.refunded_fen
        if left_fen or freight_fen or line.quantity > line.returned_quantity:
            give_back(
                order, line, left_fen, freight_fen, line.quantity - line.returned_quantity, words, actor, now
            )
            freight_fen = 0
    if order.state != OrderState.CLOSED:  # nothing was paid for it, so nothing closed it
        _close(order, actor=actor, now=now, reason="cancelled")


def cancel_unshipped_orders(*, now: datetime, limit: int = ANSWER_BATCH) -> int:
    """Give up paid orders that nobody ships (RULES 11.2), a transaction each; one with an open request waits for it."""
    days = rules_at(now)[AUTO_CANCEL_DAYS]
    waiting = AfterSale.objects.filter(order=OuterRef("pk"), state__in=OPEN_CASES)
    due = Order.objects.filter(
        ~Exists(waiting), state=OrderState.PAID, ship_by__isnull=False, paid_at__lte=now - timedelta(days=days)
    ).exclude(external_ref__isnull=False)
    cancelled = 0
    for order_id in due.order_by("ship_by").values_list("pk", flat=True)[:limit]:
        try:
            cancel_paid_order(actor=system("unshipped"), order_id=order_id, now=now, reason="unshipped")
        except DomainError:  # a rival shipped it, or a refund was asked for meanwhile
            continue
        cancelled += 1
    return cancelled


@transaction.atomic(savepoint=False)
def refund_line(
    *,
    actor: Actor,
    order_id: int,
    line_id: int,
    goods_fen: int,
    freight_fen: int = 0,
    quantity: int = 0,
    reason: str,
    now: datetime,
) -> RefundView:
    """Give money back without being asked: the shop's staff, or the system.

    Raises: NotFound, NotRefundable, RefundTooLarge, RefundEmpty.
    """
    order = lock_order(order_id)
    if actor.account_id is not None:
        enter_shop(actor, order, "refund.give", now)
    line = lock_line(order, line_id)
    check_refund(order, line, goods_fen, freight_fen, quantity)
    return refund_view(
        give_back(order, line, goods_fen, freight_fen, quantity, clean_words(reason, "reason"), actor, now)
    )


def return_money(*, order_id: int, amount_fen: int, actor: Actor, now: datetime, reason: str) -> None:
    """Give back money that reached an order which is closed, line by line and the freight with them."""
    order = lock_order(order_id)
    lines = list(order.lines.order_by("pk"))
    freight_left_fen = order.freight_fen - order.freight_refunded_fen
    parts = fill([line.paid_fen - line.refunded_fen for line in lines] + [freight_left_fen], amount_fen)
    assert sum(parts) == amount_fen
    freight_fen = parts[-1]
    for line, goods_fen in zip(lines, parts[:-1], strict=True):
        if goods_fen or freight_fen:
            give_back(order, line, goods_fen, freight_fen, 0, reason, actor, now)
            freight_fen = 0


@transaction.atomic(savepoint=False)
def finish_refund_part(*, part_id: int, channel_ref: str, now: datetime) -> None:
    """Note that the channel has given a part back; the last part completes the refund."""
    part = RefundPart.objects.select_for_update().get(pk=part_id)
    if part.done_at is not None:
        return
    RefundPart.objects.filter(pk=part_id).update(
        done_at=now, channel_ref=channel_ref, last_error="", retry_at=None
    )
    if part.refund_id is not None:
        refund, _order = _lock_refund(part.refund_id)
        _complete(refund, now)


def give_back(
    order: Order,
    line: OrderLine,
    goods_fen: int,
    freight_fen: int,
    quantity: int,
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    case: AfterSale | None = None,
    taken_by: Payment | None = None,
) -> Refund:
    """Give a line's money back: out of the books now, by the channel soon.

    The order is locked. `quantity` units come back into stock with it; `case` is what it was asked by. With `taken_by`
    that payment's channel has taken the money already (a charge-back).
    """
    refund = Refund.objects.create(
        order=order,
        line=line,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        quantity=quantity,
        reason=reason,
        is_after_settlement=order.state == OrderState.SETTLED,
        agreed_at=now,
    )
    if case is not None:
        case.refund = refund
        case.save(update_fields=["refund"])
    record_refund_move(refund, None, RefundState.AGREED, actor=actor, now=now, reason=reason)
    _carry_out(refund, order, line, actor, now, taken_by=taken_by)
    return refund


def _carry_out(
    refund: Refund, order: Order, line: OrderLine, actor: Actor, now: datetime, *, taken_by: Payment | None
) -> None:
    """Post the refund, hand its parts to the channels, take the goods back, close what is empty, and tell."""
    rules = rules_of_version(order.rules_version)
    discounts = list(line.discounts.all()) if line.funded_fen else []
    before = current_shares(line=line, discounts=discounts, shop_id=order.shop_id, rules=rules)
    counted_before = _counted(line, discounts)
    amount_fen = refund.goods_fen + refund.freight_fen
    line.refunded_fen += refund.goods_fen
    if order.state == OrderState.PAID and line.refunded_fen == line.paid_fen:
        # Never shipped and refunded whole: what is left of it goes back into stock, whatever was asked for.
        refund.quantity = line.quantity - line.returned_quantity
    line.returned_quantity += refund.quantity
    line.save(update_fields=["refunded_fen", "returned_quantity"])
    order.refunded_fen += amount_fen
    order.freight_refunded_fen += refund.freight_fen
    order.save(update_fields=["refunded_fen", "freight_refunded_fen"])
    after = current_shares(line=line, discounts=discounts, shop_id=order.shop_id, rules=rules)
    shop = shop_address(order.shop_id)
    refund.shop_fen = sum_by_address(before).get(shop, 0) - sum_by_address(after).get(shop, 0) + refund.freight_fen
    refund.save(update_fields=["quantity", "shop_fen"])
    payments = _take_from_payments(refund, order, amount_fen, now, taken_by=taken_by)
    if amount_fen or before != after:
        _post(refund, order, payments, before, after, now)
    _uncount(order, counted_before - _counted(line, discounts))
    if refund.quantity:
        catalog_operations.return_stock(
            reservation_id=line.reservation_id,
            quantity=refund.quantity,
            reference=f"refund:{refund.pk}",
            now=now,
        )
    publish(
        OrderRefunded(
            order_id=order.pk,
            shop_id=order.shop_id,
            refund_id=refund.pk,
            line_id=line.pk,
            quantity=refund.quantity,
            goods_fen=refund.goods_fen,
            freight_fen=refund.freight_fen,
            is_settled=line.settlement is not None,
            reason=_code(refund),
            remaining_base_fen=money_of(line, discounts).base_fen,
            shares=as_events(line.pk, after),
        ),
        now=now,
    )
    if order.state in OPEN_STATES and order.refunded_fen == order.paid_fen:
        _close(order, actor=actor, now=now, reason="refunded")
    _complete(refund, now)


def _post(
    refund: Refund,
    order: Order,
    payments: Sequence[tuple[Payment, int]],
    before: Sequence[Share],
    after: Sequence[Share],
    now: datetime,
) -> None:
    legs: dict[str, int] = {}
    for payment, part_fen in payments:
        legs[f"channel:{payment.channel}"] = legs.get(f"channel:{payment.channel}", 0) + part_fen
    if order.state == OrderState.SETTLED:
        had, has = sum_by_address(before), sum_by_address(after)
        for address in {**had, **has}:
            legs[address] = legs.get(address, 0) + has.get(address, 0) - had.get(address, 0)
        shop = shop_address(order.shop_id)
        legs[shop] = legs.get(shop, 0) - refund.freight_fen
    else:
        escrow = escrow_address(order.pk)
        legs[escrow] = legs.get(escrow, 0) - refund.goods_fen - refund.freight_fen
    posted = [Leg(address, fen) for address, fen in legs.items() if fen]
    if posted:
        ledger.post(
            key=f"refund:{refund.pk}",
            kind="refund",
            subject=f"order:{order.pk}",
            legs=posted,
            currency=order.currency,
            memo=_code(refund),
            now=now,
            from_reserve=order.state == OrderState.SETTLED,
        )


def _code(refund: Refund) -> str:
    """Return a reason that events and postings may carry: what people wrote in their own words stays here."""
    return refund.reason if refund.reason in SYSTEM_REASONS else "in_words"


def _take_from_payments(
    refund: Refund, order: Order, amount_fen: int, now: datetime, *, taken_by: Payment | None
) -> list[tuple[Payment, int]]:
    """Divide a refund over the payments of the checkout that still have something, oldest first.

    What is only recorded went back elsewhere, and a charge-back was taken by the channel: such parts are done at once.
    """
    rows = Payment.objects.select_for_update().filter(checkout_id=order.checkout_id, state="paid").order_by("pk")
    payments = list(rows if taken_by is None else rows.filter(pk=taken_by.pk))
    parts = fill([payment.amount_fen - payment.refunded_fen for payment in payments], amount_fen)
    assert sum(parts) == amount_fen, f"order {order.pk} has more refunded than was paid"
    taken = [(payment, part) for payment, part in zip(payments, parts, strict=True) if part]
    for payment, part in taken:
        Payment.objects.filter(pk=payment.pk).update(refunded_fen=F("refunded_fen") + part)
    RefundPart.objects.bulk_create(
        RefundPart(
            refund=refund,
            payment=payment,
            amount_fen=part,
            done_at=now if taken_by is not None or is_only_recorded(payment.channel) else None,
        )
        for payment, part in taken
    )
    return taken


def _complete(refund: Refund, now: datetime) -> None:
    """Mark a refund as succeeded once every part of it is back with the buyer."""
    if not RefundPart.objects.filter(refund=refund, done_at=None).exists():
        move_refund(refund, RefundState.SUCCEEDED, actor=system("payment"), now=now, succeeded_at=now)
        case = AfterSale.objects.filter(refund=refund, state=AfterSaleState.REFUNDING).first()
        if case is not None:
            move_case(case, AfterSaleState.DONE, actor=system("payment"), now=now, act_by=None)


def _close(order: Order, *, actor: Actor, now: datetime, reason: str) -> None:
    move_order(order, OrderState.CLOSED, actor=actor, now=now, reason=reason, close_reason=reason, closed_at=now)
    return_spent_coupons(order.checkout_id)
    publish(OrderClosed(order_id=order.pk, shop_id=order.shop_id, reason=reason, was_paid=True), now=now)


def restart_settlement_clock(order: Order, now: datetime) -> None:
    """Settle a full delay after the dispute ended, not before (RULES 11.4)."""
    if order.state == OrderState.RECEIVED:
        delay = timedelta(days=order.settle_days or rules_of_version(order.rules_version)[SETTLE_DAYS])
        order.settle_at = max(order.settle_at or now, now + delay)
        order.save(update_fields=["settle_at"])


def _counted(line: OrderLine, discounts: Sequence[LineDiscount]) -> int:
    """How much of a settled line counts toward its owner's newcomer turnover, after its refunds."""
    if line.settlement is None:
        return 0
    settled = LineSettlement.from_json(line.settlement)
    if not settled.newcomer_base_fen:
        return 0
    return settled.newcomer_base_fen * money_of(line, discounts).base_fen // settled.base_fen


def _uncount(order: Order, fen: int) -> None:
    """Refunds reduce the newcomer's counted turnover (RULES 7.3)."""
    if fen:
        owner_id = people.get_shop(order.shop_id).owner_id
        NewcomerTurnover.objects.filter(pk=owner_id).update(counted_fen=F("counted_fen") - fen)


def fen_of_units(line: OrderLine, quantity: int) -> int:
    """Return what so many units of a line cost of what is left of it; without units, all that is left.

    Raises: RefundTooLarge.
    """
    left_fen = line.paid_fen - line.refunded_fen
    if not quantity:
        return left_fen
    if not 0 < quantity <= line.quantity - line.returned_quantity:
        raise RefundTooLarge(goods_left_fen=left_fen, freight_left_fen=0)
    units_fen = refund_fen_of_units(
        paid_fen=line.paid_fen, quantity=line.quantity, returned=line.returned_quantity, units=quantity
    )
    return min(units_fen, left_fen)


def check_refund(order: Order, line: OrderLine, goods_fen: int, freight_fen: int, quantity: int) -> None:
    """Refuse what is more than is left of a line, or nothing.

    Raises: NotRefundable, RefundTooLarge, RefundEmpty.
    """
    if order.state not in REFUNDABLE:
        raise NotRefundable(state=order.state)
    goods_left_fen = line.paid_fen - line.refunded_fen
    freight_left_fen = order.freight_fen - order.freight_refunded_fen
    within = 0 <= goods_fen <= goods_left_fen and 0 <= freight_fen <= freight_left_fen
    if not within or not 0 <= quantity <= line.quantity - line.returned_quantity:
        raise RefundTooLarge(goods_left_fen=goods_left_fen, freight_left_fen=freight_left_fen)
    if goods_fen + freight_fen == 0:
        raise RefundEmpty


def lock_line(order: Order, line_id: int) -> OrderLine:
    """Lock a line of a locked order.

    Raises: NotFound.
    """
    line = OrderLine.objects.select_for_update().filter(pk=line_id, order=order).first()
    if line is None:
        raise NotFound(what="order line")
    return line


def _lock_refund(refund_id: int) -> tuple[Refund, Order]:
    """Lock the order first, then read the refund: the order's lock covers everything that hangs on it."""
    order_id = Refund.objects.filter(pk=refund_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound(what="refund")
    order = lock_order(order_id)
    return Refund.objects.get(pk=refund_id), order


def enter_shop(actor: Actor, order: Order, action: str, now: datetime, *, permission: str = "refunds") -> None:
    """Let in whoever has the permission in the order's shop; operators are on record.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=order.shop_id, permission=permission)
    people_operations.note_operator(actor=actor, shop_id=order.shop_id, action=action, now=now, order_id=order.pk)


def clean_words(text: str, field_name: str, *, most: int = 200) -> str:
    """Return a text of 1 to `most` characters.

    Raises: InvalidInput.
    """
    words = text.strip()
    if not 1 <= len(words) <= most or "\x00" in words:
        sentence = gettext("This must be a text of 1 to {letters_max} characters.").format(letters_max=most)
        raise InvalidInput(field_name=field_name, reason=sentence)
    return words
