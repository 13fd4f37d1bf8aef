"""What the catalog module tells the others."""

from dataclasses import dataclass
from datetime import datetime

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class ProductPutOnSale(Event):
    """A product may be bought from now on."""

    name = "catalog.product_put_on_sale.v1"
    product_id: int
    shop_id: int
    category_id: int


@dataclass(frozen=True, slots=True)
class ProductTakenOff(Event):
    """A product may no longer be bought."""

    name = "catalog.product_taken_off.v1"
    product_id: int
    shop_id: int


@dataclass(frozen=True, slots=True)
class OfferPriceChanged(Event):
    """A SKU has a new price in a channel, from `valid_from` on; `price_fen` is None where an offer was ended."""

    name = "catalog.offer_price_changed.v1"
    sku_id: int
    product_id: int
    offer_id: int
    channel: str
    price_fen: int | None
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class StockReceived(Event):
    """Units of a SKU have arrived in one of its pools."""

    name = "catalog.stock_received.v1"
    sku_id: int
    pool_id: int
    channel: str
    quantity: int
