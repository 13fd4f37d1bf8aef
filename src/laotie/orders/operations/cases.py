"""What the verbs of after-sale share: locking a case, moving it, paying it out."""

from datetime import datetime
from typing import Any

from laotie.core.actor import Actor
from laotie.core.errors import IllegalMove, NotFound
from laotie.events.orders import AfterSaleMoved
from laotie.events.outbox import publish
from laotie.orders.models import AfterSale, Order, OrderMove
from laotie.orders.operations.moves import lock_order
from laotie.orders.states import AFTER_SALE_LIFE, OPEN_CASES, AfterSaleState


def has_open_case(order: Order) -> bool:
    """Say whether an after-sale case keeps the order's money where it is."""
    return AfterSale.objects.filter(order=order, state__in=OPEN_CASES).exists()


def lock_case(case_id: int) -> tuple[AfterSale, Order]:
    """Lock the order first, then read the case: the order's lock covers everything that hangs on it.

    Raises: NotFound.
    """
    order_id = AfterSale.objects.filter(pk=case_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound(what="after-sale case")
    order = lock_order(order_id)
    case = AfterSale.objects.get(pk=case_id)
    case.order = order
    return case, order


def move_case(
    case: AfterSale, wanted: AfterSaleState, *, actor: Actor, now: datetime, reason: str = "", **values: Any
) -> None:
    """Move a case along one arrow and set what the move decides; of two rivals exactly one succeeds.

    Raises: IllegalMove.
    """
    found = AfterSaleState(case.state)
    AFTER_SALE_LIFE.require(found, wanted)
    values["moved_at"] = now
    if AfterSale.objects.filter(pk=case.pk, state=found).update(state=wanted, **values) != 1:
        raise IllegalMove(found="moved", wanted=wanted)
    case.state = wanted
    for name, value in values.items():
        setattr(case, name, value)
    record_case_move(case, found, wanted, actor=actor, now=now, reason=reason)


def record_case_move(
    case: AfterSale, old: AfterSaleState | None, new: AfterSaleState, *, actor: Actor, now: datetime, reason: str
) -> None:
    """Leave the row that says when, who and why, and tell."""
    OrderMove.objects.create(
        order_id=case.order_id,
        case_id=case.pk,
        old=old or "",
        new=new,
        actor=actor.address,
        reason=reason[:200],
        moved_at=now,
    )
    publish(
        AfterSaleMoved(
            case_id=case.pk,
            order_id=case.order_id,
            line_id=case.line_id,
            shop_id=case.order.shop_id,
            buyer_id=case.order.buyer_id,
            kind=case.kind,
            state=new.value,
            act_by=case.act_by,
        ),
        now=now,
    )
