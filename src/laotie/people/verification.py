"""The port to a verification service: does this name belong to this document? By default a sandbox answers.

LAOTIE_VERIFICATION chooses who is asked: `sandbox` (decides by the number, see Sandbox) or `http` (any service behind a
signed request). What is asked is in no log; the answer is yes or no.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Protocol

import httpx
from django.conf import settings

from laotie.people.states import DocumentKind

SECONDS_MAX = 10


class VerificationUnavailable(Exception):
    """The service gave no answer; says why without name and number."""


class Verifier(Protocol):
    """Knows who has which document."""

    def matches(self, *, document: DocumentKind, number: str, name: str, now: datetime) -> bool:
        """Say whether the document of this number is this person's, or raise VerificationUnavailable."""

    def is_business(self, *, number: str, name: str, now: datetime) -> bool:
        """Say whether a business of this name has this licence, or raise VerificationUnavailable."""


def verifier_named(name: str) -> Verifier:
    """Return the service of LAOTIE_VERIFICATION."""
    services: dict[str, type[Verifier]] = {"sandbox": Sandbox, "http": SignedHttp}
    return services[name]()


class Sandbox:
    """Decides by the two characters before the last: 00 is a no, 99 no answer, anything else a yes."""

    def matches(self, *, document: DocumentKind, number: str, name: str, now: datetime) -> bool:  # noqa: ARG002 - the port's signature
        """Decide by the number."""
        return self._decide(number)

    def is_business(self, *, number: str, name: str, now: datetime) -> bool:  # noqa: ARG002 - the port's signature
        """Decide by the number."""
        return self._decide(number)

    def _decide(self, number: str) -> bool:
        ending = number[:-1][-2:]
        if ending == "99":
            raise VerificationUnavailable("the sandbox is asked to be away")
        return ending != "00"


class SignedHttp:
    """POSTs JSON. `X-Laotie-Signature` is hex HMAC-SHA256 over "timestamp.body"; the answer is {"match": true}."""

    def matches(self, *, document: DocumentKind, number: str, name: str, now: datetime) -> bool:
        """Ask the service about a person."""
        return self._ask({"document": document, "number": number, "name": name}, now)

    def is_business(self, *, number: str, name: str, now: datetime) -> bool:
        """Ask the service about a business."""
        return self._ask({"document": "business_licence", "number": number, "name": name}, now)

    def _ask(self, question: dict[str, str], now: datetime) -> bool:
        body = json.dumps(question, ensure_ascii=False).encode()
        stamp = str(int(now.timestamp()))
        secret = settings.VERIFICATION_SECRET.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Laotie-Timestamp": stamp,
            "X-Laotie-Signature": hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest(),
        }
        try:
            answer = httpx.post(settings.VERIFICATION_URL, content=body, headers=headers, timeout=SECONDS_MAX)
            answer.raise_for_status()
            match = answer.json()["match"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as trouble:
            raise VerificationUnavailable(type(trouble).__name__) from None
        if type(match) is not bool:
            raise VerificationUnavailable("the answer is no yes or no")
        return match
