"""Builds the demo market in an empty database.

Everything is one transaction: an interrupted build leaves nothing behind, so the next start simply builds again,
and a market that has anybody in it is never touched. Events are delivered after the commit; what an interruption
leaves undelivered the worker delivers.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from laotie.core.clock import utc_now
from laotie.core.sql import fetch_all, fetch_one
from laotie.events.delivery import deliver, list_lags
from laotie.main.demo import goods, market, money
from laotie.main.demo.after_sale import leave_cases_open
from laotie.main.demo.coupons import offer_coupons
from laotie.main.demo.joining import apply_to_join
from laotie.main.demo.lives import WEEKS_OF_ORDERS, imagine_lives, tell_lives
from laotie.main.demo.market import DemoMarket
from laotie.main.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from laotie.main.demo.story import Story, fill_cart, look_around
from laotie.main.subscriptions import SUBSCRIPTIONS
from laotie.orders import operations as orders

IMAGINED_ORDERS = 330
SEED = 666
BUILD_LOCK = "laotie.demo"


class MarketNotEmpty(RuntimeError):
    """Somebody is in this market already; the demo is only for an empty one."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "This market is not empty, so nothing was changed. The demo fills only an empty database: give it"
            " one of its own with LAOTIE_HOME or DATABASE_URL."
        )


def is_market_empty() -> bool:
    """Say whether nobody has an account yet."""
    found = fetch_one("SELECT EXISTS (SELECT 1 FROM people_account)")
    return found == (False,)


def build_demo_market(*, show_progress: bool, imagined: int = IMAGINED_ORDERS) -> dict[str, object]:
    """Fill the empty market with people, shops, goods and some weeks of orders, and report what there is.

    Raises: MarketNotEmpty.
    """
    began = time.monotonic()
    now = utc_now()
    with _bar(show=show_progress) as progress:
        with transaction.atomic():
            fetch_one("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [BUILD_LOCK])
            if not is_market_empty():
                raise MarketNotEmpty
            known = _open_market(progress, now)
            _tell_story(progress, known, now, imagined)
        _deliver(progress)
    return {**_count(), "seconds": round(time.monotonic() - began, 1), "password": DEMO_PASSWORD, "logins": [
        login.email for login in DEMO_LOGINS
    ]}  # fmt: skip


def _open_market(progress: Progress, now: datetime) -> DemoMarket:
    """Set up people, platform and the four shops that have long been open."""
    known = DemoMarket()
    start = now - timedelta(days=7 * WEEKS_OF_ORDERS + 5)
    task = progress.add_task("People, shops, goods", total=2 + 3 * len(goods.SHOPS))
    market.add_people(known, now=start)
    progress.advance(task)
    market.draw_platform(known, now=start)
    progress.advance(task)
    long_ago = start - timedelta(days=market.LONG_OPEN_DAYS)
    for shop in _long_open():
        market.add_shop(known, shop, now=start, activated_at=long_ago)
        progress.advance(task)
    market.register_brands(known, now=start)
    for shop in _long_open():
        market.stock_shop(known, shop, now=start)
        progress.advance(task)
    for shop in _long_open():
        market.open_plans(known, shop.key, now=start)
        progress.advance(task)
    market.give_mei_her_prices(known, now=start)
    market.fill_showcases(known, now=start + timedelta(hours=1))
    market.follow_each_other(known, now=start + timedelta(days=1))
    progress.update(task, completed=progress.tasks[task].total)
    return known


def _tell_story(progress: Progress, known: DemoMarket, now: datetime, imagined: int) -> None:
    """Let the weeks pass: prices change, a newcomer opens, people buy."""
    story = Story(known, now)
    opening = now - timedelta(days=market.NEWCOMER_DAYS_AGO)
    story.plan(now - timedelta(days=24), lambda at: market.reduce_prices(known, now=at))
    story.plan(opening, lambda at: _open_newcomer(known, at))
    story.plan(now - timedelta(days=3), lambda at: market.hold_sale(known, now=at, until=now + timedelta(days=4)))
    story.plan(now - timedelta(days=20), lambda at: money.prove_owners(known, now=at))
    story.plan(now - timedelta(days=2), lambda at: money.take_money_out(known, now=at))
    story.plan(now - timedelta(days=1), lambda at: money.hear_from_bank(known, now=at))
    for life in (*tell_lives(now=now), *imagine_lives(count=imagined, now=now, seed=SEED)):
        story.live(life)
    for life in imagine_lives(count=imagined // 2, now=now, seed=SEED + 1):
        if life.via in market.SHOWCASES:
            look_around(story, life)
    began_at = now - timedelta(days=7 * WEEKS_OF_ORDERS)
    task = progress.add_task("Weeks of orders", total=(now - began_at).total_seconds())
    story.run(lambda at: progress.update(task, completed=(at - began_at).total_seconds()))
    progress.update(task, completed=progress.tasks[task].total)
    _leave_refund_on_its_way(story, now)
    leave_cases_open(known, now=now)
    fill_cart(known, now=now)
    offer_coupons(known, now=now)
    apply_to_join(known, now=now)


def _open_newcomer(known: DemoMarket, at: datetime) -> None:
    shop = next(entry for entry in goods.SHOPS if entry.key == market.NEWCOMER)
    market.add_shop(known, shop, now=at, activated_at=at)
    market.stock_shop(known, shop, now=at)
    market.open_plans(known, shop.key, now=at)
    market.fill_showcases(known, now=at)


def _leave_refund_on_its_way(story: Story, now: datetime) -> None:
    """Let Tan's staff give a little back on a received order; the worker hands it to the payment channel."""
    found = fetch_all(
        "SELECT o.id, min(l.id) FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
        " WHERE o.state IN ('received', 'shipped') AND o.shop_id = %s AND o.refunded_fen = 0"
        " AND NOT EXISTS (SELECT 1 FROM orders_refund r WHERE r.order_id = o.id)"
        " GROUP BY o.id ORDER BY o.id DESC LIMIT 1",
        [story.market.shops["guanshan"]],
    )
    for order_id, line_id in found:
        orders.refund_line(
            actor=story.market.staff("guanshan"),
            order_id=order_id,
            line_id=line_id,
            goods_fen=600,
            reason="补偿运费差价",
            now=now,
        )


def _long_open() -> tuple[goods.DemoShop, ...]:
    return tuple(shop for shop in goods.SHOPS if shop.key != market.NEWCOMER)


def _deliver(progress: Progress) -> None:
    """Deliver what happened to everybody who hears it."""
    total = sum(lag.events for lag in list_lags(SUBSCRIPTIONS))
    task = progress.add_task("Telling everybody", total=total)
    for subscription in SUBSCRIPTIONS:
        while moved := deliver(subscription, now=utc_now()):
            progress.advance(task, moved)


def _count() -> dict[str, object]:
    states = fetch_all("SELECT state, count(*) FROM orders_order GROUP BY state ORDER BY state")
    counted = {
        "people": "SELECT count(*) FROM people_account",
        "shops": "SELECT count(*) FROM people_shop",
        "products": "SELECT count(*) FROM catalog_product",
        "orders": "SELECT count(*) FROM orders_order",
        "refunds": "SELECT count(*) FROM orders_refund",
    }
    report: dict[str, object] = {name: fetch_all(question)[0][0] for name, question in counted.items()}
    report["orders_by_state"] = dict(states)
    return report


@contextmanager
def _bar(*, show: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:24}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), disable=not show) as progress:
        yield progress
