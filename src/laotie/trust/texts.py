"""What operators type as a reason: cleaned, or refused."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput
from laotie.trust.models import REASON_LETTERS_MAX


def clean_reason(reason: str) -> str:
    """Return a reason on one line.

    Raises: InvalidInput when it is empty or too long.
    """
    line = " ".join(reason.replace("\0", "").split())
    if not line:
        raise InvalidInput(field_name="reason", reason=gettext(_("This cannot be empty.")))
    if len(line) > REASON_LETTERS_MAX:
        sentence = gettext(_("It can have at most {most} characters.")).format(most=REASON_LETTERS_MAX)
        raise InvalidInput(field_name="reason", reason=sentence)
    return line
