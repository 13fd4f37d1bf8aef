"""Queueing a text message within the limits of its number, and handing it to the provider."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from laotie.core.crypto import decrypt, encrypt
from laotie.core.errors import TooManyRequests
from laotie.core.ids import keyed_hash, new_secret
from laotie.core.models import SmsMessage
from laotie.core.phones import clean_mobile
from laotie.core.sms.providers import SmsUnavailable, TextMessage, provider_named
from laotie.core.sql import fetch_one

__all__ = ["LIMITS", "SmsUnavailable", "TextMessage", "queue_sms", "send_sealed"]

# Per number, whatever the purpose: as the carriers' own limits for codes in mainland China.
LIMITS: tuple[tuple[timedelta, int], ...] = (
    (timedelta(minutes=1), 1),
    (timedelta(hours=1), 5),
    (timedelta(days=1), 10),
)
WORTH_SENDING = timedelta(minutes=10)  # a code that comes later than this only confuses


@transaction.atomic
def queue_sms(*, phone: str, purpose: str, values: Mapping[str, str], now: datetime) -> str:
    """Send a text message once the transaction around this is committed; return the number as it was understood.

    Raises: InvalidInput, TooManyRequests with the seconds until this number may get another.
    """
    from laotie.core.jobs import send_sms  # noqa: PLC0415 - jobs import this

    number = clean_mobile(phone)
    hashed = keyed_hash("sms", number)
    fetch_one(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sms {hashed}"]
    )  # two at once count as two
    _require_within_limits(hashed, now)
    SmsMessage.objects.create(phone_hash=hashed, purpose=purpose, created_at=now)
    message = TextMessage(id=new_secret(), phone=number, purpose=purpose, values=dict(values))
    send_sms.defer(sealed=encrypt(json.dumps({"message": asdict(message), "queued_at": now.isoformat()})))
    return number


def send_sealed(sealed: str, *, now: datetime) -> bool:
    """Hand a queued message to the provider, unless it has waited too long; say whether it went.

    Raises: SmsUnavailable, whose words hold neither number nor values.
    """
    found = json.loads(decrypt(sealed))
    if now - datetime.fromisoformat(found["queued_at"]) > WORTH_SENDING:
        return False
    provider_named(settings.SMS_PROVIDER).send(TextMessage(**found["message"]), now=now)
    return True


def _require_within_limits(phone_hash: str, now: datetime) -> None:
    longest = max(period for period, _ in LIMITS)
    sent = list(
        SmsMessage.objects.filter(phone_hash=phone_hash, created_at__gt=now - longest)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[:100]
    )
    waits = [
        period - (now - sent[most - 1])
        for period, most in LIMITS
        if len(sent) >= most and now - sent[most - 1] < period
    ]
    if waits:
        raise TooManyRequests(retry_after_s=max(1, int(max(waits).total_seconds())))
