"""Personal data at rest: a text field that the database only ever sees encrypted."""

import base64
import functools
import hashlib
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


def encrypt(text: str) -> str:
    """Encrypt with the newest key."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt with whichever key of the ring fits."""
    return _keys().decrypt(token.encode()).decode()


def mask_phone(phone: str) -> str:
    """Show a phone number as 138****5678."""
    return phone if len(phone) < 7 else f"{phone[:3]}****{phone[-4:]}"


def mask_name(name: str) -> str:
    """Show a person's name as 王**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_email(email: str) -> str:
    """Show an e-mail address as l***@laotie.example."""
    name, at, host = email.partition("@")
    return f"{name[:1]}***{at}{host}"


def mask_number(number: str) -> str:
    """Show a long number by its last four characters, as ****4321."""
    return "*" * min(4, max(0, len(number) - 4)) + number[-4:]


class EncryptedTextField(models.TextField[str, str]):
    """Text encrypted at rest. It cannot be searched; store a keyed hash beside it where that is needed."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """Decrypt on the way back."""
        return decrypt(value) if value else value


def _keys() -> MultiFernet:
    return _ring_of(tuple(settings.ENCRYPTION_SECRETS))


@functools.lru_cache(maxsize=4)
def _ring_of(ring_secrets: tuple[str, ...]) -> MultiFernet:
    ring = [hashlib.sha256(secret.encode()).digest() for secret in ring_secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in ring])
