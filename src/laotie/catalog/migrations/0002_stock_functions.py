"""The decisions about stock as PL/pgSQL functions, one round trip each, and the triggers that guard the records.

Locks are always taken in this order, so that no two of these can wait for each other: reservations by id; then,
pool by pool in the order of their ids, the pool's row (only by those who look at all its buckets) and its buckets by
id. A statement that takes its locks with SKIP LOCKED waits for nobody and is free of the order within its pool.

One transaction calls catalog_reserve once: a second call would begin at a low pool again while holding a high one.
"""

from django.db import migrations

RESERVE = """
CREATE FUNCTION catalog_reserve(
    pools bigint[], quantities bigint[], whose text, until timestamptz, made timestamptz,
    OUT reservation_ids bigint[], OUT short_pool_id bigint, OUT units_left bigint
) LANGUAGE plpgsql AS $$
DECLARE
    pool_ids bigint[] := '{}';    -- distinct, ascending; picked[i] is the bucket that serves pool_ids[i]
    picked bigint[] := '{}';
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
    FOR wanted_pool, wanted_units IN
        SELECT w.pool_id, sum(w.quantity) FROM unnest(pools, quantities) AS w (pool_id, quantity)
        GROUP BY w.pool_id ORDER BY w.pool_id
    LOOP
        -- A row that changed since the snapshot is locked before it is looked at again, and stays locked where it no
        -- longer has enough. Where none has, the subtransaction lets such rows go: nobody waits while holding them.
        BEGIN
            SELECT b.id INTO STRICT bucket FROM catalog_stockbucket b
            WHERE b.pool_id = wanted_pool AND b.on_hand >= wanted_units
            ORDER BY random() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        EXCEPTION WHEN no_data_found THEN
            bucket := NULL;
        END;
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
        pool_ids := pool_ids || wanted_pool;
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
    FOR i IN 1 .. cardinality(pools) LOOP
        bucket := picked[array_position(pool_ids, pools[i])];
        UPDATE catalog_stockbucket b SET on_hand = b.on_hand - quantities[i], reserved = b.reserved + quantities[i]
        WHERE b.id = bucket;
        INSERT INTO catalog_reservation (bucket_id, quantity, returned, reference, state, expires_at, made_at)
        VALUES (bucket, quantities[i], 0, whose, 'held', until, made) RETURNING id INTO made_id;
        INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
        VALUES (bucket, 'reserved', quantities[i], made_id, whose, '', made);
        reservation_ids := reservation_ids || made_id;
    END LOOP;
END
$$;
"""

END_RESERVATIONS = """
CREATE FUNCTION catalog_end_reservations(
    ids bigint[], outcome text, ended_at timestamptz,
    OUT ended_ids bigint[], OUT refused_id bigint, OUT refused_state text
) LANGUAGE plpgsql AS $$
DECLARE
    known bigint[];
    states text[];
BEGIN
    SELECT array_agg(r.id), array_agg(r.state) INTO known, states
    FROM (SELECT id, state FROM catalog_reservation WHERE id = ANY (ids) ORDER BY id FOR UPDATE) AS r;
    -- Repeating an end is no mistake; confirming what was let go, or letting go what was sold, is. All or nothing.
    SELECT w.id, k.state INTO refused_id, refused_state
    FROM unnest(ids) AS w (id) LEFT JOIN unnest(known, states) AS k (id, state) ON k.id = w.id
    WHERE k.id IS NULL OR (k.state <> 'held' AND (k.state = 'confirmed') <> (outcome = 'confirmed'))
    ORDER BY w.id LIMIT 1;
    IF refused_id IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(k.id ORDER BY k.id), '{}') INTO ended_ids
    FROM unnest(known, states) AS k (id, state) WHERE k.state = 'held';
    IF ended_ids = '{}' THEN
        RETURN;
    END IF;
    PERFORM 1 FROM catalog_stockbucket b
    WHERE b.id IN (SELECT r.bucket_id FROM catalog_reservation r WHERE r.id = ANY (ended_ids))
    ORDER BY b.pool_id, b.id FOR NO KEY UPDATE;
    UPDATE catalog_stockbucket b SET
        reserved = b.reserved - done.units,
        sold = b.sold + CASE WHEN outcome = 'confirmed' THEN done.units ELSE 0 END,
        on_hand = b.on_hand + CASE WHEN outcome = 'confirmed' THEN 0 ELSE done.units END
    FROM (SELECT r.bucket_id, sum(r.quantity) AS units FROM catalog_reservation r
          WHERE r.id = ANY (ended_ids) GROUP BY r.bucket_id) AS done
    WHERE b.id = done.bucket_id;
    UPDATE catalog_reservation SET state = outcome WHERE id = ANY (ended_ids);
    INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
    SELECT r.bucket_id, CASE WHEN outcome = 'confirmed' THEN 'sold' ELSE 'released' END, r.quantity, r.id,
           r.reference, '', ended_at
    FROM catalog_reservation r WHERE r.id = ANY (ended_ids) ORDER BY r.id;
END
$$;
"""

RETURN_STOCK = """
CREATE FUNCTION catalog_return(
    which bigint, units bigint, why text, returned_at timestamptz, OUT returnable bigint, OUT is_returned boolean
) LANGUAGE plpgsql AS $$
DECLARE
    bucket bigint;
BEGIN
    SELECT r.bucket_id, CASE WHEN r.state = 'confirmed' THEN r.quantity - r.returned ELSE 0 END
    INTO bucket, returnable FROM catalog_reservation r WHERE r.id = which FOR UPDATE;
    is_returned := coalesce(units <= returnable, false);
    IF NOT is_returned THEN
        RETURN;
    END IF;
    UPDATE catalog_reservation r SET returned = r.returned + units WHERE r.id = which;
    UPDATE catalog_stockbucket b SET on_hand = b.on_hand + units, returned = b.returned + units WHERE b.id = bucket;
    INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
    VALUES (bucket, 'returned', units, which, why, '', returned_at);
END
$$;
"""

GUARDS = """
CREATE FUNCTION catalog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER catalog_movement_only_added BEFORE UPDATE OR DELETE ON catalog_movement
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change();
CREATE TRIGGER catalog_productmove_only_added BEFORE UPDATE OR DELETE ON catalog_productmove
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change();
CREATE TRIGGER catalog_offer_not_deleted BEFORE DELETE ON catalog_offer
    FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change();

CREATE FUNCTION catalog_guard_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shortened catalog_offer := OLD;
BEGIN
    shortened.valid_to := NEW.valid_to;
    IF NEW IS DISTINCT FROM shortened OR NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to THEN
        RAISE EXCEPTION 'only the end of an offer may be brought forward: offers are the price history';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER catalog_offer_guarded BEFORE UPDATE ON catalog_offer
    FOR EACH ROW EXECUTE FUNCTION catalog_guard_offer();

-- A hot SKU's buckets are rewritten thousands of times a second: room on the page keeps the updates in place.
ALTER TABLE catalog_stockbucket SET (fillfactor = 20);
"""

DROP = """
DROP TRIGGER catalog_offer_guarded ON catalog_offer;
DROP TRIGGER catalog_offer_not_deleted ON catalog_offer;
DROP TRIGGER catalog_productmove_only_added ON catalog_productmove;
DROP TRIGGER catalog_movement_only_added ON catalog_movement;
DROP FUNCTION catalog_guard_offer, catalog_refuse_change, catalog_return, catalog_end_reservations, catalog_reserve;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL(RESERVE + END_RESERVATIONS + RETURN_STOCK + GUARDS, DROP),
    ]
