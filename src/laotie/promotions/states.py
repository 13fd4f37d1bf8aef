"""The kinds and lifecycles of promotions as tables of data."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class Payer(StrEnum):
    """Who pays what a buyer saves (RULES 11.1: every discount line records it)."""

    SHOP = "shop"
    CREATOR = "creator"  # 主播红包
    PLATFORM = "platform"


class Audience(StrEnum):
    """Who may take a coupon."""

    EVERYBODY = "everybody"
    FOLLOWERS = "followers"  # of the shop or the creator who gives it


class CouponState(StrEnum):
    """A closed coupon is taken by nobody any more; those taken keep their worth."""

    OPEN = "open"
    CLOSED = "closed"


class ClaimState(StrEnum):
    """One person's coupon: in their purse, or spent on a checkout (and back if nothing comes of it)."""

    HELD = "held"
    USED = "used"


COUPON_LIFE = Lifecycle(
    CouponState.OPEN,
    {CouponState.OPEN: frozenset({CouponState.CLOSED}), CouponState.CLOSED: frozenset()},
)

CLAIM_LIFE = Lifecycle(
    ClaimState.HELD,
    {ClaimState.HELD: frozenset({ClaimState.USED}), ClaimState.USED: frozenset({ClaimState.HELD})},
)
