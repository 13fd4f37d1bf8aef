"""Settlement: an order's money leaves escrow for the accounts of its parties by the terms frozen on its lines."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from laotie.core.actor import Actor, system
from laotie.core.errors import DomainError
from laotie.core.rules import Rules, rules_of_version
from laotie.events.orders import LineShare, OrderSettled
from laotie.events.outbox import publish
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, NewHold, NewPosting, escrow_address, shop_address
from laotie.ledger.operations import reserve_of
from laotie.orders.amounts import divide_line, newcomer_part, service_fee, sum_by_address
from laotie.orders.contracts import LineSettlement, Share
from laotie.orders.errors import CaseOpen, NotYetDue
from laotie.orders.models import AfterSale, LineDiscount, NewcomerTurnover, Order, OrderLine
from laotie.orders.operations.moves import lock_orders, move_orders
from laotie.orders.operations.shares import (
    as_events,
    commissions_of,
    fee_rate,
    money_of,
)
from laotie.orders.rules import NEWCOMER_DAYS, NEWCOMER_FEE_BP, NEWCOMER_LIMIT_FEN
from laotie.orders.states import OPEN_CASES, OrderState
from laotie.people import queries as people
from laotie.people.contracts import MerchantStart

SETTLE_BATCH = 200
SETTLE_TOGETHER = 50  # some 60 ms: far below the second a writing transaction may last
RESERVED_ROLES = frozenset({"creator", "agency", "leader"})


def settle_due_orders(*, now: datetime, limit: int = SETTLE_BATCH) -> int:
    """Settle the orders whose time has come, some together in a transaction, and return how many.

    Where one of them is refused (a rival settled it, or after-sale was asked for meanwhile), each of its group is
    settled by itself.
    """
    waiting = AfterSale.objects.filter(order=OuterRef("pk"), state__in=OPEN_CASES)
    due = Order.objects.filter(~Exists(waiting), state=OrderState.RECEIVED, settle_at__lte=now).order_by(
        "settle_at"
    )
    ids = sorted(due.values_list("pk", flat=True)[:limit])
    groups = [ids[start : start + SETTLE_TOGETHER] for start in range(0, len(ids), SETTLE_TOGETHER)]
    return sum(_settle_group(group, now=now) for group in groups)


def _settle_group(order_ids: Sequence[int], *, now: datetime) -> int:
    actor = system("settlement")
    try:
        with transaction.atomic():
            _settle(lock_orders(order_ids), actor=actor, now=now)
    except DomainError:
        settled = 0
        for order_id in order_ids:
            try:
                settle_order(order_id=order_id, actor=actor, now=now)
            except DomainError:
                continue
            settled += 1
        return settled
    return len(order_ids)


@transaction.atomic(savepoint=False)
def settle_order(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Divide an order's money among its parties and hold back the reserve on commissions.

    Raises: NotFound, IllegalMove, NotYetDue, CaseOpen.
    """
    _settle(lock_orders([order_id]), actor=actor, now=now)


def _settle(orders: Sequence[Order], *, actor: Actor, now: datetime) -> None:
    """Settle locked orders in as few statements as one takes.

    Raises: IllegalMove, NotYetDue, CaseOpen.
    """
    move_orders(orders, OrderState.SETTLED, actor=actor, now=now, settled_at=now)
    for order in orders:
        if order.settle_at is None or order.settle_at > now:
            raise NotYetDue(settle_at=order.settle_at.isoformat() if order.settle_at else "")
    open_case = AfterSale.objects.filter(order__in=orders, state__in=OPEN_CASES).first()
    if open_case is not None:
        raise CaseOpen(order_id=open_case.order_id)
    lines = _lines_of(orders)
    discounts = _discounts_of(orders, lines)
    turnovers = _Turnovers()
    events, postings, holds = [], [], []
    for order in orders:
        rules = rules_of_version(order.rules_version)
        divided = _divide(order, lines[order.pk], discounts, turnovers.of(order, rules), rules)
        told: list[LineShare] = []
        shares = [Share("shop", shop_address(order.shop_id), order.freight_fen - order.freight_refunded_fen)]
        for line, settlement in zip(lines[order.pk], divided, strict=True):
            line.settlement = settlement.to_json()
            told.extend(as_events(line.pk, settlement.shares))
            shares.extend(settlement.shares)
        postings.extend(_posting(order, shares, now))
        holds.extend(_reserves(order, shares, rules, now))
        events.append(OrderSettled(order_id=order.pk, shop_id=order.shop_id, settled_at=now, shares=tuple(told)))
    OrderLine.objects.bulk_update([line for found in lines.values() for line in found], ["settlement"])
    turnovers.save()
    ledger.post_many(postings=postings)
    ledger.place_holds(holds=holds, now=now)
    publish(*events, now=now)


def _lines_of(orders: Sequence[Order]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = {order.pk: [] for order in orders}
    for line in OrderLine.objects.filter(order__in=orders).order_by("pk"):
        found[line.order_id].append(line)
    return found


def _discounts_of(
    orders: Sequence[Order], lines: Mapping[int, Sequence[OrderLine]]
) -> dict[int, list[LineDiscount]]:
    found: dict[int, list[LineDiscount]] = {}
    if any(line.funded_fen for many in lines.values() for line in many):
        for entry in LineDiscount.objects.filter(line__order__in=orders):
            found.setdefault(entry.line_id, []).append(entry)
    return found


def _divide(
    order: Order,
    lines: Sequence[OrderLine],
    discounts: Mapping[int, list[LineDiscount]],
    turnover: NewcomerTurnover | None,
    rules: Rules,
) -> list[LineSettlement]:
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
    return divided


class _Turnovers:
    """The newcomers' turnovers that a group of orders counts toward, each owner's row locked once (RULES 7.3)."""

    def __init__(self) -> None:
        self._starts: dict[int, MerchantStart] = {}
        self._rows: dict[int, NewcomerTurnover] = {}

    def of(self, order: Order, rules: Rules) -> NewcomerTurnover | None:
        """Return the owner's row if the order was paid in the first days of their first shop."""
        start = self._starts.get(order.shop_id)
        if start is None:
            start = self._starts[order.shop_id] = people.get_merchant_start(shop_id=order.shop_id)
        assert order.paid_at is not None
        if not start.since <= order.paid_at < start.since + timedelta(days=rules[NEWCOMER_DAYS]):
            return None
        if start.owner_id not in self._rows:
            NewcomerTurnover.objects.bulk_create(
                [NewcomerTurnover(owner_id=start.owner_id)], ignore_conflicts=True
            )
            self._rows[start.owner_id] = NewcomerTurnover.objects.select_for_update().get(pk=start.owner_id)
        return self._rows[start.owner_id]

    def save(self) -> None:
        """Write what was counted."""
        for row in self._rows.values():
            row.save(update_fields=["counted_fen"])


def _posting(order: Order, shares: Sequence[Share], now: datetime) -> list[NewPosting]:
    """Return what moves an order's money from escrow to its parties; nothing where everything went back."""
    legs = sum_by_address(shares)
    kept_fen = order.paid_fen - order.refunded_fen
    assert sum(legs.values()) == kept_fen, f"order {order.pk} does not divide"
    posted = [Leg(address, fen) for address, fen in legs.items() if fen]
    if kept_fen:
        posted.append(Leg(escrow_address(order.pk), -kept_fen))
    if not posted:
        return []
    return [
        NewPosting(
            key=f"settle:{order.pk}",
            kind="settlement",
            subject=f"order:{order.pk}",
            legs=tuple(posted),
            posted_at=now,
            currency=order.currency,
        )
    ]


def _reserves(order: Order, shares: Sequence[Share], rules: Rules, now: datetime) -> list[NewHold]:
    """Return what is held back of each commission for refunds to come (RULES 2.7)."""
    earned = sum_by_address([share for share in shares if share.role in RESERVED_ROLES])
    found = (
        reserve_of(
            key=f"reserve:{order.pk}:{address}",
            address=address,
            income_fen=fen,
            rules=rules,
            now=now,
            currency=order.currency,
        )
        for address, fen in earned.items()
    )
    return [hold for hold in found if hold is not None]
