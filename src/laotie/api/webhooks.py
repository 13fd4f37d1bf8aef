"""Webhooks over HTTP: a person's, a shop's, the platform's.

Only in a session: an endpoint outlives the token by which it was made, so a token must not make one.
"""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from laotie.core.actor import Actor
from laotie.core.errors import NotAllowed, NotFound
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.events.webhooks import operations, queries
from laotie.events.webhooks.audience import PLATFORM, names_open_to
from laotie.events.webhooks.contracts import EndpointView, MessageView
from laotie.events.webhooks.states import MessageState
from laotie.people import queries as people

router = Router(tags=["webhooks"])

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}
SHOP_PERMISSION = "staff"  # it gives others a look into the shop, so it takes the permission to let people in
DONE = (204, None)

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]
OWNER = r"^(me|platform|shop:[1-9][0-9]{0,17})$"
Owner = Annotated[str, Field(pattern=OWNER)]
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Names = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=200)]


class EndpointIn(Schema):
    """A new endpoint; the owner is `me`, `shop:3` or, for operators, `platform`."""

    owner: Owner
    url: Url
    events: Names
    description: Description = ""


class EndpointEdit(Schema):
    """What changes of an endpoint; what is left out stays."""

    url: Url | None = None
    events: Names | None = None
    description: Description | None = None
    is_on: bool | None = None


class RotationIn(Schema):
    """How long the secret before goes on signing beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=operations.OVERLAP_HOURS_MAX)] = operations.OVERLAP_HOURS_DEFAULT


class EndpointOut(Schema):
    """An endpoint; `signs_until` says until when older secrets sign beside the newest."""

    id: int
    owner: str
    url: str
    description: str
    events: list[str]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    signs_until: list[datetime]

    @staticmethod
    def of(view: EndpointView) -> "EndpointOut":
        """Return the view as it goes out."""
        return EndpointOut.model_validate(view, from_attributes=True)


class SecretOut(Schema):
    """An endpoint with the secret it has just got; it cannot be had again."""

    secret: str
    endpoint: EndpointOut


class AttemptOut(Schema):
    """One attempt to deliver a message: a status, or the trouble that kept one away."""

    attempted_at: datetime
    status: int | None
    trouble: str
    duration_ms: int
    answer: str


class MessageOut(Schema):
    """A message to an endpoint; `number` is its webhook-id header."""

    id: int
    number: str
    event: str
    state: MessageState
    attempts: int
    next_attempt_at: datetime | None
    occurred_at: datetime
    created_at: datetime
    delivered_at: datetime | None

    @staticmethod
    def of(view: MessageView) -> "MessageOut":
        """Return the view as it goes out."""
        return MessageOut.model_validate(view, from_attributes=True)


class MessageDetail(MessageOut):
    """A message with its body and its newest attempts."""

    body: str
    tries: list[AttemptOut]


class NamesOut(Schema):
    """The events an owner may choose."""

    events: list[str]


@router.get("/webhooks/events", response={200: NamesOut, **REFUSALS})
def list_webhook_events(request: HttpRequest, owner: Annotated[str, Query(pattern=OWNER)] = "me") -> NamesOut:
    """List the events an owner may choose."""
    return NamesOut(events=list(names_open_to(_owner(_in_session(request), owner))))


@router.get("/webhooks", response={200: list[EndpointOut], **REFUSALS})
def list_webhooks(request: HttpRequest, owner: Annotated[str, Query(pattern=OWNER)] = "me") -> list[EndpointOut]:
    """List an owner's webhooks."""
    address = _owner(_in_session(request), owner)
    return [EndpointOut.of(view) for view in queries.list_endpoints(owner=address, now=now_of(request))]


@router.post("/webhooks", response={201: SecretOut, **REFUSALS})
@idempotent
def add_webhook(request: HttpRequest, body: EndpointIn) -> tuple[int, Schema]:
    """Add a webhook and show its secret, this once."""
    actor = _in_session(request)
    secret, view = operations.add_endpoint(
        actor=actor,
        owner=_owner(actor, body.owner),
        url=body.url,
        events=body.events,
        description=body.description,
        now=now_of(request),
    )
    return 201, SecretOut(secret=secret, endpoint=EndpointOut.of(view))


@router.get("/webhooks/{endpoint_id}", response={200: EndpointOut, **REFUSALS})
def get_webhook(request: HttpRequest, endpoint_id: PathId) -> EndpointOut:
    """Show a webhook."""
    return EndpointOut.of(_access(request, endpoint_id)[1])


@router.patch("/webhooks/{endpoint_id}", response={200: EndpointOut, **REFUSALS})
@idempotent
def edit_webhook(request: HttpRequest, endpoint_id: PathId, body: EndpointEdit) -> Schema:
    """Change a webhook, or switch it on or off."""
    actor, _view = _access(request, endpoint_id)
    return EndpointOut.of(
        operations.edit_endpoint(
            actor=actor,
            endpoint_id=endpoint_id,
            url=body.url,
            events=body.events,
            description=body.description,
            is_on=body.is_on,
            now=now_of(request),
        )
    )


@router.delete("/webhooks/{endpoint_id}", response={204: None, **REFUSALS})
@idempotent
def remove_webhook(request: HttpRequest, endpoint_id: PathId) -> Any:
    """Remove a webhook with its log."""
    actor, _view = _access(request, endpoint_id)
    operations.remove_endpoint(actor=actor, endpoint_id=endpoint_id, now=now_of(request))
    return DONE


@router.post("/webhooks/{endpoint_id}/secret", response={201: SecretOut, **REFUSALS})
@idempotent
def rotate_webhook_secret(request: HttpRequest, endpoint_id: PathId, body: RotationIn) -> tuple[int, Schema]:
    """Give a webhook a new secret and show it, this once; the old one signs beside it for the overlap."""
    actor, _view = _access(request, endpoint_id)
    secret, view = operations.rotate_secret(
        actor=actor, endpoint_id=endpoint_id, overlap_hours=body.overlap_hours, now=now_of(request)
    )
    return 201, SecretOut(secret=secret, endpoint=EndpointOut.of(view))


@router.post("/webhooks/{endpoint_id}/test", response={201: MessageOut, **REFUSALS})
@idempotent
def test_webhook(request: HttpRequest, endpoint_id: PathId) -> tuple[int, Schema]:
    """Send a webhook a message that tells of nothing."""
    _access(request, endpoint_id)
    return 201, MessageOut.of(operations.send_test(endpoint_id=endpoint_id, now=now_of(request)))


@router.get("/webhooks/{endpoint_id}/messages", response={200: PageOf[MessageOut], **REFUSALS})
def list_webhook_messages(
    request: HttpRequest,
    endpoint_id: PathId,
    state: MessageState | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """List what was sent to a webhook or waits to be, newest first; kept for 30 days."""
    _access(request, endpoint_id)
    page = queries.list_messages(endpoint_id=endpoint_id, state=state, cursor=cursor, limit=limit)
    return page_schema(page, MessageOut.of)


@router.get("/webhooks/{endpoint_id}/messages/{message_id}", response={200: MessageDetail, **REFUSALS})
def get_webhook_message(request: HttpRequest, endpoint_id: PathId, message_id: PathId) -> MessageDetail:
    """Show a message with its body and its newest attempts."""
    _access(request, endpoint_id)
    view = queries.get_message(endpoint_id=endpoint_id, message_id=message_id)
    return MessageDetail.model_validate(view, from_attributes=True)


@router.post("/webhooks/{endpoint_id}/messages/{message_id}/resend", response={200: MessageOut, **REFUSALS})
@idempotent
def resend_webhook_message(request: HttpRequest, endpoint_id: PathId, message_id: PathId) -> Schema:
    """Send a delivered or given-up message once more."""
    _access(request, endpoint_id)
    return MessageOut.of(operations.resend(endpoint_id=endpoint_id, message_id=message_id, now=now_of(request)))


def _in_session(request: HttpRequest) -> Actor:
    """Return the person, signed in by themselves: no token has every scope."""
    return actor_of(request, scope="*")


def _owner(actor: Actor, asked: str) -> str:
    """Return the owner's address if the actor may act for it.

    Raises: NotFound, NotAllowed.
    """
    if asked == "me":
        return f"account:{people.require_person(actor)}"
    if asked == PLATFORM:
        people.require_operator(actor=actor)
        return PLATFORM
    shop_id = int(asked.partition(":")[2])
    people.access_shop(actor=actor, shop_id=shop_id, permission=SHOP_PERMISSION)
    return asked


def _access(request: HttpRequest, endpoint_id: int) -> tuple[Actor, EndpointView]:
    """Return who asks and a webhook they may look after; a stranger gets the answer for a missing one."""
    actor = _in_session(request)
    view = queries.get_endpoint(endpoint_id=endpoint_id, now=now_of(request))
    if view.owner.startswith("account:") and view.owner != actor.address:
        raise NotFound(what="webhook")
    try:
        _owner(actor, "me" if view.owner == actor.address else view.owner)
    except (NotFound, NotAllowed):
        raise NotFound(what="webhook") from None
    return actor, view
