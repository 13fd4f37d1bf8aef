"""Posting, reversing and holding; the worked ledger paths of RULES 11.5 and 13.2."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from laotie.core.errors import NotFound
from laotie.core.rules import Rules, rules_at
from laotie.ledger.contracts import RESERVE, Balance, Leg, NewPosting
from laotie.ledger.errors import (
    AlreadyReversed,
    HoldNotActive,
    InvalidPosting,
    PostingKeyReused,
    UnableToDebit,
)
from laotie.ledger.models import Account, Hold, HoldUse, Posting
from laotie.ledger.models import Leg as LegRow
from laotie.ledger.operations import (
    place_hold,
    place_holds,
    post,
    post_many,
    release_due_holds,
    release_hold,
    reserve_of,
    reverse_posting,
)
from laotie.ledger.queries import audit_ledger, get_balance, get_balances, get_posting, sum_by_subject
from laotie.ledger.tests.makers import (
    CHANNEL,
    COMMISSION,
    ESCROW,
    FEE,
    LEADER,
    MEI,
    NOW,
    TAN,
    legs,
    make_income,
    make_posting,
)

pytestmark = pytest.mark.django_db


def place_reserve(*, key: str, address: str, income_fen: int, rules: Rules, now: datetime) -> int | None:
    """Hold back the reserve of an income, if it is anything."""
    hold = reserve_of(key=key, address=address, income_fen=income_fen, rules=rules, now=now)
    return place_holds(holds=[hold], now=now)[0] if hold else None


@pytest.fixture(autouse=True)
def _sound_ledger() -> Iterator[None]:
    """Audit after every test: whatever it did, the ledger is sound."""
    yield
    if not connection.needs_rollback:
        assert list(audit_ledger()) == []


def world() -> tuple[int, int, int, list[tuple[str, int]]]:
    return (
        Posting.objects.count(),
        LegRow.objects.count(),
        HoldUse.objects.count(),
        sorted(Account.objects.values_list("address", "balance_fen")),
    )


class TestPost:
    def test_moves_money_between_accounts(self) -> None:
        make_posting()
        make_income(fen=1_800)
        found = get_balances(addresses=[CHANNEL, ESCROW, MEI, TAN])
        assert {address: balance.balance_fen for address, balance in found.items()} == {
            CHANNEL: -10_000,
            ESCROW: 8_200,
            MEI: 1_800,
            TAN: 0,
        }

    def test_keeps_no_balance_row_for_platform_and_channel(self) -> None:
        make_posting()
        assert Account.objects.count() == 0

    def test_adds_up_legs_of_one_address_and_drops_what_is_zero(self) -> None:
        found = post(
            key="p1",
            kind="settlement",
            subject="order:1",
            legs=[Leg(ESCROW, -30), Leg(MEI, 10), Leg(MEI, 20), Leg(TAN, 0)],
            now=NOW,
        )
        assert get_posting(posting_id=found).legs == (Leg(MEI, 30), Leg(ESCROW, -30))

    def test_answers_a_repetition_with_the_same_posting(self) -> None:
        first = make_income()
        before = world()
        assert (
            post(
                key="income",
                kind="settlement",
                subject="order:1",
                legs=[Leg(MEI, 1_000), Leg(MEI, 800), Leg(ESCROW, -1_800)],
                now=NOW + timedelta(days=1),
            )
            == first
        )
        assert world() == before

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "other"},
            {"subject": "order:2"},
            {"memo": "x"},
            {"currency": "BRL"},
            {"legs": legs(ESCROW=-1, MEI=1)},
        ],
    )
    def test_refuses_a_key_used_for_other_content(self, change: dict[str, Any]) -> None:
        make_income()
        before = world()
        with pytest.raises(PostingKeyReused) as refusal, transaction.atomic():
            post(
                **{
                    "key": "income",
                    "kind": "settlement",
                    "subject": "order:1",
                    "legs": legs(ESCROW=-1_800, MEI=1_800),
                    "now": NOW,
                    **change,
                }
            )
        assert refusal.value.code() == "ledger.posting_key_reused"
        assert refusal.value.data() == {"key": "income"}
        assert world() == before

    @pytest.mark.parametrize(
        "change",
        [
            {"legs": legs(ESCROW=-1, MEI=2)},
            {"legs": legs(ESCROW=0, MEI=0)},
            {"legs": []},
            {"legs": [Leg(ESCROW, -1), Leg("nowhere", 1)]},
            {"legs": [Leg(ESCROW, -1), Leg("shop:1:" + "x" * 120, 1)]},
            {"legs": [Leg(ESCROW, -(2**53)), Leg(MEI, 2**53)]},
            {"legs": [Leg(ESCROW, -1.0), Leg(MEI, 1.0)]},  # type: ignore[arg-type]
            {"legs": legs(ESCROW=-1, MEI=1) * 501},
            {"key": ""},
            {"key": "a\nb"},
            {"kind": "two words"},
            {"kind": "reversal"},
            {"subject": ""},
            {"currency": "yuan"},
            {"memo": "x" * 301},
        ],
    )
    def test_refuses_a_posting_that_cannot_be(self, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidPosting), transaction.atomic():
            post(
                **{
                    "key": "p",
                    "kind": "test",
                    "subject": "order:1",
                    "legs": legs(ESCROW=-1, MEI=1),
                    "now": NOW,
                    **change,
                }
            )
        assert world() == (0, 0, 0, [])

    def test_keeps_currencies_apart(self) -> None:
        make_income(fen=100)
        post(key="b", kind="test", subject="order:1", legs=legs(ESCROW=-7, MEI=7), now=NOW, currency="BRL")
        assert get_balance(address=MEI).balance_fen == 100
        assert get_balance(address=MEI, currency="BRL").balance_fen == 7
        assert get_balance(address=ESCROW, currency="BRL").balance_fen == -7

    def test_of_a_payment_is_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            make_posting()

    def test_of_a_settlement_is_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            make_posting(ESCROW=-10_000, TAN=7_300, MEI=1_800, LEADER=180, COMMISSION=220, FEE=500)

    def test_must_be_available_takes_exactly_what_is(self) -> None:
        make_income(fen=1_800)
        place_hold(key="h", address=MEI, amount_fen=90, reason=RESERVE, until=NOW + timedelta(days=15), now=NOW)
        post(
            key="out",
            kind="payout",
            subject="payout:1",
            legs=legs(MEI=-1_710, CHANNEL=1_710),
            now=NOW,
            must_be_available=True,
        )
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 90, 90)

    def test_must_be_available_refuses_what_is_held(self) -> None:
        make_income(fen=1_800)
        place_hold(key="h", address=MEI, amount_fen=90, reason=RESERVE, until=NOW + timedelta(days=15), now=NOW)
        before = world()
        with pytest.raises(UnableToDebit) as refusal, transaction.atomic():
            post(
                key="out",
                kind="payout",
                subject="payout:1",
                legs=legs(MEI=-1_711, CHANNEL=1_711),
                now=NOW,
                must_be_available=True,
            )
        assert refusal.value.data() == {"address": MEI, "available_fen": 1_710, "wanted_fen": 1_711}
        assert world() == before

    def test_must_be_available_refuses_an_account_never_heard_of(self) -> None:
        with pytest.raises(UnableToDebit) as refusal, transaction.atomic():
            post(
                key="out",
                kind="payout",
                subject="payout:1",
                legs=legs(MEI=-1, CHANNEL=1),
                now=NOW,
                must_be_available=True,
            )
        assert refusal.value.data() == {"address": MEI, "available_fen": 0, "wanted_fen": 1}
        assert world() == (0, 0, 0, [])


class TestPostMany:
    def many(self, count: int) -> list[NewPosting]:
        return [
            NewPosting(f"k{i}", "settlement", f"order:{i}", (Leg(ESCROW, -i), Leg(MEI if i % 2 else TAN, i)), NOW)
            for i in range(1, count + 1)
        ]

    def test_does_what_post_does(self) -> None:
        make_income(fen=5)
        ids = post_many(postings=self.many(10))
        assert len(set(ids)) == 10
        assert get_balance(address=MEI).balance_fen == 5 + 1 + 3 + 5 + 7 + 9
        assert get_balance(address=TAN).balance_fen == 30
        mine = LegRow.objects.filter(address=MEI).order_by("id").values_list("amount_fen", "balance_after_fen")
        assert list(mine) == [(5, 5), (1, 6), (3, 9), (5, 14), (7, 21), (9, 30)]

    def test_repeated_or_interrupted_goes_on_where_it_was(self) -> None:
        first = post_many(postings=self.many(4))
        again = post_many(postings=[*self.many(7), self.many(1)[0]])
        assert again[:4] == first
        assert again[7] == first[0]
        assert Posting.objects.count() == 7
        assert (
            post(key="k1", kind="settlement", subject="order:1", legs=legs(ESCROW=-1, MEI=1), now=NOW) == first[0]
        )

    def test_refuses_a_key_used_for_other_content(self) -> None:
        post_many(postings=self.many(1))
        other = NewPosting("k1", "settlement", "order:1", (Leg(ESCROW, -2), Leg(MEI, 2)), NOW)
        before = world()
        with pytest.raises(PostingKeyReused), transaction.atomic():
            post_many(postings=[other])
        with pytest.raises(PostingKeyReused), transaction.atomic():
            post_many(
                postings=[
                    NewPosting("k9", "a", "order:1", other.legs, NOW),
                    NewPosting("k9", "b", "order:1", other.legs, NOW),
                ]
            )
        assert world() == before

    def test_makes_no_reversals(self) -> None:
        with pytest.raises(InvalidPosting), transaction.atomic():
            post_many(postings=[NewPosting("k", "reversal", "order:1", (Leg(ESCROW, -2), Leg(MEI, 2)), NOW)])

    def test_is_one_statement_for_one_and_for_fifty(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for count in (1, 50):
            with django_assert_num_queries(1):
                post_many(
                    postings=[
                        NewPosting(f"{count}-{new.key}", new.kind, new.subject, new.legs, NOW)
                        for new in self.many(count)
                    ]
                )


class TestReversePosting:
    def test_takes_back_every_leg(self) -> None:
        settled = make_posting(ESCROW=-10_000, TAN=7_300, MEI=1_800, LEADER=180, COMMISSION=220, FEE=500)
        taken = reverse_posting(posting_id=settled, key="r", now=NOW, memo="mistake")
        assert sum_by_subject(subject="order:1") == {}
        view = get_posting(posting_id=taken)
        assert (view.kind, view.reverses_id, view.memo) == ("reversal", settled, "mistake")

    def test_repeated_is_the_same_posting(self) -> None:
        settled = make_income()
        assert reverse_posting(posting_id=settled, key="r", now=NOW) == reverse_posting(
            posting_id=settled, key="r", now=NOW + timedelta(hours=1)
        )
        assert Posting.objects.count() == 2

    def test_refuses_a_second_time(self) -> None:
        settled = make_income()
        reverse_posting(posting_id=settled, key="r", now=NOW)
        before = world()
        with pytest.raises(AlreadyReversed) as refusal, transaction.atomic():
            reverse_posting(posting_id=settled, key="r2", now=NOW)
        assert refusal.value.data() == {"posting_id": settled}
        with pytest.raises(AlreadyReversed), transaction.atomic():
            post(
                key="r3",
                kind="refund",
                subject="order:1",
                legs=legs(MEI=-1, ESCROW=1),
                now=NOW,
                reverses_id=settled,
            )
        assert world() == before

    def test_refuses_what_was_taken_back_in_part(self) -> None:
        settled = make_income()
        for part in ("a", "b"):
            post(
                key=part,
                kind="refund",
                subject="order:1",
                legs=legs(MEI=-1, ESCROW=1),
                now=NOW,
                reverses_id=settled,
            )
        before = world()
        with pytest.raises(AlreadyReversed), transaction.atomic():
            reverse_posting(posting_id=settled, key="r", now=NOW)
        assert world() == before

    def test_refuses_what_does_not_exist(self) -> None:
        with pytest.raises(NotFound), transaction.atomic():
            reverse_posting(posting_id=404, key="r", now=NOW)
        with pytest.raises(NotFound), transaction.atomic():
            post(key="r", kind="refund", subject="order:1", legs=legs(MEI=-1, ESCROW=1), now=NOW, reverses_id=404)
        assert world() == (0, 0, 0, [])

    def test_refuses_another_currency(self) -> None:
        settled = make_income()
        with pytest.raises(InvalidPosting), transaction.atomic():
            post(
                key="r",
                kind="refund",
                subject="order:1",
                legs=legs(MEI=-1, ESCROW=1),
                now=NOW,
                currency="BRL",
                reverses_id=settled,
            )


class TestClawBack:
    """RULES 11.5: reserve, then available balance, then recorded debt, then future income."""

    def claw(self, fen: int, key: str = "claw") -> int:
        return post(
            key=key, kind="refund", subject="order:1", legs=legs(MEI=-fen, ESCROW=fen), now=NOW, from_reserve=True
        )

    def earn(self, fen: int, key: str) -> None:
        make_income(fen=fen, key=key)
        place_reserve(key=f"reserve:{key}", address=MEI, income_fen=fen, rules=rules_at(NOW), now=NOW)

    def test_example_5_takes_the_commission_from_the_reserve_first(self) -> None:
        """RULES 13.2 example 5: creator −18.00 taken from reserve first; everybody gives back their part."""
        make_posting(key="pay", CHANNEL=-10_000, ESCROW=10_000)
        settled = make_posting(
            key="settle",
            kind="settlement",
            ESCROW=-10_000,
            TAN=7_300,
            MEI=1_800,
            LEADER=180,
            COMMISSION=220,
            FEE=500,
        )
        place_reserve(key="reserve:1", address=MEI, income_fen=1_800, rules=rules_at(NOW), now=NOW)
        self.earn(40_000, "other")  # 20.00 more of reserve, younger
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 41_800, 2_090)
        reverse_posting(posting_id=settled, key="refund", now=NOW, from_reserve=True)
        make_posting(key="back", kind="refund", ESCROW=-10_000, CHANNEL=10_000)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 40_000, 290)
        assert list(HoldUse.objects.order_by("id").values_list("hold__key", "amount_fen")) == [
            ("reserve:1", 90),
            ("reserve:other", 1_710),
        ]
        assert list(Hold.objects.order_by("id").values_list("state", "remaining_fen")) == [
            ("spent", 0),
            ("active", 290),
        ]
        for address in (TAN, LEADER, COMMISSION, FEE, CHANNEL):
            assert get_balance(address=address).balance_fen == 0
        assert sum_by_subject(subject="order:1") == {ESCROW: -40_000, MEI: 40_000}

    def test_goes_on_to_the_available_balance(self) -> None:
        self.earn(1_800, "a")
        self.claw(1_000)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 800, 0)

    def test_leaves_a_debt_that_income_pays_first(self) -> None:
        self.earn(1_800, "a")
        post(
            key="out",
            kind="payout",
            subject="payout:1",
            legs=legs(MEI=-1_710, CHANNEL=1_710),
            now=NOW,
            must_be_available=True,
        )
        self.claw(1_800)
        owing = get_balance(address=MEI)
        assert (owing.balance_fen, owing.held_fen, owing.available_fen, owing.debt_fen) == (-1_710, 0, 0, 1_710)
        make_income(fen=1_000, key="b")
        assert get_balance(address=MEI).debt_fen == 710
        with pytest.raises(UnableToDebit), transaction.atomic():
            post(
                key="out2",
                kind="payout",
                subject="payout:2",
                legs=legs(MEI=-1, CHANNEL=1),
                now=NOW,
                must_be_available=True,
            )
        make_income(fen=1_000, key="c")
        found = get_balance(address=MEI)
        assert (found.available_fen, found.debt_fen) == (290, 0)

    def test_takes_part_of_a_hold(self) -> None:
        self.earn(1_800, "a")
        self.claw(30)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 1_770, 60)

    def test_leaves_holds_of_other_reasons_and_other_people(self) -> None:
        until = NOW + timedelta(days=1)
        make_posting(key="t", kind="settlement", ESCROW=-500, TAN=500)
        self.earn(1_800, "a")
        place_hold(key="d", address=MEI, amount_fen=100, reason="dispute", until=until, now=NOW)
        place_hold(key="t", address=TAN, amount_fen=100, reason=RESERVE, until=until, now=NOW)
        self.claw(1_800)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 0, 100)
        assert get_balance(address=TAN) == Balance(TAN, "CNY", 500, 100)

    def test_repeated_takes_nothing_more(self) -> None:
        self.earn(1_800, "a")
        assert self.claw(30) == self.claw(30)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 1_770, 60)

    def test_without_asking_leaves_the_reserve_alone(self) -> None:
        self.earn(1_800, "a")
        make_posting(key="fine", kind="fine", MEI=-100, FEE=100)
        assert get_balance(address=MEI) == Balance(MEI, "CNY", 1_700, 90)

    def test_asks_as_often_for_one_hold_as_for_fifty(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        self.earn(1_800, "a")
        with django_assert_num_queries(2):
            self.claw(90)
        for number in range(50):
            self.earn(1_800, f"b{number}")
        with django_assert_num_queries(2):
            self.claw(50 * 90, "claw2")
        assert get_balance(address=MEI).held_fen == 0


class TestHolds:
    def hold(self, key: str = "h", **change: Any) -> int:
        given = {
            "address": MEI,
            "amount_fen": 100,
            "reason": "dispute",
            "until": NOW + timedelta(days=1),
            "now": NOW,
        }
        return place_hold(key=key, **{**given, **change})

    def test_keep_money_from_being_available(self) -> None:
        make_income(fen=1_000)
        self.hold()
        found = get_balance(address=MEI)
        assert (found.balance_fen, found.held_fen, found.available_fen) == (1_000, 100, 900)

    def test_may_wait_for_later_income(self) -> None:
        self.hold()
        assert get_balance(address=MEI).available_fen == 0
        make_income(fen=150)
        assert get_balance(address=MEI).available_fen == 50

    def test_repeated_are_one(self) -> None:
        assert self.hold() == self.hold(until=NOW + timedelta(days=2), now=NOW + timedelta(hours=1))
        with pytest.raises(PostingKeyReused), transaction.atomic():
            self.hold(amount_fen=101)
        assert Hold.objects.count() == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"amount_fen": 0},
            {"amount_fen": -1},
            {"address": ESCROW},
            {"address": "x"},
            {"reason": ""},
            {"until": NOW},
        ],
    )
    def test_refuse_what_cannot_be(self, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidPosting), transaction.atomic():
            self.hold(**change)
        assert Hold.objects.count() == 0

    def test_are_released_once(self) -> None:
        make_income(fen=1_000)
        hold_id = self.hold()
        release_hold(hold_id=hold_id, now=NOW, reason="settled")
        assert get_balance(address=MEI).available_fen == 1_000
        with pytest.raises(HoldNotActive) as refusal, transaction.atomic():
            release_hold(hold_id=hold_id, now=NOW, reason="settled")
        assert refusal.value.data() == {"hold_id": hold_id, "state": "released"}
        with pytest.raises(NotFound), transaction.atomic():
            release_hold(hold_id=404, now=NOW, reason="settled")

    def test_are_released_when_due_and_not_before(self) -> None:
        due = NOW + timedelta(days=15)
        place_reserve(key="r", address=MEI, income_fen=1_800, rules=rules_at(NOW), now=NOW)
        self.hold(until=due + timedelta(seconds=1))
        assert release_due_holds(now=due - timedelta(microseconds=1)) == 0
        assert release_due_holds(now=due) == 1
        assert release_due_holds(now=due) == 0
        assert get_balance(address=MEI).held_fen == 100

    def test_are_released_in_batches(self) -> None:
        for number in range(3):
            self.hold(key=f"h{number}")
        assert [release_due_holds(now=NOW + timedelta(days=1), limit=2) for _ in range(3)] == [2, 1, 0]

    def test_reserve_is_five_per_cent_rounded_down(self) -> None:
        rules = rules_at(NOW)
        place_reserve(key="a", address=MEI, income_fen=1_999, rules=rules, now=NOW)
        assert Hold.objects.get().amount_fen == 99
        assert Hold.objects.get().until == NOW + timedelta(days=15)
        assert place_reserve(key="b", address=MEI, income_fen=19, rules=rules, now=NOW) is None
        assert Hold.objects.count() == 1


class TestGuards:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger_posting SET memo = 'x'",
            "DELETE FROM ledger_posting",
            "UPDATE ledger_leg SET amount_fen = amount_fen * 2",
            "DELETE FROM ledger_leg",
            "UPDATE ledger_holduse SET amount_fen = 1",
            "DELETE FROM ledger_holduse",
        ],
    )
    def test_refuse_to_edit_what_was_posted(self, statement: str) -> None:
        make_income()
        place_hold(key="h", address=MEI, amount_fen=5, reason=RESERVE, until=NOW + timedelta(days=1), now=NOW)
        post(key="c", kind="refund", subject="order:1", legs=legs(MEI=-3, ESCROW=3), now=NOW, from_reserve=True)
        before = world()
        with (
            pytest.raises(IntegrityError, match="only ever added to"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        assert world() == before

    @pytest.mark.parametrize(
        "values", ["(%s, 'shop:1:a', 'CNY', 1)", "(%s, 'shop:1:a', 'CNY', 1), (%s, 'shop:1:b', 'BRL', -1)"]
    )
    def test_refuse_legs_that_do_not_balance(self, values: str) -> None:
        posting_id = make_income()
        before = world()
        with (
            pytest.raises(IntegrityError, match="do not balance"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"INSERT INTO ledger_leg (posting_id, address, currency, amount_fen) VALUES {values}",  # noqa: S608 - literals above
                [posting_id] * values.count("%s"),
            )
        assert world() == before
