"""How an order's money divides, for the shop that earns it: every party's share and why (RULES 2.7, 11.5)."""

from datetime import datetime

from django.db.models import Sum

from laotie.alliance.contracts import FrozenTerms
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.rules import rules_of_version
from laotie.ledger.contracts import shop_address
from laotie.orders.contracts import LineDivision, LineSettlement, OrderDivision, Share, ShopMoney
from laotie.orders.models import LineDiscount, Order, OrderLine
from laotie.orders.operations.shares import current_shares, fee_rate, money_of
from laotie.orders.rules import NEWCOMER_FEE_BP
from laotie.orders.states import OPEN_STATES, OrderState
from laotie.people import queries as people


def access_shop_division(*, actor: Actor, order_id: int) -> OrderDivision:
    """Return how an order's money divides: as settled, or as expected while it is open.

    Needs the shop's permission `money`. Raises: NotFound.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound(what="order")
    try:
        people.access_shop(actor=actor, shop_id=order.shop_id, permission="money")
    except NotFound:
        raise NotFound(what="order") from None
    discounts: dict[int, list[LineDiscount]] = {}
    for entry in LineDiscount.objects.filter(line__order=order):
        discounts.setdefault(entry.line_id, []).append(entry)
    lines = tuple(_divide(order, line, discounts.get(line.pk, [])) for line in order.lines.order_by("pk"))
    freight_fen = order.freight_fen - order.freight_refunded_fen
    totals: dict[tuple[str, str], int] = {}
    for line in lines:
        for share in line.shares:
            totals[share.role, share.address] = totals.get((share.role, share.address), 0) + share.amount_fen
    own = ("shop", shop_address(order.shop_id))
    totals[own] = totals.get(own, 0) + freight_fen
    return OrderDivision(
        order_id=order.pk,
        shop_id=order.shop_id,
        is_settled=order.state == OrderState.SETTLED,
        kept_fen=order.paid_fen - order.refunded_fen,
        freight_fen=freight_fen,
        lines=lines,
        totals=tuple(Share(role, address, fen) for (role, address), fen in totals.items()),
    )


def get_shop_money(*, actor: Actor, shop_id: int, since: datetime) -> ShopMoney:
    """Return what open orders of a shop hold in escrow, and what its orders settled since a moment came to.

    Both are what buyers paid and did not get back, before commission and fees. Needs the permission `money`.
    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="money")
    kept = Sum("paid_fen", default=0) - Sum("refunded_fen", default=0)
    rows = Order.objects.filter(shop_id=shop_id)
    escrow = rows.filter(state__in=[state.value for state in OPEN_STATES]).aggregate(fen=kept)
    settled = rows.filter(state=OrderState.SETTLED, settled_at__gte=since).aggregate(fen=kept)
    return ShopMoney(escrow_fen=int(escrow["fen"]), settled_fen=int(settled["fen"]))


def _divide(order: Order, line: OrderLine, discounts: list[LineDiscount]) -> LineDivision:
    rules = rules_of_version(order.rules_version)
    terms = FrozenTerms.from_json(line.terms) if line.terms else None
    settled = LineSettlement.from_json(line.settlement) if line.settlement else None
    return LineDivision(
        line_id=line.pk,
        title=line.title,
        sku_name=line.sku_name,
        picture_url=line.picture_url,
        quantity=line.quantity,
        paid_fen=line.paid_fen,
        refunded_fen=line.refunded_fen,
        funded_fen=line.funded_fen,
        base_fen=money_of(line, discounts).base_fen,
        fee_bp=fee_rate(line.trade, rules),
        newcomer_base_fen=settled.newcomer_base_fen if settled else 0,
        newcomer_fee_bp=rules[NEWCOMER_FEE_BP],
        terms=terms,
        rate_bp=terms.rate_for(line.receipt_number) if terms else 0,
        receipt_number=line.receipt_number,
        attribution=line.attribution,
        shares=current_shares(line=line, discounts=discounts, shop_id=order.shop_id, rules=rules),
    )
