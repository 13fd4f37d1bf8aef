"""The order of receipt: every received line gets its place per creator and plan, once and for ever (RULES 2.4)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from laotie.alliance.contracts import LineReceived
from laotie.core.sql import fetch_one, run

# The counter's row is the lock: a twin waits here and, in its next statement, sees what the first one wrote.
LOCK_COUNTER = """
INSERT INTO alliance_receiptcounter AS counter (plan_id, creator_id, last_number) VALUES (%s, %s, 0)
ON CONFLICT (plan_id, creator_id) DO UPDATE SET last_number = counter.last_number
"""
TAKE_NUMBER = """
WITH taken AS (
  INSERT INTO alliance_receipt (plan_id, creator_id, order_line_id, number, received_at)
  SELECT plan_id, creator_id, %s, last_number + 1, %s FROM alliance_receiptcounter
  WHERE plan_id = %s AND creator_id = %s
  ON CONFLICT (order_line_id) DO NOTHING
  RETURNING plan_id, creator_id, number
), counted AS (
  UPDATE alliance_receiptcounter counter SET last_number = taken.number FROM taken
  WHERE counter.plan_id = taken.plan_id AND counter.creator_id = taken.creator_id
)
SELECT plan_id, creator_id, number FROM taken
UNION ALL
SELECT plan_id, creator_id, number FROM alliance_receipt WHERE order_line_id = %s
"""


@transaction.atomic(savepoint=False)
def number_receipts(*, lines: Sequence[LineReceived], now: datetime) -> dict[int, int]:
    """Give received lines their numbers and return them by line id; a line asked for again keeps its number.

    Lines are taken in one order of plan, creator and id, so that two orders received at once cannot wait for
    each other.
    """
    ordered = sorted(lines, key=lambda line: (line.plan_id, line.creator_id, line.order_line_id))
    return {line.order_line_id: _take_number(line, now) for line in ordered}


def number_receipt(*, plan_id: int, creator_id: int, order_line_id: int, now: datetime) -> int:
    """Return a received line's place in order of receipt per creator and plan; the first is 1.

    Several lines of one transaction go through `number_receipts`.
    """
    line = LineReceived(order_line_id=order_line_id, plan_id=plan_id, creator_id=creator_id)
    return number_receipts(lines=(line,), now=now)[order_line_id]


def _take_number(line: LineReceived, now: datetime) -> int:
    run(LOCK_COUNTER, [line.plan_id, line.creator_id])
    values = [line.order_line_id, now, line.plan_id, line.creator_id, line.order_line_id]
    row = fetch_one(TAKE_NUMBER, values)
    assert row is not None
    assert row[:2] == (line.plan_id, line.creator_id), "a line belongs to one plan and one creator"
    number: int = row[2]
    return number
