"""Money coming in: starting a payment, and what a channel's verified word does.

The same word said twice does nothing the second time, in whatever order words come; money for an order that is
closed meanwhile goes back at once. Applying a notice is a hot path: one statement reads and locks, one writes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from laotie.catalog import operations as catalog_operations
from laotie.catalog.errors import ReservationGone
from laotie.core.actor import Actor, system
from laotie.core.errors import NotFound
from laotie.core.ids import new_number
from laotie.core.money import share_bp
from laotie.core.rules import Rules, rules_of_version
from laotie.core.sql import Asked, send_prepared, together
from laotie.events.orders import LineShare, OrderPaid, PaidLine
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, escrow_address
from laotie.orders.amounts import fill
from laotie.orders.contracts import Notice, PaymentState, PaymentView
from laotie.orders.errors import NoticeMismatch, PaymentTooLate
from laotie.orders.models import Checkout, Order, OrderLine, Payment, PaymentNotice, RefundPart
from laotie.orders.operations.checkout import close_unpaid_checkout
from laotie.orders.operations.refunds import return_money
from laotie.orders.operations.shares import as_events, current_shares
from laotie.orders.payments import channel_of
from laotie.orders.rules import CHANNEL_COST_BP, SHIP_HOURS
from laotie.orders.states import OrderState

CHANNEL_COST_ADDRESS = "platform:expense:channel"
UNCLAIMED_ADDRESS = "platform:unclaimed"


@dataclass(slots=True)
class OpenOrder:
    """An order as the payment's locking read found it."""

    id: int
    shop_id: int
    buyer_id: int
    state: str
    payable_fen: int
    paid_fen: int
    pay_until: datetime
    rules_version: str
    placed_from: str
    lines: list[OrderLine] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def start_payment(
    *, actor: Actor, checkout_id: int, channel: str, now: datetime, amount_fen: int | None = None
) -> PaymentView:
    """Ask a channel for what is still to be paid of a checkout, or a part of it.

    Raises: NotFound, PaymentTooLate, UnknownChannel.
    """
    port = channel_of(channel)
    checkout = (
        Checkout.objects.select_for_update(of=("self",)).filter(pk=checkout_id, buyer_id=actor.account_id).first()
    )
    if checkout is None:
        raise NotFound(what="checkout")
    open_orders = list(Order.objects.filter(checkout_id=checkout_id, state=OrderState.PLACED))
    if not open_orders or checkout.pay_until < now:
        raise PaymentTooLate(order_id=Order.objects.filter(checkout_id=checkout_id).earliest("id").pk)
    left_fen = sum(order.payable_fen - order.paid_fen for order in open_orders)
    payment = Payment.objects.create(
        checkout=checkout,
        number=new_number(now),
        channel=channel,
        amount_fen=left_fen if amount_fen is None else min(amount_fen, left_fen),
        currency=checkout.currency,
        created_at=now,
    )
    return PaymentView(
        payment.pk,
        payment.number,
        checkout_id,
        channel,
        PaymentState.WAITING,
        payment.amount_fen,
        payment.currency,
        port.pay_url(payment.number),
    )


@transaction.atomic(savepoint=False)
def apply_notice(*, notice: Notice, now: datetime) -> str:
    """Do what a verified notice says and return its effect: paid, failed, repeated, ignored or late.

    Raises: NotFound for an unknown payment, NoticeMismatch for another amount or currency.
    """
    payment, orders = _lock(notice)
    if notice.is_paid and (notice.amount_fen, notice.currency) != (payment.amount_fen, payment.currency):
        raise NoticeMismatch(
            notice_fen=notice.amount_fen,
            notice_currency=notice.currency,
            payment_fen=payment.amount_fen,
            payment_currency=payment.currency,
        )
    if payment.state == PaymentState.PAID:
        return _keep(notice, payment.pk, "repeated" if notice.is_paid else "ignored", now)
    if not notice.is_paid:
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.FAILED)
        return _keep(notice, payment.pk, "failed", now)
    parts, surplus_fen = _allot(orders, payment.amount_fen)
    is_late = not _confirm(orders, parts, now)
    _take_in(payment, notice, orders, parts, surplus_fen, is_late=is_late, now=now)
    return "late" if is_late else "paid"


def _lock(notice: Notice) -> tuple[Payment, list[OpenOrder]]:
    """Read a payment and its checkout's orders; orders are locked before the payment, as refunds do."""
    with together():  # with the transaction's BEGIN
        locked = send_prepared(_LOCK, [notice.payment_number, notice.payment_number, notice.channel])
    rows = locked.rows()
    if not rows:
        raise NotFound(what="payment")
    first = rows[0]
    payment = Payment(
        id=first[0], state=first[1], amount_fen=first[2], currency=first[3], checkout_id=first[4], channel=first[5]
    )
    orders: dict[int, OpenOrder] = {}
    for row in rows:
        order = orders.setdefault(row[6], OpenOrder(*row[6:15]))
        order.lines.append(_line(order.id, row[15:]))
    return payment, list(orders.values())


def _line(order_id: int, values: Sequence[Any]) -> OrderLine:
    line_id, product_id, sku_id, quantity, paid_fen, funded_fen, trade, terms, reservation_id = values
    return OrderLine(
        id=line_id,
        order_id=order_id,
        product_id=product_id,
        sku_id=sku_id,
        quantity=quantity,
        paid_fen=paid_fen,
        funded_fen=funded_fen,
        trade=trade,
        terms=json.loads(terms) if terms else None,
        reservation_id=reservation_id,
    )


def _allot(orders: list[OpenOrder], amount_fen: int) -> tuple[dict[int, int], int]:
    """Divide a payment over what its orders still need, open ones first; return the parts by order and the rest."""
    in_turn = sorted(orders, key=lambda order: order.state != OrderState.PLACED)
    parts = fill([order.payable_fen - order.paid_fen for order in in_turn], amount_fen)
    return {order.id: part for order, part in zip(in_turn, parts, strict=True)}, amount_fen - sum(parts)


def _completed(orders: list[OpenOrder], parts: dict[int, int]) -> list[OpenOrder]:
    return [
        order
        for order in orders
        if order.state == OrderState.PLACED and order.paid_fen + parts[order.id] == order.payable_fen
    ]


def _confirm(orders: list[OpenOrder], parts: dict[int, int], now: datetime) -> bool:
    """Sell the held stock of the orders this payment completes; False when no order is open or the stock is gone."""
    if all(order.state != OrderState.PLACED for order in orders):
        return False
    completed = _completed(orders, parts)
    ids = tuple(line.reservation_id for order in completed for line in order.lines)
    if not ids:
        return True
    try:  # a refusal of the stock has changed nothing, so no savepoint is needed
        catalog_operations.confirm_reservations(ids=ids, now=now)
    except ReservationGone:
        return False
    return True


def _take_in(
    payment: Payment,
    notice: Notice,
    orders: list[OpenOrder],
    parts: dict[int, int],
    surplus_fen: int,
    *,
    is_late: bool,
    now: datetime,
) -> None:
    """Write what a payment changes, post it, and tell; what comes too late or is too much goes straight back."""
    paid = [] if is_late else _completed(orders, parts)
    rules = {order.rules_version: rules_of_version(order.rules_version) for order in orders}
    values = {
        "payment": payment.pk,
        "ref": notice.channel_ref,
        "surplus": surplus_fen,
        "now": now,
        "channel": notice.channel,
        "notice": notice.notice_id,
        "amount": notice.amount_fen,
        "effect": "late" if is_late else "paid",
        "orders": [order.id for order in orders],
        "parts": [parts[order.id] for order in orders],
        "paid": [order.id for order in paid],
        "ship_by": [
            now + timedelta(hours=rules[order.rules_version][SHIP_HOURS]) if order in paid else None
            for order in orders
        ],
    }
    with together():
        send_prepared(_WRITE, values)
        posted = [
            _post(payment, order, parts[order.id], rules[order.rules_version], now)
            for order in orders
            if parts[order.id]
        ]
        publish(*(_paid_event(order, rules[order.rules_version], now) for order in paid), now=now)
    for posting in posted:
        posting.answer()
    if surplus_fen:
        _send_back(payment, surplus_fen, now)
    actor = system("late-payment")
    for order in orders:
        if order.state != OrderState.PLACED and parts[order.id]:
            return_money(
                order_id=order.id, amount_fen=parts[order.id], actor=actor, now=now, reason="late_payment"
            )
    if is_late:
        # Whatever stands open without stock closes too, and gives back what it has taken in.
        close_unpaid_checkout(checkout_id=payment.checkout_id, actor=actor, now=now, reason="late_payment")


def _send_back(payment: Payment, surplus_fen: int, now: datetime) -> None:
    """Give back money that no order of its checkout needs: another payment was faster."""
    came = [Leg(f"channel:{payment.channel}", -surplus_fen), Leg(UNCLAIMED_ADDRESS, surplus_fen)]
    went = [Leg(UNCLAIMED_ADDRESS, -surplus_fen), Leg(f"channel:{payment.channel}", surplus_fen)]
    for kind, legs in (("surplus", came), ("surplus_refund", went)):
        ledger.post(
            key=f"{kind}:{payment.pk}",
            kind=kind,
            subject=f"payment:{payment.pk}",
            legs=legs,
            currency=payment.currency,
            now=now,
        )
    RefundPart.objects.create(payment_id=payment.pk, amount_fen=surplus_fen)


def _post(payment: Payment, order: OpenOrder, part_fen: int, rules: Rules, now: datetime) -> Asked[int]:
    """Money at the channel becomes money in escrow; what the channel keeps is the platform's expense."""
    cost_fen = share_bp(part_fen, rules[CHANNEL_COST_BP])
    legs = [Leg(f"channel:{payment.channel}", cost_fen - part_fen), Leg(escrow_address(order.id), part_fen)]
    if cost_fen:
        legs.append(Leg(CHANNEL_COST_ADDRESS, -cost_fen))
    return ledger.ask_posting(
        key=f"payment:{payment.pk}:{order.id}",
        kind="payment",
        subject=f"order:{order.id}",
        legs=legs,
        currency=payment.currency,
        now=now,
    )


def _paid_event(order: OpenOrder, rules: Rules, now: datetime) -> OrderPaid:
    lines: list[PaidLine] = []
    shares: list[LineShare] = []
    for line in order.lines:
        terms = line.terms or {}
        lines.append(
            PaidLine(
                line_id=line.pk,
                product_id=line.product_id,
                sku_id=line.sku_id,
                quantity=line.quantity,
                base_fen=line.paid_fen + line.funded_fen,
                creator_id=terms.get("creator_id"),
                plan_id=terms.get("plan_id"),
                rate_bp=terms.get("rate_bp", 0),
                leader_id=terms.get("leader_id"),
                leader_rate_bp=terms.get("leader_rate_bp", 0),
                agency_id=terms.get("agency_id"),
            )
        )
        discounts = list(line.discounts.all()) if line.funded_fen else []
        found = current_shares(line=line, discounts=discounts, shop_id=order.shop_id, rules=rules)
        shares.extend(as_events(line.pk, found))
    return OrderPaid(
        order_id=order.id,
        shop_id=order.shop_id,
        buyer_id=order.buyer_id,
        paid_at=now,
        lines=tuple(lines),
        shares=tuple(shares),
        placed_from=order.placed_from,
    )


def _keep(notice: Notice, payment_id: int, effect: str, now: datetime) -> str:
    """Keep a notice that changed no money as evidence; the same one again is the same row."""
    PaymentNotice.objects.bulk_create(
        [
            PaymentNotice(
                channel=notice.channel,
                notice_id=notice.notice_id,
                payment_id=payment_id,
                outcome="paid" if notice.is_paid else "failed",
                amount_fen=notice.amount_fen,
                effect=effect,
                received_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return effect


# The orders' locks are taken while the common table is read, all of them before the payment's.
_LOCK = """
WITH placed AS MATERIALIZED (
  SELECT id, checkout_id, shop_id, buyer_id, state, payable_fen, paid_fen, pay_until, rules_version, placed_from
    FROM orders_order
   WHERE checkout_id = (SELECT checkout_id FROM orders_payment WHERE number = %s::text)
   ORDER BY id FOR UPDATE
)
SELECT payment.id, payment.state, payment.amount_fen, payment.currency, payment.checkout_id, payment.channel,
       placed.id, placed.shop_id, placed.buyer_id, placed.state, placed.payable_fen, placed.paid_fen,
       placed.pay_until, placed.rules_version, placed.placed_from,
       line.id, line.product_id, line.sku_id, line.quantity, line.paid_fen, line.funded_fen, line.trade,
       line.terms::text, line.reservation_id
  FROM placed
  JOIN orders_payment payment ON payment.checkout_id = placed.checkout_id
  JOIN orders_orderline line ON line.order_id = placed.id
 WHERE payment.number = %s::text AND payment.channel = %s::text
 ORDER BY placed.id, line.id
   FOR UPDATE OF payment
"""

_WRITE = """
WITH taken AS (
  UPDATE orders_payment SET state = 'paid', paid_at = %(now)s::timestamptz, channel_ref = %(ref)s::text,
    surplus_fen = %(surplus)s::bigint, refunded_fen = %(surplus)s::bigint
   WHERE id = %(payment)s::bigint
), noticed AS (
  INSERT INTO orders_paymentnotice (channel, notice_id, payment_id, outcome, amount_fen, effect, received_at)
  VALUES (%(channel)s::text, %(notice)s::text, %(payment)s::bigint, 'paid', %(amount)s::bigint,
          %(effect)s::text, %(now)s::timestamptz)
  ON CONFLICT (channel, notice_id) DO NOTHING
), moved AS (
  INSERT INTO orders_ordermove (order_id, old, new, actor, reason, moved_at)
  SELECT id, 'placed', 'paid', 'system:payment', '', %(now)s::timestamptz FROM unnest(%(paid)s::bigint[]) AS id
)
UPDATE orders_order placed
   SET paid_fen = placed.paid_fen + part.fen,
       state = CASE WHEN part.ship_by IS NULL THEN placed.state ELSE 'paid' END,
       paid_at = CASE WHEN part.ship_by IS NULL THEN placed.paid_at ELSE %(now)s::timestamptz END,
       ship_by = coalesce(part.ship_by, placed.ship_by)
  FROM unnest(%(orders)s::bigint[], %(parts)s::bigint[], %(ship_by)s::timestamptz[]) AS part (id, fen, ship_by)
 WHERE placed.id = part.id AND placed.id = ANY (%(orders)s::bigint[])
"""
