"""Reads Olist's parquet files: a Brazilian marketplace's orders of 2016 to 2018, as frozen values.

Amounts become whole fen (1/100 real) and local times moments here, so that nothing behind this file sees a float or
a text of time. What does not fit together is refused before anything is written. What a row means for us is decided
in `olist_judging`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from pyarrow import ArrowInvalid, parquet

from laotie.core.errors import DomainError
from laotie.core.money import parse_fen

ZONE = ZoneInfo("America/Sao_Paulo")
BATCH_ROWS = 5_000
ATTRIBUTES = ("product_weight_g", "product_length_cm", "product_height_cm", "product_width_cm")


@dataclass(eq=False)
class UnreadableSource(DomainError):
    """The folder is not a market we can read."""

    status = 422
    sentence = _("{file} cannot be imported: {reason}")
    field = "directory"
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One unit of an order: what, from whom, for how much, and its freight."""

    product: str
    seller: str
    price_fen: int
    freight_fen: int


@dataclass(frozen=True, slots=True)
class SourcePayment:
    """One of an order's payments; `means` is Olist's word for how it was paid."""

    number: int
    means: str
    fen: int


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """An order with everything the market knew of it."""

    number: str
    customer: str
    status: str
    purchased_at: datetime
    approved_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    items: tuple[SourceItem, ...]
    payments: tuple[SourcePayment, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is; `person` is the one behind a customer's number, which changes with every order."""

    person: str
    postcode: str
    city: str
    state: str


@dataclass(frozen=True, slots=True)
class SourceProduct:
    """A product: Olist gives no titles, only a category and measures."""

    category: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceReview:
    """A review; its id repeats, since one review may be about several orders."""

    number: str
    order: str
    stars: int
    title: str
    words: str
    written_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """The whole market but its reviews, which are streamed; orders by time of purchase."""

    directory: Path
    orders: tuple[SourceOrder, ...]
    customers: Mapping[str, Place]
    sellers: Mapping[str, Place]
    products: Mapping[str, SourceProduct]
    english: Mapping[str, str]  # category names


def read_source(directory: Path) -> Source:
    """Read a folder of Olist's tables (as `orders_sample`); category names in English may lie beside it.

    Raises: UnreadableSource.
    """
    customers = {
        row["customer_id"]: _place(row, "customer", row["customer_unique_id"])
        for row in _rows(
            directory,
            "customers",
            "customer_id",
            "customer_unique_id",
            "customer_zip_code_prefix",
            "customer_city",
            "customer_state",
        )
    }
    sellers = {
        row["seller_id"]: _place(row, "seller", row["seller_id"])
        for row in _rows(
            directory, "sellers", "seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"
        )
    }
    products = {
        row["product_id"]: _product(row)
        for row in _rows(directory, "products", "product_id", "product_category_name", *ATTRIBUTES)
    }
    orders = _orders(directory)
    _check_references(orders, customers, sellers, products)
    return Source(directory, orders, customers, sellers, products, _english_names(directory))


def stream_reviews(directory: Path) -> Iterator[SourceReview]:
    """Yield the reviews as they are read.

    Raises: UnreadableSource.
    """
    for row in _rows(
        directory,
        "order_reviews",
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_creation_date",
        "review_answer_timestamp",
    ):
        written_at = _moment(row, "review_creation_date", "order_reviews")
        if written_at is None:
            raise UnreadableSource("order_reviews", gettext(_("A review has no date.")))
        yield SourceReview(
            number=row["review_id"],
            order=row["order_id"],
            stars=row["review_score"],
            title=_words(row["review_comment_title"]),
            words=_words(row["review_comment_message"]),
            written_at=written_at,
            answered_at=_moment(row, "review_answer_timestamp", "order_reviews"),
        )


def _orders(directory: Path) -> tuple[SourceOrder, ...]:
    items = _items(directory)
    payments = _payments(directory)
    orders = []
    for row in _rows(
        directory,
        "orders",
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
    ):
        purchased_at = _moment(row, "order_purchase_timestamp", "orders")
        if purchased_at is None:
            raise UnreadableSource("orders", gettext(_("An order has no time of purchase.")))
        orders.append(
            SourceOrder(
                number=row["order_id"],
                customer=row["customer_id"],
                status=row["order_status"],
                purchased_at=purchased_at,
                approved_at=_moment(row, "order_approved_at", "orders"),
                handed_over_at=_moment(row, "order_delivered_carrier_date", "orders"),
                delivered_at=_moment(row, "order_delivered_customer_date", "orders"),
                items=tuple(items.pop(row["order_id"], ())),
                payments=tuple(sorted(payments.pop(row["order_id"], ()), key=lambda part: part.number)),
            )
        )
    for table, rest in (("order_items", items), ("order_payments", payments)):
        if rest:
            raise UnreadableSource(table, _missing("order", next(iter(rest))))
    if len({order.number for order in orders}) != len(orders):
        raise UnreadableSource("orders", gettext(_("An order is there twice.")))
    return tuple(sorted(orders, key=lambda order: (order.purchased_at, order.number)))


def _items(directory: Path) -> dict[str, list[SourceItem]]:
    found: dict[str, list[SourceItem]] = defaultdict(list)
    for row in _rows(directory, "order_items", "order_id", "product_id", "seller_id", "price", "freight_value"):
        price_fen = _fen(row["price"], "order_items", least=1)
        freight_fen = _fen(row["freight_value"], "order_items", least=0)
        found[row["order_id"]].append(SourceItem(row["product_id"], row["seller_id"], price_fen, freight_fen))
    return found


def _payments(directory: Path) -> dict[str, list[SourcePayment]]:
    found: dict[str, list[SourcePayment]] = defaultdict(list)
    for row in _rows(
        directory, "order_payments", "order_id", "payment_sequential", "payment_type", "payment_value"
    ):
        fen = _fen(row["payment_value"], "order_payments", least=0)
        found[row["order_id"]].append(SourcePayment(row["payment_sequential"], row["payment_type"], fen))
    return found


def _check_references(
    orders: tuple[SourceOrder, ...],
    customers: Mapping[str, Place],
    sellers: Mapping[str, Place],
    products: Mapping[str, SourceProduct],
) -> None:
    for order in orders:
        if order.customer not in customers:
            raise UnreadableSource("orders", _missing("customer", order.customer))
        for item in order.items:
            if item.seller not in sellers:
                raise UnreadableSource("order_items", _missing("seller", item.seller))
            if item.product not in products:
                raise UnreadableSource("order_items", _missing("product", item.product))


def _english_names(directory: Path) -> dict[str, str]:
    for folder in (directory, directory.parent):
        if (folder / "product_category_name_translation.parquet").exists():
            rows = _rows(
                folder,
                "product_category_name_translation",
                "product_category_name",
                "product_category_name_english",
            )
            return {row["product_category_name"]: row["product_category_name_english"] for row in rows}
    return {}


def _rows(directory: Path, table: str, *columns: str) -> Iterator[dict[str, Any]]:
    """Yield a table's rows in batches, only the columns asked for."""
    path = directory / f"{table}.parquet"
    try:
        with parquet.ParquetFile(path) as file:
            missing = set(columns) - set(file.schema_arrow.names)
            if missing:
                raise UnreadableSource(path.name, _missing("column", min(missing)))
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
                yield from batch.to_pylist()
    except FileNotFoundError:
        raise UnreadableSource(path.name, gettext(_("There is no such file."))) from None
    except (ArrowInvalid, OSError) as trouble:
        raise UnreadableSource(path.name, str(trouble)) from None


def _place(row: dict[str, Any], kind: str, person: str) -> Place:
    return Place(person, row[f"{kind}_zip_code_prefix"], row[f"{kind}_city"], row[f"{kind}_state"])


def _product(row: dict[str, Any]) -> SourceProduct:
    measured = {name: row[name] for name in ATTRIBUTES if row[name] is not None}
    attributes = {name.removeprefix("product_"): f"{value:g}" for name, value in measured.items()}
    return SourceProduct(row["product_category_name"] or "", attributes)


def _fen(value: Any, table: str, *, least: int) -> int:
    """Return an amount in fen; one with more than two decimals is refused, not rounded."""
    try:
        fen = parse_fen(str(value))
    except ValueError as trouble:
        raise UnreadableSource(table, str(trouble)) from None
    if fen < least:
        raise UnreadableSource(table, gettext(_("{value} is too little.")).format(value=value))
    return fen


def _moment(row: dict[str, Any], column: str, table: str) -> datetime | None:
    text = row[column]
    if text is None or text == "":
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError as trouble:
        raise UnreadableSource(table, str(trouble)) from None


def _words(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()  # PostgreSQL knows no such character


def _missing(what: str, name: str) -> str:
    return gettext(_("There is no {what} {name}.")).format(what=what, name=name)
