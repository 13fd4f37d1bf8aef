"""Hot statements over the wire: prepared once per connection, several of them in one round trip.

psycopg's cursors cost about 100 µs of Python a statement here, more than the server needs for most of them. This
speaks to the same connection through psycopg.pq, its door to libpq's pipeline mode: 10 µs, and one wait for all.
"""

import hashlib
import re
import select
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

Rows = list[tuple[Any, ...]]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s|%%")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server knows it: its name, its text with $1, $2, and which named value goes where."""

    name: bytes
    text: bytes
    value_names: tuple[str, ...]


@cache
def compile_statement(text: str) -> Statement:
    """Turn %s or %(name)s into the server's own placeholders. The name is the text's hash: same name, same text."""
    names: list[str] = []
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            count += 1
            return f"${count}"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    written = PLACEHOLDER.sub(place, text).encode()
    return Statement(b"laotie_" + hashlib.sha256(written).hexdigest()[:24].encode(), written, tuple(names))


class Reply:
    """What a statement answers; its rows are there when its trip is over."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Rows | None = None) -> None:
        self._rows = rows

    def rows(self) -> Rows:
        """Return the rows; none where the statement returns nothing."""
        assert self._rows is not None, "the statement is still under way: answers are there when `together` ends"
        return self._rows

    def row(self) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.rows()
        return rows[0] if rows else None

    def arrive(self, rows: Rows) -> None:
        """Take the rows the trip brought."""
        self._rows = rows


class Trip:
    """Statements on their way to the server together."""

    def __init__(self) -> None:
        self._parts: list[tuple[Statement, Sequence[bytes | None], Reply]] = []

    def add(self, statement: Statement, values: Sequence[bytes | None]) -> Reply:
        """Take a statement along."""
        reply = Reply()
        self._parts.append((statement, values, reply))
        return reply

    def go(self, connection: psycopg.Connection[Any], prepared: set[bytes]) -> None:
        """Send everything, with the transaction's BEGIN if there is none yet, and bring the answers back.

        Raises: the error of the first statement that failed; the ones after it were not run.
        """
        if not self._parts:
            return
        try:
            answers = self._ask_one(connection, prepared) or self._exchange(connection, prepared)
        except BaseException:  # whatever it was, nobody knows where the conversation stands
            connection.close()
            raise
        for result, _ in answers:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        reader = Transformer(connection)
        for result, reply in answers:
            if reply is not None:
                reader.set_pgresult(result)
                reply.arrive(reader.load_rows(0, result.ntuples, tuple) if result.ntuples else [])

    def _ask_one(
        self, connection: psycopg.Connection[Any], prepared: set[bytes]
    ) -> list[tuple[pq.abc.PGresult, Reply | None]] | None:
        """Run one that travels alone and is known without the pipeline, at half the cost; None if it is not so."""
        statement, values, reply = self._parts[0]
        wire = connection.pgconn
        is_begun = connection.autocommit or wire.transaction_status != pq.TransactionStatus.IDLE
        if len(self._parts) > 1 or statement.name not in prepared or not is_begun:
            return None
        return [(wire.exec_prepared(statement.name, cast(Sequence[bytes], values)), reply)]

    def _exchange(
        self, connection: psycopg.Connection[Any], prepared: set[bytes]
    ) -> list[tuple[pq.abc.PGresult, Reply | None]]:
        """Return each result the server sends, in order, with the reply it belongs to if it is a statement's."""
        wire = connection.pgconn
        asked: list[Reply | Statement | None] = []
        wire.enter_pipeline_mode()
        if not connection.autocommit and wire.transaction_status == pq.TransactionStatus.IDLE:
            wire.send_query_params(b"BEGIN", None)
            asked.append(None)
        known = set(prepared)
        for statement, values, reply in self._parts:
            if statement.name not in known:
                known.add(statement.name)
                wire.send_prepare(statement.name, statement.text)
                asked.append(statement)
            wire.send_query_prepared(statement.name, values)
            asked.append(reply)
        wire.pipeline_sync()
        waiting = select.poll()
        waiting.register(wire.socket, select.POLLIN)
        while wire.flush():  # a large basket can fill the socket while the server answers already
            waiting.poll(1)
            wire.consume_input()
        answers: list[tuple[pq.abc.PGresult, Reply | None]] = []
        for one in asked:
            result = _receive(wire, waiting)
            wire.get_result()  # the end of this command's results
            answers.append((result, one if isinstance(one, Reply) else None))
            if isinstance(one, Statement) and result.status == pq.ExecStatus.COMMAND_OK:
                prepared.add(one.name)  # it stays prepared whatever becomes of the transaction
        _receive(wire, waiting)  # the end of the trip
        wire.exit_pipeline_mode()
        return answers


def _receive(wire: pq.abc.PGconn, waiting: select.poll) -> pq.abc.PGresult:
    while wire.is_busy():
        waiting.poll()  # lets other threads run, which get_result would not
        wire.consume_input()
    result = wire.get_result()
    if result is None:
        raise psycopg.OperationalError(wire.get_error_message() or "the server closed the connection")
    return result
