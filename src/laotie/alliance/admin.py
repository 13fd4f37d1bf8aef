"""The alliance in the operator's admin: to look at, never to edit."""

from django.contrib import admin

from laotie.alliance.models import Click, Earning, EarningMove, Plan, Receipt, ShowcaseEntry, Step
from laotie.core.admin import ReadOnlyAdmin


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """Commission plans."""

    list_display = (
        "id",
        "kind",
        "shop_id",
        "product_id",
        "rate_bp",
        "leader_rate_bp",
        "state",
        "starts_at",
        "ends_at",
    )
    list_filter = ("kind", "state")
    ordering = ("-id",)


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    """Step commissions."""

    list_display = ("id", "plan_id", "threshold", "rate_bp", "is_for_everyone", "set_at", "dropped_at")
    ordering = ("-id",)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """The order of receipt."""

    list_display = ("id", "plan_id", "creator_id", "number", "order_line_id", "received_at")
    ordering = ("-id",)


@admin.register(ShowcaseEntry)
class ShowcaseEntryAdmin(ReadOnlyAdmin):
    """Showcases."""

    list_display = ("id", "creator_id", "product_id", "position", "added_at")
    ordering = ("-id",)


@admin.register(Click)
class ClickAdmin(ReadOnlyAdmin):
    """The evidence of attribution."""

    list_display = ("id", "product_id", "creator_id", "entrance", "standing", "clicked_at")
    list_filter = ("standing",)
    exclude = ["visitor_hash"]
    ordering = ("-id",)


@admin.register(Earning)
class EarningAdmin(ReadOnlyAdmin):
    """Earnings: the CPS order record."""

    list_display = (
        "id",
        "role",
        "party_id",
        "order_id",
        "order_line_id",
        "state",
        "estimated_fen",
        "settled_fen",
        "reason",
    )
    list_filter = ("role", "state")
    ordering = ("-id",)


@admin.register(EarningMove)
class EarningMoveAdmin(ReadOnlyAdmin):
    """What happened to earnings."""

    list_display = ("id", "earning_id", "old", "new", "estimated_fen", "settled_fen", "reason", "moved_at")
    ordering = ("-id",)
