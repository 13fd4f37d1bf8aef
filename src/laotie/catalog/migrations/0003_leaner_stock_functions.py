"""The deciding functions of 0002 in plain statements by key, one thing at a time.

A statement that joins or groups costs more to start than three that find one row by its key, and its plan, once
made while the tables were small, reads them whole. The order of locks is the one written down in 0002.
"""

from django.db import migrations

RESERVE = """
DROP FUNCTION catalog_reserve;
CREATE FUNCTION catalog_reserve(
    pool_ids bigint[], totals bigint[],       -- each pool once, ascending, with all that is wanted of it
    line_pools int[], line_units bigint[],    -- line by line: which of the pools, and how many
    whose text, until timestamptz, made timestamptz,
    OUT reservation_ids bigint[], OUT short_pool_id bigint, OUT units_left bigint
) LANGUAGE plpgsql AS $$
DECLARE
    picked bigint[] := '{}';      -- picked[i] is the bucket that serves pool_ids[i]
    emptied bigint[] := '{}';     -- buckets whose units go to the picked one of their pool
    wanted_pool bigint;
    wanted_units bigint;
    bucket bigint;
    candidate bigint;
    units bigint;
    total bigint;
    made_id bigint;
BEGIN
    -- First secure every pool; nothing is changed until all of them can give.
    FOR i IN 1 .. cardinality(pool_ids) LOOP
        wanted_pool := pool_ids[i];
        wanted_units := totals[i];
        -- A row that changed since the snapshot is locked before it is looked at again, and stays locked where it no
        -- longer has enough: whoever then waits holds what another waits for. A bucket with plenty cannot run short
        -- in that instant, so it needs no more care (and if it ever did, the deadlock is found and the write done
        -- again).
        SELECT b.id INTO bucket FROM catalog_stockbucket b
        WHERE b.pool_id = wanted_pool AND b.on_hand >= 2 * wanted_units + 20
        ORDER BY random() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        IF bucket IS NULL THEN
            -- Where there is little, the subtransaction lets stray rows go: nobody waits while holding them.
            BEGIN
                SELECT b.id INTO STRICT bucket FROM catalog_stockbucket b
                WHERE b.pool_id = wanted_pool AND b.on_hand >= wanted_units
                ORDER BY random() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
            EXCEPTION WHEN no_data_found THEN
                bucket := NULL;
            END;
        END IF;
        IF bucket IS NULL THEN
            -- No free bucket has enough. What is committed bounds what there is: a shortage needs no locks.
            SELECT coalesce(sum(b.on_hand), 0) INTO total FROM catalog_stockbucket b WHERE b.pool_id = wanted_pool;
            IF total < wanted_units THEN
                short_pool_id := wanted_pool;
                units_left := total;
                RETURN;
            END IF;
            -- One at a time may look at all buckets. Having waited, it first tries for a free bucket again.
            PERFORM 1 FROM catalog_stockpool p WHERE p.id = wanted_pool FOR NO KEY UPDATE;
            SELECT b.id INTO bucket FROM catalog_stockbucket b
            WHERE b.pool_id = wanted_pool AND b.on_hand >= wanted_units
            ORDER BY random() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        END IF;
        IF bucket IS NULL THEN
            -- Wait for bucket after bucket until together they hold enough.
            total := 0;
            FOR candidate IN
                SELECT b.id FROM catalog_stockbucket b WHERE b.pool_id = wanted_pool ORDER BY b.id
            LOOP
                SELECT b.on_hand INTO units FROM catalog_stockbucket b
                WHERE b.id = candidate FOR NO KEY UPDATE;
                CONTINUE WHEN units = 0;
                total := total + units;
                IF bucket IS NULL THEN
                    bucket := candidate;
                ELSE
                    emptied := emptied || candidate;
                END IF;
                EXIT WHEN total >= wanted_units;
            END LOOP;
            IF total < wanted_units THEN
                short_pool_id := wanted_pool;
                units_left := total;
                RETURN;
            END IF;
        END IF;
        picked := picked || bucket;
    END LOOP;

    IF emptied <> '{}' THEN
        INSERT INTO catalog_movement (bucket_id, kind, quantity, reference, actor, moved_at)
        SELECT b.id, 'moved', -b.on_hand, whose, '', made FROM catalog_stockbucket b WHERE b.id = ANY (emptied)
        UNION ALL
        SELECT picked[array_position(pool_ids, b.pool_id)], 'moved', sum(b.on_hand), whose, '', made
        FROM catalog_stockbucket b WHERE b.id = ANY (emptied) GROUP BY b.pool_id;
        UPDATE catalog_stockbucket b SET on_hand = b.on_hand + gathered.units
        FROM (SELECT g.pool_id, sum(g.on_hand) AS units FROM catalog_stockbucket g
              WHERE g.id = ANY (emptied) GROUP BY g.pool_id) AS gathered
        WHERE b.id = picked[array_position(pool_ids, gathered.pool_id)];
        UPDATE catalog_stockbucket b SET on_hand = 0 WHERE b.id = ANY (emptied);
    END IF;

    -- Then take line by line, in the order asked for.
    FOR i IN 1 .. cardinality(line_pools) LOOP
        bucket := picked[line_pools[i]];
        UPDATE catalog_stockbucket b SET on_hand = b.on_hand - line_units[i], reserved = b.reserved + line_units[i]
        WHERE b.id = bucket;
        INSERT INTO catalog_reservation (bucket_id, quantity, returned, reference, state, expires_at, made_at)
        VALUES (bucket, line_units[i], 0, whose, 'held', until, made) RETURNING id INTO made_id;
        INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
        VALUES (bucket, 'reserved', line_units[i], made_id, whose, '', made);
        reservation_ids := reservation_ids || made_id;
    END LOOP;
END
$$;
"""

END_RESERVATIONS = """
DROP FUNCTION catalog_end_reservations;
CREATE FUNCTION catalog_end_reservations(
    ids bigint[],    -- each once, ascending
    outcome text, ended_at timestamptz,
    OUT ended_ids bigint[], OUT refused_id bigint, OUT refused_state text
) LANGUAGE plpgsql AS $$
DECLARE
    one bigint;
    found_state text;
    bucket bigint;
    units bigint;
    whose text;
    buckets bigint[] := '{}';
BEGIN
    ended_ids := '{}';
    -- Repeating an end is no mistake; confirming what was let go, or letting go what was sold, is. All or nothing.
    FOREACH one IN ARRAY ids LOOP
        SELECT r.state, r.bucket_id INTO found_state, bucket
        FROM catalog_reservation r WHERE r.id = one FOR UPDATE;
        IF found_state = 'held' THEN
            ended_ids := ended_ids || one;
            buckets := buckets || bucket;
        ELSIF found_state IS NULL OR (found_state = 'confirmed') <> (outcome = 'confirmed') THEN
            refused_id := one;
            refused_state := found_state;
            RETURN;
        END IF;
    END LOOP;
    IF cardinality(buckets) > 1 THEN
        PERFORM 1 FROM catalog_stockbucket b
        WHERE b.id = ANY (buckets) ORDER BY b.pool_id, b.id FOR NO KEY UPDATE;
    END IF;
    FOREACH one IN ARRAY ended_ids LOOP
        UPDATE catalog_reservation r SET state = outcome WHERE r.id = one
        RETURNING r.bucket_id, r.quantity, r.reference INTO bucket, units, whose;
        IF outcome = 'confirmed' THEN
            UPDATE catalog_stockbucket b SET reserved = b.reserved - units, sold = b.sold + units
            WHERE b.id = bucket;
        ELSE
            UPDATE catalog_stockbucket b SET reserved = b.reserved - units, on_hand = b.on_hand + units
            WHERE b.id = bucket;
        END IF;
        INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
        VALUES (bucket, CASE WHEN outcome = 'confirmed' THEN 'sold' ELSE 'released' END, units, one, whose, '',
                ended_at);
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_stock_functions")]

    operations = [migrations.RunSQL(RESERVE + END_RESERVATIONS, migrations.RunSQL.noop)]
