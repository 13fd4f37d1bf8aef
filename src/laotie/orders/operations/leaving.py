"""A shop that leaves: its deposit comes back once its goods are off and its orders have long been done (RULES 8.5)."""

from datetime import datetime, timedelta

from django.db.models import Q

from laotie.catalog import queries as catalog
from laotie.catalog.contracts import ProductFilter
from laotie.core.rules import rules_at
from laotie.orders.models import AfterSale, Order
from laotie.orders.rules import DEPOSIT_QUIET_DAYS
from laotie.orders.states import OPEN_CASES, OPEN_STATES, OrderState
from laotie.trust import operations as trust
from laotie.trust import queries as trust_queries


def end_deposit_returns(*, now: datetime, limit: int = 100) -> int:
    """Give back, or keep with the reason, the deposits whose public notice is over; return how many."""
    due = trust_queries.list_due_returns(now=now, limit=limit)
    for shop_id in due:
        trust.end_deposit_return(shop_id=shop_id, obstacle=deposit_obstacle(shop_id, now=now), now=now)
    return len(due)


def deposit_obstacle(shop_id: int, *, now: datetime) -> str:
    """Return why a shop's deposit cannot leave yet, as a code, or "" when nothing is in its way."""
    if catalog.list_products(where=ProductFilter(shop_id=shop_id), at=now, limit=1).items:
        return "goods_on_sale"
    orders = Order.objects.filter(shop_id=shop_id)
    if orders.filter(state__in=[OrderState.PLACED, *OPEN_STATES]).exists():
        return "orders_open"
    cases = AfterSale.objects.filter(line__order__shop_id=shop_id)
    if cases.filter(state__in=OPEN_CASES).exists():
        return "cases_open"
    quiet_since = now - timedelta(days=rules_at(now)[DEPOSIT_QUIET_DAYS])
    if orders.filter(Q(settled_at__gt=quiet_since) | Q(closed_at__gt=quiet_since)).exists():
        return "orders_recent"
    return ""
