"""The questions others may ask of promotions."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Count, F, Q

from laotie.core.actor import Actor
from laotie.core.paging import Page, page_of
from laotie.people import queries as people
from laotie.promotions.contracts import (
    ClaimState,
    ClaimView,
    CouponState,
    CouponView,
    LineForCoupons,
    Payer,
    Saving,
)
from laotie.promotions.models import Claim, Coupon
from laotie.promotions.policy import apply_coupons, apply_or_none, choose_best
from laotie.promotions.viewing import claim_view, coupon_view

OFFERED_MAX = 50
USABLE_MAX = 200

__all__ = [
    "choose_coupons",
    "list_claims",
    "list_creator_coupons",
    "list_offered",
    "list_shop_coupons",
    "list_taken",
    "list_usable",
    "preview_savings",
    "savings_of",
]


def list_offered(
    *, shop_ids: Collection[int], at: datetime, creator_id: int | None = None, product_id: int | None = None
) -> tuple[CouponView, ...]:
    """Return the coupons that can be taken now for goods of these shops: theirs, the creator's, the platform's.

    With `product_id` only those good for it.
    """
    givers = Q(shop_id__in=set(shop_ids)) | Q(payer=Payer.PLATFORM)
    if creator_id is not None:
        givers |= Q(creator_id=creator_id)
    rows = Coupon.objects.filter(
        givers, state=CouponState.OPEN, claim_from__lte=at, claim_until__gt=at, claimed__lt=F("total_most")
    )
    if product_id is not None:
        rows = rows.filter(Q(products=None) | Q(products__product_id=product_id))
    rows = rows.prefetch_related("products").order_by("-amount_fen", "id")
    return tuple(coupon_view(row) for row in rows[:OFFERED_MAX])


def list_taken(*, account_id: int, coupon_ids: Collection[int]) -> frozenset[int]:
    """Return which of these coupons a person has taken as often as one person may."""
    rows = Claim.objects.filter(account_id=account_id, coupon_id__in=set(coupon_ids))
    counted = rows.values_list("coupon_id", "coupon__per_person_most").annotate(taken=Count("id"))
    return frozenset(coupon_id for coupon_id, most, taken in counted if taken >= most)


def list_claims(
    *, actor: Actor, state: ClaimState | None = None, cursor: str = "", limit: int = 50
) -> Page[ClaimView]:
    """Return the person's coupons, newest first."""
    rows = Claim.objects.filter(account_id=people.require_person(actor))
    if state is not None:
        rows = rows.filter(state=state.value)
    rows = rows.select_related("coupon").prefetch_related("coupon__products")
    return page_of(rows, claim_view, order=("-id",), cursor=cursor, limit=limit)


def list_usable(*, account_id: int, at: datetime) -> tuple[ClaimView, ...]:
    """Return the coupons a person could spend now, those that end first in front (at most 200)."""
    rows = Claim.objects.filter(account_id=account_id, state=ClaimState.HELD, usable_until__gt=at)
    rows = rows.select_related("coupon").prefetch_related("coupon__products").order_by("usable_until", "id")
    return tuple(claim_view(row) for row in rows[:USABLE_MAX])


def choose_coupons(*, claims: Sequence[ClaimView], lines: Sequence[LineForCoupons]) -> tuple[int, ...]:
    """Return which of these coupons to use for a basket so that it saves most."""
    return choose_best(lines=lines, coupons={claim.id: claim.terms for claim in claims})


def preview_savings(
    *, claims: Sequence[ClaimView], lines: Sequence[LineForCoupons]
) -> tuple[tuple[Saving, ...], ...]:
    """Return what these coupons would take off each line; nothing at all where they do not fit together."""
    return apply_or_none(lines, {claim.id: claim.terms for claim in claims})


def savings_of(*, claims: Sequence[ClaimView], lines: Sequence[LineForCoupons]) -> tuple[tuple[Saving, ...], ...]:
    """Return what these coupons take off each line.

    Raises: CouponNotFitting, CouponsDoNotStack.
    """
    return apply_coupons(lines=lines, coupons={claim.id: claim.terms for claim in claims})


def list_shop_coupons(*, actor: Actor, shop_id: int, cursor: str = "", limit: int = 50) -> Page[CouponView]:
    """Return a shop's coupons to its staff, newest first.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="promotions")
    rows = Coupon.objects.filter(shop_id=shop_id).prefetch_related("products")
    return page_of(rows, coupon_view, order=("-id",), cursor=cursor, limit=limit)


def list_creator_coupons(*, actor: Actor, cursor: str = "", limit: int = 50) -> Page[CouponView]:
    """Return the red packets a creator offers, newest first."""
    rows = Coupon.objects.filter(creator_id=people.require_person(actor)).prefetch_related("products")
    return page_of(rows, coupon_view, order=("-id",), cursor=cursor, limit=limit)
