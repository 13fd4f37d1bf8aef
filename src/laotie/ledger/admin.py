"""The ledger in the admin: to be read. Whoever wants to change it makes a posting."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from laotie.ledger.models import Account, Hold, HoldUse, Leg, Payout, PayoutMove, Posting


class ReadOnly:
    """Takes the right to add, change and delete from everyone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds a row here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody changes a row here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody deletes a row here."""
        return False


class LegInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold is untyped
    """The legs of a posting."""

    model = Leg
    fields = ("address", "amount_fen", "currency", "balance_after_fen")


class HoldUseInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold is untyped
    """What claw-backs took of a hold."""

    model = HoldUse
    fields = ("posting", "amount_fen")


@admin.register(Posting)
class PostingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold is untyped
    """Postings with their legs."""

    list_display = ("id", "kind", "subject", "currency", "memo", "posted_at", "reverses_id")
    search_fields = ("=subject", "=key")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (LegInline,)


@admin.register(Account)
class AccountAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold is untyped
    """Running balances."""

    list_display = ("address", "currency", "balance_fen")
    search_fields = ("address__startswith",)
    ordering = ("address", "currency")
    show_full_result_count = False


@admin.register(Hold)
class HoldAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold is untyped
    """Holds with what was taken of them."""

    list_display = ("id", "address", "amount_fen", "remaining_fen", "currency", "reason", "state", "until")
    list_filter = ("state", "reason")
    search_fields = ("=address", "=key")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (HoldUseInline,)


class PayoutMoveInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold is untyped
    """What happened to a payout."""

    model = PayoutMove
    fields = ("old", "new", "actor", "reason", "moved_at")


@admin.register(Payout)
class PayoutAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold is untyped
    """Payouts, their destinations masked."""

    list_display = ("number", "address", "amount_fen", "currency", "state", "destination_masked", "moved_at")
    list_filter = ("state",)
    search_fields = ("=number", "=address")
    fields = (
        *("number", "address", "amount_fen", "currency", "state", "reason"),
        *("destination_masked", "requested_by", "requested_at", "moved_at", "batch"),
    )
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (PayoutMoveInline,)
