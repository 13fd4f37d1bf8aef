"""A write that is repeated gives its first answer; the same key with other input is refused.

A twin arriving at the same time waits on an advisory lock until the first commits, and then reads its answer. The
key's row is written last, with the answer, in the write's own transaction: so a transaction takes its id when it
locks what it changes, and the outbox tells of one thing's changes in the order in which they happened. A refused
write leaves no key behind. Answers are kept encrypted: some hold addresses, and one a new token's secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from laotie.core.crypto import decrypt, encrypt
from laotie.core.errors import KeyReused
from laotie.core.sql import fetch_one, fetch_one_prepared, send_prepared, together

WRITE_ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first write answered, as JSON text; a repetition is told so."""

    status: int
    text: str
    is_repetition: bool = False


def write_once(write: Callable[[], Answer], *, scope: str, key: str, input_hash: str, now: datetime) -> Answer:
    """Run a write in a transaction of its own, once per key, and return its answer or the one given before.

    A write that lost a deadlock is done again, at most three times.

    Raises: KeyReused, and what the write raises.
    """
    for attempt in range(1, WRITE_ATTEMPTS_MAX + 1):
        try:
            return _try_once(write, scope=scope, key=key, input_hash=input_hash, now=now)
        except (IntegrityError, OperationalError) as trouble:
            if attempt == WRITE_ATTEMPTS_MAX or not _is_rivalry(trouble):
                raise
    raise AssertionError("the last attempt returns or raises")


@transaction.atomic
def _try_once(write: Callable[[], Answer], *, scope: str, key: str, input_hash: str, now: datetime) -> Answer:
    given = _find(scope=scope, key=key, input_hash=input_hash)
    if given is not None:
        return given
    answer = write()
    # A twin whose lock was taken between the first one's commit and its own look is stopped by the unique index.
    send_prepared(
        "INSERT INTO core_idempotencykey (scope, key, input_hash, status, answer, created_at)"
        " VALUES (%s::text, %s::text, %s::text, %s::smallint, to_jsonb(%s::text), %s::timestamptz)",
        [scope, key, input_hash, answer.status, encrypt(answer.text), now],
    )
    return answer


def _find(*, scope: str, key: str, input_hash: str) -> Answer | None:
    """Return the answer given before, or None with the key locked for this transaction."""
    name = f"{scope} {key}"
    with together():  # with the transaction's BEGIN
        found = send_prepared(_FIND, [name, scope, key])
    row = found.row()
    assert row is not None
    if not row[0]:
        fetch_one("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        row = fetch_one_prepared(_FIND, [name, scope, key])
        assert row is not None
    _, kept_hash, status, answer = row
    if kept_hash is None:
        return None
    if kept_hash != input_hash:
        raise KeyReused
    return Answer(status=status, text=decrypt(answer), is_repetition=True)


def _is_rivalry(trouble: Exception) -> bool:
    """Say whether a rolled-back write may simply be done again.

    A deadlock, or a twin that took the key between our look and our lock: its answer is there now.
    """
    cause = trouble.__cause__
    if isinstance(cause, UniqueViolation):
        return cause.diag.constraint_name == "idempotency_scope_key"
    return isinstance(cause, DeadlockDetected | SerializationFailure)


# The lock is tried first, the row is read with it: one statement where nobody else uses the key.
_FIND = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%s::text, 0)), kept.input_hash, kept.status, kept.answer #>> '{}'
  FROM (SELECT 1) AS one LEFT JOIN core_idempotencykey kept ON kept.scope = %s::text AND kept.key = %s::text
"""
