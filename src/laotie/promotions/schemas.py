"""What the promotions API takes and gives."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from laotie.core.money import FEN_MAX
from laotie.promotions.contracts import Audience, ClaimView, CouponView

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CouponIn(Schema):
    """A coupon to offer. A threshold of 0 makes a red packet."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=40)]
    threshold_fen: Annotated[int, Field(ge=0, le=FEN_MAX)] = 0
    amount_fen: Annotated[int, Field(ge=1, le=FEN_MAX)]
    total_most: Annotated[int, Field(ge=1, le=100_000_000)]
    per_person_most: Annotated[int, Field(ge=1, le=100)] = 1
    audience: Audience = Audience.EVERYBODY
    claim_from: datetime
    claim_until: datetime
    use_until: datetime
    use_days: Annotated[int, Field(ge=1, le=365)] | None = None
    product_ids: Annotated[list[Id], Field(max_length=200)] = []


class CouponOut(Schema):
    """A coupon as it is offered."""

    id: int
    payer: str
    shop_id: int | None
    creator_id: int | None
    title: str
    threshold_fen: int
    amount_fen: int
    currency: str
    product_ids: list[int]
    audience: str
    total_most: int
    left: int
    budget_fen: int
    per_person_most: int
    claim_from: datetime
    claim_until: datetime
    use_until: datetime
    use_days: int | None
    state: str

    @classmethod
    def of(cls, view: CouponView) -> "CouponOut":
        """Return the view as sent."""
        terms = view.terms
        return cls(
            id=view.id,
            payer=terms.payer.value,
            shop_id=terms.shop_id,
            creator_id=terms.creator_id,
            title=view.title,
            threshold_fen=terms.threshold_fen,
            amount_fen=terms.amount_fen,
            currency=terms.currency,
            product_ids=sorted(terms.product_ids),
            audience=view.audience.value,
            total_most=view.total_most,
            left=view.left,
            budget_fen=view.budget_fen,
            per_person_most=view.per_person_most,
            claim_from=view.claim_from,
            claim_until=view.claim_until,
            use_until=view.use_until,
            use_days=view.use_days,
            state=view.state.value,
        )


class ClaimOut(Schema):
    """A coupon somebody has."""

    id: int
    coupon_id: int
    payer: str
    shop_id: int | None
    creator_id: int | None
    title: str
    threshold_fen: int
    amount_fen: int
    currency: str
    state: str
    claimed_at: datetime
    usable_until: datetime

    @classmethod
    def of(cls, view: ClaimView) -> "ClaimOut":
        """Return the view as sent."""
        terms = view.terms
        return cls(
            id=view.id,
            coupon_id=view.coupon_id,
            payer=terms.payer.value,
            shop_id=terms.shop_id,
            creator_id=terms.creator_id,
            title=view.title,
            threshold_fen=terms.threshold_fen,
            amount_fen=terms.amount_fen,
            currency=terms.currency,
            state=view.state.value,
            claimed_at=view.claimed_at,
            usable_until=view.usable_until,
        )
