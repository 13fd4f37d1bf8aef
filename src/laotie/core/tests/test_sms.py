"""Text messages: numbers, limits, providers against a real counterpart, and nothing in clear on the way."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.errors import InvalidInput, TooManyRequests
from laotie.core.jobs import forget_old_sms
from laotie.core.models import SmsMessage
from laotie.core.phones import clean_mobile
from laotie.core.sms import SmsUnavailable, queue_sms, send_sealed
from laotie.core.sms.providers import acs3_headers
from laotie.core.tests.receiver import Receiver, receiver

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
PHONE = "13812345678"
CODE = "482913"


@pytest.fixture
def found() -> Iterator[Receiver]:
    """Run a local counterpart of a provider."""
    with receiver() as running:
        yield running


def queue(phone: str = PHONE, now: datetime = NOW) -> str:
    """Queue a login code and return what its job carries."""
    queue_sms(phone=phone, purpose="login_code", values={"code": CODE}, now=now)
    job = ProcrastinateJob.objects.filter(task_name="core.send_sms").latest("id")
    sealed: str = job.args["sealed"]
    return sealed


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("13812345678", "+8613812345678"),
            (" 138 1234-5678 ", "+8613812345678"),
            ("+86 138 1234 5678", "+8613812345678"),
            ("8613812345678", "+8613812345678"),
            ("008613812345678", "+8613812345678"),
            ("１３８１２３４５６７８", "+8613812345678"),
            ("19912345678", "+8619912345678"),
            ("+85291234567", "+85291234567"),
            ("+1 (415) 555-2671", "+14155552671"),
        ],
    )
    def test_are_brought_to_e164(self, text: str, number: str) -> None:
        assert clean_mobile(text) == number

    @pytest.mark.parametrize(
        "text",
        [
            *("", "1381234567", "138123456789", "12812345678", "+8612345678901", "010-12345678", "+0123456789"),
            *("4155552671", "+1234567890123456", "138abcd5678", "+86", "٠١٣٨١٢٣٤٥٦٧٨"),
        ],
    )
    def test_that_are_no_mobiles_are_refused_with_their_field(self, text: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            clean_mobile(text, field_name="mobile")
        assert refusal.value.field_name == "mobile"


@pytest.mark.django_db(transaction=True)
class TestLimits:
    @pytest.mark.parametrize(
        ("earlier", "wait"),
        [
            ([timedelta(seconds=59)], 1),
            ([timedelta(minutes=2 * n) for n in range(1, 6)], 50 * 60),
            ([timedelta(hours=2 * n) for n in range(1, 11)], 4 * 3_600),
        ],
    )
    def test_a_number_gets_one_a_minute_five_an_hour_ten_a_day(self, earlier: list[timedelta], wait: int) -> None:
        for ago in sorted(earlier, reverse=True):
            queue(now=NOW - ago)
        sent = SmsMessage.objects.count()
        with pytest.raises(TooManyRequests) as refusal:
            queue("+86 138-1234-5678")  # the same number, however it is written
        assert refusal.value.retry_after_s == wait
        assert SmsMessage.objects.count() == sent
        queue("13900000000")  # another number has limits of its own
        queue(now=NOW + timedelta(seconds=wait))

    def test_are_forgotten_after_a_day(self) -> None:
        queue(now=NOW - timedelta(days=1, seconds=1))
        queue(now=NOW - timedelta(hours=23))
        assert forget_old_sms(now=NOW) == 1
        assert SmsMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestNothingInClear:
    def test_neither_number_nor_code_is_in_the_database(self) -> None:
        sealed = queue()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT args::text FROM procrastinate_jobs UNION ALL SELECT phone_hash FROM core_smsmessage"
            )
            stored = str(cursor.fetchall())
        assert sealed in stored
        assert PHONE not in stored
        assert CODE not in stored

    def test_neither_is_in_the_log_or_in_the_trouble(
        self, found: Receiver, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.SMS_PROVIDER, settings.SMS_URL, settings.SMS_SECRET = "aliyun", found.url.split("/hook")[0], "s"
        settings.SMS_TEMPLATES = {"login_code": "SMS_1"}
        found.status = 500
        sealed = queue()
        with caplog.at_level(logging.INFO), pytest.raises(SmsUnavailable) as trouble:
            send_sealed(sealed, now=NOW)
        said = caplog.text + str(trouble.value)
        assert PHONE not in said
        assert CODE not in said

    def test_a_code_that_waited_ten_minutes_is_not_sent_any_more(self, settings: Any, tmp_path: Path) -> None:
        settings.SMS_FILE_PATH = str(tmp_path)
        sealed = queue()
        assert not send_sealed(sealed, now=NOW + timedelta(minutes=10, seconds=1))
        assert list(tmp_path.iterdir()) == []
        assert send_sealed(sealed, now=NOW + timedelta(minutes=10))
        assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.django_db(transaction=True)
class TestProviders:
    def test_a_signed_request_reaches_the_service(self, found: Receiver, settings: Any) -> None:
        settings.SMS_PROVIDER, settings.SMS_URL = "http", found.url
        settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_SIGN = "shop", "very secret", "老铁"
        sealed = queue()
        assert send_sealed(sealed, now=NOW)
        assert send_sealed(sealed, now=NOW)  # a repetition has the same id
        first, again = found.received
        body = json.loads(first.body)
        assert (body["phone"], body["purpose"], body["values"]) == ("+8613812345678", "login_code", {"code": CODE})
        assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == body["id"]
        stamp = first.headers["x-laotie-timestamp"]
        wanted = hmac.new(b"very secret", f"{stamp}.".encode() + first.body, hashlib.sha256).hexdigest()
        assert first.headers["x-laotie-signature"] == f"sha256={wanted}"

    @pytest.mark.parametrize("status", [302, 401, 500])
    def test_a_service_that_does_not_take_it_is_unavailable(
        self, found: Receiver, settings: Any, status: int
    ) -> None:
        settings.SMS_PROVIDER, settings.SMS_URL, settings.SMS_SECRET = "http", found.url, "s"
        found.status, found.headers = status, {"Location": "/elsewhere"}
        sealed = queue()
        with pytest.raises(SmsUnavailable, match=str(status)):
            send_sealed(sealed, now=NOW)
        assert len(found.received) == 1

    def test_alibaba_clouds_published_signature_is_reproduced(self) -> None:
        """The example of Alibaba Cloud's page on signature version 3."""
        headers = acs3_headers(
            host="ecs.cn-shanghai.aliyuncs.com",
            action="RunInstances",
            version="2014-05-26",
            query={"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
            key="YourAccessKeyId",
            secret="YourAccessKeySecret",
            nonce="3156853299f313e23d1673dc12e1703d",
            now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        )
        assert headers["Authorization"] == (
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
            "x-acs-date;x-acs-signature-nonce;x-acs-version,"
            "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        )

    def test_alibaba_cloud_gets_its_template_and_its_no_is_told(self, found: Receiver, settings: Any) -> None:
        settings.SMS_PROVIDER, settings.SMS_URL = "aliyun", found.url.split("/hook")[0]
        settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_TEMPLATES = "id", "secret", {"login_code": "SMS_1"}
        found.answer = b'{"Code":"OK"}'
        sealed = queue()
        assert send_sealed(sealed, now=NOW)
        asked = {name: value[0] for name, value in parse_qs(urlsplit(found.received[0].path).query).items()}
        assert (asked["PhoneNumbers"], asked["TemplateCode"]) == (PHONE, "SMS_1")
        assert json.loads(asked["TemplateParam"]) == {"code": CODE}
        assert found.received[0].headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=id,")
        for answer in (b'{"Code":"isv.BUSINESS_LIMIT_CONTROL"}', b"<html>"):
            found.answer = answer
            with pytest.raises(SmsUnavailable):
                send_sealed(sealed, now=NOW)
        settings.SMS_TEMPLATES = {}
        with pytest.raises(SmsUnavailable, match="login_code"):
            send_sealed(sealed, now=NOW)
