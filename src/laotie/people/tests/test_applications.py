"""Joining: who may apply, what the operator answers, and who sees the papers."""

import base64
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.actor import person
from laotie.core.audit_log import list_actions
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.core.models import PersonalAccess
from laotie.core.pictures import NotAPicture
from laotie.events.models import OutboxEvent
from laotie.people import operations, queries
from laotie.people.contracts import AccountView, ApplicationKind, ApplicationState, ApplicationView, CheckState
from laotie.people.errors import (
    AgreementMissing,
    ApplicationOpen,
    IdentityMissing,
    LicenceExpired,
    PapersMissing,
    TooManyPapers,
    TooYoung,
)
from laotie.people.jobs import ATTEMPTS_MAX, answer_licence_check
from laotie.people.models import Application, ApplicationMove, ApplicationPaper, Shop
from laotie.people.tests.makers import (
    NOW,
    SixPeople,
    licence_number,
    make_identity,
    make_person,
    make_six,
    refused,
)
from laotie.people.tests.test_races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def six(db: None) -> SixPeople:  # noqa: ARG001 - asks for the database
    return make_six()


@pytest.fixture
def hu(db: None) -> AccountView:  # noqa: ARG001 - asks for the database
    """Somebody with a proven name who is nothing here yet."""
    hu = make_person(name="胡老板")
    make_identity(account=hu, name="胡大海")
    return hu


def picture(*, color: str = "gold") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), color).save(out, "PNG")
    return out.getvalue()


def apply(
    account: AccountView,
    kind: ApplicationKind = ApplicationKind.MERCHANT,
    *,
    agrees: bool = True,
    number: str = "",
    until: date | None = None,
    name: str = "胡家腊味",
    now: datetime = NOW,
) -> ApplicationView:
    """Apply as a business."""
    return operations.apply(
        actor=person(account.id),
        kind=kind,
        agrees=agrees,
        business_name="金华胡家食品有限公司",
        licence_number=number or licence_number(),
        licence_until=until,
        public_name=name,
        categories=["food"],
        now=now,
    )


def add_paper(account: AccountView, application: ApplicationView, *, until: date | None = None) -> ApplicationView:
    return operations.add_paper(
        actor=person(account.id),
        application_id=application.id,
        title="营业执照",
        picture=picture(),
        valid_until=until,
        now=NOW,
    )


class TestCreator:
    def test_is_let_in_at_once(self, hu: AccountView) -> None:
        view = operations.apply(actor=person(hu.id), kind=ApplicationKind.CREATOR, agrees=True, now=NOW)
        assert (view.state, view.outcome, view.agreement) == (
            ApplicationState.APPROVED,
            f"creator:{hu.id}",
            "creator/1",
        )
        assert queries.get_account(hu.id).is_creator
        assert [move.new for move in ApplicationMove.objects.order_by("id")] == ["submitted", "approved"]

    def test_is_not_let_in_without_a_proven_name(self) -> None:
        lin = make_person()
        with refused(IdentityMissing):
            operations.apply(actor=person(lin.id), kind=ApplicationKind.CREATOR, agrees=True, now=NOW)
        assert not Application.objects.exists()
        assert not queries.get_account(lin.id).is_creator

    @pytest.mark.parametrize(
        ("now", "is_adult"),
        [
            (datetime(2026, 5, 1, 15, 59, 59, tzinfo=UTC), False),  # 23:59:59 of the day before, in the market
            (datetime(2026, 5, 1, 16, 0, 0, tzinfo=UTC), True),  # the eighteenth birthday begins
            (datetime(2026, 5, 1, 16, 0, 1, tzinfo=UTC), True),
        ],
    )
    def test_is_of_age_from_the_birthday_on(self, now: datetime, *, is_adult: bool) -> None:
        lin = make_person()
        make_identity(account=lin, born="20080502")

        def become() -> ApplicationView:
            return operations.apply(actor=person(lin.id), kind=ApplicationKind.CREATOR, agrees=True, now=now)

        if is_adult:
            assert become().state is ApplicationState.APPROVED
        else:
            with refused(TooYoung):
                become()
        assert queries.get_account(lin.id).is_creator is is_adult

    def test_agrees_to_the_terms(self, hu: AccountView) -> None:
        with refused(AgreementMissing):
            operations.apply(actor=person(hu.id), kind=ApplicationKind.CREATOR, agrees=False, now=NOW)
        assert not queries.get_account(hu.id).is_creator


class TestBusiness:
    def test_opens_a_shop_with_the_operators_yes(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        assert (application.state, application.licence_check) == (ApplicationState.SUBMITTED, CheckState.ASKED)
        add_paper(hu, application)
        done = operations.approve_application(actor=person(six.shen.id), application_id=application.id, now=NOW)
        shop = Shop.objects.latest("id")
        assert (done.state, done.outcome) == (ApplicationState.APPROVED, f"shop:{shop.pk}")
        assert (shop.owner_id, shop.name) == (hu.id, "胡家腊味")
        assert list_actions().items[0].action == "application.approve"
        events = OutboxEvent.objects.filter(name="people.application_moved.v1").order_by("id")
        assert [event.payload["state"] for event in events] == ["submitted", "approved"]

    def test_opens_an_agency(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu, ApplicationKind.AGENCY)
        add_paper(hu, application)
        done = operations.approve_application(actor=person(six.shen.id), application_id=application.id, now=NOW)
        assert done.outcome.startswith("agency:")

    @pytest.mark.parametrize(
        "number",
        [
            "",
            "91330782000000001",
            licence_number()[:-1] + "I",
            "=HYPERLINK(1)",
            licence_number(serial=2)[:-1] + "0",
        ],
    )
    def test_has_a_licence_that_can_be_one(self, hu: AccountView, number: str) -> None:
        with refused(InvalidInput) as found:
            operations.apply(
                actor=person(hu.id),
                kind=ApplicationKind.PROVIDER,
                agrees=True,
                business_name="胡家",
                licence_number=number,
                now=NOW,
            )
        assert found.value.field_name == "licence_number"
        assert not Application.objects.exists()

    def test_has_a_licence_that_has_not_ended(self, hu: AccountView) -> None:
        today = date(NOW.year, NOW.month, NOW.day)
        for until in (today - timedelta(days=1), today):
            with refused(LicenceExpired):
                apply(hu, until=until)
        assert apply(hu, until=today + timedelta(days=1)).licence_until == today + timedelta(days=1)

    def test_is_not_let_in_with_a_licence_that_ended_while_waiting(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu, until=date(NOW.year, NOW.month, NOW.day) + timedelta(days=1))
        add_paper(hu, application)
        with refused(LicenceExpired):
            operations.approve_application(
                actor=person(six.shen.id), application_id=application.id, now=NOW + timedelta(days=1)
            )
        assert queries.list_my_applications(actor=person(hu.id))[0].state is ApplicationState.SUBMITTED

    def test_shows_papers_before_it_is_let_in(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        with refused(PapersMissing):
            operations.approve_application(actor=person(six.shen.id), application_id=application.id, now=NOW)
        assert Shop.objects.filter(owner_id=hu.id).count() == 0

    def test_applies_once_at_a_time(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        with refused(ApplicationOpen):
            apply(hu)
        apply(hu, ApplicationKind.LEADER)  # another wish is another application
        operations.withdraw_application(actor=person(hu.id), application_id=application.id, now=NOW)
        again = apply(hu)
        operations.reject_application(
            actor=person(six.shen.id), application_id=again.id, reason="执照不清晰", now=NOW
        )
        assert apply(hu).id != again.id

    def test_mends_what_was_returned(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        returned = operations.return_application(
            actor=person(six.shen.id), application_id=application.id, reason="请上传执照", now=NOW
        )
        assert (returned.state, returned.reason) == (ApplicationState.RETURNED, "请上传执照")
        add_paper(hu, application)
        again = apply(hu, name="胡家火腿")
        assert (again.id, again.state, again.public_name) == (
            application.id,
            ApplicationState.SUBMITTED,
            "胡家火腿",
        )
        assert again.reason == ""
        assert len(again.papers) == 1

    @pytest.mark.parametrize("end", ["approved", "rejected", "withdrawn"])
    def test_what_has_ended_stays(self, six: SixPeople, hu: AccountView, end: str) -> None:
        application = apply(hu)
        add_paper(hu, application)
        shen, me = person(six.shen.id), person(hu.id)
        moves: dict[str, Callable[[], object]] = {
            "approved": lambda: operations.approve_application(actor=shen, application_id=application.id, now=NOW),
            "rejected": lambda: operations.reject_application(
                actor=shen, application_id=application.id, reason="不符合要求", now=NOW
            ),
            "withdrawn": lambda: operations.withdraw_application(actor=me, application_id=application.id, now=NOW),
        }
        moves[end]()
        for move in moves.values():
            with refused(IllegalMove):
                move()
        with refused(IllegalMove):
            add_paper(hu, application)
        assert Application.objects.get(pk=application.id).state == end

    def test_gives_reasons(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        with refused(InvalidInput):
            operations.reject_application(
                actor=person(six.shen.id), application_id=application.id, reason=" ", now=NOW
            )


class TestPapers:
    def test_are_pictures_that_are_not_too_many(self, hu: AccountView) -> None:
        application = apply(hu)
        with refused(NotAPicture):
            operations.add_paper(
                actor=person(hu.id),
                application_id=application.id,
                title="营业执照",
                picture=b"%PDF-1.7",
                valid_until=None,
                now=NOW,
            )
        with refused(LicenceExpired):
            add_paper(hu, application, until=date(NOW.year, NOW.month, NOW.day))
        for _ in range(12):
            add_paper(hu, application)
        with refused(TooManyPapers):
            add_paper(hu, application)
        assert ApplicationPaper.objects.count() == 12

    def test_are_seen_by_the_applicant_and_operators_who_leave_a_trace(
        self, six: SixPeople, hu: AccountView
    ) -> None:
        paper = add_paper(hu, apply(hu)).papers[0]
        assert queries.read_paper(actor=person(hu.id), paper_id=paper.id).startswith(b"RIFF")
        assert not PersonalAccess.objects.exists()
        assert queries.read_paper(actor=person(six.shen.id), paper_id=paper.id).startswith(b"RIFF")
        assert [look.fields for look in PersonalAccess.objects.all()] == ["paper"]
        for stranger in (six.lin, six.mei, six.tan, six.bo, six.guo):
            with refused(NotFound):
                queries.read_paper(actor=person(stranger.id), paper_id=paper.id)

    def test_are_kept_encrypted(self, hu: AccountView) -> None:
        add_paper(hu, apply(hu))
        with connection.cursor() as cursor:
            cursor.execute("SELECT picture FROM people_applicationpaper")
            assert not cursor.fetchone()[0].startswith(base64.b64encode(b"RIFF").decode()[:5])


class TestPermissions:
    def test_strangers_find_nothing_and_judge_nothing(self, six: SixPeople, hu: AccountView) -> None:
        application = apply(hu)
        add_paper(hu, application)
        for stranger in (six.lin, six.mei, six.tan, six.bo, six.guo, hu):
            actor = person(stranger.id)
            with refused(NotAllowed):
                operations.approve_application(actor=actor, application_id=application.id, now=NOW)
            with refused(NotAllowed):
                operations.reject_application(actor=actor, application_id=application.id, reason="不行", now=NOW)
            with refused(NotAllowed):
                operations.return_application(actor=actor, application_id=application.id, reason="不行", now=NOW)
            with refused(NotAllowed):
                queries.list_applications(actor=actor)
            with refused(NotAllowed):
                queries.get_application_detail(actor=actor, application_id=application.id)
            if stranger is not hu:
                with refused(NotFound):
                    operations.withdraw_application(actor=actor, application_id=application.id, now=NOW)
                with refused(NotFound):
                    add_paper(stranger, application)
                assert queries.list_my_applications(actor=actor) == ()

    def test_the_operator_sees_who_else_has_the_licence(self, six: SixPeople, hu: AccountView) -> None:
        ma = make_person(name="马老板")
        make_identity(account=ma, name="马小马")
        first, second = apply(hu), apply(ma)
        seen = queries.get_application_detail(actor=person(six.shen.id), application_id=first.id)
        assert (seen.same_licence_ids, seen.applicant_name) == ((ma.id,), "胡老板")
        waiting = queries.list_applications(actor=person(six.shen.id), state=ApplicationState.SUBMITTED)
        assert [view.id for view in waiting.items] == [first.id, second.id]


class TestLicenceCheck:
    def number_ending(self, ending: str) -> str:
        serial = next(serial for serial in range(int(ending), 10_000, 100) if serial)
        return licence_number(serial=serial)

    @pytest.mark.parametrize(("ending", "state"), [("12", CheckState.MATCHED), ("00", CheckState.MISMATCHED)])
    def test_the_services_answer_is_kept(self, hu: AccountView, ending: str, state: CheckState) -> None:
        application = apply(hu, number=self.number_ending(ending))
        assert ProcrastinateJob.objects.filter(task_name="people.answer_licence_check").count() == 1
        answer_licence_check(application_id=application.id)
        assert queries.list_my_applications(actor=person(hu.id))[0].licence_check == state
        answer_licence_check(application_id=application.id)  # again changes nothing
        assert queries.list_my_applications(actor=person(hu.id))[0].licence_check == state

    def test_a_service_that_is_away_is_asked_again_and_then_given_up(self, hu: AccountView) -> None:
        application = apply(hu, number=self.number_ending("99"))
        jobs = ProcrastinateJob.objects.filter(task_name="people.answer_licence_check")
        answer_licence_check(application_id=application.id)
        assert jobs.count() == 2
        answer_licence_check(application_id=application.id, attempt=ATTEMPTS_MAX)
        assert jobs.count() == 2
        found = queries.list_my_applications(actor=person(hu.id))[0]
        assert found.licence_check == CheckState.UNANSWERED


@pytest.mark.django_db(transaction=True)
def test_two_tabs_send_one_application() -> None:
    hu = make_person()
    make_identity(account=hu)
    outcomes = race(*[lambda: apply(hu)] * 3)
    assert outcomes == ["done", *["people.application_open"] * 2]
    assert Application.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_operators_answer_one_application() -> None:
    six = make_six()
    hu = make_person()
    make_identity(account=hu)
    application = apply(hu)
    add_paper(hu, application)
    shen = person(six.shen.id)
    outcomes = race(
        lambda: operations.approve_application(actor=shen, application_id=application.id, now=NOW),
        lambda: operations.reject_application(
            actor=shen, application_id=application.id, reason="资料不全", now=NOW
        ),
    )
    assert outcomes.count("done") == 1
    assert Shop.objects.filter(owner_id=hu.id).count() == (
        Application.objects.get(pk=application.id).state == ApplicationState.APPROVED
    )
