"""After-sale for buyers: asking for it, and one case with whose turn it is; disputes with pictures."""

import re
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from laotie.catalog import queries as catalog
from laotie.core.actor import Actor
from laotie.core.errors import DomainError, NotFound
from laotie.core.http import now_of
from laotie.orders import operations, queries
from laotie.orders.contracts import (
    AfterSaleKind,
    AfterSaleState,
    CaseDetail,
    DisputeState,
    LineView,
    OrderDetail,
    OrderState,
    Side,
)
from laotie.people import queries as people
from laotie.web.pages.orders import may_ask, step_of
from laotie.web.serving import actor_of, number_of, page, show
from laotie.web.wording import AFTER_SALE_KINDS, CASE_STATES, REFUND_REASONS, refusal_in_words

AMOUNT = re.compile(r"([0-9]{1,12})(?:[.．]([0-9]{1,2}))?")
PICTURE_BYTES_MAX = 8_000_001
MONEY_KINDS = (AfterSaleKind.REFUND_ONLY, AfterSaleKind.RETURN_REFUND)


class _BadAmount(ValueError):
    """What was typed is no amount."""


@page
def ask(request: HttpRequest, order_id: int, line_id: int) -> HttpResponse:
    """Ask for something about one line."""
    actor = actor_of(request)
    detail = queries.access_order(actor=actor, order_id=order_id)
    line = next((line for line in detail.order.lines if line.id == line_id), None)
    if line is None:
        raise NotFound(what="order line")
    is_shipped = detail.order.state is not OrderState.PAID
    kinds = {kind: words for kind, words in AFTER_SALE_KINDS.items() if is_shipped or kind == "refund_only"}
    values: dict[str, Any] = {
        "bare_bar": True,
        "order": detail.order,
        "line": line,
        "kinds": [(kind, *words) for kind, words in kinds.items()],
        "left_fen": line.paid_fen - line.refunded_fen,
        "freight_left_fen": detail.order.freight_fen - detail.order.freight_refunded_fen,
        "units_left": line.quantity - line.returned_quantity,
        "typed": request.POST,
        "kind": request.POST.get("kind", "refund_only"),
        "reasons": REFUND_REASONS.items(),
        "may_ask": may_ask(detail.order, line),
        "no_reason_until": queries.find_no_reason_end(order_id=order_id, line_id=line_id),
        "now": now_of(request),
        "skus": _exchangeable(line, request) if is_shipped else (),
    }
    if request.method != "POST":
        return show(request, "orders/after_sale.html", values)
    try:
        with transaction.atomic():
            case_id = _ask(request, actor, detail, line)
    except _BadAmount:
        values |= {"refusal": gettext("Please type an amount such as 12.50."), "at": "amount"}
    except DomainError as refusal:
        field = str(refusal.data().get("field_name", refusal.field))
        values |= {"refusal": refusal_in_words(refusal), "at": "reason" if field == "reason" else "amount"}
    else:
        messages.success(request, gettext("The shop has your request and must answer in time."))
        return redirect("after_sale", case_id=case_id)
    return show(request, "orders/after_sale.html", values, status=422)


@page
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show one of my cases."""
    return _show(request, _mine(request, case_id))


@require_POST
@page
def withdraw(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take a request back."""
    operations.withdraw_after_sale(actor=actor_of(request), case_id=case_id, now=now_of(request))
    messages.success(request, gettext("Your request is withdrawn."))
    return redirect("after_sale", case_id=case_id)


@require_POST
@page
def send_back(request: HttpRequest, case_id: int) -> HttpResponse:
    """Say with which parcel the goods go back."""
    return _attempt(
        request,
        case_id,
        lambda actor: operations.send_back(
            actor=actor,
            case_id=case_id,
            carrier=request.POST.get("carrier", ""),
            tracking_number=request.POST.get("tracking_number", ""),
            now=now_of(request),
        ),
        gettext("Thank you. The shop is told that the goods are on their way."),
    )


@require_POST
@page
def receive(request: HttpRequest, case_id: int) -> HttpResponse:
    """Confirm that what the shop sent has arrived."""
    operations.receive_for_case(actor=actor_of(request), case_id=case_id, now=now_of(request))
    messages.success(request, gettext("Thank you! The case is done."))
    return redirect("after_sale", case_id=case_id)


@require_POST
@page
def dispute(request: HttpRequest, case_id: int) -> HttpResponse:
    """Ask the platform."""
    return _attempt(
        request,
        case_id,
        lambda actor: operations.open_dispute(
            actor=actor, case_id=case_id, words=request.POST.get("words", ""), now=now_of(request)
        ),
        gettext("The platform is asked. Show what you have, as pictures for example."),
    )


@require_POST
@page
def evidence(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show words or pictures."""
    return _attempt(
        request, case_id, lambda actor: show_evidence(request, actor, case_id), gettext("Your evidence is kept.")
    )


@require_POST
@page
def appeal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Appeal a ruling."""
    return _attempt(
        request,
        case_id,
        lambda actor: operations.appeal_ruling(
            actor=actor, case_id=case_id, words=request.POST.get("words", ""), now=now_of(request)
        ),
        gettext("Your appeal is heard by somebody else."),
    )


@require_GET
@never_cache
@page
def picture(request: HttpRequest, evidence_id: int) -> HttpResponse:
    """Show a picture of a dispute to those who may see the case."""
    content = queries.read_evidence_picture(actor=actor_of(request), evidence_id=evidence_id)
    return HttpResponse(content, content_type="image/webp")


def show_evidence(request: HttpRequest, actor: Actor, case_id: int) -> None:
    """Show what a form brings: one line of words, and each picture."""
    words = request.POST.get("words", "")
    files = request.FILES.getlist("pictures")[:9]
    if words.strip() or not files:
        operations.show_evidence(actor=actor, case_id=case_id, words=words, now=now_of(request))
    for file in files:
        operations.show_evidence(
            actor=actor, case_id=case_id, picture=file.read(PICTURE_BYTES_MAX), now=now_of(request)
        )


def case_values(detail: CaseDetail, *, side: Side | None) -> dict[str, Any]:
    """Return what the buyer's, the shop's and the operator's page of a case share."""
    found = detail.case
    name, tone, sentence = CASE_STATES[found.state]
    ruled = found.dispute
    return {
        "detail": detail,
        "case": found,
        "state_name": name,
        "tone": tone,
        "sentence": sentence,
        "kind_name": AFTER_SALE_KINDS[found.kind][0],
        "is_money": found.kind in MONEY_KINDS,
        "steps": [step_of(move) for move in reversed(detail.moves)],
        "side": side,
        "may_show": ruled is not None and ruled.state in {DisputeState.EVIDENCE, DisputeState.APPEALED},
        "may_appeal": ruled is not None and ruled.state is DisputeState.RULED and side not in {None, ruled.winner},
    }


def _show(request: HttpRequest, detail: CaseDetail, *, refusal: str = "", status: int = 200) -> HttpResponse:
    state = detail.case.state
    values = {
        "place": "me",
        "bare_bar": True,
        **case_values(detail, side=Side.BUYER),
        "shop": people.get_shop(detail.shop_id),
        "refusal": refusal,
        "typed": request.POST,
        "may_withdraw": state in {AfterSaleState.REQUESTED, AfterSaleState.REFUSED, AfterSaleState.RETURNING},
        "may_dispute": state is AfterSaleState.REFUSED and detail.case.dispute is None,
    }
    return show(request, "orders/case.html", values, status=status)


def _mine(request: HttpRequest, case_id: int) -> CaseDetail:
    actor = actor_of(request)
    detail = queries.access_case(actor=actor, case_id=case_id)
    if detail.buyer_id != actor.account_id:
        raise NotFound(what="after-sale case")
    return detail


def _attempt(request: HttpRequest, case_id: int, act: Any, done: str) -> HttpResponse:
    """Run an operation, and show the page again with what stands against it."""
    detail = _mine(request, case_id)
    try:
        with transaction.atomic():
            act(actor_of(request))
    except NotFound:
        raise
    except DomainError as refusal:
        return _show(request, detail, refusal=refusal_in_words(refusal), status=422)
    messages.success(request, done)
    return redirect("after_sale", case_id=case_id)


def _ask(request: HttpRequest, actor: Actor, detail: OrderDetail, line: LineView) -> int:
    typed = request.POST
    kind = AfterSaleKind(typed["kind"]) if typed.get("kind") in {*AfterSaleKind} else AfterSaleKind.REFUND_ONLY
    units_left = line.quantity - line.returned_quantity
    how_much = typed.get("how_much", "all")
    freight_fen, quantity, goods_fen = 0, 0, None
    if kind in MONEY_KINDS and typed.get("freight") == "1":
        freight_fen = detail.order.freight_fen - detail.order.freight_refunded_fen
    if how_much == "units" or kind not in MONEY_KINDS:
        quantity = number_of(typed.get("quantity", ""), least=1, most=10_000, otherwise=units_left)
    elif how_much == "amount":
        goods_fen = _read_fen(typed.get("amount", ""))
    reason = typed.get("why", "")
    words = typed.get("words", "").strip()
    sku = typed.get("exchange_sku_id", "")
    asked = operations.ask_after_sale(
        actor=actor,
        order_id=detail.order.id,
        line_id=line.id,
        kind=kind,
        goods_fen=goods_fen,
        quantity=quantity,
        freight_fen=freight_fen,
        exchange_sku_id=int(sku) if sku.isascii() and sku.isdigit() and len(sku) < 19 else None,
        reason=": ".join(part for part in (reason if reason in REFUND_REASONS else "", words) if part),
        now=now_of(request),
    )
    return asked.id


def _exchangeable(line: LineView, request: HttpRequest) -> tuple[tuple[int, str], ...]:
    """Return the variants a line can be exchanged for: those of the product at the price that was paid."""
    quotes = catalog.list_quotes(product_id=line.product_id, at=now_of(request))
    return tuple((quote.sku_id, quote.sku_name) for quote in quotes if quote.price_fen == line.price_fen)


def _read_fen(text: str) -> int:
    """Read an amount as people type it: 12, 12.5, 12.50, with or without the sign."""
    match = AMOUNT.fullmatch(text.strip().lstrip("¥￥$").strip())
    if match is None:
        raise _BadAmount
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
