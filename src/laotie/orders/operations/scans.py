"""What carriers tell of parcels: kept as told, in whatever order it comes; the latest by its own time counts."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from laotie.core.actor import Actor, system
from laotie.core.errors import NotFound
from laotie.core.rules import rules_of_version
from laotie.orders.carriers.port import Scan
from laotie.orders.models import AfterSale, Order, Parcel, ParcelScan
from laotie.orders.operations.after_sale import grant_case, take_goods
from laotie.orders.operations.cases import move_case
from laotie.orders.operations.fulfilment import receive_by_carrier
from laotie.orders.operations.moves import lock_order
from laotie.orders.rules import RECEIPT_BY
from laotie.orders.states import AfterSaleKind, AfterSaleState, OrderState, ScanKind
from laotie.orders.tracking import hash_tracking_number

# Of two scans at one moment the later stage counts.
RANK = {kind: rank for rank, kind in enumerate(ScanKind)}
PARCELS_MAX = 50  # of one number: a shop may put several orders into one parcel


def take_scans(*, carrier: str, tracking_number: str, scans: Sequence[Scan], now: datetime) -> int:
    """Keep a carrier's scans of a parcel and do what follows from them; return how many were new.

    Raises: NotFound where no parcel has this number.
    """
    parcels = Parcel.objects.filter(tracking_hash=hash_tracking_number(tracking_number)).order_by("order_id", "id")
    found = list(parcels.values_list("pk", "order_id")[:PARCELS_MAX])
    if not found:
        raise NotFound(what="parcel")
    return sum(
        _take(parcel_id, order_id, scans, actor=system(f"carrier-{carrier}"), now=now)
        for parcel_id, order_id in found
    )


@transaction.atomic(savepoint=False)
def _take(parcel_id: int, order_id: int, scans: Sequence[Scan], *, actor: Actor, now: datetime) -> int:
    order = lock_order(order_id)
    parcel = Parcel.objects.get(pk=parcel_id)
    known = set(
        ParcelScan.objects.filter(parcel=parcel, scan_id__in=[scan.scan_id for scan in scans]).values_list(
            "scan_id", flat=True
        )
    )
    fresh = {scan.scan_id: scan for scan in scans if scan.scan_id not in known}
    ParcelScan.objects.bulk_create(
        ParcelScan(
            parcel=parcel,
            scan_id=scan.scan_id,
            kind=scan.kind,
            place=scan.place,
            scanned_at=scan.at,
            received_at=now,
        )
        for scan in fresh.values()
    )
    if fresh:
        _follow(parcel, order, actor=actor, now=now)
    return len(fresh)


def _follow(parcel: Parcel, order: Order, *, actor: Actor, now: datetime) -> None:
    """Set how the parcel stands by its latest scan, and let the order follow."""
    told = [(scan.scanned_at, RANK[ScanKind(scan.kind)], scan) for scan in parcel.scans.all()]
    _at, _rank, latest = max(told, key=lambda one: one[:2])
    before = parcel.state
    parcel.state, parcel.state_at = latest.kind, latest.scanned_at
    if latest.kind == ScanKind.DELIVERED:
        parcel.delivered_at = max(latest.scanned_at, parcel.shipped_at)
    elif latest.kind in {ScanKind.LOST, ScanKind.RETURNED}:
        parcel.delivered_at = None
    parcel.save(update_fields=["state", "state_at", "delivered_at"])
    if parcel.state == before or parcel.case_id is not None:
        return
    if latest.kind == ScanKind.RETURNED:
        _goods_are_back(order, actor=actor, now=now)
    by_carrier = rules_of_version(order.rules_version)[RECEIPT_BY] == "carrier"
    if latest.kind == ScanKind.DELIVERED and by_carrier and _is_delivered(order):
        receive_by_carrier(order, actor=actor, now=now)


def _is_delivered(order: Order) -> bool:
    return (
        order.state == OrderState.SHIPPED
        and not order.parcels.filter(case_id=None).exclude(state=ScanKind.DELIVERED).exists()
    )


def _goods_are_back(order: Order, *, actor: Actor, now: datetime) -> None:
    """Pay the buyer who asked for the money of a parcel that was called back and has come back."""
    waiting = AfterSale.objects.filter(
        order=order,
        state=AfterSaleState.REQUESTED,
        kind__in=[AfterSaleKind.REFUND_ONLY, AfterSaleKind.RETURN_REFUND],
    )
    for case in waiting.order_by("pk"):
        case.order = order
        grant_case(case, order, actor=actor, now=now)
        if case.state == AfterSaleState.RETURNING:  # the goods are with the shop already
            _take_returned_parcel(case, order, actor=actor, now=now)


def _take_returned_parcel(case: AfterSale, order: Order, *, actor: Actor, now: datetime) -> None:
    """Let a return that the carrier itself brought back count as sent back and received."""
    move_case(case, AfterSaleState.RETURNED, actor=actor, now=now)
    take_goods(case, order, actor=actor, is_sellable=True, now=now)
