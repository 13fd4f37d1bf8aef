"""What orders know of one person: for their export, and whether they can be erased."""

from typing import Any

from django.db.models import Q

from laotie.core.personal import export_rows
from laotie.orders.models import (
    AfterSale,
    CartItem,
    Evidence,
    Order,
    OrderLine,
    Parcel,
    Payment,
    Refund,
    RefundPart,
    ReviewFact,
)
from laotie.orders.states import OPEN_CASES, OrderState

OPEN_STATES = (OrderState.PLACED, OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED)


def count_open_orders_of(*, account_id: int) -> int:
    """Return how many of a buyer's orders still need them: not over, or with money on its way back."""
    mine = Order.objects.filter(buyer_id=account_id)
    returning = AfterSale.objects.filter(state__in=OPEN_CASES).values("order_id")
    unpaid_back = RefundPart.objects.filter(done_at=None, refund__isnull=False).values("refund__order_id")
    return mine.filter(Q(state__in=OPEN_STATES) | Q(pk__in=returning) | Q(pk__in=unpaid_back)).count()


def export_buyer(*, account_id: int) -> dict[str, Any]:
    """Return a buyer's rows in clear; of each table the newest 10,000. Who may ask is the caller's business."""
    bought = {"order__buyer_id": account_id}
    return {
        "cart": export_rows(CartItem.objects.filter(account_id=account_id), "sku_id", "quantity", "added_at"),
        "orders": export_rows(
            Order.objects.filter(buyer_id=account_id),
            *("id", "shop_id", "state", "address", "payable_fen", "paid_fen", "refunded_fen", "currency"),
            *("placed_at", "paid_at", "shipped_at", "received_at", "settled_at", "closed_at"),
        ),
        "order_lines": export_rows(
            OrderLine.objects.filter(**bought),
            *("order_id", "product_id", "sku_id", "title", "sku_name", "quantity", "price_fen", "paid_fen"),
            *("refunded_fen", "creator_id"),
        ),
        "parcels": export_rows(
            Parcel.objects.filter(**bought), "order_id", "carrier", "tracking_number", "shipped_at", "delivered_at"
        ),
        "refunds": export_rows(
            Refund.objects.filter(**bought),
            *("order_id", "state", "goods_fen", "freight_fen", "reason", "agreed_at", "succeeded_at"),
        ),
        "after_sale": export_rows(
            AfterSale.objects.filter(**bought),
            *("order_id", "kind", "state", "goods_fen", "freight_fen", "quantity", "reason", "answer"),
            *("return_carrier", "return_tracking_number", "requested_at", "moved_at"),
        ),
        "evidence": export_rows(
            Evidence.objects.filter(author=f"account:{account_id}"), "dispute_id", "words", "shown_at"
        ),
        "payments": export_rows(
            Payment.objects.filter(checkout__buyer_id=account_id),
            *("number", "channel", "state", "amount_fen", "refunded_fen", "currency", "created_at", "paid_at"),
        ),
        "reviews": export_rows(
            ReviewFact.objects.filter(**bought), "order_id", "stars", "title", "words", "written_at"
        ),
    }
