"""Orders for those they belong to. A stranger's order and a missing one give the same answer."""

from collections.abc import Iterator

from django.db.models import Count

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.core.personal import record_look
from laotie.orders.contracts import (
    AfterSaleState,
    Destination,
    OrderDetail,
    OrderState,
    OrderView,
    PaymentDetail,
    PaymentView,
)
from laotie.orders.models import AfterSale, Order, Payment, RefundPart
from laotie.orders.viewing import (
    case_view,
    destination_of,
    move_view,
    order_view,
    parcel_view,
    payment_view,
    refund_view,
)
from laotie.people import queries as people

NEWEST_FIRST = ("-placed_at", "-id")

REFUSED_OFTEN = 8  # after some ten minutes of trying


def access_order(*, actor: Actor, order_id: int) -> OrderDetail:
    """Return an order to its buyer, with the whole address.

    Raises: NotFound.
    """
    order = Order.objects.filter(pk=order_id, buyer_id=actor.account_id).first()
    if order is None:
        raise NotFound(what="order")
    return _detail(order, masked=False, is_buyers=True)


def access_shop_order(*, actor: Actor, order_id: int) -> OrderDetail:
    """Return an order to the shop's staff; the address is open only while there is something to ship.

    Raises: NotFound.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound(what="order")
    try:
        people.access_shop(actor=actor, shop_id=order.shop_id, permission="orders")
    except NotFound:
        raise NotFound(what="order") from None
    sends_again = AfterSale.objects.filter(order=order, state=AfterSaleState.TO_SHIP).exists()
    masked = order.state not in {OrderState.PAID, OrderState.SHIPPED} and not sends_again
    if order.address and not masked and actor.account_id != order.buyer_id:
        record_look(actor=actor, subject=f"order:{order.pk}", fields=("recipient", "phone", "street"))
    return _detail(order, masked=masked)


def list_orders(
    *, actor: Actor, state: OrderState | None = None, cursor: str = "", limit: int = 20
) -> Page[OrderView]:
    """Return a buyer's orders, newest first."""
    rows = Order.objects.filter(buyer_id=actor.account_id).prefetch_related("lines")
    if state is not None:
        rows = rows.filter(state=state)
    return page_of(rows, order_view, order=NEWEST_FIRST, cursor=cursor, limit=limit)


def list_shop_orders(
    *,
    actor: Actor,
    shop_id: int,
    state: OrderState | None = None,
    order_id: int | None = None,
    cursor: str = "",
    limit: int = 20,
    is_urgent_first: bool = False,
) -> Page[OrderView]:
    """Return a shop's orders to its staff, newest first, or those to be shipped soonest first.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="orders")
    rows = Order.objects.filter(shop_id=shop_id).prefetch_related("lines")
    if state is not None:
        rows = rows.filter(state=state)
    if order_id is not None:
        rows = rows.filter(pk=order_id)
    if is_urgent_first:
        rows = rows.filter(ship_by__isnull=False)
        return page_of(rows, order_view, order=("ship_by", "id"), cursor=cursor, limit=limit)
    return page_of(rows, order_view, order=NEWEST_FIRST, cursor=cursor, limit=limit)


def list_to_ship(
    *, actor: Actor, shop_id: int, limit: int = 500
) -> Iterator[tuple[OrderView, Destination | None]]:
    """Yield a shop's orders to ship with where they go, the most urgent first; one line in the access log for all.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="orders")
    record_look(actor=actor, subject=f"shop:{shop_id}:to_ship", fields=("recipient", "phone", "street"))
    rows = Order.objects.filter(shop_id=shop_id, state=OrderState.PAID).prefetch_related("lines")
    for order in rows.order_by("ship_by", "id")[:limit]:
        yield order_view(order), destination_of(order, masked=False)


def count_shop_orders(*, actor: Actor, shop_id: int) -> dict[OrderState, int]:
    """Return how many orders of a shop stand in each state.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="orders")
    counted = Order.objects.filter(shop_id=shop_id).values_list("state").order_by("state")
    found = dict(counted.annotate(number=Count("id")))
    return {state: found.get(state.value, 0) for state in OrderState}


def access_payment(*, actor: Actor, number: str) -> PaymentDetail:
    """Return a payment with the orders it pays to the buyer of its checkout.

    Raises: NotFound.
    """
    payment = Payment.objects.filter(number=number, checkout__buyer_id=actor.account_id).first()
    if payment is None:
        raise NotFound(what="payment")
    orders = Order.objects.filter(checkout_id=payment.checkout_id).order_by("id").prefetch_related("lines")
    return PaymentDetail(payment_view(payment), tuple(order_view(order) for order in orders))


def count_orders(*, actor: Actor) -> dict[OrderState, int]:
    """Return how many orders of a buyer stand in each state."""
    counted = Order.objects.filter(buyer_id=actor.account_id).values_list("state").order_by("state")
    found = dict(counted.annotate(number=Count("id")))
    return {state: found.get(state.value, 0) for state in OrderState}


def find_imported_order(*, external_ref: str) -> OrderView | None:
    """Return an imported order by its own number."""
    order = Order.objects.filter(external_ref=external_ref).prefetch_related("lines").first()
    return order_view(order) if order else None


def get_order(order_id: int) -> OrderView:
    """Return an order to the system itself; on behalf of a person use `access_order`.

    Raises: NotFound.
    """
    order = Order.objects.filter(pk=order_id).prefetch_related("lines").first()
    if order is None:
        raise NotFound(what="order")
    return order_view(order)


def _detail(order: Order, *, masked: bool, is_buyers: bool = False) -> OrderDetail:
    return OrderDetail(
        order=order_view(order),
        destination=destination_of(order, masked=masked),
        moves=tuple(move_view(move) for move in order.moves.order_by("id")),
        parcels=tuple(parcel_view(parcel) for parcel in order.parcels.prefetch_related("scans").order_by("id")),
        refunds=tuple(refund_view(refund) for refund in order.refunds.order_by("id")),
        cases=tuple(case_view(case) for case in order.cases.select_related("dispute").order_by("id")),
        payments=_payments_of(order) if is_buyers else (),
    )


def _payments_of(order: Order) -> tuple[PaymentView, ...]:
    """Return the payments of the whole checkout: the buyer's business, since other shops' orders are in them."""
    rows = Payment.objects.filter(checkout_id=order.checkout_id).order_by("id")
    return tuple(payment_view(payment) for payment in rows)


def count_refused_refund_parts() -> int:
    """Return how many refunds their payment channel has refused again and again; the worker goes on trying."""
    return RefundPart.objects.filter(done_at=None, attempts__gte=REFUSED_OFTEN).count()
