"""Prepared statements that travel together: their answers, their transaction, and what goes wrong on the way."""

from datetime import UTC, datetime

import psycopg
import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from laotie.core.postgres.trips import compile_statement
from laotie.core.sql import fetch_all_prepared, fetch_one, fetch_one_prepared, send_prepared, together

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
KEPT = "INSERT INTO core_idempotencykey (scope, key, input_hash, status, answer, created_at)"
KEEP = f"{KEPT} VALUES ('test', %s::text, 'h', 200, NULL, %s::timestamptz)"

pytestmark = pytest.mark.django_db(transaction=True)


def kept() -> list[str]:
    return [row[0] for row in fetch_all_prepared("SELECT key FROM core_idempotencykey ORDER BY key")]


@transaction.atomic
def keep_twice_and_divide() -> None:
    with together():
        send_prepared(KEEP, ["a", NOW])
        send_prepared(KEEP, ["a", NOW])
        send_prepared("SELECT 1 / 0")


def keep_and_fail() -> None:
    with together():
        send_prepared(KEEP, ["a", NOW])
        raise ZeroDivisionError


def end_the_own_connection() -> None:
    with together():
        send_prepared("SELECT pg_terminate_backend(pg_backend_pid())")
        send_prepared("SELECT 1")


class TestCompileStatement:
    def test_numbers_values_in_order_and_names_once(self) -> None:
        assert compile_statement("SELECT %s, %s, 7 %% 2").text == b"SELECT $1, $2, 7 % 2"
        named = compile_statement("SELECT %(a)s, %(b)s, %(a)s")
        assert (named.text, named.value_names) == (b"SELECT $1, $2, $1", ("a", "b"))

    def test_gives_one_text_one_name(self) -> None:
        assert compile_statement("SELECT 1").name == compile_statement("SELECT 1").name
        assert compile_statement("SELECT 1").name != compile_statement("SELECT 2").name


class TestTogether:
    def test_brings_every_answer_back_in_order(self) -> None:
        with together():
            replies = [
                send_prepared("SELECT %s::bigint, %s::text[]", [number, ["行", "b,c", None]])
                for number in range(5)
            ]
            empty = send_prepared("SELECT 1 WHERE false")
        assert [reply.rows() for reply in replies] == [[(number, ["行", "b,c", None])] for number in range(5)]
        assert empty.rows() == []
        assert empty.row() is None

    def test_has_no_answers_before_the_block_ends(self) -> None:
        with together():
            reply = send_prepared("SELECT 1")
            with pytest.raises(AssertionError, match="under way"):
                reply.rows()
        assert reply.rows() == [(1,)]

    def test_begins_the_transaction_it_is_in_and_the_orm_goes_on_in_it(self) -> None:
        with transaction.atomic():
            with together():
                send_prepared(KEEP, ["a", NOW])
            assert fetch_one("SELECT count(*) FROM core_idempotencykey") == (1,)
            transaction.set_rollback(True)
        assert kept() == []
        with transaction.atomic(), together():
            send_prepared(KEEP, ["a", NOW])
        assert kept() == ["a"]

    def test_raises_the_first_error_and_runs_nothing_after_it(self) -> None:
        with pytest.raises(IntegrityError) as raised:
            keep_twice_and_divide()
        assert isinstance(raised.value.__cause__, psycopg.errors.UniqueViolation)
        assert kept() == []

    def test_knows_a_statement_again_that_failed_when_it_was_first_run(self) -> None:
        for _ in range(2):
            with pytest.raises(DataError):
                fetch_all_prepared("SELECT %s::bigint + 0", ["no number"])
        assert fetch_all_prepared("SELECT %s::bigint + 0", [7]) == [(7,)]
        assert fetch_all_prepared("SELECT %s::bigint + 0", [8]) == [(8,)]

    def test_carries_more_than_a_socket_holds_both_ways(self) -> None:
        large = "x" * 3_000_000
        with together():
            replies = [send_prepared("SELECT %s::text", [large]) for _ in range(3)]
        assert all(reply.rows() == [(large,)] for reply in replies)

    def test_sends_nothing_of_a_block_that_raises(self) -> None:
        with pytest.raises(ZeroDivisionError):
            keep_and_fail()
        assert kept() == []


class TestALostConnection:
    def test_is_found_out_without_asking_the_server(self) -> None:
        connection.ensure_connection()
        assert connection.is_usable()
        pid = fetch_one("SELECT pg_backend_pid()")
        assert pid is not None
        rival = connection.copy()
        try:
            with rival.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid[0]])
        finally:
            rival.close()
        assert not connection.is_usable()
        connection.close()
        assert fetch_one_prepared("SELECT 1") == (1,)

    def test_in_the_middle_of_a_trip_is_an_error_and_the_next_one_connects_anew(self) -> None:
        with pytest.raises((OperationalError, InterfaceError)):
            end_the_own_connection()
        connection.close()
        assert fetch_one_prepared("SELECT 1") == (1,)
