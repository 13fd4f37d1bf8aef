"""What the alliance tells the others. Clicks are no events: there are too many of them."""

from dataclasses import dataclass
from datetime import datetime

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class PlanOpened(Event):
    """A shop offers commission on a product, or (without one) on all its products."""

    name = "alliance.plan_opened.v1"
    plan_id: int
    shop_id: int
    kind: str
    product_id: int | None
    rate_bp: int
    creator_ids: tuple[int, ...]
    leader_id: int | None
    leader_rate_bp: int
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanClosed(Event):
    """A plan no longer applies to new orders; placed ones keep their terms."""

    name = "alliance.plan_closed.v1"
    plan_id: int
    shop_id: int
    kind: str
    product_id: int | None
    reason: str
