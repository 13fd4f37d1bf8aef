"""Questions about who people are by law and where their money goes."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.people.contracts import (
    ADULT_YEARS,
    BankAccountSecret,
    BankAccountView,
    IdentityCheckView,
    IdentityView,
)
from laotie.people.errors import IdentityMissing, TooYoung
from laotie.people.models import Account, Agency, BankAccount, Identity, IdentityCheck, Shop
from laotie.people.queries.accounts import get_account, require_person
from laotie.people.viewing import bank_account_view, check_view, identity_view

LINKED_MOST = 100


def find_identity(*, account_id: int) -> IdentityView | None:
    """Return who a person is by law, masked, or None while they have not proven it."""
    row = Identity.objects.filter(account_id=account_id).first()
    return identity_view(row) if row else None


def find_identity_check(*, account_id: int) -> IdentityCheckView | None:
    """Return a person's last attempt to verify their real name, or None."""
    row = IdentityCheck.objects.filter(account_id=account_id).order_by("-asked_at").first()
    return check_view(row) if row else None


def require_creator_or_adult(*, actor: Actor, now: datetime) -> None:
    """Refuse who is no creator yet and has not proven to be 18 (RULES 2.3).

    Raises: IdentityMissing, TooYoung.
    """
    account_id = require_person(actor)
    if get_account(account_id).is_creator:
        return
    identity = find_identity(account_id=account_id)
    if identity is None:
        raise IdentityMissing
    if not identity.is_adult(timezone.localdate(now)):
        raise TooYoung(years=ADULT_YEARS)


def get_legal_name(*, account_id: int) -> str:
    """Return a verified person's name in clear; who shows it to others logs the look.

    Raises: NotFound.
    """
    row = Identity.objects.filter(account_id=account_id).first()
    if row is None:
        raise NotFound(what="identity")
    return row.legal_name


def find_bank_account(*, owner: str) -> BankAccountView | None:
    """Return the bank account in use, masked, or None."""
    row = BankAccount.objects.filter(owner=owner, replaced_at__isnull=True).first()
    return bank_account_view(row) if row else None


def get_bank_account(*, owner: str) -> BankAccountView:
    """Return the bank account in use, masked.

    Raises: NotFound.
    """
    found = find_bank_account(owner=owner)
    if found is None:
        raise NotFound(what="bank account")
    return found


def get_bank_account_secret(*, owner: str) -> BankAccountSecret:
    """Return the bank account in use in clear, to be frozen into a payout.

    Raises: NotFound.
    """
    row = BankAccount.objects.filter(owner=owner, replaced_at__isnull=True).first()
    if row is None:
        raise NotFound(what="bank account")
    return BankAccountSecret(row.holder_name, row.account_number, row.bank, row.branch_code)


def require_owner(*, actor: Actor, owner: str) -> int:
    """Return the account behind `account:7`, `shop:3` or `agency:2` if the acting person owns it; nobody else may.

    Neither staff nor operators say where money goes. The system itself may, for imports and the demo.
    Raises: NotFound.
    """
    account_id = find_owner_id(owner)
    if account_id is None:
        raise NotFound(what="account")
    is_theirs = actor.account_id == account_id and Account.objects.filter(pk=account_id, is_active=True).exists()
    if actor.kind != "system" and not is_theirs:
        raise NotFound(what="account")
    return account_id


def find_owner_id(owner: str) -> int | None:
    """Return whose `account:7`, `shop:3` or `agency:2` is, or None."""
    kind, _colon, number = owner.partition(":")
    if not number.isdigit():
        return None
    if kind == "account":
        return int(number) if Account.objects.filter(pk=int(number)).exists() else None
    table = {"shop": Shop, "agency": Agency}.get(kind)
    if table is None:
        return None
    return table.objects.filter(pk=int(number)).values_list("owner_id", flat=True).first()  # type: ignore[attr-defined,no-any-return]


def list_linked_accounts(*, account_id: int) -> tuple[int, ...]:
    """Return the other accounts of the same person: same document, or same bank account (at most 100).

    Penalties and debts extend to them (RULES 8.1).
    """
    mine = Identity.objects.filter(account_id=account_id).values("number_hash")
    same_person = Identity.objects.filter(number_hash__in=mine).values_list("account_id", flat=True)
    banks = BankAccount.objects.filter(Q(owner=f"account:{account_id}")).values("number_hash")
    owners = BankAccount.objects.filter(number_hash__in=banks, owner__startswith="account:").values_list(
        "owner", flat=True
    )[:LINKED_MOST]
    found = {*same_person[:LINKED_MOST], *(int(owner.partition(":")[2]) for owner in owners)}
    return tuple(sorted(found - {account_id}))
