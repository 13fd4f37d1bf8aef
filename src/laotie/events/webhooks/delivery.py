"""Delivering a message: claim it, send it outside of any transaction, write down what came of it.

A claim is a lease: a worker killed in the middle holds it for a minute, then the message is due again. So an endpoint
may get a message twice (the specification's at-least-once); the id is the same, by which it can tell.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from laotie.core.sql import fetch_all, run
from laotie.events.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookSecret
from laotie.events.webhooks.operations import disable
from laotie.events.webhooks.sending import ATTEMPT_SECONDS_MAX, Outcome, Trouble, post
from laotie.events.webhooks.signing import signed_headers
from laotie.events.webhooks.states import DisabledReason, MessageState

# The pauses that the Standard Webhooks specification suggests; the last attempt is three days after the first.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LEASE = timedelta(seconds=60)
DISABLE_AFTER = timedelta(days=5)  # without one success, as the specification suggests
GONE = 410
MESSAGES_KEPT_DAYS = 30
MESSAGES_KEPT_PER_ENDPOINT = 10_000
TRIM_PER_CALL_MAX = 5_000
ENDPOINTS_PER_CALL_MAX = 1_000
MESSAGES_PER_RUN_MAX = 100


def deliver_message(*, message_id: int, now: datetime, seconds_max: float = ATTEMPT_SECONDS_MAX) -> bool:
    """Try once to deliver a message that is due, and say whether it got through."""
    if not _claim(message_id, now):
        return False
    message = WebhookMessage.objects.select_related("endpoint").get(pk=message_id)
    endpoint = message.endpoint
    if endpoint.disabled_at is not None:
        outcome = Outcome(None, Trouble.DISABLED, 0, "")
    else:
        in_use = WebhookSecret.objects.filter(endpoint=endpoint).filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=now)
        )
        body = message.body.encode()
        headers = signed_headers(
            [row.secret for row in in_use.order_by("-id")], message_id=message.number, sent_at=now, body=body
        )
        outcome = post(endpoint.url, headers=headers, body=body, seconds_max=seconds_max)
    _write_down(message, outcome, now)
    return outcome.is_success


def deliver_due(*, endpoint_id: int, clock_now: Callable[[], datetime]) -> int:
    """Send an endpoint what is due, oldest first, until one fails or a run is full; return how many got through."""
    done = 0
    for _ in range(MESSAGES_PER_RUN_MAX):
        now = clock_now()
        due = WebhookMessage.objects.filter(
            endpoint_id=endpoint_id, state=MessageState.WAITING, next_attempt_at__lte=now
        )
        message_id = due.order_by("next_attempt_at", "id").values_list("id", flat=True).first()
        if message_id is None or not deliver_message(message_id=message_id, now=now):
            break
        done += 1
    return done


def list_endpoints_with_due(*, now: datetime) -> list[int]:
    """Return endpoints for which something is due, those that answer before those that fail."""
    rows = fetch_all(
        "SELECT endpoint.id FROM events_webhookendpoint endpoint WHERE EXISTS ("
        " SELECT FROM events_webhookmessage WHERE endpoint_id = endpoint.id AND state = 'waiting'"
        " AND next_attempt_at <= %s) ORDER BY endpoint.failing_since NULLS FIRST, endpoint.id LIMIT %s",
        [now, ENDPOINTS_PER_CALL_MAX],
    )
    return [endpoint_id for (endpoint_id,) in rows]


def trim_log(*, now: datetime) -> int:
    """Forget one batch of messages older than 30 days or beyond an endpoint's newest 10,000; return how many."""
    with transaction.atomic():
        forgotten = list(
            WebhookMessage.objects.filter(created_at__lt=now - timedelta(days=MESSAGES_KEPT_DAYS))
            .order_by("created_at")
            .values_list("id", flat=True)[:TRIM_PER_CALL_MAX]
        )
        for endpoint_id in WebhookEndpoint.objects.values_list("id", flat=True):
            rows = (
                WebhookMessage.objects.filter(endpoint_id=endpoint_id).order_by("-id").values_list("id", flat=True)
            )
            beyond = rows[MESSAGES_KEPT_PER_ENDPOINT : MESSAGES_KEPT_PER_ENDPOINT + TRIM_PER_CALL_MAX]
            forgotten += beyond
        WebhookAttempt.objects.filter(message_id__in=forgotten).delete()
        done, _ = WebhookMessage.objects.filter(pk__in=forgotten).delete()
    return done


def _claim(message_id: int, now: datetime) -> bool:
    """Take the message for a lease; of two workers one gets it."""
    return (
        run(
            "UPDATE events_webhookmessage SET next_attempt_at = %s, attempts = attempts + 1"
            " WHERE id = %s AND state = 'waiting' AND next_attempt_at <= %s",
            [now + LEASE, message_id, now],
        )
        == 1
    )


@transaction.atomic
def _write_down(message: WebhookMessage, outcome: Outcome, now: datetime) -> None:
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=message.endpoint_id).first()
    if endpoint is None:  # removed meanwhile, and its messages with it
        return
    WebhookAttempt.objects.create(
        message=message,
        attempted_at=now,
        status=outcome.status,
        trouble=outcome.trouble,
        duration_ms=outcome.duration_ms,
        answer=outcome.answer,
    )
    rows = WebhookMessage.objects.filter(pk=message.pk, state=MessageState.WAITING)
    if outcome.is_success:
        rows.update(state=MessageState.DELIVERED, delivered_at=now, next_attempt_at=None)
        WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=False).update(failing_since=None)
        return
    _count_failure(endpoint, outcome, now)
    if endpoint.disabled_at is not None or message.attempts > len(PAUSES):
        rows.update(state=MessageState.FAILED, next_attempt_at=None)
    else:
        rows.update(next_attempt_at=now + PAUSES[message.attempts - 1])


def _count_failure(endpoint: WebhookEndpoint, outcome: Outcome, now: datetime) -> None:
    """Remember since when nothing gets through; give the endpoint up when it has gone on for days."""
    if endpoint.disabled_at is not None:
        return
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])
    if outcome.status == GONE:
        disable(endpoint, reason=DisabledReason.GONE, now=now)
    elif now - endpoint.failing_since >= DISABLE_AFTER:
        disable(endpoint, reason=DisabledReason.FAILING, now=now)
