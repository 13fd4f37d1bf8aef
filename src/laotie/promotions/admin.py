"""Coupons in the operator's admin: to look at, never to edit."""

from django.contrib import admin

from laotie.core.admin import ReadOnlyAdmin
from laotie.promotions.models import Claim, Coupon


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    """What is offered, by whom, and how much of it is gone."""

    list_display = (
        "id",
        "payer",
        "shop_id",
        "creator_id",
        "title",
        "threshold_fen",
        "amount_fen",
        "claimed",
        "total_most",
        "state",
    )
    list_filter = ("payer", "state")


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    """Who has which coupon."""

    list_display = ("id", "coupon_id", "account_id", "state", "claimed_at", "usable_until", "used_for")
    list_filter = ("state",)
