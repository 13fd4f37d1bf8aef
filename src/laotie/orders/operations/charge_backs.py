"""A charge-back: the payment channel takes a buyer's money back by itself, and the books follow (RULES 11.5)."""

from datetime import datetime

from django.db import transaction

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import NotFound
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg
from laotie.orders.amounts import fill
from laotie.orders.contracts import ChargeBackView
from laotie.orders.errors import ChargeBackDiffers, ChargeBackTooLarge
from laotie.orders.models import AfterSale, ChargeBack, Order, Payment
from laotie.orders.operations.after_sale import close_case
from laotie.orders.operations.disputes import GUARANTEE
from laotie.orders.operations.moves import lock_order
from laotie.orders.operations.refunds import REFUNDABLE, clean_words, give_back
from laotie.orders.states import OPEN_CASES, PaymentState
from laotie.orders.viewing import charge_back_view
from laotie.people import queries as people

REASON = "charge_back"


@transaction.atomic(savepoint=False)
def record_charge_back(
    *, actor: Actor, payment_number: str, amount_fen: int, channel_ref: str, now: datetime
) -> ChargeBackView:
    """Book what a channel took back of a payment, as an operator or the channel's own notice.

    Every party bears its share as in a refund, order by order and line by line; what refunds had already given back
    before is the platform's loss. The same reference again changes nothing. Raises: NotAllowed, NotFound,
    ChargeBackTooLarge, ChargeBackDiffers, InvalidInput.
    """
    if actor.account_id is not None:
        people.require_operator(actor=actor)
    reference = clean_words(channel_ref, "channel_ref", most=100)
    found = Payment.objects.filter(number=payment_number.replace("\0", ""), state=PaymentState.PAID).first()
    if found is None:
        raise NotFound(what="payment")
    orders = [
        lock_order(order_id)
        for order_id in Order.objects.filter(checkout_id=found.checkout_id)
        .order_by("pk")
        .values_list("pk", flat=True)
    ]
    payment = Payment.objects.select_for_update().get(pk=found.pk)
    known = ChargeBack.objects.filter(payment=payment, channel_ref=reference).first()
    if known is not None:
        if known.amount_fen != amount_fen:
            raise ChargeBackDiffers(booked_fen=known.amount_fen)
        return charge_back_view(known)
    taken_fen = sum(ChargeBack.objects.filter(payment=payment).values_list("amount_fen", flat=True))
    if not 0 < amount_fen <= payment.amount_fen - taken_fen:
        raise ChargeBackTooLarge(left_fen=payment.amount_fen - taken_fen)
    left_fen = min(amount_fen, payment.amount_fen - payment.refunded_fen)
    lost_fen = amount_fen - left_fen
    for order in orders:
        if order.state in REFUNDABLE and left_fen:
            left_fen -= _take_from_order(order, payment, left_fen, actor, now)
    lost_fen += left_fen
    row = ChargeBack.objects.create(
        payment=payment, channel_ref=reference, amount_fen=amount_fen, lost_fen=lost_fen, taken_at=now
    )
    if lost_fen:
        ledger.post(
            key=f"charge_back:{row.pk}",
            kind=REASON,
            subject=f"charge_back:{row.pk}",
            legs=[Leg(f"channel:{payment.channel}", lost_fen), Leg(GUARANTEE, -lost_fen)],
            currency=payment.currency,
            now=now,
        )
    if actor.account_id is not None:
        record_action(
            actor=actor,
            action="charge_back.record",
            subject=f"payment:{payment.number}",
            now=now,
            amount_fen=amount_fen,
        )
    return charge_back_view(row)


def _take_from_order(order: Order, payment: Payment, most_fen: int, actor: Actor, now: datetime) -> int:
    """Refund an order's lines and freight up to an amount, without asking the channel again; return how much."""
    lines = list(order.lines.order_by("pk"))
    freight_left_fen = order.freight_fen - order.freight_refunded_fen
    lefts = [line.paid_fen - line.refunded_fen for line in lines]
    taken_fen = min(most_fen, sum(lefts) + freight_left_fen)
    *goods, freight_fen = fill([*lefts, freight_left_fen], taken_fen)
    for line, goods_fen in zip(lines, goods, strict=True):
        if goods_fen or freight_fen:
            give_back(order, line, goods_fen, freight_fen, 0, REASON, actor, now, taken_by=payment)
            freight_fen = 0
            if goods_fen == line.paid_fen - (line.refunded_fen - goods_fen):
                _close_cases(order, line.pk, actor, now)
    return taken_fen


def _close_cases(order: Order, line_id: int, actor: Actor, now: datetime) -> None:
    for case in AfterSale.objects.filter(line_id=line_id, state__in=OPEN_CASES):
        close_case(case, order, actor=actor, now=now, reason="refunded otherwise")
