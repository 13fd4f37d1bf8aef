"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over id, moment and body."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 - lets scanners of leaked secrets know ours
SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_signing_secret() -> str:
    """Return a fresh secret as its owner gets to see it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, sent_at: datetime, body: bytes) -> str:
    """Return one signature, as v1,g0hM9Ss….

    Raises: ValueError for a secret that is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is base64 after whsec_") from error
    signed = f"{message_id}.{int(sent_at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(
    secrets_in_use: Sequence[str], *, message_id: str, sent_at: datetime, body: bytes
) -> Mapping[str, str]:
    """Return the three headers of a message; during a rotation every secret in use signs."""
    signatures = [sign(secret, message_id=message_id, sent_at=sent_at, body=body) for secret in secrets_in_use]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
