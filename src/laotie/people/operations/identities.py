"""Who a person is by law, and where their money goes."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import NotFound
from laotie.core.ids import keyed_hash
from laotie.core.rules import rules_at
from laotie.events.outbox import publish
from laotie.events.people import IdentityVerified
from laotie.people.contracts import BankAccountView, CheckState, DocumentKind, IdentityCheckView
from laotie.people.documents import read_bank_number, read_id_card, read_passport
from laotie.people.errors import CheckRunning, IdentityFixed, TriesUsedUp
from laotie.people.models import BankAccount, Identity, IdentityCheck
from laotie.people.operations.accounts import lock_account
from laotie.people.queries import require_operator, require_person
from laotie.people.queries.identities import require_owner
from laotie.people.rules import BANK_REST_HOURS, IDENTITY_TRIES_MOST
from laotie.people.texts import clean_line
from laotie.people.verification import verifier_named
from laotie.people.viewing import bank_account_view, check_view

NAME_LETTERS_MAX = 60
BANK_LETTERS_MAX = 60
BRANCH_LETTERS_MAX = 20
REASON_LETTERS_MAX = 500


@transaction.atomic(savepoint=False)
def ask_identity_check(
    *,
    actor: Actor,
    legal_name: str,
    document: DocumentKind,
    document_number: str,
    birth_date: date | None = None,
    now: datetime,
) -> IdentityCheckView:
    """Ask the verification service, once this is committed, whether the acting person is who they say.

    Raises: InvalidInput, IdentityFixed, CheckRunning, TriesUsedUp.
    """
    from laotie.people.jobs import answer_identity_check  # noqa: PLC0415 - jobs import this

    account_id = require_person(actor)
    name = clean_line(legal_name, field_name="legal_name", most=NAME_LETTERS_MAX, least=2)
    today = timezone.localdate(now)
    if document is DocumentKind.ID_CARD:
        number, born = read_id_card(document_number, today=today)
    else:
        number, born = read_passport(document_number, born=birth_date, today=today)
    lock_account(account_id)
    if Identity.objects.filter(account_id=account_id).exists():
        raise IdentityFixed
    checks = IdentityCheck.objects.filter(account_id=account_id)
    if checks.filter(state=CheckState.ASKED).exists():
        raise CheckRunning
    most = rules_at(now)[IDENTITY_TRIES_MOST]
    if checks.filter(asked_at__gt=now - timedelta(days=1)).count() >= most:
        raise TriesUsedUp(most=most)
    check = IdentityCheck.objects.create(
        account_id=account_id,
        legal_name=name,
        document=document,
        document_number=number,
        birth_date=born.isoformat(),
        asked_at=now,
    )
    answer_identity_check.defer(check_id=check.pk)
    return check_view(check)


def find_answer(*, check_id: int, now: datetime) -> bool | None:
    """Ask the verification service a stored question, outside of any transaction; None if it is answered already.

    Raises: VerificationUnavailable.
    """
    check = IdentityCheck.objects.filter(pk=check_id, state=CheckState.ASKED).first()
    if check is None:
        return None
    return verifier_named(settings.VERIFICATION).matches(
        document=DocumentKind(check.document), number=check.document_number, name=check.legal_name, now=now
    )


@transaction.atomic(savepoint=False)
def end_identity_check(*, check_id: int, is_match: bool | None, now: datetime) -> None:
    """Keep the service's answer: who matches is verified, None says that there was none; the first answer counts."""
    check = IdentityCheck.objects.select_for_update().filter(pk=check_id, state=CheckState.ASKED).first()
    if check is None:
        return
    if is_match:
        Identity.objects.create(
            account_id=check.account_id,
            legal_name=check.legal_name,
            document=check.document,
            document_number=check.document_number,
            number_hash=keyed_hash("document", f"{check.document}:{check.document_number}"),
            birth_date=check.birth_date,
            verified_at=now,
        )
        publish(IdentityVerified(account_id=check.account_id), now=now)
    states = {True: CheckState.MATCHED, False: CheckState.MISMATCHED, None: CheckState.UNANSWERED}
    check.state = states[is_match].value
    check.legal_name = check.document_number = check.birth_date = ""
    check.answered_at = now
    check.save()


@transaction.atomic(savepoint=False)
def withdraw_identity(*, actor: Actor, account_id: int, reason: str, now: datetime) -> None:
    """Undo a person's verification, so that they can verify a changed name; an operator's act, on record.

    Raises: NotAllowed, NotFound, InvalidInput.
    """
    require_operator(actor=actor)
    reason = clean_line(reason, field_name="reason", most=REASON_LETTERS_MAX)
    removed, _by_table = Identity.objects.filter(account_id=account_id).delete()
    if not removed:
        raise NotFound(what="identity")
    record_action(actor=actor, action="identity.withdraw", subject=f"account:{account_id}", now=now, reason=reason)


@transaction.atomic(savepoint=False)
def set_bank_account(
    *,
    actor: Actor,
    owner: str,
    holder_name: str,
    account_number: str,
    bank: str,
    branch_code: str = "",
    now: datetime,
) -> BankAccountView:
    """Say where an owner's money goes from now on: `account:7` oneself, `shop:3` or `agency:2` as their owner.

    The first one can be used at once; a change rests for the hours of the rules. The same account again changes
    nothing. Raises: NotFound, InvalidInput.
    """
    require_owner(actor=actor, owner=owner)
    number = read_bank_number(account_number)
    bank = clean_line(bank, field_name="bank", most=BANK_LETTERS_MAX, least=2)
    holder = clean_line(holder_name, field_name="holder_name", most=NAME_LETTERS_MAX, least=2)
    branch = clean_line(branch_code, field_name="branch_code", most=BRANCH_LETTERS_MAX, least=0)
    number_hash = keyed_hash("bank", number)
    current = BankAccount.objects.select_for_update().filter(owner=owner, replaced_at__isnull=True).first()
    if current is not None:
        if (current.number_hash, current.holder_name, current.bank, current.branch_code) == (
            number_hash,
            holder,
            bank,
            branch,
        ):
            return bank_account_view(current)
        current.replaced_at = now
        current.save(update_fields=["replaced_at"])
    rest = timedelta(hours=rules_at(now)[BANK_REST_HOURS]) if current else timedelta(0)
    try:
        row = BankAccount.objects.create(
            owner=owner,
            holder_name=holder,
            account_number=number,
            number_hash=number_hash,
            bank=bank,
            branch_code=branch,
            added_by=actor.address,
            added_at=now,
            usable_from=now + rest,
        )
    except IntegrityError:  # somebody set one at the same moment; this transaction is over either way
        raise NotFound(what="bank account") from None
    return bank_account_view(row)
