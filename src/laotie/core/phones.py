"""Telephone numbers in one form, E.164: +8613812345678."""

import re
import unicodedata

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput

MAINLAND = "+86"
MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SEPARATORS = re.compile(r"[ \-().]")


def clean_mobile(text: str, *, field_name: str = "phone") -> str:
    """Return a mobile number in E.164; one without a country is of the mainland.

    Raises: InvalidInput.
    """
    number = SEPARATORS.sub("", unicodedata.normalize("NFKC", text).strip())
    if number.startswith("00"):
        number = "+" + number[2:]
    if number.startswith("86") and MAINLAND_MOBILE.fullmatch(number[2:]):
        number = "+" + number
    if MAINLAND_MOBILE.fullmatch(number):
        number = MAINLAND + number
    is_mainland = number.startswith(MAINLAND)
    if not E164.fullmatch(number) or (is_mainland and not MAINLAND_MOBILE.fullmatch(number[len(MAINLAND) :])):
        raise InvalidInput(field_name=field_name, reason=gettext(_("This is not a mobile number.")))
    return number
