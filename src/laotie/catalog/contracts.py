"""The values that cross the catalog's border. All of them are frozen; no ORM row ever leaves the module."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from laotie.catalog.states import ProductState as ProductState  # noqa: PLC0414 - part of the border

SHELF = "shelf"  # the channel every other one falls back to


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units wanted from one stock pool; `Quote.pool_id` names the pool."""

    pool_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A node of the category tree; level 3 holds products. `trade` decides fees and commission floors."""

    id: int
    parent_id: int | None
    level: int
    code: str
    name: str
    name_en: str
    trade: str


@dataclass(frozen=True, slots=True)
class SkuView:
    """One thing that can be bought of a product, as red in size M."""

    id: int
    product_id: int
    code: str
    name: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product of one SKU as an import brings it: on sale from `at` with a price and, unless 0, a stock."""

    shop_id: int
    category_id: int
    title: str
    code: str
    name: str
    price_fen: int
    currency: str
    stock: int
    at: datetime
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product with its pictures and SKUs; prices come from `quote` and `list_quotes`."""

    id: int
    shop_id: int
    category_id: int
    trade: str
    brand_id: int | None
    title: str
    description: str
    attributes: dict[str, str]
    freight_fen: int
    state: str
    sold_count: int
    created_at: datetime
    pictures: tuple[str, ...]
    skus: tuple[SkuView, ...]


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product as lists show it; `price_fen` is its lowest price in the channel asked for."""

    id: int
    shop_id: int
    category_id: int
    trade: str
    brand_id: int | None
    title: str
    picture_url: str
    price_fen: int | None
    currency: str
    freight_fen: int
    state: str
    sold_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OfferView:
    """A SKU's price in one channel, valid in the half-open interval from `valid_from` to `valid_to`."""

    id: int
    sku_id: int
    pool_id: int
    channel: str
    price_fen: int
    currency: str
    limit_per_order: int | None
    limit_per_person: int | None
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What one SKU costs in a channel at a moment, and everything an order line copies from the catalog."""

    sku_id: int
    product_id: int
    shop_id: int
    offer_id: int
    pool_id: int
    channel: str  # the channel whose offer was taken: the one asked for, or the shelf
    title: str
    sku_name: str
    picture_url: str
    price_fen: int
    currency: str
    category_id: int
    trade: str
    freight_fen: int
    limit_per_order: int | None
    limit_per_person: int | None
    offered_from: datetime  # units bought since then count for the limit per person
    on_hand: int


@dataclass(frozen=True, slots=True)
class PricePoint:
    """The price in force during a half-open interval; None where the SKU was not for sale."""

    price_fen: int | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StockView:
    """One pool of a SKU's stock, its buckets added up. Sold and returned are totals over all time."""

    pool_id: int
    sku_id: int
    channel: str
    buckets: int
    on_hand: int
    reserved: int
    sold: int
    returned: int


@dataclass(frozen=True, slots=True)
class MovementLine:
    """One change of stock. `quantity` is signed only for the kinds adjusted and moved."""

    id: int
    pool_id: int
    kind: str
    quantity: int
    reservation_id: int | None
    reference: str
    actor: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """What a list of products is narrowed to; empty values narrow nothing. Prices are fen, both ends included."""

    category_id: int | None = None  # with everything below it
    text: str = ""  # every word of it occurs in the title
    shop_id: int | None = None
    ids: tuple[int, ...] | None = None
    price_from_fen: int | None = None
    price_to_fen: int | None = None
    is_freight_free: bool = False
