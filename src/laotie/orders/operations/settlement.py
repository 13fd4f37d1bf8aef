"""Settlement: an order's money leaves escrow for the accounts of its parties by the terms frozen on its lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from laotie.core.actor import Actor, system
from laotie.core.errors import DomainError
from laotie.core.rules import Rules, rules_of_version
from laotie.events.orders import LineShare, OrderSettled
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, escrow_address, shop_address
from laotie.orders.amounts import divide_line, newcomer_part, service_fee, sum_by_address
from laotie.orders.contracts import LineSettlement, Share
from laotie.orders.errors import CaseOpen, NotYetDue
from laotie.orders.models import AfterSale, LineDiscount, NewcomerTurnover, Order, OrderLine
from laotie.orders.operations.cases import has_open_case
from laotie.orders.operations.moves import lock_order, move_order
from laotie.orders.operations.shares import (
    as_events,
    commissions_of,
    fee_rate,
    money_of,
)
from laotie.orders.rules import NEWCOMER_DAYS, NEWCOMER_FEE_BP, NEWCOMER_LIMIT_FEN
from laotie.orders.states import OPEN_CASES, OrderState
from laotie.people import queries as people

SETTLE_BATCH = 200
RESERVED_ROLES = frozenset({"creator", "agency", "leader"})


def settle_due_orders(*, now: datetime, limit: int = SETTLE_BATCH) -> int:
    """Settle the orders whose time has come, a transaction each, and return how many."""
    waiting = AfterSale.objects.filter(order=OuterRef("pk"), state__in=OPEN_CASES)
    due = Order.objects.filter(~Exists(waiting), state=OrderState.RECEIVED, settle_at__lte=now).order_by(
        "settle_at"
    )
    settled = 0
    for order_id in due.values_list("pk", flat=True)[:limit]:
        try:
            settle_order(order_id=order_id, actor=system("settlement"), now=now)
        except DomainError:  # a rival settled it, or a refund was asked for meanwhile
            continue
        settled += 1
    return settled


@transaction.atomic(savepoint=False)
def settle_order(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Divide an order's money among its parties and hold back the reserve on commissions.

    Raises: NotFound, IllegalMove, NotYetDue, CaseOpen.
    """
    order = lock_order(order_id)
    move_order(order, OrderState.SETTLED, actor=actor, now=now, settled_at=now)
    if order.settle_at is None or order.settle_at > now:
        raise NotYetDue(settle_at=order.settle_at.isoformat() if order.settle_at else "")
    if has_open_case(order):
        raise CaseOpen(order_id=order_id)
    rules = rules_of_version(order.rules_version)
    lines = list(order.lines.order_by("pk"))
    divided = _divide(order, lines, rules)
    events: list[LineShare] = []
    shares: list[Share] = []
    for line, settlement in zip(lines, divided, strict=True):
        line.settlement = settlement.to_json()
        events.extend(as_events(line.pk, settlement.shares))
        shares.extend(settlement.shares)
    OrderLine.objects.bulk_update(lines, ["settlement"])
    freight_fen = order.freight_fen - order.freight_refunded_fen
    shares.append(Share("shop", shop_address(order.shop_id), freight_fen))
    _post(order, shares, now)
    _hold_reserve(order, shares, rules, now)
    publish(OrderSettled(order_id=order_id, shop_id=order.shop_id, settled_at=now, shares=tuple(events)), now=now)


def _divide(order: Order, lines: Sequence[OrderLine], rules: Rules) -> list[LineSettlement]:
    discounts: dict[int, list[LineDiscount]] = {}
    for entry in LineDiscount.objects.filter(line__order=order):
        discounts.setdefault(entry.line_id, []).append(entry)
    turnover = _newcomer_turnover(order, rules)
    divided = []
    for line in lines:
        money = money_of(line, discounts.get(line.pk, []))
        newcomer_fen = 0
        if turnover is not None:
            newcomer_fen = newcomer_part(
                base_fen=money.base_fen, counted_fen=turnover.counted_fen, limit_fen=rules[NEWCOMER_LIMIT_FEN]
            )
            turnover.counted_fen += newcomer_fen
        shares = divide_line(
            money=money,
            commissions=commissions_of(money.base_fen, line.terms, line.receipt_number),
            fee_fen=service_fee(
                base_fen=money.base_fen,
                rate_bp=fee_rate(line.trade, rules),
                newcomer_fen=newcomer_fen,
                newcomer_bp=rules[NEWCOMER_FEE_BP],
            ),
            shop_address=shop_address(order.shop_id),
        )
        divided.append(LineSettlement(money.base_fen, newcomer_fen, shares))
    if turnover is not None:
        turnover.save(update_fields=["counted_fen"])
    return divided


def _newcomer_turnover(order: Order, rules: Rules) -> NewcomerTurnover | None:
    """Lock the owner's newcomer turnover if the order was paid in the first days of their first shop (RULES 7.3)."""
    start = people.get_merchant_start(shop_id=order.shop_id)
    assert order.paid_at is not None
    if not start.since <= order.paid_at < start.since + timedelta(days=rules[NEWCOMER_DAYS]):
        return None
    NewcomerTurnover.objects.bulk_create([NewcomerTurnover(owner_id=start.owner_id)], ignore_conflicts=True)
    return NewcomerTurnover.objects.select_for_update().get(pk=start.owner_id)


def _post(order: Order, shares: Sequence[Share], now: datetime) -> None:
    legs = sum_by_address(shares)
    kept_fen = order.paid_fen - order.refunded_fen
    assert sum(legs.values()) == kept_fen, f"order {order.pk} does not divide"
    posted = [Leg(address, fen) for address, fen in legs.items() if fen]
    if kept_fen:
        posted.append(Leg(escrow_address(order.pk), -kept_fen))
    if posted:
        ledger.post(
            key=f"settle:{order.pk}",
            kind="settlement",
            subject=f"order:{order.pk}",
            legs=posted,
            currency=order.currency,
            now=now,
        )


def _hold_reserve(order: Order, shares: Sequence[Share], rules: Rules, now: datetime) -> None:
    """Hold back a part of each commission for refunds to come (RULES 2.7)."""
    earned = sum_by_address([share for share in shares if share.role in RESERVED_ROLES])
    for address, fen in earned.items():
        ledger.place_reserve(
            key=f"reserve:{order.pk}:{address}",
            address=address,
            income_fen=fen,
            rules=rules,
            now=now,
            currency=order.currency,
        )
