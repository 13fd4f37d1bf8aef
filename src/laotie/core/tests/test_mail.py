"""Mail is sealed until it is sent; what looks at personal data leave behind is forgotten in time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.crypto import mask_email, mask_name, mask_number, mask_phone
from laotie.core.jobs import forget_old_looks
from laotie.core.mail import queue_mail, send_sealed_mail
from laotie.core.models import PersonalAccess

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_a_queued_mail_is_sealed_until_it_is_sent() -> None:
    queue_mail(to="lin@laotie.example", subject="一\n二", text="您的验证码 123456")
    job = ProcrastinateJob.objects.filter(task_name="core.send_mail").latest("id")
    stored = json.dumps(job.args)
    assert "lin@" not in stored
    assert "123456" not in stored
    send_sealed_mail(job.args["sealed"])
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["lin@laotie.example"], "一 二", "您的验证码 123456")


@pytest.mark.django_db
def test_looks_at_personal_data_are_forgotten_after_half_a_year() -> None:
    kept, forgotten = (NOW - timedelta(days=days) for days in (179, 181))
    for moment in (kept, forgotten):
        PersonalAccess.objects.create(actor="account:1", subject="order:1", fields="phone", seen_at=moment)
    assert forget_old_looks(now=NOW) == 1
    assert PersonalAccess.objects.get().seen_at == kept


def test_masks_leave_enough_to_recognise_and_no_more() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert mask_name("王小明") == "王**"
    assert mask_email("lin@laotie.example") == "l***@laotie.example"
    assert (mask_number("SF1000001"), mask_number("123456"), mask_number("1234")) == ("****0001", "**3456", "1234")
