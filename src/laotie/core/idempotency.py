"""A write that is repeated gives its first answer; the same key with other input is refused.

The key's row is inserted in the write's own transaction: a twin arriving at the same time waits on the unique
index until the first commits, and then reads its answer. A refused write leaves no key behind. Answers are kept
encrypted: some hold addresses, and one a new token's secret.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from laotie.core.crypto import decrypt, encrypt
from laotie.core.errors import KeyReused
from laotie.core.sql import fetch_all_prepared, fetch_one, fetch_one_prepared


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first write answered."""

    status: int
    body: Any


def find_answer(*, scope: str, key: str, input_hash: str) -> Answer | None:
    """Return the answer given before, or None with the key locked for this transaction.

    Raises: KeyReused.
    """
    assert connection.in_atomic_block
    name = f"{scope} {key}"
    row = fetch_one_prepared(_FIND, [name, scope, key])
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
    return Answer(status=status, body=_load(answer))


def keep_answer(*, scope: str, key: str, input_hash: str, answer: Answer, now: datetime) -> None:
    """Store the answer under its key, in the same transaction.

    A twin whose lock was taken between the first one's commit and its own look is stopped by the unique index; its
    whole write is rolled back and may be repeated.
    """
    fetch_all_prepared(
        "INSERT INTO core_idempotencykey (scope, key, input_hash, status, answer, created_at)"
        " VALUES (%s::text, %s::text, %s::text, %s::smallint, %s::jsonb, %s::timestamptz)",
        [scope, key, input_hash, answer.status, Jsonb(encrypt(json.dumps(answer.body))), now],
    )


# The lock is tried first, the row is read with it: one statement where nobody else uses the key.
_FIND = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%s::text, 0)), kept.input_hash, kept.status, kept.answer::text
  FROM (SELECT 1) AS one LEFT JOIN core_idempotencykey kept ON kept.scope = %s::text AND kept.key = %s::text
"""


def _load(text: str | None) -> Any:
    return json.loads(decrypt(json.loads(text))) if text is not None else None
