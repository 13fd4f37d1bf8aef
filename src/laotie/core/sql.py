"""Raw SQL where one statement is one decision: the hot paths use these, everything else the ORM."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb


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


def fetch_all_prepared(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run a hot statement that the server keeps prepared and return its rows; none where it returns nothing.

    Django binds values on the client, so the server parses and plans every time: 345 µs against 180 µs for a
    reservation. Cast every value in the statement (%s::bigint, %s::text[]): all are sent as text, because each new
    combination of Python types would be prepared anew. Where Django listens to statements, it gets this one too.
    """
    texts = (
        {name: _as_text(value) for name, value in values.items()}
        if isinstance(values, Mapping)
        else [_as_text(value) for value in values]
    )
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as logged:
            logged.execute(statement, texts)
            return list(logged.fetchall()) if logged.description else []
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, texts, prepare=True)
        return cursor.fetchall() if cursor.description else []


def fetch_one_prepared(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
    """Run a hot statement as `fetch_all_prepared` does and return its first row, or None."""
    rows = fetch_all_prepared(statement, values)
    return rows[0] if rows else None


def array_text(items: Sequence[Any]) -> str:
    """Return values as PostgreSQL writes an array of them."""
    return "{" + ",".join("NULL" if item is None else _quoted(_as_text(item) or "") for item in items) + "}"


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
