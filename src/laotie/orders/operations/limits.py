"""Purchase limits per person (限购): what a person holds of a limited offer, counted with nobody in between."""

from collections.abc import Sequence

from laotie.core.sql import fetch_all, fetch_one
from laotie.orders.errors import OverPersonLimit
from laotie.orders.pricing import PricedLine

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('limit:' || %s || ':' || %s, 0))"
_HELD = """
SELECT coalesce(sum(line.quantity - line.returned_quantity), 0)::bigint
  FROM orders_order AS placed JOIN orders_orderline AS line ON line.order_id = placed.id
 WHERE placed.buyer_id = %s AND placed.state <> 'closed' AND placed.placed_at >= %s
   AND line.sku_id = %s AND line.channel = %s
"""


def require_within_limits(buyer_id: int, priced: Sequence[PricedLine]) -> None:
    """Refuse a basket with more of a limited offer than its buyer may still have.

    Unpaid orders count until they are closed; what was cancelled, refunded whole or returned counts no more. The
    buyer's rival tabs wait for each other, in the order of SKUs; offers without a limit cost nothing here.

    Raises: OverPersonLimit.
    """
    limited = [line for line in priced if line.quote.limit_per_person is not None]
    for line in limited:
        fetch_one(_LOCK, [buyer_id, line.quote.sku_id])
    for line in limited:
        offer, limit = line.quote, line.quote.limit_per_person
        ((held,),) = fetch_all(_HELD, [buyer_id, offer.offered_from, offer.sku_id, offer.channel])
        if limit is not None and held + line.basket.quantity > limit:
            raise OverPersonLimit(sku_id=offer.sku_id, limit=limit, bought=held)
