"""Questions to trust, one file per subject; this is the door other modules use."""

from laotie.trust.queries.deposits import get_deposit, get_deposits, list_due_returns, list_short_shops
from laotie.trust.queries.payouts import access_party, find_freeze, get_payout_desk, list_payouts, party_of_address

__all__ = [
    "access_party",
    "find_freeze",
    "get_deposit",
    "get_deposits",
    "get_payout_desk",
    "list_due_returns",
    "list_payouts",
    "list_short_shops",
    "party_of_address",
]
