"""Olist's orders through the operations a live order takes: orders/s and peak memory, and what came of them.

`value` is orders read per second of the whole import (reading, orders, reviews, events), `limit` the megabyte that
may be taken at most and `ratio` the part of it that was. `SHORT=1` imports a slice of the folder.
"""

import tempfile
from pathlib import Path

from bench._harness import SHORT, PeakMemory, market, real_data, report, stopwatch

LIMIT_MB = 1_024
SLICE_ORDERS = 200
OF_ORDERS = ("order_items", "order_payments", "order_reviews")
WHOLE = ("customers", "sellers", "products")


def main() -> None:
    """Measure and report."""
    directory = real_data("olist/orders_sample", "olist_import")
    with tempfile.TemporaryDirectory(prefix="laotie-olist-") as short, market() as _dsn, PeakMemory() as memory:
        from laotie.main.audit import audit_everything
        from laotie.main.importing.olist import import_olist

        if SHORT:
            directory = cut(directory, Path(short))
        with stopwatch() as took:
            found = import_olist(directory, show_progress=False)
        with stopwatch() as again_took:
            again = import_olist(directory, show_progress=False)
        with stopwatch() as audit_took:
            findings = list(audit_everything())
    assert again.new == 0, again
    for finding in findings[:10]:
        print(finding)
    report(
        bench="olist_import",
        value=found.read / took[0],
        unit="orders/s",
        limit=LIMIT_MB,
        ratio=memory.peak_mb / LIMIT_MB,
        seconds=took[0],
        rss_mb=memory.peak_mb,
        read=found.read,
        placed=found.placed,
        listed=found.listed,
        reasons=found.reasons,
        orders=found.orders,
        payments=found.payments,
        money_in_fen=found.money_in_fen,
        receipts_fen=found.receipts_fen,
        reviews=found.reviews,
        audit_ok=not findings,
        audit_seconds=audit_took[0],
        second_run_seconds=again_took[0],
    )


def cut(directory: Path, target: Path) -> Path:
    """Write a folder with every so manieth order and what belongs to it."""
    import pyarrow as pa
    from pyarrow import compute, parquet

    orders = parquet.read_table(directory / "orders.parquet")
    step = max(1, orders.num_rows // SLICE_ORDERS)
    orders = orders.take(pa.array(range(0, orders.num_rows, step)))
    parquet.write_table(orders, target / "orders.parquet")
    for name in OF_ORDERS:
        table = parquet.read_table(directory / f"{name}.parquet")
        kept = compute.is_in(table["order_id"], value_set=orders["order_id"].combine_chunks())
        parquet.write_table(table.filter(kept), target / f"{name}.parquet")
    for name in WHOLE:
        (target / f"{name}.parquet").write_bytes((directory / f"{name}.parquet").read_bytes())
    return target


if __name__ == "__main__":
    main()
