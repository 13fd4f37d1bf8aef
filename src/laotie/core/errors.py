"""Expected refusals: a stable code, data, a translated sentence, a status below 500.

Every module derives its own in its `errors.py`; on the wire they are RFC 9457 problem documents (core/http.py).
"""

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# The nouns that refusals name, so that they reach the translation catalogue.
NOUNS = frozenset(
    {
        _("SKU"),
        _("account"),
        _("account or shop"),
        _("address"),
        _("after-sale case"),
        _("agency"),
        _("application"),
        _("authorisation"),
        _("balance"),
        _("bank account"),
        _("batch"),
        _("brand"),
        _("cart item"),
        _("category"),
        _("checkout"),
        _("commission plan"),
        _("contract"),
        _("coupon"),
        _("deposit return"),
        _("dispute"),
        _("earning"),
        _("freeze"),
        _("hold"),
        _("identity"),
        _("message"),
        _("month"),
        _("offer"),
        _("order"),
        _("order line"),
        _("parcel"),
        _("payment"),
        _("payout"),
        _("picture"),
        _("posting"),
        _("product"),
        _("refund"),
        _("reservation"),
        _("shop"),
        _("shop account"),
        _("staff"),
        _("step commission"),
        _("stock pool"),
        _("token"),
        _("webhook"),
        _("operator"),
        _("the creator role"),
        _("placed"),
        _("paid"),
        _("shipped"),
        _("received"),
        _("settled"),
        _("closed"),
        _("waiting"),
        _("failed"),
        _("requested"),
        _("refused"),
        _("withdrawn"),
        _("agreed"),
        _("sent elsewhere"),
        _("confirmed"),
        _("disputed"),
        _("done"),
        _("evidence"),
        _("deciding"),
        _("ruled"),
        _("submitted"),
        _("rejected"),
        _("appealed"),
        _("final"),
        _("refunding"),
        _("reshipped"),
        _("returning"),
        _("to_ship"),
        _("approved"),
        _("cancelled"),
        _("sent"),
        _("returned"),
        _("succeeded"),
    }
)


class DomainError(Exception):
    """A refusal that is part of the trade; the transaction around it is rolled back."""

    status: ClassVar[int] = 409
    sentence: ClassVar[str] = ""
    field: ClassVar[str] = ""  # the input that is at fault, where one is

    @classmethod
    def code(cls) -> str:
        """Return the stable code: module, dot, snake_case name of the class."""
        module = cls.__module__.split(".")[1]
        return f"{module}.{re.sub(r'(?<!^)(?=[A-Z])', '_', cls.__name__).lower()}"

    def data(self) -> dict[str, Any]:
        """Return the refusal's own values, safe to show."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}  # type: ignore[arg-type]

    def message(self) -> str:
        """Return the sentence in the reader's language; nouns among the values are translated with it."""
        values = {
            name: gettext(value) if isinstance(value, str) and value in NOUNS else value
            for name, value in self.data().items()
        }
        return gettext(self.sentence).format(**values)

    def __str__(self) -> str:
        return f"{self.code()}: {self.message()}"


def _in_words(value: Any) -> Any:
    return gettext(value) if isinstance(value, str) and value in NOUNS else value


@dataclass(eq=False)
class NotFound(DomainError):
    """Missing, or somebody else's: the answer is the same."""

    status = 404
    sentence = _("There is no such {what}.")
    what: str


@dataclass(eq=False)
class NotAllowed(DomainError):
    """The actor lacks the role, permission or scope."""

    status = 403
    sentence = _("You may not do this: it needs {needs}.")
    needs: str


@dataclass(eq=False)
class NotSignedIn(DomainError):
    """Nobody is signed in."""

    status = 401
    sentence = _("Please sign in first.")


@dataclass(eq=False)
class InvalidInput(DomainError):
    """One field is wrong; `field_name` says which, `reason` why (a translated sentence)."""

    status = 422
    sentence = _("{field_name}: {reason}")
    field_name: str
    reason: str


@dataclass(eq=False)
class KeyReused(DomainError):
    """The Idempotency-Key was used before with other input."""

    sentence = _("This Idempotency-Key was already used for a different request.")
    field = "Idempotency-Key"


@dataclass(eq=False)
class KeyMissing(DomainError):
    """A write came without an Idempotency-Key, or with a malformed one."""

    status = 400
    sentence = _("A write needs an Idempotency-Key header of 1 to 100 visible characters.")
    field = "Idempotency-Key"


@dataclass(eq=False)
class BadCursor(DomainError):
    """The paging cursor was not made by us."""

    status = 422
    sentence = _("This cursor is not valid; start again without it.")
    field = "cursor"


@dataclass(eq=False)
class TooManyRequests(DomainError):
    """The rate limit is reached."""

    status = 429
    sentence = _("Too many requests. Please try again in {retry_after_s} seconds.")
    retry_after_s: int


@dataclass(eq=False)
class BodyTooLarge(DomainError):
    """The request is larger than any that is taken."""

    status = 413
    sentence = _("The request is too large: at most {megabytes} MB are taken.")
    field = "body"
    megabytes: int


@dataclass(eq=False)
class IllegalMove(DomainError):
    """A lifecycle has no such arrow from where the thing stands."""

    sentence = _("This is not possible any more: it is {found}, and cannot become {wanted}.")
    found: str
    wanted: str
