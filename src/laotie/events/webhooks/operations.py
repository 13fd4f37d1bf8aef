"""What can be done with an owner's endpoints. Who calls has made sure that the actor may act for the owner."""

import json
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.sql import fetch_one
from laotie.events.events import WebhookDisabled
from laotie.events.outbox import publish
from laotie.events.webhooks.audience import PLATFORM, names_open_to
from laotie.events.webhooks.contracts import EndpointView, MessageView
from laotie.events.webhooks.errors import TooManyWebhooks, WebhookIsDisabled
from laotie.events.webhooks.guard import clean_url
from laotie.events.webhooks.models import WebhookEndpoint, WebhookMessage, WebhookSecret
from laotie.events.webhooks.queries import endpoint_view, message_view
from laotie.events.webhooks.signing import new_signing_secret
from laotie.events.webhooks.states import MESSAGE_LIFE, DisabledReason, MessageState

ENDPOINTS_PER_OWNER_MAX = 20
DESCRIPTION_LETTERS_MAX = 200
OVERLAP_HOURS_DEFAULT = 24
OVERLAP_HOURS_MAX = 7 * 24
TEST_EVENT = "events.webhook_test.v1"


@transaction.atomic(savepoint=False)
def add_endpoint(
    *, actor: Actor, owner: str, url: str, events: Collection[str], description: str = "", now: datetime
) -> tuple[str, EndpointView]:
    """Add an endpoint and return its secret, which cannot be had again, and the endpoint.

    Raises: InvalidInput, TooManyWebhooks.
    """
    fetch_one("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks {owner}"])
    if WebhookEndpoint.objects.filter(owner=owner).count() >= ENDPOINTS_PER_OWNER_MAX:
        raise TooManyWebhooks(most=ENDPOINTS_PER_OWNER_MAX)
    endpoint = WebhookEndpoint.objects.create(
        owner=owner,
        url=clean_url(url),
        description=_clean_description(description),
        events=_clean_events(owner, events),
        created_by=actor.address,
        created_at=now,
    )
    secret = new_signing_secret()
    WebhookSecret.objects.create(endpoint=endpoint, secret=secret, created_at=now)
    _record(actor, "webhook.add", endpoint, now)
    return secret, endpoint_view(endpoint, now=now)


@transaction.atomic(savepoint=False)
def edit_endpoint(
    *,
    actor: Actor,
    endpoint_id: int,
    url: str | None = None,
    events: Collection[str] | None = None,
    description: str | None = None,
    is_on: bool | None = None,
    now: datetime,
) -> EndpointView:
    """Change an endpoint; what is None stays. Switched off it gets nothing, and what waits for it is given up.

    Raises: NotFound, InvalidInput.
    """
    endpoint = _lock_endpoint(endpoint_id)
    if url is not None:
        endpoint.url = clean_url(url)
    if events is not None:
        endpoint.events = _clean_events(endpoint.owner, events)
    if description is not None:
        endpoint.description = _clean_description(description)
    endpoint.save()
    if is_on is True and endpoint.disabled_at is not None:
        endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since = None, "", None
        endpoint.save()
    elif is_on is False:
        disable(endpoint, reason=DisabledReason.OWNER, now=now)
    _record(actor, "webhook.edit", endpoint, now)
    return endpoint_view(endpoint, now=now)


@transaction.atomic(savepoint=False)
def remove_endpoint(*, actor: Actor, endpoint_id: int, now: datetime) -> None:
    """Remove an endpoint with its log.

    Raises: NotFound.
    """
    endpoint = _lock_endpoint(endpoint_id)
    _record(actor, "webhook.remove", endpoint, now)
    endpoint.delete()


@transaction.atomic(savepoint=False)
def switch_off_endpoints_of(*, owner: str, now: datetime) -> None:
    """Switch off all of an owner's endpoints, as when a person is shut out."""
    for endpoint in WebhookEndpoint.objects.select_for_update(no_key=True).filter(owner=owner).order_by("id"):
        disable(endpoint, reason=DisabledReason.OWNER, now=now)


def remove_endpoints_of(*, owner: str) -> None:
    """Remove all of an owner's endpoints with their logs, as when a person is erased."""
    WebhookEndpoint.objects.filter(owner=owner).delete()


@transaction.atomic(savepoint=False)
def rotate_secret(
    *, actor: Actor, endpoint_id: int, overlap_hours: int = OVERLAP_HOURS_DEFAULT, now: datetime
) -> tuple[str, EndpointView]:
    """Give an endpoint a new secret and return it; the one before signs beside it for the overlap, then no more.

    A second rotation ends what is left of the first overlap, so that never more than two secrets sign.
    Raises: NotFound, InvalidInput.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        reason = gettext(_("It must be between {least} and {most}.")).format(least=0, most=OVERLAP_HOURS_MAX)
        raise InvalidInput(field_name="overlap_hours", reason=reason)
    endpoint = _lock_endpoint(endpoint_id)
    WebhookSecret.objects.filter(endpoint=endpoint, ends_at__isnull=False).delete()
    if overlap_hours:
        ends_at = now + timedelta(hours=overlap_hours)
        WebhookSecret.objects.filter(endpoint=endpoint).update(ends_at=ends_at)
    else:
        WebhookSecret.objects.filter(endpoint=endpoint).delete()
    secret = new_signing_secret()
    WebhookSecret.objects.create(endpoint=endpoint, secret=secret, created_at=now)
    _record(actor, "webhook.rotate", endpoint, now)
    return secret, endpoint_view(endpoint, now=now)


@transaction.atomic(savepoint=False)
def send_test(*, endpoint_id: int, now: datetime) -> MessageView:
    """Send an endpoint a message that tells of nothing, whatever events it has chosen.

    Raises: NotFound, WebhookIsDisabled.
    """
    endpoint = _lock_endpoint(endpoint_id)
    if endpoint.disabled_at is not None:
        raise WebhookIsDisabled
    message = new_message(endpoint.pk, TEST_EVENT, {"endpoint_id": endpoint.pk}, occurred_at=now, now=now)
    message.save(force_insert=True)
    _kick(endpoint)
    return message_view(message)


@transaction.atomic(savepoint=False)
def resend(*, endpoint_id: int, message_id: int, now: datetime) -> MessageView:
    """Send a message that was delivered or given up once more, with all its attempts before it.

    Raises: NotFound, WebhookIsDisabled, IllegalMove while it still waits.
    """
    endpoint = _lock_endpoint(endpoint_id)
    message = WebhookMessage.objects.select_for_update().filter(pk=message_id, endpoint=endpoint).first()
    if message is None:
        raise NotFound(what="message")
    if endpoint.disabled_at is not None:
        raise WebhookIsDisabled
    MESSAGE_LIFE.require(MessageState(message.state), MessageState.WAITING)
    message.state, message.attempts, message.next_attempt_at = MessageState.WAITING, 0, now
    message.delivered_at = None
    message.save()
    _kick(endpoint)
    return message_view(message)


def disable(endpoint: WebhookEndpoint, *, reason: DisabledReason, now: datetime) -> None:
    """Switch a locked endpoint off and give up what waits for it; its owner is told by an event."""
    if endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_reason = now, reason.value
    endpoint.save(update_fields=["disabled_at", "disabled_reason"])
    WebhookMessage.objects.filter(endpoint=endpoint, state=MessageState.WAITING).update(
        state=MessageState.FAILED, next_attempt_at=None
    )
    publish(WebhookDisabled(endpoint_id=endpoint.pk, owner=endpoint.owner, reason=reason.value), now=now)


def new_message(
    endpoint_id: int, event: str, data: dict[str, object], *, occurred_at: datetime, now: datetime
) -> WebhookMessage:
    """Return a message not yet stored, its body as the specification wants it: type, timestamp, data."""
    envelope = {"type": event, "timestamp": occurred_at.isoformat(), "data": data}
    return WebhookMessage(
        endpoint_id=endpoint_id,
        number=f"msg_{secrets.token_hex(16)}",
        event=event,
        body=json.dumps(envelope, ensure_ascii=False, separators=(",", ":")),
        next_attempt_at=now,
        occurred_at=occurred_at,
        created_at=now,
    )


def _kick(endpoint: WebhookEndpoint) -> None:
    from laotie.events.webhooks.jobs import queue_sending  # noqa: PLC0415 - jobs import operations

    queue_sending(endpoint.pk)


def _lock_endpoint(endpoint_id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound(what="webhook")
    return endpoint


def _record(actor: Actor, action: str, endpoint: WebhookEndpoint, now: datetime) -> None:
    """Write down what operators do; others' doings are their own business."""
    if endpoint.owner == PLATFORM:
        record_action(actor=actor, action=action, subject=f"webhook:{endpoint.pk}", now=now)


def _clean_events(owner: str, events: Collection[str]) -> list[str]:
    chosen = sorted(set(events))
    if not chosen:
        raise InvalidInput(field_name="events", reason=gettext(_("Choose at least one.")))
    unknown = sorted(set(chosen) - set(names_open_to(owner)))
    if unknown:
        raise InvalidInput(field_name="events", reason=gettext(_("Unknown: {names}.")).format(names=unknown[0]))
    return chosen


def _clean_description(text: str) -> str:
    cleaned = " ".join(text.replace("\0", "").split())
    if len(cleaned) > DESCRIPTION_LETTERS_MAX:
        reason = gettext(_("It can have at most {most} characters.")).format(most=DESCRIPTION_LETTERS_MAX)
        raise InvalidInput(field_name="description", reason=reason)
    return cleaned
