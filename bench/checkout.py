"""Paid orders per second over HTTP beside pgbench's TPC-B-like transactions on the same server.

A paid order is two requests: `POST /api/v1/orders` with a token, and the sandbox's signed callback. Sixteen clients
keep their connections open and buy one of fifty SKUs each time; granian serves with several workers, fsync and
synchronous_commit are on. Rounds alternate; the figures are medians. Afterwards the books must be clean.
"""

import http.client
import itertools
import json
import multiprocessing
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench._harness import SHORT, PeakMemory, alternate, market, pgbench, report, stopwatch

CLIENTS = 16
PROCESSES = 2  # the clients live in so many processes, each with its threads
WEB_WORKERS = max(2, (os.cpu_count() or 2))
ROUND_SECONDS = 3 if SHORT else 20
SKUS = 50
BUYERS = 200
START_SECONDS_MAX = 60

Buyer = tuple[str, int]


def main() -> None:
    """Measure, check the books, print."""
    with stopwatch() as seconds, PeakMemory() as memory, market(shared_buffers="512MB") as dsn:
        from laotie.main.audit import audit_everything
        from laotie.orders.models import Order

        skus, buyers = fill_market()
        pgbench(dsn, "-i", "-s", "10", "-q")
        with web_server() as port, clients(port, skus, buyers) as crowd:
            ask(crowd, 2.0)  # connections, statements and caches warm up
            value, limit = alternate(
                lambda: ask(crowd, ROUND_SECONDS),
                lambda: pgbench(dsn, "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", str(ROUND_SECONDS)),
            )
        findings = list(audit_everything())
        paid = Order.objects.filter(state="paid").count()
        placed = Order.objects.count()
    for finding in findings[:20]:
        print(finding)
    report(
        bench="checkout",
        value=value,
        unit="paid orders/s",
        limit=limit,
        ratio=value / limit,
        seconds=seconds[0],
        rss_mb=memory.peak_mb,
        clients=CLIENTS,
        web_workers=WEB_WORKERS,
        paid=paid,
        unpaid=placed - paid,
        audit_ok=not findings,
    )


def fill_market() -> tuple[list[int], list[Buyer]]:
    """Make shops with SKUs that do not run out, and buyers with a token and an address."""
    from laotie.catalog.tests.makers import make_product
    from laotie.core.actor import person
    from laotie.core.clock import utc_now
    from laotie.people.operations import create_token
    from laotie.people.tests.makers import make_address, make_person, make_shop

    now = utc_now()
    shops = [make_shop(name=f"山货铺{number}", now=now) for number in range(5)]
    products = [
        make_product(shop_id=shops[number % 5].id, title=f"山货{number}", stock=1_000_000, now=now)
        for number in range(SKUS)
    ]
    buyers = []
    for number in range(BUYERS):
        account = make_person(name=f"买家{number}", now=now)
        secret, _ = create_token(
            actor=person(account.id), name="app", scopes=["orders:write"], expires_at=None, now=now
        )
        buyers.append((secret, make_address(owner=account, now=now).id))
    return [product.skus[0].id for product in products], buyers


@contextmanager
def web_server() -> Iterator[int]:
    """Run granian as `laotie up` does, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", str(WEB_WORKERS), "--blocking-threads", "4", "--backpressure", "64"),
        *("--no-ws", "--log-level", "warning", "laotie.main.wsgi:application"),
    ]
    limits = {"LAOTIE_RATE_ACCOUNT": "10000000", "LAOTIE_RATE_ADDRESS": "10000000"}
    server = subprocess.Popen(command, env={**os.environ, **limits})
    try:
        wait_until_up(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_until_up(port: int) -> None:
    """Wait for the first answer."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/api/v1/rules")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the web server did not answer")


@contextmanager
def clients(port: int, skus: list[int], buyers: list[Buyer]) -> Iterator[list[Connection]]:
    """Start the processes that buy; they wait to be asked."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for number in range(PROCESSES):
        mine, theirs = context.Pipe()
        process = context.Process(target=buy_when_asked, args=(theirs, port, number, skus, buyers), daemon=True)
        process.start()
        pipes.append(mine)
        processes.append(process)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(30)


def ask(crowd: list[Connection], seconds: float) -> float:
    """Let all clients buy for so long and return how many paid orders a second that made."""
    for pipe in crowd:
        pipe.send(seconds)
    rates: list[float] = [pipe.recv() for pipe in crowd]
    return sum(rates)


def buy_when_asked(pipe: Connection, port: int, number: int, skus: list[int], buyers: list[Buyer]) -> None:
    """Run this process's clients, each in a thread of its own."""
    import threading

    import django

    django.setup()
    chance = random.Random(number)
    shoppers = [Shopper(port, skus, buyers, chance.random()) for _ in range(CLIENTS // PROCESSES)]
    while (seconds := pipe.recv()) is not None:
        start = time.perf_counter()
        deadline = start + seconds
        threads = [threading.Thread(target=shopper.buy_until, args=(deadline,)) for shopper in shoppers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = sum(shopper.done for shopper in shoppers)
        pipe.send(done / (time.perf_counter() - start))


class Shopper:
    """One client: an open connection, a buyer each time, an order and its payment."""

    def __init__(self, port: int, skus: list[int], buyers: list[Buyer], seed: float) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._skus = skus
        self._buyers = buyers
        self._chance = random.Random(seed)
        self._keys = (f"{secrets.token_hex(6)}-{number}" for number in itertools.count())
        self.done = 0

    def buy_until(self, deadline: float) -> None:
        """Buy and pay until the time is over."""
        self.done = 0
        while time.perf_counter() < deadline:
            self._pay(self._order())
            self.done += 1

    def _order(self) -> dict[str, Any]:
        secret, address_id = self._chance.choice(self._buyers)
        basket = {
            "lines": [{"sku_id": self._chance.choice(self._skus), "quantity": 1}],
            "address_id": address_id,
        }
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": next(self._keys)}
        payment: dict[str, Any] = self._call("/api/v1/orders", json.dumps(basket).encode(), headers, 201)[
            "payment"
        ]
        return payment

    def _pay(self, payment: dict[str, Any]) -> None:
        from laotie.orders.payments.sandbox import sign_notice

        body, headers = sign_notice(
            number=payment["number"],
            notice_id=f"{payment['number']}-paid",
            is_paid=True,
            amount_fen=payment["amount_fen"],
            currency=payment["currency"],
            sent_at=datetime.now(UTC),
        )
        answer = self._call("/api/v1/payments/sandbox/notices", body, headers, 200)
        assert answer == {"effect": "paid"}, answer

    def _call(self, path: str, body: bytes, headers: dict[str, str], wanted: int) -> Any:
        head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        head += [f"Content-Length: {len(body)}", "", ""]
        self._socket.sendall("\r\n".join(head).encode() + body)
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        found = self._file.read(length)
        assert status == wanted, (status, found)
        return json.loads(found)


if __name__ == "__main__":
    main()
