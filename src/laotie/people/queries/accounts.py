"""Questions about accounts, operators and tokens."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from laotie.core.actor import Actor
from laotie.core.errors import NotAllowed, NotFound
from laotie.core.ids import hash_secret
from laotie.core.paging import Page, page_of
from laotie.core.sql import fetch_one_prepared
from laotie.people.contracts import AccountView, TokenView
from laotie.people.models import Account, ApiToken
from laotie.people.viewing import account_view, token_view


def find_token(*, secret: str, now: datetime) -> TokenView | None:
    """Return what a token stands for, or None when it is unknown, over, revoked, or its person is blocked.

    One statement: every API request with a token asks this.
    """
    row = fetch_one_prepared(
        "SELECT token.account_id, token.scopes, token.id, token.name, token.created_at, token.expires_at"
        " FROM people_apitoken token JOIN people_account account ON account.id = token.account_id"
        " WHERE token.secret_hash = %s::text AND token.revoked_at IS NULL"
        " AND (token.expires_at IS NULL OR token.expires_at > %s::timestamptz) AND account.is_active",
        [hash_secret(secret), now],
    )
    if row is None:
        return None
    account_id, scopes, token_id, name, created_at, expires_at = row
    return TokenView(account_id, frozenset(scopes), token_id, name, created_at, expires_at)


def list_tokens(*, actor: Actor, cursor: str = "", limit: int = 50) -> Page[TokenView]:
    """Return the person's tokens that are not revoked, newest first."""
    rows = ApiToken.objects.filter(account_id=require_person(actor), revoked_at__isnull=True)
    return page_of(rows, token_view, order=("-id",), cursor=cursor, limit=limit)


def get_account(account_id: int) -> AccountView:
    """Return an account, blocked or not.

    Raises: NotFound.
    """
    row = Account.objects.filter(pk=account_id).first()
    if row is None:
        raise NotFound(what="account")
    return account_view(row)


def get_accounts(account_ids: Collection[int]) -> dict[int, AccountView]:
    """Return accounts by id; unknown ids are missing from the answer."""
    return {row.pk: account_view(row) for row in Account.objects.filter(pk__in=set(account_ids))}


def find_account_by_email(email: str) -> AccountView | None:
    """Return the account with this e-mail address, or None."""
    row = Account.objects.filter(email=email.replace("\0", "").strip().lower()).first()
    return account_view(row) if row else None


def find_accounts_by_email(emails: Collection[str]) -> dict[str, AccountView]:
    """Return accounts by their e-mail addresses, given in lower case; unknown ones are missing."""
    return {row.email: account_view(row) for row in Account.objects.filter(email__in=set(emails))}


def list_accounts(
    *, actor: Actor, text: str = "", only_blocked: bool = False, cursor: str = "", limit: int = 50
) -> Page[AccountView]:
    """Return accounts for operators, newest first; `text` is an e-mail address or part of a name.

    Raises: NotAllowed.
    """
    require_operator(actor=actor)
    rows = Account.objects.all()
    text = text.replace("\0", "").strip()  # PostgreSQL knows no such character
    if text:
        rows = rows.filter(Q(email=text.lower()) | Q(display_name__icontains=text))
    if only_blocked:
        rows = rows.filter(is_active=False)
    return page_of(rows, account_view, order=("-id",), cursor=cursor, limit=limit)


def is_operator(account_id: int) -> bool:
    """Say whether an account runs the platform, and is not blocked."""
    return Account.objects.filter(pk=account_id, is_operator=True, is_active=True).exists()


def require_operator(*, actor: Actor) -> None:
    """Let operators and the system itself pass.

    Raises: NotAllowed.
    """
    if actor.kind == "system":
        return
    if actor.account_id is None or not is_operator(actor.account_id):
        raise NotAllowed(needs="operator")


def require_person(actor: Actor) -> int:
    """Return the acting person's account id; what belongs to a person is no business of the system's.

    Raises: NotAllowed.
    """
    if actor.account_id is None:
        raise NotAllowed(needs="account")
    return actor.account_id
