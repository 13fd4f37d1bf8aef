"""Random lives of one account: after every step the ledger is sound and agrees with a few lines of Python."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laotie.ledger.contracts import RESERVE, Leg
from laotie.ledger.errors import AlreadyReversed, HoldNotActive, UnableToDebit
from laotie.ledger.operations import place_hold, post, release_hold, reverse_posting
from laotie.ledger.queries import audit_ledger, get_balance, list_statement
from laotie.ledger.tests.makers import ESCROW, MEI, NOW


@dataclass
class Book:
    """What the account should look like; each step is taken in the ledger and in the book."""

    balance_fen: int = 0
    holds: dict[int, int] = field(default_factory=dict)  # active ones, oldest first
    ended: list[int] = field(default_factory=list)
    incomes: list[tuple[int, int]] = field(default_factory=list)
    reversed: set[int] = field(default_factory=set)

    @property
    def held_fen(self) -> int:
        return sum(self.holds.values())

    def earn(self, key: str, fen: int) -> None:
        self.incomes.append((_post(key, fen), fen))
        self.balance_fen += fen

    def claw(self, key: str, fen: int) -> None:
        _post(key, -fen, from_reserve=True)
        self._take(fen)

    def pay_out(self, key: str, fen: int) -> None:
        if fen <= max(0, self.balance_fen - self.held_fen):
            _post(key, -fen, must_be_available=True)
            self.balance_fen -= fen
        else:
            with pytest.raises(UnableToDebit), transaction.atomic():
                _post(key, -fen, must_be_available=True)

    def hold(self, key: str, fen: int) -> None:
        until = NOW + timedelta(days=15)
        made = place_hold(key=key, address=MEI, amount_fen=fen, reason=RESERVE, until=until, now=NOW)
        self.holds[made] = fen

    def release(self, _key: str, fen: int) -> None:
        if self.holds:
            hold_id = list(self.holds)[fen % len(self.holds)]
            release_hold(hold_id=hold_id, now=NOW, reason="test")
            del self.holds[hold_id]
            self.ended.append(hold_id)
        elif self.ended:
            with pytest.raises(HoldNotActive), transaction.atomic():
                release_hold(hold_id=self.ended[0], now=NOW, reason="test")

    def reverse(self, key: str, fen: int) -> None:
        if not self.incomes:
            return
        posting_id, earned_fen = self.incomes[fen % len(self.incomes)]
        if posting_id in self.reversed:
            with pytest.raises(AlreadyReversed), transaction.atomic():
                reverse_posting(posting_id=posting_id, key=key, now=NOW, from_reserve=True)
        else:
            reverse_posting(posting_id=posting_id, key=key, now=NOW, from_reserve=True)
            self._take(earned_fen)
            self.reversed.add(posting_id)

    def _take(self, fen: int) -> None:
        self.balance_fen -= fen
        for hold_id, remaining_fen in list(self.holds.items()):
            used_fen = min(fen, remaining_fen)
            fen -= used_fen
            self.holds[hold_id] -= used_fen
            if not self.holds[hold_id]:
                del self.holds[hold_id]
                self.ended.append(hold_id)


Step = Callable[[Book, str, int], None]
STEPS: list[Step] = [Book.earn, Book.claw, Book.pay_out, Book.hold, Book.release, Book.reverse]


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(min_value=1, max_value=500)), max_size=15))
def test_any_life_keeps_the_ledger_sound(steps: list[tuple[Step, int]]) -> None:
    with transaction.atomic():
        book = Book()
        for number, (step, fen) in enumerate(steps):
            step(book, f"step:{number}", fen)
            found = get_balance(address=MEI)
            assert (found.balance_fen, found.held_fen) == (book.balance_fen, book.held_fen)
            assert list(audit_ledger()) == []
        newest = list_statement(address=MEI, limit=1).items
        assert [line.balance_after_fen for line in newest] == [book.balance_fen] * len(newest)
        transaction.set_rollback(True)  # the next example begins with an empty ledger


def _post(key: str, fen: int, *, from_reserve: bool = False, must_be_available: bool = False) -> int:
    return post(
        key=key,
        kind="test",
        subject="order:1",
        legs=[Leg(MEI, fen), Leg(ESCROW, -fen)],
        now=NOW,
        from_reserve=from_reserve,
        must_be_available=must_be_available,
    )
