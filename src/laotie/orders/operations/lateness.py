"""What a shop pays for shipping late: 10 % of the order, 5 to 500 yuan, into the buyer's wallet (RULES 11.2)."""

from datetime import datetime

from django.db import transaction

from laotie.core.money import share_bp
from laotie.core.rules import rules_of_version
from laotie.events.orders import LateCompensated
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, buyer_address, shop_address
from laotie.orders.models import Order
from laotie.orders.operations.moves import lock_order
from laotie.orders.rules import LATE_BP, LATE_LEAST_FEN, LATE_MOST_FEN
from laotie.orders.states import OrderState

BATCH = 100


def compensate_late_orders(*, now: datetime, limit: int = BATCH) -> int:
    """Pay the buyers of orders that were not shipped in time, once for each, a transaction each; return how many.

    The shop bears it alone: it comes from its balance, or is a debt that its next income pays.
    """
    late = Order.objects.filter(state=OrderState.PAID, ship_by__lt=now, late_fen=0, external_ref=None)
    paid = 0
    for order_id in late.order_by("ship_by").values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            paid += _compensate(order_id, now=now)
    return paid


def _compensate(order_id: int, *, now: datetime) -> bool:
    order = lock_order(order_id)
    if order.state != OrderState.PAID or order.late_fen or order.ship_by is None or order.ship_by >= now:
        return False
    rules = rules_of_version(order.rules_version)
    base_fen = order.paid_fen - order.refunded_fen
    amount_fen = min(max(share_bp(base_fen, rules[LATE_BP]), rules[LATE_LEAST_FEN]), rules[LATE_MOST_FEN])
    if rules[LATE_BP] == 0 or base_fen == 0 or amount_fen == 0:
        return False
    order.late_fen = amount_fen
    order.save(update_fields=["late_fen"])
    ledger.post(
        key=f"late:{order_id}",
        kind="late_compensation",
        subject=f"late:{order_id}",  # not the order's: its own legs still add up to what was paid
        legs=[Leg(shop_address(order.shop_id), -amount_fen), Leg(buyer_address(order.buyer_id), amount_fen)],
        currency=order.currency,
        now=now,
    )
    publish(
        LateCompensated(order_id=order_id, shop_id=order.shop_id, buyer_id=order.buyer_id, amount_fen=amount_fen),
        now=now,
    )
    return True
