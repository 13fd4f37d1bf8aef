"""Accounts: opening, becoming a creator, and what operators do to them under their own name."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput, NotFound
from laotie.events.outbox import publish
from laotie.events.people import AccountOpened, CreatorJoined
from laotie.events.webhooks.operations import switch_off_endpoints_of
from laotie.people.contracts import AccountView, NewAccount
from laotie.people.errors import BlocksSelf, EmailTaken
from laotie.people.models import Account
from laotie.people.queries import require_operator, require_person
from laotie.people.texts import clean_email, clean_line, clean_paragraph
from laotie.people.viewing import account_view

NAME_LETTERS_MAX = 60
INTRODUCTION_LETTERS_MAX = 500
REASON_LETTERS_MAX = 500
ACCOUNTS_PER_CALL_MAX = 500


@transaction.atomic(savepoint=False)
def open_account(
    *,
    email: str,
    display_name: str = "",
    password: str | None = None,
    now: datetime,
    verified: bool = False,
    language: str = "",
) -> AccountView:
    """Open an account; without a password it signs in by e-mail code, without a name it gets a made-up one.

    Raises: EmailTaken, InvalidInput.
    """
    email = clean_email(email)
    account = enter_account(
        Account(email=email, display_name=display_name, language=language), password=password, now=now
    )
    EmailAddress.objects.create(user=account, email=email, verified=verified, primary=True)
    return account_view(account)


@transaction.atomic(savepoint=False)
def bring_in_accounts(*, accounts: Sequence[NewAccount]) -> tuple[AccountView, ...]:
    """Open many accounts at once, as an import does; all of them or none, in the order given.

    Raises: EmailTaken, InvalidInput.
    """
    assert len(accounts) <= ACCOUNTS_PER_CALL_MAX
    emails = [clean_email(new.email) for new in accounts]
    if len(set(emails)) != len(emails) or Account.objects.filter(email__in=emails).exists():
        raise EmailTaken
    rows = [
        Account(
            email=email,
            display_name=clean_line(new.display_name, field_name="display_name", most=NAME_LETTERS_MAX),
            language=_known_language(settings.LANGUAGE_CODE),
            joined_at=new.at,
        )
        for email, new in zip(emails, accounts, strict=True)
    ]
    for row in rows:
        row.set_password(None)
    Account.objects.bulk_create(rows)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=row, email=row.email, verified=False, primary=True) for row in rows
    )
    opened: dict[datetime, list[AccountOpened]] = {}
    for row in rows:
        opened.setdefault(row.joined_at, []).append(AccountOpened(account_id=row.pk))
    for moment, events in opened.items():
        publish(*events, now=moment)
    return tuple(account_view(row) for row in rows)


def enter_account(account: Account, *, password: str | None, now: datetime) -> Account:
    """Complete and store a new account; the sign-up form, which keeps its own e-mail records, comes in here."""
    account.display_name = account.display_name or _made_up_name()
    account.display_name = clean_line(account.display_name, field_name="display_name", most=NAME_LETTERS_MAX)
    account.language = _known_language(account.language or get_language() or settings.LANGUAGE_CODE)
    account.joined_at = now
    if password is not None:
        _check_password(password, account)
    account.set_password(password)
    if Account.objects.filter(email=account.email).exists():
        raise EmailTaken
    try:
        account.save(force_insert=True)
    except IntegrityError:  # a twin was quicker; this transaction is over either way
        raise EmailTaken from None
    publish(AccountOpened(account_id=account.pk), now=now)
    return account


@transaction.atomic(savepoint=False)
def edit_account(
    *, actor: Actor, display_name: str | None = None, language: str | None = None, introduction: str | None = None
) -> AccountView:
    """Change what a person says about themselves; what is None stays.

    Raises: InvalidInput.
    """
    account = lock_account(require_person(actor))
    if display_name is not None:
        account.display_name = clean_line(display_name, field_name="display_name", most=NAME_LETTERS_MAX)
    if language is not None:
        if language not in dict(settings.LANGUAGES):
            raise InvalidInput(field_name="language", reason=gettext(_("This language is not spoken here.")))
        account.language = language
    if introduction is not None:
        account.introduction = clean_paragraph(
            introduction, field_name="introduction", most=INTRODUCTION_LETTERS_MAX
        )
    account.save(update_fields=["display_name", "language", "introduction"])
    return account_view(account)


@transaction.atomic(savepoint=False)
def become_creator(*, actor: Actor, introduction: str = "", now: datetime) -> AccountView:
    """Let a person recommend goods; a second time changes only the introduction.

    Raises: InvalidInput.
    """
    account = lock_account(require_person(actor))
    joins = not account.is_creator
    account.is_creator = True
    if introduction:
        account.introduction = clean_paragraph(
            introduction, field_name="introduction", most=INTRODUCTION_LETTERS_MAX
        )
    account.save(update_fields=["is_creator", "introduction"])
    if joins:
        publish(CreatorJoined(account_id=account.pk), now=now)
    return account_view(account)


@transaction.atomic(savepoint=False)
def grant_operator(*, actor: Actor, account_id: int, now: datetime) -> AccountView:
    """Make a person an operator, who also sees the admin; written to the audit log.

    Raises: NotAllowed, NotFound.
    """
    require_operator(actor=actor)
    account = lock_account(account_id)
    if not account.is_operator:
        account.is_operator = account.is_staff = True
        account.save(update_fields=["is_operator", "is_staff"])
        record_action(actor=actor, action="account.grant_operator", subject=f"account:{account_id}", now=now)
    return account_view(account)


@transaction.atomic(savepoint=False)
def revoke_operator(*, actor: Actor, account_id: int, now: datetime) -> AccountView:
    """Take an operator's role away; nobody takes their own, so that one is always left.

    Raises: NotAllowed, NotFound, BlocksSelf.
    """
    require_operator(actor=actor)
    _refuse_self(actor, account_id)
    account = lock_account(account_id)
    if account.is_operator:
        account.is_operator = account.is_staff = False
        account.save(update_fields=["is_operator", "is_staff"])
        record_action(actor=actor, action="account.revoke_operator", subject=f"account:{account_id}", now=now)
    return account_view(account)


@transaction.atomic(savepoint=False)
def block_account(*, actor: Actor, account_id: int, reason: str, now: datetime) -> AccountView:
    """Shut a person out: sessions, tokens and webhooks end at once, everything they own stays.

    Raises: NotAllowed, NotFound, BlocksSelf, InvalidInput.
    """
    require_operator(actor=actor)
    _refuse_self(actor, account_id)
    return _set_active(actor, account_id, is_active=False, reason=reason, now=now)


@transaction.atomic(savepoint=False)
def reinstate_account(*, actor: Actor, account_id: int, reason: str, now: datetime) -> AccountView:
    """Let a blocked person in again.

    Raises: NotAllowed, NotFound, InvalidInput.
    """
    require_operator(actor=actor)
    return _set_active(actor, account_id, is_active=True, reason=reason, now=now)


def _set_active(actor: Actor, account_id: int, *, is_active: bool, reason: str, now: datetime) -> AccountView:
    reason = clean_line(reason, field_name="reason", most=REASON_LETTERS_MAX)
    account = lock_account(account_id)
    if account.is_active != is_active:
        account.is_active = is_active
        account.save(update_fields=["is_active"])
        if not is_active:
            switch_off_endpoints_of(owner=f"account:{account_id}", now=now)
        record_action(
            actor=actor,
            action="account.reinstate" if is_active else "account.block",
            subject=f"account:{account_id}",
            now=now,
            reason=reason,
        )
    return account_view(account)


def lock_account(account_id: int) -> Account:
    """Lock an account against other changes and return it.

    Raises: NotFound.
    """
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound(what="account")
    return account


def _refuse_self(actor: Actor, account_id: int) -> None:
    if actor.account_id == account_id:
        raise BlocksSelf


def _check_password(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise InvalidInput(field_name="password", reason=" ".join(error.messages)) from None


def _known_language(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _made_up_name() -> str:
    """Return a public name that says nothing about the person; never a part of the e-mail address."""
    return f"老铁{secrets.randbelow(10**8):08d}"
