"""The verbs of orders, one file per part of an order's life."""

from laotie.orders.operations.after_sale import (
    agree_after_sale,
    ask_after_sale,
    confirm_return,
    miss_interception,
    receive_for_case,
    refuse_after_sale,
    send_back,
    set_return_address,
    ship_for_case,
    withdraw_after_sale,
)
from laotie.orders.operations.cart import clear_cart, put_in_cart, set_cart_quantity
from laotie.orders.operations.case_deadlines import (
    act_on_due_cases,
    act_on_due_disputes,
)
from laotie.orders.operations.charge_backs import (
    record_charge_back,
)
from laotie.orders.operations.checkout import (
    cancel_unpaid_order,
    close_unpaid_checkout,
    close_unpaid_checkouts,
    place_order,
)
from laotie.orders.operations.disputes import (
    appeal_ruling,
    open_dispute,
    rule_appeal,
    rule_dispute,
    show_evidence,
)
from laotie.orders.operations.erasure import forget_buyer
from laotie.orders.operations.fulfilment import (
    change_destination,
    confirm_receipt,
    receive_due_orders,
    record_delivery,
    ship_order,
)
from laotie.orders.operations.lateness import compensate_late_orders
from laotie.orders.operations.leaving import end_deposit_returns
from laotie.orders.operations.payment import apply_notice, start_payment
from laotie.orders.operations.receipts import record_receipt_without_order, record_reviews
from laotie.orders.operations.refunds import (
    cancel_paid_order,
    cancel_unshipped_orders,
    finish_refund_part,
    refund_line,
)
from laotie.orders.operations.sandbox import play_sandbox
from laotie.orders.operations.scans import take_scans
from laotie.orders.operations.settlement import settle_due_orders, settle_order

__all__ = [
    "act_on_due_cases",
    "act_on_due_disputes",
    "agree_after_sale",
    "appeal_ruling",
    "apply_notice",
    "ask_after_sale",
    "cancel_paid_order",
    "cancel_unpaid_order",
    "cancel_unshipped_orders",
    "change_destination",
    "clear_cart",
    "close_unpaid_checkout",
    "close_unpaid_checkouts",
    "compensate_late_orders",
    "confirm_receipt",
    "confirm_return",
    "end_deposit_returns",
    "finish_refund_part",
    "forget_buyer",
    "miss_interception",
    "open_dispute",
    "place_order",
    "play_sandbox",
    "put_in_cart",
    "receive_due_orders",
    "receive_for_case",
    "record_charge_back",
    "record_delivery",
    "record_receipt_without_order",
    "record_reviews",
    "refund_line",
    "refuse_after_sale",
    "rule_appeal",
    "rule_dispute",
    "send_back",
    "set_cart_quantity",
    "set_return_address",
    "settle_due_orders",
    "settle_order",
    "ship_for_case",
    "ship_order",
    "show_evidence",
    "start_payment",
    "take_scans",
    "withdraw_after_sale",
]
