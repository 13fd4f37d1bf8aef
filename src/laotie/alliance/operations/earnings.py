"""Keeping earnings: the CPS order record of each party, as the order's events tell it (RULES 2.4, 2.7).

The amounts come with the events, computed by the frozen terms; nothing is computed again here. Events of rival
transactions may arrive in either order, so a move that no longer fits is passed over: settlement, refunds after
it and closing have the last word.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from laotie.alliance.contracts import EarningReason, Role
from laotie.alliance.models import Earning, EarningMove
from laotie.alliance.states import EARNING_MOVES, EarningState
from laotie.events.orders import LineShare, PaidLine, ReceivedLine

Amounts = Mapping[tuple[int, str], int]

UNSETTLED = frozenset({EarningState.PAID, EarningState.RECEIVED})


@transaction.atomic(savepoint=False)
def record_expected(
    *, order_id: int, shop_id: int, lines: Sequence[PaidLine], shares: Sequence[LineShare], paid_at: datetime
) -> None:
    """Enter what each party of a paid order may expect; lines already entered stay as they are."""
    known = set(Earning.objects.filter(order_id=order_id).values_list("order_line_id", "role"))
    amounts = _amounts(shares)
    earnings = [
        Earning(
            role=role.value,
            party_id=party_id,
            order_id=order_id,
            order_line_id=line.line_id,
            product_id=line.product_id,
            shop_id=shop_id,
            plan_id=line.plan_id,
            base_fen=line.base_fen,
            rate_bp=rate_bp,
            state=EarningState.PAID.value,
            estimated_fen=amounts.get((line.line_id, role.value), 0),
            reason=EarningReason.ORDER_PAID.value,
            paid_at=paid_at,
            moved_at=paid_at,
        )
        for line in lines
        if line.plan_id is not None
        for role, party_id, rate_bp in _parties(line)
        if (line.line_id, role.value) not in known
    ]
    made = Earning.objects.bulk_create(earnings)
    EarningMove.objects.bulk_create(_move(earning, "", paid_at) for earning in made)


@transaction.atomic(savepoint=False)
def mark_received(
    *, order_id: int, lines: Sequence[ReceivedLine], shares: Sequence[LineShare], received_at: datetime
) -> None:
    """Move an order's earnings to received; beyond a step's threshold they grow."""
    received = {line.line_id: line for line in lines}
    amounts = _amounts(shares)
    changed = []
    for earning in _lock(order_id):
        if earning.state != EarningState.PAID.value:
            continue
        old, expected = earning.state, amounts.get((earning.order_line_id, earning.role), 0)
        grows = expected > earning.estimated_fen
        line = received.get(earning.order_line_id)
        if line is not None:
            earning.receipt_number = line.receipt_number
            if line.rate_bp and earning.role != Role.LEADER:
                earning.rate_bp = line.rate_bp
        earning.estimated_fen = expected
        reason = EarningReason.STEP_REACHED if grows else EarningReason.ORDER_RECEIVED
        changed.append((_advance(earning, EarningState.RECEIVED, reason, received_at), old))
    _keep(changed, received_at)


@transaction.atomic(savepoint=False)
def mark_settled(*, order_id: int, shares: Sequence[LineShare], settled_at: datetime) -> None:
    """Move an order's earnings to settled, with what was paid."""
    amounts = _amounts(shares)
    changed = []
    for earning in _lock(order_id):
        if EarningState(earning.state) not in UNSETTLED:
            continue
        old = earning.state
        earning.estimated_fen = 0
        earning.settled_fen = amounts.get((earning.order_line_id, earning.role), 0)
        settled = _advance(earning, EarningState.SETTLED, EarningReason.ORDER_SETTLED, settled_at)
        changed.append((settled, old))
    _keep(changed, settled_at)


@transaction.atomic(savepoint=False)
def mark_refunded(
    *,
    order_id: int,
    line_id: int,
    remaining_base_fen: int,
    is_settled: bool,
    shares: Sequence[LineShare],
    refunded_at: datetime,
) -> None:
    """Reduce the earnings of one line to what its parties keep; with no base left they are void."""
    amounts = _amounts(shares)
    changed = []
    for earning in _lock(order_id):
        if earning.order_line_id != line_id or earning.state == EarningState.VOID.value:
            continue
        old, worth = earning.state, (earning.base_fen, earning.estimated_fen, earning.settled_fen)
        earning.base_fen = remaining_base_fen
        kept_fen = amounts.get((line_id, earning.role), 0)
        if remaining_base_fen == 0:
            _advance(earning, EarningState.VOID, EarningReason.FULLY_REFUNDED, refunded_at)
            changed.append((earning, old))
            continue
        if is_settled:
            earning.estimated_fen, earning.settled_fen = 0, kept_fen
        elif EarningState(old) in UNSETTLED:
            earning.estimated_fen = kept_fen
        if worth != (earning.base_fen, earning.estimated_fen, earning.settled_fen):
            state = EarningState.SETTLED if is_settled else EarningState(old)
            _advance(earning, state, EarningReason.PARTLY_REFUNDED, refunded_at)
            changed.append((earning, old))
    _keep(changed, refunded_at)


@transaction.atomic(savepoint=False)
def mark_void(*, order_id: int, closed_at: datetime) -> None:
    """Void what is left of a closed order's earnings."""
    changed = []
    for earning in _lock(order_id):
        old = earning.state
        if old != EarningState.VOID.value:
            changed.append((_advance(earning, EarningState.VOID, EarningReason.ORDER_CLOSED, closed_at), old))
    _keep(changed, closed_at)


def _parties(line: PaidLine) -> list[tuple[Role, int, int]]:
    """Return who earns on a line, with the rate their part is reckoned from."""
    parties = [
        (Role.CREATOR, line.creator_id, line.rate_bp),
        (Role.AGENCY, line.agency_id, line.rate_bp),
        (Role.LEADER, line.leader_id, line.leader_rate_bp),
    ]
    return [(role, party_id, rate_bp) for role, party_id, rate_bp in parties if party_id is not None]


def _amounts(shares: Iterable[LineShare]) -> Amounts:
    return {(share.line_id, share.role): share.amount_fen for share in shares}


def _lock(order_id: int) -> list[Earning]:
    return list(Earning.objects.select_for_update().filter(order_id=order_id).order_by("id"))


def _advance(earning: Earning, state: EarningState, reason: EarningReason, at: datetime) -> Earning:
    """Change a locked earning's state, or only its amounts where the state stays."""
    if earning.state != state.value:
        EARNING_MOVES.require(EarningState(earning.state), state)
    if state is EarningState.VOID:
        earning.estimated_fen = earning.settled_fen = 0
    earning.state, earning.reason, earning.moved_at = state.value, reason.value, at
    return earning


def _keep(changed: Sequence[tuple[Earning, str]], at: datetime) -> None:
    fields = [
        "base_fen",
        "receipt_number",
        "state",
        "estimated_fen",
        "settled_fen",
        "reason",
        "moved_at",
        "rate_bp",
    ]
    Earning.objects.bulk_update([earning for earning, _old in changed], fields)
    EarningMove.objects.bulk_create(_move(earning, old, at) for earning, old in changed)


def _move(earning: Earning, old: str, at: datetime) -> EarningMove:
    return EarningMove(
        earning=earning,
        old=old,
        new=earning.state,
        base_fen=earning.base_fen,
        estimated_fen=earning.estimated_fen,
        settled_fen=earning.settled_fen,
        reason=earning.reason,
        moved_at=at,
    )
