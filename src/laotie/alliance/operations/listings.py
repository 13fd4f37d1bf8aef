"""The selection's own list of what is on sale, kept up to date by catalog's events."""

from django.db import transaction

from laotie.alliance.models import Listing


@transaction.atomic(savepoint=False)
def list_product(*, product_id: int, shop_id: int, trade: str) -> None:
    """Let a product be found in the selection."""
    Listing.objects.update_or_create(
        product_id=product_id, defaults={"shop_id": shop_id, "trade": trade, "is_on_sale": True}
    )


@transaction.atomic(savepoint=False)
def unlist_product(*, product_id: int) -> None:
    """Let a product no longer be found in the selection; plans and showcases keep it."""
    Listing.objects.filter(product_id=product_id).update(is_on_sale=False)
