"""What the alliance does when it hears of orders and products."""

from datetime import datetime

from laotie.alliance import operations
from laotie.catalog import queries as catalog
from laotie.events.catalog import ProductPutOnSale, ProductTakenOff
from laotie.events.delivery import Subscription
from laotie.events.orders import OrderClosed, OrderPaid, OrderReceived, OrderRefunded, OrderSettled


def enter_expected_earnings(event: OrderPaid, _occurred_at: datetime) -> None:
    """Enter what each party may expect."""
    operations.record_expected(
        order_id=event.order_id,
        shop_id=event.shop_id,
        lines=event.lines,
        shares=event.shares,
        paid_at=event.paid_at,
    )


def move_earnings_to_received(event: OrderReceived, _occurred_at: datetime) -> None:
    """Move the order's earnings on, step commission included."""
    operations.mark_received(
        order_id=event.order_id, lines=event.lines, shares=event.shares, received_at=event.received_at
    )


def move_earnings_to_settled(event: OrderSettled, _occurred_at: datetime) -> None:
    """Move the order's earnings to what was paid."""
    operations.mark_settled(order_id=event.order_id, shares=event.shares, settled_at=event.settled_at)


def reduce_earnings(event: OrderRefunded, occurred_at: datetime) -> None:
    """Take the refunded part out of the line's earnings."""
    operations.mark_refunded(
        order_id=event.order_id,
        line_id=event.line_id,
        remaining_base_fen=event.remaining_base_fen,
        is_settled=event.is_settled,
        shares=event.shares,
        refunded_at=occurred_at,
    )


def void_earnings(event: OrderClosed, occurred_at: datetime) -> None:
    """Void what is left of the order's earnings."""
    operations.mark_void(order_id=event.order_id, closed_at=occurred_at)


def add_to_selection(event: ProductPutOnSale, _occurred_at: datetime) -> None:
    """Let creators find the product."""
    operations.list_product(
        product_id=event.product_id, shop_id=event.shop_id, trade=catalog.get_product(event.product_id).trade
    )


def take_out_of_selection(event: ProductTakenOff, _occurred_at: datetime) -> None:
    """Let creators no longer find the product."""
    operations.unlist_product(product_id=event.product_id)


SUBSCRIPTIONS = (
    Subscription(
        "alliance.keep_earnings",
        {
            OrderPaid: enter_expected_earnings,
            OrderReceived: move_earnings_to_received,
            OrderSettled: move_earnings_to_settled,
            OrderRefunded: reduce_earnings,
            OrderClosed: void_earnings,
        },
    ),
    Subscription(
        "alliance.keep_selection",
        {ProductPutOnSale: add_to_selection, ProductTakenOff: take_out_of_selection},
    ),
)
