"""Races for stock and money: over real HTTP against the real server, and between two connections of one process."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, local
from typing import Any

import pytest
from django.db import connection

from laotie.core.actor import person
from laotie.core.errors import DomainError
from laotie.ledger import queries as ledger
from laotie.main.audit import audit_everything
from laotie.orders import operations
from laotie.orders.models import Order, Payment, PaymentNotice, Refund
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_staff
from tests.market import Client, LiveMarket, live_market

BUYERS = 300
UNITS = 100
THREADS = 32
PAY_SECONDS = 4

SEED = f"""
import json
from datetime import timedelta
from laotie.catalog import operations as catalog
from laotie.catalog.tests.makers import make_sku
from laotie.core.actor import person, system
from laotie.core.clock import utc_now
from laotie.core.models import RuleVersion
from laotie.core.rules import EPOCH
from laotie.orders.tests import makers
from laotie.people.operations import create_token
from laotie.people.tests.makers import make_address, make_person
now = utc_now() - timedelta(days=1)
# Shorter than an operator may set it, so that reservations end while payments are on their way.
RuleVersion.objects.create(book="default", number=1, valid_from=EPOCH, values={{"pay.seconds": {PAY_SECONDS}}},
                           actor="system:tests", created_at=now)
market = makers.make_market(price_fen=1_000, stock={UNITS})
other = make_sku(product_id=market.product.id, code="plenty", stock=10_000, buckets=4, now=now)
catalog.spread_stock(actor=system("tests"), sku_id=market.sku_id, buckets=4, now=now)
buyers = []
for number in range({BUYERS} + 2):
    account = make_person(name=f"买家{{number}}", now=now)
    secret, _ = create_token(actor=person(account.id), name="app", scopes=["orders:read", "orders:write"],
                             expires_at=None, now=now)
    buyers.append((secret, make_address(owner=account, now=now).id))
print(json.dumps({{"scarce": market.sku_id, "plenty": other.id, "buyers": buyers}}))
"""

SWEEPER = """
import time
from laotie.catalog.operations import expire_reservations
from laotie.core.clock import utc_now
from laotie.orders.operations import close_unpaid_checkouts
while True:
    expire_reservations(now=utc_now())
    close_unpaid_checkouts(now=utc_now())
    time.sleep(0.2)
"""

COUNTS = """
import json
from django.db.models import F, Sum
from laotie.catalog.models import StockBucket
from laotie.core.sql import fetch_all
from laotie.orders.models import Order, OrderLine, Payment
sku = {scarce}
stock = StockBucket.objects.filter(pool__sku_id=sku).aggregate(sold=Sum("sold"), on_hand=Sum("on_hand"),
    reserved=Sum("reserved"), returned=Sum("returned"))
paid = Order.objects.filter(state="paid")
print(json.dumps({{
    **stock,
    "paid_orders": paid.count(),
    "placed_orders": Order.objects.filter(state="placed").count(),
    "paid_units": OrderLine.objects.filter(order__in=paid, sku_id=sku).aggregate(n=Sum("quantity"))["n"],
    "kept_without_goods": Order.objects.filter(state="closed").exclude(paid_fen=F("refunded_fen")).count(),
    "late_payments": Payment.objects.filter(state="paid", refunded_fen=F("amount_fen")).count(),
}}))
"""


@dataclass
class Rush:
    """The market of the rush, and who comes."""

    market: LiveMarket
    scarce: int
    plenty: int
    buyers: list[tuple[str, int]]

    def __post_init__(self) -> None:
        """Every thread keeps its own connection open."""
        self._local = local()
        self._clients: list[Client] = []

    def client(self, buyer: int) -> Client:
        """Return this thread's connection, signed in as a buyer."""
        if not hasattr(self._local, "client"):
            self._local.client = Client(self.market.port)
            self._clients.append(self._local.client)
        self._local.client.token = self.buyers[buyer][0]
        found: Client = self._local.client
        return found

    def hang_up(self) -> None:
        """Close every thread's connection."""
        for client in self._clients:
            client.close()

    def order(self, buyer: int, *, key: str = "", plenty_units: int = 0) -> tuple[int, Any]:
        """A third wants one unit, a third one with something else, a third names it twice."""
        one = {"sku_id": self.scarce, "quantity": 1}
        lines = ([one], [{"sku_id": self.plenty, "quantity": 1}, one], [one, one])[buyer % 3]
        if plenty_units:
            lines = [{"sku_id": self.plenty, "quantity": plenty_units}]
        body = {"lines": lines, "address_id": self.buyers[buyer][1]}
        return self.client(buyer).call("POST", "/api/v1/orders", body, key=key)

    def pay(self, buyer: int, payment: Any) -> str:
        """Let the channel say that it is paid."""
        status, answer = self.client(buyer).pay(payment)
        assert status == 200, answer
        effect: str = answer["effect"]
        return effect


@pytest.fixture(scope="module")
def rush() -> Iterator[Rush]:
    with live_market(seed=SEED) as (market, seeded):
        market.start_web()
        found = Rush(market=market, **seeded)
        yield found
        found.hang_up()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts in threads that start together; a refusal is a result too."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return act()
        except DomainError as refusal:
            return refusal.code()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_three_hundred_buyers_for_a_hundred_units(rush: Rush) -> None:
    rush.market.start_python("sweeper", SWEEPER)
    effects: Counter[str] = Counter()

    def come(buyer: int) -> tuple[int, Any, float] | None:
        """Order, and pay at once unless one of the fifth who let their time pass."""
        status, answer = rush.order(buyer)
        if status == 409:
            assert answer["code"] == "catalog.out_of_stock"
            return None
        assert status == 201, answer
        if buyer % 5 == 0:
            return buyer, answer["payment"], time.monotonic()
        effects[rush.pay(buyer, answer["payment"])] += 1
        return None

    def pay_late(dawdler: tuple[int, Any, float]) -> None:
        """Pay when the time is just over."""
        buyer, payment, ordered_at = dawdler
        time.sleep(max(0.0, ordered_at + PAY_SECONDS - time.monotonic()))
        effects[rush.pay(buyer, payment)] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        dawdlers = [found for found in pool.map(come, range(BUYERS)) if found is not None]
        # Half of them pay while the sweep comes by, half when it is over.
        list(pool.map(pay_late, dawdlers[::2]))
        wait_until_swept(rush)
        list(pool.map(pay_late, dawdlers[1::2]))
        # What they let go is sold to those who come again.
        list(pool.map(come, [buyer for buyer in range(BUYERS) if buyer % 5 and buyer % 3 != 2]))
    wait_until_swept(rush)
    rush.market.kill("sweeper")
    counts = rush.market.python(COUNTS.format(scarce=rush.scarce))
    assert len(dawdlers) > 1
    assert effects["late"] > 0
    assert counts.pop("late_payments") == effects["late"]
    assert counts.pop("paid_orders") == effects["paid"]
    returned = counts.pop("returned")
    assert counts == {
        "sold": UNITS + returned,
        "on_hand": 0,
        "reserved": 0,
        "placed_orders": 0,
        "paid_units": UNITS,
        "kept_without_goods": 0,
    }
    audit = rush.market.run("audit", "--json")
    assert (json.loads(audit.stdout), audit.returncode) == ({"ok": True, "findings": []}, 0)


def wait_until_swept(rush: Rush) -> None:
    """Wait until no unpaid order holds stock any more."""
    deadline = time.monotonic() + 30
    while rush.market.python(COUNTS.format(scarce=rush.scarce))["placed_orders"]:
        assert time.monotonic() < deadline


def test_four_identical_callbacks_at_once_are_one_payment(rush: Rush) -> None:
    _, placed = rush.order(BUYERS, plenty_units=2)
    effects = at_once(*[lambda: rush.pay(BUYERS, placed["payment"])] * 4)
    assert sorted(map(str, effects)) == ["paid", "repeated", "repeated", "repeated"]
    _, order = rush.client(BUYERS).call("GET", f"/api/v1/orders/{placed['order_ids'][0]}")
    assert order["order"]["paid_fen"] == placed["payable_fen"]
    assert [payment["state"] for payment in order["payments"]] == ["paid"]


def test_the_same_key_twice_at_once_is_one_order(rush: Rush) -> None:
    answers = at_once(*[lambda: rush.order(BUYERS + 1, key="same", plenty_units=1)] * 2)
    (status, _placed), other = answers
    assert status == 201
    assert answers[0] == other
    _, orders = rush.client(BUYERS + 1).call("GET", "/api/v1/orders")
    assert len(orders["items"]) == 1


def test_a_key_used_again_for_something_else_is_refused(rush: Rush) -> None:
    rush.order(BUYERS + 1, key="reused", plenty_units=1)
    status, problem = rush.order(BUYERS + 1, key="reused", plenty_units=2)
    assert (status, problem["code"], problem["field"]) == (409, "core.key_reused", "Idempotency-Key")


def test_a_server_whose_buyers_share_no_key_keeps_their_answers_apart(rush: Rush) -> None:
    _, one = rush.order(BUYERS, key="mine", plenty_units=1)
    _, other = rush.order(BUYERS + 1, key="mine", plenty_units=1)
    assert one["id"] != other["id"]


# --- two connections of this process ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_a_refund_and_the_settlement_at_once_leave_clean_books(_round: int) -> None:
    market = makers.make_market()
    makers.open_plan(market)
    makers.click(market)
    order = makers.buy(market, until="received")
    assert order.settle_at is not None
    due_at = order.settle_at
    refund = at_once(
        lambda: operations.settle_due_orders(now=due_at),
        lambda: (
            operations.refund_line(
                actor=market.merchant,
                order_id=order.id,
                line_id=order.lines[0].id,
                goods_fen=30_00,
                reason="少发",
                now=due_at,
            ).goods_fen
        ),
    )
    assert refund == [1, 30_00]
    kept = ledger.sum_by_subject(subject=f"order:{order.id}")
    assert kept[f"creator:{market.mei.id}:commission"] == 12_60
    assert list(audit_everything()) == []


@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_agree_to_one_refund_once() -> None:
    market = makers.make_market()
    bo = make_staff(shop=market.shop, now=makers.LONG_AGO)
    order = makers.buy(market)
    asked = operations.ask_after_sale(
        actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="不想要了", now=makers.NOW
    )
    answers = at_once(
        *(
            lambda actor=actor: operations.agree_after_sale(actor=actor, case_id=asked.id, now=makers.NOW).state
            for actor in (market.merchant, person(bo.id))
        )
    )
    assert sorted(map(str, answers)) == ["core.illegal_move", "refunding"]
    assert Order.objects.get().refunded_fen == 100_00
    assert list(audit_everything()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_of_cancelling_and_shipping_exactly_one_happens(_round: int) -> None:
    market = makers.make_market()
    order = makers.buy(market)
    answers = at_once(
        lambda: operations.cancel_paid_order(
            actor=market.buyer, order_id=order.id, now=makers.NOW, reason="不要了"
        ),
        lambda: makers.ship(market, order.id, now=makers.NOW),
    )
    assert Counter(answers) in (
        Counter({None: 1, "core.illegal_move": 1}),
        Counter({None: 1, "orders.not_refundable": 1}),
    )
    assert Order.objects.get().state == ("closed" if answers[0] is None else "shipped")
    assert list(audit_everything()) == []


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_the_closing_of_its_order_at_once() -> None:
    market = makers.make_market(stock=1)
    checkout = makers.place(market)
    late = makers.NOW + timedelta(minutes=15, seconds=1)
    effect, closed = at_once(
        lambda: makers.pay(checkout, now=late), lambda: operations.close_unpaid_checkouts(now=late)
    )
    assert (effect, closed) in (("paid", 0), ("late", 1))
    order = Order.objects.get()
    assert order.paid_fen - order.refunded_fen == (100_00 if effect == "paid" else 0)
    assert list(audit_everything()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_a_repeated_callback_and_a_refund_do_not_wait_for_each_other(_round: int) -> None:
    """Both lock orders before payments; the other way round was a deadlock."""
    market = makers.make_market()
    order = makers.buy(market)
    payment = Payment.objects.get()
    notices = [makers.notice_of(payment.number) for _ in range(3)]
    line_id = order.lines[0].id
    answers = at_once(
        *(lambda notice=notice: operations.apply_notice(notice=notice, now=makers.NOW) for notice in notices),
        *[
            lambda: (
                operations.refund_line(
                    actor=market.merchant,
                    order_id=order.id,
                    line_id=line_id,
                    goods_fen=1_00,
                    reason="补偿",
                    now=makers.NOW,
                ).goods_fen
            )
        ]
        * 3,
    )
    assert answers == ["repeated"] * 3 + [1_00] * 3
    assert (PaymentNotice.objects.count(), Refund.objects.count()) == (4, 3)
    assert list(audit_everything()) == []
