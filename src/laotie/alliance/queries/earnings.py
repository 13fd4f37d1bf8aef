"""Questions about earnings: each party sees its own lines, with state and reason."""

from laotie.alliance.contracts import EarningMoveView, EarningReason, EarningSums, EarningView, Role
from laotie.alliance.models import Earning, EarningMove
from laotie.alliance.states import EarningState
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.core.sql import fetch_one


def list_earnings(
    *, creator_id: int, cursor: str = "", limit: int = 50, state: EarningState | None = None
) -> Page[EarningView]:
    """Return a creator's earnings, the latest paid first."""
    return _page(Role.CREATOR, creator_id, cursor, limit, state)


def list_leader_earnings(
    *, leader_id: int, cursor: str = "", limit: int = 50, state: EarningState | None = None
) -> Page[EarningView]:
    """Return a leader's fees, the latest paid first."""
    return _page(Role.LEADER, leader_id, cursor, limit, state)


def list_agency_earnings(
    *, agency_id: int, cursor: str = "", limit: int = 50, state: EarningState | None = None
) -> Page[EarningView]:
    """Return an agency's part of its creators' commission, the latest paid first."""
    return _page(Role.AGENCY, agency_id, cursor, limit, state)


def get_earning(*, role: Role, party_id: int, earning_id: int) -> EarningView:
    """Return one earning of a party.

    Raises: NotFound.
    """
    row = Earning.objects.filter(pk=earning_id, role=role.value, party_id=party_id).first()
    if row is None:
        raise NotFound(what="earning")
    return _view(row)


def list_earning_moves(*, role: Role, party_id: int, earning_id: int) -> tuple[EarningMoveView, ...]:
    """Return what happened to one earning of a party, oldest first; a line has few of these.

    Raises: NotFound.
    """
    if not Earning.objects.filter(pk=earning_id, role=role.value, party_id=party_id).exists():
        raise NotFound(what="earning")
    moves = EarningMove.objects.filter(earning_id=earning_id).order_by("id")[:100]
    return tuple(
        EarningMoveView(
            old=move.old,
            new=EarningState(move.new),
            base_fen=move.base_fen,
            estimated_fen=move.estimated_fen,
            settled_fen=move.settled_fen,
            reason=EarningReason(move.reason),
            moved_at=move.moved_at,
        )
        for move in moves
    )


def sum_earnings(*, role: Role, party_id: int) -> EarningSums:
    """Return a party's earnings added up; estimated income is settled + not yet settled (RULES 2.7)."""
    row = fetch_one(
        "SELECT count(*) FILTER (WHERE state <> 'void'), coalesce(sum(estimated_fen), 0)::bigint,"
        " coalesce(sum(settled_fen), 0)::bigint FROM alliance_earning WHERE role = %s AND party_id = %s",
        [role.value, party_id],
    )
    assert row is not None
    return EarningSums(lines=row[0], estimated_fen=row[1], settled_fen=row[2])


def _page(role: Role, party_id: int, cursor: str, limit: int, state: EarningState | None) -> Page[EarningView]:
    rows = Earning.objects.filter(role=role.value, party_id=party_id)
    if state is not None:
        rows = rows.filter(state=state.value)
    return page_of(rows, _view, order=("-paid_at", "-id"), cursor=cursor, limit=limit)


def _view(earning: Earning) -> EarningView:
    return EarningView(
        id=earning.pk,
        role=Role(earning.role),
        party_id=earning.party_id,
        order_id=earning.order_id,
        order_line_id=earning.order_line_id,
        product_id=earning.product_id,
        shop_id=earning.shop_id,
        plan_id=earning.plan_id,
        base_fen=earning.base_fen,
        rate_bp=earning.rate_bp,
        receipt_number=earning.receipt_number,
        state=EarningState(earning.state),
        estimated_fen=earning.estimated_fen,
        settled_fen=earning.settled_fen,
        reason=EarningReason(earning.reason),
        paid_at=earning.paid_at,
        moved_at=earning.moved_at,
    )
