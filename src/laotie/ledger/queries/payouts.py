"""Questions about payouts. Who may see one is for the caller to decide."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Count, Sum

from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.ledger.contracts import BatchView, Destination, PayoutView
from laotie.ledger.models import Payout, PayoutBatch
from laotie.ledger.states import PayoutState
from laotie.ledger.viewing import batch_view, payout_view

STREAM_ROWS = 500


def get_payout(payout_id: int) -> PayoutView:
    """Return a payout.

    Raises: NotFound.
    """
    row = Payout.objects.filter(pk=payout_id).first()
    if row is None:
        raise NotFound(what="payout")
    return payout_view(row)


def find_payout(*, number: str) -> PayoutView | None:
    """Return the payout with the number the bank knows it by, or None."""
    row = Payout.objects.filter(number=number.replace("\0", "")).first()
    return payout_view(row) if row else None


def list_payouts(*, addresses: Collection[str], cursor: str = "", limit: int = 50) -> Page[PayoutView]:
    """Return the payouts from these addresses, newest first.

    Raises: BadCursor.
    """
    rows = Payout.objects.filter(address__in=set(addresses))
    return page_of(rows, payout_view, order=("-id",), cursor=cursor, limit=limit)


def list_payouts_to_do(*, state: PayoutState | None = None, cursor: str = "", limit: int = 50) -> Page[PayoutView]:
    """Return all payouts, or those in one state: those still open oldest first, others newest first.

    Raises: BadCursor.
    """
    rows = Payout.objects.filter(state=state) if state else Payout.objects.all()
    is_open = state in {PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.SENT}
    return page_of(rows, payout_view, order=("id",) if is_open else ("-id",), cursor=cursor, limit=limit)


def count_payouts(
    *, addresses: Collection[str], since: datetime, besides_id: int | None = None, currency: str = "CNY"
) -> tuple[int, int]:
    """Return how many payouts left these addresses since a moment, and their sum; those that came back not counted.

    `besides_id` is not counted.
    """
    back = [PayoutState.FAILED, PayoutState.RETURNED, PayoutState.REFUSED, PayoutState.CANCELLED]
    sums = (
        Payout.objects.exclude(pk=besides_id or 0)
        .filter(address__in=set(addresses), requested_at__gte=since, currency=currency)
        .exclude(state__in=back)
        .aggregate(number=Count("id"), total=Sum("amount_fen"))
    )
    return sums["number"], sums["total"] or 0


def list_batches(*, cursor: str = "", limit: int = 20) -> Page[BatchView]:
    """Return the batches, newest first.

    Raises: BadCursor.
    """
    return page_of(PayoutBatch.objects.all(), batch_view, order=("-id",), cursor=cursor, limit=limit)


def get_batch(batch_id: int) -> BatchView:
    """Return a batch.

    Raises: NotFound.
    """
    row = PayoutBatch.objects.filter(pk=batch_id).first()
    if row is None:
        raise NotFound(what="batch")
    return batch_view(row)


def list_batch_payouts(batch_id: int) -> Iterator[tuple[PayoutView, Destination]]:
    """Stream a batch's payouts with their destinations in clear, for the bank's file; who reads them logs the look."""
    for row in Payout.objects.filter(batch_id=batch_id).order_by("id").iterator(STREAM_ROWS):
        yield payout_view(row), Destination(**json.loads(row.destination))
