"""What the catalog does about events."""

from collections import Counter
from datetime import datetime

from laotie.catalog import operations
from laotie.events.delivery import Subscription
from laotie.events.orders import OrderPaid


def count_sales(event: OrderPaid, _occurred_at: datetime) -> None:
    """Add the units of a paid order to its products' counters."""
    units: Counter[int] = Counter()
    for line in event.lines:
        units[line.product_id] += line.quantity
    operations.count_sales(units=units)


SUBSCRIPTIONS = (Subscription("catalog.count_sales", {OrderPaid: count_sales}),)
