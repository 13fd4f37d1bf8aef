"""The questions the catalog answers. By subject: products, prices, stock; the audit of all stock."""

from laotie.catalog.audit import audit_stock
from laotie.catalog.queries.prices import (
    ask_quotes,
    find_quotes,
    list_offers,
    list_product_offers,
    list_quotes,
    lowest_price_fen,
    price_history,
    prices_in_force,
    quote,
)
from laotie.catalog.queries.products import (
    ProductOrder,
    access_product,
    find_category,
    find_skus,
    get_listed_product,
    get_listed_sku,
    get_product,
    get_products,
    list_categories,
    list_products,
    list_shop_products,
)
from laotie.catalog.queries.stock import access_stock, count_on_hand, get_stock, list_movements, list_product_stock

__all__ = [
    "ProductOrder",
    "access_product",
    "access_stock",
    "ask_quotes",
    "audit_stock",
    "count_on_hand",
    "find_category",
    "find_quotes",
    "find_skus",
    "get_listed_product",
    "get_listed_sku",
    "get_product",
    "get_products",
    "get_stock",
    "list_categories",
    "list_movements",
    "list_offers",
    "list_product_offers",
    "list_product_stock",
    "list_products",
    "list_quotes",
    "list_shop_products",
    "lowest_price_fen",
    "price_history",
    "prices_in_force",
    "quote",
]
