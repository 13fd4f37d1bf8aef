"""Delivery: each subscriber reads the outbox with a cursor of its own.

Readers stop below the oldest running transaction: ids are given out before commit, so a reader that went by the
last id alone would pass over events still in flight (docs/decisions/0004). A handler and the move of its cursor
commit together, so a handler that touches only our database runs exactly once. A failing event is tried again with
growing pauses; after that it is parked, and the ones behind it go on.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from laotie.core.sql import fetch_all
from laotie.events.event import EVENTS, Event
from laotie.events.models import Cursor, OutboxEvent, ParkedEvent

BATCH_EVENTS_MAX = 200
ATTEMPTS_MAX = 5
FIRST_PAUSE = timedelta(seconds=1)  # then 2, 4, 8 s
ERROR_LETTERS_MAX = 2_000

logger = logging.getLogger(__name__)

Handler = Callable[[Any, datetime], None]


@dataclass(frozen=True)
class Subscription:
    """A subscriber's name, as catalog.count_sales, and what it does on which event. `(event, occurred_at)`."""

    subscriber: str
    handlers: Mapping[type[Event], Handler]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a subscriber is behind."""

    subscriber: str
    events: int
    oldest_at: datetime | None
    attempts: int
    parked: int
    last_error: str


def deliver(subscription: Subscription, *, now: datetime) -> int:
    """Hand the next batch of events to one subscriber and return how many it moved past."""
    moved = 0
    with transaction.atomic():
        cursor = _lock_cursor(subscription.subscriber, now)
        if cursor is None or (cursor.retry_at is not None and cursor.retry_at > now):
            return 0
        for xid, event_id, name, payload, occurred_at in _next_events(cursor):
            handler = subscription.handlers.get(EVENTS.get(name, Event))
            if handler is not None and not _handle(cursor, handler, (event_id, name, payload, occurred_at), now):
                break
            cursor.xid, cursor.event_id = xid, event_id
            cursor.attempts, cursor.retry_at, cursor.last_error = 0, None, ""
            moved += 1
        if moved or cursor.attempts:
            cursor.moved_at = now
            cursor.save()
    return moved


def deliver_all(subscriptions: Sequence[Subscription], *, now: datetime) -> int:
    """Deliver until no subscriber gets on; for tests, imports and the demo. Bounded by what is in the outbox."""
    whole = 0
    for subscription in subscriptions:
        while moved := deliver(subscription, now=now):
            whole += moved
    return whole


def replay_parked(subscriptions: Sequence[Subscription], *, limit: int = 10_000) -> tuple[int, int]:
    """Try every parked event once more; return how many went through and how many stay parked."""
    handlers = {entry.subscriber: entry.handlers for entry in subscriptions}
    done = failed = 0
    for parked in ParkedEvent.objects.order_by("event_id")[:limit]:
        event = OutboxEvent.objects.get(pk=parked.event_id)
        handler = handlers.get(parked.subscriber, {}).get(EVENTS.get(event.name, Event))
        try:
            with transaction.atomic():
                if handler is not None:
                    handler(EVENTS[event.name].from_payload(event.payload), event.occurred_at)
                parked.delete()
            done += 1
        except Exception as error:
            logger.exception("replay of event %s for %s failed", parked.event_id, parked.subscriber)
            ParkedEvent.objects.filter(pk=parked.pk).update(error=_describe(error), attempts=parked.attempts + 1)
            failed += 1
    return done, failed


def list_lags(subscriptions: Sequence[Subscription]) -> list[Lag]:
    """Return how far each subscriber is behind what is committed."""
    return [_lag(entry.subscriber) for entry in subscriptions]


def _lock_cursor(subscriber: str, now: datetime) -> Cursor | None:
    """Take the subscriber's cursor; None when another worker holds it."""
    if not Cursor.objects.filter(pk=subscriber).exists():
        first = Cursor(subscriber=subscriber, xid="0", event_id=0, moved_at=now)
        Cursor.objects.bulk_create([first], ignore_conflicts=True)
    return Cursor.objects.select_for_update(skip_locked=True).filter(pk=subscriber).first()


def _next_events(cursor: Cursor) -> list[tuple[Any, ...]]:
    return fetch_all(
        # Ordered by the column, not by the text read of it, in which 1000 comes before 999.
        "SELECT event.xid::text, event.id, event.name, event.payload, event.occurred_at"
        " FROM events_outboxevent AS event"
        " WHERE (event.xid, event.id) > (%s::text::xid8, %s)"
        " AND event.xid < pg_snapshot_xmin(pg_current_snapshot())"
        " ORDER BY event.xid, event.id LIMIT %s",
        [str(cursor.xid), cursor.event_id, BATCH_EVENTS_MAX],
    )


def _handle(cursor: Cursor, handler: Handler, row: tuple[int, str, Any, datetime], now: datetime) -> bool:
    """Run the handler; say whether the subscriber may go on to the next event."""
    event_id, name, payload, occurred_at = row
    try:
        with transaction.atomic():
            handler(EVENTS[name].from_payload(_load(payload)), occurred_at)
    except Exception as error:
        logger.exception("%s failed at event %s %s", cursor.subscriber, event_id, name)
        cursor.attempts += 1
        cursor.last_error = _describe(error)
        if cursor.attempts < ATTEMPTS_MAX:
            cursor.retry_at = now + FIRST_PAUSE * 2 ** (cursor.attempts - 1)
            return False
        ParkedEvent.objects.create(
            subscriber=cursor.subscriber,
            event_id=event_id,
            error=cursor.last_error,
            attempts=cursor.attempts,
            parked_at=now,
        )
    return True


def _lag(subscriber: str) -> Lag:
    cursor = Cursor.objects.filter(pk=subscriber).first()
    behind, oldest_at = fetch_all(
        "SELECT count(*), min(occurred_at) FROM events_outboxevent WHERE (xid, id) > (%s::text::xid8, %s)",
        [str(cursor.xid) if cursor else "0", cursor.event_id if cursor else 0],
    )[0]
    return Lag(
        subscriber=subscriber,
        events=behind,
        oldest_at=oldest_at,
        attempts=cursor.attempts if cursor else 0,
        parked=ParkedEvent.objects.filter(subscriber=subscriber).count(),
        last_error=cursor.last_error if cursor else "",
    )


def _load(payload: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return loaded


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_LETTERS_MAX]
