"""Public numbers and secrets that must not be guessed. Rows themselves have BIGINT identities."""

import hashlib
import hmac
import json
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings


def new_number(now: datetime) -> str:
    """Return a public number such as a payment's: 12 digits of time, 10 of chance; sorts by time."""
    return f"{now:%y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"


def new_secret() -> str:
    """Return a token of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what is stored of a high-entropy secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_input(value: Any) -> str:
    """Return the hash by which a repeated write is told from a different one."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def keyed_hash(purpose: str, value: str) -> str:
    """Return a hash of personal data that nobody without the server's secret can compute."""
    key = f"{settings.SECRET_KEY}:{purpose}".encode()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
