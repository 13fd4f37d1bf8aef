"""What an import has brought in: known by their own numbers, which begin with the market's name."""

from django.db.models import Count, Sum

from laotie.orders.contracts import ImportedTotals, PaymentState
from laotie.orders.models import Order, Payment, Receipt, ReviewFact


def list_imported_orders(*, prefix: str) -> dict[str, int]:
    """Return the id of every order whose own number begins so, by that number: what an import has done already."""
    rows = Order.objects.filter(external_ref__startswith=prefix)
    return {str(external_ref): order_id for external_ref, order_id in rows.values_list("external_ref", "pk")}


def list_imported_receipts(*, prefix: str) -> frozenset[str]:
    """Return the numbers, beginning so, under which money without an order was recorded."""
    return frozenset(
        Receipt.objects.filter(external_ref__startswith=prefix).values_list("external_ref", flat=True)
    )


def count_imported(*, prefix: str) -> ImportedTotals:
    """Add up what came in with an import whose own numbers begin so."""
    orders = Order.objects.filter(external_ref__startswith=prefix)
    placed = orders.aggregate(orders=Count("pk"), checkouts=Count("checkout", distinct=True))
    payments = Payment.objects.filter(checkout__in=orders.values("checkout"), state=PaymentState.PAID)
    paid = payments.aggregate(payments=Count("pk"), fen=Sum("amount_fen"))
    receipts = Receipt.objects.filter(external_ref__startswith=prefix)
    reasons = receipts.values_list("reason").order_by("reason").annotate(number=Count("pk"))
    return ImportedTotals(
        checkouts=placed["checkouts"],
        orders=placed["orders"],
        payments=paid["payments"],
        payments_fen=int(paid["fen"] or 0),
        receipts_by_reason=dict(reasons),
        receipts_fen=int(receipts.aggregate(fen=Sum("amount_fen"))["fen"] or 0),
        reviews=ReviewFact.objects.filter(external_ref__startswith=prefix).count(),
    )
