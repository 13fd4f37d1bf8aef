"""Statements by month: what came in, what went out, and the movements as a file for the bookkeeper."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time

from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from laotie.core.errors import NotFound
from laotie.core.money import plain_yuan
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import MonthSum
from laotie.web.templatetags.desk import order_of, words

MONTHS = 24
BOM = "\ufeff"


class _Line:
    """What the csv module writes to: the line is handed back."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


def list_months(address: str) -> tuple[MonthSum, ...]:
    """Return what moved at an address in each of its newest months, newest first."""
    return ledger.sum_by_month(address=address, time_zone=settings.TIME_ZONE, months=MONTHS)


def month_file(address: str, month: str) -> HttpResponseBase:
    """Return the movements of a month (2026-11) as CSV, from the opening to the closing balance.

    Raises: NotFound.
    """
    try:
        first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise NotFound(what="month") from None
    found = next((one for one in list_months(address) if one.month == first), None)
    if found is None:
        raise NotFound(what="month")
    response = StreamingHttpResponse(_rows(address, found), content_type="text/csv; charset=utf-8")
    name = f"{address.replace(':', '-')}-{month}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _rows(address: str, month: MonthSum) -> Iterator[str]:
    writer = csv.writer(_Line())
    opening_fen = month.closing_fen - month.income_fen + month.outgo_fen
    after = date(month.month.year + month.month.month // 12, month.month.month % 12 + 1, 1)
    yield BOM + writer.writerow([_("Time"), _("What"), _("Note"), _("Order no."), _("Posting"), _("Amount")])
    yield writer.writerow(["", _("Opening balance"), "", "", "", plain_yuan(opening_fen)])
    for one in ledger.stream_movements(address=address, since=_begin(month.month), until=_begin(after)):
        when = timezone.localtime(one.posted_at).strftime("%Y-%m-%d %H:%M:%S")
        memo = words(one.memo) if one.memo else ""
        amount = plain_yuan(one.amount_fen)
        yield writer.writerow([when, words(one.kind), memo, order_of(one.subject), one.posting_id, amount])
    yield writer.writerow(["", _("Closing balance"), "", "", "", plain_yuan(month.closing_fen)])


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
