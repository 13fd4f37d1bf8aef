"""From rows to the frozen values that cross the border."""

from laotie.promotions.contracts import (
    Audience,
    ClaimState,
    ClaimView,
    CouponState,
    CouponTerms,
    CouponView,
    Payer,
)
from laotie.promotions.models import Claim, Coupon


def terms_of(row: Coupon) -> CouponTerms:
    """Return what a coupon is worth; its products should be prefetched."""
    return CouponTerms(
        payer=Payer(row.payer),
        shop_id=row.shop_id,
        creator_id=row.creator_id,
        threshold_fen=row.threshold_fen,
        amount_fen=row.amount_fen,
        currency=row.currency,
        product_ids=frozenset(entry.product_id for entry in row.products.all()),
    )


def coupon_view(row: Coupon) -> CouponView:
    """Return a coupon as it is offered."""
    return CouponView(
        id=row.pk,
        terms=terms_of(row),
        title=row.title,
        audience=Audience(row.audience),
        total_most=row.total_most,
        claimed=row.claimed,
        per_person_most=row.per_person_most,
        claim_from=row.claim_from,
        claim_until=row.claim_until,
        use_until=row.use_until,
        use_days=row.use_days,
        state=CouponState(row.state),
    )


def claim_view(row: Claim) -> ClaimView:
    """Return somebody's coupon; coupon and products should be fetched with it."""
    return ClaimView(
        id=row.pk,
        coupon_id=row.coupon_id,
        title=row.coupon.title,
        terms=terms_of(row.coupon),
        state=ClaimState(row.state),
        claimed_at=row.claimed_at,
        usable_until=row.usable_until,
        used_for=row.used_for,
    )
