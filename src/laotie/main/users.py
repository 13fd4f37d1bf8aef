"""People's accounts from the command line: the first operator is opened here, export and erasure are answered."""

from datetime import datetime
from typing import Any

from laotie.api.persons import erase_person, export_person
from laotie.core.actor import Actor, system
from laotie.core.errors import NotFound
from laotie.people import operations as people
from laotie.people.contracts import AccountView
from laotie.people.queries import find_account_by_email, get_account


def add_account(*, email: str, name: str, password: str, is_operator: bool, now: datetime) -> AccountView:
    """Open a verified account, if asked as an operator.

    Raises: people's refusals.
    """
    account = people.open_account(email=email, display_name=name, password=password, now=now, verified=True)
    if is_operator:
        people.grant_operator(actor=system("command-line"), account_id=account.id, now=now)
    return get_account(account_id=account.id)


def export_by_email(*, actor: Actor, email: str, now: datetime) -> dict[str, Any]:
    """Return all the market holds about a person, as JSON values.

    Raises: NotFound.
    """
    found = export_person(actor=actor, account_id=_id_of(email), now=now)
    return found.model_dump(mode="json")


def erase_by_email(*, actor: Actor, email: str, now: datetime) -> int:
    """Erase a person and return the number that stays.

    Raises: NotFound, ErasureBlocked.
    """
    account_id = _id_of(email)
    erase_person(actor=actor, account_id=account_id, email=email, now=now)
    return account_id


def _id_of(email: str) -> int:
    account = find_account_by_email(email)
    if account is None:
        raise NotFound(what="account")
    return account.id
