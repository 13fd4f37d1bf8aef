"""The audit names what is wrong: a copy of a busy market is broken in many ways, each named by its own code."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from laotie.core.sql import run
from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg, escrow_address
from laotie.main.audit import audit_everything
from laotie.orders import operations
from laotie.orders.tests import makers

LAOTIE = str(Path(sys.executable).parent / "laotie")

# What is broken, and every code that then names it: the first is its own.
BREAKS: dict[str, tuple[str, set[str]]] = {
    "a leg's amount is edited": (
        "UPDATE ledger_leg SET amount_fen = amount_fen + 1 WHERE address = 'platform:fee'",
        {"ledger.posting_unbalanced", "ledger.posting_edited", "audit.settled_legs"},
    ),
    "a posting's memo is edited": (
        "UPDATE ledger_posting SET memo = 'x' WHERE kind = 'settlement'",
        {"ledger.posting_edited"},
    ),
    "legs change places and still add up": (
        """UPDATE ledger_leg SET amount_fen = amount_fen
             + CASE WHEN address = 'platform:fee' THEN 1 WHEN address = 'platform:commission' THEN -1 ELSE 0 END
            WHERE posting_id IN (SELECT posting_id FROM ledger_leg WHERE address = 'platform:commission')""",
        {"ledger.posting_edited"},
    ),
    "a posting's legs are gone": (
        "DELETE FROM ledger_leg WHERE posting_id = (SELECT max(id) FROM ledger_posting WHERE kind = 'payment')",
        {"ledger.posting_without_legs", "audit.escrow", "audit.channels"},
    ),
    "a leg's posting is gone": (
        "DELETE FROM ledger_posting WHERE id = (SELECT max(id) FROM ledger_posting WHERE kind = 'payment')",
        {"ledger.leg_without_posting", "audit.escrow", "audit.channels"},
    ),
    "a leg is in another currency": (
        """UPDATE ledger_leg SET currency = 'BRL' WHERE address = 'platform:fee'""",
        {"ledger.currency_mixed", "audit.settled_legs"},
    ),
    "a balance is off": (
        "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE starts_with(address, 'shop:')",
        {"ledger.balance_differs"},
    ),
    "a balance is gone": (
        "DELETE FROM ledger_account WHERE starts_with(address, 'shop:')",
        {"ledger.account_missing"},
    ),
    "a line of a statement is off": (
        "UPDATE ledger_leg SET balance_after_fen = balance_after_fen + 1 WHERE starts_with(address, 'creator:')",
        {"ledger.running_balance_differs"},
    ),
    "a hold is off": (
        "UPDATE ledger_hold SET remaining_fen = 1, state = 'active', ended_at = NULL",
        {"ledger.hold_differs"},
    ),
    "a guard is switched off": (
        "DROP TRIGGER ledger_leg_append_only ON ledger_leg",
        {"ledger.guard_missing"},
    ),
    "a movement is missing": (
        "DELETE FROM catalog_movement WHERE id = (SELECT max(id) FROM catalog_movement WHERE kind = 'received')",
        {"catalog.on_hand_differs", "catalog.stock_identity"},
    ),
    "a sale's movement is missing": (
        "DELETE FROM catalog_movement WHERE id = (SELECT min(id) FROM catalog_movement WHERE kind = 'sold')",
        {"catalog.sold_differs", "catalog.reserved_differs", "catalog.reservation_differs"},
    ),
    "a bucket is off": (
        "UPDATE catalog_stockbucket SET on_hand = on_hand + 1",
        {"catalog.on_hand_differs", "catalog.stock_identity"},
    ),
    "a held unit is forgotten": (
        "UPDATE catalog_stockbucket SET reserved = reserved - 1, sold = sold + 1",
        {"catalog.held_differs", "catalog.reserved_differs", "catalog.sold_differs"},
    ),
    "a paid order's stock was never sold": (
        """UPDATE catalog_reservation SET state = 'released' WHERE id =
             (SELECT min(reservation_id) FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
               WHERE o.state = 'settled')""",
        {"audit.stock_of_order", "catalog.reservation_differs"},
    ),
    "an order's line counts other units than were sold": (
        """UPDATE orders_orderline SET quantity = 2, goods_fen = 2 * price_fen, shop_discount_fen = price_fen
            WHERE order_id = (SELECT max(order_id) FROM orders_ordermove WHERE new = 'shipped')""",
        {"audit.stock_of_order", "orders.line_sums"},
    ),
    "an order's sums are off": (
        "UPDATE orders_order SET goods_fen = goods_fen + 1, discount_fen = discount_fen + 1 WHERE state = 'settled'",
        {"orders.line_sums"},
    ),
    "an order's lines are gone": (
        "DELETE FROM orders_orderline WHERE order_id = (SELECT min(id) FROM orders_order WHERE state = 'placed')",
        {"orders.without_lines"},
    ),
    "an order counts too much as refunded": (
        "UPDATE orders_order SET refunded_fen = refunded_fen + 1 WHERE state = 'shipped'",
        {"orders.refund_sums", "audit.escrow", "audit.channels"},
    ),
    "a line counts too much as refunded": (
        "UPDATE orders_orderline SET refunded_fen = refunded_fen + 1 WHERE refunded_fen > 0",
        {"orders.line_refund_sums"},
    ),
    "a refund's part is gone": (
        "DELETE FROM orders_refundpart",
        {"orders.refund_parts", "orders.payment_refunds"},
    ),
    "a payment forgets what went back": (
        "UPDATE orders_payment SET refunded_fen = 0 WHERE refunded_fen > 0",
        {"orders.payment_refunds"},
    ),
    "a payment is forgotten": (
        """UPDATE orders_payment SET state = 'waiting' WHERE checkout_id =
             (SELECT checkout_id FROM orders_order WHERE state = 'shipped')""",
        {"orders.payment_sums"},
    ),
    "an order is paid without its money": (
        "UPDATE orders_order SET paid_fen = paid_fen - 1 WHERE state = 'shipped'",
        {"orders.underpaid", "orders.payment_sums", "audit.escrow", "audit.channels"},
    ),
    "an order moved without a move": (
        "DELETE FROM orders_ordermove WHERE new = 'settled'",
        {"orders.moves"},
    ),
    "a buyer was charged and got nothing": (
        """WITH closed AS (UPDATE orders_order SET state = 'closed' WHERE state = 'shipped' RETURNING id)
           INSERT INTO orders_ordermove (order_id, old, new, actor, reason, moved_at)
           SELECT id, 'shipped', 'closed', 'system:tests', '', now() FROM closed""",
        {"orders.charged_without_goods"},
    ),
}


@pytest.fixture
def busy() -> dict[str, int]:
    """Orders in several states, one refunded in part after settlement; guards off, as a vandal would have them."""
    market = makers.make_market()
    makers.open_plan(market)
    makers.click(market)
    placed = makers.place(market, now=makers.NOW + timedelta(days=40)).order_ids[0]
    shipped = makers.buy(market, until="shipped").id
    settled = makers.buy(market, until="settled")
    operations.refund_line(
        actor=market.merchant,
        order_id=settled.id,
        line_id=settled.lines[0].id,
        goods_fen=10_00,
        reason="补偿",
        now=makers.NOW + timedelta(days=30),
    )
    assert list(audit_everything()) == []
    run("SET LOCAL session_replication_role = replica")
    return {"placed": placed, "shipped": shipped, "settled": settled.id}


@pytest.mark.django_db
@pytest.mark.parametrize("what", BREAKS)
def test_the_audit_names(what: str, busy: dict[str, int]) -> None:  # noqa: ARG001 - what it breaks
    statement, codes = BREAKS[what]
    connection.check_constraints()  # what is deferred until the end of the transaction happens now
    assert run(statement) != 0
    assert {finding.code for finding in audit_everything()} == codes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("order", "source", "codes"),
    [
        ("shipped", "escrow", {"audit.escrow"}),
        ("settled", "shop:1:payable", {"audit.settled_legs"}),
        ("settled", "channel:sandbox", {"audit.channels"}),
    ],
)
def test_the_audit_names_money_that_left_an_order(
    order: str, source: str, codes: set[str], busy: dict[str, int]
) -> None:
    """The posting itself is perfect, so only the comparison with the order can tell."""
    order_id = busy[order]
    address = escrow_address(order_id) if source == "escrow" else source
    legs = [Leg(address, -5), Leg("platform:unclaimed", 5)]
    ledger.post(key="theft", kind="correction", subject=f"order:{order_id}", legs=legs, now=makers.NOW)
    assert {finding.code for finding in audit_everything()} == codes


@pytest.mark.django_db(transaction=True)
def test_the_command_says_so_and_exits_1() -> None:
    market = makers.make_market()
    makers.buy(market, until="settled")
    name = settings.DATABASES["default"]["NAME"]
    connections.close_all()
    server = settings.DATABASES["default"]
    address = {
        "host": server["HOST"],
        "port": server["PORT"],
        "user": server["USER"],
        "password": server["PASSWORD"],
    }
    copy = f"{name}_copy"
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        try:
            assert audit(copy, address) == (0, {"ok": True, "findings": []})
            with psycopg.connect(**address, dbname=copy) as vandal:
                vandal.execute("UPDATE ledger_account SET balance_fen = balance_fen + 1")
            code, report = audit(copy, address)
        finally:
            admin.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')
    assert code == 1
    assert report == {
        "ok": False,
        "findings": [
            {
                "code": "ledger.balance_differs",
                "subject": f"shop:{market.shop.id}:payable",
                "detail": "The balance is 9501 CNY, its legs add up to 9500.",
            }
        ],
    }


def audit(database: str, address: dict[str, str]) -> tuple[int, object]:
    """Run the command on a database and return its exit code and report."""
    url = f"postgresql://{address['user']}:{address['password']}@{address['host']}:{address['port']}/{database}"
    done = subprocess.run(  # noqa: S603 - our own command
        [LAOTIE, "audit", "--json"],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout)
