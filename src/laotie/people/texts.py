"""What people type into people's fields: cleaned, or refused with the field's name."""

import re
import unicodedata
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput

PHONE = re.compile(r"\+?[0-9](?:[ -]?[0-9]){4,19}")
POSTCODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z -]{1,10}[0-9A-Za-z])?")
EMAIL_LETTERS_MAX = 254
REACH_MAX = timedelta(days=50 * 365)
# Controls, lone surrogates, line and paragraph separators; and the marks that turn the direction of writing, by
# which one name can be made to look like another. Other format characters stay: emoji are joined by one.
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
TURNING_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_line(text: str, *, field_name: str, most: int, least: int = 1) -> str:
    """Return a one-line text, stripped and in Unicode's composed form.

    Raises: InvalidInput when it is too short or too long or holds control characters.
    """
    return _clean(text, field_name=field_name, most=most, least=least, allowed="")


def clean_paragraph(text: str, *, field_name: str, most: int) -> str:
    """Return a text that may have lines and may be empty.

    Raises: InvalidInput.
    """
    return _clean(text.replace("\r\n", "\n"), field_name=field_name, most=most, least=0, allowed="\n")


def clean_email(text: str) -> str:
    """Return an e-mail address in lower case.

    Raises: InvalidInput.
    """
    email = clean_line(text, field_name="email", most=EMAIL_LETTERS_MAX).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput(field_name="email", reason=gettext(_("This is not an e-mail address."))) from None
    return email


def clean_phone(text: str) -> str:
    """Return a telephone number.

    Raises: InvalidInput.
    """
    phone = unicodedata.normalize("NFKC", text).strip()
    if not PHONE.fullmatch(phone):
        raise InvalidInput(field_name="phone", reason=gettext(_("This is not a telephone number.")))
    return phone


def clean_postcode(text: str) -> str:
    """Return a postcode, which may be empty.

    Raises: InvalidInput.
    """
    postcode = unicodedata.normalize("NFKC", text).strip()
    if postcode and not POSTCODE.fullmatch(postcode):
        raise InvalidInput(field_name="postcode", reason=gettext(_("This is not a postcode.")))
    return postcode


def check_period(*, starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
    """Refuse a period that begins in the past or ends before it begins.

    Raises: InvalidInput.
    """
    if starts_at < now:
        raise InvalidInput(field_name="starts_at", reason=gettext(_("This moment is already past.")))
    check_reach(starts_at, field_name="starts_at", now=now)
    if ends_at is not None:
        if ends_at <= starts_at:
            raise InvalidInput(field_name="ends_at", reason=gettext(_("The end must come after the start.")))
        check_reach(ends_at, field_name="ends_at", now=now)


def check_reach(moment: datetime, *, field_name: str, now: datetime) -> None:
    """Refuse a moment so far ahead that it can only be a slip.

    Raises: InvalidInput.
    """
    if moment > now + REACH_MAX:
        raise InvalidInput(field_name=field_name, reason=gettext(_("This moment is too far ahead.")))


def _clean(text: str, *, field_name: str, most: int, least: int, allowed: str) -> str:
    cleaned = unicodedata.normalize("NFC", text).strip()
    for letter in cleaned:
        if letter not in allowed and (
            unicodedata.category(letter) in FORBIDDEN_CATEGORIES or letter in TURNING_MARKS
        ):
            raise InvalidInput(
                field_name=field_name, reason=gettext(_("It holds a character that cannot be shown."))
            )
    if len(cleaned) < least:
        raise InvalidInput(field_name=field_name, reason=gettext(_("This cannot be empty.")))
    if len(cleaned) > most:
        raise InvalidInput(
            field_name=field_name, reason=gettext(_("It can have at most {most} characters.")).format(most=most)
        )
    return cleaned
