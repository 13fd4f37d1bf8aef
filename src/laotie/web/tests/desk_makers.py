"""A market for tests of the desks: the six people, Tan's shop with orders in several states, earnings of Mei's."""

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client

from laotie.alliance.contracts import PlanView
from laotie.alliance.handlers import SUBSCRIPTIONS
from laotie.alliance.models import Earning
from laotie.alliance.operations import add_to_showcase
from laotie.core.actor import person, system
from laotie.core.clock import utc_now
from laotie.events.event import EVENTS
from laotie.events.models import OutboxEvent
from laotie.orders.contracts import AfterSaleView, OrderView
from laotie.orders.operations import ask_after_sale, record_delivery
from laotie.orders.tests.makers import Market, buy, click, make_market, open_plan
from laotie.people.contracts import SHOP_PERMISSIONS, AccountView, AgencyView
from laotie.people.models import Account
from laotie.people.tests.makers import make_agency, make_person, make_staff


@dataclass(frozen=True, slots=True)
class DeskMarket:
    """The six people and what the desks show of them."""

    market: Market
    people: dict[str, AccountView]
    paid: OrderView
    shipped: OrderView
    settled: OrderView
    case: AfterSaleView
    plan: PlanView
    agency: AgencyView
    earning_id: int

    @property
    def shop_id(self) -> int:
        """Tan's shop."""
        return self.market.shop.id

    @property
    def product_id(self) -> int:
        """The product that Mei recommends."""
        return self.market.product.id

    def client(self, name: str) -> Client:
        """Return a browser in which one of the six is signed in, reading English."""
        return client_of(self.people[name].id)


def make_desk_market(*, bo_permissions: frozenset[str] = frozenset(SHOP_PERMISSIONS)) -> DeskMarket:
    """Make the market; the order `settled` is a month old, the others are of today."""
    now = utc_now()
    market = make_market(stock=10_000)
    plan = open_plan(market)
    for kept in (now - timedelta(days=30), now - timedelta(hours=3)):
        click(market, now=kept)
    settled = buy(market, now=now - timedelta(days=29), until="settled")
    paid = buy(market, now=now - timedelta(hours=2))
    shipped = buy(market, now=now - timedelta(hours=2), until="shipped")
    record_delivery(order_id=shipped.id, actor=system("carrier"), now=now)
    case = ask_after_sale(
        actor=market.buyer, order_id=shipped.id, line_id=shipped.lines[0].id, reason="杯口有裂纹", now=now
    )
    deliver()
    add_to_showcase(actor=person(market.mei.id), product_id=market.product.id, now=now)
    return DeskMarket(
        market=market,
        people={
            "lin": market.lin,
            "mei": market.mei,
            "tan": market.tan,
            "bo": make_staff(shop=market.shop, permissions=bo_permissions),
            "guo": make_person(name="郭路人"),
            "shen": make_person(name="沈运营", is_operator=True),
        },
        paid=paid,
        shipped=shipped,
        settled=settled,
        case=case,
        plan=plan,
        agency=make_agency(),
        earning_id=Earning.objects.get(order_id=paid.id, role="creator").pk,
    )


def client_of(account_id: int) -> Client:
    """Return a browser in which an account is signed in, reading English."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(Account.objects.get(pk=account_id))
    return client


def deliver() -> None:
    """Hand the alliance every event so far.

    The outbox's own readers stop below the oldest running transaction, which in a test is the test's own.
    """
    for row in OutboxEvent.objects.order_by("id"):
        for subscription in SUBSCRIPTIONS:
            event = EVENTS[row.name]
            if event in subscription.handlers:
                subscription.handlers[event](event.from_payload(row.payload), row.occurred_at)
