"""Turns rows into the frozen values of contracts."""

from django.db.models import Count, Q, Sum

from laotie.ledger.contracts import BatchView, PayoutView
from laotie.ledger.models import Payout, PayoutBatch
from laotie.ledger.states import PayoutState


def payout_view(row: Payout) -> PayoutView:
    """Return a payout without its destination in clear."""
    return PayoutView(
        id=row.pk,
        number=row.number,
        address=row.address,
        amount_fen=row.amount_fen,
        currency=row.currency,
        state=PayoutState(row.state),
        destination_masked=row.destination_masked,
        requested_at=row.requested_at,
        moved_at=row.moved_at,
        requested_by=row.requested_by,
        reason=row.reason,
        batch_id=row.batch_id,
    )


def batch_view(row: PayoutBatch) -> BatchView:
    """Return a batch with its sums."""
    sums = Payout.objects.filter(batch=row).aggregate(
        number=Count("id"), total=Sum("amount_fen"), waiting=Count("id", filter=Q(state=PayoutState.SENT))
    )
    return BatchView(
        id=row.pk,
        made_at=row.made_at,
        made_by=row.made_by,
        payouts=sums["number"],
        total_fen=sums["total"] or 0,
        currency=row.currency,
        open=sums["waiting"],
    )
