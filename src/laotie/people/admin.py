"""Operators look at people here; what they change goes through operations, under their own name.

Address books are not shown: nobody needs them to run the market.
"""

from django.contrib import admin

from laotie.core.admin import ReadOnlyAdmin
from laotie.people.models import (
    Account,
    Agency,
    AgencyContract,
    AgencyContractMove,
    ApiToken,
    Application,
    BankAccount,
    Brand,
    BrandAuthorisation,
    Identity,
    IdentityCheck,
    Shop,
    ShopAccount,
    Staff,
)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """People and their roles."""

    list_display = ("display_name", "email", "is_active", "is_creator", "is_operator", "joined_at")
    list_filter = ("is_active", "is_creator", "is_operator")
    search_fields = ("email", "display_name")
    fields = (
        "email",
        "display_name",
        "language",
        "introduction",
        "is_active",
        "is_creator",
        "is_operator",
        "is_staff",
        "joined_at",
        "last_login",
    )


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    """Shops."""

    list_display = ("name", "name_en", "owner", "state", "opened_at", "activated_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("name", "name_en")


@admin.register(Staff)
class StaffAdmin(ReadOnlyAdmin):
    """Who works where."""

    list_display = ("shop", "account", "permissions", "added_at")
    list_select_related = ("shop", "account")


@admin.register(ShopAccount)
class ShopAccountAdmin(ReadOnlyAdmin):
    """Accounts joined to shops."""

    list_display = ("shop", "account", "kind", "is_own_room", "accepted_at")
    list_filter = ("kind", "is_own_room")
    list_select_related = ("shop", "account")


@admin.register(Agency)
class AgencyAdmin(ReadOnlyAdmin):
    """Agencies."""

    list_display = ("name", "owner", "opened_at")
    list_select_related = ("owner",)
    search_fields = ("name",)


@admin.register(AgencyContract)
class AgencyContractAdmin(ReadOnlyAdmin):
    """Agency contracts."""

    list_display = ("agency", "creator", "share_bp", "starts_at", "ends_at", "state")
    list_filter = ("state",)
    list_select_related = ("agency", "creator")


@admin.register(AgencyContractMove)
class AgencyContractMoveAdmin(ReadOnlyAdmin):
    """What happened to agency contracts."""

    list_display = ("contract_id", "old", "new", "actor", "moved_at")


@admin.register(Brand)
class BrandAdmin(ReadOnlyAdmin):
    """Brands."""

    list_display = ("name", "owner_shop", "registered_at")
    list_select_related = ("owner_shop",)
    search_fields = ("name",)


@admin.register(BrandAuthorisation)
class BrandAuthorisationAdmin(ReadOnlyAdmin):
    """Brand authorisations."""

    list_display = ("brand", "shop", "starts_at", "ends_at", "revoked_at")
    list_select_related = ("brand", "shop")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens, without the hashes of their secrets."""

    list_display = ("name", "account", "scopes", "created_at", "expires_at", "revoked_at")
    list_select_related = ("account",)
    fields = ("name", "account", "scopes", "created_at", "expires_at", "revoked_at")


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Who is verified; name and number are not shown."""

    list_display = ("account", "document", "verified_at")
    list_select_related = ("account",)
    fields = ("account", "document", "verified_at")


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    """Attempts to verify a name."""

    list_display = ("account", "document", "state", "asked_at", "answered_at")
    list_select_related = ("account",)
    fields = ("account", "document", "state", "asked_at", "answered_at")


@admin.register(BankAccount)
class BankAccountAdmin(ReadOnlyAdmin):
    """Where money goes; holders and numbers are not shown."""

    list_display = ("owner", "bank", "added_by", "added_at", "usable_from", "replaced_at")
    search_fields = ("=owner",)
    fields = ("owner", "bank", "branch_code", "added_by", "added_at", "usable_from", "replaced_at")


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """Applications; the pictures of papers are looked at at the operator's desk, where it is logged."""

    list_display = (
        "id",
        "kind",
        "applicant",
        "state",
        "business_name",
        "licence_check",
        "submitted_at",
        "outcome",
    )
    list_filter = ("state", "kind")
    list_select_related = ("applicant",)
    search_fields = ("business_name", "=licence_number")
