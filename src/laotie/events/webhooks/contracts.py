"""What others see of webhooks: frozen values, never rows, and a secret only at the moment it is made."""

from dataclasses import dataclass
from datetime import datetime

from laotie.events.webhooks.states import MessageState


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint; `signs_until` are the ends of older secrets still in use."""

    id: int
    owner: str
    url: str
    description: str
    events: tuple[str, ...]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    signs_until: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt to deliver a message."""

    attempted_at: datetime
    status: int | None
    trouble: str
    duration_ms: int
    answer: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message to an endpoint, with its newest attempts where one message was asked for."""

    id: int
    endpoint_id: int
    number: str
    event: str
    state: MessageState
    attempts: int
    next_attempt_at: datetime | None
    occurred_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    body: str = ""
    tries: tuple[AttemptView, ...] = ()
