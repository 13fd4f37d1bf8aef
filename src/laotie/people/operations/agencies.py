"""Agencies and the dated contract about their share of a creator's commission, which both sides accept."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.money import BP_WHOLE
from laotie.core.rules import rules_at
from laotie.events.outbox import publish
from laotie.events.people import AgencyShareAccepted
from laotie.people.contracts import AgencyContractView, AgencyView
from laotie.people.errors import ContractOver, ContractsOverlap, LimitReached, NotCreator
from laotie.people.models import Account, Agency, AgencyContract, AgencyContractMove
from laotie.people.queries import require_person
from laotie.people.rules import AGENCIES_MOST, AGENCY_NOTICE
from laotie.people.states import BINDING_STATES, CONTRACT_LIFE, ContractState
from laotie.people.texts import check_period, clean_line
from laotie.people.viewing import agency_view, contract_view

AGENCY_NAME_LETTERS_MAX = 60


@transaction.atomic(savepoint=False)
def open_agency(*, actor: Actor, name: str, now: datetime) -> AgencyView:
    """Open an agency the person acts for.

    Raises: InvalidInput, LimitReached.
    """
    owner_id = require_person(actor)
    name = clean_line(name, field_name="name", most=AGENCY_NAME_LETTERS_MAX)
    most = rules_at(now)[AGENCIES_MOST]
    if Agency.objects.filter(owner_id=owner_id).count() >= most:
        raise LimitReached(what="agency", most=most)
    return agency_view(Agency.objects.create(name=name, owner_id=owner_id, opened_at=now))


@transaction.atomic(savepoint=False)
def propose_agency_share(
    *,
    actor: Actor,
    agency_id: int,
    creator_id: int,
    share_bp: int,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
) -> AgencyContractView:
    """Propose a contract as the agency or as the creator; proposing is that side's yes.

    Raises: NotFound for who is neither side, NotCreator, InvalidInput.
    """
    person_id = require_person(actor)
    agency = Agency.objects.filter(pk=agency_id).first()
    if agency is None:
        raise NotFound(what="agency")
    if person_id not in (agency.owner_id, creator_id):
        raise NotFound(what="agency")
    if not Account.objects.filter(pk=creator_id, is_creator=True, is_active=True).exists():
        raise NotCreator
    if agency.owner_id == creator_id:
        raise InvalidInput(field_name="creator_id", reason=gettext(_("A contract needs two different people.")))
    if not 1 <= share_bp <= BP_WHOLE:
        raise InvalidInput(
            field_name="share_bp",
            reason=gettext(_("It must be a whole number from {least} to {most}.")).format(least=1, most=BP_WHOLE),
        )
    check_period(starts_at=starts_at, ends_at=ends_at, now=now)
    contract = AgencyContract.objects.create(
        agency_id=agency_id,
        creator_id=creator_id,
        share_bp=share_bp,
        starts_at=starts_at,
        ends_at=ends_at,
        is_proposed_by_agency=person_id == agency.owner_id,
        moved_at=now,
    )
    _record_move(contract, old="", actor=actor, now=now)
    return contract_view(contract)


@transaction.atomic(savepoint=False)
def accept_agency_share(*, actor: Actor, contract_id: int, now: datetime) -> AgencyContractView:
    """Say the other side's yes. A contract accepted late begins at its acceptance, never before.

    Raises: NotFound, IllegalMove, ContractOver, ContractsOverlap.
    """
    contract = _lock_contract(actor, contract_id)
    if _is_proposer(actor, contract):
        raise NotFound(what="contract")
    CONTRACT_LIFE.require(ContractState(contract.state), ContractState.ACCEPTED)
    contract.starts_at = max(contract.starts_at, now)
    if contract.ends_at is not None and contract.ends_at <= contract.starts_at:
        raise ContractOver
    # One creator's contracts are compared one after the other; migration 0002 holds it in any case.
    Account.objects.select_for_update(no_key=True).get(pk=contract.creator_id)
    if _rivals(contract).exists():
        raise ContractsOverlap
    _move(contract, ContractState.ACCEPTED, actor=actor, now=now)
    publish(
        AgencyShareAccepted(
            contract_id=contract.pk,
            agency_id=contract.agency_id,
            creator_id=contract.creator_id,
            share_bp=contract.share_bp,
            starts_at=contract.starts_at,
            ends_at=contract.ends_at,
        ),
        now=now,
    )
    return contract_view(contract)


@transaction.atomic(savepoint=False)
def end_agency_share(*, actor: Actor, contract_id: int, now: datetime) -> AgencyContractView:
    """Withdraw or decline a proposal, or give notice: an accepted contract runs on for `agency.notice_days`.

    Raises: NotFound, IllegalMove, ContractOver.
    """
    contract = _lock_contract(actor, contract_id)
    if contract.state == ContractState.PROPOSED:
        withdrawn = _is_proposer(actor, contract)
        _move(contract, ContractState.WITHDRAWN if withdrawn else ContractState.DECLINED, actor=actor, now=now)
        return contract_view(contract)
    CONTRACT_LIFE.require(ContractState(contract.state), ContractState.TERMINATED)
    if contract.ends_at is not None and contract.ends_at <= now:
        raise ContractOver
    notice_ends_at = max(now + timedelta(days=rules_at(now)[AGENCY_NOTICE]), contract.starts_at)
    contract.ends_at = min(contract.ends_at or notice_ends_at, notice_ends_at)
    _move(contract, ContractState.TERMINATED, actor=actor, now=now)
    return contract_view(contract)


def _lock_contract(actor: Actor, contract_id: int) -> AgencyContract:
    """Take a contract for one of its two sides."""
    person_id = require_person(actor)
    contract = (
        AgencyContract.objects.select_for_update(no_key=True, of=("self",))
        .filter(Q(creator_id=person_id) | Q(agency__owner_id=person_id), pk=contract_id)
        .select_related("agency", "creator")
        .first()
    )
    if contract is None:
        raise NotFound(what="contract")
    return contract


def _is_proposer(actor: Actor, contract: AgencyContract) -> bool:
    proposer_id = contract.agency.owner_id if contract.is_proposed_by_agency else contract.creator_id
    return actor.account_id == proposer_id


def _rivals(contract: AgencyContract) -> QuerySet[AgencyContract]:
    rivals = AgencyContract.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=contract.starts_at),
        creator_id=contract.creator_id,
        state__in=BINDING_STATES,
    )
    return rivals if contract.ends_at is None else rivals.filter(starts_at__lt=contract.ends_at)


def _move(contract: AgencyContract, wanted: ContractState, *, actor: Actor, now: datetime) -> None:
    old = contract.state
    CONTRACT_LIFE.require(ContractState(old), wanted)
    contract.state, contract.moved_at = wanted.value, now
    contract.save(update_fields=["state", "moved_at", "starts_at", "ends_at"])
    _record_move(contract, old=old, actor=actor, now=now)


def _record_move(contract: AgencyContract, *, old: str, actor: Actor, now: datetime) -> None:
    AgencyContractMove.objects.create(
        contract=contract, old=old, new=contract.state, actor=actor.address, moved_at=now
    )
