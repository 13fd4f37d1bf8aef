"""Publishing: an event is a row written in the transaction of the change it tells of."""

from datetime import datetime

from django.db import connection

from laotie.core.sql import send_prepared
from laotie.events.event import Event

EVENTS_PER_CALL_MAX = 1_000


def publish(*events: Event, now: datetime) -> None:
    """Record events in the same transaction as the change that made them true; one statement for all."""
    assert connection.in_atomic_block, "an event belongs in the transaction of its change"
    assert len(events) <= EVENTS_PER_CALL_MAX
    if not events:
        return
    row = "(%s::text, %s::jsonb, %s::timestamptz)"
    values = [value for event in events for value in (event.name, event.to_json(), now)]
    send_prepared(
        f"INSERT INTO events_outboxevent (name, payload, occurred_at) VALUES {', '.join([row] * len(events))}",  # noqa: S608 - only placeholders
        values,
    )
