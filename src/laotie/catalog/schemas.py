"""What the catalog API takes and gives. Every input is bounded and refuses fields it does not know."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Fen = Annotated[int, Field(ge=0, le=2**53 - 1)]
Price = Annotated[int, Field(ge=1, le=2**53 - 1)]
Quantity = Annotated[int, Field(ge=1, le=10_000_000)]
Channel = Annotated[str, Field(max_length=40, pattern=r"^(shelf|(creator|room):[1-9][0-9]{0,17})$")]
Attributes = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=200)]], Field(max_length=40)
]
Title = Annotated[str, Field(min_length=1, max_length=120)]
Description = Annotated[str, Field(max_length=20_000)]


class Input(Schema):
    """A request body: a field it does not know is a mistake, named in the answer."""

    model_config = ConfigDict(extra="forbid")


class CategoryIn(Input):
    """A new node of the tree."""

    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    name_en: Annotated[str, Field(max_length=60)] = ""
    parent_id: Id | None = None
    trade: Annotated[str, Field(max_length=10)] = "general"


class ProductIn(Input):
    """A new product, drafted."""

    category_id: Id
    title: Title
    description: Description = ""
    attributes: Attributes = {}
    freight_fen: Fen = 0
    brand_id: Id | None = None


class ProductEditIn(Input):
    """What changes of a product; what is left out stays."""

    title: Title | None = None
    description: Description | None = None
    attributes: Attributes | None = None
    freight_fen: Fen | None = None
    category_id: Id | None = None


class SkuIn(Input):
    """A new SKU."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    attributes: Attributes = {}


class PictureIn(Input):
    """A picture's address."""

    url: Annotated[str, Field(min_length=1, max_length=500)]


class ChangeReasonIn(Input):
    """Why something is done."""

    reason: Annotated[str, Field(max_length=200)] = ""


class OfferIn(Input):
    """A new price in a channel."""

    price_fen: Price
    channel: Channel = "shelf"
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    limit_per_order: Quantity | None = None
    limit_per_person: Quantity | None = None
    own_stock: bool = False


class StockReceiptIn(Input):
    """Goods that have arrived."""

    quantity: Quantity
    channel: Channel = "shelf"
    reference: Annotated[str, Field(max_length=200)] = ""


class AdjustmentIn(Input):
    """A correction of what is on hand."""

    quantity: Annotated[int, Field(ge=-10_000_000, le=10_000_000)]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    channel: Channel = "shelf"


class SpreadIn(Input):
    """Into how many buckets a pool is split."""

    buckets: Annotated[int, Field(ge=1, le=64)]
    channel: Channel = "shelf"


class CategoryOut(Schema):
    """A node of the category tree."""

    id: int
    parent_id: int | None
    level: int
    code: str
    name: str
    name_en: str
    trade: str


class SkuOut(Schema):
    """A SKU."""

    id: int
    product_id: int
    code: str
    name: str
    attributes: dict[str, str]


class ProductOut(Schema):
    """A product with its pictures and SKUs."""

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
    pictures: list[str]
    skus: list[SkuOut]


class CardOut(Schema):
    """A product as lists show it."""

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


class QuoteOut(Schema):
    """What a SKU costs in a channel now."""

    sku_id: int
    sku_name: str
    offer_id: int
    channel: str
    price_fen: int
    currency: str
    limit_per_order: int | None
    limit_per_person: int | None
    on_hand: int


class PricePointOut(Schema):
    """The price in force during an interval; null where the SKU was not for sale."""

    price_fen: int | None
    starts_at: datetime
    ends_at: datetime


class PricesOut(Schema):
    """The prices of the last days and the lowest of them."""

    lowest_fen: int | None
    currency: str
    points: list[PricePointOut]


class OfferOut(Schema):
    """A price of a SKU in a channel, for a time."""

    id: int
    sku_id: int
    channel: str
    price_fen: int
    currency: str
    limit_per_order: int | None
    limit_per_person: int | None
    valid_from: datetime
    valid_to: datetime | None


class StockOut(Schema):
    """One pool of a SKU's stock."""

    sku_id: int
    channel: str
    buckets: int
    on_hand: int
    reserved: int
    sold: int
    returned: int


class MovementOut(Schema):
    """One change of stock."""

    id: int
    kind: str
    quantity: int
    reservation_id: int | None
    reference: str
    actor: str
    moved_at: datetime
