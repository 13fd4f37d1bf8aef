"""What every router of the API shares: who asks, repeated writes, problem documents, pages."""

import functools
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Schema
from ninja.responses import NinjaJSONEncoder

from laotie.core import clock
from laotie.core.actor import Actor
from laotie.core.errors import DomainError, KeyMissing, NotAllowed, NotSignedIn
from laotie.core.idempotency import Answer, write_once
from laotie.core.ids import hash_input
from laotie.core.paging import Page

KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,100}")

T = TypeVar("T")
S = TypeVar("S", bound=Schema)


class PageOf(Schema, Generic[T]):
    """One page of a list; pass `next_cursor` to get the next, an empty one ends it."""

    items: list[T]
    next_cursor: str


class Problem(Schema):
    """RFC 9457 problem document: a stable code, a sentence in the reader's language, data."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str = ""
    data: dict[str, Any] = {}


class Caller(Protocol):
    """What authentication leaves on a request: the actor and what its credential may do."""

    actor: Actor
    scopes: frozenset[str]


def page_schema(page: Page[T], view: Callable[[T], S]) -> dict[str, Any]:
    """Return a page as its schema wants it."""
    return {"items": [view(item) for item in page.items], "next_cursor": page.next_cursor}


def caller_of(request: HttpRequest) -> Caller:
    """Return who asks.

    Raises: NotSignedIn.
    """
    caller = getattr(request, "auth", None)
    if caller is None:
        raise NotSignedIn
    return caller  # type: ignore[no-any-return]


def actor_of(request: HttpRequest, *, scope: str) -> Actor:
    """Return the acting person if the credential covers `scope` (as orders:write).

    Raises: NotSignedIn, NotAllowed.
    """
    caller = caller_of(request)
    if "*" not in caller.scopes and scope not in caller.scopes:
        raise NotAllowed(needs=scope)
    return caller.actor


def now_of(request: HttpRequest) -> datetime:
    """Return the moment this request arrived; every operation in it sees the same one."""
    moment: datetime | None = getattr(request, "arrived_at", None)
    if moment is None:
        moment = clock.utc_now()
        request.arrived_at = moment  # type: ignore[attr-defined]
    return moment


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Run a write once per Idempotency-Key and answer its repetitions from what was kept.

    The view returns a Schema or (status, Schema). Key, input hash and answer are committed with the write.
    """

    @functools.wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not KEY_PATTERN.fullmatch(key):
            raise KeyMissing
        caller = caller_of(request)
        scope = caller.actor.address
        # A credential that may do less is another input: it does not get the answer of one that may do more.
        asked = [request.method, request.get_full_path(), request.body.decode("utf-8", "replace")]
        digest = hash_input([asked, sorted(caller.scopes)])
        given = write_once(
            lambda: _answer(view(request, *args, **kwargs)),
            scope=scope,
            key=key,
            input_hash=digest,
            now=now_of(request),
        )
        if given.status == 204:
            return HttpResponse(status=204)
        return HttpResponse(given.text, status=given.status, content_type="application/json")

    once.is_idempotent_write = True  # type: ignore[attr-defined]
    return once


def problem_response(error: DomainError) -> JsonResponse:
    """Return the problem document of a refusal."""
    body = {
        "type": f"/problems/{error.code()}",
        "title": error.code(),
        "status": error.status,
        "detail": error.message(),
        "code": error.code(),
        "field": str(error.data().get("field_name", error.field)),
        "data": error.data(),
    }
    response = JsonResponse(body, status=error.status, content_type="application/problem+json")
    retry_after = error.data().get("retry_after_s")
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def validation_problem(errors: Sequence[dict[str, Any]], sentence: str) -> JsonResponse:
    """Return the problem document of a malformed request: the first field at fault, and all of them as data."""
    named = [
        {
            "field": ".".join(str(part) for part in error.get("loc", ())[1:]),
            "reason": str(error.get("msg", "")),
        }
        for error in errors
    ]
    body = {
        "type": "/problems/core.malformed_request",
        "title": "core.malformed_request",
        "status": 422,
        "detail": sentence,
        "code": "core.malformed_request",
        "field": named[0]["field"] if named else "",
        "data": {"errors": named},
    }
    return JsonResponse(body, status=422, content_type="application/problem+json")


def _answer(result: Any) -> Answer:
    status, body = result if isinstance(result, tuple) else (200, result)
    if isinstance(body, Schema):
        body = body.model_dump()
    # Written as ninja writes the answers to reads, times included.
    return Answer(status=status, text=json.dumps(body, cls=NinjaJSONEncoder))
