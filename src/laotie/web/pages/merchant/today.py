"""What a shop has to do today, soonest first, and how its money stands."""

from datetime import datetime

from django.http import HttpResponse

from laotie.core.clock import day_of, start_of_day
from laotie.ledger import queries as ledger
from laotie.orders import queries as orders
from laotie.orders.contracts import AfterSaleState, OrderState
from laotie.web.desk import ShopDesk, shop_page

SOONEST = 6


@shop_page(None)
def today(desk: ShopDesk) -> HttpResponse:
    """Show what is to ship and to answer with the time left, and the money, as far as one may see it."""
    shop_id = desk.shop.id
    values: dict[str, object] = {"place": "today"}
    if desk.may("orders"):
        values["counts"] = orders.count_shop_orders(actor=desk.actor, shop_id=shop_id)
        values["to_ship"] = orders.list_shop_orders(
            actor=desk.actor, shop_id=shop_id, state=OrderState.PAID, is_urgent_first=True, limit=SOONEST
        )
    if desk.may("refunds"):
        values["case_counts"] = orders.count_shop_cases(actor=desk.actor, shop_id=shop_id)
        values["to_answer"] = orders.list_shop_cases(
            actor=desk.actor, shop_id=shop_id, state=AfterSaleState.REQUESTED, is_urgent_first=True, limit=SOONEST
        )
    if desk.may("money"):
        values["balance"] = ledger.get_balance(address=f"shop:{shop_id}:payable")
        values["money"] = orders.get_shop_money(actor=desk.actor, shop_id=shop_id, since=start_of_month(desk.now))
    return desk.render("desk/shop/today.html", values)


def start_of_month(now: datetime) -> datetime:
    """Return when the platform's current month began."""
    return start_of_day(day_of(now).replace(day=1))
