"""What can be done in the ledger: post, post many, reverse, hold, release. Nothing is ever edited.

Who may do it is the caller's question: the ledger knows nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection, transaction

from laotie.core.errors import NotFound
from laotie.core.ids import hash_input
from laotie.core.money import FEN_MAX, share_bp
from laotie.core.rules import Rules
from laotie.core.sql import Asked, fetch_all, fetch_one, run
from laotie.ledger.contracts import RESERVE, REVERSAL, Leg, NewHold, NewPosting, is_tracked
from laotie.ledger.entries import Entry, make_entry, require_address, require_names, send_entry, write_entries
from laotie.ledger.errors import (
    AlreadyReversed,
    HoldNotActive,
    InvalidPosting,
    PostingKeyReused,
    UnableToDebit,
)
from laotie.ledger.models import Hold, Posting
from laotie.ledger.rules import RESERVE_DAYS, RESERVE_RATE_BP
from laotie.ledger.states import HOLD_LIFE, HoldState

BATCH_POSTINGS = 1_000  # 1,000 payments take about 55 ms, far below the second a writing transaction may last
RELEASE_HOLDS_MAX = 1_000


@transaction.atomic(savepoint=False)
def post(
    *,
    key: str,
    kind: str,
    subject: str,
    legs: Sequence[Leg],
    now: datetime,
    currency: str = "CNY",
    memo: str = "",
    reverses_id: int | None = None,
    from_reserve: bool = False,
    must_be_available: bool = False,
) -> int:
    """Move money between accounts and return the posting's id; the same key and content again, the same id.

    `reverses_id` names a posting of which this one takes back a part; `reverse_posting` takes back the whole.
    With `from_reserve`, what is taken from a tracked account comes from its reserve first, then from its available
    balance, and what is missing is debt, netted against later income (RULES 11.5). With `must_be_available`,
    nothing held may be taken and no debt made.

    Raises: PostingKeyReused, UnableToDebit, NotFound or AlreadyReversed for what it reverses; InvalidPosting.
    """
    if kind == REVERSAL:
        raise InvalidPosting("Only reverse_posting makes reversals.")
    entry = make_entry(
        key=key,
        kind=kind,
        subject=subject,
        legs=legs,
        posted_at=now,
        currency=currency,
        memo=memo,
        reverses_id=reverses_id,
    )
    return _write(entry, from_reserve=from_reserve, must_be_available=must_be_available)


def ask_posting(
    *, key: str, kind: str, subject: str, legs: Sequence[Leg], now: datetime, currency: str = "CNY"
) -> Asked[int]:
    """Post as `post` does, between accounts without a running balance, in a trip shared with others.

    Raises: InvalidPosting; its answer PostingKeyReused.
    """
    assert connection.in_atomic_block, "a posting belongs in the transaction of what it pays for"
    assert kind != REVERSAL
    entry = make_entry(key=key, kind=kind, subject=subject, legs=legs, posted_at=now, currency=currency)
    return send_entry(entry)


def post_many(*, postings: Iterable[NewPosting]) -> tuple[int, ...]:
    """Make many postings in batches, one statement and one transaction each, and return their ids in order.

    For imports: what is repeated after an interruption is found written. Each keeps its own `posted_at`.

    Raises: PostingKeyReused, InvalidPosting; the batches before the refused one stay.
    """
    ids: list[int] = []
    remaining = iter(postings)
    while batch := list(islice(remaining, BATCH_POSTINGS)):
        ids.extend(_post_batch(batch))
    return tuple(ids)


@transaction.atomic(savepoint=False)
def reverse_posting(
    *, posting_id: int, key: str, now: datetime, memo: str = "", from_reserve: bool = False
) -> int:
    """Take back a whole posting by one with every leg negated, and return its id.

    Raises: NotFound, AlreadyReversed (also when a part was taken back before), PostingKeyReused.
    """
    found = Posting.objects.filter(pk=posting_id).prefetch_related("legs").first()
    if found is None:
        raise NotFound(what="posting")
    entry = make_entry(
        key=key,
        kind=REVERSAL,
        subject=found.subject,
        legs=[Leg(leg.address, -leg.amount_fen) for leg in found.legs.all()],
        posted_at=now,
        currency=found.currency,
        memo=memo,
        reverses_id=posting_id,
    )
    return _write(entry, from_reserve=from_reserve, must_be_available=False)


def place_hold(
    *, key: str, address: str, amount_fen: int, reason: str, until: datetime, now: datetime, currency: str = "CNY"
) -> int:
    """Keep an amount at a tracked address from leaving until a moment, and return the hold's id.

    A hold may be larger than the balance: then income that comes later is held up to it. Repetitions as in `post`.

    Raises: PostingKeyReused, InvalidPosting.
    """
    wanted = NewHold(key, address, amount_fen, reason, until, currency)
    return place_holds(holds=[wanted], now=now)[0]


@transaction.atomic(savepoint=False)
def place_holds(*, holds: Sequence[NewHold], now: datetime) -> tuple[int, ...]:
    """Place holds as `place_hold` does, in one statement, and return their ids in order.

    The accounts are locked with them, so that no payout is decided on holds that are about to grow.
    Raises: PostingKeyReused, InvalidPosting.
    """
    if not holds:
        return ()
    for hold in holds:
        _check_hold(hold, now=now)
    digests = {hold.key: _hold_digest(hold) for hold in holds}
    placed = dict(
        fetch_all(
            "WITH wanted AS ("
            "  SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
            "    %s::timestamptz[]) AS wanted (key, input_hash, address, currency, fen, reason, until)),"
            " hold AS ("
            "  INSERT INTO ledger_hold (key, input_hash, address, currency, amount_fen, remaining_fen, reason,"
            "    state, placed_at, until, end_reason)"
            "  SELECT key, input_hash, address, currency, fen, fen, reason, %s, %s, until, '' FROM wanted"
            "  ORDER BY key ON CONFLICT (key) DO NOTHING RETURNING *),"
            " locked AS ("
            "  INSERT INTO ledger_account AS account (address, currency, balance_fen)"
            "  SELECT address, currency, 0 FROM hold GROUP BY address, currency"
            '  ORDER BY address COLLATE "C", currency COLLATE "C"'
            "  ON CONFLICT (address, currency) DO UPDATE SET balance_fen = account.balance_fen)"
            " SELECT key, id FROM hold",
            [
                [hold.key for hold in holds],
                [digests[hold.key] for hold in holds],
                [hold.address for hold in holds],
                [hold.currency for hold in holds],
                [hold.amount_fen for hold in holds],
                [hold.reason for hold in holds],
                [hold.until for hold in holds],
                str(HoldState.ACTIVE),
                now,
            ],
        )
    )
    missing = [key for key in digests if key not in placed]
    if missing:
        known = fetch_all("SELECT key, id, input_hash FROM ledger_hold WHERE key = ANY(%s)", [missing])
        for key, hold_id, digest in known:
            if digest != digests[key]:
                raise PostingKeyReused(key=key)
            placed[key] = hold_id
    return tuple(int(placed[hold.key]) for hold in holds)


def _check_hold(hold: NewHold, *, now: datetime) -> None:
    require_names(key=hold.key, currency=hold.currency, memo=hold.reason)
    require_address(hold.address)
    is_amount = type(hold.amount_fen) is int and 0 < hold.amount_fen <= FEN_MAX
    if not is_tracked(hold.address) or not hold.reason or not is_amount:
        raise InvalidPosting(f"{hold.amount_fen!r} fen at {hold.address} cannot be held.")
    if hold.until <= now:
        raise InvalidPosting("A hold ends later than it begins.")


def _hold_digest(hold: NewHold) -> str:
    """Return the hash that tells a repetition; as with postings, not of the time."""
    return hash_input([hold.key, hold.address, hold.currency, hold.amount_fen, hold.reason])


def reserve_of(
    *, key: str, address: str, income_fen: int, rules: Rules, now: datetime, currency: str = "CNY"
) -> NewHold | None:
    """Return the reserve of an income just settled, 5 % for 15 days by default; None where it rounds to nothing."""
    amount_fen = share_bp(income_fen, rules[RESERVE_RATE_BP])
    until = now + timedelta(days=rules[RESERVE_DAYS])
    if amount_fen == 0 or until == now:
        return None
    return NewHold(key, address, amount_fen, RESERVE, until, currency)


@transaction.atomic(savepoint=False)
def release_hold(*, hold_id: int, now: datetime, reason: str) -> None:
    """Make what remains of a hold available.

    Raises: NotFound, HoldNotActive.
    """
    require_names(key=f"hold:{hold_id}", currency="CNY", memo=reason)
    released = Hold.objects.filter(pk=hold_id, state=HoldState.ACTIVE).update(
        state=HoldState.RELEASED, ended_at=now, end_reason=reason
    )
    if released:
        return
    found = Hold.objects.filter(pk=hold_id).first()
    if found is None:
        raise NotFound(what="hold")
    assert HOLD_LIFE.is_final(HoldState(found.state))
    raise HoldNotActive(hold_id=hold_id, state=found.state)


@transaction.atomic(savepoint=False)
def release_due_holds(*, now: datetime, limit: int = RELEASE_HOLDS_MAX) -> int:
    """Release up to `limit` holds whose time has come, the oldest first, and return how many."""
    return run(
        "UPDATE ledger_hold SET state = %s, ended_at = %s, end_reason = 'due' WHERE id IN ("
        "  SELECT id FROM ledger_hold WHERE state = 'active' AND until <= %s"
        "  ORDER BY until, id LIMIT %s FOR UPDATE SKIP LOCKED)",
        [str(HoldState.RELEASED), now, now, min(limit, RELEASE_HOLDS_MAX)],
    )


@transaction.atomic(savepoint=False)
def _post_batch(batch: list[NewPosting]) -> list[int]:
    for new in batch:
        if new.kind == REVERSAL:
            raise InvalidPosting("Only reverse_posting makes reversals.")
    entries = [
        make_entry(
            key=new.key,
            kind=new.kind,
            subject=new.subject,
            legs=new.legs,
            posted_at=new.posted_at,
            currency=new.currency,
            memo=new.memo,
        )
        for new in batch
    ]
    ids, _ = write_entries(entries)
    return [ids[entry.key] for entry in entries]


def _write(entry: Entry, *, from_reserve: bool, must_be_available: bool) -> int:
    ids, fresh = write_entries([entry])
    posting_id = ids[entry.key]
    if entry.key not in fresh:
        return posting_id
    if entry.reverses_id is not None:
        _require_reversible(entry, posting_id)
    debits = {address: -amount for address, amount in entry.legs if amount < 0 and is_tracked(address)}
    if debits and from_reserve:
        _take_from_reserve(posting_id, entry, debits)
    if debits and must_be_available:
        _require_available(entry.currency, debits)
    return posting_id


def _require_reversible(entry: Entry, posting_id: int) -> None:
    """Refuse to take back what is taken back already.

    The posting's row is locked, so that of two reversals the second sees the first.
    """
    assert entry.reverses_id is not None
    found = fetch_one("SELECT currency FROM ledger_posting WHERE id = %s FOR NO KEY UPDATE", [entry.reverses_id])
    if found is None:
        raise NotFound(what="posting")
    if found[0] != entry.currency:
        raise InvalidPosting(f"{entry.currency} cannot take back {found[0]}.")
    # A whole reversal bears no other beside it; parts bear each other.
    rival = fetch_one(
        "SELECT id FROM ledger_posting WHERE reverses_id = %s AND id <> %s AND (%s OR kind = %s) LIMIT 1",
        [entry.reverses_id, posting_id, entry.kind == REVERSAL, REVERSAL],
    )
    if rival is not None:
        raise AlreadyReversed(posting_id=entry.reverses_id)


def _take_from_reserve(posting_id: int, entry: Entry, debits: dict[str, int]) -> None:
    """Shrink the reserve by what a claw-back takes, the oldest hold first, and record from which hold how much.

    The posting has locked the accounts, so claw-backs from one account come one after another.
    """
    run(
        "WITH wanted AS (SELECT * FROM unnest(%s::text[], %s::bigint[]) AS wanted (address, fen)),"
        " locked AS ("
        "  SELECT hold.id, hold.address, hold.remaining_fen FROM ledger_hold AS hold"
        "  JOIN wanted USING (address)"
        "  WHERE hold.state = 'active' AND hold.reason = %s AND hold.currency = %s"
        "  ORDER BY hold.id FOR UPDATE OF hold),"
        " taken AS ("
        "  SELECT id, least(remaining_fen, fen - before_fen) AS amount_fen FROM ("
        "    SELECT id, address, remaining_fen,"
        "      sum(remaining_fen) OVER (PARTITION BY address ORDER BY id) - remaining_fen AS before_fen"
        "    FROM locked) AS lined_up"
        "  JOIN wanted USING (address) WHERE before_fen < fen AND remaining_fen > 0),"
        " shrunk AS ("
        "  UPDATE ledger_hold AS hold SET remaining_fen = hold.remaining_fen - taken.amount_fen,"
        "    state = CASE WHEN hold.remaining_fen = taken.amount_fen THEN 'spent' ELSE 'active' END,"
        "    ended_at = CASE WHEN hold.remaining_fen = taken.amount_fen THEN %s END"
        "  FROM taken WHERE hold.id = taken.id)"
        " INSERT INTO ledger_holduse (hold_id, posting_id, amount_fen)"
        " SELECT id, %s, amount_fen FROM taken ORDER BY id",
        [list(debits), list(debits.values()), RESERVE, entry.currency, entry.posted_at, posting_id],
    )


def _require_available(currency: str, debits: dict[str, int]) -> None:
    """Refuse if the debits just made, whose accounts are locked, reached into what is held or not there."""
    rows = fetch_all(
        "SELECT address, balance_fen, (SELECT coalesce(sum(remaining_fen), 0)::bigint FROM ledger_hold AS hold"
        "  WHERE hold.address = account.address AND hold.currency = account.currency AND state = 'active')"
        " FROM ledger_account AS account WHERE currency = %s AND address = ANY(%s) ORDER BY address",
        [currency, list(debits)],
    )
    for address, balance_fen, held_fen in rows:
        if balance_fen < held_fen:
            wanted_fen = debits[address]
            available_fen = max(0, balance_fen + wanted_fen - held_fen)
            raise UnableToDebit(address=address, available_fen=available_fen, wanted_fen=wanted_fen)
