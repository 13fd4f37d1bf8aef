"""The questions others may ask of orders."""

from laotie.orders.queries.audit import audit_orders, list_escrow_due, list_payments_in, list_settled_totals
from laotie.orders.queries.basket import (
    count_cart_items,
    get_cart,
    quote_basket,
    quote_with_coupons,
    ship_hours_promised,
)
from laotie.orders.queries.imports import count_imported, list_imported_orders, list_imported_receipts
from laotie.orders.queries.orders import (
    access_order,
    access_payment,
    access_shop_order,
    access_shop_refund,
    count_orders,
    count_refused_refund_parts,
    count_shop_orders,
    count_shop_refunds,
    find_imported_order,
    get_order,
    list_orders,
    list_shop_orders,
    list_shop_refunds,
)
from laotie.orders.queries.persons import count_open_orders_of, export_buyer
from laotie.orders.queries.settlement import access_shop_division, get_shop_money

__all__ = [
    "access_order",
    "access_payment",
    "access_shop_division",
    "access_shop_order",
    "access_shop_refund",
    "audit_orders",
    "count_cart_items",
    "count_imported",
    "count_open_orders_of",
    "count_orders",
    "count_refused_refund_parts",
    "count_shop_orders",
    "count_shop_refunds",
    "export_buyer",
    "find_imported_order",
    "get_cart",
    "get_order",
    "get_shop_money",
    "list_escrow_due",
    "list_imported_orders",
    "list_imported_receipts",
    "list_orders",
    "list_payments_in",
    "list_settled_totals",
    "list_shop_orders",
    "list_shop_refunds",
    "quote_basket",
    "quote_with_coupons",
    "ship_hours_promised",
]
