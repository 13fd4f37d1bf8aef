"""How a posting is checked, written down for its hash, and handed to PostgreSQL: one statement for any number.

The statement claims the keys, moves the balances and writes the legs. Rivals with the same key wait at the unique
index until the first has committed, and then read what it did. Balances are locked in order of their address.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from laotie.core.money import FEN_MAX
from laotie.core.sql import Asked, Reply, Rows, fetch_all, send_prepared
from laotie.ledger.contracts import ADDRESS_LETTERS_MAX, UNTRACKED_PREFIXES, Leg, is_tracked
from laotie.ledger.errors import InvalidPosting, PostingKeyReused
from laotie.ledger.models import (
    CURRENCY_LETTERS_MAX,
    KEY_LETTERS_MAX,
    KIND_LETTERS_MAX,
    MEMO_LETTERS_MAX,
    SUBJECT_LETTERS_MAX,
)

LEGS_MAX = 1_000

ADDRESS = re.compile(r"[a-z][a-z0-9_]*(?::[A-Za-z0-9_.-]+)+")
WORD = re.compile(r"[A-Za-z0-9_.:/-]+")
CURRENCY = re.compile(rf"[A-Z][A-Z0-9_]{{2,{CURRENCY_LETTERS_MAX - 1}}}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# The same text as `Entry.digest` hashes, from stored rows; `legs.text` is LEGS_TEXT grouped by posting.
LEGS_TEXT = """string_agg(address || ' ' || amount_fen, E'\\n' ORDER BY address COLLATE "C")"""
POSTING_HASH = """encode(sha256(convert_to(concat_ws(E'\\n', posting.key, posting.kind, posting.subject,
  posting.currency, coalesce(posting.reverses_id::text, ''), posting.memo, legs.text), 'UTF8')), 'hex')"""
UNTRACKED_SQL = "(" + " OR ".join(f"starts_with(address, '{prefix}')" for prefix in UNTRACKED_PREFIXES) + ")"

ONE_UNTRACKED = """
WITH posting AS (
  INSERT INTO ledger_posting (key, input_hash, kind, subject, currency, memo, posted_at, reverses_id)
  VALUES (%s::text, %s::text, %s::text, %s::text, %s::text, %s::text, %s::timestamptz, %s::bigint)
  ON CONFLICT (key) DO NOTHING RETURNING id, key, currency)
INSERT INTO ledger_leg (posting_id, address, currency, amount_fen)
SELECT posting.id, leg.address, posting.currency, leg.amount_fen
FROM posting, unnest(%s::text[], %s::bigint[]) AS leg (address, amount_fen)
RETURNING posting_id"""

MANY = f"""
WITH given AS (
  SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
    %s::bigint[]) AS given (key, input_hash, kind, subject, currency, memo, posted_at, reverses_id)),
posting AS (
  INSERT INTO ledger_posting (key, input_hash, kind, subject, currency, memo, posted_at, reverses_id)
  SELECT * FROM given ORDER BY key
  ON CONFLICT (key) DO NOTHING RETURNING id, key, currency),
leg AS (
  SELECT posting.id AS posting_id, posting.currency, part.*
  FROM unnest(%s::text[], %s::text[], %s::bigint[]) WITH ORDINALITY AS part (key, address, amount_fen, no)
  JOIN posting USING (key)),
moved AS (
  INSERT INTO ledger_account AS account (address, currency, balance_fen)
  SELECT address, currency, sum(amount_fen) FROM leg WHERE NOT {UNTRACKED_SQL}
  GROUP BY address, currency ORDER BY address COLLATE "C", currency COLLATE "C"
  ON CONFLICT (address, currency) DO UPDATE SET balance_fen = account.balance_fen + excluded.balance_fen
  RETURNING address, currency, balance_fen),
written AS (
  INSERT INTO ledger_leg (posting_id, address, currency, amount_fen, balance_after_fen)
  SELECT posting_id, address, currency, amount_fen, moved.balance_fen
      - sum(amount_fen) OVER (PARTITION BY address, currency)
      + sum(amount_fen) OVER (PARTITION BY address, currency ORDER BY no)
  FROM leg LEFT JOIN moved USING (address, currency) ORDER BY no)
SELECT key, id FROM posting"""  # noqa: S608 - our own prefixes


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting that is known to add up: one leg per address, none of them zero, in order of address."""

    key: str
    kind: str
    subject: str
    currency: str
    memo: str
    posted_at: datetime
    reverses_id: int | None
    legs: tuple[tuple[str, int], ...]

    @property
    def digest(self) -> str:
        """The hash by which a repetition, and later an edited row, is recognised."""
        parts = [self.key, self.kind, self.subject, self.currency, str(self.reverses_id or ""), self.memo]
        parts += [f"{address} {amount}" for address, amount in self.legs]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def is_tracked(self) -> bool:
        """Whether any leg moves a running balance."""
        return any(is_tracked(address) for address, _ in self.legs)


def make_entry(
    *,
    key: str,
    kind: str,
    subject: str,
    legs: Sequence[Leg],
    posted_at: datetime,
    currency: str,
    memo: str = "",
    reverses_id: int | None = None,
) -> Entry:
    """Check a posting and add up the legs of each address.

    Raises: InvalidPosting.
    """
    require_names(key=key, currency=currency, memo=memo)
    if not WORD.fullmatch(kind) or len(kind) > KIND_LETTERS_MAX:
        raise InvalidPosting(f"{kind!r} is no kind of posting.")
    if not WORD.fullmatch(subject) or len(subject) > SUBJECT_LETTERS_MAX:
        raise InvalidPosting(f"{subject!r} is no subject.")
    if len(legs) > LEGS_MAX:
        raise InvalidPosting(f"{len(legs)} legs are more than {LEGS_MAX}.")
    amounts: dict[str, int] = {}
    for leg in legs:
        if type(leg.amount_fen) is not int or abs(leg.amount_fen) > FEN_MAX:
            raise InvalidPosting(f"{leg.amount_fen!r} is no amount in fen.")
        amounts[leg.address] = amounts.get(leg.address, 0) + leg.amount_fen
    for address in amounts:
        require_address(address)
    if sum(amounts.values()):
        raise InvalidPosting(f"The legs of {key} add up to {sum(amounts.values())} fen, not to zero.")
    moved = tuple(sorted((address, amount) for address, amount in amounts.items() if amount))
    if not moved:
        raise InvalidPosting(f"{key} moves nothing.")
    return Entry(key, kind, subject, currency, memo, posted_at, reverses_id, moved)


def require_names(*, key: str, currency: str, memo: str) -> None:
    """Refuse a key, currency or memo that cannot be.

    Raises: InvalidPosting.
    """
    if not key or len(key) > KEY_LETTERS_MAX or CONTROL.search(key):
        raise InvalidPosting(f"{key!r} is no key.")
    if not CURRENCY.fullmatch(currency):
        raise InvalidPosting(f"{currency!r} is no currency.")
    if len(memo) > MEMO_LETTERS_MAX or CONTROL.search(memo):
        raise InvalidPosting("A memo is one line of at most 300 characters.")


def require_address(address: str) -> None:
    """Refuse what is no address.

    Raises: InvalidPosting.
    """
    if not ADDRESS.fullmatch(address) or len(address) > ADDRESS_LETTERS_MAX:
        raise InvalidPosting(f"{address!r} is no address.")


def write_entries(entries: Sequence[Entry]) -> tuple[dict[str, int], frozenset[str]]:
    """Write postings, or find them written; return all ids by key, and the keys that are new.

    Raises: PostingKeyReused.
    """
    digests = {entry.key: entry.digest for entry in entries}
    for entry in entries:
        if digests[entry.key] != entry.digest:  # twice in this batch, with other content
            raise PostingKeyReused(key=entry.key)
    ids = _insert(entries, digests)
    fresh = frozenset(ids)
    if len(fresh) < len(digests):
        ids.update(_find_written({key: digest for key, digest in digests.items() if key not in fresh}))
    return ids, fresh


def send_entry(entry: Entry) -> Asked[int]:
    """Write a posting that moves no running balance, in a trip shared with others; its answer is the id.

    Raises: its answer PostingKeyReused.
    """
    assert not entry.is_tracked
    digest = entry.digest

    def read(rows: Rows) -> int:
        return int(rows[0][0]) if rows else _find_written({entry.key: digest})[entry.key]

    return Asked(_send_untracked(entry, digest), read)


def _send_untracked(entry: Entry, digest: str) -> Reply:
    row = [entry.key, digest, entry.kind, entry.subject, entry.currency, entry.memo, entry.posted_at]
    addresses, amounts = zip(*entry.legs, strict=True)
    return send_prepared(ONE_UNTRACKED, [*row, entry.reverses_id, list(addresses), list(amounts)])


def _insert(entries: Sequence[Entry], digests: dict[str, str]) -> dict[str, int]:
    if len(entries) == 1 and not entries[0].is_tracked:
        only = entries[0]
        written = _send_untracked(only, digests[only.key]).row()
        return {only.key: written[0]} if written else {}
    single = {entry.key: entry for entry in entries}.values()
    legs = [(entry.key, address, amount) for entry in single for address, amount in entry.legs]
    return dict(
        fetch_all(
            MANY,
            [
                [entry.key for entry in single],
                [digests[entry.key] for entry in single],
                [entry.kind for entry in single],
                [entry.subject for entry in single],
                [entry.currency for entry in single],
                [entry.memo for entry in single],
                [entry.posted_at for entry in single],
                [entry.reverses_id for entry in single],
                *(list(column) for column in zip(*legs, strict=True)),
            ],
        )
    )


def _find_written(digests: dict[str, str]) -> dict[str, int]:
    rows = fetch_all("SELECT key, id, input_hash FROM ledger_posting WHERE key = ANY(%s)", [list(digests)])
    for key, _, stored in rows:
        if stored != digests[key]:
            raise PostingKeyReused(key=key)
    assert len(rows) == len(digests)  # a key that conflicted is committed and never deleted
    return {key: posting_id for key, posting_id, _ in rows}
