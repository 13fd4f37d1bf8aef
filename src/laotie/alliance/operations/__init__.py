"""What can be done in the alliance."""

from laotie.alliance.operations.clicks import merge_visitor, record_click
from laotie.alliance.operations.earnings import (
    mark_received,
    mark_refunded,
    mark_settled,
    mark_void,
    record_expected,
)
from laotie.alliance.operations.listings import list_product, unlist_product
from laotie.alliance.operations.plans import close_ended_plans, close_plan, drop_step, open_plan, set_step
from laotie.alliance.operations.receipts import number_receipt, number_receipts
from laotie.alliance.operations.showcase import add_to_showcase, move_in_showcase, remove_from_showcase

__all__ = [
    "add_to_showcase",
    "close_ended_plans",
    "close_plan",
    "drop_step",
    "list_product",
    "mark_received",
    "mark_refunded",
    "mark_settled",
    "mark_void",
    "merge_visitor",
    "move_in_showcase",
    "number_receipt",
    "number_receipts",
    "open_plan",
    "record_click",
    "record_expected",
    "remove_from_showcase",
    "set_step",
    "unlist_product",
]
