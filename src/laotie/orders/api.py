"""Orders over HTTP: cart, quote, checkout, payment, fulfilment. After-sale: api_after_sale.py."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from laotie.core.http import PageOf, actor_of, idempotent, now_of, page_schema
from laotie.core.idempotency import outlast_rivals
from laotie.orders import operations, queries
from laotie.orders.api_after_sale import router as after_sale
from laotie.orders.carriers import read_scans, secret_of
from laotie.orders.contracts import BasketLine, OrderState
from laotie.orders.payments import channel_of
from laotie.orders.schemas import (
    BasketLineIn,
    BasketPriceOut,
    CartItemIn,
    CartLineOut,
    CartOut,
    CartQuantityIn,
    CheckoutOut,
    NewDestinationIn,
    NoticeEffect,
    OrderDetailOut,
    OrderOut,
    OrderReasonIn,
    PaymentOut,
    PlaceOrderIn,
    QuoteIn,
    RefundIn,
    RefundOut,
    ScansTaken,
    ShipIn,
    StartPaymentIn,
)

router = Router(tags=["orders"])
router.add_router("", after_sale)

READ = "orders:read"
WRITE = "orders:write"

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]


@router.get("/cart", response=CartOut)
def read_cart(request: HttpRequest) -> CartOut:
    """Return the cart with today's prices."""
    lines = queries.get_cart(actor=actor_of(request, scope=READ), now=now_of(request))
    return CartOut(items=[CartLineOut.of(line) for line in lines])


@router.post("/cart/items", response={201: CartOut})
@idempotent
def put_in_cart(request: HttpRequest, item: CartItemIn) -> tuple[int, CartOut]:
    """Add units of a SKU to the cart."""
    actor = actor_of(request, scope=WRITE)
    operations.put_in_cart(
        actor=actor, sku_id=item.sku_id, quantity=item.quantity, channel=item.channel, now=now_of(request)
    )
    return 201, read_cart(request)


@router.put("/cart/items/{item_id}", response=CartOut)
@idempotent
def set_cart_quantity(request: HttpRequest, item_id: PathId, wanted: CartQuantityIn) -> CartOut:
    """Set how many units of an item are wanted; 0 takes it out."""
    actor = actor_of(request, scope=WRITE)
    operations.set_cart_quantity(actor=actor, item_id=item_id, quantity=wanted.quantity)
    return read_cart(request)


@router.post("/quotes", response=BasketPriceOut)
def quote(request: HttpRequest, basket: QuoteIn) -> BasketPriceOut:
    """Price a basket without placing it, with the coupons named or, without any named, those that take most off."""
    return BasketPriceOut.of(
        queries.quote_with_coupons(
            actor=actor_of(request, scope=READ),
            lines=_lines(basket.lines),
            claim_ids=basket.claim_ids,
            now=now_of(request),
        )
    )


@router.post("/orders", response={201: CheckoutOut})
@idempotent
def place_order(request: HttpRequest, basket: PlaceOrderIn) -> tuple[int, CheckoutOut]:
    """Buy a basket: one order per shop, its stock held until the time to pay is over."""
    view = operations.place_order(
        buyer=actor_of(request, scope=WRITE),
        lines=_lines(basket.lines),
        address_id=basket.address_id,
        expected_fen=basket.expected_fen,
        placed_from=basket.placed_from,
        payment_channel=basket.payment_channel,
        claim_ids=basket.claim_ids or (),
        now=now_of(request),
    )
    return 201, CheckoutOut.of(view)


@router.get("/orders", response=PageOf[OrderOut])
def list_orders(
    request: HttpRequest, state: OrderState | None = None, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Return my orders, newest first."""
    actor = actor_of(request, scope=READ)
    return page_schema(queries.list_orders(actor=actor, state=state, cursor=cursor, limit=limit), OrderOut.of)


@router.get("/orders/{order_id}", response=OrderDetailOut)
def read_order(request: HttpRequest, order_id: PathId) -> OrderDetailOut:
    """Return one of my orders."""
    return OrderDetailOut.of(queries.access_order(actor=actor_of(request, scope=READ), order_id=order_id))


@router.post("/orders/{order_id}/cancel", response=OrderDetailOut)
@idempotent
def cancel_order(request: HttpRequest, order_id: PathId, why: OrderReasonIn) -> OrderDetailOut:
    """Give up an order before it is shipped; what was paid goes back at once."""
    actor = actor_of(request, scope=WRITE)
    found = queries.access_order(actor=actor, order_id=order_id)
    if found.order.state is OrderState.PLACED:
        operations.cancel_unpaid_order(actor=actor, order_id=order_id, now=now_of(request))
    else:
        operations.cancel_paid_order(actor=actor, order_id=order_id, now=now_of(request), reason=why.reason)
    return OrderDetailOut.of(queries.access_order(actor=actor, order_id=order_id))


@router.post("/orders/{order_id}/receipt", response=OrderDetailOut)
@idempotent
def confirm_receipt(request: HttpRequest, order_id: PathId) -> OrderDetailOut:
    """Confirm that everything arrived."""
    actor = actor_of(request, scope=WRITE)
    operations.confirm_receipt(actor=actor, order_id=order_id, now=now_of(request))
    return OrderDetailOut.of(queries.access_order(actor=actor, order_id=order_id))


@router.post("/checkouts/{checkout_id}/payments", response={201: PaymentOut})
@idempotent
def start_payment(request: HttpRequest, checkout_id: PathId, wanted: StartPaymentIn) -> tuple[int, PaymentOut]:
    """Start another payment for what is still open of a checkout."""
    view = operations.start_payment(
        actor=actor_of(request, scope=WRITE), checkout_id=checkout_id, channel=wanted.channel, now=now_of(request)
    )
    return 201, PaymentOut.of(view)


# No rate limit: one address of a payment provider sends the callbacks of every buyer, and each must be signed.
@router.post("/payments/{channel}/notices", response=NoticeEffect, auth=None, throttle=[])
def take_notice(request: HttpRequest, channel: Annotated[str, Path(max_length=20)]) -> NoticeEffect:
    """Take a payment channel's signed callback. Its signature is its credential, its own id its idempotency key."""
    port = channel_of(channel)
    now = now_of(request)
    notice = port.read_notice(body=request.body, headers=request.headers, now=now)
    return NoticeEffect(effect=outlast_rivals(lambda: operations.apply_notice(notice=notice, now=now)))


@router.put("/orders/{order_id}/destination", response=OrderDetailOut)
@idempotent
def change_destination(request: HttpRequest, order_id: PathId, where: NewDestinationIn) -> OrderDetailOut:
    """Send an order elsewhere before it is shipped."""
    actor = actor_of(request, scope=WRITE)
    operations.change_destination(actor=actor, order_id=order_id, address_id=where.address_id, now=now_of(request))
    return OrderDetailOut.of(queries.access_order(actor=actor, order_id=order_id))


# No rate limit, as with payments: one address of a carrier tells of every parcel, and each callback must be signed.
@router.post("/carriers/{carrier}/scans", response=ScansTaken, auth=None, throttle=[])
def take_scans(request: HttpRequest, carrier: Annotated[str, Path(max_length=20)]) -> ScansTaken:
    """Take a carrier's signed callback. A scan's own id makes its repetition harmless."""
    now = now_of(request)
    secret = secret_of(carrier)
    number, scans = read_scans(body=request.body, headers=request.headers, secret=secret, now=now)
    taken = outlast_rivals(
        lambda: operations.take_scans(carrier=carrier, tracking_number=number, scans=scans, now=now)
    )
    return ScansTaken(taken=taken)


@router.get("/shops/{shop_id}/orders", response=PageOf[OrderOut], tags=["merchant"])
def list_shop_orders(
    request: HttpRequest, shop_id: PathId, state: OrderState | None = None, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Return a shop's orders to its staff, newest first."""
    page = queries.list_shop_orders(
        actor=actor_of(request, scope=READ), shop_id=shop_id, state=state, cursor=cursor, limit=limit
    )
    return page_schema(page, OrderOut.of)


@router.get("/shop-orders/{order_id}", response=OrderDetailOut, tags=["merchant"])
def read_shop_order(request: HttpRequest, order_id: PathId) -> OrderDetailOut:
    """Return an order to the shop's staff; the address is open while there is something to ship."""
    return OrderDetailOut.of(queries.access_shop_order(actor=actor_of(request, scope=READ), order_id=order_id))


@router.post("/shop-orders/{order_id}/shipment", response=OrderDetailOut, tags=["merchant"])
@idempotent
def ship_order(request: HttpRequest, order_id: PathId, shipment: ShipIn) -> OrderDetailOut:
    """Hand an order over to its carrier."""
    actor = actor_of(request, scope=WRITE)
    operations.ship_order(
        actor=actor,
        order_id=order_id,
        parcels=[(parcel.carrier, parcel.tracking_number) for parcel in shipment.parcels],
        now=now_of(request),
    )
    return OrderDetailOut.of(queries.access_shop_order(actor=actor, order_id=order_id))


@router.post("/shop-orders/{order_id}/refunds", response={201: RefundOut}, tags=["merchant"])
@idempotent
def refund_line(request: HttpRequest, order_id: PathId, wanted: RefundIn) -> tuple[int, RefundOut]:
    """Give money back without being asked."""
    view = operations.refund_line(
        actor=actor_of(request, scope=WRITE),
        order_id=order_id,
        line_id=wanted.line_id,
        goods_fen=wanted.goods_fen,
        freight_fen=wanted.freight_fen,
        quantity=wanted.quantity,
        reason=wanted.reason,
        now=now_of(request),
    )
    return 201, RefundOut.of(view)


def _lines(lines: list[BasketLineIn]) -> list[BasketLine]:
    return [BasketLine(line.sku_id, line.quantity, line.channel) for line in lines]
