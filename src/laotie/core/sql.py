"""Raw SQL where one statement is one decision: the hot paths use these, everything else the ORM."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.types.json import Jsonb

from laotie.core.postgres.base import DatabaseWrapper
from laotie.core.postgres.trips import Reply, Rows, Trip, compile_statement

__all__ = [
    "Asked",
    "Reply",
    "Rows",
    "array_text",
    "fetch_all",
    "fetch_all_prepared",
    "fetch_one",
    "fetch_one_prepared",
    "run",
    "send_prepared",
    "together",
]

T = TypeVar("T")


def fetch_all(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def fetch_one(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
    """Run a statement and return its first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """A question that is on its way: what its rows mean is worked out when the answer is wanted.

    So modules that know nothing of each other can have their questions travel in one trip, inside `together`.
    """

    reply: Reply
    read: Callable[[Rows], T]

    def answer(self) -> T:
        """Return the answer, or raise what the question raises."""
        return self.read(self.reply.rows())


@contextmanager
def together() -> Iterator[None]:
    """Send the prepared statements of a `with` block in one trip, with the BEGIN of their transaction if it is due.

    A trip to the server costs more than most of them. Their answers are there when the block ends, and what one of
    them raises is raised then; the ones after it are not run.
    """
    database = _database()
    if _is_listened_to(database):
        yield
        return
    assert database.trip is None, "one trip at a time"
    database.trip = trip = Trip()
    try:
        yield
    finally:
        database.trip = None
    _go(database, trip)


def send_prepared(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Reply:
    """Run a hot statement that the server keeps prepared: at once, or inside `together` when that ends.

    Django binds values on the client, so the server parses and plans every time: 345 µs against 180 µs for a
    reservation. Cast every value in the statement (%s::bigint, %s::text[]): all are sent as text, because each new
    combination of Python types would be prepared anew. Where Django listens to statements, it gets this one too.
    """
    database = _database()
    if _is_listened_to(database):
        return _run_for_listeners(statement, values)
    compiled = compile_statement(statement)
    given = [values[name] for name in compiled.value_names] if isinstance(values, Mapping) else values
    texts = [_as_bytes(value) for value in given]
    if database.trip is not None:
        return database.trip.add(compiled, texts)
    trip = Trip()
    reply = trip.add(compiled, texts)
    _go(database, trip)
    return reply


def fetch_all_prepared(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Rows:
    """Run a hot statement as `send_prepared` does and return its rows."""
    return send_prepared(statement, values).rows()


def fetch_one_prepared(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
    """Run a hot statement as `send_prepared` does and return its first row, or None."""
    return send_prepared(statement, values).row()


def array_text(items: Sequence[Any]) -> str:
    """Return values as PostgreSQL writes an array of them."""
    return "{" + ",".join("NULL" if item is None else _quoted(_as_text(item) or "") for item in items) + "}"


def _database() -> DatabaseWrapper:
    return cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])


def _is_listened_to(database: DatabaseWrapper) -> bool:
    """Say whether Django logs or wraps statements, as tests that count them ask it to."""
    return bool(database.queries_logged or database.execute_wrappers)


def _go(database: DatabaseWrapper, trip: Trip) -> None:
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        trip.go(database.connection, database.prepared)


def _run_for_listeners(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> Reply:
    texts = (
        {name: _as_text(value) for name, value in values.items()}
        if isinstance(values, Mapping)
        else [_as_text(value) for value in values]
    )
    with connection.cursor() as logged:
        logged.execute(statement, texts)
        return Reply(list(logged.fetchall()) if logged.description else [])


def _as_bytes(value: Any) -> bytes | None:
    text = _as_text(value)
    return None if text is None else text.encode()


def _as_text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return array_text(value)
    if isinstance(value, Jsonb):
        return json.dumps(value.obj)
    return str(value)


def _quoted(item: str) -> str:
    if item.isdecimal():
        return item
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def run(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
