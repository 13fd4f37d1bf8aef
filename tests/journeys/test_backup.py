"""Backup while selling, restore into another cluster: nothing acknowledged is lost, nothing undelivered runs twice."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from laotie.core.sql import fetch_all, fetch_one
from laotie.events.delivery import Subscription, deliver
from laotie.events.models import Cursor, OutboxEvent
from laotie.events.orders import OrderPlaced
from laotie.main.backup.restoring import AFTERWARDS
from tests.journeys.test_crash import FOUND, SEED, SHOPPERS, Shopper, wait_until_delivered
from tests.market import LiveMarket, live_market

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
PATIENCE_SECONDS = 90

# An old cluster has given out many transaction ids; this one gets to look old.
GROW_OLD = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute('''CREATE TEMP TABLE used (n int);
        DO $$ BEGIN FOR n IN 1 .. 20000 LOOP
            BEGIN INSERT INTO used VALUES (n); EXCEPTION WHEN no_data_found THEN RAISE; END;
        END LOOP; END $$''')
"""
POSITIONS = """
import json
from laotie.core.sql import fetch_one
print(json.dumps(fetch_one("SELECT max(xid)::text::bigint, count(*) FROM events_outboxevent")))
"""
UNREAD = """
import json
from laotie.events.delivery import list_lags
from laotie.main.subscriptions import SUBSCRIPTIONS
print(json.dumps({lag.subscriber: lag.events for lag in list_lags(SUBSCRIPTIONS)}))
"""
ADDRESSES = """
import json
from laotie.orders.models import Order
print(json.dumps(json.loads(Order.objects.order_by("id").first().address)["phone"]))
"""


def answer_of(done: subprocess.CompletedProcess[str]) -> Any:
    """Return what a command printed as JSON."""
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def wait_for(shoppers: list[Shopper], orders: int) -> None:
    """Wait until every shopper has so many orders paid."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while min(len(shopper.paid) for shopper in shoppers) < orders:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_until_heard(market: LiveMarket) -> None:
    """Wait until the worker has delivered something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not market.python(FOUND)["earnings"]:
        assert time.monotonic() < deadline, market.log("worker")


def test_a_backup_under_load_is_restored_elsewhere_whole_and_events_are_delivered_once(tmp_path: Path) -> None:
    with live_market(seed=SEED) as (old, seeded):
        old.python(GROW_OLD)
        media = old.home / "media" / "goods"
        media.mkdir(parents=True)
        (media / "茶.jpg").write_bytes(b"picture")
        old.start_web()
        old.start_worker()
        shoppers = [Shopper(old, name, seeded["sku"], buyer) for name, buyer in enumerate(seeded["buyers"])]
        stop = Event()
        with ThreadPoolExecutor(SHOPPERS) as pool:
            running = [pool.submit(shopper.shop, stop) for shopper in shoppers]
            try:
                wait_until_heard(old)
                old.kill("worker")  # from here on events stay undelivered
                wait_for(shoppers, max(len(shopper.paid) for shopper in shoppers) + 2)
                before = [(list(shopper.orders), list(shopper.paid)) for shopper in shoppers]
                made = answer_of(old.run("backup", str(tmp_path), "--with-keys", "--json"))
                wait_for(shoppers, max(len(shopper.paid) for shopper in shoppers) + 1)  # it goes on selling
            finally:
                stop.set()
            for future in running:
                future.result()
        highest, _ = old.python(POSITIONS)
    assert made["media_files"] == 1
    with live_market(seed="print()") as (bare, _):
        bare.variables = {"LAOTIE_SECRET_KEY": ""}
        report = answer_of(bare.run("restore", str(tmp_path), "--with-keys", "--replace", "--json"))
        assert (report["findings"], report["warnings"]) == ([], [])
        assert (bare.home / "media" / "goods" / "茶.jpg").read_bytes() == b"picture"
        assert bare.python(ADDRESSES) == "13812345678"
        smaller, events = bare.python(POSITIONS)
        assert smaller < 20_000 < highest
        unread = bare.python(UNREAD)
        assert 0 < unread["alliance.keep_earnings"] < events
        bare.start_worker()
        wait_until_delivered(bare)
        found = bare.python(FOUND)
        audit = bare.run("audit", "--json")
        again = answer_of(bare.run("backup", str(tmp_path / "second"), "--json"))
        assert again["counts"]["orders_order"] == len(found["orders"])
        bare.kill("worker")
        # What was restored can be backed up and restored again, though its public schema is not initdb's any more.
        bare.variables = {}
        assert answer_of(bare.run("restore", str(tmp_path / "second"), "--replace", "--json"))["findings"] == []
    assert (json.loads(audit.stdout), audit.returncode) == ({"ok": True, "findings": []}, 0)
    for orders, paid in before:
        assert set(orders) <= set(found["orders"])
        assert set(paid) <= set(found["paid"])
    once = found["paid_events"]
    assert once >= sum(len(paid) for _, paid in before)
    assert [found[name] for name in ("earnings", "earning_moves", "sold", "parked")] == [once, once, once, 0]


@pytest.mark.django_db(transaction=True)
class TestWhatIsBoundToTheOldCluster:
    """cluster.sql on an outbox whose numbers lie in this cluster's future."""

    FUTURE = 5_000_000

    def publish(self, rows: list[tuple[int, int]]) -> None:
        """Insert events by (offset of the transaction, order number), ids in the order given."""
        for xid, number in rows:
            payload = json.loads(OrderPlaced(order_id=number, shop_id=1, buyer_id=2, payable_fen=100).to_json())
            OutboxEvent.objects.create(
                xid=str(self.FUTURE + xid), name=OrderPlaced.name, payload=payload, occurred_at=NOW
            )

    def run(self) -> None:
        """Do what a restore does at its end."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(AFTERWARDS.read_text())
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")

    def read(self, name: str) -> list[int]:
        """Return what a subscriber gets to hear."""
        heard: list[int] = []
        subscription = Subscription(name, {OrderPlaced: lambda event, _at: heard.append(event.order_id)})
        while deliver(subscription, now=NOW):
            pass
        return heard

    def test_every_cursor_goes_on_where_it_stood_in_the_old_order(self) -> None:
        # By (xid, id): 1, 3, 5, 2, 6, 4; their ids ascend as 1, 2, 3, 4, 5, 6.
        self.publish([(1, 1), (7, 2), (2, 3), (9, 4), (3, 5), (8, 6)])
        ids = {event.payload["order_id"]: event.pk for event in OutboxEvent.objects.all()}
        order = [1, 3, 5, 2, 6, 4]
        xids = {event.payload["order_id"]: event.xid for event in OutboxEvent.objects.all()}
        for place, number in enumerate(order):
            Cursor.objects.create(subscriber=f"read.{place}", xid=xids[number], event_id=ids[number], moved_at=NOW)
        Cursor.objects.create(subscriber="read.nothing", xid="0", event_id=0, moved_at=NOW)
        gone = Cursor.objects.create(
            subscriber="read.gone", xid=str(self.FUTURE + 4), event_id=ids[5] + 1_000, moved_at=NOW
        )
        assert self.read("new") == []  # the future: nobody would hear of them
        Cursor.objects.filter(pk="new").delete()
        self.run()
        assert {event.payload["order_id"]: event.pk for event in OutboxEvent.objects.all()} == ids
        assert self.read("new") == order
        assert self.read("read.nothing") == order
        assert self.read(gone.subscriber) == order[3:]  # stood after the third, on an event pruned since
        for place in range(len(order)):
            assert self.read(f"read.{place}") == order[place + 1 :]

    def test_what_happens_afterwards_comes_after(self) -> None:
        self.publish([(1, 1), (2, 2)])
        self.run()
        assert self.read("first") == [1, 2]
        payload = json.loads(OrderPlaced(order_id=3, shop_id=1, buyer_id=2, payable_fen=100).to_json())
        OutboxEvent.objects.create(name=OrderPlaced.name, payload=payload, occurred_at=NOW)
        assert self.read("first") == [3]

    def test_a_cluster_too_young_for_the_new_numbers_is_aged(self) -> None:
        """Every event falls back behind the one before: as many numbers as events are needed."""
        row = fetch_one("SELECT pg_current_xact_id()::text::bigint")
        assert row is not None
        many = row[0] + 500
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO events_outboxevent (id, xid, name, payload, occurred_at) SELECT"
                " 10000000 - n, (%s::bigint + n)::text::xid8, %s, jsonb_build_object('order_id', n, 'shop_id', 1,"
                " 'buyer_id', 2, 'payable_fen', 1), %s FROM generate_series(1, %s) AS n",
                [self.FUTURE, OrderPlaced.name, NOW, many],
            )
        self.run()
        assert self.read("all") == list(range(1, many + 1))

    def test_jobs_that_were_in_hand_are_done_again_once(self) -> None:
        with connection.cursor() as cursor:
            for status, lock in (("doing", None), ("doing", "twin"), ("todo", "twin"), ("succeeded", None)):
                cursor.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock)"
                    " VALUES ('restored', 'x', %s, %s)",
                    [status, lock],
                )
        self.run()
        rows = ProcrastinateJob.objects.filter(queue_name="restored").order_by("id")
        assert list(rows.values_list("status", flat=True)) == ["todo", "failed", "todo", "succeeded"]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'restored'")

    def test_no_other_column_holds_a_transactions_number(self) -> None:
        rows = fetch_all(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND udt_name IN ('xid', 'xid8', 'pg_snapshot', 'pg_lsn') ORDER BY 1"
        )
        assert rows == [("events_cursor", "xid"), ("events_outboxevent", "xid")]


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[LiveMarket, Path]]:
    """Return a market that stands still, and a backup of it."""
    with live_market(seed=SEED) as (market, _):
        (market.home / "media").mkdir()
        (market.home / "media" / "one.txt").write_text("one")
        answer_of(market.run("backup", str(market.home / "backups"), "--json"))
        [folder] = (market.home / "backups").glob("laotie-*")
        yield market, folder


def state_of(market: LiveMarket) -> Any:
    """Return what a restore would have changed."""
    with psycopg.connect(market.postgres.dsn) as looking:
        return looking.execute(
            "SELECT (SELECT (count(*), max(xid)) FROM events_outboxevent)::text, (SELECT count(*) FROM people_account),"
            " 'public'::regnamespace::oid"
        ).fetchone()


class TestRefusals:
    """What cannot be restored is refused with a sentence, and the database stays as it was."""

    def refused(self, market: LiveMarket, *arguments: str) -> str:
        """Return why a restore is refused."""
        before = state_of(market)
        done = market.run("restore", *arguments)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        assert state_of(market) == before
        return done.stderr

    def test_a_database_with_something_in_it(self, small: tuple[LiveMarket, Path]) -> None:
        market, folder = small
        assert "not empty" in self.refused(market, str(folder))

    @pytest.mark.parametrize("name", ["database.dump", "media/one.txt", "media.sha256"])
    def test_a_damaged_file(self, small: tuple[LiveMarket, Path], tmp_path: Path, name: str) -> None:
        market, folder = small
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        found = bytearray((copy / name).read_bytes())
        found[len(found) // 2] ^= 1
        (copy / name).write_bytes(found)
        assert f"{name} is damaged" in self.refused(market, str(copy), "--replace")

    def test_a_missing_file_and_no_backup_at_all(self, small: tuple[LiveMarket, Path], tmp_path: Path) -> None:
        market, folder = small
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        (copy / "database.dump").unlink()
        assert "cannot be read" in self.refused(market, str(copy), "--replace")
        (copy / "manifest.json").write_text("{")
        assert "cannot be read" in self.refused(market, str(copy), "--replace")
        (copy / "manifest.json").unlink()
        assert "no backup" in self.refused(market, str(tmp_path), "--replace")
        assert "without keys" in self.refused(market, str(folder), "--replace", "--with-keys")

    def test_a_backup_of_a_newer_laotie(self, small: tuple[LiveMarket, Path], tmp_path: Path) -> None:
        market, folder = small
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        manifest = json.loads((copy / "manifest.json").read_text())
        manifest["migrations"].append("orders.0999_things_to_come")
        (copy / "manifest.json").write_text(json.dumps(manifest))
        assert "orders.0999_things_to_come" in self.refused(market, str(copy), "--replace")

    def test_other_keys(self, small: tuple[LiveMarket, Path], monkeypatch: pytest.MonkeyPatch) -> None:
        market, folder = small
        monkeypatch.setattr(market, "variables", {"LAOTIE_SECRET_KEY": "another"})
        assert "encryption keys" in self.refused(market, str(folder), "--replace")

    def test_others_in_the_database(self, small: tuple[LiveMarket, Path]) -> None:
        market, folder = small
        market.start_python(
            "guest",
            "import threading\nfrom laotie.core.sql import fetch_one\n"
            "fetch_one('SELECT 1')\nprint('in', flush=True)\nthreading.Event().wait()",
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "in" not in market.log("guest"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        try:
            assert "others use this database" in self.refused(market, str(folder), "--replace")
        finally:
            market.kill("guest")

    def test_a_dump_that_breaks_off_rolls_everything_back(
        self, small: tuple[LiveMarket, Path], tmp_path: Path
    ) -> None:
        """With a checksum that fits, as a disk that lied at the time would leave it."""
        market, folder = small
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        dump = copy / "database.dump"
        dump.write_bytes(dump.read_bytes()[: dump.stat().st_size * 2 // 3])
        manifest = json.loads((copy / "manifest.json").read_text())
        manifest["dump_sha256"] = subprocess.run(  # noqa: S603 - a fixed command
            ["/usr/bin/sha256sum", str(dump)], capture_output=True, text=True, check=True
        ).stdout.split()[0]
        (copy / "manifest.json").write_text(json.dumps(manifest))
        assert "Nothing was restored" in self.refused(market, str(copy), "--replace")


def test_only_the_newest_are_kept_and_nothing_half_made_stays(small: tuple[LiveMarket, Path]) -> None:
    market, folder = small
    directory = folder.parent
    for name in ("laotie-20200101T000000Z", "laotie-20210101T000000Z"):
        shutil.copytree(folder, directory / name)
    (directory / ".making-laotie-20220101T000000Z").mkdir()
    (directory / "laotie-notes").mkdir()  # somebody's own
    made = answer_of(market.run("backup", str(directory), "--keep", "2", "--json"))
    assert made["removed"] == ["laotie-20200101T000000Z", "laotie-20210101T000000Z"]
    assert sorted(path.name for path in directory.iterdir()) == sorted(
        [".lock", "laotie-notes", folder.name, Path(made["backup"]).name]
    )
    assert made["keys_included"] is False
    assert any("LAOTIE_SECRET_KEY" in text for text in made["not_included"])
    texts = [path.read_bytes() for path in Path(made["backup"]).rglob("*") if path.is_file()]
    assert not any(b"only-for-tests" in text for text in texts)


def test_a_backup_that_fails_leaves_nothing(small: tuple[LiveMarket, Path], tmp_path: Path) -> None:
    market, _ = small
    taken = tmp_path / "file"
    taken.write_text("")
    done = market.run("backup", str(taken / "inside"))
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
