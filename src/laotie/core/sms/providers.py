"""Who sends text messages: the local catcher, any service behind a signed request, Alibaba Cloud."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx
from django.conf import settings

SECONDS_MAX = 10
MAINLAND = "+86"


class SmsUnavailable(Exception):
    """The provider did not take the message; says why without number and values."""


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message to one number (E.164). `id` is the same at every attempt."""

    id: str
    phone: str
    purpose: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)  # a code has no business in a traceback


class Provider(Protocol):
    """Takes a message and hands it on, or raises SmsUnavailable."""

    def send(self, message: TextMessage, *, now: datetime) -> None:
        """Hand the message on."""


def provider_named(name: str) -> Provider:
    """Return the provider of LAOTIE_SMS_PROVIDER."""
    providers: dict[str, type[Provider]] = {"catch": Catcher, "http": SignedHttp, "aliyun": Aliyun}
    return providers[name]()


class Catcher:
    """Writes every message into the data directory; `laotie messages` lists them. Twice the same id is one file."""

    def send(self, message: TextMessage, *, now: datetime) -> None:
        """Write the message to a file that only its owner reads."""
        folder = Path(settings.SMS_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{now:%Y%m%dT%H%M%S}-{hashlib.sha256(message.id.encode()).hexdigest()[:16]}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({**asdict(message), "sent_at": now.isoformat()}, ensure_ascii=False))


class SignedHttp:
    """POSTs the message as JSON. `X-Laotie-Signature` is hex HMAC-SHA256 over "timestamp.body" with the secret."""

    def send(self, message: TextMessage, *, now: datetime) -> None:
        """Send the message; the service knows a repetition by its id."""
        body = json.dumps({**asdict(message), "sign": settings.SMS_SIGN}, ensure_ascii=False).encode()
        stamp = str(int(now.timestamp()))
        signature = hmac.new(settings.SMS_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Laotie-Key": settings.SMS_KEY,
            "X-Laotie-Timestamp": stamp,
            "X-Laotie-Signature": f"sha256={signature}",
            "Idempotency-Key": message.id,
        }
        _post(settings.SMS_URL, body, headers)


class Aliyun:
    """Alibaba Cloud SMS (dysmsapi, 2017-05-25) with its ACS3-HMAC-SHA256 signature.

    LAOTIE_SMS_TEMPLATES names the template of each purpose, as login_code=SMS_123456789.
    """

    def send(self, message: TextMessage, *, now: datetime) -> None:
        """Send the message by its purpose's template."""
        template = settings.SMS_TEMPLATES.get(message.purpose)
        if template is None:
            raise SmsUnavailable(f"LAOTIE_SMS_TEMPLATES names no template for {message.purpose}")
        query = {
            "PhoneNumbers": message.phone.removeprefix(MAINLAND).removeprefix("+"),
            "SignName": settings.SMS_SIGN,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(message.values), ensure_ascii=False),
            "OutId": message.id,
        }
        parts = urlsplit(settings.SMS_URL)
        headers = acs3_headers(
            host=parts.netloc,
            action="SendSms",
            version="2017-05-25",
            query=query,
            key=settings.SMS_KEY,
            secret=settings.SMS_SECRET,
            nonce=secrets.token_hex(16),
            now=now,
        )
        answer = _post(f"{settings.SMS_URL.rstrip('/')}/?{canonical_query(query)}", b"", headers)
        try:
            code = answer.json().get("Code")
        except ValueError:
            code = "no JSON"
        if code != "OK":
            raise SmsUnavailable(f"the provider answered {str(code)[:80]}")


def acs3_headers(
    *,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    key: str,
    secret: str,
    nonce: str,
    now: datetime,
    body: bytes = b"",
) -> dict[str, str]:
    """Return the headers of a POST to / signed with ACS3-HMAC-SHA256 (Alibaba Cloud's signature version 3)."""
    digest = hashlib.sha256(body).hexdigest()
    signed = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(signed)
    lines = "".join(f"{name}:{value.strip()}\n" for name, value in signed.items())
    request = f"POST\n/\n{canonical_query(query)}\n{lines}\n{names}\n{digest}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        **signed,
        "Authorization": f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}",
    }


def canonical_query(query: Mapping[str, str]) -> str:
    """Return a query in the one order and encoding that is signed."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    try:
        answer = httpx.post(url, content=body, headers=dict(headers), timeout=SECONDS_MAX, follow_redirects=False)
    except httpx.HTTPError as trouble:
        raise SmsUnavailable(type(trouble).__name__) from None  # its words hold the address with the values
    if not answer.is_success:
        raise SmsUnavailable(f"the provider answered {answer.status_code}")
    return answer
