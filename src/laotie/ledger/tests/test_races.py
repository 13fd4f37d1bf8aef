"""Rivals on connections of their own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from laotie.core.sql import fetch_one
from laotie.ledger.contracts import Leg
from laotie.ledger.errors import AlreadyReversed, PostingKeyReused, UnableToDebit
from laotie.ledger.models import Posting
from laotie.ledger.operations import place_hold, post, reverse_posting
from laotie.ledger.queries import audit_ledger, get_balance
from laotie.ledger.tests.makers import ESCROW, MEI, NOW, TAN, make_income

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Run `act(0..count-1)` in threads that start together; a refusal is a result too."""
    start = Barrier(count)

    def run(number: int) -> object:
        try:
            start.wait(10)
            return act(number)
        except (AlreadyReversed, PostingKeyReused, UnableToDebit) as refusal:
            return refusal.code()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_same_key_at_once_is_one_posting() -> None:
    ids = all_at_once(4, lambda _: make_income(key="same"))
    assert len(set(ids)) == 1
    assert Posting.objects.count() == 1
    assert get_balance(address=MEI).balance_fen == 1_800
    assert list(audit_ledger()) == []


def test_the_same_key_waits_for_an_open_transaction_and_finds_its_posting() -> None:
    """The rival acts between the first one's posting and its commit."""
    with ThreadPoolExecutor(1) as pool:

        def rival() -> object:
            try:
                return make_income(key="same")
            finally:
                connection.close()

        with transaction.atomic():
            mine = make_income(key="same")
            theirs = pool.submit(rival)
            _wait_until_someone_waits()
        assert theirs.result(10) == mine
    assert Posting.objects.count() == 1
    assert get_balance(address=MEI).balance_fen == 1_800


def test_the_same_key_with_other_content_at_once_is_refused() -> None:
    results = all_at_once(4, lambda number: make_income(key="same", fen=100 + number % 2))
    assert Posting.objects.count() == 1
    assert results.count("ledger.posting_key_reused") == 2


def test_postings_in_opposite_directions_do_not_deadlock() -> None:
    def act(number: int) -> int:
        there = 1 if number % 2 else -1
        for turn in range(20):
            posting = [Leg(MEI, there), Leg(TAN, -there)][:: 1 if turn % 2 else -1]
            post(key=f"{number}-{turn}", kind="test", subject="order:1", legs=posting, now=NOW)
        return number

    assert all_at_once(4, act) == [0, 1, 2, 3]
    assert get_balance(address=MEI).balance_fen == 0
    assert list(audit_ledger()) == []


def test_payouts_at_once_take_no_more_than_is_available() -> None:
    make_income(fen=250)

    def act(number: int) -> int:
        return post(
            key=f"out:{number}",
            kind="payout",
            subject=f"payout:{number}",
            legs=[Leg(MEI, -100), Leg("channel:bank", 100)],
            now=NOW,
            must_be_available=True,
        )

    results = all_at_once(4, act)
    assert results.count("ledger.unable_to_debit") == 2
    assert get_balance(address=MEI).balance_fen == 50


def test_reversals_at_once_are_one() -> None:
    settled = make_income()
    results = all_at_once(4, lambda number: reverse_posting(posting_id=settled, key=f"r{number}", now=NOW))
    assert results.count("ledger.already_reversed") == 3
    assert get_balance(address=MEI).balance_fen == 0
    assert list(audit_ledger()) == []


def test_claw_backs_at_once_share_the_reserve() -> None:

    make_income(fen=1_000)
    place_hold(key="h", address=MEI, amount_fen=100, reason="reserve", until=NOW + timedelta(days=1), now=NOW)
    all_at_once(
        4,
        lambda number: post(
            key=f"c{number}",
            kind="refund",
            subject="order:1",
            legs=[Leg(MEI, -40), Leg(ESCROW, 40)],
            now=NOW,
            from_reserve=True,
        ),
    )
    found = get_balance(address=MEI)
    assert (found.balance_fen, found.held_fen) == (840, 0)
    assert list(audit_ledger()) == []


def _wait_until_someone_waits() -> None:
    deadline = time.monotonic() + 10
    while fetch_one("SELECT count(*) FROM pg_locks WHERE NOT granted") == (0,):
        assert time.monotonic() < deadline, "the rival never waited"
