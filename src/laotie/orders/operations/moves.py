"""Moving an order along its lifecycle; every move leaves a row. Shared by the verbs of this module."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from laotie.core.actor import Actor
from laotie.core.errors import IllegalMove, NotFound
from laotie.orders.models import Order, OrderMove, Refund
from laotie.orders.states import ORDER_LIFE, REFUND_LIFE, OrderState, RefundState
from laotie.promotions import operations as promotions


def lock_order(order_id: int) -> Order:
    """Load an order and keep others from changing it until the transaction ends.

    Raises: NotFound.
    """
    rows = Order.objects.select_for_update().defer("address")  # no verb needs it decrypted
    order = rows.filter(pk=order_id).first()
    if order is None:
        raise NotFound(what="order")
    return order


def lock_orders(order_ids: Sequence[int]) -> list[Order]:
    """Load orders and keep others from changing them, in the order of their numbers.

    Raises: NotFound.
    """
    rows = Order.objects.select_for_update().defer("address").filter(pk__in=order_ids).order_by("pk")
    orders = list(rows)
    if len(orders) != len(set(order_ids)):
        raise NotFound(what="order")
    return orders


def move_order(
    order: Order, wanted: OrderState, *, actor: Actor, now: datetime, reason: str = "", **values: Any
) -> None:
    """Move an order along one arrow and set what the move decides; of two rivals exactly one succeeds.

    Raises: IllegalMove.
    """
    found = OrderState(order.state)
    ORDER_LIFE.require(found, wanted)
    if Order.objects.filter(pk=order.pk, state=found).update(state=wanted, **values) != 1:
        raise IllegalMove(found="moved", wanted=wanted)
    OrderMove.objects.create(
        order_id=order.pk, old=found, new=wanted, actor=actor.address, reason=reason, moved_at=now
    )
    order.state = wanted
    for name, value in values.items():
        setattr(order, name, value)


def move_orders(
    orders: Sequence[Order], wanted: OrderState, *, actor: Actor, now: datetime, **values: Any
) -> None:
    """Move locked orders along the same arrow, all or none.

    Raises: IllegalMove.
    """
    for order in orders:
        ORDER_LIFE.require(OrderState(order.state), wanted)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(state=wanted, **values)
    OrderMove.objects.bulk_create(
        OrderMove(order_id=order.pk, old=order.state, new=wanted, actor=actor.address, moved_at=now)
        for order in orders
    )
    for order in orders:
        order.state = wanted
        for name, value in values.items():
            setattr(order, name, value)


def move_refund(
    refund: Refund, wanted: RefundState, *, actor: Actor, now: datetime, reason: str = "", **values: Any
) -> None:
    """Move a refund along one arrow.

    Raises: IllegalMove.
    """
    found = RefundState(refund.state)
    REFUND_LIFE.require(found, wanted)
    if Refund.objects.filter(pk=refund.pk, state=found).update(state=wanted, **values) != 1:
        raise IllegalMove(found="moved", wanted=wanted)
    record_refund_move(refund, found, wanted, actor=actor, now=now, reason=reason)
    refund.state = wanted
    for name, value in values.items():
        setattr(refund, name, value)


def record_refund_move(
    refund: Refund, old: RefundState | None, new: RefundState, *, actor: Actor, now: datetime, reason: str
) -> None:
    """Leave the row that says when, who and why."""
    OrderMove.objects.create(
        order_id=refund.order_id,
        refund_id=refund.pk,
        old=old or "",
        new=new,
        actor=actor.address,
        reason=reason[:200],
        moved_at=now,
    )


def return_spent_coupons(checkout_id: int) -> None:
    """Give a checkout's coupons back to the buyer once every order of it has come to nothing."""
    if not Order.objects.filter(checkout_id=checkout_id).exclude(state=OrderState.CLOSED).exists():
        promotions.return_coupons(used_for=f"checkout:{checkout_id}")
