"""Pages by cursor: a page begins after the last row of the one before, whatever was inserted meanwhile."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet

from laotie.core.errors import BadCursor

PAGE_ROWS_MAX = 100

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page ("" at the end)."""

    items: tuple[T, ...]
    next_cursor: str


def page_of(
    rows: QuerySet[M], view: Callable[[M], T], *, order: tuple[str, ...], cursor: str, limit: int
) -> Page[T]:
    """Return one page of `rows` in `order` (all ascending or all descending, the last field unique).

    Raises: BadCursor.
    """
    limit = max(1, min(limit, PAGE_ROWS_MAX))
    names = tuple(name.lstrip("-") for name in order)
    if cursor:
        rows = rows.filter(_after(names, read_cursor(cursor, len(names)), descending=order[0].startswith("-")))
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    last = make_cursor(tuple(getattr(found[-1], name) for name in names)) if more else ""
    return Page(tuple(view(row) for row in found), last)


def make_cursor(values: tuple[Any, ...]) -> str:
    """Pack the sort key of a page's last row; signed, so that nobody probes with their own."""
    packed = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(Signer(salt="cursor").sign(json.dumps(packed)).encode()).decode()


def read_cursor(cursor: str, length: int) -> list[Any]:
    """Unpack a cursor.

    Raises: BadCursor.
    """
    try:
        signed = base64.urlsafe_b64decode(cursor.encode("ascii", "strict")).decode()
        values = json.loads(Signer(salt="cursor").unsign(signed))
    except (ValueError, binascii.Error, BadSignature):
        raise BadCursor from None
    if not isinstance(values, list) or len(values) != length:
        raise BadCursor
    return values


def _after(names: tuple[str, ...], values: list[Any], *, descending: bool) -> Q:
    """Build (a, b) > (x, y) as a > x or (a = x and b > y)."""
    beyond = "lt" if descending else "gt"
    condition = Q()
    for depth, name in enumerate(names):
        same = Q(**dict(zip(names[:depth], values[:depth], strict=True)))
        condition |= same & Q(**{f"{name}__{beyond}": values[depth]})
    return condition
