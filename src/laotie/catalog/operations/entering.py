"""How the catalog's operations reach a shop's goods: only for who may keep them, and operators not unnoticed."""

from datetime import datetime

from laotie.catalog.models import Product, Sku
from laotie.catalog.queries.products import access_product_row, access_sku
from laotie.core.actor import Actor
from laotie.people.operations import note_operator


def enter_product(*, actor: Actor, product_id: int, action: str, now: datetime) -> Product:
    """Return a product's row to someone about to change it.

    Raises: NotFound.
    """
    row = access_product_row(actor=actor, product_id=product_id)
    note_operator(actor=actor, shop_id=row.shop_id, action=action, now=now, product_id=product_id)
    return row


def enter_sku(*, actor: Actor, sku_id: int, action: str, now: datetime) -> Sku:
    """Return a SKU's row, with its product, to someone about to change its price or stock.

    Raises: NotFound.
    """
    row = access_sku(actor=actor, sku_id=sku_id)
    note_operator(actor=actor, shop_id=row.product.shop_id, action=action, now=now, sku_id=sku_id)
    return row
