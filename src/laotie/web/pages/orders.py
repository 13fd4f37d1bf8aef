"""My orders: the list by state, one order with everything that happened to it, and what its buyer may do."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from laotie.core.http import now_of
from laotie.orders import operations, queries
from laotie.orders.contracts import (
    OPEN_CASES,
    AfterSaleView,
    LineView,
    MoveView,
    OrderState,
    OrderView,
    PaymentState,
)
from laotie.people import queries as people
from laotie.web.serving import actor_of, number_of, page, show
from laotie.web.wording import (
    CASE_MOVE_SENTENCES,
    CASE_STATES,
    CLOSE_REASONS,
    MOVE_SENTENCES,
    ORDER_STATES,
    ORDER_TABS,
    refund_reason_in_words,
)

ORDERS_SHOWN = 10
ADDRESS_CHANGED = "address"
PAID_STATES = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.SETTLED)


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
    cases_by_line: dict[int, list[tuple[AfterSaleView, Any, str, Any]]] = {}
    for case in detail.cases:
        cases_by_line.setdefault(case.line_id, []).append((case, *CASE_STATES[case.state]))
    asked_now = {case.line_id for case in detail.cases if case.state in OPEN_CASES}
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
                cases_by_line.get(line.id, []),
                may_ask(found, line) and line.id not in asked_now,
            )
            for line in found.lines
        ],
        "steps": [step_of(move) for move in reversed(detail.moves)],
        "may_pay": found.state is OrderState.PLACED and now_of(request) < found.pay_until,
        "may_cancel": found.state in {OrderState.PLACED, OrderState.PAID} and not asked_now,
        "may_receive": found.state is OrderState.SHIPPED,
        "addresses": people.list_addresses(actor=actor_of(request))
        if found.state in {OrderState.PLACED, OrderState.PAID} and not asked_now
        else (),
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
def change_destination(request: HttpRequest, order_id: int) -> HttpResponse:
    """Send an order elsewhere before it is shipped."""
    operations.change_destination(
        actor=actor_of(request),
        order_id=order_id,
        address_id=number_of(request.POST.get("address_id", ""), least=1, most=2**63 - 1, otherwise=0),
        now=now_of(request),
    )
    messages.success(request, gettext("The order goes to the other address."))
    return redirect("order", order_id=order_id)


@require_POST
@page
def receive(request: HttpRequest, order_id: int) -> HttpResponse:
    """Confirm that everything arrived."""
    operations.confirm_receipt(actor=actor_of(request), order_id=order_id, now=now_of(request))
    messages.success(request, gettext("Thank you! The order is received."))
    return redirect("order", order_id=order_id)


def may_ask(order_view: OrderView, line: LineView) -> bool:
    """Say whether anything of a line is left to ask for."""
    freight_left = order_view.freight_fen - order_view.freight_refunded_fen
    return order_view.state in PAID_STATES and line.paid_fen - line.refunded_fen + freight_left > 0


def step_of(move: MoveView) -> Step:
    """Return a move in the reader's words."""
    is_told = move.refund_id is not None or move.case_id is not None or move.reason in CLOSE_REASONS
    text = refund_reason_in_words(move.reason) if is_told else ""
    sentences = MOVE_SENTENCES if move.case_id is None else CASE_MOVE_SENTENCES
    if move.reason == ADDRESS_CHANGED:
        return Step(gettext("The address was changed"), "", move.moved_at)
    return Step(sentences.get(move.new, move.new), text, move.moved_at)
