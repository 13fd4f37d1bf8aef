"""What can be done with people's things, one file per subject; this is the door other modules use."""

from laotie.people.operations.accounts import (
    become_creator,
    block_account,
    bring_in_accounts,
    edit_account,
    grant_operator,
    open_account,
    reinstate_account,
    revoke_operator,
)
from laotie.people.operations.addresses import add_address, edit_address, remove_address, set_default_address
from laotie.people.operations.agencies import (
    accept_agency_share,
    end_agency_share,
    open_agency,
    propose_agency_share,
)
from laotie.people.operations.applications import (
    add_paper,
    apply,
    approve_application,
    reject_application,
    return_application,
    withdraw_application,
)
from laotie.people.operations.brands import authorise_brand, register_brand, revoke_brand_authorisation
from laotie.people.operations.erasure import confirm_email, erase_account
from laotie.people.operations.follows import follow, unfollow
from laotie.people.operations.identities import (
    ask_identity_check,
    end_identity_check,
    set_bank_account,
    withdraw_identity,
)
from laotie.people.operations.shops import (
    accept_shop_account,
    add_staff,
    link_shop_account,
    note_operator,
    open_shop,
    reinstate_shop,
    remove_staff,
    suspend_shop,
    unlink_shop_account,
)
from laotie.people.operations.tokens import create_token, revoke_token

__all__ = [
    "accept_agency_share",
    "accept_shop_account",
    "add_address",
    "add_paper",
    "add_staff",
    "apply",
    "approve_application",
    "ask_identity_check",
    "authorise_brand",
    "become_creator",
    "block_account",
    "bring_in_accounts",
    "confirm_email",
    "create_token",
    "edit_account",
    "edit_address",
    "end_agency_share",
    "end_identity_check",
    "erase_account",
    "follow",
    "grant_operator",
    "link_shop_account",
    "note_operator",
    "open_account",
    "open_agency",
    "open_shop",
    "propose_agency_share",
    "register_brand",
    "reinstate_account",
    "reinstate_shop",
    "reject_application",
    "remove_address",
    "remove_staff",
    "return_application",
    "revoke_brand_authorisation",
    "revoke_operator",
    "revoke_token",
    "set_bank_account",
    "set_default_address",
    "suspend_shop",
    "unfollow",
    "unlink_shop_account",
    "withdraw_application",
    "withdraw_identity",
]
