"""Makers of promotions: each builds the smallest valid thing through the operations."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from laotie.core.actor import Actor
from laotie.people.tests.makers import NOW
from laotie.promotions import operations
from laotie.promotions.contracts import ClaimView, CouponTerms, CouponView, Payer


def make_coupon(
    *,
    actor: Actor,
    payer: Payer = Payer.SHOP,
    shop_id: int | None = None,
    threshold_fen: int = 50_00,
    amount_fen: int = 10_00,
    total_most: int = 100,
    product_ids: Collection[int] = (),
    now: datetime = NOW,
    **more: Any,
) -> CouponView:
    """Offer a coupon for a month from now on: 10 off from 50 on."""
    return operations.offer_coupon(
        actor=actor,
        payer=payer,
        shop_id=shop_id,
        threshold_fen=threshold_fen,
        amount_fen=amount_fen,
        total_most=total_most,
        product_ids=product_ids,
        now=now,
        **{
            "title": "满50减10",
            "claim_from": now,
            "claim_until": now + timedelta(days=30),
            "use_until": now + timedelta(days=30),
            **more,
        },
    )


def make_claim(*, owner: Actor, coupon: CouponView, now: datetime = NOW) -> ClaimView:
    """Let somebody take a coupon."""
    return operations.claim_coupon(actor=owner, coupon_id=coupon.id, now=now)


def terms(
    *,
    payer: Payer = Payer.SHOP,
    giver: int = 1,
    threshold_fen: int = 0,
    amount_fen: int = 10_00,
    product_ids: Collection[int] = (),
) -> CouponTerms:
    """Describe a coupon's worth."""
    return CouponTerms(
        payer=payer,
        shop_id=giver if payer is Payer.SHOP else None,
        creator_id=giver if payer is Payer.CREATOR else None,
        threshold_fen=threshold_fen,
        amount_fen=amount_fen,
        currency="CNY",
        product_ids=frozenset(product_ids),
    )
