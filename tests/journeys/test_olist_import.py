"""Another market's history lived through again: what is placed, what is listed and why, and every cent of it."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.olist_import import cut
from laotie.catalog.models import Offer, Reservation, StockBucket
from laotie.core.sql import fetch_all, fetch_one
from laotie.ledger.queries import get_balance, sum_by_subject
from laotie.main.audit import audit_everything
from laotie.main.importing.olist import Report, import_olist
from laotie.main.importing.olist_source import UnreadableSource
from laotie.orders.models import Checkout, Order, Payment, Receipt, Refund, RefundPart, ReviewFact
from laotie.orders.queries import find_imported_order
from laotie.people.models import Account, Shop
from tests.journeys.olist_folder import BOUGHT, Folder, FolderOrder

pytestmark = pytest.mark.django_db(transaction=True)

SAO_PAULO_SUMMER = timedelta(hours=2)  # UTC − 2 in November 2017
BOUGHT_AT = (BOUGHT + SAO_PAULO_SUMMER).replace(tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SAMPLE = "olist/orders_sample"


def bring_in(tmp_path: Path, *orders: FolderOrder, reviews: tuple[tuple[str, str, int, str], ...] = ()) -> Report:
    """Import a folder of these orders and see to it that the books are clean afterwards."""
    found = import_olist(Folder(orders, reviews).write(tmp_path / "olist"), show_progress=False)
    assert list(audit_everything()) == []
    return found


def order_of(number: str) -> Order:
    """Return the one order made of Olist's number."""
    return Order.objects.get(external_ref=f"olist:{number}")


def moves_of(order: Order) -> list[tuple[str, datetime]]:
    """Return an order's states and when it came to them."""
    return list(order.moves.filter(refund_id=None).order_by("id").values_list("new", "moved_at"))


def content() -> dict[str, tuple[int, str]]:
    """Return the row count and a digest of every table."""
    tables = fetch_all("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    found = {}
    for (table,) in tables:
        row = fetch_one(
            f"SELECT count(*), md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {table} t"  # noqa: S608
        )
        assert row is not None
        found[table] = (row[0], row[1])
    return found


class TestLives:
    def test_a_delivered_order_settles_at_the_times_it_happened(self, tmp_path: Path) -> None:
        found = bring_in(tmp_path, FolderOrder("a"))
        assert (found.read, found.placed, found.listed, found.money_in_fen) == (1, 1, 0, 110_00)
        order = order_of("a")
        assert moves_of(order) == [
            ("placed", BOUGHT_AT),
            ("paid", BOUGHT_AT + HOUR),
            ("shipped", BOUGHT_AT + DAY),
            ("received", BOUGHT_AT + 5 * DAY),
            ("settled", BOUGHT_AT + 12 * DAY),
        ]
        assert (order.rules_version, order.currency, order.freight_fen) == ("olist/1", "BRL", 10_00)
        assert sum_by_subject(subject=f"order:{order.pk}", currency="BRL") == {
            "channel:record:card": -110_00,
            "platform:fee": 10_00,
            f"shop:{order.shop_id}:payable": 100_00,
        }
        assert Shop.objects.get().activated_at == BOUGHT_AT
        assert StockBucket.objects.values_list("on_hand", "sold").get() == (0, 1)

    def test_an_order_stays_open_where_its_dates_end(self, tmp_path: Path) -> None:
        bring_in(
            tmp_path,
            FolderOrder("shipped", status="shipped"),
            FolderOrder("processing", status="processing"),
            FolderOrder("undated", status="delivered", approved=BOUGHT + HOUR, handed_over=BOUGHT + DAY),
            FolderOrder("unapproved", status="delivered", handed_over=BOUGHT + DAY, delivered=BOUGHT + DAY),
        )
        states = {number: order_of(number).state for number in ("shipped", "processing", "undated", "unapproved")}
        assert states == {
            "shipped": "shipped",
            "processing": "paid",
            "undated": "shipped",
            "unapproved": "settled",
        }
        assert order_of("unapproved").paid_at == BOUGHT_AT

    @pytest.mark.parametrize(
        ("dates", "at", "states"),
        [
            ({"approved": BOUGHT + HOUR}, BOUGHT_AT + HOUR, ["placed", "paid", "closed"]),
            (
                {"approved": BOUGHT + HOUR, "handed_over": BOUGHT + DAY},
                BOUGHT_AT + DAY,
                ["placed", "paid", "shipped", "closed"],
            ),
            (
                {"approved": BOUGHT + HOUR, "handed_over": BOUGHT + DAY, "delivered": BOUGHT + 2 * DAY},
                BOUGHT_AT + 2 * DAY,
                ["placed", "paid", "shipped", "received", "closed"],
            ),
        ],
    )
    def test_a_cancelled_order_gives_everything_back_at_the_last_moment_known(
        self, tmp_path: Path, dates: dict[str, Any], at: datetime, states: list[str]
    ) -> None:
        items = (("lamp", "tan", 100.0, 10.0), ("rug", "tan", 50.0, 5.0))
        bring_in(tmp_path, FolderOrder("a", status="canceled", items=items, **dates))
        order = order_of("a")
        assert [state for state, _ in moves_of(order)] == states
        assert (order.refunded_fen, order.freight_refunded_fen, order.closed_at) == (165_00, 15_00, at)
        assert list(Refund.objects.values_list("state", "succeeded_at")) == [("succeeded", at)] * 2
        assert not RefundPart.objects.filter(done_at=None).exists()
        assert get_balance(address="channel:record:card", currency="BRL").balance_fen == 0
        assert list(StockBucket.objects.values_list("on_hand", "returned")) == [(1, 1), (1, 1)]

    def test_an_order_of_two_sellers_is_one_checkout_of_two_orders(self, tmp_path: Path) -> None:
        items = (("lamp", "tan", 100.0, 10.0), ("lamp", "guo", 90.0, 9.5), ("rug", "guo", 50.0, 0.0))
        payments = (("voucher", 120.0), ("voucher", 0.0), ("credit_card", 129.5), ("not_defined", 10.0))
        found = bring_in(tmp_path, FolderOrder("a", items=items, payments=payments))
        assert (found.placed, found.orders, found.payments, found.money_in_fen) == (1, 2, 4, 259_50)
        assert Checkout.objects.get().payable_fen == 259_50
        orders = Order.objects.filter(external_ref__startswith="olist:a/").order_by("payable_fen")
        assert list(orders.values_list("payable_fen", "freight_fen", "state")) == [
            (110_00, 10_00, "settled"),
            (149_50, 9_50, "settled"),
        ]
        assert set(Payment.objects.values_list("channel", "amount_fen", "state")) == {
            ("record:voucher", 0, "paid"),
            ("record:voucher", 120_00, "paid"),
            ("record:card", 129_50, "paid"),
            ("record", 10_00, "paid"),
        }
        assert get_balance(address="channel:record:voucher", currency="BRL").balance_fen == -120_00

    def test_units_of_different_price_are_one_line_with_a_discount(self, tmp_path: Path) -> None:
        items = (("lamp", "tan", 100.0, 10.0), ("lamp", "tan", 99.99, 10.0), ("lamp", "tan", 100.0, 10.01))
        bring_in(tmp_path, FolderOrder("a", items=items))
        order = order_of("a")
        assert (order.goods_fen, order.discount_fen, order.freight_fen) == (300_00, 1, 30_01)
        assert order.lines.get().quantity == 3

    def test_prices_change_on_the_shelf_as_orders_show(self, tmp_path: Path) -> None:
        dearer = (("lamp", "tan", 120.0, 10.0),)
        bring_in(
            tmp_path,
            FolderOrder("c", bought=BOUGHT + 2 * DAY, items=dearer),
            FolderOrder("a"),
            FolderOrder("b", bought=BOUGHT + DAY),
            FolderOrder("d", bought=BOUGHT + 2 * DAY),
        )
        assert list(
            Offer.objects.order_by("id").values_list("price_fen", "currency", "valid_from", "valid_to")
        ) == [
            (100_00, "BRL", BOUGHT_AT, BOUGHT_AT + 2 * DAY),
            (120_00, "BRL", BOUGHT_AT + 2 * DAY, BOUGHT_AT + 2 * DAY),
            (100_00, "BRL", BOUGHT_AT + 2 * DAY, None),
        ]
        assert order_of("c").goods_fen == 120_00
        assert StockBucket.objects.values_list("on_hand", "sold").get() == (0, 4)
        assert Account.objects.filter(email="lin@buyer.olist.example").count() == 1

    def test_reviews_are_facts_with_a_number_of_their_own_each(self, tmp_path: Path) -> None:
        found = bring_in(
            tmp_path,
            FolderOrder("a"),
            FolderOrder("b", items=()),
            reviews=(("r", "a", 5, "Ótimo <b>"), ("r", "b", 1, "Não chegou")),
        )
        assert found.reviews == 2
        assert list(ReviewFact.objects.order_by("stars").values_list("order_id", "stars", "words")) == [
            (None, 1, "Não chegou"),
            (order_of("a").pk, 5, "Ótimo <b>"),
        ]


class TestListed:
    @pytest.mark.parametrize(
        ("order", "reason"),
        [
            (FolderOrder("x", items=(), payments=(("boleto", 70.0),)), "no_lines"),
            (FolderOrder("x", approved=BOUGHT - HOUR), "approved_before_purchase"),
            (
                FolderOrder("x", approved=BOUGHT + HOUR, handed_over=BOUGHT - HOUR),
                "handed_over_before_purchase",
            ),
            (FolderOrder("x", approved=BOUGHT + DAY, handed_over=BOUGHT + HOUR), "handed_over_before_approval"),
            (FolderOrder("x", approved=BOUGHT + HOUR, delivered=BOUGHT + DAY), "delivered_without_hand_over"),
            (
                FolderOrder("x", approved=BOUGHT, handed_over=BOUGHT + DAY, delivered=BOUGHT + HOUR),
                "delivered_before_hand_over",
            ),
            (FolderOrder("x", payments=(("boleto", 110.01),)), "amounts_disagree"),
            (FolderOrder("x", payments=()), "amounts_disagree"),
        ],
    )
    def test_an_order_that_cannot_have_been_is_listed_and_its_money_goes_back(
        self, tmp_path: Path, order: FolderOrder, reason: str
    ) -> None:
        found = bring_in(tmp_path, order, FolderOrder("good"))
        assert (found.read, found.placed, found.listed, found.reasons) == (2, 1, 1, {reason: 1})
        money_fen = sum(round(100 * value) for _, value in order.paid())
        assert (found.receipts_fen, found.money_in_fen) == (money_fen, money_fen + 110_00)
        receipt = Receipt.objects.get()
        assert (receipt.external_ref, receipt.reason, receipt.amount_fen) == ("olist:x", reason, money_fen)
        assert sum_by_subject(subject=f"receipt:{receipt.pk}", currency="BRL") == {}
        assert find_imported_order(external_ref="olist:x") is None

    def test_an_order_without_money_has_a_receipt_and_no_posting(self, tmp_path: Path) -> None:
        found = bring_in(tmp_path, FolderOrder("x", items=(), payments=(("not_defined", 0.0),)))
        assert (found.listed, found.receipts_fen) == (1, 0)
        assert fetch_one("SELECT count(*) FROM ledger_posting") == (0,)


class TestRefusals:
    @pytest.mark.parametrize(
        ("order", "file", "reason"),
        [
            (FolderOrder("x", payments=(("boleto", 1.005),)), "order_payments", "'1.005' is no amount"),
            (FolderOrder("x", items=(("lamp", "tan", 0.0, 1.0),)), "order_items", "0.0"),
        ],
    )
    def test_a_folder_with_wrong_amounts_is_refused_before_anything_is_written(
        self, tmp_path: Path, order: FolderOrder, file: str, reason: str
    ) -> None:
        folder = Folder([FolderOrder("a"), order]).write(tmp_path / "olist")
        before = content()
        with pytest.raises(UnreadableSource) as refusal:
            import_olist(folder, show_progress=False)
        assert refusal.value.file == file
        assert reason in refusal.value.reason
        assert content() == before

    def test_a_folder_with_a_file_missing_is_refused(self, tmp_path: Path) -> None:
        folder = Folder([FolderOrder("a")]).write(tmp_path / "olist")
        (folder / "order_items.parquet").unlink()
        with pytest.raises(UnreadableSource, match=r"order_items\.parquet"):
            import_olist(folder, show_progress=False)

    def test_a_row_of_an_unknown_order_is_refused(self, tmp_path: Path) -> None:
        folder = Folder([FolderOrder("a"), FolderOrder("b")]).write(tmp_path / "olist")
        Folder([FolderOrder("a")]).write(tmp_path / "part")
        (tmp_path / "part" / "orders.parquet").rename(folder / "orders.parquet")
        with pytest.raises(UnreadableSource) as refusal:
            import_olist(folder, show_progress=False)
        assert (refusal.value.file, refusal.value.data()["reason"][-2:]) == ("order_items", "b.")


def many_orders(count: int) -> list[FolderOrder]:
    """Return orders of every kind, an hour apart."""
    kinds = (
        FolderOrder("", items=(("lamp", "tan", 100.0, 10.0), ("rug", "guo", 50.0, 5.0))),
        FolderOrder("", status="canceled"),
        FolderOrder("", status="shipped", payments=(("voucher", 60.0), ("boleto", 50.0))),
        FolderOrder("", items=(), payments=(("boleto", 7.0),)),
    )
    made = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        made.append(
            FolderOrder(
                f"o{number:03}",
                status=kind.status,
                customer=f"buyer{number % 7}",
                items=kind.items,
                payments=kind.payments,
                bought=BOUGHT + number * HOUR,
            )
        )
    return made


class TestAgain:
    def test_a_second_run_changes_nothing(self, tmp_path: Path) -> None:
        folder = Folder(many_orders(12), (("r", "o000", 5, "Bom"),)).write(tmp_path / "olist")
        first = import_olist(folder, show_progress=False)
        before = content()
        second = import_olist(folder, show_progress=False)
        assert content() == before
        assert (first.new, second.new) == (12, 0)
        assert (second.placed, second.listed, second.money_in_fen) == (9, 3, first.money_in_fen)

    def test_a_larger_folder_adds_what_is_missing(self, tmp_path: Path) -> None:
        orders = many_orders(16)
        import_olist(Folder(orders[::3]).write(tmp_path / "part"), show_progress=False)
        found = import_olist(Folder(orders).write(tmp_path / "whole"), show_progress=False)
        assert (found.placed, found.listed, found.new) == (12, 4, 10)
        assert list(audit_everything()) == []

    def test_an_import_killed_in_the_middle_continues(self, tmp_path: Path) -> None:
        folder = Folder(many_orders(200)).write(tmp_path / "olist")
        address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        environment = os.environ | {"DATABASE_URL": address.geturl()}
        command = [str(Path(sys.executable).parent / "laotie"), "import", "olist", str(folder), "--json"]
        deadline = time.monotonic() + 60
        with subprocess.Popen(command, env=environment) as running:  # noqa: S603 - our own command
            while Order.objects.count() < 20 and running.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            running.kill()
        there = Order.objects.count()
        assert 20 <= there < 200
        found = import_olist(folder, show_progress=False)
        assert 0 < found.new < 200
        assert (found.placed, found.listed, found.orders) == (150, 50, 200)
        assert found.money_in_fen == 50 * (165_00 + 110_00 + 110_00 + 7_00)
        assert not Reservation.objects.filter(state="held").exists()
        assert list(audit_everything()) == []
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as again:  # noqa: S603
            answer = json.loads(again.communicate(timeout=60)[0])
        assert (answer["new"], answer["placed"], answer["listed"]) == (0, 150, 50)


def test_the_catalogue_costs_the_same_statements_for_one_product_and_for_fifty(tmp_path: Path) -> None:
    def statements(count: int) -> int:
        items = tuple((f"p{count}-{number}", f"tan{count}", 10.0, 0.0) for number in range(count))
        order = FolderOrder(f"o{count}", items=items, status="processing")
        folder = Folder([order]).write(tmp_path / f"olist{count}")
        with CaptureQueriesContext(connection) as captured:
            import_olist(folder, show_progress=False)
        inserts = [entry["sql"] for entry in captured.captured_queries if "catalog_" in entry["sql"]]
        return sum(sql.startswith("INSERT") and "catalog_category" not in sql for sql in inserts)

    assert statements(1) == statements(50)


@pytest.mark.skipif(
    not Path(os.environ.get("LAOTIE_DATA", ""), SAMPLE).is_dir() or "LAOTIE_DATA" not in os.environ,
    reason=f"LAOTIE_DATA has no {SAMPLE}",
)
def test_a_slice_of_the_real_market_is_taken_in_to_the_cent(tmp_path: Path) -> None:
    found = import_olist(cut(Path(os.environ["LAOTIE_DATA"], SAMPLE), tmp_path), show_progress=False)
    assert (found.read, found.placed, found.listed) == (204, 185, 19)
    assert found.reasons == {"amounts_disagree": 1, "handed_over_before_approval": 3, "no_lines": 15}
    assert (found.money_in_fen, found.receipts_fen, found.reviews) == (40_216_61, 6_607_03, 205)
    assert list(audit_everything()) == []
