"""Export and erasure of a person, through HTTP and the command line's way; and who looked at whose address."""

import json
from itertools import count
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client

from laotie.api.persons import erase_person, export_person
from laotie.core.actor import person, system
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.core.models import AuditEntry, IdempotencyKey, PersonalAccess
from laotie.core.sql import fetch_one
from laotie.events.models import OutboxEvent, WebhookEndpoint
from laotie.events.webhooks.operations import add_endpoint
from laotie.main.audit import audit_everything
from laotie.main.users import erase_by_email, export_by_email
from laotie.orders import operations, queries
from laotie.orders.contracts import BasketLine
from laotie.orders.models import Order, Parcel, ReviewFact
from laotie.orders.states import OrderState
from laotie.orders.tests import makers
from laotie.people import operations as people
from laotie.people.errors import ErasureBlocked
from laotie.people.models import Account, Address
from laotie.people.tests.makers import make_address, make_agency_share, make_person, make_shop
from tests.journeys.http import Caller

NOW = makers.NOW
SECRETS = ("林晓", "13812345678", "13800005678", "lin-secret@laotie.example", "SF-LIN-1", "好茶啊", "我是林晓")

_keys = count(1)

pytestmark = pytest.mark.django_db(transaction=True)


def session_call(account_id: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the API in somebody's session."""
    client = Client(headers={"Idempotency-Key": f"person-{next(_keys)}", "Accept-Language": "en"})
    client.force_login(Account.objects.get(pk=account_id))
    answer = client.generic(method, f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")
    return answer.status_code, json.loads(answer.content) if answer.content else None


def lived() -> makers.Market:
    """Return a market in which Lin has left traces everywhere: addresses, parcels, a refund, a review, tokens."""
    market = makers.make_market()
    account_id = market.lin.id
    Account.objects.filter(pk=account_id).update(email="lin-secret@laotie.example", display_name="林晓")
    people.edit_account(actor=market.buyer, introduction="我是林晓")
    settled = makers.buy(market, until="settled")
    Parcel.objects.filter(order_id=settled.id).update(tracking_number="SF-LIN-1")
    ReviewFact.objects.create(order_id=settled.id, stars=5, title="好", words="好茶啊", written_at=NOW)
    other = make_person(name="别人")
    people.follow(actor=market.buyer, followed=f"account:{other.id}", now=NOW)
    people.follow(actor=person(other.id), followed=f"account:{account_id}", now=NOW)
    Caller(account_id).post(
        "/me/addresses",
        {
            "recipient": "林晓",
            "phone": "13812345678",
            "region": "浙江省",
            "street": "文三路1号",
            "postcode": "310000",
        },
    )
    add_endpoint(
        actor=market.buyer,
        owner=f"account:{account_id}",
        url="https://hooks.example.com/lin",
        events=["orders.order_placed.v1"],
        now=NOW,
    )
    return market


def everything_stored() -> str:
    """Return all rows of all tables as one text, encrypted fields decrypted."""
    texts = []
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            names = [field.name for field in model._meta.concrete_fields]
            texts += [str(row) for row in model._default_manager.values_list(*names)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        texts += [str(row) for row in cursor.fetchall()]
    return "\n".join(texts)


class TestErasing:
    def test_leaves_nothing_that_tells_whose_it_was_and_clean_books(self) -> None:
        market = lived()
        before = everything_stored()
        assert [secret for secret in SECRETS if secret not in before] == []
        money = list(Order.objects.values_list("id", "paid_fen", "refunded_fen", "state"))
        status, _ = session_call(market.lin.id, "POST", "/me/erasure", {"email": "lin-secret@laotie.example"})
        assert status == 204
        after = everything_stored()
        assert [secret for secret in SECRETS if secret in after] == []
        assert list(Order.objects.values_list("id", "paid_fen", "refunded_fen", "state")) == money
        assert list(audit_everything()) == []
        assert Address.objects.filter(account_id=market.lin.id).count() == 0
        assert WebhookEndpoint.objects.count() == 0
        assert IdempotencyKey.objects.filter(scope=f"account:{market.lin.id}").count() == 1  # this request's own
        assert OutboxEvent.objects.get(name="people.account_erased.v1").payload == {"account_id": market.lin.id}
        entry = AuditEntry.objects.get(action="person.erase")
        assert (entry.actor, entry.subject) == (f"account:{market.lin.id}",) * 2

    def test_ends_every_session_and_frees_the_address_for_another(self) -> None:
        market = lived()
        client = Client()
        client.force_login(Account.objects.get(pk=market.lin.id))
        assert client.get("/api/v1/me").status_code == 200
        erase_by_email(actor=system("tests"), email="lin-secret@laotie.example", now=NOW)
        assert client.get("/api/v1/me").status_code == 401
        make_person(email="lin-secret@laotie.example")

    def test_a_second_time_changes_nothing(self) -> None:
        market = lived()
        for _ in range(2):
            people.erase_account(actor=system("tests"), account_id=market.lin.id, now=NOW)
        assert OutboxEvent.objects.filter(name="people.account_erased.v1").count() == 1

    @pytest.mark.parametrize(
        ("cause", "what"),
        [
            ("order", "order"),
            ("refund", "order"),
            ("shop", "shop"),
            ("agency", "agency"),
            ("contract", "contract"),
            ("operator", "operator"),
            ("money", "balance"),
        ],
    )
    def test_is_refused_while_somebody_needs_the_person(self, cause: str, what: str) -> None:
        market = lived()
        victim = market.lin.id
        if cause == "order":
            makers.buy(market)
        elif cause == "refund":
            order = makers.buy(market, until="settled")
            assert order.settled_at is not None
            operations.ask_after_sale(
                actor=market.buyer,
                order_id=order.id,
                line_id=order.lines[0].id,
                reason="坏了",
                now=order.settled_at,
            )
        elif cause == "shop":
            make_shop(owner=market.lin)
        elif cause in {"agency", "contract"}:
            creator = people.become_creator(actor=market.buyer, now=NOW)
            contract = make_agency_share(creator=creator)
            if cause == "agency":
                people.open_agency(actor=market.buyer, name="林家", now=NOW)
            assert contract.creator_id == victim
        elif cause == "operator":
            people.grant_operator(actor=system("tests"), account_id=victim, now=NOW)
        else:
            makers.open_plan(market)
            makers.click(market)
            makers.buy(market, until="settled")
            victim = market.mei.id
        email = Account.objects.get(pk=victim).email
        before = everything_stored()
        with pytest.raises(ErasureBlocked) as refusal:
            erase_person(actor=system("tests"), account_id=victim, email=email, now=NOW)
        assert refusal.value.what == what
        assert everything_stored() == before

    def test_waits_for_an_order_that_is_being_placed_and_then_finds_it(self) -> None:
        market = makers.make_market()
        address = make_address(owner=market.lin)
        outcomes: list[str] = []

        def erase() -> None:
            try:
                erase_person(actor=market.buyer, account_id=market.lin.id, email=market.lin.email, now=NOW)
                outcomes.append("erased")
            except ErasureBlocked:
                outcomes.append("blocked")
            finally:
                connection.close()

        rival = Thread(target=erase)
        with transaction.atomic():
            operations.place_order(
                buyer=market.buyer, lines=[BasketLine(market.sku_id, 1)], address_id=address.id, now=NOW
            )
            rival.start()
            while fetch_one("SELECT 1 FROM pg_locks WHERE NOT granted") is None:
                assert rival.is_alive()
        rival.join()
        assert outcomes == ["blocked"]
        assert Order.objects.get().address

    def test_asks_for_the_accounts_own_address_and_for_the_right_person(self) -> None:
        market = lived()
        before = everything_stored()
        with pytest.raises(InvalidInput):
            erase_person(actor=market.buyer, account_id=market.lin.id, email="other@laotie.example", now=NOW)
        for actor in (market.merchant, person(market.mei.id)):
            with pytest.raises(NotAllowed):
                erase_person(actor=actor, account_id=market.lin.id, email="lin-secret@laotie.example", now=NOW)
        with pytest.raises(NotFound):
            erase_by_email(actor=system("tests"), email="nobody@laotie.example", now=NOW)
        assert everything_stored() == before

    def test_no_token_erases_or_exports(self) -> None:
        market = lived()
        caller = Caller(market.lin.id)
        assert caller.post("/me/erasure", {"email": "lin-secret@laotie.example"})[0] == 403
        assert caller.get("/me/export")[0] == 403


class TestExport:
    def test_holds_everything_in_clear(self) -> None:
        market = lived()
        status, found = session_call(market.lin.id, "GET", "/me/export")
        assert status == 200
        text = json.dumps(found, ensure_ascii=False)
        assert [secret for secret in SECRETS if secret not in text] == []
        assert found["orders"]["orders"][0]["address"]["phone"] == "13800005678"
        assert found["people"]["addresses"][0]["street"] == "文三路1号"
        assert "secret_hash" not in text
        assert "password" not in text
        assert AuditEntry.objects.get(action="person.export").subject == f"account:{market.lin.id}"

    def test_is_the_persons_and_operators_alone(self) -> None:
        market = lived()
        shen = make_person(name="沈", is_operator=True)
        path = f"/accounts/{market.lin.id}/export"
        assert session_call(shen.id, "GET", path)[0] == 200
        for stranger in (market.tan.id, market.mei.id):
            assert session_call(stranger, "GET", path)[0] == 403
        assert session_call(shen.id, "GET", "/accounts/99999999/export")[0] == 404

    def test_the_command_lines_is_the_same(self) -> None:
        market = lived()
        found = export_by_email(actor=system("tests"), email="lin-secret@laotie.example", now=NOW)
        same = export_person(actor=market.buyer, account_id=market.lin.id, now=NOW).model_dump(mode="json")
        assert found == same


class TestLooking:
    def test_a_shops_look_at_an_address_leaves_a_line_and_a_masked_one_none(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        seen = queries.access_shop_order(actor=market.merchant, order_id=order.id)
        assert seen.destination is not None
        assert seen.destination.phone == "13800005678"
        [line] = PersonalAccess.objects.all()
        assert (line.actor, line.subject) == (market.merchant.address, f"order:{order.id}")
        assert line.fields == "recipient phone street"
        settled = makers.buy(market, until=OrderState.SETTLED)
        masked = queries.access_shop_order(actor=market.merchant, order_id=settled.id)
        assert masked.destination is not None
        assert masked.destination.phone == "138****5678"
        queries.access_order(actor=market.buyer, order_id=order.id)  # one's own
        assert PersonalAccess.objects.count() == 1


def test_tracking_numbers_are_ciphertext_in_the_database_and_found_by_their_hash() -> None:
    market = makers.make_market()
    makers.buy(market, until="shipped")
    parcel = Parcel.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tracking_number FROM orders_parcel")
        [(stored,)] = cursor.fetchall()
    assert parcel.tracking_number not in stored
    client = Client()
    client.force_login(Account.objects.get(pk=make_person(name="沈", is_operator=True).id))
    for number, hits in ((parcel.tracking_number.lower(), 1), ("SF999", 0)):
        page = client.get("/admin/orders/parcel/", {"q": number}).content.decode()
        assert page.count(f"/admin/orders/parcel/{parcel.pk}/change/") == hits
        assert f">{parcel.tracking_number}<" not in page


def test_encrypted_fields_are_ciphertext_in_the_database() -> None:
    """Every encrypted column of every table, whatever is in it after a life."""
    lived()
    from laotie.core.crypto import EncryptedTextField  # noqa: PLC0415 - named here only

    looked = 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f'SELECT "{field.column}" FROM "{model._meta.db_table}"')  # noqa: S608 - names of our models
                    values = [value for (value,) in cursor.fetchall() if value]
                assert all(value.startswith("gAAAA") for value in values), field
                looked += len(values)
    assert looked > 5
    assert issubclass(EncryptedTextField, models.TextField)
