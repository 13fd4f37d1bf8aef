"""The outbox's subscriber that turns events into messages to those who asked for them."""

from datetime import datetime

from laotie.core import clock
from laotie.events.delivery import Subscription
from laotie.events.event import Event
from laotie.events.registry import EVENTS
from laotie.events.webhooks.audience import views_of
from laotie.events.webhooks.jobs import queue_sending
from laotie.events.webhooks.models import WebhookEndpoint, WebhookMessage
from laotie.events.webhooks.operations import new_message


def queue_messages(event: Event, occurred_at: datetime) -> None:
    """Write a message for every endpoint that asked for this event and whose owner it concerns, and its job.

    What happened before an endpoint was there is not sent to it, however late the outbox is read.
    """
    views = views_of(event)
    asked = WebhookEndpoint.objects.filter(
        owner__in=views, events__contains=[event.name], disabled_at__isnull=True, created_at__lte=occurred_at
    ).values_list("id", "owner")
    now = clock.utc_now()
    messages = [
        new_message(endpoint_id, event.name, views[owner], occurred_at=occurred_at, now=now)
        for endpoint_id, owner in asked
    ]
    WebhookMessage.objects.bulk_create(messages)
    for endpoint_id in sorted({message.endpoint_id for message in messages}):
        queue_sending(endpoint_id)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription("events.queue_webhooks", dict.fromkeys(EVENTS.values(), queue_messages)),
)
