"""Proving who one is, and where one's money goes."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.actor import person
from laotie.core.audit_log import list_actions
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.core.tests.receiver import receiver
from laotie.people import operations, queries
from laotie.people.contracts import CheckState, DocumentKind
from laotie.people.documents import read_bank_number, read_id_card, read_passport
from laotie.people.errors import CheckRunning, IdentityFixed, TriesUsedUp
from laotie.people.jobs import ATTEMPTS_MAX, answer_identity_check
from laotie.people.models import BankAccount, Identity, IdentityCheck
from laotie.people.operations.identities import find_answer
from laotie.people.tests.makers import (
    NOW,
    SixPeople,
    id_card_number,
    make_bank_account,
    make_identity,
    make_person,
    make_six,
    refused,
)
from laotie.people.verification import VerificationUnavailable

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)
GOOD = "11010519491231002X"  # the example of GB 11643-1999


@pytest.fixture
def six(db: None) -> SixPeople:  # noqa: ARG001 - asks for the database
    return make_six(bo_permissions=("money",))


def ask(account_id: int, *, number: str = "", name: str = "梅晓红", now: datetime = NOW) -> int:
    """Ask whether a name belongs to a number, and return the question's id."""
    return operations.ask_identity_check(
        actor=person(account_id),
        legal_name=name,
        document=DocumentKind.ID_CARD,
        document_number=number or id_card_number(),
        now=now,
    ).id


class TestDocuments:
    def test_the_standards_own_example_is_read(self) -> None:
        assert read_id_card(" 11010519491231002x ", today=TODAY) == (GOOD, date(1949, 12, 31))

    @pytest.mark.parametrize(
        "number",
        [
            "110105194912310021",  # check character
            "11010519490231002X",  # no such day
            "1101051949123100",
            "01010519491231002X",
            "=1+1",
            "",
            id_card_number(born="20270101"),  # not born yet
        ],
    )
    def test_a_wrong_number_is_refused(self, number: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            read_id_card(number, today=TODAY)
        assert refusal.value.field_name == "document_number"

    def test_a_passport_needs_the_day_of_birth(self) -> None:
        assert read_passport("e12345678", born=date(1990, 1, 1), today=TODAY)[0] == "E12345678"
        with pytest.raises(InvalidInput) as refusal:
            read_passport("E12345678", born=None, today=TODAY)
        assert refusal.value.field_name == "birth_date"

    def test_bank_numbers_carry_their_own_checks(self) -> None:
        assert read_bank_number("6222 0212 3456 7890 128") == "6222021234567890128"
        assert read_bank_number("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
        for wrong in ("6222021234567890127", "DE88370400440532013000", "1234", "abc", "=12345678"):
            with pytest.raises(InvalidInput):
                read_bank_number(wrong)


class TestIdentity:
    def test_the_answer_comes_from_the_worker_and_nothing_asked_is_kept(self, six: SixPeople) -> None:
        check_id = ask(six.mei.id)
        job = ProcrastinateJob.objects.filter(task_name="people.answer_identity_check").latest("id")
        assert job.args == {"check_id": check_id}
        answer_identity_check.func(check_id)
        found = queries.find_identity(account_id=six.mei.id)
        assert found is not None
        assert (found.name_masked, found.number_masked[-4:]) == ("梅**", id_card_number()[-4:])
        row = IdentityCheck.objects.get()
        assert (row.state, row.legal_name, row.document_number, row.birth_date) == ("matched", "", "", "")
        with connection.cursor() as cursor:
            cursor.execute("SELECT legal_name || document_number || birth_date FROM people_identity")
            assert "梅晓红" not in cursor.fetchone()[0]

    def test_a_mismatch_verifies_nobody(self, six: SixPeople) -> None:
        answer_identity_check.func(ask(six.mei.id, number=_ending("00")))
        check = queries.find_identity_check(account_id=six.mei.id)
        assert check is not None
        assert check.state is CheckState.MISMATCHED
        assert queries.find_identity(account_id=six.mei.id) is None

    def test_a_service_that_is_away_is_asked_again_and_at_last_given_up(self, six: SixPeople) -> None:
        check_id = ask(six.mei.id, number=_ending("99"))
        with pytest.raises(VerificationUnavailable):
            find_answer(check_id=check_id, now=NOW)
        answer_identity_check.func(check_id)
        later = ProcrastinateJob.objects.filter(task_name="people.answer_identity_check").latest("id")
        assert later.args == {"check_id": check_id, "attempt": 2}
        assert IdentityCheck.objects.get().state == "asked"
        answer_identity_check.func(check_id, attempt=ATTEMPTS_MAX)
        assert IdentityCheck.objects.get().state == "unanswered"

    def test_one_question_at_a_time_five_a_day(self, six: SixPeople) -> None:
        check_id = ask(six.mei.id, number=_ending("00"))
        with refused(CheckRunning):
            ask(six.mei.id)
        for _ in range(4):
            operations.end_identity_check(check_id=check_id, is_match=False, now=NOW)
            check_id = ask(six.mei.id)
        operations.end_identity_check(check_id=check_id, is_match=False, now=NOW)
        day = timedelta(days=1)
        with refused(TriesUsedUp):
            ask(six.mei.id, now=NOW + day - timedelta(seconds=1))
        assert ask(six.mei.id, now=NOW + day) > check_id

    def test_a_verified_name_is_changed_by_an_operator_only(self, six: SixPeople) -> None:
        make_identity(account=six.mei)
        with refused(IdentityFixed):
            ask(six.mei.id)
        with refused(NotAllowed):
            operations.withdraw_identity(
                actor=person(six.tan.id), account_id=six.mei.id, reason="婚后改名", now=NOW
            )
        operations.withdraw_identity(actor=person(six.shen.id), account_id=six.mei.id, reason="婚后改名", now=NOW)
        assert list_actions().items[0].action == "identity.withdraw"
        assert Identity.objects.count() == 0

    def test_adults_are_told_by_the_day(self, six: SixPeople) -> None:
        make_identity(account=six.mei, born="20080302")
        found = queries.find_identity(account_id=six.mei.id)
        assert found is not None
        assert [found.is_adult(day) for day in (date(2026, 3, 1), date(2026, 3, 2))] == [False, True]

    def test_one_persons_accounts_are_found_by_their_document(self, six: SixPeople) -> None:
        twin = make_person(name="小号")
        for account_id in (six.mei.id, twin.id):
            operations.end_identity_check(check_id=ask(account_id), is_match=True, now=NOW)
        assert queries.list_linked_accounts(account_id=six.mei.id) == (twin.id,)
        assert queries.list_linked_accounts(account_id=six.tan.id) == ()

    def test_any_service_behind_a_signed_request(self, six: SixPeople, settings: object) -> None:
        check_id = ask(six.mei.id)
        with receiver() as service:
            settings.VERIFICATION = "http"  # type: ignore[attr-defined]
            settings.VERIFICATION_URL = service.url  # type: ignore[attr-defined]
            settings.VERIFICATION_SECRET = "shared"  # type: ignore[attr-defined]
            service.answer = b'{"match": true}'
            assert find_answer(check_id=check_id, now=NOW) is True
            service.answer = b'{"match": "yes"}'
            with pytest.raises(VerificationUnavailable):
                find_answer(check_id=check_id, now=NOW)
            service.status = 500
            with pytest.raises(VerificationUnavailable):
                find_answer(check_id=check_id, now=NOW)


class TestBankAccount:
    def test_only_the_owner_says_where_money_goes(self, six: SixPeople) -> None:
        for name, actor in six.actors().items():
            if name == "tan":
                make_bank_account(actor=actor, owner=f"shop:{six.shop.id}")
            else:
                with refused(NotFound):
                    make_bank_account(actor=actor, owner=f"shop:{six.shop.id}")
        assert BankAccount.objects.count() == 1

    def test_the_first_is_usable_at_once_and_a_change_rests(self, six: SixPeople) -> None:
        mei = person(six.mei.id)
        owner = f"account:{six.mei.id}"
        make_bank_account(actor=mei, owner=owner)
        first = queries.find_bank_account(owner=owner)
        assert first is not None
        assert first.usable_from == NOW
        make_bank_account(actor=mei, owner=owner, now=NOW + timedelta(hours=1))  # the same: nothing changes
        assert BankAccount.objects.count() == 1
        make_bank_account(actor=mei, owner=owner, number="6222021234567890003", now=NOW)
        changed = queries.find_bank_account(owner=owner)
        assert changed is not None
        assert changed.usable_from == NOW + timedelta(hours=24)
        assert (changed.number_masked, changed.holder_masked) == ("****0003", "谭**")

    @pytest.mark.parametrize("owner", ["shop:0", "shop:x", "account:999999999", "operator:1", "", "shop:"])
    def test_an_owner_that_is_none_is_refused(self, six: SixPeople, owner: str) -> None:
        with refused(NotFound):
            make_bank_account(actor=person(six.tan.id), owner=owner)


def _ending(two: str) -> str:
    """Return a valid number whose two characters before the last are these."""
    for serial in range(1000):
        number = id_card_number(serial=serial)
        if number[:-1].endswith(two):
            return number
    raise AssertionError
