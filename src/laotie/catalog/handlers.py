"""What the catalog does about events."""

from collections import Counter
from datetime import datetime

from laotie.catalog import operations
from laotie.core.actor import system
from laotie.events.delivery import Subscription
from laotie.events.orders import OrderPaid
from laotie.events.people import ShopSuspended


def count_sales(event: OrderPaid, _occurred_at: datetime) -> None:
    """Add the units of a paid order to its products' counters."""
    units: Counter[int] = Counter()
    for line in event.lines:
        units[line.product_id] += line.quantity
    operations.count_sales(units=units)


def withdraw_goods(event: ShopSuspended, occurred_at: datetime) -> None:
    """Take a suspended shop's goods off sale."""
    operations.withdraw_shop(
        shop_id=event.shop_id, actor=system("suspension"), now=occurred_at, reason="shop suspended"
    )


SUBSCRIPTIONS = (
    Subscription("catalog.count_sales", {OrderPaid: count_sales}),
    Subscription("catalog.withdraw_goods", {ShopSuspended: withdraw_goods}),
)
