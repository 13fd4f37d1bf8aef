"""Proves the stock: buckets, reservations, movements and offers agree, on the whole database, by set-based SQL.

Each kind of breakage has its own code. Nothing here repairs.
"""
# ruff: noqa: S608 - the statements are put together from constants of this file alone

from collections.abc import Iterator

from django.db import connection

from laotie.core.finding import Finding

ROWS_PER_FETCH = 2_000

# What the movements of a bucket add up to.
_SUMS = """
SELECT m.bucket_id,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'received'), 0) AS received,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'reserved'), 0) AS reserved,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'released'), 0) AS released,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'sold'), 0) AS sold,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'returned'), 0) AS returned,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'adjusted'), 0) AS adjusted,
       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'moved'), 0) AS moved
FROM catalog_movement m GROUP BY m.bucket_id
"""

# Buckets beside their movements; an absent side counts as nothing.
_BUCKETS = f"""
SELECT b.pool_id, b.id, b.on_hand, b.reserved, b.sold, b.returned,
       coalesce(s.received, 0) AS in_received, coalesce(s.moved, 0) AS in_moved,
       coalesce(s.adjusted, 0) AS in_adjusted,
       coalesce(s.received + s.released + s.returned + s.adjusted + s.moved - s.reserved, 0) AS in_on_hand,
       coalesce(s.reserved - s.released - s.sold, 0) AS in_reserved,
       coalesce(s.sold, 0) AS in_sold, coalesce(s.returned, 0) AS in_returned
FROM catalog_stockbucket b LEFT JOIN ({_SUMS}) s ON s.bucket_id = b.id
"""

# Reservations beside their movements.
_RESERVATIONS = """
SELECT r.id, r.bucket_id, r.quantity, r.returned, r.state,
       coalesce(m.reserved, 0) AS reserved, coalesce(m.released, 0) AS released, coalesce(m.sold, 0) AS sold,
       coalesce(m.back, 0) AS back, coalesce(m.strangers, 0) AS strangers
FROM catalog_reservation r LEFT JOIN (
    SELECT m.reservation_id,
           sum(m.quantity) FILTER (WHERE m.kind = 'reserved') AS reserved,
           sum(m.quantity) FILTER (WHERE m.kind = 'released') AS released,
           sum(m.quantity) FILTER (WHERE m.kind = 'sold') AS sold,
           sum(m.quantity) FILTER (WHERE m.kind = 'returned') AS back,
           count(*) FILTER (WHERE m.kind NOT IN ('reserved', 'released', 'sold', 'returned')) AS strangers
    FROM catalog_movement m WHERE m.reservation_id IS NOT NULL GROUP BY m.reservation_id
) m ON m.reservation_id = r.id
"""

# code: (subject and detail of each row that must not exist)
CHECKS: dict[str, str] = {
    "catalog.stock_negative": """
        SELECT 'bucket:' || id, format('on hand %s, reserved %s, sold %s, returned %s',
                                       on_hand, reserved, sold, returned)
        FROM catalog_stockbucket
        WHERE on_hand < 0 OR reserved < 0 OR sold < 0 OR returned < 0 OR returned > sold""",
    "catalog.stock_identity": f"""
        SELECT 'pool:' || pool_id, format(
            'on hand %s + reserved %s + sold %s - returned %s - adjusted %s is not received %s',
            sum(on_hand), sum(reserved), sum(sold), sum(returned), sum(in_adjusted), sum(in_received))
        FROM ({_BUCKETS}) b GROUP BY pool_id
        HAVING sum(on_hand) + sum(reserved) + sum(sold) - sum(returned) - sum(in_adjusted) <> sum(in_received)""",
    "catalog.on_hand_differs": f"""
        SELECT 'bucket:' || id, format('on hand %s, by its movements %s', on_hand, in_on_hand)
        FROM ({_BUCKETS}) b WHERE on_hand <> in_on_hand""",
    "catalog.reserved_differs": f"""
        SELECT 'bucket:' || id, format('reserved %s, by its movements %s', reserved, in_reserved)
        FROM ({_BUCKETS}) b WHERE reserved <> in_reserved""",
    "catalog.sold_differs": f"""
        SELECT 'bucket:' || id, format('sold %s and returned %s, by its movements %s and %s',
                                       sold, returned, in_sold, in_returned)
        FROM ({_BUCKETS}) b WHERE sold <> in_sold OR returned <> in_returned""",
    "catalog.moved_not_balanced": f"""
        SELECT 'pool:' || pool_id, format('units moved between its buckets sum up to %s', sum(in_moved))
        FROM ({_BUCKETS}) b GROUP BY pool_id HAVING sum(in_moved) <> 0""",
    "catalog.held_differs": """
        SELECT 'bucket:' || b.id, format('reserved %s, held by reservations %s', b.reserved, coalesce(h.units, 0))
        FROM catalog_stockbucket b LEFT JOIN (
            SELECT bucket_id, sum(quantity) AS units FROM catalog_reservation WHERE state = 'held'
            GROUP BY bucket_id
        ) h ON h.bucket_id = b.id WHERE b.reserved <> coalesce(h.units, 0)""",
    "catalog.reservation_differs": f"""
        SELECT 'reservation:' || id, format(
            '%s of %s units, returned %s; by its movements reserved %s, released %s, sold %s, returned %s',
            state, quantity, returned, reserved, released, sold, back)
        FROM ({_RESERVATIONS}) r
        WHERE reserved <> quantity OR returned <> back OR strangers <> 0
           OR released <> CASE WHEN state IN ('released', 'expired') THEN quantity ELSE 0 END
           OR sold <> CASE WHEN state = 'confirmed' THEN quantity ELSE 0 END""",
    "catalog.reservation_state_unknown": """
        SELECT 'reservation:' || id, format('state %s', state) FROM catalog_reservation
        WHERE state NOT IN ('held', 'confirmed', 'released', 'expired')
           OR quantity < 1 OR returned < 0 OR returned > quantity OR (returned > 0 AND state <> 'confirmed')""",
    "catalog.movement_orphaned": """
        SELECT 'movement:' || m.id, format('%s of %s units belongs to no reservation of its bucket',
                                           m.kind, m.quantity)
        FROM catalog_movement m LEFT JOIN catalog_reservation r ON r.id = m.reservation_id
        WHERE m.kind IN ('reserved', 'released', 'sold', 'returned')
          AND (r.id IS NULL OR r.bucket_id <> m.bucket_id)""",
    "catalog.movement_without_bucket": """
        SELECT 'movement:' || m.id, format('%s of %s units in bucket %s, which is missing',
                                           m.kind, m.quantity, m.bucket_id)
        FROM catalog_movement m LEFT JOIN catalog_stockbucket b ON b.id = m.bucket_id WHERE b.id IS NULL""",
    "catalog.pool_without_bucket": """
        SELECT 'pool:' || p.id, format('SKU %s (%s) has no bucket', p.sku_id, p.channel)
        FROM catalog_stockpool p
        WHERE NOT EXISTS (SELECT 1 FROM catalog_stockbucket b WHERE b.pool_id = p.id)""",
    "catalog.offer_of_foreign_stock": """
        SELECT 'offer:' || o.id, format('sells SKU %s from pool %s of SKU %s', o.sku_id, o.pool_id, p.sku_id)
        FROM catalog_offer o LEFT JOIN catalog_stockpool p ON p.id = o.pool_id
        WHERE p.id IS NULL OR p.sku_id <> o.sku_id""",
}


def audit_stock() -> Iterator[Finding]:
    """Check every pool, bucket, reservation, movement and offer; yield each thing that is wrong."""
    for code, statement in CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(statement)
            while rows := cursor.fetchmany(ROWS_PER_FETCH):
                for subject, detail in rows:
                    yield Finding(code, subject, detail)
