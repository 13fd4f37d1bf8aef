"""Payouts: money that leaves a balance for a bank account, is held at platform:payouts on its way, and may come back.

Who may ask for one, and whether identity, deposit and debts allow it, is decided above (trust.operations); who may
answer one as well. Each move is one transaction with its posting.
"""

import json
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.crypto import mask_name, mask_number
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.ids import hash_input, new_number
from laotie.ledger.contracts import BANK, PAYOUTS, BankAnswer, BatchView, Destination, Leg, PayoutView
from laotie.ledger.entries import require_address, require_names
from laotie.ledger.errors import NoPayoutsWaiting, PayeeInDebt, PostingKeyReused
from laotie.ledger.models import MEMO_LETTERS_MAX, Account, Payout, PayoutBatch, PayoutMove
from laotie.ledger.operations.postings import post
from laotie.ledger.states import PAYOUT_LIFE, PayoutState
from laotie.ledger.viewing import batch_view, payout_view

BATCH_PAYOUTS_MAX = 500
DEBT = "debt"


@transaction.atomic(savepoint=False)
def request_payout(
    *,
    key: str,
    address: str,
    amount_fen: int,
    destination: Destination,
    actor: Actor,
    now: datetime,
    currency: str = "CNY",
) -> PayoutView:
    """Take an amount out of what is available at an address, to be paid to a bank account.

    Raises: UnableToDebit, PostingKeyReused.
    """
    require_names(key=key, currency=currency, memo="")
    require_address(address)
    digest = hash_input([address, amount_fen, currency, asdict(destination)])
    known = Payout.objects.filter(key=key).first()
    if known is not None:
        if known.input_hash != digest:
            raise PostingKeyReused(key=key)
        return payout_view(known)
    payout = Payout.objects.create(
        key=key,
        input_hash=digest,
        number=f"PO{new_number(now)}",
        address=address,
        currency=currency,
        amount_fen=amount_fen,
        destination=json.dumps(asdict(destination), ensure_ascii=False),
        destination_masked=f"{destination.bank} {mask_number(destination.number)} {mask_name(destination.holder)}",
        requested_by=actor.address,
        requested_at=now,
        moved_at=now,
    )
    PayoutMove.objects.create(payout=payout, new=payout.state, actor=actor.address, moved_at=now)
    _post(
        payout, "request", [Leg(address, -amount_fen), Leg(PAYOUTS, amount_fen)], now=now, must_be_available=True
    )
    return payout_view(payout)


@transaction.atomic(savepoint=False)
def approve_payout(*, payout_id: int, actor: Actor, now: datetime) -> PayoutView:
    """Let a payout go out with the next batch.

    Raises: NotFound, IllegalMove, PayeeInDebt.
    """
    payout = _lock(payout_id)
    PAYOUT_LIFE.require(PayoutState(payout.state), PayoutState.APPROVED)
    debt_fen = _debt(payout)
    if debt_fen:
        raise PayeeInDebt(address=payout.address, debt_fen=debt_fen)
    return _move(payout, PayoutState.APPROVED, actor=actor, now=now)


@transaction.atomic(savepoint=False)
def refuse_payout(*, payout_id: int, actor: Actor, reason: str, now: datetime) -> PayoutView:
    """Put a payout back into the balance it came from, before it went to the bank.

    Raises: NotFound, IllegalMove, InvalidInput without a reason.
    """
    return _give_back(_lock(payout_id), PayoutState.REFUSED, actor=actor, reason=_reason(reason), now=now)


@transaction.atomic(savepoint=False)
def cancel_payout(*, payout_id: int, actor: Actor, now: datetime) -> PayoutView:
    """Take a payout back that nobody has looked at yet.

    Raises: NotFound, IllegalMove.
    """
    return _give_back(_lock(payout_id), PayoutState.CANCELLED, actor=actor, reason="", now=now)


@transaction.atomic(savepoint=False)
def make_payout_batch(
    *, actor: Actor, now: datetime, currency: str = "CNY", limit: int = BATCH_PAYOUTS_MAX
) -> BatchView | None:
    """Put up to `limit` approved payouts, the oldest first, into a batch for the bank.

    Payouts of those who have come into debt meanwhile are refused instead: their money pays the debt first. None if
    that was all there were. Raises: NoPayoutsWaiting.
    """
    waiting = list(
        Payout.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state=PayoutState.APPROVED, currency=currency)
        .order_by("id")[: min(limit, BATCH_PAYOUTS_MAX)]
    )
    good = []
    for payout in waiting:
        if _debt(payout):
            _give_back(payout, PayoutState.REFUSED, actor=actor, reason=DEBT, now=now)
        else:
            good.append(payout)
    if not waiting:
        raise NoPayoutsWaiting
    if not good:
        return None
    batch = PayoutBatch.objects.create(currency=currency, made_by=actor.address, made_at=now)
    for payout in good:
        payout.batch = batch
        _move(payout, PayoutState.SENT, actor=actor, now=now)
    return batch_view(batch)


@transaction.atomic(savepoint=False)
def end_payout(*, answer: BankAnswer, actor: Actor, now: datetime) -> PayoutView:
    """Apply what the bank says of a payout it was sent: paid, or failed and back in the balance.

    The same answer a second time changes nothing. Raises: NotFound, IllegalMove, InvalidInput.
    """
    found = Payout.objects.select_for_update(no_key=True).filter(number=answer.number).first()
    if found is None:
        raise NotFound(what="payout")
    wanted = PayoutState.PAID if answer.is_paid else PayoutState.FAILED
    if found.state == wanted:
        return payout_view(found)
    if not answer.is_paid:
        return _give_back(found, PayoutState.FAILED, actor=actor, reason=_reason(answer.reason), now=now)
    PAYOUT_LIFE.require(PayoutState(found.state), wanted)
    _post(found, "paid", [Leg(PAYOUTS, -found.amount_fen), Leg(BANK, found.amount_fen)], now=now)
    return _move(found, wanted, actor=actor, now=now)


@transaction.atomic(savepoint=False)
def return_payout(*, payout_id: int, actor: Actor, reason: str, now: datetime) -> PayoutView:
    """Put a payout that the bank paid and that came back into the balance again.

    Raises: NotFound, IllegalMove, InvalidInput.
    """
    payout = _lock(payout_id)
    PAYOUT_LIFE.require(PayoutState(payout.state), PayoutState.RETURNED)
    reason = _reason(reason)
    legs = [Leg(BANK, -payout.amount_fen), Leg(payout.address, payout.amount_fen)]
    _post(payout, "returned", legs, now=now)
    return _move(payout, PayoutState.RETURNED, actor=actor, reason=reason, now=now)


def _give_back(payout: Payout, wanted: PayoutState, *, actor: Actor, reason: str, now: datetime) -> PayoutView:
    PAYOUT_LIFE.require(PayoutState(payout.state), wanted)
    legs = [Leg(PAYOUTS, -payout.amount_fen), Leg(payout.address, payout.amount_fen)]
    _post(payout, str(wanted), legs, now=now)
    return _move(payout, wanted, actor=actor, reason=reason, now=now)


def _move(payout: Payout, wanted: PayoutState, *, actor: Actor, now: datetime, reason: str = "") -> PayoutView:
    old, payout.state, payout.moved_at, payout.reason = payout.state, str(wanted), now, reason
    payout.save(update_fields=["state", "moved_at", "reason", "batch"])
    PayoutMove.objects.create(payout=payout, old=old, new=wanted, actor=actor.address, reason=reason, moved_at=now)
    return payout_view(payout)


def _post(payout: Payout, step: str, legs: list[Leg], *, now: datetime, must_be_available: bool = False) -> None:
    post(
        key=f"payout:{payout.pk}:{step}",
        kind="payout" if step in {"request", "paid"} else "payout_back",
        subject=f"payout:{payout.pk}",
        legs=legs,
        now=now,
        currency=payout.currency,
        must_be_available=must_be_available,
    )


def _lock(payout_id: int) -> Payout:
    payout = Payout.objects.select_for_update(no_key=True).filter(pk=payout_id).first()
    if payout is None:
        raise NotFound(what="payout")
    return payout


def _debt(payout: Payout) -> int:
    """Return what the balance is short of; its row is locked, so no claw-back comes in between."""
    account = (
        Account.objects.select_for_update(no_key=True)
        .filter(address=payout.address, currency=payout.currency)
        .first()
    )
    return max(0, -account.balance_fen) if account else 0


def _reason(reason: str) -> str:
    reason = " ".join(reason.replace("\0", "").split())[:MEMO_LETTERS_MAX]
    if not reason:
        raise InvalidInput(field_name="reason", reason=gettext(_("This cannot be empty.")))
    return reason
