"""Money out: asked for by a party, looked at by an operator where it is much, handed to the bank in batches."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from laotie.core.actor import Actor, system
from laotie.core.audit_log import record_action
from laotie.core.errors import NotFound
from laotie.core.ids import new_secret
from laotie.core.money import FEN_MAX
from laotie.core.rules import rules_at
from laotie.events.outbox import publish
from laotie.events.trust import PayoutRequested
from laotie.ledger import operations as ledger
from laotie.ledger import queries as books
from laotie.ledger.contracts import BatchView, Destination, Leg, PayoutView
from laotie.ledger.errors import UnableToDebit
from laotie.people import queries as people
from laotie.people.contracts import ADULT_YEARS
from laotie.people.errors import BankAccountFresh, BankAccountMissing, IdentityMissing, TooYoung
from laotie.trust.contracts import Party, PartyKind
from laotie.trust.errors import (
    AlreadyFrozen,
    DayLimitReached,
    DepositShort,
    PayoutsFrozen,
    PayoutTooSmall,
)
from laotie.trust.models import REASON_LETTERS_MAX, Freeze
from laotie.trust.queries.deposits import get_deposit
from laotie.trust.queries.payouts import access_party, find_debts, find_freeze, left_today
from laotie.trust.rules import PAYOUT_LEAST_FEN, PAYOUT_REVIEW_FROM_FEN
from laotie.trust.texts import clean_reason

PARTY_LETTERS_MAX = 40


@transaction.atomic(savepoint=False)
def request_payout(*, actor: Actor, party: str, amount_fen: int, now: datetime) -> PayoutView:
    """Ask for money to be paid to a party's bank account; small amounts need nobody's approval.

    What the same person owes at other balances is netted first. Raises: NotFound, IdentityMissing, TooYoung,
    BankAccountMissing, BankAccountFresh, DepositShort, PayoutsFrozen, PayoutTooSmall, DayLimitReached, UnableToDebit.
    """
    found = access_party(actor=actor, name=party)
    rules = rules_at(now)
    if not rules[PAYOUT_LEAST_FEN] <= amount_fen <= FEN_MAX:
        raise PayoutTooSmall(least_fen=rules[PAYOUT_LEAST_FEN])
    _require_person(found, now=now)
    frozen = find_freeze(party=party)
    if frozen:
        raise PayoutsFrozen(reason=frozen)
    if found.kind is PartyKind.SHOP and (missing_fen := get_deposit(shop_id=found.number, now=now).missing_fen):
        raise DepositShort(missing_fen=missing_fen)
    destination = _destination(found, now=now)
    _net_debts(found, amount_fen=amount_fen, now=now)
    payout = ledger.request_payout(
        key=f"{party}:{new_secret()}",
        address=found.address,
        amount_fen=amount_fen,
        destination=destination,
        actor=actor,
        now=now,
    )
    # The balance is locked now, so that of two at once the second counts the first.
    left, left_fen = left_today(found, now=now, besides_id=payout.id)
    if left < 1 or left_fen < amount_fen:
        raise DayLimitReached(left=left, left_fen=left_fen)
    if amount_fen < rules[PAYOUT_REVIEW_FROM_FEN]:
        payout = ledger.approve_payout(payout_id=payout.id, actor=system("trust"), now=now)
    publish(PayoutRequested(payout_id=payout.id, party=party, amount_fen=amount_fen), now=now)
    return payout


@transaction.atomic(savepoint=False)
def cancel_payout(*, actor: Actor, payout_id: int, now: datetime) -> PayoutView:
    """Take back a payout nobody has approved yet, as the party that asked for it.

    Raises: NotFound, IllegalMove.
    """
    payout = books.get_payout(payout_id)
    try:
        access_party(actor=actor, name=payout.address.rpartition(":")[0])
    except NotFound:
        raise NotFound(what="payout") from None
    return ledger.cancel_payout(payout_id=payout_id, actor=actor, now=now)


@transaction.atomic(savepoint=False)
def approve_payout(*, actor: Actor, payout_id: int, now: datetime) -> PayoutView:
    """Let a payout go to the bank; an operator's act, on record, and never one for the operator's own money.

    Raises: NotAllowed, NotFound, IllegalMove, PayeeInDebt, PayoutsFrozen.
    """
    people.require_operator(actor=actor)
    payout = books.get_payout(payout_id)
    frozen = find_freeze(party=payout.address.rpartition(":")[0])
    if frozen:
        raise PayoutsFrozen(reason=frozen)
    if payout.requested_by == actor.address:
        raise NotFound(what="payout")
    approved = ledger.approve_payout(payout_id=payout_id, actor=actor, now=now)
    record_action(actor=actor, action="payout.approve", subject=f"payout:{payout_id}", now=now)
    return approved


@transaction.atomic(savepoint=False)
def refuse_payout(*, actor: Actor, payout_id: int, reason: str, now: datetime) -> PayoutView:
    """Put a payout back before it goes to the bank; an operator's act, on record.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    people.require_operator(actor=actor)
    refused = ledger.refuse_payout(payout_id=payout_id, actor=actor, reason=clean_reason(reason), now=now)
    record_action(actor=actor, action="payout.refuse", subject=f"payout:{payout_id}", now=now, reason=reason)
    return refused


@transaction.atomic(savepoint=False)
def make_payout_batch(*, actor: Actor, now: datetime) -> BatchView | None:
    """Put the approved payouts into a batch for the bank; an operator's act, on record.

    Raises: NotAllowed, NoPayoutsWaiting.
    """
    people.require_operator(actor=actor)
    batch = ledger.make_payout_batch(actor=actor, now=now)
    if batch is not None:
        record_action(actor=actor, action="payout.batch", subject=f"payout_batch:{batch.id}", now=now)
    return batch


@transaction.atomic(savepoint=False)
def return_payout(*, actor: Actor, payout_id: int, reason: str, now: datetime) -> PayoutView:
    """Book a payout that the bank paid and that came back; an operator's act, on record.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    people.require_operator(actor=actor)
    returned = ledger.return_payout(payout_id=payout_id, actor=actor, reason=clean_reason(reason), now=now)
    record_action(actor=actor, action="payout.return", subject=f"payout:{payout_id}", now=now, reason=reason)
    return returned


@transaction.atomic(savepoint=False)
def freeze_payouts(*, actor: Actor, party: str, reason: str, now: datetime) -> None:
    """Let nothing leave a party's balance; an operator's act, on record.

    Raises: NotAllowed, NotFound, InvalidInput, AlreadyFrozen.
    """
    people.require_operator(actor=actor)
    reason = clean_reason(reason)
    kind, _colon, number = party.partition(":")
    owner = f"account:{number}" if kind in {PartyKind.CREATOR, PartyKind.LEADER, PartyKind.BUYER} else party
    if kind not in [*PartyKind] or people.find_owner_id(owner) is None:
        raise NotFound(what="account")
    _row, is_new = Freeze.objects.get_or_create(
        party=party,
        lifted_at=None,
        defaults={"reason": reason[:REASON_LETTERS_MAX], "set_by": actor.address, "set_at": now},
    )
    if not is_new:
        raise AlreadyFrozen
    record_action(actor=actor, action="payout.freeze", subject=party, now=now, reason=reason)


@transaction.atomic(savepoint=False)
def lift_freeze(*, actor: Actor, party: str, now: datetime) -> None:
    """Let money leave a party's balance again; an operator's act, on record.

    Raises: NotAllowed, NotFound.
    """
    people.require_operator(actor=actor)
    lifted = Freeze.objects.filter(party=party, lifted_at=None).update(lifted_at=now, lifted_by=actor.address)
    if not lifted:
        raise NotFound(what="freeze")
    record_action(actor=actor, action="payout.lift_freeze", subject=party, now=now)


def _require_person(party: Party, *, now: datetime) -> None:
    identity = people.find_identity(account_id=party.account_id)
    if identity is None:
        raise IdentityMissing
    if not identity.is_adult(timezone.localdate(now)):
        raise TooYoung(years=ADULT_YEARS)


def _destination(party: Party, *, now: datetime) -> Destination:
    account = people.find_bank_account(owner=party.owner)
    if account is None:
        raise BankAccountMissing
    if account.usable_from > now:
        raise BankAccountFresh(usable_from=timezone.localtime(account.usable_from).isoformat(timespec="minutes"))
    secret = people.get_bank_account_secret(owner=party.owner)
    return Destination(
        holder=secret.holder_name, number=secret.account_number, bank=secret.bank, branch=secret.branch_code
    )


def _net_debts(party: Party, *, amount_fen: int, now: datetime) -> None:
    """Pay what the same person owes elsewhere from this balance, and leave enough for the payout or refuse it."""
    debts = find_debts(party)
    if not debts:
        return
    total_fen = sum(debts.values())
    available_fen = books.get_balance(address=party.address).available_fen
    if available_fen < total_fen + amount_fen:
        left_fen = max(0, available_fen - total_fen)
        raise UnableToDebit(address=party.address, available_fen=left_fen, wanted_fen=amount_fen)
    ledger.post(
        key=f"netting:{party.name}:{new_secret()}",
        kind="netting",
        subject=party.name,
        legs=[Leg(party.address, -total_fen), *(Leg(address, fen) for address, fen in debts.items())],
        now=now,
        must_be_available=True,
    )
