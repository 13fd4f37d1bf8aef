"""What Olist's rows mean here: the rules of its book, and which orders cannot be lived through again. Pure.

An order that no live order could have been is listed with its reason instead of placed. Everything else is placed,
also what Olist left unfinished: it stays open where its dates end.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from laotie.core.money import format_fen
from laotie.main.importing.olist_source import SourceOrder
from laotie.orders import rules

BOOK = "olist"
CURRENCY = "BRL"
GIVEN_UP = frozenset({"canceled", "unavailable"})

# What Olist's merchants paid is not in its data: 10 % stands for the commission it advertised then. It knew no
# newcomer's fee, and what cards and slips cost was its own affair and is not known either.
RULES: dict[str, Any] = {
    rules.FEE_SCHEDULE.key: {"general": 1_000},
    rules.NEWCOMER_DAYS.key: 0,
    rules.CHANNEL_COST_BP.key: 0,
    rules.RECEIPT_BY.key: "carrier",
    rules.SETTLE_DAYS.key: 7,
    rules.PAY_SECONDS.key: 366 * 86_400,  # the slowest bank slip of the sample was approved after 188 days
}
RULES_NOTE = (
    "The Brazilian marketplace Olist, 2016 to 2018: 10 % fee, no newcomer's fee, no cost of payment, receipt by the"
    " carrier's word."
)

CHANNELS = {
    "credit_card": "record:card",
    "debit_card": "record:debit",
    "boleto": "record:boleto",
    "voucher": "record:voucher",
}
OTHER_CHANNEL = "record"  # Olist's own `not_defined`, and whatever else it may say


class Reason(StrEnum):
    """Why an order is listed instead of placed."""

    NO_LINES = "no_lines"
    APPROVED_BEFORE_PURCHASE = "approved_before_purchase"
    HANDED_OVER_BEFORE_PURCHASE = "handed_over_before_purchase"
    HANDED_OVER_BEFORE_APPROVAL = "handed_over_before_approval"
    DELIVERED_WITHOUT_HAND_OVER = "delivered_without_hand_over"
    DELIVERED_BEFORE_HAND_OVER = "delivered_before_hand_over"
    AMOUNTS_DISAGREE = "amounts_disagree"


def judge(order: SourceOrder) -> tuple[Reason, str] | None:
    """Return why an order cannot be placed, with what was found, or None; the first reason that applies."""
    if not order.items:
        return Reason.NO_LINES, f"{order.status}, no lines"
    return _judge_times(order) or _judge_amounts(order)


def paid_at(order: SourceOrder) -> datetime:
    """Return when an order was paid: at its approval; where none is noted, at purchase."""
    return order.approved_at or order.purchased_at


def last_moment(order: SourceOrder) -> datetime:
    """Return the last thing known of an order. Olist notes no time of giving up, so that counts as one."""
    known = (order.purchased_at, order.approved_at, order.handed_over_at, order.delivered_at)
    return max(moment for moment in known if moment is not None)


def channel_of_means(means: str) -> str:
    """Return the payment channel that records this way of paying."""
    return CHANNELS.get(means, OTHER_CHANNEL)


def _judge_times(order: SourceOrder) -> tuple[Reason, str] | None:
    bought, approved = order.purchased_at, order.approved_at
    handed_over, delivered = order.handed_over_at, order.delivered_at
    reason = None
    if approved is not None and approved < bought:
        reason = Reason.APPROVED_BEFORE_PURCHASE
    elif handed_over is not None and handed_over < bought:
        reason = Reason.HANDED_OVER_BEFORE_PURCHASE
    elif handed_over is not None and handed_over < paid_at(order):
        reason = Reason.HANDED_OVER_BEFORE_APPROVAL
    elif delivered is not None and handed_over is None:
        reason = Reason.DELIVERED_WITHOUT_HAND_OVER
    elif delivered is not None and handed_over is not None and delivered < handed_over:
        reason = Reason.DELIVERED_BEFORE_HAND_OVER
    if reason is None:
        return None
    moments = {"bought": bought, "approved": approved, "handed over": handed_over, "delivered": delivered}
    return reason, ", ".join(f"{step} {moment:%Y-%m-%d %H:%M:%S}" for step, moment in moments.items() if moment)


def _judge_amounts(order: SourceOrder) -> tuple[Reason, str] | None:
    wanted_fen = sum(item.price_fen + item.freight_fen for item in order.items)
    paid_fen = sum(part.fen for part in order.payments)
    if wanted_fen == paid_fen:
        return None
    return Reason.AMOUNTS_DISAGREE, f"lines {format_fen(wanted_fen)}, payments {format_fen(paid_fen)}"
