"""What must be true of orders at any time; set-based, streamed, for `laotie audit`."""

from collections.abc import Iterator

from laotie.core.finding import Finding
from laotie.core.sql import fetch_all

FINDINGS_PER_CHECK_MAX = 1_000

_CHECKS = {
    "orders.line_sums": (
        "order {0} has goods {1} and discounts {2}, its lines {3} and {4}",
        """SELECT o.id, o.goods_fen, o.discount_fen, sum(l.goods_fen), sum(l.shop_discount_fen + l.funded_fen)
             FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
            GROUP BY o.id HAVING o.goods_fen <> sum(l.goods_fen)
                OR o.discount_fen <> sum(l.shop_discount_fen + l.funded_fen)""",
    ),
    "orders.without_lines": (
        "order {0} has no lines",
        "SELECT o.id FROM orders_order o WHERE NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id)",
    ),
    "orders.refund_sums": (
        "order {0} counts {1} as refunded, its refunds {2}",
        """SELECT o.id, o.refunded_fen, coalesce(sum(r.goods_fen + r.freight_fen), 0)
             FROM orders_order o
             LEFT JOIN orders_refund r ON r.order_id = o.id AND r.state IN ('agreed', 'succeeded')
            GROUP BY o.id HAVING o.refunded_fen <> coalesce(sum(r.goods_fen + r.freight_fen), 0)""",
    ),
    "orders.line_refund_sums": (
        "order {0} line {1} counts {2} as refunded, its refunds {3}",
        """SELECT l.order_id, l.id, l.refunded_fen, coalesce(sum(r.goods_fen), 0)
             FROM orders_orderline l
             LEFT JOIN orders_refund r ON r.line_id = l.id AND r.state IN ('agreed', 'succeeded')
            GROUP BY l.id HAVING l.refunded_fen <> coalesce(sum(r.goods_fen), 0)""",
    ),
    "orders.refund_parts": (
        "refund {1} of order {0} is of {2}, its parts of {3}",
        """SELECT r.order_id, r.id, r.goods_fen + r.freight_fen, coalesce(sum(p.amount_fen), 0)
             FROM orders_refund r LEFT JOIN orders_refundpart p ON p.refund_id = r.id
            WHERE r.state IN ('agreed', 'succeeded')
            GROUP BY r.id HAVING r.goods_fen + r.freight_fen <> coalesce(sum(p.amount_fen), 0)""",
    ),
    "orders.payment_sums": (
        "order {0}: checkout {1} took in {2}, its orders count {3}",
        """SELECT min(o.id), o.checkout_id, p.paid, sum(o.paid_fen) FROM orders_order o
             JOIN (SELECT checkout_id, sum(amount_fen - surplus_fen) FILTER (WHERE state = 'paid') AS paid
                     FROM orders_payment GROUP BY checkout_id) p USING (checkout_id)
            GROUP BY o.checkout_id, p.paid HAVING coalesce(p.paid, 0) <> sum(o.paid_fen)""",
    ),
    "orders.payment_refunds": (
        "order {0}: payment {1} counts {2} as refunded, its parts {3}",
        """SELECT (SELECT min(o.id) FROM orders_order o WHERE o.checkout_id = p.checkout_id), p.id, p.refunded_fen,
                  coalesce(sum(r.amount_fen), 0)
             FROM orders_payment p LEFT JOIN orders_refundpart r ON r.payment_id = p.id
            GROUP BY p.id HAVING p.refunded_fen <> coalesce(sum(r.amount_fen), 0)
                OR p.surplus_fen <> coalesce(sum(r.amount_fen) FILTER (WHERE r.refund_id IS NULL), 0)""",
    ),
    "orders.charged_without_goods": (
        "order {0} is closed but keeps {1} of {2}",
        """SELECT id, paid_fen - refunded_fen, paid_fen FROM orders_order
            WHERE state = 'closed' AND paid_fen <> refunded_fen""",
    ),
    "orders.underpaid": (
        "order {0} is {1} but {2} of {3} is paid",
        """SELECT id, state, paid_fen, payable_fen FROM orders_order
            WHERE state IN ('paid', 'shipped', 'received', 'settled') AND paid_fen <> payable_fen""",
    ),
    "orders.moves": (
        "order {0} is {1}, its last move says {2}",
        """SELECT o.id, o.state, m.new FROM orders_order o
             LEFT JOIN LATERAL (SELECT new FROM orders_ordermove m WHERE m.order_id = o.id AND m.refund_id IS NULL
                                 AND m.case_id IS NULL ORDER BY m.id DESC LIMIT 1) m ON true
            WHERE m.new IS DISTINCT FROM o.state""",
    ),
    "orders.case_moves": (
        "case {1} of order {0} is {2}, its last move says {3}",
        """SELECT c.order_id, c.id, c.state, m.new FROM orders_aftersale c
             LEFT JOIN LATERAL (SELECT new FROM orders_ordermove m WHERE m.case_id = c.id
                                 ORDER BY m.id DESC LIMIT 1) m ON true
            WHERE m.new <> c.state""",
    ),
    "orders.case_without_money": (
        "case {1} of order {0} is {2} without a refund",
        """SELECT order_id, id, state FROM orders_aftersale WHERE refund_id IS NULL
              AND (state = 'refunding' OR (state = 'done' AND kind IN ('refund_only', 'return_refund')))""",
    ),
    "orders.case_holds": (
        "case {1} of order {0} is {2}, and its reservation {3} is {4}",
        """SELECT c.order_id, c.id, c.state, r.id, r.state FROM orders_aftersale c
             JOIN catalog_reservation r ON r.id = c.reservation_id
            WHERE (c.state IN ('done', 'reshipped') AND c.kind IN ('exchange', 'resend') AND c.refund_id IS NULL
                   AND r.state <> 'confirmed')
               OR (c.state IN ('closed', 'refunding') AND r.state IN ('held', 'confirmed'))""",
    ),
}


def audit_orders() -> Iterator[Finding]:
    """Yield what is wrong with the orders themselves."""
    for code, (sentence, statement) in _CHECKS.items():
        for row in fetch_all(f"{statement} LIMIT {FINDINGS_PER_CHECK_MAX}"):
            yield Finding(code, f"order:{row[0]}", sentence.format(*row))


def list_escrow_due() -> Iterator[tuple[str, str, int]]:
    """Yield (subject, currency, fen) of every order: what must lie in escrow, paid less refunded until it settles."""
    yield from _amounts("CASE WHEN state = 'settled' THEN 0 ELSE paid_fen - refunded_fen END", "true")


def list_settled_totals() -> Iterator[tuple[str, str, int]]:
    """Yield (subject, currency, fen) of every settled order: what its parties must have, paid less refunded.

    Discounts that others fund are negative legs of theirs, so they cancel out in the sum (RULES 11.5).
    """
    yield from _amounts("paid_fen - refunded_fen", "state = 'settled'")


def list_payments_in() -> Iterator[tuple[str, str, int]]:
    """Yield (subject, currency, fen) of every order: what channels have taken in for it, less what went back."""
    yield from _amounts("paid_fen - refunded_fen", "true")


def _amounts(amount: str, condition: str) -> Iterator[tuple[str, str, int]]:
    statement = f"SELECT id, currency, {amount} FROM orders_order WHERE {condition}"  # noqa: S608 - from above
    yield from ((f"order:{order_id}", currency, fen) for order_id, currency, fen in fetch_all(statement))
