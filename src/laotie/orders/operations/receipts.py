"""Facts an import brings: money without an order, and reviews as they came."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg
from laotie.orders.contracts import WrittenReview
from laotie.orders.models import Receipt, ReviewFact

REVIEWS_PER_CALL_MAX = 1_000


@transaction.atomic(savepoint=False)
def record_receipt_without_order(
    *,
    external_ref: str,
    received: Mapping[str, int],
    currency: str,
    reason: str,
    detail: str,
    now: datetime,
) -> bool:
    """Take in money that belongs to no order and give it back, both in the books; False if recorded before.

    `received` says how much came through which channel; of nothing there is a row and no posting.
    """
    amount_fen = sum(received.values())
    receipt, is_new = Receipt.objects.get_or_create(
        external_ref=external_ref,
        defaults={
            "reason": reason,
            "detail": detail,
            "amount_fen": amount_fen,
            "currency": currency,
            "received_at": now,
            "refunded_at": now,
        },
    )
    if is_new and amount_fen:
        subject = f"receipt:{receipt.pk}"
        came = [Leg(f"channel:{channel}", -fen) for channel, fen in received.items() if fen]
        came.append(Leg("platform:unclaimed", amount_fen))
        went = [Leg(leg.address, -leg.amount_fen) for leg in came]
        for key, kind, legs in (("in", "receipt", came), ("back", "receipt_refund", went)):
            ledger.post(
                key=f"{subject}:{key}",
                kind=kind,
                subject=subject,
                legs=legs,
                currency=currency,
                memo=reason,
                now=now,
            )
    return is_new


@transaction.atomic(savepoint=False)
def record_reviews(*, reviews: Sequence[WrittenReview]) -> None:
    """Store reviews as facts, in one statement; those recorded before stay as they are."""
    assert len(reviews) <= REVIEWS_PER_CALL_MAX
    ReviewFact.objects.bulk_create(
        (
            ReviewFact(
                external_ref=review.external_ref,
                order_id=review.order_id,
                stars=review.stars,
                title=review.title,
                words=review.words,
                written_at=review.written_at,
                answered_at=review.answered_at,
            )
            for review in reviews
        ),
        ignore_conflicts=True,
    )
