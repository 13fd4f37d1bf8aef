"""Shipping many orders by a file: the list of what is to ship goes out as CSV, and comes back with tracking numbers."""

import csv
import io
from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from laotie.core.errors import DomainError, NotFound
from laotie.orders import operations
from laotie.orders import queries as orders
from laotie.web.desk import ShopDesk, shop_page

COLUMNS = ("order_number", "recipient", "phone", "address", "goods", "carrier", "tracking_number")
ROWS_MAX = 500
BYTES_MAX = 1_000_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class FileForm(forms.Form):
    """The list with its tracking numbers."""

    file = forms.FileField(label=_("CSV file"))


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not shipped, and why."""

    row: int
    order_number: str
    reason: str


@require_POST
@shop_page("orders")
def download(desk: ShopDesk) -> HttpResponse:
    """Return what is to ship as CSV, the most urgent first; a look at addresses is logged, so it is no plain link."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for order, where in orders.list_to_ship(actor=desk.actor, shop_id=desk.shop.id, limit=ROWS_MAX):
        goods = "; ".join(f"{line.title} {line.sku_name} ×{line.quantity}" for line in order.lines)
        address = f"{where.region} {where.street}" if where else ""
        cells = (where.recipient, where.phone, address, goods) if where else ("", "", "", goods)
        writer.writerow([order.id, *map(_as_cell, cells), "", ""])
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="to-ship-{desk.shop.id}.csv"'
    return response


@require_http_methods(["GET", "POST"])
@shop_page("orders")
def upload(desk: ShopDesk) -> HttpResponse:
    """Ship every line that has a carrier and a tracking number; each stands or falls alone."""
    form = FileForm(desk.request.POST or None, desk.request.FILES or None)
    values: dict[str, object] = {"place": "orders", "form": form}
    if desk.request.method == "POST" and form.is_valid():
        try:
            rows = _read(form.cleaned_data["file"].read(BYTES_MAX + 1))
        except _BadFile as trouble:
            form.add_error("file", str(trouble))
        else:
            shipped, refused = _ship(desk, rows)
            values |= {"shipped": shipped, "refused": refused, "is_done": True}
    return desk.render("desk/shop/ship_file.html", values, status=422 if form.errors else 200)


class _BadFile(ValueError):
    """The file cannot be read at all; says why in the reader's language."""


def _ship(desk: ShopDesk, rows: list[tuple[int, dict[str, str]]]) -> tuple[int, list[Refused]]:
    shipped, refused = 0, []
    for row, cells in rows:
        number, carrier, tracking = (cells[name] for name in ("order_number", "carrier", "tracking_number"))
        if not carrier and not tracking:
            continue
        fault = _fault(number, carrier, tracking)
        if not fault:
            try:
                with transaction.atomic():
                    if orders.get_order(int(number)).shop_id != desk.shop.id:
                        raise NotFound(what="order")
                    operations.ship_order(
                        actor=desk.actor, order_id=int(number), parcels=[(carrier, tracking)], now=desk.now
                    )
            except DomainError as refusal:
                fault = refusal.message()
        if fault:
            refused.append(Refused(row, number[:30], fault))
        else:
            shipped += 1
    return shipped, refused


def _fault(number: str, carrier: str, tracking: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return gettext("This is not an order number.")
    if not carrier or not tracking:
        return gettext("Carrier and tracking number are both needed.")
    if carrier.startswith(FORMULA_STARTS) or tracking.startswith(FORMULA_STARTS):
        return gettext("The cell holds a formula.")
    if "E+" in tracking:
        return gettext("The spreadsheet has shortened the tracking number; format the column as text.")
    return ""


def _read(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > BYTES_MAX:
        raise _BadFile(gettext("The file is larger than 1 MB."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _BadFile(gettext("The file is neither UTF-8 nor GB18030."))
    reader = csv.DictReader(io.StringIO(text.replace("\0", ""), newline=""))
    needed = {"order_number", "carrier", "tracking_number"}
    if not needed <= {(name or "").strip() for name in reader.fieldnames or ()}:
        raise _BadFile(gettext("The first line must name the columns order_number, carrier, tracking_number."))
    rows = []
    try:
        for found in reader:
            clean = {(key or "").strip(): str(value or "").strip() for key, value in found.items()}
            rows.append((reader.line_num, clean))
            if len(rows) > ROWS_MAX:
                raise _BadFile(gettext("At most 500 lines go in one file."))
    except csv.Error:
        raise _BadFile(gettext("Line {row} cannot be read.").format(row=reader.line_num)) from None
    return rows


def _as_cell(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
