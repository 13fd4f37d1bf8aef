"""Reservations per second on one hot SKU, through the operation, beside pgbench running the bare bucket SQL.

Eight processes call `reserve_stock` on one SKU spread over 32 buckets, in autocommit, without HTTP. pgbench makes the
same decision with eight clients on the same server: one statement that takes a unit from a bucket nobody else holds
and records the reservation and its movement. Rounds alternate; the figures are medians. Two more things must hold:
after the rounds the books agree, and of a SKU with fewer units than there are asks exactly all are promised.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from bench._harness import SHORT, PeakMemory, market, pgbench, report, stopwatch

PROCESSES = 8
BUCKETS = 32
ROUNDS = 1 if SHORT else 5
ROUND_SECONDS = 2 if SHORT else 8
PLENTY = 10_000_000
SCARCE = 2_000
ASKS_PER_PROCESS = 400  # 3,200 asks for 2,000 units

BARE = """
WITH picked AS (
    SELECT id FROM catalog_stockbucket WHERE pool_id = {pool_id} AND on_hand >= 1
    ORDER BY random() LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE catalog_stockbucket b SET on_hand = b.on_hand - 1, reserved = b.reserved + 1
    FROM picked WHERE b.id = picked.id RETURNING b.id
), made AS (
    INSERT INTO catalog_reservation (bucket_id, quantity, returned, reference, state, expires_at, made_at)
    SELECT id, 1, 0, 'order:1', 'held', now() + interval '1 day', now() FROM taken RETURNING id, bucket_id
)
INSERT INTO catalog_movement (bucket_id, kind, quantity, reservation_id, reference, actor, moved_at)
SELECT bucket_id, 'reserved', 1, id, 'order:1', '', now() FROM made;
"""


def main() -> None:
    """Measure, check the books, print."""
    with stopwatch() as seconds, PeakMemory() as memory, market(shared_buffers="512MB") as dsn:
        from laotie.catalog.queries import audit_stock

        pool_id = _hot_pool(PLENTY)
        scarce_pool_id = _hot_pool(SCARCE)
        with _workers() as workers:
            rates, bare_rates = _rounds(dsn, pool_id, workers)
            promised = round(sum(_ask(workers, "asks", scarce_pool_id)))
        findings = list(audit_stock())
    for finding in findings[:20]:
        print(finding)
    value, limit = statistics.median(rates), statistics.median(bare_rates)
    report(
        bench="hot_sku",
        value=value,
        unit="reservations/s",
        limit=limit,
        ratio=value / limit,
        oversold=max(0, promised - SCARCE) + len(findings),
        unsold=max(0, SCARCE - promised),
        audit_ok=not findings,
        rounds=[round(rate) for rate in rates],
        bare_rounds=[round(rate) for rate in bare_rates],
        processes=PROCESSES,
        buckets=BUCKETS,
        seconds=seconds[0],
        rss_mb=memory.peak_mb,
    )


def _hot_pool(units: int) -> int:
    """Make a product with one SKU of so many units, spread over the buckets; return its pool."""
    from laotie.catalog.tests.makers import make_sku, pool_of

    return pool_of(make_sku(stock=units, buckets=BUCKETS).id)


def _rounds(dsn: str, pool_id: int, workers: list[Connection]) -> tuple[list[float], list[float]]:
    rates: list[float] = []
    bare_rates: list[float] = []
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(" ".join(BARE.format(pool_id=pool_id).split()))
        script.flush()
        Path(script.name).chmod(0o644)
        arguments = ["-c", str(PROCESSES), "-j", "2", "-M", "prepared", "-n", "-T", str(ROUND_SECONDS)]
        for number in range(ROUNDS):
            bare_rates.append(pgbench(dsn, *arguments, "-f", script.name))
            rates.append(sum(_ask(workers, "seconds", pool_id)))
            print(f"round {number + 1}: operation {rates[-1]:.0f}/s, bare SQL {bare_rates[-1]:.0f}/s", flush=True)
    return rates, bare_rates


@contextmanager
def _workers() -> Iterator[list[Connection]]:
    """Run the processes, each with a pipe to it, for the length of a `with` block."""
    fresh = multiprocessing.get_context("spawn")  # a forked process would share our connection
    pipes, processes = [], []
    for _ in range(PROCESSES):
        ours, theirs = fresh.Pipe()
        processes.append(fresh.Process(target=_work, args=(theirs,)))
        processes[-1].start()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()  # it is ready
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join()


def _ask(workers: list[Connection], task: str, pool_id: int) -> list[float]:
    """Give all workers a task at once and return what each of them found."""
    for pipe in workers:
        pipe.send((task, pool_id))
    return [pipe.recv() for pipe in workers]


def _work(pipe: Connection) -> None:
    import django

    django.setup()  # a fresh process: the settings are in its environment
    from django.db import connection

    connection.ensure_connection()
    pipe.send(True)
    while (order := pipe.recv()) is not None:
        task, pool_id = order
        pipe.send(_reserve_for_seconds(pool_id) if task == "seconds" else _reserve_until_asked_out(pool_id))


def _reserve(pool_id: int) -> bool:
    from laotie.catalog.contracts import Wanted
    from laotie.catalog.errors import OutOfStock
    from laotie.catalog.operations import reserve_stock
    from laotie.core.clock import utc_now

    now = utc_now()
    try:
        reserve_stock(
            wanted=[Wanted(pool_id, 1)], reference="order:1", expires_at=now + timedelta(days=1), now=now
        )
    except OutOfStock:
        return False
    return True


def _reserve_for_seconds(pool_id: int) -> float:
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < ROUND_SECONDS:
        done += _reserve(pool_id)
    return done / (time.perf_counter() - began)


def _reserve_until_asked_out(pool_id: int) -> float:
    return sum(_reserve(pool_id) for _ in range(ASKS_PER_PROCESS))


if __name__ == "__main__":
    main()
