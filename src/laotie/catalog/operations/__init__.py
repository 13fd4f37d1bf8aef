"""The verbs of the catalog; each is one transaction. By subject: products, offers (prices), stock."""

from laotie.catalog.operations.assortment import bring_in_products
from laotie.catalog.operations.offers import end_offer, set_offer
from laotie.catalog.operations.products import (
    add_category,
    add_picture,
    add_sku,
    count_sales,
    create_product,
    edit_product,
    put_on_sale,
    take_off_sale,
    withdraw_shop,
    withdraw_unauthorised,
)
from laotie.catalog.operations.stock import (
    SWEEP_MAX,
    adjust_stock,
    ask_stock,
    confirm_reservations,
    expire_reservations,
    receive_stock,
    release_reservations,
    reserve_stock,
    return_stock,
    spread_stock,
    take_exchanged,
    write_off_returned,
)

__all__ = [
    "SWEEP_MAX",
    "add_category",
    "add_picture",
    "add_sku",
    "adjust_stock",
    "ask_stock",
    "bring_in_products",
    "confirm_reservations",
    "count_sales",
    "create_product",
    "edit_product",
    "end_offer",
    "expire_reservations",
    "put_on_sale",
    "receive_stock",
    "release_reservations",
    "reserve_stock",
    "return_stock",
    "set_offer",
    "spread_stock",
    "take_exchanged",
    "take_off_sale",
    "withdraw_shop",
    "withdraw_unauthorised",
    "write_off_returned",
]
