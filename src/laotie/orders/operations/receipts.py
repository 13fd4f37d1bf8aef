"""Facts an import brings: money without an order, and reviews as they came."""

from datetime import datetime

from django.db import transaction

from laotie.ledger import operations as ledger
from laotie.ledger.contracts import Leg
from laotie.orders.models import Receipt, ReviewFact


@transaction.atomic(savepoint=False)
def record_receipt_without_order(
    *, external_ref: str, channel: str, amount_fen: int, currency: str, reason: str, detail: str, now: datetime
) -> bool:
    """Take in money that belongs to no order and give it back, both in the books; False if recorded before."""
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
        came = [Leg(f"channel:{channel}", -amount_fen), Leg("platform:unclaimed", amount_fen)]
        went = [Leg("platform:unclaimed", -amount_fen), Leg(f"channel:{channel}", amount_fen)]
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


def record_review(
    *,
    external_ref: str,
    order_id: int | None,
    stars: int,
    title: str,
    words: str,
    written_at: datetime,
    answered_at: datetime | None,
) -> bool:
    """Store a review as a fact; False if recorded before."""
    return ReviewFact.objects.get_or_create(
        external_ref=external_ref,
        defaults={
            "order_id": order_id,
            "stars": stars,
            "title": title,
            "words": words,
            "written_at": written_at,
            "answered_at": answered_at,
        },
    )[1]
