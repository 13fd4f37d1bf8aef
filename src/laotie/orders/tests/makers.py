"""Makers for tests of orders: a small market in which Lin buys what Mei recommends from Tan's shop."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from laotie.alliance import operations as alliance
from laotie.alliance.contracts import PlanKind, PlanView
from laotie.catalog.contracts import ProductView
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import Actor, person
from laotie.orders import operations, queries
from laotie.orders.contracts import BasketLine, CheckoutView, Destination, Discount, Notice, OrderView
from laotie.orders.models import Order, Payment
from laotie.people.contracts import AccountView, ShopView
from laotie.people.tests.makers import make_person, make_shop

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)
HOME = Destination("林晓", "13800005678", "浙江省 杭州市 西湖区", "文三路 1 号")

_notices = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Market:
    """Who and what a test of orders needs."""

    lin: AccountView
    mei: AccountView
    tan: AccountView
    shop: ShopView
    product: ProductView

    @property
    def buyer(self) -> Actor:
        """Lin as an actor."""
        return person(self.lin.id)

    @property
    def merchant(self) -> Actor:
        """Tan as an actor."""
        return person(self.tan.id)

    @property
    def sku_id(self) -> int:
        """The product's first SKU."""
        return self.product.skus[0].id


def make_market(
    *,
    price_fen: int = 10_000,
    stock: int = 1_000,
    freight_fen: int = 0,
    trade: str = "general",
    activated_at: datetime = LONG_AGO,
) -> Market:
    """Make Tan's shop with one product, Mei who is a creator, and Lin who buys."""
    tan = make_person(name="谭老板", now=LONG_AGO)
    shop = make_shop(owner=tan, activated_at=activated_at, now=LONG_AGO)
    product = make_product(
        shop_id=shop.id, trade=trade, price_fen=price_fen, stock=stock, freight_fen=freight_fen, now=LONG_AGO
    )
    return Market(
        lin=make_person(name="林晓", now=LONG_AGO),
        mei=make_person(name="梅姐", is_creator=True, now=LONG_AGO),
        tan=tan,
        shop=shop,
        product=product,
    )


def open_plan(
    market: Market,
    *,
    rate_bp: int = 2_000,
    leader_id: int | None = None,
    leader_rate_bp: int = 0,
    now: datetime = LONG_AGO,
) -> PlanView:
    """Open a plan for the market's product: a leader's normal recruiting if there is one, else a normal plan."""
    return alliance.open_plan(
        actor=market.merchant,
        shop_id=market.shop.id,
        kind=PlanKind.RECRUIT_NORMAL if leader_id else PlanKind.NORMAL,
        product_id=market.product.id,
        rate_bp=rate_bp,
        leader_id=leader_id,
        leader_rate_bp=leader_rate_bp,
        starts_at=now,
        now=now,
    )


def click(market: Market, *, now: datetime = NOW, viewer: AccountView | None = None) -> int:
    """Let Lin come to the product through Mei's entrance."""
    return alliance.record_click(
        viewer_id=(viewer or market.lin).id,
        visitor_key="visitor-000000001",
        product_id=market.product.id,
        creator_id=market.mei.id,
        shop_id=market.shop.id,
        entrance=f"showcase:{market.mei.id}",
        now=now,
    )


def place(
    market: Market,
    *,
    quantity: int = 1,
    discounts: tuple[Discount, ...] = (),
    now: datetime = NOW,
    buyer: Actor | None = None,
    sku_id: int | None = None,
) -> CheckoutView:
    """Place an order for the market's product."""
    return operations.place_order(
        buyer=buyer or market.buyer,
        lines=[BasketLine(sku_id or market.sku_id, quantity, discounts=discounts)],
        destination=HOME,
        now=now,
    )


def notice_of(number: str, *, is_paid: bool = True, now: datetime = NOW, notice_id: str = "") -> Notice:
    """Return the sandbox's word about a payment."""
    payment = Payment.objects.get(number=number)
    return Notice(
        channel=payment.channel,
        notice_id=notice_id or f"N{next(_notices)}",
        payment_number=number,
        channel_ref=f"SB{number}",
        is_paid=is_paid,
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        sent_at=now,
    )


def pay(checkout: CheckoutView, *, now: datetime = NOW) -> str:
    """Let the channel say that a checkout is paid, and return the effect."""
    return operations.apply_notice(notice=notice_of(checkout.payment.number, now=now), now=now)


def buy(
    market: Market,
    *,
    quantity: int = 1,
    discounts: tuple[Discount, ...] = (),
    now: datetime = NOW,
    until: str = "paid",
) -> OrderView:
    """Bring one order as far as paid, shipped, received or settled; each step takes its time from `now`."""
    checkout = place(market, quantity=quantity, discounts=discounts, now=now)
    pay(checkout, now=now)
    (order_id,) = checkout.order_ids
    if until in {"shipped", "received", "settled"}:
        ship(market, order_id, now=now + timedelta(hours=1))
    if until in {"received", "settled"}:
        operations.confirm_receipt(actor=market.buyer, order_id=order_id, now=now + timedelta(days=3))
    if until == "settled":
        settle(order_id)
    return order(market, order_id)


def ship(market: Market, order_id: int, *, now: datetime) -> None:
    """Hand an order over in one parcel."""
    operations.ship_order(actor=market.merchant, order_id=order_id, parcels=[("顺丰速运", "SF1000001")], now=now)


def settle(order_id: int) -> datetime:
    """Settle an order the moment it is due, and return that moment."""
    due_at = Order.objects.get(pk=order_id).settle_at
    assert due_at is not None
    assert operations.settle_due_orders(now=due_at) == 1
    return due_at


def order(market: Market, order_id: int) -> OrderView:
    """Return an order as its buyer sees it."""
    return queries.access_order(actor=market.buyer, order_id=order_id).order
