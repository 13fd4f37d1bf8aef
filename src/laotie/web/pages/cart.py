"""The cart, checkout, and paying."""

import secrets
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from laotie.catalog import queries as catalog
from laotie.core.actor import Actor
from laotie.core.errors import DomainError, KeyReused, NotFound
from laotie.core.http import now_of
from laotie.core.idempotency import Answer, write_once
from laotie.core.ids import hash_input
from laotie.orders import operations, queries
from laotie.orders.contracts import (
    QUANTITY_MAX,
    BasketLine,
    BasketQuote,
    Behaviour,
    CartLineView,
    OrderState,
    PaymentState,
    QuotedOrder,
)
from laotie.people import queries as people
from laotie.promotions.errors import CouponNotFitting, CouponsDoNotStack
from laotie.web.serving import actor_of, number_of, page, show
from laotie.web.wording import BEHAVIOURS, refusal_in_words

ID_MAX = 10**18
KEY_LETTERS = range(16, 65)
ITEMS_MAX = 100
EMPTY_QUOTE = BasketQuote((), (), (), 0)


@page
def cart(request: HttpRequest) -> HttpResponse:
    """Show the cart by shop; what is chosen is in the address, everything that can be bought if nothing is."""
    if not request.user.is_authenticated:
        return show(request, "cart/cart.html", {"place": "cart"})
    return _show_cart(request, request.GET)


@require_POST
@page
def add(request: HttpRequest) -> HttpResponse:
    """Put goods in the cart, or go straight to checkout with them."""
    actor = actor_of(request)
    line = _line_of(request.POST)
    if request.POST.get("then") == "buy":
        wanted = f"sku={line.sku_id}&quantity={line.quantity}&channel={line.channel}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": f"/checkout?{wanted}"})
        return HttpResponseRedirect(f"/checkout?{wanted}")
    operations.put_in_cart(
        actor=actor, sku_id=line.sku_id, quantity=line.quantity, channel=line.channel, now=now_of(request)
    )
    messages.success(request, gettext("It is in your cart."))
    if request.headers.get("HX-Request"):
        return show(request, "cart/added.html")
    return redirect("cart")


@require_POST
@page
def change(request: HttpRequest, item_id: int) -> HttpResponse:
    """Change how many units of an item are wanted; 0 takes it out."""
    quantity = number_of(request.POST.get("quantity", ""), least=0, most=QUANTITY_MAX, otherwise=-1)
    operations.set_cart_quantity(actor=actor_of(request), item_id=item_id, quantity=quantity)
    if request.headers.get("HX-Request"):
        return _show_cart(request, request.POST)
    return redirect("cart")


@page
def checkout(request: HttpRequest) -> HttpResponse:
    """Show what a purchase costs and where it goes; a POST places it, once however often it is sent."""
    actor = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    lines, item_ids = _basket(request, actor, asked)
    if request.method == "POST":
        if request.POST.get("then") == "look":
            return _show_checkout(request, actor, lines, item_ids, claim_ids=_ids(request.POST.getlist("claim")))
        return _place(request, actor, lines, item_ids)
    return _show_checkout(request, actor, lines, item_ids)


@page
def sandbox(request: HttpRequest, number: str) -> HttpResponse:
    """Play the payment provider: the buyer says what shall happen. No real money moves."""
    actor = actor_of(request)
    detail = queries.access_payment(actor=actor, number=number)
    if detail.payment.channel != "sandbox":
        raise NotFound(what="payment")
    is_open = detail.payment.state != PaymentState.PAID and any(
        order.state is OrderState.PLACED for order in detail.orders
    )
    if request.method == "POST":
        wanted = request.POST.get("behaviour", "")
        if wanted in set(Behaviour) and is_open:
            operations.play_sandbox(actor=actor, number=number, behaviour=Behaviour(wanted))
        return redirect("payment", number=number)
    behaviours = [(behaviour, *words) for behaviour, words in BEHAVIOURS.items()]
    values = {"detail": detail, "is_open": is_open, "behaviours": behaviours, "bare_bar": True, "number": number}
    return show(request, "cart/sandbox.html", values)


@page
def payment(request: HttpRequest, number: str) -> HttpResponse:
    """Show how a payment stands, and wait for it."""
    detail = queries.access_payment(actor=actor_of(request), number=number)
    is_over = all(order.state is OrderState.CLOSED for order in detail.orders)
    state = "closed" if is_over and detail.payment.state != PaymentState.PAID else detail.payment.state.value
    return show(request, "cart/payment.html", {"detail": detail, "standing": state, "number": number})


def _show_cart(request: HttpRequest, asked: QueryDict) -> HttpResponse:
    now, actor = now_of(request), actor_of(request)
    lines = queries.get_cart(actor=actor, now=now)
    buyable = [line for line in lines if not line.refusal]
    chosen = set(_ids(asked.getlist("item"))) if "chosen" in asked else {line.item_id for line in buyable}
    basket = [line for line in buyable if line.item_id in chosen]
    quoted: tuple[QuotedOrder, ...] = ()
    refusal = ""
    if basket:
        try:
            quoted = queries.quote_basket(lines=[_as_basket(line) for line in basket], now=now)
        except DomainError as problem:
            refusal = refusal_in_words(problem, _titles(lines))
    by_shop: dict[int, list[CartLineView]] = {}
    for line in lines:
        if line.shop_id:
            by_shop.setdefault(line.shop_id, []).append(line)
    shops = people.get_shops(by_shop)
    values = {
        "place": "cart",
        "lines": lines,
        "groups": [(shops[shop_id], part) for shop_id, part in by_shop.items() if shop_id in shops],
        "gone": [line for line in lines if not line.shop_id],
        "chosen": chosen & {line.item_id for line in buyable},
        "count": sum(line.quantity for line in basket),
        "is_all": len(basket) == len(buyable),
        "has_buyable": bool(buyable),
        "refusal": refusal,
        **_totals(quoted),
    }
    return show(request, "cart/cart.html", values)


def _show_checkout(
    request: HttpRequest,
    actor: Actor,
    lines: Sequence[BasketLine],
    item_ids: Sequence[int],
    refusal: str = "",
    status: int = 200,
    *,
    claim_ids: list[int] | None = None,
) -> HttpResponse:
    """Show a purchase with the coupons chosen, or, where nobody has chosen yet, those that take most off."""
    now = now_of(request)
    quote = EMPTY_QUOTE
    try:
        try:
            quote = queries.quote_with_coupons(actor=actor, lines=lines, now=now, claim_ids=claim_ids)
        except (CouponNotFitting, CouponsDoNotStack, NotFound) as problem:
            quote = queries.quote_with_coupons(actor=actor, lines=lines, now=now, claim_ids=[])
            refusal = refusal or refusal_in_words(problem)
    except DomainError as problem:
        status = problem.status if request.method == "POST" else status
        refusal = refusal or refusal_in_words(problem, _titles_of(lines, request))
    quoted = quote.orders
    addresses = people.list_addresses(actor=actor)
    wanted = number_of(request.POST.get("address", ""), least=1, most=ID_MAX, otherwise=0)
    wanted = wanted or number_of(request.GET.get("address", ""), least=1, most=ID_MAX, otherwise=0)
    known = {address.id for address in addresses}
    values = {
        "bare_bar": True,
        "quoted": quoted,
        "coupons": quote.usable,
        "claim_ids": quote.claim_ids,
        "shops": people.get_shops({part.shop_id for part in quoted}),
        "addresses": addresses,
        "address_id": wanted if wanted in known else (addresses[0].id if addresses else 0),
        "lines": lines,
        "item_ids": item_ids,
        "key": secrets.token_urlsafe(24),
        "refusal": refusal,
        "back": _here(lines, item_ids),
        "ship_hours": queries.ship_hours_promised(at=now),
        **_totals(quoted),
    }
    return show(request, "cart/checkout.html", values, status=status)


def _place(
    request: HttpRequest, actor: Actor, lines: Sequence[BasketLine], item_ids: Sequence[int]
) -> HttpResponse:
    """Place the order once per key, and take what was bought out of the cart, in one transaction."""
    key = request.POST.get("key", "")
    address_id = number_of(request.POST.get("address", ""), least=1, most=ID_MAX, otherwise=0)
    claim_ids = _ids(request.POST.getlist("claim"))
    expected_fen = number_of(request.POST.get("expected_fen", ""), least=0, most=2**53, otherwise=-1)
    if len(key) not in KEY_LETTERS or not key.isascii() or not key.isprintable():
        return _show_checkout(request, actor, lines, item_ids, gettext("Please look once more and confirm."), 422)
    digest = hash_input(
        ["checkout", [(line.sku_id, line.quantity, line.channel) for line in lines], address_id, claim_ids]
    )
    now = now_of(request)

    def place() -> Answer:
        placed = operations.place_order(
            buyer=actor,
            lines=lines,
            address_id=address_id or None,
            expected_fen=expected_fen,
            placed_from="web",
            claim_ids=claim_ids,
            now=now,
        )
        if item_ids:
            operations.clear_cart(actor=actor, item_ids=tuple(item_ids))
        return Answer(status=201, text=placed.payment.pay_url or f"/pay/{placed.payment.number}")

    try:
        given = write_once(place, scope=actor.address, key=f"web-{key}", input_hash=digest, now=now)
    except KeyReused:
        messages.info(request, gettext("This purchase is placed already; here it is."))
        return redirect("orders")
    except NotFound as missing:  # an address or a coupon that is not, or no longer, this person's
        sentences = {"coupon": gettext("This coupon is used or has expired.")}
        words = sentences.get(missing.what, gettext("Please choose a delivery address."))
        return _show_checkout(request, actor, lines, item_ids, words, 422)
    except DomainError as refusal:
        words = refusal_in_words(refusal, _titles_of(lines, request))
        return _show_checkout(request, actor, lines, item_ids, words, refusal.status, claim_ids=claim_ids)
    return HttpResponseRedirect(given.text)


def _basket(request: HttpRequest, actor: Actor, asked: QueryDict) -> tuple[list[BasketLine], list[int]]:
    """Return what is to be bought: one SKU straight from its page, or the chosen items of the cart.

    A form that was sent carries its lines itself: what two tabs did to the cart meanwhile changes nothing.
    """
    item_ids = _ids(asked.getlist("item"))
    if request.method == "POST":
        return [_read_line(text) for text in asked.getlist("line")[:ITEMS_MAX]], item_ids
    if "sku" in asked:
        return [_line_of(asked)], []
    items = [line for line in queries.get_cart(actor=actor, now=now_of(request)) if line.item_id in set(item_ids)]
    return [_as_basket(line) for line in items], [line.item_id for line in items]


def _line_of(asked: QueryDict) -> BasketLine:
    """Read a SKU, a quantity and a channel; nonsense becomes a line that the operations refuse."""
    channel = asked.get("channel", "shelf")
    kind, _colon, number = channel.partition(":")
    known = channel == "shelf" or (
        kind == "creator" and number.isascii() and number.isdecimal() and len(number) < 18
    )
    return BasketLine(
        sku_id=number_of(asked.get("sku", ""), least=1, most=ID_MAX, otherwise=0),
        quantity=number_of(asked.get("quantity", "1"), least=1, most=QUANTITY_MAX, otherwise=0),
        channel=channel if known else "shelf",
    )


def _read_line(text: str) -> BasketLine:
    sku, quantity, channel = [*text.split("|"), "", "", ""][:3]
    asked = QueryDict(mutable=True)
    asked.update({"sku": sku, "quantity": quantity, "channel": channel or "shelf"})
    return _line_of(asked)


def _as_basket(line: CartLineView) -> BasketLine:
    return BasketLine(line.sku_id, line.quantity, line.channel)


def _here(lines: Sequence[BasketLine], item_ids: Sequence[int]) -> str:
    """Return the address of this very checkout, to come back to after adding an address."""
    if item_ids:
        return "/checkout?" + "&".join(f"item={item_id}" for item_id in item_ids)
    if lines:
        return f"/checkout?sku={lines[0].sku_id}&quantity={lines[0].quantity}&channel={lines[0].channel}"
    return "/cart"


def _titles(lines: Sequence[CartLineView]) -> dict[int, str]:
    return {line.sku_id: line.title for line in lines if line.title}


def _titles_of(lines: Sequence[BasketLine], request: HttpRequest) -> dict[int, str]:
    """Return the names of a basket's goods as far as they are still for sale."""
    wanted = [(line.sku_id, line.channel) for line in lines]
    return {quote.sku_id: quote.title for quote in catalog.find_quotes(wanted=wanted, at=now_of(request)).values()}


def _totals(quoted: Sequence[QuotedOrder]) -> dict[str, object]:
    return {
        "goods_fen": sum(part.goods_fen for part in quoted),
        "discount_fen": sum(part.discount_fen for part in quoted),
        "freight_fen": sum(part.freight_fen for part in quoted),
        "payable_fen": sum(part.payable_fen for part in quoted),
        "currency": quoted[0].currency if quoted else "",
    }


def _ids(texts: Sequence[str]) -> list[int]:
    found = (number_of(text, least=1, most=ID_MAX, otherwise=0) for text in texts[:ITEMS_MAX])
    return [number for number in dict.fromkeys(found) if number]
