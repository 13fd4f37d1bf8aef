"""Questions about deposits."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max

from laotie.core.rules import rules_at
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import deposit_address
from laotie.trust.contracts import DepositView
from laotie.trust.models import DepositDemand, DepositReturn
from laotie.trust.rules import DEPOSIT_LEAST_FEN
from laotie.trust.states import ReturnState


def get_deposit(*, shop_id: int, now: datetime) -> DepositView:
    """Return a shop's deposit; who may see it is the caller's business."""
    return get_deposits(shop_ids=[shop_id], now=now)[shop_id]


def get_deposits(*, shop_ids: Collection[int], now: datetime) -> dict[int, DepositView]:
    """Return the deposits of several shops in three statements."""
    balances = ledger.get_balances(addresses=[deposit_address(shop_id) for shop_id in shop_ids])
    newest = DepositDemand.objects.filter(shop_id__in=shop_ids).values("shop_id").annotate(newest=Max("id"))
    demands = {row.shop_id: row for row in DepositDemand.objects.filter(pk__in=newest.values("newest"))}
    latest = DepositReturn.objects.filter(shop_id__in=shop_ids).values("shop_id").annotate(newest=Max("id"))
    returns = {row.shop_id: row for row in DepositReturn.objects.filter(pk__in=latest.values("newest"))}
    least = rules_at(now)[DEPOSIT_LEAST_FEN]
    found = {}
    for shop_id in shop_ids:
        demand, back = demands.get(shop_id), returns.get(shop_id)
        found[shop_id] = DepositView(
            shop_id=shop_id,
            held_fen=balances[deposit_address(shop_id)].balance_fen,
            required_fen=demand.required_fen if demand else least,
            reason=demand.reason if demand else "",
            return_state=ReturnState(back.state) if back else None,
            return_due_at=back.due_at if back else None,
            return_reason=back.reason if back else "",
        )
    return found


def list_due_returns(*, now: datetime, limit: int = 100) -> tuple[int, ...]:
    """Return the shops whose public notice is over, the oldest first."""
    rows = DepositReturn.objects.filter(state=ReturnState.NOTICE, due_at__lte=now).order_by("due_at", "id")
    return tuple(rows.values_list("shop_id", flat=True)[:limit])


def list_short_shops(*, shop_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return which of these shops keep less than they must."""
    return frozenset(
        shop_id for shop_id, view in get_deposits(shop_ids=shop_ids, now=now).items() if view.missing_fen
    )
