-- What a dump carries that was true in its old cluster only. Runs at the end of the restoring transaction.
--
-- The outbox orders events by (xid, id) and its readers stop below the oldest running transaction. In a younger cluster
-- the old numbers lie in the future: their events would not be read for years, and later ones would pass them. So the
-- numbers become small ones in the same order. Only where the id falls back does the order need a new number; ids stay
-- as they are, since others refer to them.
SET search_path = public, pg_catalog;

CREATE TEMP TABLE restored_outbox ON COMMIT DROP AS
  SELECT id, xid, 1 + sum(falls_back) OVER (ORDER BY xid, id) AS number
    FROM (SELECT id, xid, CASE WHEN id < lag(id) OVER (ORDER BY xid, id) THEN 1 ELSE 0 END AS falls_back
            FROM events_outboxevent) AS step;
CREATE INDEX ON restored_outbox (xid, id);
CREATE INDEX ON restored_outbox (id);
ANALYZE restored_outbox;

-- A cursor stands on the last event it has read, or before the first.
UPDATE events_cursor AS cursor
   SET xid = coalesce(read.number, 0)::text::xid8, event_id = coalesce(read.id, 0)
  FROM events_cursor AS old
  LEFT JOIN LATERAL (
       SELECT number, id FROM restored_outbox
        WHERE (restored_outbox.xid, restored_outbox.id) <= (old.xid, old.event_id)
        ORDER BY restored_outbox.xid DESC, restored_outbox.id DESC LIMIT 1) AS read ON true
 WHERE old.subscriber = cursor.subscriber;

UPDATE events_outboxevent AS event SET xid = restored_outbox.number::text::xid8
  FROM restored_outbox WHERE restored_outbox.id = event.id;

-- The largest of the new numbers must lie below this transaction's, or readers would stop before it. A new cluster has
-- used few; each pass of the loop uses one up.
CREATE TEMP TABLE restored_number (used int) ON COMMIT DROP;
DO $$
BEGIN
  FOR pass IN 1 .. (SELECT coalesce(max(number), 0) FROM restored_outbox) - pg_current_xact_id()::text::bigint + 1 LOOP
    BEGIN
      INSERT INTO restored_number VALUES (1);  -- a write in a block of its own takes a number
    EXCEPTION WHEN no_data_found THEN
      RAISE;
    END;
  END LOOP;
END
$$;

-- Jobs a worker of the old cluster had in hand are to be done again; of twins under one lock one is enough.
DELETE FROM procrastinate_workers;
UPDATE procrastinate_jobs AS job SET status = 'failed'
 WHERE job.status = 'doing' AND job.queueing_lock IS NOT NULL
   AND EXISTS (SELECT FROM procrastinate_jobs AS twin
                WHERE twin.queueing_lock = job.queueing_lock
                  AND (twin.status = 'todo' OR (twin.status = 'doing' AND twin.id > job.id)));
UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing';
