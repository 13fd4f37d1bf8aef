"""All this module holds about one person, for their export."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q

from laotie.core.personal import export_rows
from laotie.people.models import (
    Account,
    Address,
    Agency,
    AgencyContract,
    ApiToken,
    BankAccount,
    Follow,
    Identity,
    Shop,
    ShopAccount,
    Staff,
)


def export_account(*, account_id: int) -> dict[str, Any]:
    """Return a person's rows in clear; of each table the newest 10,000. Who may ask is the caller's business."""
    mine = Q(account_id=account_id)
    columns = ("id", "email", "display_name", "language", "introduction", "is_active", "is_creator", "is_operator")
    return {
        "account": export_rows(Account.objects.filter(pk=account_id), *columns, "joined_at", "last_login"),
        "email_addresses": export_rows(
            EmailAddress.objects.filter(user_id=account_id), "email", "verified", "primary"
        ),
        "addresses": export_rows(
            Address.objects.filter(mine),
            *("id", "recipient", "phone", "region", "street", "postcode", "is_default", "created_at"),
        ),
        "following": export_rows(Follow.objects.filter(follower_id=account_id), "followed", "followed_at"),
        "tokens": export_rows(
            ApiToken.objects.filter(mine), "name", "scopes", "created_at", "expires_at", "revoked_at"
        ),
        "identity": export_rows(
            Identity.objects.filter(mine),
            *("legal_name", "document", "document_number", "birth_date", "verified_at"),
        ),
        "bank_accounts": export_rows(
            BankAccount.objects.filter(owner=f"account:{account_id}"),
            *("holder_name", "account_number", "bank", "branch_code", "added_at", "replaced_at"),
        ),
        "works_for": export_rows(Staff.objects.filter(mine), "shop_id", "permissions", "added_at"),
        "joined_shops": export_rows(
            ShopAccount.objects.filter(mine), "shop_id", "kind", "linked_at", "accepted_at"
        ),
        "shops": export_rows(Shop.objects.filter(owner_id=account_id), "id", "name", "state", "opened_at"),
        "agencies": export_rows(Agency.objects.filter(owner_id=account_id), "id", "name", "opened_at"),
        "agency_contracts": export_rows(
            AgencyContract.objects.filter(creator_id=account_id),
            *("id", "agency_id", "share_bp", "starts_at", "ends_at", "state"),
        ),
    }
