"""API tokens: the secret is shown once, its hash is kept."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.ids import hash_secret, new_secret
from laotie.core.rules import rules_at
from laotie.people.contracts import TOKEN_SCOPES, TokenView
from laotie.people.errors import LimitReached
from laotie.people.models import Account, ApiToken
from laotie.people.queries import require_person
from laotie.people.rules import TOKENS_MOST
from laotie.people.texts import check_reach, clean_line
from laotie.people.viewing import token_view

TOKEN_NAME_LETTERS_MAX = 60
SECRET_PREFIX = "laotie_"  # noqa: S105 - lets scanners of leaked secrets know ours


@transaction.atomic(savepoint=False)
def create_token(
    *, actor: Actor, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime
) -> tuple[str, TokenView]:
    """Make a token and return its secret, which cannot be had again, and what it stands for.

    Raises: InvalidInput, LimitReached.
    """
    account_id = require_person(actor)
    name = clean_line(name, field_name="name", most=TOKEN_NAME_LETTERS_MAX)
    _check_scopes(scopes)
    if expires_at is not None:
        if expires_at <= now:
            raise InvalidInput(field_name="expires_at", reason=gettext(_("This moment is already past.")))
        check_reach(expires_at, field_name="expires_at", now=now)
    Account.objects.select_for_update(no_key=True).get(pk=account_id)
    most = rules_at(now)[TOKENS_MOST]
    valid = ApiToken.objects.filter(account_id=account_id, revoked_at__isnull=True)
    if valid.exclude(expires_at__lte=now).count() >= most:
        raise LimitReached(what="token", most=most)
    secret = SECRET_PREFIX + new_secret()
    token = ApiToken.objects.create(
        account_id=account_id,
        name=name,
        secret_hash=hash_secret(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    return secret, token_view(token)


@transaction.atomic(savepoint=False)
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> None:
    """End one of the person's tokens; a second time changes nothing.

    Raises: NotFound.
    """
    token = ApiToken.objects.filter(pk=token_id, account_id=require_person(actor)).first()
    if token is None:
        raise NotFound(what="token")
    ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).update(revoked_at=now)


def _check_scopes(scopes: Collection[str]) -> None:
    if not scopes:
        raise InvalidInput(field_name="scopes", reason=gettext(_("Choose at least one.")))
    unknown = sorted(set(scopes) - set(TOKEN_SCOPES))
    if unknown:
        raise InvalidInput(field_name="scopes", reason=gettext(_("Unknown: {names}.")).format(names=unknown[0]))
