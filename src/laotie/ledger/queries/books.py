"""Questions about balances, statements and postings. Who may see an address is for the caller to decide."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from laotie.core.errors import NotFound
from laotie.core.paging import PAGE_ROWS_MAX, Page, make_cursor, page_of, read_cursor
from laotie.core.sql import fetch_all, fetch_one
from laotie.ledger.contracts import (
    Balance,
    HoldView,
    Leg,
    MonthSum,
    Movement,
    PostingView,
    StatementLine,
    is_tracked,
)
from laotie.ledger.entries import UNTRACKED_SQL
from laotie.ledger.models import Hold, Posting
from laotie.ledger.states import HoldState
from laotie.ledger.streaming import stream_rows

BALANCES_MAX = 1_000


def get_balance(*, address: str, currency: str = "CNY") -> Balance:
    """Return what is owed to an address; an address never heard of has nothing."""
    return get_balances(addresses=[address], currency=currency)[address]


def get_balances(*, addresses: Sequence[str], currency: str = "CNY") -> dict[str, Balance]:
    """Return the balances of up to 1,000 addresses by one query."""
    assert len(addresses) <= BALANCES_MAX
    rows = fetch_all(
        f"SELECT address, CASE WHEN {UNTRACKED_SQL}"  # noqa: S608 - our own prefixes
        "   THEN (SELECT sum(amount_fen) FROM ledger_leg AS leg"
        "          WHERE leg.address = wanted.address AND leg.currency = %s)"
        "   ELSE (SELECT balance_fen FROM ledger_account AS account"
        "          WHERE account.address = wanted.address AND account.currency = %s) END,"
        "  (SELECT sum(remaining_fen) FROM ledger_hold AS hold"
        "    WHERE hold.address = wanted.address AND hold.currency = %s AND hold.state = 'active')"
        " FROM unnest(%s::text[]) AS wanted (address)",
        [currency, currency, currency, list(addresses)],
    )
    return {
        address: Balance(address, currency, int(balance_fen or 0), int(held_fen or 0))
        for address, balance_fen, held_fen in rows
    }


def list_statement(
    *, address: str, cursor: str = "", limit: int = 50, currency: str = "CNY"
) -> Page[StatementLine]:
    """Return an address's movements with the balance after each, newest first.

    Raises: BadCursor.
    """
    limit = max(1, min(limit, PAGE_ROWS_MAX))
    before = int(read_cursor(cursor, 1)[0]) if cursor else 2**63 - 1
    rows = fetch_all(
        "SELECT leg.id, posting_id, kind, subject, memo, amount_fen, balance_after_fen, posted_at"
        " FROM ledger_leg AS leg JOIN ledger_posting AS posting ON posting.id = leg.posting_id"
        " WHERE leg.address = %s AND leg.currency = %s AND leg.id < %s ORDER BY leg.id DESC LIMIT %s",
        [address, currency, before, limit + 1],
    )
    balance_fen = 0
    if rows and not is_tracked(address):
        total = fetch_one(
            "SELECT sum(amount_fen) FROM ledger_leg WHERE address = %s AND currency = %s AND id <= %s",
            [address, currency, rows[0][0]],
        )
        assert total is not None
        balance_fen = int(total[0])
    lines = []
    for _, posting_id, kind, subject, memo, amount_fen, stored_fen, posted_at in rows[:limit]:
        after_fen = balance_fen if stored_fen is None else stored_fen
        lines.append(StatementLine(posting_id, kind, subject, memo, amount_fen, after_fen, posted_at))
        balance_fen -= amount_fen
    return Page(tuple(lines), make_cursor((rows[limit - 1][0],)) if len(rows) > limit else "")


def list_holds(*, address: str, cursor: str = "", limit: int = 50, active_only: bool = False) -> Page[HoldView]:
    """Return the holds at an address, newest first.

    Raises: BadCursor.
    """
    rows = Hold.objects.filter(address=address)
    if active_only:
        rows = rows.filter(state=HoldState.ACTIVE)
    return page_of(rows, _hold_view, order=("-id",), cursor=cursor, limit=limit)


def get_posting(*, posting_id: int) -> PostingView:
    """Return a posting with its legs.

    Raises: NotFound.
    """
    found = Posting.objects.filter(pk=posting_id).prefetch_related("legs").first()
    if found is None:
        raise NotFound(what="posting")
    return _posting_view(found)


def list_postings(*, subject: str, cursor: str = "", limit: int = 50) -> Page[PostingView]:
    """Return the postings about a subject, oldest first.

    Raises: BadCursor.
    """
    rows = Posting.objects.filter(subject=subject).prefetch_related("legs")
    return page_of(rows, _posting_view, order=("id",), cursor=cursor, limit=limit)


def sum_by_subject(*, subject: str, currency: str = "CNY") -> dict[str, int]:
    """Return what all postings about a subject moved at each address, in fen; zero sums are left out."""
    rows = fetch_all(
        "SELECT leg.address, sum(leg.amount_fen)::bigint FROM ledger_posting AS posting"
        " JOIN ledger_leg AS leg ON leg.posting_id = posting.id AND leg.currency = %s"
        " WHERE posting.subject = %s GROUP BY leg.address HAVING sum(leg.amount_fen) <> 0 ORDER BY leg.address",
        [currency, subject],
    )
    return dict(rows)


def sum_by_kind(*, address: str, since: datetime, currency: str = "CNY") -> dict[str, int]:
    """Return what each kind of posting moved at an address since a moment, in fen."""
    rows = fetch_all(
        "SELECT posting.kind, sum(leg.amount_fen)::bigint FROM ledger_leg AS leg"
        " JOIN ledger_posting AS posting ON posting.id = leg.posting_id"
        " WHERE leg.address = %s AND leg.currency = %s AND posting.posted_at >= %s"
        " GROUP BY posting.kind ORDER BY posting.kind",
        [address, currency, since],
    )
    return dict(rows)


def sum_by_month(*, address: str, time_zone: str, months: int = 24, currency: str = "CNY") -> tuple[MonthSum, ...]:
    """Return what moved at an address in each of its newest months, newest first; a month begins in `time_zone`."""
    rows = fetch_all(
        "SELECT month, income, outgo, sum(income - outgo) OVER (ORDER BY month)::bigint FROM ("
        "  SELECT date_trunc('month', posting.posted_at AT TIME ZONE %s)::date AS month,"
        "    coalesce(sum(leg.amount_fen) FILTER (WHERE leg.amount_fen > 0), 0)::bigint AS income,"
        "    coalesce(-sum(leg.amount_fen) FILTER (WHERE leg.amount_fen < 0), 0)::bigint AS outgo"
        "  FROM ledger_leg AS leg JOIN ledger_posting AS posting ON posting.id = leg.posting_id"
        "  WHERE leg.address = %s AND leg.currency = %s GROUP BY 1) AS sums ORDER BY month DESC LIMIT %s",
        [time_zone, address, currency, months],
    )
    return tuple(MonthSum(month, income, outgo, closing) for month, income, outgo, closing in rows)


def stream_movements(
    *, address: str, since: datetime, until: datetime, currency: str = "CNY"
) -> Iterator[Movement]:
    """Yield what moved at an address in a half-open interval, oldest first, without holding it in memory."""
    rows = stream_rows(
        "SELECT posting.id, kind, subject, memo, amount_fen, posted_at"
        "  FROM ledger_leg AS leg JOIN ledger_posting AS posting ON posting.id = leg.posting_id"
        " WHERE leg.address = %s AND leg.currency = %s AND posted_at >= %s AND posted_at < %s"
        " ORDER BY posted_at, leg.id",
        [address, currency, since, until],
    )
    return (Movement(*row) for row in rows)


def subject_balances(*, prefix: str, address_prefix: str) -> Iterator[tuple[str, str, int]]:
    """Stream (subject, currency, fen): what is left at all addresses that begin with a prefix, if anything.

    `subject_balances(prefix="order:", address_prefix="platform:escrow:")` is what escrow holds for each order.
    """
    return (
        (subject, currency, fen)
        for subject, currency, fen in stream_rows(
            "SELECT posting.subject, leg.currency, sum(leg.amount_fen)::bigint FROM ledger_leg AS leg"
            " JOIN ledger_posting AS posting ON posting.id = leg.posting_id"
            " WHERE starts_with(leg.address, %s) AND starts_with(posting.subject, %s)"
            " GROUP BY posting.subject, leg.currency HAVING sum(leg.amount_fen) <> 0",
            [address_prefix, prefix],
        )
    )


def _posting_view(posting: Posting) -> PostingView:
    legs = sorted((Leg(leg.address, leg.amount_fen) for leg in posting.legs.all()), key=lambda leg: leg.address)
    return PostingView(
        id=posting.pk,
        key=posting.key,
        kind=posting.kind,
        subject=posting.subject,
        currency=posting.currency,
        legs=tuple(legs),
        posted_at=posting.posted_at,
        reverses_id=posting.reverses_id,
        memo=posting.memo,
    )


def _hold_view(hold: Hold) -> HoldView:
    return HoldView(
        id=hold.pk,
        address=hold.address,
        currency=hold.currency,
        amount_fen=hold.amount_fen,
        remaining_fen=hold.remaining_fen,
        reason=hold.reason,
        state=hold.state,
        placed_at=hold.placed_at,
        until=hold.until,
    )
