"""The questions others may ask of orders."""

from laotie.orders.queries.audit import audit_orders, list_escrow_due, list_payments_in, list_settled_totals
from laotie.orders.queries.basket import get_cart, quote_basket
from laotie.orders.queries.orders import (
    access_order,
    access_shop_order,
    access_shop_refund,
    count_imported,
    count_shop_orders,
    find_imported_order,
    get_order,
    get_payment_by_number,
    list_imported_orders,
    list_imported_receipts,
    list_orders,
    list_shop_orders,
    list_shop_refunds,
)

__all__ = [
    "access_order",
    "access_shop_order",
    "access_shop_refund",
    "audit_orders",
    "count_imported",
    "count_shop_orders",
    "find_imported_order",
    "get_cart",
    "get_order",
    "get_payment_by_number",
    "list_escrow_due",
    "list_imported_orders",
    "list_imported_receipts",
    "list_orders",
    "list_payments_in",
    "list_settled_totals",
    "list_shop_orders",
    "list_shop_refunds",
    "quote_basket",
]
