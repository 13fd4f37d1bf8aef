"""Agencies: a dated share both sides accept, one agency at a time, notice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import person, system
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.events.models import OutboxEvent
from laotie.events.people import AgencyShareAccepted
from laotie.people import operations, queries
from laotie.people.contracts import AgencyContractView, AgencyShare, AgencyView
from laotie.people.errors import ContractOver, ContractsOverlap, LimitReached, NotCreator
from laotie.people.models import Agency, AgencyContract, AgencyContractMove
from laotie.people.states import CONTRACT_LIFE, SHOP_LIFE, ContractState
from laotie.people.tests.makers import (
    NOW,
    SixPeople,
    make_agency,
    make_agency_share,
    make_person,
    make_six,
)

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def propose(
    agency: AgencyView,
    creator_id: int,
    *,
    by: int | None = None,
    share_bp: int = 2_000,
    start: int = 0,
    end: int | None = None,
) -> AgencyContractView:
    return operations.propose_agency_share(
        actor=person(by or agency.owner_id),
        agency_id=agency.id,
        creator_id=creator_id,
        share_bp=share_bp,
        starts_at=NOW + start * DAY,
        ends_at=None if end is None else NOW + end * DAY,
        now=NOW,
    )


def share_at(creator_id: int, day: float) -> AgencyShare | None:
    return queries.find_agency_share(creator_id=creator_id, at=NOW + day * DAY)


def test_lifecycles_end_where_they_should() -> None:
    final = {state for state in ContractState if CONTRACT_LIFE.is_final(state)}
    assert final == {ContractState.DECLINED, ContractState.WITHDRAWN, ContractState.TERMINATED}
    assert not any(SHOP_LIFE.is_final(state) for state in SHOP_LIFE.moves)


class TestAcceptAgencyShare:
    @pytest.mark.parametrize("agency_proposes", [True, False])
    def test_needs_the_other_sides_yes(self, agency_proposes: bool) -> None:  # noqa: FBT001 - pytest's way
        mei, agency = make_person(is_creator=True), make_agency()
        sides = [agency.owner_id, mei.id] if agency_proposes else [mei.id, agency.owner_id]
        contract = propose(agency, mei.id, by=sides[0], start=1, end=30)
        assert contract.is_proposed_by_agency == agency_proposes
        assert share_at(mei.id, 2) is None
        with pytest.raises(NotFound), transaction.atomic():
            operations.accept_agency_share(actor=person(sides[0]), contract_id=contract.id, now=NOW)
        assert share_at(mei.id, 2) is None
        operations.accept_agency_share(actor=person(sides[1]), contract_id=contract.id, now=NOW)
        expected = AgencyShare(agency_id=agency.id, share_bp=2_000, contract_id=contract.id)
        assert [share_at(mei.id, day) for day in (0.5, 1, 29.9, 30)] == [None, expected, expected, None]
        event = OutboxEvent.objects.get(name=AgencyShareAccepted.name)
        assert AgencyShareAccepted.from_payload(event.payload) == AgencyShareAccepted(
            contract_id=contract.id,
            agency_id=agency.id,
            creator_id=mei.id,
            share_bp=2_000,
            starts_at=NOW + DAY,
            ends_at=NOW + 30 * DAY,
        )
        assert list(AgencyContractMove.objects.order_by("id").values_list("old", "new", "actor")) == [
            ("", "proposed", f"account:{sides[0]}"),
            ("proposed", "accepted", f"account:{sides[1]}"),
        ]

    def test_never_reaches_into_the_past(self) -> None:
        mei, agency = make_person(is_creator=True), make_agency()
        contract = propose(agency, mei.id)
        accepted = operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW + 3 * DAY)
        assert accepted.starts_at == NOW + 3 * DAY
        assert share_at(mei.id, 2) is None

    def test_comes_too_late_after_the_end(self) -> None:
        mei, agency = make_person(is_creator=True), make_agency()
        contract = propose(agency, mei.id, end=5)
        with pytest.raises(ContractOver), transaction.atomic():
            operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW + 5 * DAY)
        assert AgencyContract.objects.get().state == "proposed"

    def test_happens_once(self) -> None:
        mei = make_person(is_creator=True)
        contract = make_agency_share(creator=mei)
        with pytest.raises(IllegalMove) as refusal, transaction.atomic():
            operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW)
        assert refusal.value.data() == {"found": "accepted", "wanted": "accepted"}
        assert OutboxEvent.objects.filter(name=AgencyShareAccepted.name).count() == 1

    @pytest.mark.parametrize(
        ("start", "end", "fits"),
        [(0, 10, True), (0, 11, False), (15, 16, False), (19, None, False), (20, None, True)],
    )
    def test_allows_one_agency_at_a_time(self, start: int, end: int | None, fits: bool) -> None:  # noqa: FBT001
        mei = make_person(is_creator=True)
        make_agency_share(creator=mei, starts_at=NOW + 10 * DAY, ends_at=NOW + 20 * DAY)
        contract = propose(make_agency(), mei.id, start=start, end=end)
        if fits:
            operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW)
        else:
            with pytest.raises(ContractsOverlap), transaction.atomic():
                operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW)
        assert AgencyContract.objects.filter(state="accepted").count() == 1 + fits

    def test_is_held_to_one_agency_by_the_database_as_well(self) -> None:
        mei = make_person(is_creator=True)
        made = make_agency_share(creator=mei)
        with pytest.raises(IntegrityError, match="agency_contract_no_overlap"), transaction.atomic():
            AgencyContract.objects.create(
                agency_id=made.agency_id,
                creator_id=mei.id,
                share_bp=1,
                starts_at=NOW,
                state="accepted",
                is_proposed_by_agency=True,
                moved_at=NOW,
            )

    @pytest.mark.parametrize("name", ["lin", "tan", "bo", "guo", "shen"])
    def test_is_no_business_of_others(self, name: str) -> None:
        six = make_six()
        agency = make_agency()
        contract = propose(agency, six.mei.id)
        actor = six.actors()[name]
        for refused in (
            lambda: operations.accept_agency_share(actor=actor, contract_id=contract.id, now=NOW),
            lambda: operations.end_agency_share(actor=actor, contract_id=contract.id, now=NOW),
            lambda: queries.access_agency_contract(actor=actor, contract_id=contract.id),
            lambda: queries.access_agency(actor=actor, agency_id=agency.id),
            lambda: propose(agency, six.mei.id, by=actor.account_id),
        ):
            with pytest.raises(NotFound), transaction.atomic():
                refused()
        assert queries.list_agency_contracts(actor=actor).items == ()
        assert AgencyContract.objects.get().state == "proposed"


class TestProposeAgencyShare:
    def test_is_refused_where_it_makes_no_sense(self) -> None:
        six: SixPeople = make_six()
        agency = make_agency(owner=six.tan)
        with pytest.raises(NotCreator), transaction.atomic():
            propose(agency, six.lin.id)
        for share_bp, start, end, field in (
            (0, 0, None, "share_bp"),
            (10_001, 0, None, "share_bp"),
            (2_000, -1, None, "starts_at"),
            (2_000, 1, 1, "ends_at"),
            (2_000, 51 * 365, None, "starts_at"),
            (2_000, 1, 51 * 365, "ends_at"),
        ):
            with pytest.raises(InvalidInput) as refusal, transaction.atomic():
                propose(agency, six.mei.id, share_bp=share_bp, start=start, end=end)
            assert refusal.value.field_name == field
        with pytest.raises(InvalidInput) as myself, transaction.atomic():
            propose(make_agency(owner=six.mei), six.mei.id)
        assert myself.value.field_name == "creator_id"
        with pytest.raises(NotFound), transaction.atomic():
            propose(AgencyView(10**15, "", six.mei.id), six.mei.id)
        assert AgencyContract.objects.count() == 0


class TestEndAgencyShare:
    def test_withdraws_or_declines_a_proposal(self) -> None:
        mei, agency = make_person(is_creator=True), make_agency()
        for actor_id, state in ((agency.owner_id, "withdrawn"), (mei.id, "declined")):
            contract = propose(agency, mei.id)
            ended = operations.end_agency_share(actor=person(actor_id), contract_id=contract.id, now=NOW)
            assert ended.state == state
            with pytest.raises(IllegalMove), transaction.atomic():
                operations.accept_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW)

    @pytest.mark.parametrize(("end", "noticed_on", "ends_on"), [(None, 5, 35), (20, 5, 20), (365, 5, 35)])
    def test_gives_thirty_days_notice(self, end: int | None, noticed_on: int, ends_on: int) -> None:
        mei = make_person(is_creator=True)
        contract = make_agency_share(creator=mei, ends_at=None if end is None else NOW + end * DAY)
        ended = operations.end_agency_share(
            actor=person(mei.id), contract_id=contract.id, now=NOW + noticed_on * DAY
        )
        assert (ended.state, ended.ends_at) == ("terminated", NOW + ends_on * DAY)
        assert share_at(mei.id, ends_on - 0.1) is not None
        assert share_at(mei.id, ends_on) is None
        with pytest.raises(IllegalMove), transaction.atomic():
            operations.end_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW + 6 * DAY)

    def test_leaves_nothing_of_a_contract_that_begins_later_still(self) -> None:
        mei = make_person(is_creator=True)
        contract = make_agency_share(creator=mei, starts_at=NOW + 60 * DAY)
        ended = operations.end_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW)
        assert ended.ends_at == ended.starts_at
        assert share_at(mei.id, 60) is None
        make_agency_share(creator=mei, starts_at=NOW + 60 * DAY)

    def test_is_pointless_once_over(self) -> None:
        mei = make_person(is_creator=True)
        contract = make_agency_share(creator=mei, ends_at=NOW + DAY)
        with pytest.raises(ContractOver), transaction.atomic():
            operations.end_agency_share(actor=person(mei.id), contract_id=contract.id, now=NOW + DAY)
        assert AgencyContract.objects.get().state == "accepted"


class TestAgencies:
    def test_are_opened_and_listed(self) -> None:
        owner = make_person()
        agency = operations.open_agency(actor=person(owner.id), name="安心", now=NOW)
        assert queries.list_agencies_of(account_id=owner.id) == (agency,)
        assert queries.access_agency(actor=person(owner.id), agency_id=agency.id) == agency
        for _ in range(9):
            make_agency(owner=owner)
        with pytest.raises(LimitReached), transaction.atomic():
            make_agency(owner=owner)
        with pytest.raises(InvalidInput), transaction.atomic():
            operations.open_agency(actor=person(make_person().id), name="", now=NOW)
        assert Agency.objects.count() == 10

    def test_contracts_are_seen_by_both_sides_in_the_same_statements_for_one_or_fifty(self) -> None:
        mei, agency = make_person(is_creator=True), make_agency()
        counts = []
        for more in (1, 49):
            for _ in range(more):
                propose(agency, mei.id)
            for side in (mei.id, agency.owner_id):
                with CaptureQueriesContext(connection) as statements:
                    found = queries.list_agency_contracts(actor=person(side), limit=100)
                counts.append((len(found.items), len(statements)))
        assert counts == [(1, 1), (1, 1), (50, 1), (50, 1)]
        first = found.items[-1]
        assert queries.access_agency_contract(actor=person(mei.id), contract_id=first.id) == first


def test_the_system_has_no_agency() -> None:
    with pytest.raises(NotAllowed):
        operations.open_agency(actor=system("import"), name="x", now=NOW)
