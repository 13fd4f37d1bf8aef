"""The signed callback by which a carrier tells what happened to a parcel.

`Carrier-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`; the body is JSON: {"tracking_number": …,
"scans": [{"id": …, "kind": …, "at": ISO time, "place": …}]}. Scans may come late, twice and in any order.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput
from laotie.orders.errors import BadSignature, StaleNotice
from laotie.orders.states import ScanKind

SIGNATURE_HEADER = "Carrier-Signature"
AGE_MAX = timedelta(minutes=5)
SCANS_MAX = 100
AHEAD_MAX = timedelta(minutes=5)
BACK_MAX = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Scan:
    """One thing that happened to a parcel, by the carrier's word."""

    scan_id: str
    kind: ScanKind
    at: datetime
    place: str


def sign(*, body: bytes, secret: str, sent_at: datetime) -> dict[str, str]:
    """Return the headers of a callback, as a carrier sends them."""
    moment = str(int(sent_at.timestamp()))
    return {SIGNATURE_HEADER: f"t={moment},v1={_signature(moment, body, secret)}"}


def read_scans(
    *, body: bytes, headers: Mapping[str, str], secret: str, now: datetime
) -> tuple[str, tuple[Scan, ...]]:
    """Return the tracking number and the scans of a callback once its signature and age are proven.

    Raises: BadSignature, StaleNotice, InvalidInput.
    """
    parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(",") if "=" in part)
    moment, signature = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12):
        raise BadSignature
    if not hmac.compare_digest(_signature(moment, body, secret).encode(), signature.encode()):
        raise BadSignature
    if abs(now - datetime.fromtimestamp(int(moment), UTC)) > AGE_MAX:
        raise StaleNotice(seconds_max=int(AGE_MAX.total_seconds()))
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("scans"), list):
        raise InvalidInput(field_name="body", reason=gettext(_("This is not a JSON object with scans.")))
    if not 1 <= len(content["scans"]) <= SCANS_MAX:
        raise InvalidInput(field_name="scans", reason=gettext(_("One callback brings 1 to 100 scans.")))
    number = _text(content, "tracking_number", most=60)
    return number, tuple(_scan(entry, now) for entry in content["scans"])


def _scan(entry: Any, now: datetime) -> Scan:
    if not isinstance(entry, dict):
        raise InvalidInput(field_name="scans", reason=gettext(_("A scan is a JSON object.")))
    kind = _text(entry, "kind", most=20)
    if kind not in [*ScanKind]:
        raise InvalidInput(field_name="kind", reason=gettext(_("This kind of scan is unknown.")))
    at: datetime | None
    try:
        at = datetime.fromisoformat(_text(entry, "at", most=40))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not now - BACK_MAX <= at <= now + AHEAD_MAX:
        raise InvalidInput(
            field_name="at", reason=gettext(_("This is no moment of the last weeks, with its zone."))
        )
    place = entry.get("place", "")
    if not isinstance(place, str) or len(place) > 100 or not place.replace("\n", " ").isprintable():
        raise InvalidInput(field_name="place", reason=gettext(_("This is no place.")))
    return Scan(_text(entry, "id", most=60), ScanKind(kind), at.astimezone(UTC), place)


def _text(content: dict[str, Any], name: str, *, most: int) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        sentence = gettext(_("This must be a text of 1 to {letters_max} characters.")).format(letters_max=most)
        raise InvalidInput(field_name=name, reason=sentence)
    return value


def _signature(moment: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
