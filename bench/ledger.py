"""103,886 real payments into escrow, posted and audited, beside the same rows by bare SQL COPY on the same server.

`value` is the seconds to post and audit them all, `limit` the 60 they may take; `ratio` is the seconds of the bare
COPY (no hashes, keys, guards or audit) divided by the seconds of posting. A payment of zero counts, and posts
nothing.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench._harness import SHORT, PeakMemory, market, real_data, report, stopwatch
from laotie.core.money import parse_fen

if TYPE_CHECKING:
    from laotie.ledger.contracts import NewPosting

LIMIT_SECONDS = 60
SINGLE = 100 if SHORT else 2_000  # how many go through `post`, one transaction each, as a live payment does
READ = 2_000 if SHORT else None
POSTED_AT = datetime(2018, 10, 17, tzinfo=UTC)  # the file has no dates
CHANNEL = "channel:olist"


def main() -> None:
    """Measure and report."""
    path = real_data("olist/order_payments.parquet", "ledger")
    with market() as _dsn, PeakMemory() as memory:
        from laotie.ledger.operations import post, post_many
        from laotie.ledger.queries import audit_ledger, get_balance

        amounts = read_amounts(path)
        postings = [payment(key, fen) for key, fen in amounts if fen > 0]
        bulk, single = postings[SINGLE:], postings[:SINGLE]
        with stopwatch() as bulk_took:
            post_many(postings=bulk)
        with stopwatch() as single_took:
            for new in single:
                post(
                    key=new.key,
                    kind=new.kind,
                    subject=new.subject,
                    legs=new.legs,
                    now=new.posted_at,
                    currency=new.currency,
                )
        with stopwatch() as audit_took:
            findings = list(audit_ledger())
        total_fen = -get_balance(address=CHANNEL, currency="BRL").balance_fen
        with stopwatch() as bare_took:
            copy_bare(postings)
    posting_seconds = bulk_took[0] + single_took[0]
    assert total_fen == sum(fen for _, fen in amounts), total_fen
    report(
        bench="ledger",
        value=posting_seconds + audit_took[0],
        unit="s",
        limit=LIMIT_SECONDS,
        ratio=bare_took[0] / posting_seconds,
        seconds=posting_seconds + audit_took[0],
        rss_mb=memory.peak_mb,
        payments=len(amounts),
        postings=len(postings),
        total_fen=total_fen,
        audit_ok=not findings,
        bulk_per_s=len(bulk) / bulk_took[0],
        single_per_s=len(single) / single_took[0],
        audit_seconds=audit_took[0],
        bare_seconds=bare_took[0],
    )


def read_amounts(path: Path) -> list[tuple[str, int]]:
    """Return each payment's key and its amount in fen."""
    from pyarrow import parquet

    columns = ("order_id", "payment_sequential", "payment_value")
    table = parquet.read_table(path, columns=list(columns))
    rows = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
    return [(f"{order}:{number}", parse_fen(f"{value:.2f}")) for order, number, value in rows][:READ]


def payment(key: str, fen: int) -> "NewPosting":
    """Return the posting of a payment into the part of escrow its order belongs to."""
    from laotie.ledger.contracts import Leg, NewPosting, escrow_address

    order = key.partition(":")[0]
    return NewPosting(
        key=f"olist:{key}",
        kind="payment",
        subject=f"olist:{order}",
        legs=(Leg(CHANNEL, -fen), Leg(escrow_address(int(order[-4:], 16)), fen)),
        posted_at=POSTED_AT,
        currency="BRL",
    )


def copy_bare(postings: "list[NewPosting]") -> None:
    """Put the same rows into two bare tables with a primary key each, in one transaction."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_posting (id bigint PRIMARY KEY, key text, kind text, subject text, currency text,"
            "  posted_at timestamptz);"
            "CREATE TABLE bare_leg (id bigint PRIMARY KEY, posting_id bigint, address text, amount_fen bigint)"
        )
        with cursor.copy("COPY bare_posting FROM STDIN") as copy:
            for number, new in enumerate(postings):
                copy.write_row((number, new.key, new.kind, new.subject, new.currency, new.posted_at))
        with cursor.copy("COPY bare_leg FROM STDIN") as copy:
            for number, new in enumerate(postings):
                for place, leg in enumerate(new.legs):
                    copy.write_row((2 * number + place, number, leg.address, leg.amount_fen))


if __name__ == "__main__":
    main()
