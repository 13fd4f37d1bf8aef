"""Money going back: asked for, answered, carried out; before and after settlement (RULES 11.3, 11.5).

Before settlement the money comes out of escrow and the base shrinks. After settlement every leg is reversed in
proportion: from the party's reserve, then its balance, then as a debt that future income pays. Never an edit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
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
from laotie.orders.errors import (
    NotRefundable,
    RefundAlreadyOpen,
    RefundEmpty,
    RefundOpen,
    RefundRefusedOften,
    RefundTooLarge,
    RefundTooLate,
)
from laotie.orders.models import LineDiscount, NewcomerTurnover, Order, OrderLine, Payment, Refund, RefundPart
from laotie.orders.operations.moves import (
    lock_order,
    move_order,
    move_refund,
    record_refund_move,
    return_spent_coupons,
)
from laotie.orders.operations.shares import as_events, current_shares, money_of
from laotie.orders.payments import is_only_recorded
from laotie.orders.rules import (
    AUTO_CANCEL_DAYS,
    REFUND_ANSWER_HOURS,
    REFUND_DAYS_SETTLED,
    REFUND_REFUSALS_MOST,
    SETTLE_DAYS,
)
from laotie.orders.states import OPEN_STATES, REFUND_LIFE, OrderState
from laotie.orders.viewing import refund_view
from laotie.people import operations as people_operations
from laotie.people import queries as people

ANSWER_BATCH = 100
SYSTEM_REASONS = frozenset({"late_payment", "unpaid", "cancelled", "unshipped"})
REFUNDABLE = (*OPEN_STATES, OrderState.SETTLED)


@transaction.atomic(savepoint=False)
def request_refund(
    *,
    actor: Actor,
    order_id: int,
    line_id: int,
    reason: str,
    now: datetime,
    goods_fen: int | None = None,
    freight_fen: int = 0,
    quantity: int = 0,
) -> RefundView:
    """Ask for money back on a line: an amount, or units (whose price it then is), or all that is left of it.

    After a number of refusals the parties' own means are spent; each restarts the settlement clock (RULES 11.4),
    so the buyer could hold the shop's money for ever.

    Raises: NotFound, NotRefundable, RefundRefusedOften, RefundTooLarge, RefundEmpty, RefundAlreadyOpen, InvalidInput.
    """
    order = lock_order(order_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="order")
    rules = rules_of_version(order.rules_version)
    if order.settled_at is not None and now > order.settled_at + timedelta(days=rules[REFUND_DAYS_SETTLED]):
        raise RefundTooLate(days=rules[REFUND_DAYS_SETTLED])
    line = _line(order, line_id)
    refused = Refund.objects.filter(line=line, state=RefundState.REFUSED).count()
    if refused >= rules[REFUND_REFUSALS_MOST]:
        raise RefundRefusedOften(refused=refused)
    if goods_fen is None:
        goods_fen = _fen_of(line, quantity)
    _check(order, line, goods_fen, freight_fen, quantity)
    refund = Refund(
        order=order,
        line=line,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        quantity=quantity,
        reason=_words(reason, "reason"),
        is_after_settlement=order.state == OrderState.SETTLED,
        requested_at=now,
        answer_by=now + timedelta(hours=rules[REFUND_ANSWER_HOURS]),
    )
    try:
        with transaction.atomic():
            refund.save()
    except IntegrityError:
        raise RefundAlreadyOpen(line_id=line_id) from None
    record_refund_move(refund, None, RefundState.REQUESTED, actor=actor, now=now, reason=refund.reason)
    return refund_view(refund)


@transaction.atomic(savepoint=False)
def agree_refund(*, actor: Actor, refund_id: int, now: datetime) -> RefundView:
    """Agree to a refund for the shop; the money leaves the books now and the channel carries it out.

    Raises: NotFound, IllegalMove, RefundTooLarge.
    """
    refund, order = _enter_refund(actor, refund_id, "refund.agree", now)
    _agree(refund, order, actor=actor, now=now)
    return refund_view(refund)


@transaction.atomic(savepoint=False)
def refuse_refund(*, actor: Actor, refund_id: int, answer: str, now: datetime) -> RefundView:
    """Refuse a refund for the shop, with a reason.

    Raises: NotFound, IllegalMove, InvalidInput.
    """
    refund, order = _enter_refund(actor, refund_id, "refund.refuse", now)
    words = _words(answer, "answer")
    move_refund(refund, RefundState.REFUSED, actor=actor, now=now, reason=words, answer=words, answered_at=now)
    _restart_settlement_clock(order, now)
    return refund_view(refund)


@transaction.atomic(savepoint=False)
def withdraw_refund(*, actor: Actor, refund_id: int, now: datetime) -> RefundView:
    """Take a request back.

    Raises: NotFound, IllegalMove.
    """
    refund, order = _lock_refund(refund_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="refund")
    move_refund(refund, RefundState.WITHDRAWN, actor=actor, now=now, answered_at=now)
    return refund_view(refund)


def answer_due_refunds(*, now: datetime, limit: int = ANSWER_BATCH) -> int:
    """Agree in the shop's place where it has let its time pass (RULES 11.3); a transaction each."""
    due = Refund.objects.filter(state=RefundState.REQUESTED, answer_by__lte=now).order_by("answer_by")
    answered = 0
    for refund_id in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            refund, order = _lock_refund(refund_id)
            if refund.state == RefundState.REQUESTED:
                _answer_due(refund, order, now)
                answered += 1
    return answered


@transaction.atomic(savepoint=False)
def cancel_paid_order(*, actor: Actor, order_id: int, now: datetime, reason: str) -> None:
    """Give a paid order up before it is shipped: everything goes back at once, goods and money.

    The buyer may, and so may the shop's staff and the system.

    Raises: NotFound, NotRefundable, RefundOpen.
    """
    order = lock_order(order_id)
    if actor.account_id is not None and order.buyer_id != actor.account_id:
        _enter_shop(actor, order, "order.cancel", now)
    if order.state != OrderState.PAID:
        raise NotRefundable(state=order.state)
    if Refund.objects.filter(order=order, state=RefundState.REQUESTED).exists():
        raise RefundOpen(order_id=order_id)
    words = _words(reason, "reason")
    freight_fen = order.freight_fen - order.freight_refunded_fen
    for line in order.lines.order_by("pk"):
        left_fen = line.paid_fen - line.refunded_fen
        if left_fen or freight_fen or line.quantity > line.returned_quantity:
            _refund(order, line, left_fen, freight_fen, line.quantity - line.returned_quantity, words, actor, now)
            freight_fen = 0
    if order.state != OrderState.CLOSED:  # nothing was paid for it, so nothing closed it
        _close(order, actor=actor, now=now, reason="cancelled")


def cancel_unshipped_orders(*, now: datetime, limit: int = ANSWER_BATCH) -> int:
    """Give up paid orders that nobody ships (RULES 11.2), a transaction each; one with an open request waits for it."""
    days = rules_at(now)[AUTO_CANCEL_DAYS]
    waiting = Refund.objects.filter(order=OuterRef("pk"), state=RefundState.REQUESTED)
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
        _enter_shop(actor, order, "refund.give", now)
    line = _line(order, line_id)
    _check(order, line, goods_fen, freight_fen, quantity)
    return refund_view(
        _refund(order, line, goods_fen, freight_fen, quantity, _words(reason, "reason"), actor, now)
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
            _refund(order, line, goods_fen, freight_fen, 0, reason, actor, now)
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


def _answer_due(refund: Refund, order: Order, now: datetime) -> None:
    """Agree to a request; what went back otherwise since it was made is taken off, and if that is all, it ends."""
    actor = system("refund-deadline")
    line = _line(order, refund.line_id)
    refund.goods_fen = min(refund.goods_fen, line.paid_fen - line.refunded_fen)
    refund.freight_fen = min(refund.freight_fen, order.freight_fen - order.freight_refunded_fen)
    refund.quantity = min(refund.quantity, line.quantity - line.returned_quantity)
    if order.state != OrderState.PAID:
        refund.quantity = 0  # silence says that the money goes back, not that the goods have arrived
    if order.state not in REFUNDABLE or refund.goods_fen + refund.freight_fen == 0:
        move_refund(
            refund, RefundState.WITHDRAWN, actor=actor, now=now, reason="refunded otherwise", answered_at=now
        )
        return
    refund.save(update_fields=["goods_fen", "freight_fen", "quantity"])
    _agree(refund, order, actor=actor, now=now)


def _agree(refund: Refund, order: Order, *, actor: Actor, now: datetime) -> None:
    REFUND_LIFE.require(RefundState(refund.state), RefundState.AGREED)
    line = _line(order, refund.line_id)
    _check(order, line, refund.goods_fen, refund.freight_fen, refund.quantity)
    move_refund(
        refund,
        RefundState.AGREED,
        actor=actor,
        now=now,
        answered_at=now,
        is_after_settlement=order.state == OrderState.SETTLED,
    )
    _carry_out(refund, order, line, actor, now)
    _restart_settlement_clock(order, now)


def _refund(
    order: Order,
    line: OrderLine,
    goods_fen: int,
    freight_fen: int,
    quantity: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Refund:
    refund = Refund.objects.create(
        order=order,
        line=line,
        state=RefundState.AGREED,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        quantity=quantity,
        reason=reason,
        is_after_settlement=order.state == OrderState.SETTLED,
        requested_at=now,
        answered_at=now,
    )
    record_refund_move(refund, None, RefundState.AGREED, actor=actor, now=now, reason=reason)
    _carry_out(refund, order, line, actor, now)
    return refund


def _carry_out(refund: Refund, order: Order, line: OrderLine, actor: Actor, now: datetime) -> None:
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
        refund.save(update_fields=["quantity"])
    line.returned_quantity += refund.quantity
    line.save(update_fields=["refunded_fen", "returned_quantity"])
    order.refunded_fen += amount_fen
    order.freight_refunded_fen += refund.freight_fen
    order.save(update_fields=["refunded_fen", "freight_refunded_fen"])
    after = current_shares(line=line, discounts=discounts, shop_id=order.shop_id, rules=rules)
    payments = _take_from_payments(refund, order, amount_fen, now)
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


def _take_from_payments(refund: Refund, order: Order, amount_fen: int, now: datetime) -> list[tuple[Payment, int]]:
    """Divide a refund over the payments of the checkout that still have something, oldest first.

    What is only recorded went back elsewhere, so its part is done with this.
    """
    payments = list(
        Payment.objects.select_for_update().filter(checkout_id=order.checkout_id, state="paid").order_by("pk")
    )
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
            done_at=now if is_only_recorded(payment.channel) else None,
        )
        for payment, part in taken
    )
    return taken


def _complete(refund: Refund, now: datetime) -> None:
    """Mark a refund as succeeded once every part of it is back with the buyer."""
    if not RefundPart.objects.filter(refund=refund, done_at=None).exists():
        move_refund(refund, RefundState.SUCCEEDED, actor=system("payment"), now=now, succeeded_at=now)


def _close(order: Order, *, actor: Actor, now: datetime, reason: str) -> None:
    move_order(order, OrderState.CLOSED, actor=actor, now=now, reason=reason, close_reason=reason, closed_at=now)
    return_spent_coupons(order.checkout_id)
    publish(OrderClosed(order_id=order.pk, shop_id=order.shop_id, reason=reason, was_paid=True), now=now)


def _restart_settlement_clock(order: Order, now: datetime) -> None:
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


def _fen_of(line: OrderLine, quantity: int) -> int:
    left_fen = line.paid_fen - line.refunded_fen
    if not quantity:
        return left_fen
    if not 0 < quantity <= line.quantity - line.returned_quantity:
        raise RefundTooLarge(goods_left_fen=left_fen, freight_left_fen=0)
    units_fen = refund_fen_of_units(
        paid_fen=line.paid_fen, quantity=line.quantity, returned=line.returned_quantity, units=quantity
    )
    return min(units_fen, left_fen)


def _check(order: Order, line: OrderLine, goods_fen: int, freight_fen: int, quantity: int) -> None:
    if order.state not in REFUNDABLE:
        raise NotRefundable(state=order.state)
    goods_left_fen = line.paid_fen - line.refunded_fen
    freight_left_fen = order.freight_fen - order.freight_refunded_fen
    within = 0 <= goods_fen <= goods_left_fen and 0 <= freight_fen <= freight_left_fen
    if not within or not 0 <= quantity <= line.quantity - line.returned_quantity:
        raise RefundTooLarge(goods_left_fen=goods_left_fen, freight_left_fen=freight_left_fen)
    if goods_fen + freight_fen == 0:
        raise RefundEmpty


def _line(order: Order, line_id: int) -> OrderLine:
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


def _enter_refund(actor: Actor, refund_id: int, action: str, now: datetime) -> tuple[Refund, Order]:
    refund, order = _lock_refund(refund_id)
    try:
        _enter_shop(actor, order, action, now)
    except NotFound:
        raise NotFound(what="refund") from None
    return refund, order


def _enter_shop(actor: Actor, order: Order, action: str, now: datetime) -> None:
    people.access_shop(actor=actor, shop_id=order.shop_id, permission="refunds")
    people_operations.note_operator(actor=actor, shop_id=order.shop_id, action=action, now=now, order_id=order.pk)


def _words(text: str, field_name: str) -> str:
    words = text.strip()
    if not 1 <= len(words) <= 200 or "\x00" in words:
        raise InvalidInput(field_name=field_name, reason=gettext("This must be a text of 1 to 200 characters."))
    return words
