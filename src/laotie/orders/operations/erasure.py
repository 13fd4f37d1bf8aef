"""What is dropped of a buyer who is erased; amounts, states and moments stay, so that the books do."""

from django.db import transaction

from laotie.core.actor import person
from laotie.orders.models import AfterSale, CartItem, Evidence, Order, OrderMove, Parcel, Refund, ReviewFact


@transaction.atomic(savepoint=False)
def forget_buyer(*, account_id: int) -> None:
    """Drop where a buyer's orders went and what the buyer wrote. Their orders must be over (`count_open_orders_of`)."""
    CartItem.objects.filter(account_id=account_id).delete()
    Order.objects.filter(buyer_id=account_id).update(address="")
    Parcel.objects.filter(order__buyer_id=account_id).update(tracking_number="", tracking_hash="")
    Refund.objects.filter(order__buyer_id=account_id).update(reason="")
    AfterSale.objects.filter(order__buyer_id=account_id).update(reason="", return_tracking_number="")
    Evidence.objects.filter(author=person(account_id).address).update(words="", picture="")
    OrderMove.objects.filter(actor=person(account_id).address).update(reason="")
    ReviewFact.objects.filter(order__buyer_id=account_id).update(title="", words="")
