"""Accounts: opening, roles, blocking; tokens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import Actor, person, system
from laotie.core.audit_log import list_actions
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.core.ids import hash_secret
from laotie.events.models import OutboxEvent
from laotie.people import operations, queries
from laotie.people.contracts import NewAccount
from laotie.people.errors import BlocksSelf, EmailTaken, LimitReached
from laotie.people.models import Account, ApiToken
from laotie.people.rules import TOKENS_MOST
from laotie.people.tests.makers import NOW, make_person, make_six

pytestmark = pytest.mark.django_db


def events(name: str) -> list[dict[str, object]]:
    return list(OutboxEvent.objects.filter(name=name).order_by("id").values_list("payload", flat=True))


class TestOpenAccount:
    def test_keeps_the_address_in_lower_case_and_says_so_to_the_world(self) -> None:
        account = operations.open_account(email=" Lin@Laotie.Example ", display_name=" 林晓 ", now=NOW)
        assert (account.email, account.display_name) == ("lin@laotie.example", "林晓")
        assert (account.is_active, account.is_creator, account.is_operator) == (True, False, False)
        assert queries.get_account(account.id) == account
        assert queries.find_account_by_email("LIN@laotie.example") == account
        assert events("people.account_opened.v1") == [{"account_id": account.id}]
        assert not Account.objects.get(pk=account.id).has_usable_password()

    def test_makes_up_a_name_that_tells_nothing(self) -> None:
        account = operations.open_account(email="lin.secret@laotie.example", now=NOW)
        assert account.display_name.startswith("老铁")
        assert "secret" not in account.display_name

    @pytest.mark.parametrize(
        ("email", "name", "password", "field"),
        [
            ("no-address", "林", None, "email"),
            ("", "林", None, "email"),
            ("a@b.example" + "x" * 250, "林", None, "email"),
            ("lin@laotie.example", "x" * 61, None, "display_name"),
            ("lin@laotie.example", "a\x00b", None, "display_name"),
            ("lin@laotie.example", "a\u202eb", None, "display_name"),
            ("lin@laotie.example", "林", "123", "password"),
        ],
    )
    def test_refuses_bad_input_and_names_the_field(
        self, email: str, name: str, password: str | None, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.open_account(email=email, display_name=name, password=password, now=NOW)
        assert refusal.value.field_name == field
        assert Account.objects.count() == 0
        assert OutboxEvent.objects.count() == 0

    def test_takes_html_as_text(self) -> None:
        assert operations.open_account(
            email="a@laotie.example", display_name="<b>x</b>", now=NOW
        ).display_name == ("<b>x</b>")

    def test_refuses_a_taken_address(self) -> None:
        make_person(email="lin@laotie.example")
        with pytest.raises(EmailTaken), transaction.atomic():
            operations.open_account(email="LIN@laotie.example", display_name="二", now=NOW)
        assert Account.objects.count() == 1
        assert OutboxEvent.objects.count() == 1


class TestBringInAccounts:
    def test_opens_them_without_passwords_at_their_own_times(self) -> None:
        later = NOW + timedelta(days=1)
        lin, mei = operations.bring_in_accounts(
            accounts=[
                NewAccount("Lin@laotie.example", "林晓", NOW),
                NewAccount("mei@laotie.example", "梅姐", later),
            ]
        )
        assert queries.find_accounts_by_email(["lin@laotie.example", "guo@laotie.example"]) == {lin.email: lin}
        assert events("people.account_opened.v1") == [{"account_id": lin.id}, {"account_id": mei.id}]
        assert Account.objects.get(pk=mei.id).joined_at == later
        assert not Account.objects.get(pk=lin.id).has_usable_password()

    def test_opens_none_where_one_is_there_already(self) -> None:
        new = [NewAccount("new@laotie.example", "新", NOW), NewAccount("lin@laotie.example", "林", NOW)]
        operations.open_account(email="lin@laotie.example", now=NOW)
        with pytest.raises(EmailTaken), transaction.atomic():
            operations.bring_in_accounts(accounts=new)
        with pytest.raises(EmailTaken), transaction.atomic():
            operations.bring_in_accounts(accounts=[new[0], new[0]])
        assert Account.objects.count() == 1


class TestEditAccount:
    def test_changes_what_is_given(self) -> None:
        lin = make_person()
        edited = operations.edit_account(actor=person(lin.id), display_name="小林", language="en")
        assert (edited.display_name, edited.language, edited.introduction) == ("小林", "en", "")

    def test_refuses_a_language_nobody_wrote(self) -> None:
        lin = make_person()
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.edit_account(actor=person(lin.id), display_name="x", language="fr")
        assert refusal.value.field_name == "language"
        assert queries.get_account(lin.id) == lin


class TestBecomeCreator:
    def test_joins_once(self) -> None:
        mei = make_person()
        operations.become_creator(actor=person(mei.id), introduction="卖\n山货", now=NOW)
        again = operations.become_creator(actor=person(mei.id), now=NOW)
        assert (again.is_creator, again.introduction) == (True, "卖\n山货")
        assert events("people.creator_joined.v1") == [{"account_id": mei.id}]


class TestOperators:
    def test_are_made_by_the_system_or_by_operators_and_logged(self) -> None:
        six = make_six()
        operations.grant_operator(actor=person(six.shen.id), account_id=six.lin.id, now=NOW)
        assert queries.is_operator(six.lin.id)
        assert [(line.actor, line.action, line.subject) for line in list_actions().items] == [
            (f"account:{six.shen.id}", "account.grant_operator", f"account:{six.lin.id}"),
            ("system:test", "account.grant_operator", f"account:{six.shen.id}"),
        ]

    @pytest.mark.parametrize("name", ["lin", "mei", "tan", "bo", "guo"])
    def test_others_may_not(self, name: str) -> None:
        six = make_six()
        actor = six.actors()[name]
        for refused in (
            lambda: operations.grant_operator(actor=actor, account_id=six.guo.id, now=NOW),
            lambda: operations.revoke_operator(actor=actor, account_id=six.shen.id, now=NOW),
            lambda: operations.block_account(actor=actor, account_id=six.guo.id, reason="x", now=NOW),
            lambda: operations.reinstate_account(actor=actor, account_id=six.guo.id, reason="x", now=NOW),
            lambda: operations.suspend_shop(actor=actor, shop_id=six.shop.id, reason="x", now=NOW),
            lambda: queries.list_accounts(actor=actor),
            lambda: queries.list_shops(actor=actor),
        ):
            with pytest.raises(NotAllowed) as refusal, transaction.atomic():
                refused()
            assert refusal.value.data() == {"needs": "operator"}
        assert Account.objects.filter(is_operator=True).count() == 1
        assert Account.objects.filter(is_active=False).count() == 0
        assert queries.get_shop(six.shop.id) == six.shop

    def test_lose_the_role_but_not_by_themselves(self) -> None:
        six = make_six()
        with pytest.raises(BlocksSelf), transaction.atomic():
            operations.revoke_operator(actor=person(six.shen.id), account_id=six.shen.id, now=NOW)
        assert queries.is_operator(six.shen.id)
        operations.revoke_operator(actor=system("user"), account_id=six.shen.id, now=NOW)
        assert not queries.is_operator(six.shen.id)

    def test_see_the_admin_but_change_nothing_there(self) -> None:
        six = make_six()
        shen = Account.objects.get(pk=six.shen.id)
        assert shen.has_perm("people.view_shop")
        assert not shen.has_perm("people.change_shop")
        assert not Account.objects.get(pk=six.lin.id).has_perm("people.view_shop")

    def test_find_people(self) -> None:
        six = make_six()
        actor = person(six.shen.id)
        assert [view.id for view in queries.list_accounts(actor=actor, text="梅子").items] == [six.mei.id]
        assert [view.id for view in queries.list_accounts(actor=actor, text=six.bo.email).items] == [six.bo.id]
        assert queries.list_accounts(actor=actor, text="\0梅子").items[0].id == six.mei.id
        assert [view.id for view in queries.list_shops(actor=actor, text="山货").items] == [six.shop.id]

    def test_anonymous_actors_are_none(self) -> None:
        with pytest.raises(NotAllowed):
            queries.require_operator(actor=Actor("visitor", "x"))


class TestBlockAccount:
    def test_shuts_out_with_a_reason_and_back_in(self) -> None:
        six = make_six()
        shen, lin = person(six.shen.id), six.lin
        secret, _token = operations.create_token(
            actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW
        )
        blocked = operations.block_account(actor=shen, account_id=lin.id, reason="刷单", now=NOW)
        assert not blocked.is_active
        assert queries.find_token(secret=secret, now=NOW) is None
        assert [view.id for view in queries.list_accounts(actor=shen, only_blocked=True).items] == [lin.id]
        operations.block_account(actor=shen, account_id=lin.id, reason="again", now=NOW)
        operations.reinstate_account(actor=shen, account_id=lin.id, reason="误判", now=NOW)
        assert queries.find_token(secret=secret, now=NOW) is not None
        logged = [(line.action, line.detail) for line in list_actions().items[:2]]
        assert logged == [("account.reinstate", {"reason": "误判"}), ("account.block", {"reason": "刷单"})]

    def test_refuses_oneself_a_missing_reason_and_a_missing_account(self) -> None:
        six = make_six()
        shen = person(six.shen.id)
        with pytest.raises(BlocksSelf), transaction.atomic():
            operations.block_account(actor=shen, account_id=six.shen.id, reason="x", now=NOW)
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.block_account(actor=shen, account_id=six.lin.id, reason="  ", now=NOW)
        assert refusal.value.field_name == "reason"
        with pytest.raises(NotFound), transaction.atomic():
            operations.block_account(actor=shen, account_id=10**15, reason="x", now=NOW)
        assert Account.objects.filter(is_active=False).count() == 0

    def test_takes_a_blocked_owner_operator_and_staff_out_of_the_shop(self) -> None:
        six = make_six()
        operations.grant_operator(actor=system("test"), account_id=six.guo.id, now=NOW)
        for account in (six.tan, six.bo, six.guo):
            operations.block_account(actor=person(six.shen.id), account_id=account.id, reason="x", now=NOW)
            with pytest.raises(NotFound), transaction.atomic():
                queries.access_shop(actor=person(account.id), shop_id=six.shop.id, permission="catalog")
            assert not queries.is_operator(account.id)


class TestTokens:
    def test_stand_for_their_person_until_they_end(self) -> None:
        lin = make_person()
        until = NOW + timedelta(days=1)
        secret, token = operations.create_token(
            actor=person(lin.id), name="脚本", scopes={"orders:read", "people:read"}, expires_at=until, now=NOW
        )
        assert queries.find_token(secret=secret, now=NOW) == token
        assert (token.account_id, token.scopes) == (lin.id, frozenset({"orders:read", "people:read"}))
        assert queries.find_token(secret=secret, now=until) is None
        assert queries.find_token(secret=secret + "x", now=NOW) is None
        assert queries.find_token(secret="", now=NOW) is None

    def test_keep_only_the_hash(self) -> None:
        lin = make_person()
        secret, token = operations.create_token(
            actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW
        )
        assert ApiToken.objects.get(pk=token.id).secret_hash == hash_secret(secret)

    def test_are_found_with_one_statement(self) -> None:
        lin = make_person()
        secret, _token = operations.create_token(
            actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW
        )
        with CaptureQueriesContext(
            connection,
        ) as statements:
            queries.find_token(secret=secret, now=NOW)
        assert len(statements) == 1

    def test_end_when_revoked_by_their_person_alone(self) -> None:
        lin, guo = make_person(), make_person()
        secret, token = operations.create_token(
            actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW
        )
        with pytest.raises(NotFound) as refusal, transaction.atomic():
            operations.revoke_token(actor=person(guo.id), token_id=token.id, now=NOW)
        assert refusal.value.data() == {"what": "token"}
        assert queries.find_token(secret=secret, now=NOW) == token
        operations.revoke_token(actor=person(lin.id), token_id=token.id, now=NOW)
        operations.revoke_token(actor=person(lin.id), token_id=token.id, now=NOW + timedelta(days=1))
        assert queries.find_token(secret=secret, now=NOW) is None
        assert ApiToken.objects.get(pk=token.id).revoked_at == NOW
        assert queries.list_tokens(actor=person(lin.id)).items == ()

    @pytest.mark.parametrize(
        ("name", "scopes", "days", "field"),
        [
            ("t", ["*"], 1, "scopes"),
            ("t", [], 1, "scopes"),
            ("", ["orders:read"], 1, "name"),
            ("t", ["orders:read"], 0, "expires_at"),
            ("t", ["orders:read"], -1, "expires_at"),
            ("t", ["orders:read"], 51 * 365, "expires_at"),
        ],
    )
    def test_are_refused_with_the_field_named(self, name: str, scopes: list[str], days: int, field: str) -> None:
        lin = make_person()
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.create_token(
                actor=person(lin.id), name=name, scopes=scopes, expires_at=NOW + timedelta(days=days), now=NOW
            )
        assert refusal.value.field_name == field
        assert ApiToken.objects.count() == 0

    def test_have_a_limit_that_counts_valid_ones(self) -> None:
        lin = make_person()
        for _ in range(TOKENS_MOST.default):
            operations.create_token(
                actor=person(lin.id),
                name="t",
                scopes=["orders:read"],
                expires_at=NOW + timedelta(days=1),
                now=NOW,
            )
        with pytest.raises(LimitReached) as refusal, transaction.atomic():
            operations.create_token(
                actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW
            )
        assert refusal.value.data() == {"what": "token", "most": 20}
        assert ApiToken.objects.count() == 20
        operations.create_token(
            actor=person(lin.id), name="t", scopes=["orders:read"], expires_at=None, now=NOW + timedelta(days=1)
        )

    def test_with_an_unknown_scope_are_refused_by_the_database_too(self) -> None:
        lin = make_person()
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.create(account_id=lin.id, name="t", secret_hash="x", scopes=["root"], created_at=NOW)


class TestGetAccounts:
    def test_takes_one_statement_for_one_or_fifty(self) -> None:
        ids = [make_person().id for _ in range(50)]
        for wanted in (ids[:1], ids):
            with CaptureQueriesContext(connection) as statements:
                found = queries.get_accounts(wanted)
            assert (len(statements), sorted(found)) == (1, sorted(wanted))

    def test_says_nothing_of_who_is_not_there(self) -> None:
        assert queries.get_accounts([10**15]) == {}
        assert queries.find_account_by_email("nobody@laotie.example") is None
        with pytest.raises(NotFound):
            queries.get_account(10**15)
