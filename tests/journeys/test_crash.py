"""Kill -9 of web, worker and database at random moments under load: what was acknowledged is there, once.

Clients do what a good client does: they send a request again, with the same Idempotency-Key, until it is answered.
"""

import contextlib
import http.client
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from tests.market import Client, LiveMarket, live_market

SHOPPERS = 6
PATIENCE_SECONDS = 90

SEED = f"""
import json
from datetime import timedelta
from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.orders.tests import makers
from laotie.people.operations import create_token
from laotie.people.tests.makers import make_address, make_person
now = utc_now() - timedelta(hours=1)
market = makers.make_market(price_fen=1_000, stock=100_000)
makers.open_plan(market)
buyers = []
for number in range({SHOPPERS}):
    account = make_person(name=f"买家{{number}}", now=now)
    makers.click(market, viewer=account, now=now)
    secret, _ = create_token(actor=person(account.id), name="app", scopes=["orders:write"], expires_at=None, now=now)
    buyers.append((secret, make_address(owner=account, now=now).id))
print(json.dumps({{"sku": market.sku_id, "buyers": buyers}}))
"""

FOUND = """
import json
from django.db.models import Sum
from laotie.alliance.models import Earning, EarningMove
from laotie.catalog.models import Product
from laotie.events.models import OutboxEvent, ParkedEvent
from laotie.orders.models import Order, Payment, PaymentNotice
print(json.dumps({
    "orders": sorted(Order.objects.values_list("id", flat=True)),
    "paid": sorted(Payment.objects.filter(state="paid").values_list("number", flat=True)),
    "paid_events": OutboxEvent.objects.filter(name="orders.order_paid.v1").count(),
    "earnings": Earning.objects.count(),
    "earning_moves": EarningMove.objects.count(),
    "sold": Product.objects.aggregate(sold=Sum("sold_count"))["sold"],
    "parked": ParkedEvent.objects.count(),
}))
"""

LAG = """
from laotie.events.delivery import list_lags
from laotie.main.subscriptions import SUBSCRIPTIONS
print(sum(lag.events for lag in list_lags(SUBSCRIPTIONS)))
"""


class Shopper:
    """Orders and pays until told to stop, and remembers what was acknowledged."""

    def __init__(self, market: LiveMarket, name: int, sku: int, buyer: tuple[str, int]) -> None:
        self._market = market
        self._name = name
        self._basket = {"lines": [{"sku_id": sku, "quantity": 1}], "address_id": buyer[1]}
        self._client = Client(market.port, buyer[0])
        self.orders: list[int] = []
        self.paid: list[str] = []

    def shop(self, stop: Event) -> None:
        """Go on until told to stop; what was begun is finished."""
        number = 0
        with contextlib.closing(self._client):
            while not stop.is_set():
                number += 1
                placed = self._insist(f"{self._name}-{number}")
                self.orders += placed["order_ids"]
                self._insist_on_payment(placed["payment"])
                self.paid.append(placed["payment"]["number"])

    def _insist(self, key: str) -> Any:
        return self._until_answered(
            201, lambda: self._client.call("POST", "/api/v1/orders", self._basket, key=key)
        )

    def _insist_on_payment(self, payment: Any) -> None:
        answer = self._until_answered(200, lambda: self._client.pay(payment))
        assert answer["effect"] in {"paid", "repeated"}

    def _until_answered(self, wanted: int, ask: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
                status, answer = ask()
                if status < 500:
                    assert status == wanted, answer
                    return answer
            time.sleep(0.05)
        raise AssertionError("no answer: " + self._market.log("web"))


def survive(kills: list[str], *, seed: int) -> None:
    """Load a market, kill its parts one after another, and look at what is left."""
    chance = random.Random(seed)
    with live_market(seed=SEED) as (market, seeded):
        market.start_web()
        market.start_worker()
        shoppers = [Shopper(market, name, seeded["sku"], buyer) for name, buyer in enumerate(seeded["buyers"])]
        stop = Event()
        with ThreadPoolExecutor(SHOPPERS) as pool:
            running = [pool.submit(shopper.shop, stop) for shopper in shoppers]
            try:
                for name in kills:
                    time.sleep(chance.uniform(0.5, 2.5))
                    market.kill(name)
                    restart = {
                        "web": market.start_web,
                        "worker": market.start_worker,
                        "database": market.start_database,
                    }
                    restart[name]()
                    market.mend_worker()
                time.sleep(1)
            finally:
                stop.set()
            for future in running:
                future.result()
        wait_until_delivered(market)
        audit = market.run("audit", "--json")
        found = market.python(FOUND)
    assert (json.loads(audit.stdout), audit.returncode) == ({"ok": True, "findings": []}, 0)
    orders = sorted(order for shopper in shoppers for order in shopper.orders)
    assert len(orders) > SHOPPERS
    assert found == {
        "orders": orders,
        "paid": sorted(number for shopper in shoppers for number in shopper.paid),
        "paid_events": len(orders),
        "earnings": len(orders),
        "earning_moves": len(orders),
        "sold": len(orders),
        "parked": 0,
    }


def wait_until_delivered(market: LiveMarket) -> None:
    """Wait until every subscriber has heard everything."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while market.python(LAG):
        market.mend_worker()
        assert time.monotonic() < deadline, market.log("worker")


def test_what_was_acknowledged_survives_a_kill_of_web_worker_and_database() -> None:
    survive(["web", "database", "worker"], seed=1)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("seed", range(4))
def test_what_was_acknowledged_survives_many_kills(seed: int) -> None:
    kills = ["web", "worker", "database"] * 5
    random.Random(seed).shuffle(kills)
    survive(kills, seed=seed)
