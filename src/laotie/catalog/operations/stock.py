"""What changes stock: setting aside for a buyer and what follows, goods arriving, counting, spreading.

The buyers' side is one SQL function call per decision (migrations/0002_stock_functions.py, where the locks' order
is written down); it works inside a caller's transaction and alone. A transaction calls `reserve_stock` once.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from laotie.catalog.checks import check_channel, check_number, check_quantity, clean_text
from laotie.catalog.contracts import SHELF, StockView, Wanted
from laotie.catalog.errors import (
    OutOfStock,
    ReservationConfirmed,
    ReservationGone,
    ReturnTooLarge,
)
from laotie.catalog.models import QUANTITY_MAX, Movement, Reservation, Sku, StockBucket, StockPool
from laotie.catalog.operations.entering import enter_sku
from laotie.catalog.queries.stock import stock_of
from laotie.catalog.states import MovementKind, ReservationState
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.sql import Asked, Rows, fetch_one, fetch_one_prepared, send_prepared
from laotie.events.catalog import StockReceived
from laotie.events.outbox import publish

LINES_MAX = 200
BUCKETS_MAX = 64
SWEEP_MAX = 1_000


def reserve_stock(
    *, wanted: Sequence[Wanted], reference: str, expires_at: datetime, now: datetime
) -> tuple[int, ...]:
    """Set units aside for `reference` until `expires_at`, all lines or none; return one reservation id per line.

    One round trip. Lines may repeat a pool. Units are never promised twice, and the last one can always be had.
    Call it once in a transaction: locks are taken in ascending order of the pools.

    Raises: OutOfStock, InvalidInput, NotFound.
    """
    return ask_stock(wanted=wanted, reference=reference, expires_at=expires_at, now=now).answer()


def ask_stock(
    *, wanted: Sequence[Wanted], reference: str, expires_at: datetime, now: datetime
) -> Asked[tuple[int, ...]]:
    """Reserve as `reserve_stock` does, in a trip shared with others.

    Raises: InvalidInput; its answer OutOfStock, NotFound.
    """
    check_number("lines", len(wanted), least=1, most=LINES_MAX)
    totals: dict[int, int] = dict.fromkeys(sorted({line.pool_id for line in wanted}), 0)
    for line in wanted:
        totals[line.pool_id] += check_quantity(line.quantity)
    places = {pool_id: place for place, pool_id in enumerate(totals, start=1)}
    reply = send_prepared(
        "SELECT reservation_ids, short_pool_id, units_left FROM catalog_reserve(%s::bigint[], %s::bigint[],"
        " %s::int[], %s::bigint[], %s::text, %s::timestamptz, %s::timestamptz)",
        [
            list(totals),
            list(totals.values()),
            [places[line.pool_id] for line in wanted],
            [line.quantity for line in wanted],
            reference,
            expires_at,
            now,
        ],
    )
    return Asked(reply, _read_reservations)


def _read_reservations(rows: Rows) -> tuple[int, ...]:
    reservation_ids, short_pool_id, left = rows[0]
    if short_pool_id is not None:
        sku_id = StockPool.objects.filter(pk=short_pool_id).values_list("sku_id", flat=True).first()
        if sku_id is None:
            raise NotFound(what="stock pool")
        raise OutOfStock(sku_id=sku_id, left=int(left))
    return tuple(reservation_ids)


def confirm_reservations(*, ids: Sequence[int], now: datetime) -> tuple[bool, ...]:
    """Turn held units into sold ones, all or none; say for each whether this call did it (a repetition does not).

    A reservation past its time is still good as long as nobody has let it expire.

    Raises: ReservationGone.
    """
    return _end(ids, ReservationState.CONFIRMED, now)


def release_reservations(*, ids: Sequence[int], now: datetime) -> tuple[bool, ...]:
    """Put held units back on hand; say for each whether this call did it (ones let go before are passed over).

    Raises: ReservationConfirmed, ReservationGone for an id that never was.
    """
    return _end(ids, ReservationState.RELEASED, now)


def expire_reservations(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Put back what was held until `now` at most, oldest first; return how many (0: nothing is due)."""
    row = fetch_one(
        "SELECT cardinality(ended_ids) FROM catalog_end_reservations("
        "ARRAY(SELECT id FROM (SELECT id FROM catalog_reservation WHERE state = 'held' AND expires_at <= %s"
        " ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED) AS due ORDER BY id), %s, %s)",
        [now, max(0, min(limit, SWEEP_MAX)), ReservationState.EXPIRED.value, now],
    )
    return int(row[0]) if row else 0


def return_stock(*, reservation_id: int, quantity: int, reference: str, now: datetime) -> None:
    """Take sold units back on hand, at most as many as are still out.

    Raises: ReturnTooLarge, NotFound, InvalidInput.
    """
    check_quantity(quantity)
    row = fetch_one(
        "SELECT returnable, is_returned FROM catalog_return(%s, %s, %s, %s)",
        [reservation_id, quantity, reference, now],
    )
    assert row is not None
    returnable, is_returned = row
    if returnable is None:
        raise NotFound(what="reservation")
    if not is_returned:
        raise ReturnTooLarge(reservation_id=reservation_id, returnable=returnable)


@transaction.atomic(savepoint=False)
def write_off_returned(*, reservation_id: int, quantity: int, reference: str, actor: Actor, now: datetime) -> None:
    """Take units off the pool they just came back to, because they cannot be sold again.

    Raises: NotFound, OutOfStock, InvalidInput.
    """
    _adjust_pool_of(reservation_id, -check_quantity(quantity), reference, actor, now)


@transaction.atomic(savepoint=False)
def take_exchanged(*, reservation_id: int, quantity: int, reference: str, actor: Actor, now: datetime) -> None:
    """Put units on hand that were swapped for others: their sale stands.

    Raises: NotFound, InvalidInput.
    """
    _adjust_pool_of(reservation_id, check_quantity(quantity), reference, actor, now)


@transaction.atomic(savepoint=False)
def receive_stock(
    *, actor: Actor, sku_id: int, quantity: int, now: datetime, channel: str = SHELF, reference: str = ""
) -> StockView:
    """Add arrived units to a SKU's pool for a channel, evenly over its buckets; the pool is made when missing.

    Raises: NotFound, InvalidInput.
    """
    check_quantity(quantity)
    reference = clean_text("reference", reference, most=200, least=0)
    sku = enter_sku(actor=actor, sku_id=sku_id, action="stock.receive", now=now)
    pool = open_pool(sku_id=sku.pk, channel=check_channel(channel))
    buckets = _lock(pool)
    share, odd = divmod(quantity, pool.spread)
    changes = {bucket: share + (place < odd) for place, bucket in enumerate(buckets[: pool.spread])}
    _change(changes, MovementKind.RECEIVED, reference=reference, actor=actor, now=now)
    publish(StockReceived(sku_id=sku.pk, pool_id=pool.pk, channel=channel, quantity=quantity), now=now)
    return stock_of(pool)


@transaction.atomic(savepoint=False)
def adjust_stock(
    *, actor: Actor, sku_id: int, quantity: int, reason: str, now: datetime, channel: str = SHELF
) -> StockView:
    """Correct what is on hand by `quantity` units (+ found, − lost), saying why.

    Raises: OutOfStock when less is on hand than would go, NotFound, InvalidInput.
    """
    if quantity == 0:
        check_quantity(quantity)
    check_number("quantity", quantity, least=-QUANTITY_MAX, most=QUANTITY_MAX)
    reason = clean_text("reason", reason, most=200)
    sku = enter_sku(actor=actor, sku_id=sku_id, action="stock.adjust", now=now)
    pool = _find_pool(sku, channel)
    _adjust(pool, quantity, reference=reason, actor=actor, now=now)
    return stock_of(pool)


@transaction.atomic(savepoint=False)
def spread_stock(*, actor: Actor, sku_id: int, buckets: int, now: datetime, channel: str = SHELF) -> StockView:
    """Split a pool evenly into buckets, so that as many buyers can reserve at once; buckets beyond stay, empty.

    Raises: NotFound, InvalidInput.
    """
    check_number("buckets", buckets, least=1, most=BUCKETS_MAX)
    sku = enter_sku(actor=actor, sku_id=sku_id, action="stock.spread", now=now)
    pool = _find_pool(sku, channel)
    rows = _lock(pool)
    missing = [StockBucket(pool=pool, no=no) for no in range(len(rows), buckets)]
    rows += StockBucket.objects.bulk_create(missing)
    share, odd = divmod(sum(row.on_hand for row in rows), buckets)
    changes = {
        row: (share + (place < odd) if place < buckets else 0) - row.on_hand for place, row in enumerate(rows)
    }
    _change(changes, MovementKind.MOVED, reference="spread", actor=actor, now=now)
    StockPool.objects.filter(pk=pool.pk).update(spread=buckets)
    return stock_of(pool)


def open_pool(*, sku_id: int, channel: str) -> StockPool:
    """Return a SKU's pool for a channel, making it with one empty bucket when missing."""
    pool, is_new = StockPool.objects.get_or_create(sku_id=sku_id, channel=channel)
    if is_new:
        StockBucket.objects.create(pool=pool, no=0)
    return pool


def _end(ids: Sequence[int], outcome: ReservationState, now: datetime) -> tuple[bool, ...]:
    check_number("lines", len(ids), least=0, most=LINES_MAX)
    row = fetch_one_prepared(
        "SELECT ended_ids, refused_id, refused_state"
        " FROM catalog_end_reservations(%s::bigint[], %s::text, %s::timestamptz)",
        [sorted(set(ids)), outcome.value, now],
    )
    assert row is not None
    ended_ids, refused_id, refused_state = row
    if refused_state == ReservationState.CONFIRMED:
        raise ReservationConfirmed(reservation_id=refused_id)
    if refused_id is not None:
        raise ReservationGone(reservation_id=refused_id)
    return tuple(one in ended_ids for one in ids)


def _adjust_pool_of(reservation_id: int, quantity: int, reference: str, actor: Actor, now: datetime) -> None:
    held = Reservation.objects.filter(pk=reservation_id).select_related("bucket__pool").first()
    if held is None:
        raise NotFound(what="reservation")
    _adjust(
        held.bucket.pool, quantity, reference=clean_text("reference", reference, most=200), actor=actor, now=now
    )


def _adjust(pool: StockPool, quantity: int, *, reference: str, actor: Actor, now: datetime) -> None:
    """Change what is on hand in a pool by so many units.

    Raises: OutOfStock when less is on hand than would go.
    """
    buckets = _lock(pool)
    on_hand = sum(bucket.on_hand for bucket in buckets)
    if on_hand + quantity < 0:
        raise OutOfStock(sku_id=pool.sku_id, left=on_hand)
    changes: dict[StockBucket, int] = {}
    open_units = quantity
    for bucket in buckets:
        change = open_units if quantity > 0 else max(open_units, -bucket.on_hand)
        changes[bucket] = change
        open_units -= change
    _change(changes, MovementKind.ADJUSTED, reference=reference, actor=actor, now=now)


def _find_pool(sku: Sku, channel: str) -> StockPool:
    pool = StockPool.objects.filter(sku=sku, channel=check_channel(channel)).first()
    if pool is None:
        raise NotFound(what="stock pool")
    return pool


def _lock(pool: StockPool) -> list[StockBucket]:
    """Lock a pool and all its buckets, as the reserving function does when it gathers."""
    pool.refresh_from_db(from_queryset=StockPool.objects.select_for_update(no_key=True))
    return list(StockBucket.objects.select_for_update(no_key=True).filter(pool=pool).order_by("id"))


def _change(
    changes: dict[StockBucket, int], kind: MovementKind, *, reference: str, actor: Actor, now: datetime
) -> None:
    """Write the new amounts on hand of locked buckets, and a movement for each that changes."""
    changed = [bucket for bucket, quantity in changes.items() if quantity]
    for bucket in changed:
        bucket.on_hand += changes[bucket]
    StockBucket.objects.bulk_update(changed, ["on_hand"])
    Movement.objects.bulk_create(
        Movement(
            bucket=bucket,
            kind=kind,
            quantity=changes[bucket],
            reference=reference,
            actor=actor.address,
            moved_at=now,
        )
        for bucket in changed
    )
