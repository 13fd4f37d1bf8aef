"""Every refusal of promotions."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class CouponGone(DomainError):
    """All have been taken, or their time to be taken is over."""

    status = 409
    sentence = _("This coupon cannot be taken any more.")


@dataclass(eq=False)
class CouponNotYet(DomainError):
    """It is given out later."""

    status = 409
    sentence = _("This coupon can be taken from {claim_from} on.")
    claim_from: str


@dataclass(eq=False)
class CouponLimit(DomainError):
    """The person has as many as one person may take."""

    status = 409
    sentence = _("You have taken this coupon as often as one person may ({per_person_most}).")
    per_person_most: int


@dataclass(eq=False)
class FollowersOnly(DomainError):
    """The coupon is for those who follow its giver."""

    status = 403
    sentence = _("Only followers can take this coupon.")


@dataclass(eq=False)
class CouponSpent(DomainError):
    """The claim is used, or over."""

    status = 409
    sentence = _("This coupon is used or has expired.")
    claim_id: int


@dataclass(eq=False)
class CouponNotFitting(DomainError):
    """The basket is not what the coupon is for, or too small."""

    status = 409
    sentence = _("This coupon does not fit: it needs goods it is meant for, {missing_fen} fen more of them.")
    claim_id: int
    missing_fen: int


@dataclass(eq=False)
class CouponsDoNotStack(DomainError):
    """Of one giver one coupon counts."""

    status = 409
    sentence = _("One coupon a shop, one a creator and one of the platform can be used together.")
    claim_id: int


@dataclass(eq=False)
class TooManyCoupons(DomainError):
    """The giver has as many open coupons as the rules allow."""

    status = 409
    sentence = _("There are {most} open coupons already; close one first.")
    most: int
