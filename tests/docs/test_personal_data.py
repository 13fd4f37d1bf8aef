"""Personal data cannot slip in: a field that sounds like it is encrypted, or declared in docs/personal-data.md."""

import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from laotie.core.crypto import EncryptedTextField

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "personal-data.md").read_text()
WORDS = (
    "phone|mobile|telephone|fax|e?mail|name|surname|recipient|address|street|postcode|region|city|identity|passport|"
    "birth|birthday|birthdate|gender|sex|age|nation|iban|bank|card|tracking|ip|device|agent|contact|wechat|alipay|"
    "openid|holder|person|legal|licen[cs]e|latitude|longitude|location|words|introduction|visitor|session|repr"
)
SOUNDS_PERSONAL = re.compile(rf"(^|_)({WORDS})(_|$)")
HOLDS_TEXT = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, models.FileField)


def sounding_personal() -> dict[str, Any]:
    """Return every stored text whose name sounds like a person's data, by model and field."""
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
        or (SOUNDS_PERSONAL.search(field.name) and isinstance(field, (*HOLDS_TEXT, models.DateField)))
        if not isinstance(field, models.DateTimeField)
    }


def declared() -> set[str]:
    """Return the fields the page names."""
    return set(re.findall(r"`([a-z_]+\.[A-Z]\w+\.[a-z_]+)`", PAGE))


def test_a_field_that_sounds_personal_is_declared() -> None:
    assert sorted(set(sounding_personal()) - declared()) == [], (
        "Encrypt it with core.crypto.EncryptedTextField where it is a person's, say in docs/personal-data.md how it is"
        " kept, shown and erased, and erase and export it in its module."
    )


def test_every_declared_field_exists() -> None:
    stored = {
        f"{model._meta.label}.{field.name}" for model in apps.get_models() for field in model._meta.concrete_fields
    }
    assert sorted(declared() - stored) == []


def test_the_page_says_encrypted_of_exactly_the_encrypted_fields() -> None:
    said = {match.group(1) for match in re.finditer(r"^\| `([\w.]+)` \|[^|]*\| encrypted", PAGE, re.MULTILINE)}
    encrypted = {name for name, field in sounding_personal().items() if isinstance(field, EncryptedTextField)}
    assert said == encrypted
