"""`laotie audit`: the books of all modules, and what must agree between them.

Each module looks at its own tables; only here are they held against each other.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from laotie.catalog.queries import audit_stock
from laotie.core.finding import Finding
from laotie.core.money import Money
from laotie.core.sql import fetch_all
from laotie.ledger.queries import audit_ledger, subject_balances
from laotie.orders.queries import audit_orders, list_escrow_due, list_payments_in, list_settled_totals


def audit_everything() -> Iterator[Finding]:
    """Yield everything that is not as it must be, on the whole database."""
    yield from audit_ledger()
    yield from audit_stock()
    yield from audit_orders()
    yield from _escrow_equals_open_orders()
    yield from _parties_have_what_was_paid()
    yield from _channels_hold_what_came_in()
    yield from _nothing_stays_unclaimed()
    yield from _stock_follows_orders()


def _escrow_equals_open_orders() -> Iterator[Finding]:
    yield from _compare(
        "audit.escrow",
        "escrow holds {found}, the order says {wanted}",
        wanted=list_escrow_due(),
        found=subject_balances(prefix="order:", address_prefix="platform:escrow:"),
    )


def _parties_have_what_was_paid() -> Iterator[Finding]:
    """Every settled order's net legs = paid + funded by others − refunded; fundings are negative legs of theirs."""
    prefixes = (
        "shop:",
        "creator:",
        "agency:",
        "leader:",
        "platform:fee",
        "platform:commission",
        "platform:market",
    )
    yield from _compare(
        "audit.settled_legs",
        "the parties have {found}, paid less refunded is {wanted}",
        wanted=list_settled_totals(),
        found=_balances("order:", prefixes),
    )


def _channels_hold_what_came_in() -> Iterator[Finding]:
    """Per order, the channels and their cost stand against what was paid less refunded."""
    held = _balances("order:", ("channel:", "platform:expense:channel"))
    yield from _compare(
        "audit.channels",
        "the channels have taken in {found}, the order says {wanted}",
        wanted=list_payments_in(),
        found=((subject, currency, -fen) for subject, currency, fen in held),
    )


def _nothing_stays_unclaimed() -> Iterator[Finding]:
    """Money that no order needs goes back at once: a receipt without an order, or what was paid twice."""
    yield from _compare(
        "audit.unclaimed",
        "{found} came in that no order needs, and is still here",
        wanted=iter(()),
        found=chain.from_iterable(_balances(kind, ("platform:unclaimed",)) for kind in ("receipt:", "payment:")),
    )


def _stock_follows_orders() -> Iterator[Finding]:
    """Yield orders whose stock is not as their state says: sold when paid, not held when closed, returned in step."""
    rows = fetch_all(
        """
        SELECT l.order_id, o.state, l.reservation_id, r.state, l.quantity, r.quantity, l.returned_quantity, r.returned
          FROM orders_orderline l
          JOIN orders_order o ON o.id = l.order_id
          LEFT JOIN catalog_reservation r ON r.id = l.reservation_id
         WHERE r.id IS NULL OR r.quantity <> l.quantity OR r.returned <> l.returned_quantity
            OR (o.state IN ('paid', 'shipped', 'received', 'settled') AND r.state <> 'confirmed')
            OR (o.state = 'closed' AND o.close_reason IN ('unpaid', 'cancelled') AND o.paid_fen = 0
                AND r.state NOT IN ('released', 'expired'))
            OR (o.state = 'closed' AND r.state = 'held')
            OR (o.state = 'closed' AND r.state = 'confirmed' AND o.shipped_at IS NULL
                AND l.returned_quantity <> l.quantity)
         LIMIT 1000
        """
    )
    for order_id, state, reservation_id, held, quantity, reserved, returned, taken_back in rows:
        yield Finding(
            "audit.stock_of_order",
            f"order:{order_id}",
            f"{state}: {quantity} units ({returned} returned), reservation {reservation_id} is {held}:"
            f" {reserved} units ({taken_back} returned)",
        )


def _balances(prefix: str, address_prefixes: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield (subject, currency, fen) over several kinds of address together."""
    sums: dict[tuple[str, str], int] = {}
    for address_prefix in address_prefixes:
        for subject, currency, fen in subject_balances(prefix=prefix, address_prefix=address_prefix):
            sums[subject, currency] = sums.get((subject, currency), 0) + fen
    yield from ((subject, currency, fen) for (subject, currency), fen in sums.items())


def _compare(
    code: str,
    sentence: str,
    *,
    wanted: Iterator[tuple[str, str, int]],
    found: Iterator[tuple[str, str, int]],
) -> Iterator[Finding]:
    """Yield a finding for every subject whose two amounts of a currency differ; a missing one is zero."""
    due = {(subject, currency): fen for subject, currency, fen in wanted if fen}
    for subject, currency, fen in found:
        expected = due.pop((subject, currency), 0)
        if fen != expected:
            yield Finding(
                code, subject, sentence.format(found=Money(fen, currency), wanted=Money(expected, currency))
            )
    for (subject, currency), fen in due.items():
        yield Finding(code, subject, sentence.format(found=Money(0, currency), wanted=Money(fen, currency)))
