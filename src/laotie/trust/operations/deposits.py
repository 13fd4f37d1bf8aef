"""Deposits (保证金): topped up, demanded, and given back to a shop that closes (RULES 8.5).

Whether a shop's orders and goods allow the return is asked above, where they are known (orders.operations).
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import NotFound
from laotie.core.ids import new_secret
from laotie.core.money import FEN_MAX
from laotie.core.rules import rules_at
from laotie.events.outbox import publish
from laotie.events.trust import DepositChanged
from laotie.ledger import operations as ledger
from laotie.ledger import queries as books
from laotie.ledger.contracts import BANK, Leg, deposit_address, shop_address
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.trust.contracts import DepositView
from laotie.trust.errors import NothingDeposited, PayoutTooSmall, ReturnRunning
from laotie.trust.models import DepositDemand, DepositReturn
from laotie.trust.queries.deposits import get_deposit
from laotie.trust.rules import DEPOSIT_NOTICE_DAYS
from laotie.trust.states import RETURN_LIFE, ReturnState
from laotie.trust.texts import clean_reason


@transaction.atomic(savepoint=False)
def top_up_deposit(*, actor: Actor, shop_id: int, amount_fen: int, now: datetime) -> DepositView:
    """Move part of a shop's available balance into its deposit; needs the permission `money`.

    Raises: NotFound, UnableToDebit, PayoutTooSmall for nothing at all.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="money")
    _require_amount(amount_fen)
    people_operations.note_operator(
        actor=actor, shop_id=shop_id, action="deposit.top_up", now=now, amount_fen=amount_fen
    )
    ledger.post(
        key=f"deposit:{shop_id}:{new_secret()}",
        kind="deposit_top_up",
        subject=f"shop:{shop_id}",
        legs=[Leg(shop_address(shop_id), -amount_fen), Leg(deposit_address(shop_id), amount_fen)],
        now=now,
        must_be_available=True,
    )
    return _changed(shop_id, now=now)


@transaction.atomic(savepoint=False)
def record_deposit(*, actor: Actor, shop_id: int, amount_fen: int, reference: str, now: datetime) -> DepositView:
    """Book a deposit that arrived at the platform's bank account; an operator's act, on record.

    The bank's reference makes it one: the same again changes nothing. Raises: NotAllowed, NotFound, InvalidInput,
    PostingKeyReused when the reference belongs to another amount.
    """
    people.require_operator(actor=actor)
    people.get_shop(shop_id)
    _require_amount(amount_fen)
    reference = clean_reason(reference)
    ledger.post(
        key=f"deposit:bank:{reference}",
        kind="deposit_top_up",
        subject=f"shop:{shop_id}",
        legs=[Leg(BANK, -amount_fen), Leg(deposit_address(shop_id), amount_fen)],
        now=now,
    )
    record_action(
        actor=actor,
        action="deposit.record",
        subject=f"shop:{shop_id}",
        now=now,
        amount_fen=amount_fen,
        reference=reference,
    )
    return _changed(shop_id, now=now)


@transaction.atomic(savepoint=False)
def demand_deposit(*, actor: Actor, shop_id: int, required_fen: int, reason: str, now: datetime) -> DepositView:
    """Say how much deposit a shop keeps from now on; an operator's act, on record.

    Raises: NotAllowed, NotFound, InvalidInput.
    """
    people.require_operator(actor=actor)
    people.get_shop(shop_id)
    reason = clean_reason(reason)
    if not 0 <= required_fen <= FEN_MAX:
        raise PayoutTooSmall(least_fen=0)
    DepositDemand.objects.create(
        shop_id=shop_id, required_fen=required_fen, reason=reason, set_by=actor.address, set_at=now
    )
    record_action(
        actor=actor,
        action="deposit.demand",
        subject=f"shop:{shop_id}",
        now=now,
        required_fen=required_fen,
        reason=reason,
    )
    return _changed(shop_id, now=now)


@transaction.atomic(savepoint=False)
def ask_deposit_return(*, actor: Actor, shop_id: int, now: datetime) -> DepositView:
    """Begin the public notice after which a closing shop gets its deposit back; its owner's act.

    Raises: NotFound, NothingDeposited, ReturnRunning.
    """
    people.require_owner(actor=actor, owner=f"shop:{shop_id}")
    if get_deposit(shop_id=shop_id, now=now).held_fen <= 0:
        raise NothingDeposited
    try:
        DepositReturn.objects.create(
            shop_id=shop_id,
            asked_by=actor.address,
            asked_at=now,
            due_at=now + timedelta(days=rules_at(now)[DEPOSIT_NOTICE_DAYS]),
        )
    except IntegrityError:  # one is running; this transaction is over either way
        raise ReturnRunning from None
    return get_deposit(shop_id=shop_id, now=now)


@transaction.atomic(savepoint=False)
def withdraw_deposit_return(*, actor: Actor, shop_id: int, now: datetime) -> DepositView:
    """Go on with a shop that was to close.

    Raises: NotFound.
    """
    people.require_owner(actor=actor, owner=f"shop:{shop_id}")
    _end(shop_id, ReturnState.WITHDRAWN, reason="", amount_fen=None, now=now)
    return get_deposit(shop_id=shop_id, now=now)


@transaction.atomic(savepoint=False)
def end_deposit_return(*, shop_id: int, obstacle: str, now: datetime) -> DepositView:
    """End the notice: without an obstacle the deposit moves into the shop's balance, else it stays.

    Raises: NotFound when none is running.
    """
    if obstacle:
        _end(shop_id, ReturnState.REFUSED, reason=obstacle, amount_fen=None, now=now)
        return get_deposit(shop_id=shop_id, now=now)
    held_fen = books.get_balance(address=deposit_address(shop_id)).available_fen
    number = _end(shop_id, ReturnState.RETURNED, reason="", amount_fen=held_fen, now=now)
    if held_fen:
        ledger.post(
            key=f"deposit_return:{number}",
            kind="deposit_return",
            subject=f"shop:{shop_id}",
            legs=[Leg(deposit_address(shop_id), -held_fen), Leg(shop_address(shop_id), held_fen)],
            now=now,
            must_be_available=True,
        )
    return _changed(shop_id, now=now)


def _end(shop_id: int, wanted: ReturnState, *, reason: str, amount_fen: int | None, now: datetime) -> int:
    row = DepositReturn.objects.select_for_update().filter(shop_id=shop_id, state=ReturnState.NOTICE).first()
    if row is None:
        raise NotFound(what="deposit return")
    RETURN_LIFE.require(ReturnState(row.state), wanted)
    row.state, row.ended_at, row.amount_fen, row.reason = wanted.value, now, amount_fen, reason
    row.save()
    return row.pk


def _changed(shop_id: int, *, now: datetime) -> DepositView:
    view = get_deposit(shop_id=shop_id, now=now)
    publish(DepositChanged(shop_id=shop_id, held_fen=view.held_fen, required_fen=view.required_fen), now=now)
    return view


def _require_amount(amount_fen: int) -> None:
    if not 1 <= amount_fen <= FEN_MAX:
        raise PayoutTooSmall(least_fen=1)
