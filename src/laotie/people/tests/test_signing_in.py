"""Signing up and in through django-allauth: by password or e-mail code, in both languages, not when blocked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.account.forms import SignupForm
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import translation

from laotie.core.actor import person
from laotie.events.models import OutboxEvent
from laotie.people import operations, queries
from laotie.people.adapter import AccountAdapter
from laotie.people.models import Account
from laotie.people.tests.makers import NOW, make_person, make_six

pytestmark = pytest.mark.django_db

PASSWORD = "Shan-huo-2026"
CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)


class Mailbox:
    """The folder the file mail backend writes to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> list[str]:
        """Return the messages, oldest first, and empty the folder."""
        files = sorted(self.folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        texts = [file.read_text(encoding="utf-8") for file in files]
        for file in files:
            file.unlink()
        return texts


@pytest.fixture
def mailbox(settings: LazySettings, tmp_path: Path) -> Iterator[Mailbox]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    cache.clear()  # allauth counts attempts there
    with translation.override(None):
        yield Mailbox(tmp_path / "mail")
    cache.clear()


def signed_in(client: Client) -> int | None:
    found = client.session.get("_auth_user_id")
    return int(found) if found else None


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found is not None, text
    return found[1]


class TestSigningUp:
    def test_opens_an_account_that_a_code_confirms(self, mailbox: Mailbox) -> None:
        client = Client(headers={"accept-language": "en"})
        form = {"email": "Lin@Laotie.Example", "password1": PASSWORD}
        assert client.get("/accounts/signup/").status_code == 200
        answer = client.post("/accounts/signup/", form)
        assert (answer.status_code, signed_in(client)) == (302, None)
        account = Account.objects.get()
        assert (account.email, account.language) == ("lin@laotie.example", "en")
        assert account.display_name.startswith("老铁")
        assert list(OutboxEvent.objects.values_list("name", "payload")) == [
            ("people.account_opened.v1", {"account_id": account.pk})
        ]
        (message,) = mailbox.read()
        assert "To: lin@laotie.example" in message
        assert "Hello from 老铁 laotie!" in message
        assert "testserver" not in message
        assert client.get(answer["Location"]).status_code == 200
        answer = client.post(answer["Location"], {"code": code_in(message)})
        assert (answer.status_code, signed_in(client)) == (302, account.pk)

    def test_tells_nobody_who_has_an_account(self, mailbox: Mailbox) -> None:
        make_person(email="lin@laotie.example")
        client = Client(headers={"accept-language": "en"})
        answer = client.post("/accounts/signup/", {"email": "LIN@laotie.example", "password1": PASSWORD})
        assert (answer.status_code, signed_in(client)) == (302, None)
        (message,) = mailbox.read()
        assert CODE.search(message) is None
        assert Account.objects.count() == 1

    def test_asks_who_lost_a_race_for_the_address_to_sign_in(self, mailbox: Mailbox) -> None:
        form = SignupForm({"email": "lin@laotie.example", "password1": PASSWORD})
        assert form.is_valid()
        make_person(email="lin@laotie.example")
        with pytest.raises(ImmediateHttpResponse) as answer:
            AccountAdapter().save_user(RequestFactory().post("/accounts/signup/"), Account(), form)
        assert answer.value.response["Location"] == "/accounts/login/"
        assert (Account.objects.count(), OutboxEvent.objects.count(), mailbox.read()) == (1, 1, [])

    @pytest.mark.parametrize(
        ("email", "password"), [("nonsense", PASSWORD), ("a@laotie.example", "123"), ("", PASSWORD)]
    )
    def test_refuses_bad_input(self, email: str, password: str, mailbox: Mailbox) -> None:
        answer = Client().post("/accounts/signup/", {"email": email, "password1": password})
        assert answer.status_code == 200
        assert (Account.objects.count(), OutboxEvent.objects.count(), mailbox.read()) == (0, 0, [])


class TestSigningIn:
    def test_by_password(self, mailbox: Mailbox) -> None:
        lin = make_person(email="lin@laotie.example", password=PASSWORD)
        client = Client()
        assert client.get("/accounts/login/").status_code == 200
        wrong = client.post("/accounts/login/", {"login": "lin@laotie.example", "password": "wrong-one-1"})
        assert (wrong.status_code, signed_in(client)) == (200, None)
        right = client.post("/accounts/login/", {"login": "Lin@Laotie.example", "password": PASSWORD})
        assert (right.status_code, right["Location"], signed_in(client)) == (302, "/", lin.id)
        assert client.cookies["django_language"].value == lin.language
        assert mailbox.read() == []

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "can be safely ignored"), ("zh-hans", "如果您没有发起这个操作")]
    )
    def test_by_e_mail_code_in_the_readers_language(self, language: str, words: str, mailbox: Mailbox) -> None:
        lin = make_person(email="lin@laotie.example")
        client = Client(headers={"accept-language": language})
        assert client.get("/accounts/login/code/").status_code == 200
        asked = client.post("/accounts/login/code/", {"email": "lin@laotie.example"})
        assert (asked.status_code, signed_in(client)) == (302, None)
        (message,) = mailbox.read()
        assert words in message
        wrong = client.post(asked["Location"], {"code": "WRONG1"})
        assert (wrong.status_code, signed_in(client)) == (200, None)
        right = client.post(asked["Location"], {"code": code_in(message)})
        assert (right.status_code, signed_in(client)) == (302, lin.id)

    def test_by_code_tells_nobody_who_has_an_account(self, mailbox: Mailbox) -> None:
        client = Client()
        asked = client.post("/accounts/login/code/", {"email": "nobody@laotie.example"})
        assert asked.status_code == 302
        assert all(CODE.search(message) is None for message in mailbox.read())
        assert signed_in(client) is None

    def test_ends_with_signing_out(self, mailbox: Mailbox) -> None:
        make_person(email="lin@laotie.example", password=PASSWORD)
        client = Client()
        client.post("/accounts/login/", {"login": "lin@laotie.example", "password": PASSWORD})
        client.post("/accounts/logout/")
        assert signed_in(client) is None
        assert mailbox.read() == []


class TestTheBlocked:
    def test_cannot_sign_in_by_password(self, mailbox: Mailbox) -> None:
        six = make_six()
        lin = make_person(email="blocked@laotie.example", password=PASSWORD)
        operations.block_account(actor=person(six.shen.id), account_id=lin.id, reason="x", now=NOW)
        client = Client()
        answer = client.post("/accounts/login/", {"login": "blocked@laotie.example", "password": PASSWORD})
        assert answer["Location"] == "/accounts/inactive/"
        assert client.get("/accounts/inactive/").status_code == 200
        assert signed_in(client) is None
        assert mailbox.read() == []

    def test_cannot_sign_in_by_code(self, mailbox: Mailbox) -> None:
        six = make_six()
        operations.block_account(actor=person(six.shen.id), account_id=six.lin.id, reason="x", now=NOW)
        client = Client()
        asked = client.post("/accounts/login/code/", {"email": six.lin.email})
        for message in mailbox.read():
            code = CODE.search(message)
            if code is not None:
                client.post(asked["Location"], {"code": code[1]})
        assert signed_in(client) is None

    def test_lose_their_sessions_at_once(self, mailbox: Mailbox) -> None:
        six = make_six()
        lin = make_person(email="soon@laotie.example", password=PASSWORD)
        client = Client()
        client.post("/accounts/login/", {"login": "soon@laotie.example", "password": PASSWORD})
        assert client.get("/accounts/email/").status_code == 200
        operations.block_account(actor=person(six.shen.id), account_id=lin.id, reason="x", now=NOW)
        answer = client.get("/accounts/email/")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
        assert not queries.get_account(lin.id).is_active
        assert mailbox.read() == []
