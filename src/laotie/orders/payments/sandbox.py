"""The sandbox channel: a payment provider to try things with. No real money moves.

Its callbacks are signed as real ones are: HMAC-SHA256 over timestamp and body. Delays, failures, repeated and
reordered callbacks happen on demand (`plan_notices`); a refund of 44.44 fails twice before it succeeds.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput
from laotie.core.money import FEN_MAX
from laotie.orders.contracts import Notice
from laotie.orders.errors import BadSignature, StaleNotice
from laotie.orders.payments.port import NOTICE_AGE_MAX, ChannelUnavailable
from laotie.orders.states import Behaviour

SIGNATURE_HEADER = "Sandbox-Signature"
STUBBORN_REFUND_FEN = 4_444
STUBBORN_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A callback to be sent after a delay."""

    delay_seconds: int
    notice_id: str
    is_paid: bool


def plan_notices(behaviour: Behaviour, number: str) -> tuple[PlannedNotice, ...]:
    """Return the callbacks a behaviour sends, in the order they leave."""
    paid = PlannedNotice(0, f"{number}-paid", is_paid=True)
    failed = PlannedNotice(0, f"{number}-failed", is_paid=False)
    return {
        Behaviour.PAY: (paid,),
        Behaviour.PAY_SLOWLY: (PlannedNotice(10, paid.notice_id, is_paid=True),),
        Behaviour.FAIL: (failed,),
        Behaviour.FAIL_THEN_PAY: (failed, PlannedNotice(2, paid.notice_id, is_paid=True)),
        Behaviour.REPEAT: (paid, paid, paid, paid),
        Behaviour.REORDER: (paid, PlannedNotice(2, failed.notice_id, is_paid=False)),
    }[behaviour]


def sign_notice(
    *, number: str, notice_id: str, is_paid: bool, amount_fen: int, currency: str, sent_at: datetime
) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a callback as the sandbox's provider sends it."""
    body = json.dumps(
        {
            "id": notice_id,
            "payment_number": number,
            "reference": f"SB{number}",
            "outcome": "paid" if is_paid else "failed",
            "amount_fen": amount_fen,
            "currency": currency,
        }
    ).encode()
    moment = str(int(sent_at.timestamp()))
    return body, {SIGNATURE_HEADER: f"t={moment},v1={_signature(moment, body)}"}


class SandboxChannel:
    """Checks the sandbox's callbacks and gives money back."""

    def pay_url(self, number: str) -> str:
        """Return the sandbox's pay page."""
        return f"/pay/sandbox/{number}"

    def read_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Return a callback's content once its signature and age are proven.

        Raises: BadSignature, StaleNotice, InvalidInput.
        """
        parts = dict(part.split("=", 1) for part in headers.get(SIGNATURE_HEADER, "").split(",") if "=" in part)
        moment, signature = parts.get("t", ""), parts.get("v1", "")
        if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12):
            raise BadSignature
        if not hmac.compare_digest(_signature(moment, body).encode(), signature.encode()):
            raise BadSignature
        sent_at = datetime.fromtimestamp(int(moment), UTC)
        if abs(now - sent_at) > NOTICE_AGE_MAX:
            raise StaleNotice(seconds_max=int(NOTICE_AGE_MAX.total_seconds()))
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise InvalidInput(field_name="body", reason=gettext(_("This is not a JSON object.")))
        return Notice(
            channel="sandbox",
            notice_id=_text(content, "id"),
            payment_number=_text(content, "payment_number"),
            channel_ref=_text(content, "reference"),
            is_paid=_text(content, "outcome") == "paid",
            amount_fen=_amount(content),
            currency=_text(content, "currency"),
            sent_at=sent_at,
        )

    def refund(self, *, payment_number: str, refund_key: str, amount_fen: int, currency: str, attempt: int) -> str:  # noqa: ARG002
        """Give money back; the stubborn amount fails twice before it succeeds.

        Raises: ChannelUnavailable.
        """
        if amount_fen == STUBBORN_REFUND_FEN and attempt <= STUBBORN_ATTEMPTS:
            raise ChannelUnavailable("The sandbox refuses this amount twice.")
        return f"SR{refund_key}"


def _signature(moment: str, body: bytes) -> str:
    key = settings.SANDBOX_PAYMENT_SECRET.encode()
    return hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 100 or "\x00" in value:
        raise InvalidInput(field_name=name, reason=gettext(_("This must be a text of 1 to 100 characters.")))
    return value


def _amount(content: dict[str, Any]) -> int:
    value = content.get("amount_fen")
    if type(value) is not int or not 0 <= value <= FEN_MAX:
        raise InvalidInput(field_name="amount_fen", reason=gettext(_("This must be an amount in whole fen.")))
    return value
