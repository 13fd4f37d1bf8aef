"""Balances, statements and sums, and how many queries they take."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from laotie.core.errors import BadCursor, NotFound
from laotie.ledger.contracts import Leg, NewPosting, escrow_address
from laotie.ledger.operations import place_hold, post_many, release_hold
from laotie.ledger.queries import (
    audit_ledger,
    get_balances,
    get_posting,
    list_holds,
    list_postings,
    list_statement,
    stream_movements,
    subject_balances,
    sum_by_month,
    sum_by_subject,
)
from laotie.ledger.tests.makers import ESCROW, MEI, NOW, TAN, make_income, make_posting

pytestmark = pytest.mark.django_db


def fill(count: int) -> None:
    """Settle orders 1..count, each giving Mei its number in fen."""
    post_many(
        postings=[
            NewPosting(f"s{i}", "settlement", f"order:{i}", (Leg(ESCROW, -i), Leg(MEI, i)), NOW, memo=f"no. {i}")
            for i in range(1, count + 1)
        ]
    )


class TestStatement:
    @pytest.mark.parametrize(("address", "sign"), [(MEI, 1), (ESCROW, -1)])
    def test_runs_backwards_with_the_balance_after_each_line(self, address: str, sign: int) -> None:
        fill(5)
        found: list[tuple[str, int, int]] = []
        cursor = ""
        for _ in range(3):
            page = list_statement(address=address, cursor=cursor, limit=2)
            found += [(line.memo, line.amount_fen, line.balance_after_fen) for line in page.items]
            cursor = page.next_cursor
        assert cursor == ""
        after = {5: 15, 4: 10, 3: 6, 2: 3, 1: 1}
        assert found == [(f"no. {i}", sign * i, sign * fen) for i, fen in after.items()]

    def test_of_an_address_never_heard_of_is_empty(self) -> None:
        assert list_statement(address="shop:404:payable").items == ()

    def test_refuses_a_forged_cursor(self) -> None:
        with pytest.raises(BadCursor):
            list_statement(address=MEI, cursor="MQ==")

    def test_is_one_query_for_one_line_and_for_fifty(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        make_income(fen=1)
        with django_assert_num_queries(1):
            assert len(list_statement(address=MEI).items) == 1
        fill(60)
        with django_assert_num_queries(1):
            assert len(list_statement(address=MEI).items) == 50
        with django_assert_num_queries(2):
            assert len(list_statement(address=ESCROW).items) == 50


class TestBalances:
    def test_are_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        fill(3)
        with django_assert_num_queries(1):
            found = get_balances(addresses=[MEI, TAN, ESCROW, *(f"shop:{i}:payable" for i in range(50))])
        assert found[MEI].balance_fen == 6
        assert found[ESCROW].debt_fen == 6


class TestPostings:
    def test_are_listed_by_subject(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        first = make_posting()
        second = make_income()
        make_income(key="other", subject="order:10")
        with django_assert_num_queries(2):
            assert [view.id for view in list_postings(subject="order:1").items] == [first, second]

    def test_that_are_missing_are_not_found(self) -> None:
        with pytest.raises(NotFound):
            get_posting(posting_id=404)


class TestSums:
    def test_by_subject_leave_out_what_is_zero(self) -> None:
        make_posting()
        make_income(fen=10_000)
        make_income(fen=7, key="other", subject="order:10")
        assert sum_by_subject(subject="order:1") == {"channel:sandbox": -10_000, MEI: 10_000}

    def test_over_all_subjects_say_what_escrow_holds(self) -> None:
        make_posting(subject="order:1")
        make_posting(subject="order:2", key="p2", CHANNEL=-70, ESCROW=70)
        make_posting(subject="topup:2", key="p3", CHANNEL=-70, ESCROW=70)
        make_income(fen=10_000, subject="order:1")
        make_posting(subject="order:3", key="p4", currency="BRL", CHANNEL=-50, ESCROW=50)
        found = subject_balances(prefix="order:", address_prefix="platform:escrow:")
        assert sorted(found) == [("order:2", "CNY", 70), ("order:3", "BRL", 50)]

    def test_escrow_is_spread_by_number(self) -> None:
        assert [escrow_address(number) for number in (0, 15, 16)] == [
            "platform:escrow:0",
            "platform:escrow:15",
            "platform:escrow:0",
        ]


class TestHolds:
    def test_are_listed_newest_first(self) -> None:
        for number in range(3):
            place_hold(
                key=f"h{number}", address=MEI, amount_fen=1, reason="r", until=NOW + timedelta(days=1), now=NOW
            )
        newest = list_holds(address=MEI, limit=1)
        assert newest.next_cursor
        release_hold(hold_id=newest.items[0].id, now=NOW, reason="done")
        assert [view.state for view in list_holds(address=MEI).items] == ["released", "active", "active"]
        assert len(list_holds(address=MEI, active_only=True).items) == 2
        assert list_holds(address=TAN).items == ()


def test_audit_is_as_many_queries_for_one_posting_as_for_fifty(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (1, 50):
        fill(count)
        with django_assert_num_queries(14):
            assert list(audit_ledger()) == []


class TestMonths:
    def test_begin_at_the_markets_midnight_and_add_up(self) -> None:
        midnight = datetime(2026, 3, 31, 16, tzinfo=UTC)  # 1 April in Shanghai
        for place, at in enumerate(
            (midnight - timedelta(seconds=1), midnight, midnight + timedelta(seconds=1)), 1
        ):
            make_posting(key=f"m{place}", now=at, ESCROW=-100 * place, MEI=100 * place)
        april, march = sum_by_month(address=MEI, time_zone="Asia/Shanghai")
        assert (march.month, march.income_fen, march.outgo_fen, march.closing_fen) == (
            date(2026, 3, 1),
            100,
            0,
            100,
        )
        assert (april.month, april.income_fen, april.outgo_fen, april.closing_fen) == (
            date(2026, 4, 1),
            500,
            0,
            600,
        )
        moved = stream_movements(address=MEI, since=midnight, until=midnight + timedelta(days=30))
        assert [one.amount_fen for one in moved] == [200, 300]
