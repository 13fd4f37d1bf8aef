"""Operators look at trust here; what they change goes through operations."""

from django.contrib import admin

from laotie.core.admin import ReadOnlyAdmin
from laotie.trust.models import DepositDemand, DepositReturn, Freeze


@admin.register(DepositDemand)
class DepositDemandAdmin(ReadOnlyAdmin):
    """How much deposit shops keep."""

    list_display = ("shop", "required_fen", "reason", "set_by", "set_at")
    list_select_related = ("shop",)


@admin.register(DepositReturn)
class DepositReturnAdmin(ReadOnlyAdmin):
    """Deposits on their way back."""

    list_display = ("shop", "state", "asked_at", "due_at", "ended_at", "amount_fen", "reason")
    list_filter = ("state",)
    list_select_related = ("shop",)


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Whose payouts are frozen."""

    list_display = ("party", "reason", "set_by", "set_at", "lifted_by", "lifted_at")
    search_fields = ("=party",)
