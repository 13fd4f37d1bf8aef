"""What the catchers hold is listed; whoever's webhook is given up is told by mail."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.crypto import decrypt
from laotie.core.sms.providers import Catcher, TextMessage
from laotie.events.events import WebhookDisabled
from laotie.main.messages import list_caught
from laotie.main.notices import tell_webhook_owner
from laotie.people.tests.makers import make_person, make_shop

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def test_what_is_caught_is_listed_with_its_code(settings: Any, tmp_path: Path) -> None:
    settings.SMS_FILE_PATH = str(tmp_path / "sms")
    message = TextMessage("id", "+8613812345678", "login_code", {"code": "482913"})
    for _ in range(2):  # tried twice, one message
        Catcher().send(message, now=NOW)
    files = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(tmp_path / "mail"))
    for number in (1, 2):  # two in one file
        EmailMessage(
            f"[老铁] 登录验证码 {number}",
            f"您的验证码\n\n{number}23456",
            "no-reply@laotie.example",
            ["lin@laotie.example"],
            connection=files,
        ).send()
    caught = list_caught(mail=tmp_path / "mail", sms=tmp_path / "sms", limit=10)
    assert caught[-1].kind == "sms"  # NOW is long ago
    assert {(one.kind, one.to, one.subject, one.text) for one in caught} == {
        ("mail", "lin@laotie.example", "[老铁] 登录验证码 1", "您的验证码\n123456"),
        ("mail", "lin@laotie.example", "[老铁] 登录验证码 2", "您的验证码\n223456"),
        ("sms", "+8613812345678", "login_code", "code: 482913"),
    }
    assert len(caught) == 3
    assert len(list_caught(mail=tmp_path / "mail", sms=tmp_path / "sms", limit=1)) == 1
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "sms").iterdir())
    assert list_caught(mail=tmp_path / "no", sms=tmp_path / "no", limit=10) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "reason", "is_told"),
    [("shop", "failing", True), ("account", "gone", True), ("shop", "owner", False), ("platform", "gone", False)],
)
def test_whose_webhook_is_given_up_is_told_in_their_language(kind: str, reason: str, is_told: bool) -> None:  # noqa: FBT001
    tan = make_person(name="谭老板")
    number = make_shop(owner=tan).id if kind == "shop" else tan.id
    before = ProcrastinateJob.objects.filter(task_name="core.send_mail").count()
    owner = kind if kind == "platform" else f"{kind}:{number}"
    tell_webhook_owner(WebhookDisabled(endpoint_id=5, owner=owner, reason=reason), NOW)
    sent = ProcrastinateJob.objects.filter(task_name="core.send_mail").order_by("id")[before:]
    assert len(sent) == int(is_told)
    for job in sent:
        text = decrypt(job.args["sealed"])
        assert tan.email in text
        assert "5" in text
