"""What the alliance API takes and gives. Every input is bounded and refuses fields it does not know."""

from datetime import datetime
from typing import Annotated, Self

from django.conf import settings
from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from laotie.alliance.contracts import (
    ClickStanding,
    ClickView,
    EarningMoveView,
    EarningReason,
    EarningSums,
    EarningView,
    PlanKind,
    PlanView,
    Role,
    SelectionItem,
    ShowcaseItem,
    StepView,
)
from laotie.alliance.states import EarningState, PlanState

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
RateBp = Annotated[int, Field(ge=1, le=9_000)]


class Input(Schema):
    """A request body: a field it does not know is a mistake, named in the answer."""

    model_config = ConfigDict(extra="forbid")


class PlanIn(Input):
    """A new commission plan; without `starts_at` it starts now, without `ends_at` it runs until closed."""

    kind: PlanKind
    product_id: Id | None = None
    rate_bp: RateBp
    creator_ids: list[Id] = Field(default=[], max_length=500)
    leader_id: Id | None = None
    leader_rate_bp: int = Field(0, ge=0, le=9_000)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class StepIn(Input):
    """A step commission: orders after number `threshold` earn `step_rate_bp`; without creators, for everyone."""

    threshold: int = Field(ge=1, le=10_000_000)
    step_rate_bp: RateBp
    creator_ids: list[Id] = Field(default=[], max_length=500)


class ShowcaseIn(Input):
    """A product for one's showcase."""

    product_id: Id


class MoveIn(Input):
    """Where a product moves to: just above another, or to the end."""

    before_product_id: Id | None = None


class ClickIn(Input):
    """Somebody came to a product page; without a creator it was the shop's own entrance."""

    product_id: Id
    shop_id: Id
    creator_id: Id | None = None
    entrance: str = Field(min_length=1, max_length=100, pattern=r"^[a-z]+(:[A-Za-z0-9@._-]+)*$")


class VisitorIn(Input):
    """The key a visitor's clicks were recorded under."""

    visitor_key: str = Field(min_length=16, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")


class StepOut(Schema):
    """A plan's step commission."""

    threshold: int
    rate_bp: int
    creator_ids: list[int]

    @classmethod
    def of(cls, view: StepView) -> Self:
        """Make it from the module's value."""
        return cls(threshold=view.threshold, rate_bp=view.rate_bp, creator_ids=list(view.creator_ids))


class PlanOut(Schema):
    """A commission plan; `kind_number` is the trade's own number of the kind."""

    id: int
    shop_id: int
    kind: PlanKind
    kind_number: int
    product_id: int | None
    rate_bp: int
    creator_ids: list[int]
    leader_id: int | None
    leader_rate_bp: int
    starts_at: datetime
    ends_at: datetime | None
    state: PlanState
    step: StepOut | None

    @classmethod
    def of(cls, view: PlanView) -> Self:
        """Make it from the module's value."""
        return cls(
            id=view.id,
            shop_id=view.shop_id,
            kind=view.kind,
            kind_number=view.kind.official_number,
            product_id=view.product_id,
            rate_bp=view.rate_bp,
            creator_ids=list(view.creator_ids),
            leader_id=view.leader_id,
            leader_rate_bp=view.leader_rate_bp,
            starts_at=view.starts_at,
            ends_at=view.ends_at,
            state=view.state,
            step=StepOut.of(view.step) if view.step else None,
        )


class SelectionOut(Schema):
    """A product open to the asking creator, and the plan that would apply."""

    product_id: int
    shop_id: int
    plan_id: int
    plan_kind: PlanKind
    rate_bp: int
    step_threshold: int | None
    step_rate_bp: int | None
    in_showcase: bool

    @classmethod
    def of(cls, item: SelectionItem) -> Self:
        """Make it from the module's value."""
        return cls(
            product_id=item.product_id,
            shop_id=item.shop_id,
            plan_id=item.plan_id,
            plan_kind=item.plan_kind,
            rate_bp=item.rate_bp,
            step_threshold=item.step_threshold,
            step_rate_bp=item.step_rate_bp,
            in_showcase=item.in_showcase,
        )


class ShowcaseOut(Schema):
    """A product in a showcase."""

    creator_id: int
    product_id: int
    added_at: datetime

    @classmethod
    def of(cls, item: ShowcaseItem) -> Self:
        """Make it from the module's value."""
        return cls(creator_id=item.creator_id, product_id=item.product_id, added_at=item.added_at)


class ClickOut(Schema):
    """A recorded click."""

    id: int


class MergedOut(Schema):
    """How many of a visitor's clicks now belong to the account."""

    clicks: int


class ClickEvidenceOut(Schema):
    """A click as evidence of attribution."""

    id: int
    product_id: int
    shop_id: int
    creator_id: int | None
    entrance: str
    standing: ClickStanding
    clicked_at: datetime

    @classmethod
    def of(cls, view: ClickView) -> Self:
        """Make it from the module's value."""
        return cls(
            id=view.id,
            product_id=view.product_id,
            shop_id=view.shop_id,
            creator_id=view.creator_id,
            entrance=view.entrance,
            standing=view.standing,
            clicked_at=view.clicked_at,
        )


class EarningOut(Schema):
    """One party's part of one order line; `state_number` is the trade's own number of the state."""

    id: int
    role: Role
    order_line_id: int
    product_id: int
    shop_id: int
    plan_id: int
    base_fen: int
    rate_bp: int
    receipt_number: int | None
    state: EarningState
    state_number: int
    estimated_fen: int
    settled_fen: int
    currency: str
    reason: EarningReason
    paid_at: datetime
    moved_at: datetime

    @classmethod
    def of(cls, view: EarningView) -> Self:
        """Make it from the module's value."""
        return cls(
            id=view.id,
            role=view.role,
            order_line_id=view.order_line_id,
            product_id=view.product_id,
            shop_id=view.shop_id,
            plan_id=view.plan_id,
            base_fen=view.base_fen,
            rate_bp=view.rate_bp,
            receipt_number=view.receipt_number,
            state=view.state,
            state_number=view.state.official_number,
            estimated_fen=view.estimated_fen,
            settled_fen=view.settled_fen,
            currency=settings.CURRENCY,
            reason=view.reason,
            paid_at=view.paid_at,
            moved_at=view.moved_at,
        )


class EarningMoveOut(Schema):
    """A change of an earning."""

    old: str
    new: EarningState
    base_fen: int
    estimated_fen: int
    settled_fen: int
    currency: str
    reason: EarningReason
    moved_at: datetime

    @classmethod
    def of(cls, view: EarningMoveView) -> Self:
        """Make it from the module's value."""
        return cls(
            old=view.old,
            new=view.new,
            base_fen=view.base_fen,
            estimated_fen=view.estimated_fen,
            settled_fen=view.settled_fen,
            currency=settings.CURRENCY,
            reason=view.reason,
            moved_at=view.moved_at,
        )


class SumsOut(Schema):
    """A party's earnings added up; estimated income is the sum of both amounts."""

    lines: int
    estimated_fen: int
    settled_fen: int
    currency: str

    @classmethod
    def of(cls, sums: EarningSums) -> Self:
        """Make it from the module's value."""
        return cls(
            lines=sums.lines,
            estimated_fen=sums.estimated_fen,
            settled_fen=sums.settled_fen,
            currency=settings.CURRENCY,
        )
