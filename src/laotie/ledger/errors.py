"""What the ledger refuses. A posting that does not add up is our own mistake, no refusal: a ValueError."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


class InvalidPosting(ValueError):
    """The caller built a posting that cannot be: unbalanced, empty, or with malformed names."""


@dataclass(eq=False)
class PostingKeyReused(DomainError):
    """The key already belongs to a posting or hold with other content."""

    sentence = _("The entry {key} already exists with different content.")
    field = "key"
    key: str


@dataclass(eq=False)
class UnableToDebit(DomainError):
    """The account has less available than the posting would take."""

    sentence = _("Only {available_fen} fen are available; {wanted_fen} fen are needed.")
    field = "amount_fen"
    address: str
    available_fen: int
    wanted_fen: int


@dataclass(eq=False)
class AlreadyReversed(DomainError):
    """The posting was taken back before."""

    sentence = _("Entry {posting_id} was already reversed.")
    field = "posting_id"
    posting_id: int


@dataclass(eq=False)
class HoldNotActive(DomainError):
    """The hold was released or used up before."""

    sentence = _("Hold {hold_id} is no longer active: it is {state}.")
    field = "hold_id"
    hold_id: int
    state: str


@dataclass(eq=False)
class PayeeInDebt(DomainError):
    """Refunds have taken the balance below zero since the payout was requested."""

    sentence = _("The balance is short by {debt_fen} fen by now; the payout cannot go out.")
    address: str
    debt_fen: int


@dataclass(eq=False)
class NoPayoutsWaiting(DomainError):
    """There is nothing to hand to the bank."""

    sentence = _("No approved payout is waiting for the bank.")
