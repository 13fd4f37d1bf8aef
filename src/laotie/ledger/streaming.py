"""Reads results larger than memory through a server-side cursor."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

BATCH_ROWS = 2_000


def stream_rows(statement: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield a query's rows as they are fetched; outside a transaction none is held open for it."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, list(values) or None)  # without values, a % is a %
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield from rows
