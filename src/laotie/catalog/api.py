"""The catalog API: what anybody may look at, what shops do with their goods, and the operators' category tree."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from laotie.catalog import operations, queries
from laotie.catalog.contracts import ProductFilter
from laotie.catalog.schemas import (
    AdjustmentIn,
    CardOut,
    CategoryIn,
    CategoryOut,
    ChangeReasonIn,
    Channel,
    Fen,
    Id,
    MovementOut,
    OfferIn,
    OfferOut,
    PictureIn,
    PricePointOut,
    PricesOut,
    ProductEditIn,
    ProductIn,
    ProductOut,
    QuoteOut,
    SkuIn,
    SkuOut,
    SpreadIn,
    StockOut,
    StockReceiptIn,
)
from laotie.core.actor import Actor
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

router = Router(tags=["catalog"])

Cursor = Annotated[str, Field(max_length=1_000)]
Limit = Annotated[int, Field(ge=1, le=100)]
Order = Literal["newest", "price", "-price", "sales"]
State = Literal["", "draft", "on_sale", "off"]


def _reader(request: HttpRequest) -> Actor:
    return actor_of(request, scope="catalog:read")


def _writer(request: HttpRequest) -> Actor:
    return actor_of(request, scope="catalog:write")


def _out(schema: Any, view: Any) -> Any:
    return schema.model_validate(asdict(view))


# Open to all


@router.get("/categories", response={200: list[CategoryOut], **REFUSALS}, auth=None)
def list_categories(request: HttpRequest) -> Any:  # noqa: ARG001 - ninja's signature
    """Show the category tree, parents before children."""
    return [_out(CategoryOut, row) for row in queries.list_categories()]


@router.get("/products", response={200: PageOf[CardOut], **REFUSALS}, auth=None)
def list_products(
    request: HttpRequest,
    category_id: Id | None = None,
    shop_id: Id | None = None,
    text: Annotated[str, Field(max_length=100)] = "",
    price_from_fen: Fen | None = None,
    price_to_fen: Fen | None = None,
    order: Order = "newest",
    channel: Channel = "shelf",
    cursor: Cursor = "",
    limit: Limit = 20,
) -> Any:
    """Show products on sale."""
    where = ProductFilter(
        category_id=category_id,
        shop_id=shop_id,
        text=text,
        price_from_fen=price_from_fen,
        price_to_fen=price_to_fen,
    )
    page = queries.list_products(
        at=now_of(request), where=where, order=order, channel=channel, cursor=cursor, limit=limit
    )
    return page_schema(page, lambda card: _out(CardOut, card))


@router.get("/products/{product_id}", response={200: ProductOut, **REFUSALS}, auth=None)
def get_product(request: HttpRequest, product_id: Id) -> Any:  # noqa: ARG001 - ninja's signature
    """Show a product on sale."""
    return _out(ProductOut, queries.get_listed_product(product_id))


@router.get("/products/{product_id}/quotes", response={200: list[QuoteOut], **REFUSALS}, auth=None)
def list_quotes(request: HttpRequest, product_id: Id, channel: Channel = "shelf") -> Any:
    """Price every SKU of a product that can be bought in a channel now."""
    queries.get_listed_product(product_id)
    found = queries.list_quotes(product_id=product_id, at=now_of(request), channel=channel)
    return [_out(QuoteOut, one) for one in found]


@router.get("/products/{product_id}/skus/{sku_id}/prices", response={200: PricesOut, **REFUSALS}, auth=None)
def get_prices(request: HttpRequest, product_id: Id, sku_id: Id, channel: Channel = "shelf") -> Any:
    """Show a SKU's prices of the last days (rule price.lowest_days) and the lowest of them."""
    sku = queries.get_listed_sku(product_id=product_id, sku_id=sku_id)
    points = queries.price_history(sku_id=sku.id, at=now_of(request), channel=channel)
    prices = [point.price_fen for point in points if point.price_fen is not None]
    return PricesOut(
        lowest_fen=min(prices, default=None),
        currency=settings.CURRENCY,
        points=[_out(PricePointOut, point) for point in points],
    )


# The category tree, for operators


@router.post("/categories", response={201: CategoryOut, **REFUSALS})
@idempotent
def add_category(request: HttpRequest, body: CategoryIn) -> Any:
    """Add a node to the category tree."""
    made = operations.add_category(actor=_writer(request), now=now_of(request), **body.model_dump())
    return 201, _out(CategoryOut, made)


# A shop's products


@router.get("/shops/{shop_id}/products", response={200: PageOf[CardOut], **REFUSALS})
def list_shop_products(
    request: HttpRequest, shop_id: Id, state: State = "", cursor: Cursor = "", limit: Limit = 20
) -> Any:
    """Show a shop's products in every state to those who keep its catalog."""
    page = queries.list_shop_products(
        actor=_reader(request), shop_id=shop_id, at=now_of(request), state=state, cursor=cursor, limit=limit
    )
    return page_schema(page, lambda card: _out(CardOut, card))


@router.get("/shops/products/{product_id}", response={200: ProductOut, **REFUSALS})
def access_product(request: HttpRequest, product_id: Id) -> Any:
    """Show a product in whatever state to those who keep it."""
    return _out(ProductOut, queries.access_product(actor=_reader(request), product_id=product_id))


@router.post("/shops/{shop_id}/products", response={201: ProductOut, **REFUSALS})
@idempotent
def create_product(request: HttpRequest, shop_id: Id, body: ProductIn) -> Any:
    """Draft a product."""
    made = operations.create_product(
        actor=_writer(request), shop_id=shop_id, now=now_of(request), **body.model_dump()
    )
    return 201, _out(ProductOut, made)


@router.patch("/products/{product_id}", response={200: ProductOut, **REFUSALS})
@idempotent
def edit_product(request: HttpRequest, product_id: Id, body: ProductEditIn) -> Any:
    """Change what is given of a product."""
    made = operations.edit_product(
        actor=_writer(request), product_id=product_id, now=now_of(request), **body.model_dump()
    )
    return _out(ProductOut, made)


@router.post("/products/{product_id}/skus", response={201: SkuOut, **REFUSALS})
@idempotent
def add_sku(request: HttpRequest, product_id: Id, body: SkuIn) -> Any:
    """Add a SKU to a product."""
    made = operations.add_sku(
        actor=_writer(request), product_id=product_id, now=now_of(request), **body.model_dump()
    )
    return 201, _out(SkuOut, made)


@router.post("/products/{product_id}/pictures", response={201: ProductOut, **REFUSALS})
@idempotent
def add_picture(request: HttpRequest, product_id: Id, body: PictureIn) -> Any:
    """Add a picture behind a product's others."""
    return 201, _out(
        ProductOut,
        operations.add_picture(actor=_writer(request), product_id=product_id, url=body.url, now=now_of(request)),
    )


@router.post("/products/{product_id}/put-on-sale", response={200: ProductOut, **REFUSALS})
@idempotent
def put_on_sale(request: HttpRequest, product_id: Id) -> Any:
    """Let a product be bought."""
    return _out(
        ProductOut, operations.put_on_sale(actor=_writer(request), product_id=product_id, now=now_of(request))
    )


@router.post("/products/{product_id}/take-off-sale", response={200: ProductOut, **REFUSALS})
@idempotent
def take_off_sale(request: HttpRequest, product_id: Id, body: ChangeReasonIn) -> Any:
    """Stop a product from being bought."""
    made = operations.take_off_sale(
        actor=_writer(request), product_id=product_id, now=now_of(request), reason=body.reason
    )
    return _out(ProductOut, made)


# Prices


@router.get("/skus/{sku_id}/offers", response={200: PageOf[OfferOut], **REFUSALS})
def list_offers(request: HttpRequest, sku_id: Id, cursor: Cursor = "", limit: Limit = 20) -> Any:
    """Show every offer a SKU has had, newest first."""
    page = queries.list_offers(actor=_reader(request), sku_id=sku_id, cursor=cursor, limit=limit)
    return page_schema(page, lambda offer: _out(OfferOut, offer))


@router.post("/skus/{sku_id}/offers", response={201: OfferOut, **REFUSALS})
@idempotent
def set_offer(request: HttpRequest, sku_id: Id, body: OfferIn) -> Any:
    """Price a SKU in a channel."""
    made = operations.set_offer(actor=_writer(request), sku_id=sku_id, now=now_of(request), **body.model_dump())
    return 201, _out(OfferOut, made)


@router.post("/offers/{offer_id}/end", response={200: OfferOut, **REFUSALS})
@idempotent
def end_offer(request: HttpRequest, offer_id: Id) -> Any:
    """End an offer now."""
    return _out(OfferOut, operations.end_offer(actor=_writer(request), offer_id=offer_id, now=now_of(request)))


# Stock


@router.get("/skus/{sku_id}/stock", response={200: list[StockOut], **REFUSALS})
def get_stock(request: HttpRequest, sku_id: Id) -> Any:
    """Show a SKU's pools."""
    return [_out(StockOut, pool) for pool in queries.access_stock(actor=_reader(request), sku_id=sku_id)]


@router.get("/skus/{sku_id}/movements", response={200: PageOf[MovementOut], **REFUSALS})
def list_movements(
    request: HttpRequest, sku_id: Id, channel: Channel = "shelf", cursor: Cursor = "", limit: Limit = 50
) -> Any:
    """Show every change of a pool's stock, newest first."""
    page = queries.list_movements(
        actor=_reader(request), sku_id=sku_id, channel=channel, cursor=cursor, limit=limit
    )
    return page_schema(page, lambda line: _out(MovementOut, line))


@router.post("/skus/{sku_id}/stock/receipts", response={201: StockOut, **REFUSALS})
@idempotent
def receive_stock(request: HttpRequest, sku_id: Id, body: StockReceiptIn) -> Any:
    """Add arrived units."""
    made = operations.receive_stock(
        actor=_writer(request), sku_id=sku_id, now=now_of(request), **body.model_dump()
    )
    return 201, _out(StockOut, made)


@router.post("/skus/{sku_id}/stock/adjustments", response={201: StockOut, **REFUSALS})
@idempotent
def adjust_stock(request: HttpRequest, sku_id: Id, body: AdjustmentIn) -> Any:
    """Correct what is on hand."""
    made = operations.adjust_stock(actor=_writer(request), sku_id=sku_id, now=now_of(request), **body.model_dump())
    return 201, _out(StockOut, made)


@router.post("/skus/{sku_id}/stock/spread", response={200: StockOut, **REFUSALS})
@idempotent
def spread_stock(request: HttpRequest, sku_id: Id, body: SpreadIn) -> Any:
    """Split a pool into buckets."""
    made = operations.spread_stock(actor=_writer(request), sku_id=sku_id, now=now_of(request), **body.model_dump())
    return _out(StockOut, made)
