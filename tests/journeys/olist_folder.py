"""Writes small folders as Olist's, so that its import is tested without its data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

BOUGHT = datetime(2017, 11, 1, 10, 0)  # noqa: DTZ001 - Olist's clock on the wall, in São Paulo
STATES = {"delivered": 3, "shipped": 2, "canceled": 1, "processing": 1}  # how many of the later dates it has


@dataclass(slots=True)
class FolderOrder:
    """One order; `items` are (product, seller, price, freight), `payments` (type, value) or paid to fit by card."""

    number: str
    status: str = "delivered"
    customer: str = "lin"
    items: Sequence[tuple[str, str, float, float]] = (("lamp", "tan", 100.0, 10.0),)
    payments: Sequence[tuple[str, float]] | None = None
    bought: datetime = BOUGHT
    approved: datetime | None = None
    handed_over: datetime | None = None
    delivered: datetime | None = None

    def dates(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """Return approval, hand-over and delivery: as given, else an hour, a day and five days after purchase."""
        if (self.approved, self.handed_over, self.delivered) != (None, None, None):
            return self.approved, self.handed_over, self.delivered
        later = (timedelta(hours=1), timedelta(days=1), timedelta(days=5))
        reached = STATES[self.status]
        approved, handed_over, delivered = (
            self.bought + delay if place < reached else None for place, delay in enumerate(later)
        )
        return approved, handed_over, delivered

    def paid(self) -> Sequence[tuple[str, float]]:
        """Return the payments."""
        if self.payments is not None:
            return self.payments
        whole = sum(round(100 * price) + round(100 * freight) for _, _, price, freight in self.items)
        return [("credit_card", whole / 100)]


@dataclass(slots=True)
class Folder:
    """A market of a few orders; reviews are (review, order, stars, words)."""

    orders: Sequence[FolderOrder]
    reviews: Sequence[tuple[str, str, int, str]] = ()
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def write(self, directory: Path) -> Path:
        """Write the eight files and return where."""
        directory.mkdir(exist_ok=True)
        self._fill()
        for name, rows in self.rows.items():
            table = pa.table({column: [row[column] for row in rows] for column in COLUMNS[name]}, SCHEMAS[name])
            parquet.write_table(table, directory / f"{name}.parquet")
        return directory

    def _fill(self) -> None:
        items = [item for order in self.orders for item in order.items]
        places = {"zip_code_prefix": "01012", "city": "sao paulo", "state": "SP"}
        self.rows["customers"] = [
            {"customer_id": f"c-{order.number}", "customer_unique_id": order.customer}
            | {f"customer_{name}": value for name, value in places.items()}
            for order in self.orders
        ]
        self.rows["sellers"] = [
            {"seller_id": seller} | {f"seller_{name}": value for name, value in places.items()}
            for seller in dict.fromkeys(item[1] for item in items)
        ]
        self.rows["products"] = [
            {"product_id": product, "product_category_name": "moveis_decoracao", "product_weight_g": 1_800}
            | dict.fromkeys(("product_length_cm", "product_height_cm", "product_width_cm"))
            for product in dict.fromkeys(item[0] for item in items)
        ]
        self.rows["orders"] = [self._order(order) for order in self.orders]
        self.rows["order_items"] = [
            {"order_id": order.number, "product_id": product, "seller_id": seller, "price": price}
            | {"freight_value": freight}
            for order in self.orders
            for product, seller, price, freight in order.items
        ]
        self.rows["order_payments"] = [
            {"order_id": order.number, "payment_sequential": place, "payment_type": means, "payment_value": value}
            for order in self.orders
            for place, (means, value) in enumerate(order.paid(), start=1)
        ]
        self.rows["order_reviews"] = [
            {"review_id": review, "order_id": order, "review_score": stars, "review_comment_title": None}
            | {"review_comment_message": words, "review_creation_date": "2017-12-01 00:00:00"}
            | {"review_answer_timestamp": "2017-12-02 08:30:00"}
            for review, order, stars, words in self.reviews
        ]

    def _order(self, order: FolderOrder) -> dict[str, Any]:
        approved, handed_over, delivered = order.dates()
        return {
            "order_id": order.number,
            "customer_id": f"c-{order.number}",
            "order_status": order.status,
            "order_purchase_timestamp": _text(order.bought),
            "order_approved_at": _text(approved),
            "order_delivered_carrier_date": _text(handed_over),
            "order_delivered_customer_date": _text(delivered),
        }


def _text(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None


def _texts(prefix: str, *names: str) -> dict[str, pa.DataType]:
    return {f"{prefix}{name}": pa.large_string() for name in names}


COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "customers": _texts("customer_", "id", "unique_id", "zip_code_prefix", "city", "state"),
    "sellers": _texts("seller_", "id", "zip_code_prefix", "city", "state"),
    "products": _texts("product_", "id", "category_name")
    | {f"product_{name}": pa.int64() for name in ("weight_g", "length_cm", "height_cm", "width_cm")},
    "orders": _texts("order_", "id", "status", "purchase_timestamp", "approved_at")
    | _texts("order_delivered_", "carrier_date", "customer_date")
    | _texts("", "customer_id"),
    "order_items": _texts("", "order_id", "product_id", "seller_id")
    | {"price": pa.float64(), "freight_value": pa.float64()},
    "order_payments": _texts("", "order_id", "payment_type")
    | {"payment_sequential": pa.int64(), "payment_value": pa.float64()},
    "order_reviews": _texts("", "order_id")
    | _texts("review_", "id", "comment_title", "comment_message", "creation_date", "answer_timestamp")
    | {"review_score": pa.int64()},
}
SCHEMAS = {name: pa.schema(list(columns.items())) for name, columns in COLUMNS.items()}
