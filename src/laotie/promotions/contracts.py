"""What crosses the border of promotions: frozen values."""

from dataclasses import dataclass
from datetime import datetime

from laotie.promotions.states import Audience, ClaimState, CouponState, Payer

__all__ = [
    "Audience",
    "ClaimState",
    "ClaimView",
    "CouponState",
    "CouponTerms",
    "CouponView",
    "LineForCoupons",
    "Payer",
    "Saving",
]

CLAIMS_PER_CHECKOUT_MAX = 20


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a coupon is worth and where: all that the arithmetic needs. No products: all of the giver's goods."""

    payer: Payer
    shop_id: int | None
    creator_id: int | None
    threshold_fen: int
    amount_fen: int
    currency: str
    product_ids: frozenset[int] = frozenset()

    @property
    def payer_address(self) -> str:
        """The payer as orders record it: shop, creator:7, platform."""
        return f"creator:{self.creator_id}" if self.payer is Payer.CREATOR else self.payer.value


@dataclass(frozen=True, slots=True)
class CouponView:
    """A coupon as it is offered."""

    id: int
    terms: CouponTerms
    title: str
    audience: Audience
    total_most: int
    claimed: int
    per_person_most: int
    claim_from: datetime
    claim_until: datetime
    use_until: datetime
    use_days: int | None
    state: CouponState

    @property
    def left(self) -> int:
        """How many can still be taken."""
        return self.total_most - self.claimed

    @property
    def budget_fen(self) -> int:
        """The most it can cost its payer."""
        return self.total_most * self.terms.amount_fen


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A coupon somebody has."""

    id: int
    coupon_id: int
    title: str
    terms: CouponTerms
    state: ClaimState
    claimed_at: datetime
    usable_until: datetime
    used_for: str


@dataclass(frozen=True, slots=True)
class LineForCoupons:
    """A basket line as coupons see it: what it costs and who sells and recommends it."""

    shop_id: int
    product_id: int
    goods_fen: int
    currency: str
    creator_id: int | None = None  # whom the buyer came by


@dataclass(frozen=True, slots=True)
class Saving:
    """What one coupon takes off one line, and who pays it."""

    payer: str
    kind: str
    amount_fen: int
