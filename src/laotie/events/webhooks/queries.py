"""Questions about endpoints and what was sent to them."""

from datetime import datetime

from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.events.webhooks.contracts import AttemptView, EndpointView, MessageView
from laotie.events.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from laotie.events.webhooks.states import MessageState

TRIES_SHOWN_MAX = 50


def list_endpoints(*, owner: str, now: datetime) -> tuple[EndpointView, ...]:
    """Return an owner's endpoints, oldest first (at most 20)."""
    rows = WebhookEndpoint.objects.filter(owner=owner).order_by("id").prefetch_related("secrets")
    return tuple(endpoint_view(row, now=now) for row in rows)


def get_endpoint(*, endpoint_id: int, now: datetime) -> EndpointView:
    """Return an endpoint; whose it is says `owner`.

    Raises: NotFound.
    """
    row = WebhookEndpoint.objects.filter(pk=endpoint_id).prefetch_related("secrets").first()
    if row is None:
        raise NotFound(what="webhook")
    return endpoint_view(row, now=now)


def list_messages(
    *, endpoint_id: int, state: MessageState | None = None, cursor: str = "", limit: int = 50
) -> Page[MessageView]:
    """Return what was sent or waits to be, newest first, without bodies."""
    rows = WebhookMessage.objects.filter(endpoint_id=endpoint_id).defer("body")
    if state is not None:
        rows = rows.filter(state=state)
    return page_of(rows, message_view, order=("-id",), cursor=cursor, limit=limit)


def get_message(*, endpoint_id: int, message_id: int) -> MessageView:
    """Return one message with its body and its newest attempts (at most 50).

    Raises: NotFound.
    """
    row = WebhookMessage.objects.filter(pk=message_id, endpoint_id=endpoint_id).first()
    if row is None:
        raise NotFound(what="message")
    tries = tuple(_attempt_view(entry) for entry in row.tries.order_by("-id")[:TRIES_SHOWN_MAX])
    return message_view(row, body=row.body, tries=tries)


def endpoint_view(row: WebhookEndpoint, *, now: datetime) -> EndpointView:
    """Return an endpoint without its secrets."""
    ends = [secret.ends_at for secret in row.secrets.all() if secret.ends_at is not None and secret.ends_at > now]
    return EndpointView(
        id=row.pk,
        owner=row.owner,
        url=row.url,
        description=row.description,
        events=tuple(row.events),
        created_at=row.created_at,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        signs_until=tuple(ends),
    )


def message_view(row: WebhookMessage, *, body: str = "", tries: tuple[AttemptView, ...] = ()) -> MessageView:
    """Return a message."""
    return MessageView(
        id=row.pk,
        endpoint_id=row.endpoint_id,
        number=row.number,
        event=row.event,
        state=MessageState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        body=body,
        tries=tries,
    )


def _attempt_view(row: WebhookAttempt) -> AttemptView:
    return AttemptView(row.attempted_at, row.status, row.trouble, row.duration_ms, row.answer)
