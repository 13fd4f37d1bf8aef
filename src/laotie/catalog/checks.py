"""Checks of what people type: text, attributes, amounts, quantities, addresses of pictures, channels."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.catalog.models import QUANTITY_MAX
from laotie.core.errors import InvalidInput
from laotie.core.money import FEN_MAX

CHANNEL = re.compile(r"shelf|(creator|room):[1-9][0-9]{0,17}")
PICTURE = re.compile(r"(https://[^\s/\\]+/|/(?![/\\]))[^\s\\]*")
CURRENCY = re.compile(r"[A-Z]{3}")
ATTRIBUTES_MAX = 40
# Controls, lone surrogates, line and paragraph separators, and the marks that turn the direction of writing, by
# which one title can be made to look like another.
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
TURNING_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_text(field: str, text: str, *, most: int, least: int = 1, lines: bool = False) -> str:
    """Return the text without blanks around it; `lines` allows line breaks and tabs.

    Raises: InvalidInput.
    """
    text = unicodedata.normalize("NFC", text).strip()
    allowed = "\n\t" if lines else ""
    if lines:
        text = text.replace("\r\n", "\n")
    if any(_is_forbidden(letter) and letter not in allowed for letter in text):
        raise InvalidInput(field_name=field, reason=gettext(_("Control characters are not allowed.")))
    if not least <= len(text) <= most:
        raise InvalidInput(
            field_name=field,
            reason=gettext(_("It must have {least} to {most} characters.")).format(least=least, most=most),
        )
    return text


def clean_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes with clean names and values.

    Raises: InvalidInput.
    """
    if len(attributes) > ATTRIBUTES_MAX:
        raise InvalidInput(
            field_name="attributes",
            reason=gettext(_("There can be at most {most} attributes.")).format(most=ATTRIBUTES_MAX),
        )
    return {
        clean_text("attributes", str(name), most=40): clean_text("attributes", str(value), most=200)
        for name, value in attributes.items()
    }


def check_number(field: str, number: Any, *, least: int, most: int) -> int:
    """Return a whole number within its bounds.

    Raises: InvalidInput.
    """
    if type(number) is not int or not least <= number <= most:
        raise InvalidInput(
            field_name=field,
            reason=gettext(_("It must be a whole number from {least} to {most}.")).format(least=least, most=most),
        )
    return number


def check_quantity(quantity: Any) -> int:
    """Return a number of units of at least one.

    Raises: InvalidInput.
    """
    return check_number("quantity", quantity, least=1, most=QUANTITY_MAX)


def check_fen(field: str, fen: Any, *, least: int) -> int:
    """Return an amount within what an account can hold.

    Raises: InvalidInput.
    """
    return check_number(field, fen, least=least, most=FEN_MAX)


def check_channel(channel: str) -> str:
    """Return a channel's address: shelf, creator:7 or room:3.

    Raises: InvalidInput.
    """
    if not CHANNEL.fullmatch(channel):
        raise InvalidInput(
            field_name="channel", reason=gettext(_("A channel is shelf, creator:<number> or room:<number>."))
        )
    return channel


def check_currency(currency: str) -> str:
    """Return a currency's three capital letters.

    Raises: InvalidInput.
    """
    if not CURRENCY.fullmatch(currency):
        raise InvalidInput(
            field_name="currency", reason=gettext(_("A currency is three capital letters, as CNY."))
        )
    return currency


def check_picture_url(url: str) -> str:
    """Return the address of a picture: https, or a path on this site.

    Raises: InvalidInput.
    """
    url = clean_text("url", url, most=500)
    if not PICTURE.fullmatch(url):
        raise InvalidInput(
            field_name="url",
            reason=gettext(_("A picture's address begins with https:// or is a path on this site.")),
        )
    return url


def check_interval(valid_from: datetime, valid_to: datetime | None, now: datetime) -> None:
    """Refuse an interval that began in the past or ends before it begins.

    Raises: InvalidInput.
    """
    if valid_from < now:
        raise InvalidInput(field_name="valid_from", reason=gettext(_("It must not lie in the past.")))
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidInput(field_name="valid_to", reason=gettext(_("It must be later than the beginning.")))


def _is_forbidden(letter: str) -> bool:
    return unicodedata.category(letter) in FORBIDDEN_CATEGORIES or letter in TURNING_MARKS
