"""What the events module itself tells the others: an endpoint of somebody's webhooks was given up."""

from dataclasses import dataclass

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class WebhookDisabled(Event):
    """A webhook endpoint gets nothing more: it failed for days, said it is gone, or was switched off."""

    name = "events.webhook_disabled.v1"
    endpoint_id: int
    owner: str
    reason: str
