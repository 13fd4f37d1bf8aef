"""The verbs of orders, one file per part of an order's life."""

from laotie.orders.operations.cart import clear_cart, put_in_cart, set_cart_quantity
from laotie.orders.operations.checkout import (
    cancel_unpaid_order,
    close_unpaid_checkout,
    close_unpaid_checkouts,
    place_order,
)
from laotie.orders.operations.erasure import forget_buyer
from laotie.orders.operations.fulfilment import confirm_receipt, receive_due_orders, record_delivery, ship_order
from laotie.orders.operations.payment import apply_notice, start_payment
from laotie.orders.operations.receipts import record_receipt_without_order, record_reviews
from laotie.orders.operations.refunds import (
    agree_refund,
    answer_due_refunds,
    cancel_paid_order,
    cancel_unshipped_orders,
    finish_refund_part,
    refund_line,
    refuse_refund,
    request_refund,
    withdraw_refund,
)
from laotie.orders.operations.sandbox import play_sandbox
from laotie.orders.operations.settlement import settle_due_orders, settle_order

__all__ = [
    "agree_refund",
    "answer_due_refunds",
    "apply_notice",
    "cancel_paid_order",
    "cancel_unpaid_order",
    "cancel_unshipped_orders",
    "clear_cart",
    "close_unpaid_checkout",
    "close_unpaid_checkouts",
    "confirm_receipt",
    "finish_refund_part",
    "forget_buyer",
    "place_order",
    "play_sandbox",
    "put_in_cart",
    "receive_due_orders",
    "record_delivery",
    "record_receipt_without_order",
    "record_reviews",
    "refund_line",
    "refuse_refund",
    "request_refund",
    "set_cart_quantity",
    "settle_due_orders",
    "settle_order",
    "ship_order",
    "start_payment",
    "withdraw_refund",
]
