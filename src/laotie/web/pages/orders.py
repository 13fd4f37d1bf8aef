"""My orders: the list by state, one order with everything that happened to it, and what its buyer may do."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from laotie.core.errors import DomainError, NotFound
from laotie.core.http import now_of
from laotie.orders import operations, queries
from laotie.orders.contracts import (
    LineView,
    MoveView,
    OrderDetail,
    OrderState,
    OrderView,
    PaymentState,
    RefundState,
    RefundView,
)
from laotie.people import queries as people
from laotie.web.serving import actor_of, number_of, page, show
from laotie.web.wording import (
    CLOSE_REASONS,
    MOVE_SENTENCES,
    ORDER_STATES,
    ORDER_TABS,
    REFUND_REASONS,
    REFUND_STATES,
    refund_reason_in_words,
    refusal_in_words,
)

ORDERS_SHOWN = 10
AMOUNT = re.compile(r"([0-9]{1,12})(?:[.．]([0-9]{1,2}))?")
PAID_STATES = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.SETTLED)
REASON_LETTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the timeline in the reader's words."""

    title: Any
    text: str
    moved_at: Any


@page
def orders(request: HttpRequest) -> HttpResponse:
    """Show my orders, newest first, in the state asked for."""
    actor = actor_of(request)
    asked = request.GET.get("state", "")
    state = OrderState(asked) if asked in set(OrderState) else None
    found = queries.list_orders(
        actor=actor, state=state, cursor=request.GET.get("cursor", "")[:500], limit=ORDERS_SHOWN
    )
    values = {
        "place": "me",
        "cards": [(order, *ORDER_STATES[order.state]) for order in found.items],
        "shops": people.get_shops({order.shop_id for order in found.items}),
        "next_cursor": found.next_cursor,
        "tabs": ORDER_TABS,
        "state": state.value if state else "",
    }
    template = "orders/orders.html#cards" if request.headers.get("HX-Target") == "more" else "orders/orders.html"
    return show(request, template, values)


@page
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show one of my orders."""
    detail = queries.access_order(actor=actor_of(request), order_id=order_id)
    found = detail.order
    name, _tone, sentence = ORDER_STATES[found.state]
    refunds_by_line: dict[int, list[tuple[RefundView, Any, str]]] = {}
    for refund in detail.refunds:
        refunds_by_line.setdefault(refund.line_id, []).append((refund, *REFUND_STATES[refund.state]))
    asked_now = {refund.line_id for refund in detail.refunds if refund.state is RefundState.REQUESTED}
    values = {
        "place": "me",
        "bare_bar": True,
        "detail": detail,
        "order": found,
        "shop": people.get_shop(found.shop_id),
        "state_name": name,
        "sentence": CLOSE_REASONS.get(found.close_reason, sentence),
        "lines": [
            (
                line,
                refunds_by_line.get(line.id, []),
                _may_refund(found, line) and line.id not in asked_now,
            )
            for line in found.lines
        ],
        "steps": [_step(move) for move in reversed(detail.moves)],
        "may_pay": found.state is OrderState.PLACED and now_of(request) < found.pay_until,
        "may_cancel": found.state in {OrderState.PLACED, OrderState.PAID} and not asked_now,
        "may_receive": found.state is OrderState.SHIPPED,
    }
    return show(request, "orders/order.html", values)


@require_POST
@page
def pay(request: HttpRequest, order_id: int) -> HttpResponse:
    """Go to where the order's payment waits, or ask for a new payment."""
    actor = actor_of(request)
    detail = queries.access_order(actor=actor, order_id=order_id)
    if detail.order.state is not OrderState.PLACED:
        return redirect("order", order_id=order_id)
    waiting = [payment for payment in detail.payments if payment.state is PaymentState.WAITING and payment.pay_url]
    if waiting:
        return HttpResponseRedirect(waiting[-1].pay_url)
    asked = operations.start_payment(
        actor=actor, checkout_id=detail.order.checkout_id, channel="sandbox", now=now_of(request)
    )
    return HttpResponseRedirect(asked.pay_url)


@require_POST
@page
def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Give an order up before it is shipped; what was paid goes back."""
    actor, now = actor_of(request), now_of(request)
    found = queries.access_order(actor=actor, order_id=order_id).order
    if found.state is OrderState.PLACED:
        operations.cancel_unpaid_order(actor=actor, order_id=order_id, now=now)
        messages.success(request, gettext("The order is cancelled."))
    else:
        operations.cancel_paid_order(actor=actor, order_id=order_id, now=now, reason="cancelled")
        messages.success(request, gettext("The order is cancelled; your money is on its way back."))
    return redirect("order", order_id=order_id)


@require_POST
@page
def receive(request: HttpRequest, order_id: int) -> HttpResponse:
    """Confirm that everything arrived."""
    operations.confirm_receipt(actor=actor_of(request), order_id=order_id, now=now_of(request))
    messages.success(request, gettext("Thank you! The order is received."))
    return redirect("order", order_id=order_id)


@page
def ask_refund(request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
    """Ask for money back on one line: all of it, some units, or an amount."""
    actor = actor_of(request)
    detail = queries.access_order(actor=actor, order_id=order_id)
    line = next((line for line in detail.order.lines if line.id == line_id), None)
    if line is None:
        raise NotFound(what="order line")
    values: dict[str, Any] = {
        "bare_bar": True,
        "order": detail.order,
        "line": line,
        "left_fen": line.paid_fen - line.refunded_fen,
        "freight_left_fen": detail.order.freight_fen - detail.order.freight_refunded_fen,
        "units_left": line.quantity - line.returned_quantity,
        "typed": request.POST,
        "reasons": REFUND_REASONS.items(),
        "may_ask": _may_refund(detail.order, line),
    }
    if request.method != "POST":
        return show(request, "orders/refund.html", values)
    try:
        with transaction.atomic():
            _request_refund(request, detail, line)
    except _BadAmount:
        values |= {"refusal": gettext("Please type an amount such as 12.50."), "at": "amount"}
    except DomainError as refusal:
        field = str(refusal.data().get("field_name", refusal.field))
        values |= {"refusal": refusal_in_words(refusal), "at": "reason" if field == "reason" else "amount"}
    else:
        messages.success(request, gettext("The shop has your request and must answer in time."))
        return redirect("order", order_id=order_id)
    return show(request, "orders/refund.html", values, status=422)


@require_POST
@page
def withdraw(request: HttpRequest, order_id: int, refund_id: int) -> HttpResponse:
    """Take a request for a refund back."""
    operations.withdraw_refund(actor=actor_of(request), refund_id=refund_id, now=now_of(request))
    messages.success(request, gettext("Your request is withdrawn."))
    return redirect("order", order_id=order_id)


class _BadAmount(ValueError):
    """What was typed is no amount."""


def _request_refund(request: HttpRequest, detail: OrderDetail, line: LineView) -> None:
    typed = request.POST
    kind = typed.get("kind", "all")
    freight_fen = 0
    if typed.get("freight") == "1":
        freight_fen = detail.order.freight_fen - detail.order.freight_refunded_fen
    units_left = line.quantity - line.returned_quantity
    quantity, goods_fen = 0, None
    if kind == "units":
        quantity = number_of(typed.get("quantity", ""), least=1, most=10_000, otherwise=units_left + 1)
    elif kind == "amount":
        goods_fen = _read_fen(typed.get("amount", ""))
    elif typed.get("goods_back") == "1":
        quantity, goods_fen = units_left, line.paid_fen - line.refunded_fen
    reason = typed.get("why", "")
    words = typed.get("words", "").strip()
    operations.request_refund(
        actor=actor_of(request),
        order_id=detail.order.id,
        line_id=line.id,
        goods_fen=goods_fen,
        quantity=quantity,
        freight_fen=freight_fen,
        reason=": ".join(part for part in (reason if reason in REFUND_REASONS else "", words) if part),
        now=now_of(request),
    )


def _read_fen(text: str) -> int:
    """Read an amount as people type it: 12, 12.5, 12.50, with or without the sign."""
    match = AMOUNT.fullmatch(text.strip().lstrip("¥￥$").strip())
    if match is None:
        raise _BadAmount
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _may_refund(order_view: OrderView, line: LineView) -> bool:
    freight_left = order_view.freight_fen - order_view.freight_refunded_fen
    return order_view.state in PAID_STATES and line.paid_fen - line.refunded_fen + freight_left > 0


def _step(move: MoveView) -> Step:
    is_told = move.refund_id is not None or move.reason in CLOSE_REASONS
    text = refund_reason_in_words(move.reason) if is_told else ""
    return Step(MOVE_SENTENCES.get(move.new, move.new), text, move.moved_at)
