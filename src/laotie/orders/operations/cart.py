"""The cart: what a person means to buy. It holds no stock and no prices."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from laotie.catalog import queries as catalog
from laotie.core.actor import Actor
from laotie.core.errors import NotFound, NotSignedIn
from laotie.orders.contracts import LINES_PER_CHECKOUT_MAX, QUANTITY_MAX
from laotie.orders.errors import BadQuantity, BasketTooLong
from laotie.orders.models import CartItem


@transaction.atomic(savepoint=False)
def put_in_cart(*, actor: Actor, sku_id: int, quantity: int, now: datetime, channel: str = "shelf") -> int:
    """Add units of a SKU to the cart and return the item's id; more of what is there adds up.

    Raises: BadQuantity, BasketTooLong, catalog's SkuUnavailable.
    """
    account_id = _account(actor)
    if not 1 <= quantity <= QUANTITY_MAX:
        raise BadQuantity(quantity_max=QUANTITY_MAX)
    (quote,) = catalog.quote(wanted=[(sku_id, channel)], at=now)
    item, is_new = CartItem.objects.get_or_create(
        account_id=account_id,
        sku_id=sku_id,
        channel=quote.channel,
        defaults={"quantity": quantity, "added_at": now},
    )
    if is_new and CartItem.objects.filter(account_id=account_id).count() > LINES_PER_CHECKOUT_MAX:
        raise BasketTooLong(lines_max=LINES_PER_CHECKOUT_MAX)
    if not is_new:
        fits = CartItem.objects.filter(pk=item.pk, quantity__lte=QUANTITY_MAX - quantity)
        if fits.update(quantity=F("quantity") + quantity) != 1:
            raise BadQuantity(quantity_max=QUANTITY_MAX)
    return item.pk


@transaction.atomic(savepoint=False)
def set_cart_quantity(*, actor: Actor, item_id: int, quantity: int) -> None:
    """Set how many units of an item are wanted; 0 takes it out.

    Raises: BadQuantity, NotFound.
    """
    mine = CartItem.objects.filter(pk=item_id, account_id=_account(actor))
    if not 0 <= quantity <= QUANTITY_MAX:
        raise BadQuantity(quantity_max=QUANTITY_MAX)
    touched = mine.update(quantity=quantity) if quantity else mine.delete()[0]
    if touched != 1:
        raise NotFound(what="cart item")


@transaction.atomic(savepoint=False)
def clear_cart(*, actor: Actor, item_ids: tuple[int, ...] | None = None) -> None:
    """Take the given items, or all, out of the cart."""
    mine = CartItem.objects.filter(account_id=_account(actor))
    (mine if item_ids is None else mine.filter(pk__in=item_ids)).delete()


def _account(actor: Actor) -> int:
    if actor.account_id is None:
        raise NotSignedIn
    return actor.account_id
