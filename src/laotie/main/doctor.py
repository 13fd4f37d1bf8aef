"""`laotie doctor`: what an operator looks at first when something seems wrong."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from laotie.core import clock
from laotie.core.sql import fetch_all, fetch_one
from laotie.events.delivery import list_lags
from laotie.main.subscriptions import SUBSCRIPTIONS
from laotie.orders.queries import count_refused_refund_parts

LAG_EVENTS_MIND = 1_000
TRANSACTION_SECONDS_BAD = 1
FREE_BYTES_MIND = 2 * 1024**3
POSTGRES_LEAST = 150_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: good, mind (works, but look at it) or bad."""

    name: str
    verdict: str
    detail: str


def examine() -> list[Check]:
    """Look at everything; a database that is away ends the examination."""
    try:
        missing = count_missing_migrations()
        alive = () if missing else (*_outbox(), *_jobs(), *_refunds(), *_webhooks())
        return [*_database(), *alive, *_files()]
    except DatabaseError as trouble:
        return [Check("database", "bad", str(trouble).strip())]


def count_missing_migrations() -> int:
    """Return how many migrations this database has not seen."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database() -> Iterator[Check]:
    version = fetch_one("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
    assert version is not None
    verdict = "good" if version[0] >= POSTGRES_LEAST else "bad"
    yield Check("database", verdict, f"PostgreSQL {version[1]}")
    missing = count_missing_migrations()
    yield Check("migrations", "bad" if missing else "good", f"{missing} not applied" if missing else "all applied")
    # A writing transaction that stays open stalls every outbox reader (DESIGN 2).
    stalling = fetch_all(
        "SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::int, application_name, left(query, 80)"
        "  FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        "   AND clock_timestamp() - xact_start > make_interval(secs => %s)",
        [TRANSACTION_SECONDS_BAD],
    )
    for pid, seconds, name, query in stalling:
        yield Check("long transaction", "bad", f"backend {pid} ({name}) has been writing for {seconds} s: {query}")
    if not stalling:
        yield Check("long transaction", "good", f"none older than {TRANSACTION_SECONDS_BAD} s")


def _outbox() -> Iterator[Check]:
    for lag in list_lags(SUBSCRIPTIONS):
        detail = f"{lag.events} events behind"
        if lag.oldest_at is not None:
            detail += f", the oldest for {int((clock.utc_now() - lag.oldest_at).total_seconds())} s"
        if lag.parked:
            detail += f", {lag.parked} parked (laotie replay)"
        if lag.last_error:
            detail += f"; {lag.last_error}"
        mind = lag.parked or lag.attempts or lag.events > LAG_EVENTS_MIND
        yield Check(lag.subscriber, "mind" if mind else "good", detail)


def _jobs() -> Iterator[Check]:
    counts: dict[str, int] = dict(fetch_all("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1"))
    detail = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "none yet"
    yield Check("jobs", "mind" if counts.get("failed") else "good", detail)


def _refunds() -> Iterator[Check]:
    refused = count_refused_refund_parts()
    detail = f"{refused} refused by their channel again and again (see refund parts in the admin)"
    yield Check("refunds", "mind" if refused else "good", detail if refused else "no channel keeps refusing one")


def _webhooks() -> Iterator[Check]:
    row = fetch_one(
        "SELECT count(*), count(*) FILTER (WHERE failing_since IS NOT NULL AND disabled_at IS NULL),"
        " count(*) FILTER (WHERE disabled_reason IN ('failing', 'gone')) FROM events_webhookendpoint"
    )
    assert row is not None
    whole, failing, given_up = row
    detail = f"{whole} endpoints, {failing} failing, {given_up} given up"
    yield Check("webhooks", "mind" if failing or given_up else "good", detail)


def _files() -> Iterator[Check]:
    free = shutil.disk_usage(settings.HOME).free
    yield Check("disk", "good" if free > FREE_BYTES_MIND else "mind", f"{free / 1024**3:.1f} GB free")
    manifest = settings.PACKAGE / "web" / "static" / "dist" / ".vite" / "manifest.json"
    built = manifest.exists() or (manifest.parent.parent / "manifest.json").exists()
    yield Check("assets", "good" if built else "bad", "built" if built else "not built: run make .state/assets")
    mail = f"sent by {settings.EMAIL_HOST}" if settings.EMAIL_HOST else f"written to {settings.EMAIL_FILE_PATH}"
    yield Check("mail", "good" if settings.EMAIL_HOST else "mind", mail)
    caught = settings.SMS_PROVIDER == "catch"
    sms = f"written to {settings.SMS_FILE_PATH}" if caught else f"sent by {settings.SMS_PROVIDER}"
    yield Check("text messages", "mind" if caught else "good", sms)
