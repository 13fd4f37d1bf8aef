"""Orders settled per second, each with six parties, beside the same postings as bare SQL on the same server.

Six parties: shop, creator, agency, leader, the platform's fee, its part of the commission. The orders are made by the
real operations, then settled by the job's own operation. The peer writes the same rows for each order in a transaction
of its own with one prepared statement: posting, legs, running balances, the reserve's holds. Rounds alternate over
fresh orders; the figures are medians. Afterwards the books must be clean.
"""

import statistics
import time
from datetime import timedelta
from typing import Any

from bench._harness import SHORT, PeakMemory, market, report, stopwatch

ROUNDS = 1 if SHORT else 5
ORDERS_PER_ROUND = 120 if SHORT else 400
CREATORS = 20

BARE = """
WITH posting AS (
    INSERT INTO bare_posting (key, input_hash, kind, subject, currency, memo, posted_at)
    VALUES (%s, repeat('0', 64), 'settlement', %s, 'CNY', '', now()) RETURNING id
), leg AS (
    SELECT * FROM unnest(%s::text[], %s::bigint[]) AS leg (address, amount_fen)
), account AS (
    INSERT INTO bare_account AS account (address, currency, balance_fen)
    SELECT address, 'CNY', amount_fen FROM leg WHERE address NOT LIKE 'platform:%%' ORDER BY address
    ON CONFLICT (address, currency) DO UPDATE SET balance_fen = account.balance_fen + excluded.balance_fen
    RETURNING address, balance_fen
), written AS (
    INSERT INTO bare_leg (posting_id, address, currency, amount_fen, balance_after_fen)
    SELECT posting.id, leg.address, 'CNY', leg.amount_fen, account.balance_fen
    FROM posting, leg LEFT JOIN account USING (address)
)
INSERT INTO bare_hold (key, input_hash, address, currency, amount_fen, remaining_fen, reason, state, placed_at, until,
    end_reason)
SELECT %s || address, repeat('0', 64), address, 'CNY', amount_fen / 20, amount_fen / 20, 'reserve', 'active', now(),
    now() + interval '15 days', ''
FROM leg WHERE address ~ '^(creator|agency|leader):' AND amount_fen >= 20
"""


def main() -> None:
    """Measure, check the books, print."""
    with stopwatch() as seconds, PeakMemory() as memory, market(shared_buffers="256MB") as _dsn:
        from laotie.main.audit import audit_everything

        town = _Town()
        _make_bare_tables()
        town.receive(8)
        _settle(town)  # statements and caches warm up
        rates, bare_rates = [], []
        for _ in range(ROUNDS):
            numbers = town.receive(ORDERS_PER_ROUND)
            rates.append(_settle(town))
            bare_rates.append(_settle_bare(numbers))
        findings = list(audit_everything())
        settled = town.count_settled()
    for finding in findings[:20]:
        print(finding)
    value, limit = statistics.median(rates), statistics.median(bare_rates)
    report(
        bench="settlement",
        value=value,
        unit="orders/s",
        limit=limit,
        ratio=value / limit,
        seconds=seconds[0],
        rss_mb=memory.peak_mb,
        parties=6,
        settled=settled,
        audit_ok=not findings,
        rounds=[round(rate) for rate in rates],
        bare_rounds=[round(rate) for rate in bare_rates],
    )


class _Town:
    """Shops, creators with an agency, a leader, and buyers."""

    def __init__(self) -> None:
        from laotie.alliance import operations as alliance
        from laotie.alliance.contracts import PlanKind
        from laotie.catalog.tests.makers import make_product
        from laotie.core.actor import person
        from laotie.orders.tests import makers
        from laotie.people.tests.makers import make_agency, make_agency_share, make_person, make_shop

        self._long_ago = makers.LONG_AGO
        self.now = makers.NOW
        leader = make_person(name="团长", now=self._long_ago)
        agency = make_agency(now=self._long_ago)
        self._creators = [
            make_person(name=f"达人{number}", is_creator=True, now=self._long_ago) for number in range(CREATORS)
        ]
        for creator in self._creators:
            make_agency_share(creator=creator, agency=agency, now=self._long_ago)
        self._buyer = make_person(name="买家", now=self._long_ago)
        self._products = []
        for number in range(5):
            shop = make_shop(name=f"山货铺{number}", now=self._long_ago)
            product = make_product(shop_id=shop.id, stock=1_000_000, now=self._long_ago)
            alliance.open_plan(
                actor=person(shop.owner_id),
                shop_id=shop.id,
                kind=PlanKind.RECRUIT_NORMAL,
                product_id=product.id,
                rate_bp=2_000,
                leader_id=leader.id,
                leader_rate_bp=200,
                starts_at=self._long_ago,
                now=self._long_ago,
            )
            self._products.append((shop, product))

    def receive(self, count: int) -> list[int]:
        """Bring so many orders as far as received, due at the same moment; return their numbers."""
        from laotie.alliance import operations as alliance
        from laotie.core.actor import person
        from laotie.orders import operations
        from laotie.orders.contracts import BasketLine
        from laotie.orders.tests import makers

        self.now += timedelta(days=20)
        buyer = person(self._buyer.id)
        numbers = []
        for number in range(count):
            shop, product = self._products[number % len(self._products)]
            alliance.record_click(
                viewer_id=self._buyer.id,
                visitor_key="visitor-000000001",
                product_id=product.id,
                creator_id=self._creators[number % CREATORS].id,
                shop_id=shop.id,
                entrance="showcase",
                now=self.now,
            )
            checkout = operations.place_order(
                buyer=buyer, lines=[BasketLine(product.skus[0].id, 1)], destination=makers.HOME, now=self.now
            )
            makers.pay(checkout, now=self.now)
            (order_id,) = checkout.order_ids
            parcels = [("顺丰速运", f"SF{order_id}")]
            operations.ship_order(actor=person(shop.owner_id), order_id=order_id, parcels=parcels, now=self.now)
            operations.confirm_receipt(actor=buyer, order_id=order_id, now=self.now)
            numbers.append(order_id)
        return numbers

    def count_settled(self) -> int:
        """Return how many orders are settled."""
        from laotie.orders.models import Order

        return Order.objects.filter(state="settled").count()


def _settle(town: _Town) -> float:
    """Settle everything that is due, and return how many orders a second that made."""
    from laotie.orders import operations

    due_at = town.now + timedelta(days=10)
    start = time.perf_counter()
    settled = 0
    while batch := operations.settle_due_orders(now=due_at):
        settled += batch
    return settled / (time.perf_counter() - start)


def _make_bare_tables() -> None:
    """Make tables like the ledger's, with its indexes, keys and checks, and without its triggers."""
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("posting", "leg", "account", "hold"):
            cursor.execute(f"CREATE TABLE bare_{name} (LIKE ledger_{name} INCLUDING ALL)")


def _settle_bare(numbers: list[int]) -> float:
    """Write the same postings, read back from the ledger, and return how many a second."""
    from django.db import connection, transaction

    from laotie.ledger.queries import sum_by_subject

    legs: list[dict[str, Any]] = [sum_by_subject(subject=f"order:{number}") for number in numbers]
    with connection.cursor() as cursor:
        start = time.perf_counter()
        for number, leg in zip(numbers, legs, strict=True):
            subject = f"order:{number}"
            with transaction.atomic():
                cursor.execute(BARE, [f"settle:{number}", subject, list(leg), list(leg.values()), f"r:{number}:"])
        return len(numbers) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
