"""Rivals on connections of their own: payout against claw-back, two payouts, two batches, two answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from laotie.core.actor import person
from laotie.core.errors import DomainError
from laotie.ledger.contracts import PAYOUTS, Leg, creator_address
from laotie.ledger.models import Payout
from laotie.ledger.operations import post
from laotie.ledger.queries import audit_ledger, get_balance
from laotie.people.tests.makers import NOW, make_six
from laotie.trust import operations
from laotie.trust.tests.makers import make_payout, make_ready_creator

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on its own connection; a refusal is a result too."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(10)
            return act()
        except DomainError as refusal:
            return refusal.code()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_payout_and_a_claw_back_never_lose_a_fen() -> None:
    """Whoever comes first, it adds up; and a debt stops what has not left."""
    six = make_six()
    creator, mei, shen = make_ready_creator(six, fen=10_000), person(six.mei.id), person(six.shen.id)
    address = creator_address(six.mei.id)

    def claw_back() -> object:
        legs = [Leg(address, -10_000), Leg("channel:sandbox", 10_000)]
        return post(key="c", kind="refund", subject="order:1", legs=legs, now=NOW, from_reserve=True)

    payout, _clawed = at_once(lambda: make_payout(actor=mei, party=creator, fen=10_000), claw_back)
    if payout == "ledger.unable_to_debit":
        assert get_balance(address=address).balance_fen == 0
        assert Payout.objects.count() == 0
    else:
        assert (get_balance(address=address).balance_fen, get_balance(address=PAYOUTS).balance_fen) == (
            -10_000,
            10_000,
        )
        assert operations.make_payout_batch(actor=shen, now=NOW) is None
        assert get_balance(address=address).balance_fen == 0
    assert list(audit_ledger()) == []


def test_two_payouts_share_one_balance_and_one_limit() -> None:
    six = make_six()
    creator, mei = make_ready_creator(six, fen=10_000), person(six.mei.id)
    results = at_once(*[lambda: make_payout(actor=mei, party=creator, fen=6_000)] * 2)
    assert sorted(str(result) for result in results if isinstance(result, str)) == ["ledger.unable_to_debit"]
    six = make_six()
    creator, mei = make_ready_creator(six, fen=1_000_000), person(six.mei.id)
    mine = Payout.objects.filter(address=creator_address(six.mei.id))
    results = at_once(*[lambda: make_payout(actor=mei, party=creator, fen=1_000)] * 8)
    assert results.count("trust.day_limit_reached") == 3
    assert mine.count() == 5
    assert list(audit_ledger()) == []


def test_two_operators_make_one_batch_of_each_payout() -> None:
    six = make_six()
    creator, mei, shen = make_ready_creator(six), person(six.mei.id), person(six.shen.id)
    for _ in range(4):
        make_payout(actor=mei, party=creator, fen=1_000)
    at_once(*[lambda: operations.make_payout_batch(actor=shen, now=NOW)] * 2)
    assert [row.state for row in Payout.objects.all()] == ["sent"] * 4
    assert list(audit_ledger()) == []


def test_two_answers_for_one_payout_are_one() -> None:
    six = make_six()
    creator, mei, shen = make_ready_creator(six), person(six.mei.id), person(six.shen.id)
    payout = make_payout(actor=mei, party=creator, fen=1_000)
    batch = operations.make_payout_batch(actor=shen, now=NOW)
    assert batch is not None

    def answer(result: str) -> object:
        content = f"number,amount,result,reason\n{payout.number},10.00,{result}\n".encode()
        return operations.apply_bank_file(actor=shen, batch_id=batch.id, content=content, now=NOW)

    results = at_once(lambda: answer("paid,"), lambda: answer("failed,退票"))
    assert results.count("trust.bank_file_refused") == 1
    assert list(audit_ledger()) == []
