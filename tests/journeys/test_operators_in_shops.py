"""What an operator does in somebody's shop stands in the audit log; what its own people do does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from laotie.alliance import operations as alliance
from laotie.alliance.contracts import PlanKind
from laotie.catalog import operations as catalog
from laotie.core.actor import Actor, person
from laotie.core.audit_log import list_actions
from laotie.orders import operations
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_person

pytestmark = pytest.mark.django_db

Act = Callable[[makers.Market, Actor], object]


def _paid(market: makers.Market) -> int:
    return makers.buy(market).id


def _asked(market: makers.Market) -> int:
    order = makers.buy(market)
    return operations.ask_after_sale(
        actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="不想要了", now=makers.NOW
    ).id


ACTS: dict[str, Act] = {
    "order.ship": lambda market, actor: operations.ship_order(
        actor=actor, order_id=_paid(market), parcels=[("顺丰速运", "SF1")], now=makers.NOW + timedelta(hours=1)
    ),
    "order.cancel": lambda market, actor: operations.cancel_paid_order(
        actor=actor, order_id=_paid(market), reason="缺货", now=makers.NOW
    ),
    "after_sale.agree": lambda market, actor: operations.agree_after_sale(
        actor=actor, case_id=_asked(market), now=makers.NOW
    ),
    "after_sale.refuse": lambda market, actor: operations.refuse_after_sale(
        actor=actor, case_id=_asked(market), answer="已沟通", now=makers.NOW
    ),
    "offer.set": lambda market, actor: catalog.set_offer(
        actor=actor, sku_id=market.sku_id, channel="shelf", price_fen=9_000, now=makers.NOW
    ),
    "stock.adjust": lambda market, actor: catalog.adjust_stock(
        actor=actor, sku_id=market.sku_id, quantity=-1, reason="盘亏", now=makers.NOW
    ),
    "product.edit": lambda market, actor: catalog.edit_product(
        actor=actor, product_id=market.product.id, title="新名字", now=makers.NOW
    ),
    "product.take_off_sale": lambda market, actor: catalog.take_off_sale(
        actor=actor, product_id=market.product.id, now=makers.NOW
    ),
    "plan.open": lambda market, actor: alliance.open_plan(
        actor=actor,
        shop_id=market.shop.id,
        kind=PlanKind.NORMAL,
        product_id=market.product.id,
        rate_bp=1_000,
        starts_at=makers.NOW,
        now=makers.NOW,
    ),
}


@pytest.mark.parametrize("action", ACTS)
def test_an_operator_leaves_a_line_and_the_merchant_none(action: str) -> None:
    operator = person(make_person(name="沈", is_operator=True, now=makers.LONG_AGO).id)
    market = makers.make_market()
    before = len(list_actions().items)
    ACTS[action](market, operator)
    lines = list_actions().items[: len(list_actions().items) - before]
    assert [(line.actor, line.action, line.subject) for line in lines] == [
        (operator.address, action, f"shop:{market.shop.id}")
    ]
    other = makers.make_market()
    ACTS[action](other, other.merchant)
    assert len(list_actions().items) == before + 1
