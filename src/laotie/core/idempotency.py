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
from laotie.core.sql import fetch_one, run


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first write answered."""

    status: int
    body: Any


def claim_key(*, scope: str, key: str, input_hash: str, now: datetime) -> Answer | None:
    """Take the key for this transaction and return None, or return the answer given before.

    Raises: KeyReused.
    """
    assert connection.in_atomic_block
    claimed = fetch_one(
        "INSERT INTO core_idempotencykey (scope, key, input_hash, created_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (scope, key) DO NOTHING RETURNING id",
        [scope, key, input_hash, now],
    )
    if claimed:
        return None
    row = fetch_one(
        "SELECT input_hash, status, answer::text FROM core_idempotencykey WHERE scope = %s AND key = %s",
        [scope, key],
    )
    if row is None or row[0] != input_hash:
        raise KeyReused
    return Answer(status=row[1], body=_load(row[2]))


def keep_answer(*, scope: str, key: str, answer: Answer) -> None:
    """Store the answer beside its key, in the same transaction."""
    run(
        "UPDATE core_idempotencykey SET status = %s, answer = %s WHERE scope = %s AND key = %s",
        [answer.status, Jsonb(encrypt(json.dumps(answer.body))), scope, key],
    )


def _load(text: str | None) -> Any:
    return json.loads(decrypt(json.loads(text))) if text is not None else None
