"""Every refusal of trust."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class DepositShort(DomainError):
    """Below the threshold nothing is paid out (RULES 8.5)."""

    sentence = _("The deposit is short by {missing_fen} fen. Top it up first.")
    missing_fen: int


@dataclass(eq=False)
class PayoutsFrozen(DomainError):
    """An operator has frozen what leaves this balance."""

    status = 403
    sentence = _("Payouts are frozen: {reason}")
    reason: str


@dataclass(eq=False)
class AlreadyFrozen(DomainError):
    """It is frozen already."""

    sentence = _("Payouts are frozen already.")


@dataclass(eq=False)
class PayoutTooSmall(DomainError):
    """Below the smallest amount."""

    status = 422
    sentence = _("At least {least_fen} fen are paid out.")
    field = "amount_fen"
    least_fen: int


@dataclass(eq=False)
class DayLimitReached(DomainError):
    """The day's number or amount is used up."""

    sentence = _("Today {left_fen} fen more can be paid out, in {left} payouts.")
    field = "amount_fen"
    left: int
    left_fen: int


@dataclass(eq=False)
class ReturnRunning(DomainError):
    """The deposit is on its way back already."""

    sentence = _("The deposit is being returned already.")


@dataclass(eq=False)
class NothingDeposited(DomainError):
    """There is no deposit."""

    sentence = _("There is no deposit to return.")


FILE_PROBLEMS = {
    "unreadable": _("This is not a CSV file in UTF-8 or GB18030."),
    "too_large": _("The file has more lines than a batch can have."),
    "header": _("The first line must name the columns number, amount, result, reason."),
    "columns": _("The line does not have four columns."),
    "unknown_number": _("No payout of this batch has this number."),
    "duplicate": _("This payout stands in the file twice."),
    "amount": _("The amount differs from the payout's."),
    "result": _("The result must be paid or failed."),
    "reason_missing": _("A failed payout needs a reason."),
    "state": _("This payout is decided otherwise already."),
    "empty": _("The file has no lines."),
}


@dataclass(eq=False)
class BankFileRefused(DomainError):
    """A line of the bank's file is wrong; nothing of the file was applied."""

    status = 422
    sentence = _("Line {row}: {problem}")
    field = "file"
    row: int
    problem: str
    found: str

    def message(self) -> str:
        """Return the sentence with the problem in words."""
        return gettext(self.sentence).format(row=self.row, problem=gettext(FILE_PROBLEMS[self.problem]))

    def data(self) -> dict[str, Any]:
        """Return the line, the problem's code, and what was found, cut short."""
        return {"row": self.row, "problem": self.problem, "found": self.found[:60]}
