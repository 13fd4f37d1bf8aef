"""Accounts opened from the command line, as the first operator's must be."""

from datetime import datetime

from laotie.core.actor import system
from laotie.people import operations as people
from laotie.people.contracts import AccountView
from laotie.people.queries import get_account


def add_account(*, email: str, name: str, password: str, is_operator: bool, now: datetime) -> AccountView:
    """Open a verified account, if asked as an operator.

    Raises: people's refusals.
    """
    account = people.open_account(email=email, display_name=name, password=password, now=now, verified=True)
    if is_operator:
        people.grant_operator(actor=system("command-line"), account_id=account.id, now=now)
    return get_account(account_id=account.id)
