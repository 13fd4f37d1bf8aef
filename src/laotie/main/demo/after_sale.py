"""The demo market's open after-sale cases: a dispute to decide, an exchange on its way back, goods to send after."""

from datetime import datetime, timedelta

from laotie.core.actor import Actor
from laotie.core.sql import fetch_all
from laotie.main.demo.market import DemoMarket
from laotie.main.demo.people import EVERYONE
from laotie.orders import operations as orders
from laotie.orders.contracts import AfterSaleKind

SHOP = "guanshan"


def leave_cases_open(market: DemoMarket, *, now: datetime) -> None:
    """Ask for after-sale on three orders that Tan's shop sold and that are not settled yet."""
    orders.set_return_address(
        actor=market.staff(SHOP),
        shop_id=market.shops[SHOP],
        recipient="观山茶舍售后",
        phone="0579-85551234",
        region="浙江省 金华市 武义县",
        street="茶城路 18 号 2 幢",
        now=now,
    )
    for act, received_ago in ((_dispute, 72), (_exchange, 26), (_resend, 4)):
        found = fetch_all(
            "SELECT o.id, o.buyer_id, min(l.id) FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            " WHERE o.state = 'received' AND o.shop_id = %s AND o.refunded_fen = 0 AND o.received_at < %s"
            " AND NOT EXISTS (SELECT 1 FROM orders_aftersale c WHERE c.order_id = o.id)"
            " GROUP BY o.id ORDER BY o.received_at LIMIT 1",
            [market.shops[SHOP], now - timedelta(hours=received_ago)],
        )
        for order_id, buyer_id, line_id in found:
            buyer = next(market.actor(one.key) for one in EVERYONE if market.accounts[one.key] == buyer_id)
            act(market, buyer, order_id, line_id, now)


def _dispute(market: DemoMarket, buyer: Actor, order_id: int, line_id: int, now: datetime) -> None:
    asked_at = now - timedelta(hours=70)
    case = orders.ask_after_sale(
        actor=buyer,
        order_id=order_id,
        line_id=line_id,
        kind=AfterSaleKind.RETURN_REFUND,
        reason="not_as_described: 干茶颜色发暗，和直播间展示的不一样",
        now=asked_at,
    )
    clerk = market.staff(SHOP)
    refused_at = asked_at + timedelta(hours=8)
    orders.refuse_after_sale(actor=clerk, case_id=case.id, answer="同一批次茶叶，色泽以实物为准", now=refused_at)
    disputed_at = refused_at + timedelta(hours=5)
    words = "直播里说是明前头采，收到的明显是陈茶，泡出来汤色发红。"
    orders.open_dispute(actor=buyer, case_id=case.id, words=words, now=disputed_at)
    orders.show_evidence(
        actor=clerk,
        case_id=case.id,
        words="附上该批次的检测报告编号 ZJ-2026-0417，茶叶在保质期内，发货前抽检合格。",
        now=disputed_at + timedelta(hours=20),
    )
    orders.act_on_due_disputes(now=now)


def _exchange(market: DemoMarket, buyer: Actor, order_id: int, line_id: int, now: datetime) -> None:
    case = orders.ask_after_sale(
        actor=buyer,
        order_id=order_id,
        line_id=line_id,
        kind=AfterSaleKind.EXCHANGE,
        reason="faulty: 罐子运输中压扁了",
        now=now - timedelta(days=1),
    )
    orders.agree_after_sale(actor=market.staff(SHOP), case_id=case.id, now=now - timedelta(hours=20))


def _resend(_market: DemoMarket, buyer: Actor, order_id: int, line_id: int, now: datetime) -> None:
    orders.ask_after_sale(
        actor=buyer,
        order_id=order_id,
        line_id=line_id,
        kind=AfterSaleKind.RESEND,
        reason="incomplete: 少发了一包试饮装",
        now=now - timedelta(hours=3),
    )
