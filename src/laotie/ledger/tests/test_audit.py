"""audit_ledger names each kind of breakage. Rows are broken behind the guards' back."""
# ruff: noqa: S608 - the statements are literals of this file

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from laotie.ledger.contracts import RESERVE
from laotie.ledger.operations import place_hold, post, reverse_posting
from laotie.ledger.queries import audit_ledger
from laotie.ledger.tests.makers import MEI, NOW, legs, make_income, make_posting

pytestmark = pytest.mark.django_db

Break = Callable[[str], set[str]]


@pytest.fixture
def broken() -> Break:
    """Fill a ledger, break it by SQL with every trigger switched off, and return the codes of what is found."""
    make_posting(key="pay", CHANNEL=-10_000, ESCROW=10_000)
    make_posting(key="settle", kind="settlement", ESCROW=-10_000, TAN=7_300, MEI=1_800, LEADER=180, COMMISSION=720)
    place_hold(key="hold", address=MEI, amount_fen=90, reason=RESERVE, until=NOW + timedelta(days=15), now=NOW)
    post(key="claw", kind="refund", subject="order:1", legs=legs(MEI=-30, ESCROW=30), now=NOW, from_reserve=True)
    mistake = make_income(key="mistake", fen=500, subject="order:2")
    reverse_posting(posting_id=mistake, key="reversed", now=NOW)
    assert list(audit_ledger()) == []

    def break_by(statement: str) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET LOCAL session_replication_role = origin")
        return {finding.code.removeprefix("ledger.") for finding in audit_ledger()}

    return break_by


def leg_of(key: str, address: str) -> str:
    return f"posting_id = (SELECT id FROM ledger_posting WHERE key = '{key}') AND address LIKE '{address}%'"


BREAKAGES = {
    "a leg's amount edited": (
        f"UPDATE ledger_leg SET amount_fen = amount_fen + 1 WHERE {leg_of('pay', 'platform')}",
        {"posting_unbalanced", "posting_edited"},
    ),
    "two legs edited alike": (
        f"UPDATE ledger_leg SET amount_fen = amount_fen * 2 WHERE {leg_of('pay', '')}",
        {"posting_edited"},
    ),
    "a leg moved to another account": (
        f"UPDATE ledger_leg SET address = 'channel:other' WHERE {leg_of('pay', 'channel')}",
        {"posting_edited"},
    ),
    "a leg added and balanced": (
        """INSERT INTO ledger_leg (posting_id, address, currency, amount_fen)
           SELECT id, address, 'CNY', fen
           FROM ledger_posting, (VALUES ('channel:a', 1), ('channel:b', -1)) AS added (address, fen)
           WHERE key = 'pay'""",
        {"posting_edited"},
    ),
    "a leg deleted": (
        f"DELETE FROM ledger_leg WHERE {leg_of('pay', 'channel')}",
        {"posting_unbalanced", "posting_edited"},
    ),
    "all legs deleted": (f"DELETE FROM ledger_leg WHERE {leg_of('pay', '')}", {"posting_without_legs"}),
    "a leg in another currency": (
        f"UPDATE ledger_leg SET currency = 'BRL' WHERE {leg_of('pay', 'channel')}",
        {"currency_mixed"},
    ),
    "a posting in another currency": (
        "UPDATE ledger_posting SET currency = 'BRL' WHERE key = 'pay'",
        {"currency_mixed", "posting_edited"},
    ),
    "a posting's kind edited": ("UPDATE ledger_posting SET kind = 'gift' WHERE key = 'pay'", {"posting_edited"}),
    "a posting's key edited": ("UPDATE ledger_posting SET key = 'other' WHERE key = 'pay'", {"posting_edited"}),
    "a hash edited": ("UPDATE ledger_posting SET input_hash = 'x' WHERE key = 'pay'", {"posting_edited"}),
    "a posting deleted": ("DELETE FROM ledger_posting WHERE key = 'pay'", {"leg_without_posting"}),
    "a balance edited": (
        "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE address = 'shop:3:payable'",
        {"balance_differs"},
    ),
    "an account deleted": ("DELETE FROM ledger_account WHERE address = 'shop:3:payable'", {"account_missing"}),
    "the account of a hold deleted": (
        "DELETE FROM ledger_account WHERE address = 'creator:7:commission'",
        {"account_missing", "hold_without_account"},
    ),
    "a balance row for the platform": (
        "INSERT INTO ledger_account (address, currency, balance_fen) VALUES ('platform:fee', 'CNY', 0)",
        {"account_unexpected"},
    ),
    "a running balance edited": (
        f"UPDATE ledger_leg SET balance_after_fen = 1 WHERE {leg_of('settle', 'shop')}",
        {"running_balance_differs"},
    ),
    "a running balance missing": (
        f"UPDATE ledger_leg SET balance_after_fen = NULL WHERE {leg_of('settle', 'shop')}",
        {"running_balance_differs"},
    ),
    "a reversal of another posting": (
        """UPDATE ledger_posting SET reverses_id = (SELECT id FROM ledger_posting WHERE key = 'pay')
           WHERE key = 'reversed'""",
        {"reversal_not_mirrored", "posting_edited"},
    ),
    "a reversal of nothing": (
        "UPDATE ledger_posting SET reverses_id = NULL WHERE key = 'reversed'",
        {"reversal_not_mirrored", "posting_edited"},
    ),
    "a posting reversed twice": (
        """UPDATE ledger_posting SET reverses_id = (SELECT id FROM ledger_posting WHERE key = 'mistake')
           WHERE key = 'claw'""",
        {"reversed_twice", "posting_edited"},
    ),
    "a hold refilled": ("UPDATE ledger_hold SET remaining_fen = 90", {"hold_differs"}),
    "a hold said to be spent": ("UPDATE ledger_hold SET state = 'spent', ended_at = now()", {"hold_differs"}),
    "a use of a hold deleted": ("DELETE FROM ledger_holduse", {"hold_differs"}),
    "a use larger than what was taken": (
        "UPDATE ledger_holduse SET amount_fen = 40",
        {"hold_differs", "hold_use_too_large"},
    ),
}


@pytest.mark.parametrize("name", BREAKAGES)
def test_audit_ledger_names(broken: Break, name: str) -> None:
    statement, codes = BREAKAGES[name]
    assert broken(statement) == codes


def test_audit_ledger_names_a_duplicate_key(broken: Break) -> None:
    statement = (
        "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_key;"
        "UPDATE ledger_posting SET key = 'pay' WHERE key = 'settle'"
    )
    assert broken(statement) == {"duplicate_key", "posting_edited"}


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER ledger_leg_balanced ON ledger_leg",
        "ALTER TABLE ledger_posting DISABLE TRIGGER ledger_posting_append_only",
    ],
)
def test_audit_ledger_names_a_missing_guard(broken: Break, statement: str) -> None:
    assert broken(statement) == {"guard_missing"}


def test_audit_ledger_says_where_and_how_much(broken: Break) -> None:
    broken("UPDATE ledger_account SET balance_fen = 7301 WHERE address = 'shop:3:payable'")
    (finding,) = audit_ledger()
    assert finding.subject == "shop:3:payable"
    assert finding.detail == "The balance is 7301 CNY, its legs add up to 7300."
