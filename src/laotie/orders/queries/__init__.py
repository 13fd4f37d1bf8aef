"""The questions others may ask of orders."""

from laotie.orders.queries.after_sale import (
    access_case,
    count_shop_cases,
    find_no_reason_end,
    find_return_address,
    list_charge_backs,
    list_disputes,
    list_shop_cases,
    read_evidence_picture,
)
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
    count_orders,
    count_refused_refund_parts,
    count_shop_orders,
    find_imported_order,
    get_order,
    list_orders,
    list_shop_orders,
    list_to_ship,
)
from laotie.orders.queries.persons import count_open_orders_of, export_buyer
from laotie.orders.queries.settlement import access_shop_division, get_shop_money

__all__ = [
    "access_case",
    "access_order",
    "access_payment",
    "access_shop_division",
    "access_shop_order",
    "audit_orders",
    "count_cart_items",
    "count_imported",
    "count_open_orders_of",
    "count_orders",
    "count_refused_refund_parts",
    "count_shop_cases",
    "count_shop_orders",
    "export_buyer",
    "find_imported_order",
    "find_no_reason_end",
    "find_return_address",
    "get_cart",
    "get_order",
    "get_shop_money",
    "list_charge_backs",
    "list_disputes",
    "list_escrow_due",
    "list_imported_orders",
    "list_imported_receipts",
    "list_orders",
    "list_payments_in",
    "list_settled_totals",
    "list_shop_cases",
    "list_shop_orders",
    "list_to_ship",
    "quote_basket",
    "quote_with_coupons",
    "read_evidence_picture",
    "ship_hours_promised",
]
