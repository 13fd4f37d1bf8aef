"""The file that goes to the bank, and the file that comes back. A wrong line refuses the whole file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import DomainError
from laotie.core.money import plain_yuan
from laotie.core.personal import record_look
from laotie.ledger import operations as ledger
from laotie.ledger import queries as books
from laotie.ledger.contracts import BankAnswer, PayoutState, PayoutView
from laotie.people import queries as people
from laotie.trust.errors import BankFileRefused

COLUMNS = ("number", "holder", "account_number", "bank", "branch_code", "amount", "currency", "purpose")
ANSWER_COLUMNS = ("number", "amount", "result", "reason")
ROWS_MAX = 500
BYTES_MAX = 1_000_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@transaction.atomic(savepoint=False)
def make_bank_file(*, actor: Actor, batch_id: int, now: datetime) -> bytes:
    """Return a batch as the CSV file the bank is given, UTF-8 with BOM; the look at the accounts is logged.

    Raises: NotAllowed, NotFound.
    """
    people.require_operator(actor=actor)
    batch = books.get_batch(batch_id)
    record_look(actor=actor, subject=f"payout_batch:{batch_id}", fields=("holder", "account_number"))
    record_action(actor=actor, action="payout.file", subject=f"payout_batch:{batch_id}", now=now)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for payout, destination in books.list_batch_payouts(batch.id):
        cells = (destination.holder, destination.number, destination.bank, destination.branch)
        amount = plain_yuan(payout.amount_fen)
        writer.writerow([payout.number, *map(_as_cell, cells), amount, payout.currency, f"laotie {payout.number}"])
    return text.getvalue().encode("utf-8-sig")


@transaction.atomic(savepoint=False)
def apply_bank_file(*, actor: Actor, batch_id: int, content: bytes, now: datetime) -> tuple[int, int]:
    """Apply the bank's answer to a batch and return how many were paid and how many failed.

    Lines may be missing (they are answered later) and may repeat an earlier file. Raises: NotAllowed, NotFound,
    BankFileRefused naming the first wrong line; then nothing of the file is applied.
    """
    people.require_operator(actor=actor)
    batch = books.get_batch(batch_id)
    sent = {payout.number: payout for payout, _destination in books.list_batch_payouts(batch.id)}
    answers = list(_read(content, sent))
    for line in answers:
        try:
            ledger.end_payout(answer=line.answer, actor=actor, now=now)
        except DomainError:
            raise BankFileRefused(row=line.row, problem="state", found=line.answer.number) from None
    paid = sum(line.answer.is_paid for line in answers)
    record_action(
        actor=actor,
        action="payout.answer",
        subject=f"payout_batch:{batch_id}",
        now=now,
        paid=paid,
        failed=len(answers) - paid,
    )
    return paid, len(answers) - paid


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    answer: BankAnswer


def _read(content: bytes, sent: dict[str, PayoutView]) -> Iterator[_Line]:
    seen: set[str] = set()
    rows = csv.reader(io.StringIO(_decode(content), newline=""), strict=True)
    try:
        header = tuple(cell.strip().lower() for cell in next(rows, []))
        if header != ANSWER_COLUMNS:
            raise BankFileRefused(row=1, problem="header", found=",".join(header))
        for row, cells in enumerate(rows, start=2):
            if cells:
                yield _Line(row, _answer(row, [cell.strip() for cell in cells], sent, seen))
    except csv.Error as trouble:
        raise BankFileRefused(row=rows.line_num, problem="unreadable", found=str(trouble)) from None
    if not seen:
        raise BankFileRefused(row=2, problem="empty", found="")


def _answer(row: int, cells: list[str], sent: dict[str, PayoutView], seen: set[str]) -> BankAnswer:
    if len(cells) != len(ANSWER_COLUMNS):
        raise BankFileRefused(row=row, problem="columns", found=",".join(cells))
    number, amount, result, reason = cells
    payout = sent.get(number)
    if payout is None:
        raise BankFileRefused(row=row, problem="unknown_number", found=number)
    if number in seen:
        raise BankFileRefused(row=row, problem="duplicate", found=number)
    seen.add(number)
    if _fen(amount) != payout.amount_fen:
        raise BankFileRefused(row=row, problem="amount", found=amount)
    if result.lower() not in {"paid", "failed"}:
        raise BankFileRefused(row=row, problem="result", found=result)
    if result.lower() == "failed" and not reason:
        raise BankFileRefused(row=row, problem="reason_missing", found="")
    is_paid = result.lower() == "paid"
    wanted = PayoutState.PAID if is_paid else PayoutState.FAILED
    if payout.state not in {PayoutState.SENT, wanted}:
        raise BankFileRefused(row=row, problem="state", found=payout.state)
    return BankAnswer(number=number, is_paid=is_paid, reason=reason)


def _decode(content: bytes) -> str:
    if len(content) > BYTES_MAX or content.count(b"\n") > ROWS_MAX + 1:
        raise BankFileRefused(row=ROWS_MAX + 1, problem="too_large", found="")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BankFileRefused(row=1, problem="unreadable", found="")


def _fen(text: str) -> int | None:
    try:
        fen = Decimal(text.replace(",", "")) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() else None


def _as_cell(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
