"""Pictures people send: re-encoded and made smaller, so that nothing a camera wrote into one is kept."""

import base64
import io
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _
from PIL import Image, UnidentifiedImageError

from laotie.core.errors import DomainError

BYTES_MAX = 8_000_000
PIXELS_MAX = 40_000_000
SIDE_MAX = 1_600
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(eq=False)
class NotAPicture(DomainError):
    """The file is none of the kinds of pictures that are shown, or too large."""

    status = 422
    sentence = _("This is not a picture (JPEG, PNG or WebP, at most {megabytes} MB).")
    field = "picture"
    megabytes: int


def as_webp(content: bytes) -> str:
    """Return a picture as WebP in base64, at most 1,600 pixels a side.

    Raises: NotAPicture.
    """
    wrong = NotAPicture(megabytes=BYTES_MAX // 1_000_000)
    if len(content) > BYTES_MAX:
        raise wrong
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise wrong
            picture.thumbnail((SIDE_MAX, SIDE_MAX))
            out = io.BytesIO()
            picture.convert("RGB").save(out, "WEBP", quality=80)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise wrong from None
    return base64.b64encode(out.getvalue()).decode()
