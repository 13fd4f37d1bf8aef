"""The values that cross this module's border: plans, frozen terms, attribution, shares, earnings.

Everything here is frozen and knows no database; ORM models stay inside.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext_noop as _

from laotie.alliance.states import EarningState as EarningState  # noqa: PLC0414 - part of the border
from laotie.alliance.states import PlanState as PlanState  # noqa: PLC0414 - part of the border


class PlanKind(StrEnum):
    """The six commission plans of RULES 2.4; `official_number` is what the trade's own API calls them."""

    NORMAL = "normal"  # 普通计划: open to every creator
    PRODUCT_TARGETED = "product_targeted"  # 商品定向: one product, named creators
    SHOP_TARGETED = "shop_targeted"  # 店铺定向: the whole shop, named creators
    EXCLUSIVE = "exclusive"  # 专属计划: one product, nobody but the named creators
    RECRUIT_NORMAL = "recruit_normal"  # 普通招商: a leader's recruiting, open to every creator
    RECRUIT_EXCLUSIVE = "recruit_exclusive"  # 专属招商: a leader's recruiting for named creators only

    @property
    def official_number(self) -> int:
        """The number the trade's API gives this kind."""
        return OFFICIAL_NUMBERS[self]


OFFICIAL_NUMBERS = {
    PlanKind.NORMAL: 1,
    PlanKind.PRODUCT_TARGETED: 2,
    PlanKind.SHOP_TARGETED: 4,
    PlanKind.EXCLUSIVE: 5,
    PlanKind.RECRUIT_NORMAL: 6,
    PlanKind.RECRUIT_EXCLUSIVE: 7,
}


class Reason(StrEnum):
    """Why an order line has, or has not, a creator to pay (RULES 2.6)."""

    OK = "ok"
    NO_CLICK = "no_click"  # the buyer never came through anybody's entrance
    CLICK_EXPIRED = "click_expired"  # the last entrance is older than the window
    OWN_CLICK = "own_click"  # the last entrance was the shop's own
    SELF_PURCHASE = "self_purchase"  # the buyer is the creator
    NO_PLAN = "no_plan"  # no plan covers this creator and product


class Role(StrEnum):
    """A party to the commission of an order line."""

    CREATOR = "creator"
    AGENCY = "agency"
    LEADER = "leader"
    PLATFORM_COMMISSION = "platform_commission"  # its part of the commission and of the leader fee


class EarningReason(StrEnum):
    """Why an earning last changed."""

    ORDER_PAID = "order_paid"
    ORDER_RECEIVED = "order_received"
    STEP_REACHED = "step_reached"  # received beyond the step's threshold
    ORDER_SETTLED = "order_settled"
    PARTLY_REFUNDED = "partly_refunded"
    FULLY_REFUNDED = "fully_refunded"
    ORDER_CLOSED = "order_closed"


class ClickStanding(StrEnum):
    """What a click is worth as evidence."""

    COUNTS = "counts"
    OWN = "own"  # the shop's own entrance, or an account linked to the shop: resets attribution
    SELF = "self"  # the viewer is the creator: no commission


# What people read for the words above, as gettext sources.
PLAN_KIND_NAMES = {
    PlanKind.NORMAL: _("Normal plan"),
    PlanKind.PRODUCT_TARGETED: _("Product-targeted plan"),
    PlanKind.SHOP_TARGETED: _("Shop-targeted plan"),
    PlanKind.EXCLUSIVE: _("Exclusive plan"),
    PlanKind.RECRUIT_NORMAL: _("Normal recruiting"),
    PlanKind.RECRUIT_EXCLUSIVE: _("Exclusive recruiting"),
}
EARNING_STATE_NAMES = {
    EarningState.PAID: _("Paid"),
    EarningState.RECEIVED: _("Received"),
    EarningState.SETTLED: _("Settled"),
    EarningState.VOID: _("Void"),
}
EARNING_REASON_SENTENCES = {
    EarningReason.ORDER_PAID: _("The order is paid."),
    EarningReason.ORDER_RECEIVED: _("The buyer has received the goods."),
    EarningReason.STEP_REACHED: _("The order counts beyond the step's threshold and earns the step commission."),
    EarningReason.ORDER_SETTLED: _("The order is settled."),
    EarningReason.PARTLY_REFUNDED: _("Part of the goods was refunded."),
    EarningReason.FULLY_REFUNDED: _("The goods were refunded in full."),
    EarningReason.ORDER_CLOSED: _("The order was closed."),
}
REASON_SENTENCES = {
    Reason.OK: _("The last click within the window decides."),
    Reason.NO_CLICK: _("The buyer came through nobody's entrance."),
    Reason.CLICK_EXPIRED: _("The last click is older than the attribution window."),
    Reason.OWN_CLICK: _("The buyer came last through the shop's own entrance."),
    Reason.SELF_PURCHASE: _("Creators earn nothing on what they buy themselves."),
    Reason.NO_PLAN: _("No commission plan covers this creator and product."),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step commission: from the order after `threshold` on, `rate_bp` instead of the plan's rate."""

    id: int
    threshold: int
    rate_bp: int
    creator_ids: tuple[int, ...]  # empty: every creator


@dataclass(frozen=True, slots=True)
class PlanView:
    """A commission plan of a shop, for one product or (shop_targeted) for all of them."""

    id: int
    shop_id: int
    kind: PlanKind
    product_id: int | None
    rate_bp: int
    creator_ids: tuple[int, ...]  # empty: open to every creator
    leader_id: int | None
    leader_rate_bp: int
    starts_at: datetime
    ends_at: datetime | None
    state: PlanState
    step: StepView | None


@dataclass(frozen=True, slots=True)
class PlanOption:
    """A plan as `choose_plan` weighs it for one creator and one product."""

    plan_id: int
    kind: PlanKind
    rate_bp: int
    leader_id: int | None = None
    leader_rate_bp: int = 0
    step_threshold: int | None = None
    step_rate_bp: int | None = None


@dataclass(frozen=True, slots=True)
class LineForTerms:
    """What freezing terms must know of an order line; `trade` is its category's trade."""

    product_id: int
    shop_id: int
    trade: str


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """What a line's parties were promised when it was placed; a value on the line, never looked up again."""

    creator_id: int
    plan_id: int
    plan_kind: PlanKind
    rate_bp: int
    step_threshold: int | None
    step_rate_bp: int | None
    leader_id: int | None
    leader_rate_bp: int
    agency_id: int | None
    agency_share_bp: int
    platform_commission_bp: int
    platform_leader_bp: int
    click_id: int
    rules_version: str

    def rate_for(self, receipt_number: int | None) -> int:
        """Return the creator's rate for the order with this place in order of receipt (None: not yet received)."""
        if self.step_threshold is None or self.step_rate_bp is None or receipt_number is None:
            return self.rate_bp
        return self.step_rate_bp if receipt_number > self.step_threshold else self.rate_bp

    def to_json(self) -> dict[str, Any]:
        """Return the terms as JSON values."""
        return {**asdict(self), "plan_kind": self.plan_kind.value}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Read terms back."""
        return cls(**{**kept, "plan_kind": PlanKind(kept["plan_kind"])})


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whom an order line is owed to, or why to nobody; `click_id` is the evidence either way.

    `visited_creator_id` is the creator the buyer came by, whether or not a plan pays them for it.
    """

    terms: FrozenTerms | None
    reason: Reason
    click_id: int | None
    visited_creator_id: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one party gets of a line, and the ledger address it is paid to. At most one per role, never zero."""

    role: Role
    address: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineReceived:
    """A received order line that takes its place in its creator's and plan's order of receipt."""

    order_line_id: int
    plan_id: int
    creator_id: int


@dataclass(frozen=True, slots=True)
class ShowcaseItem:
    """A product in a creator's showcase (橱窗); positions ascend from the top."""

    creator_id: int
    product_id: int
    position: int
    added_at: datetime


class SelectionOrder(StrEnum):
    """How the selection is sorted."""

    NEWEST = "newest"
    HIGHEST_RATE = "highest_rate"


@dataclass(frozen=True, slots=True)
class SelectionItem:
    """A product open to a creator, with the plan that would apply to them now."""

    product_id: int
    shop_id: int
    plan_id: int
    plan_kind: PlanKind
    offered_bp: int  # what the plan says
    rate_bp: int  # what it pays under the caps in force
    step_threshold: int | None
    step_rate_bp: int | None
    in_showcase: bool


@dataclass(frozen=True, slots=True)
class ClickView:
    """A click kept as evidence; who clicked stays inside."""

    id: int
    product_id: int
    shop_id: int
    creator_id: int | None
    entrance: str
    standing: ClickStanding
    clicked_at: datetime


@dataclass(frozen=True, slots=True)
class EarningView:
    """One party's part of one order line: the CPS order record of RULES 2.4.

    `estimated_fen` is what is still expected, `settled_fen` what was paid; their sum is the estimated income.
    """

    id: int
    role: Role
    party_id: int
    order_id: int
    order_line_id: int
    product_id: int
    shop_id: int
    plan_id: int
    base_fen: int
    rate_bp: int
    receipt_number: int | None
    state: EarningState
    estimated_fen: int
    settled_fen: int
    reason: EarningReason
    paid_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class EarningMoveView:
    """A change of an earning, and what it was worth afterwards; `old` is empty at the beginning."""

    old: str
    new: EarningState
    base_fen: int
    estimated_fen: int
    settled_fen: int
    reason: EarningReason
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class EarningSums:
    """A party's earnings added up; `lines` are those that still count."""

    lines: int
    estimated_fen: int
    settled_fen: int
