"""What a document's number itself tells: whether it can be one, and when its holder was born."""

import re
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput

ID_CARD = re.compile(r"[1-9][0-9]{16}[0-9X]")
PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
# GB 11643-1999, which is ISO 7064 MOD 11-2: the last character makes the weighted sum 1 modulo 11.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
EARLIEST = date(1900, 1, 1)


def read_id_card(text: str, *, today: date) -> tuple[str, date]:
    """Return an 18-character identity number as it is written, and its holder's day of birth.

    Raises: InvalidInput when its form, its day or its check character is wrong.
    """
    number = "".join(text.split()).upper()
    wrong = InvalidInput(field_name="document_number", reason=gettext(_("This is not a valid identity number.")))
    if not ID_CARD.fullmatch(number):
        raise wrong
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
    if CHECK_CHARACTERS[total % 11] != number[17]:
        raise wrong
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise wrong from None
    if not EARLIEST <= born <= today:
        raise wrong
    return number, born


def read_passport(text: str, *, born: date | None, today: date) -> tuple[str, date]:
    """Return a passport's number as it is written, and the stated day of birth.

    Raises: InvalidInput.
    """
    number = "".join(text.split()).upper()
    if not PASSPORT.fullmatch(number):
        raise InvalidInput(field_name="document_number", reason=gettext(_("This is not a passport number.")))
    if born is None or not EARLIEST <= born <= today:
        raise InvalidInput(field_name="birth_date", reason=gettext(_("This is not a day of birth.")))
    return number, born


def read_licence_number(text: str) -> str:
    """Return a unified social credit code: 18 characters, the last of which checks the others (GB 32100-2015).

    Raises: InvalidInput.
    """
    number = "".join(text.split()).upper()
    wrong = InvalidInput(
        field_name="licence_number", reason=gettext(_("This is not a business licence's number."))
    )
    if len(number) != 18 or any(letter not in CREDIT_LETTERS for letter in number):
        raise wrong
    total = sum(CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(number[:17]))
    if CREDIT_LETTERS[-total % 31] != number[17]:
        raise wrong
    return number


def read_bank_number(text: str) -> str:
    """Return a bank account's number: 8 to 30 digits, or letters and digits as an IBAN.

    A number of 16 to 19 digits that begins with 62, a UnionPay card, has a check digit of the Luhn kind.
    Raises: InvalidInput.
    """
    number = "".join(text.split()).upper().replace("-", "")
    wrong = InvalidInput(field_name="account_number", reason=gettext(_("This is not a bank account number.")))
    if not re.fullmatch(r"[0-9]{8,30}|[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", number):
        raise wrong
    if re.fullmatch(r"62[0-9]{14,17}", number) and not _luhn(number):
        raise wrong
    if number[0].isalpha() and int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 != 1:
        raise wrong  # ISO 13616
    return number


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
