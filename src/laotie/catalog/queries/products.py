"""Questions about categories, products and SKUs; who may touch them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from laotie.catalog.checks import check_channel
from laotie.catalog.contracts import SHELF, CategoryView, ProductCard, ProductFilter, ProductView, SkuView
from laotie.catalog.models import Category, Offer, Picture, Product, Sku
from laotie.catalog.states import ProductState
from laotie.catalog.viewing import view_category, view_product, view_sku
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.people.queries import access_shop

IDS_MAX = 500
WORDS_MAX = 8
CATEGORIES_MAX = 5_000


class ProductOrder(StrEnum):
    """How a list of products may be ordered."""

    NEWEST = "newest"
    PRICE = "price"
    PRICE_DOWN = "-price"
    SALES = "sales"


_ORDERS = {
    ProductOrder.NEWEST: ("-created_at", "-id"),
    ProductOrder.PRICE: ("price_fen", "id"),
    ProductOrder.PRICE_DOWN: ("-price_fen", "-id"),
    ProductOrder.SALES: ("-sold_count", "-id"),
}


def list_categories() -> tuple[CategoryView, ...]:
    """Return the whole tree, parents before children (a tree of the trade has some thousand nodes)."""
    return tuple(view_category(row) for row in Category.objects.order_by("level", "id")[:CATEGORIES_MAX])


def find_category(*, code: str) -> CategoryView | None:
    """Return the category of a code."""
    row = Category.objects.filter(code=code).first()
    return view_category(row) if row else None


def find_skus(*, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], SkuView]:
    """Return SKUs by their shop and the shop's own code; of several products' SKUs with one code, the oldest."""
    pairs = set(wanted)
    assert len(pairs) <= IDS_MAX
    rows = Sku.objects.filter(
        product__shop_id__in={shop_id for shop_id, _ in pairs}, code__in={code for _, code in pairs}
    )
    found: dict[tuple[int, str], SkuView] = {}
    for row in rows.select_related("product").order_by("-id"):
        found[row.product.shop_id, row.code] = view_sku(row)
    return {pair: sku for pair, sku in found.items() if pair in pairs}


def get_product(product_id: int) -> ProductView:
    """Return a product in whatever state, as orders remember it.

    Raises: NotFound.
    """
    return view_product(_whole(Product.objects.filter(pk=product_id)))


def get_products(ids: Sequence[int]) -> dict[int, ProductView]:
    """Return products by id, in whatever state; unknown ids are missing."""
    assert len(ids) <= IDS_MAX
    rows = Product.objects.filter(pk__in=ids).select_related("category").prefetch_related("pictures", "skus")
    return {row.pk: view_product(row) for row in rows}


def get_listed_product(product_id: int) -> ProductView:
    """Return a product that is on sale, as anybody may see it.

    Raises: NotFound.
    """
    return view_product(_whole(Product.objects.filter(pk=product_id, state=ProductState.ON_SALE)))


def get_listed_sku(*, product_id: int, sku_id: int) -> SkuView:
    """Return a SKU of a product that is on sale.

    Raises: NotFound.
    """
    row = Sku.objects.filter(pk=sku_id, product_id=product_id, product__state=ProductState.ON_SALE).first()
    if row is None:
        raise NotFound(what="SKU")
    return view_sku(row)


def access_product(*, actor: Actor, product_id: int) -> ProductView:
    """Return a product to those who keep its shop's catalog.

    Raises: NotFound.
    """
    return view_product(access_product_row(actor=actor, product_id=product_id))


def list_products(
    *,
    at: datetime,
    where: ProductFilter | None = None,
    order: str = ProductOrder.NEWEST,
    channel: str = SHELF,
    cursor: str = "",
    limit: int = 20,
) -> Page[ProductCard]:
    """Return products on sale that have a price in the channel, in one query whatever their number.

    Raises: BadCursor, ValueError for an unknown order.
    """
    rows = _narrow(_cards(at, check_channel(channel)).filter(state=ProductState.ON_SALE), where or ProductFilter())
    return page_of(
        rows.filter(Q(price_fen__gt=0)), _card, order=_ORDERS[ProductOrder(order)], cursor=cursor, limit=limit
    )


def list_shop_products(
    *, actor: Actor, shop_id: int, at: datetime, state: str = "", cursor: str = "", limit: int = 20
) -> Page[ProductCard]:
    """Return a shop's products in every state to those who keep its catalog, newest first.

    Raises: NotFound, BadCursor.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="catalog")
    rows = _cards(at, SHELF).filter(shop_id=shop_id)
    if state:
        rows = rows.filter(state=state)
    return page_of(rows, _card, order=_ORDERS[ProductOrder.NEWEST], cursor=cursor, limit=limit)


def access_product_row(*, actor: Actor, product_id: int) -> Product:
    """Return a product's row for the module's own operations.

    Raises: NotFound.
    """
    row = _whole(Product.objects.filter(pk=product_id))
    try:
        access_shop(actor=actor, shop_id=row.shop_id, permission="catalog")
    except NotFound:
        raise NotFound(what="product") from None
    return row


def access_sku(*, actor: Actor, sku_id: int) -> Sku:
    """Return a SKU's row, with its product, for the module's own operations and questions.

    Raises: NotFound.
    """
    row = Sku.objects.select_related("product").filter(pk=sku_id).first()
    try:
        if row is not None:
            access_shop(actor=actor, shop_id=row.product.shop_id, permission="catalog")
            return row
    except NotFound:
        pass
    raise NotFound(what="SKU")


def in_force(at: datetime) -> Q:
    """Return the condition of an offer's validity at a moment."""
    return Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))


def _whole(rows: QuerySet[Product]) -> Product:
    row = rows.select_related("category").prefetch_related("pictures", "skus").first()
    if row is None:
        raise NotFound(what="product")
    return row


def _cards(at: datetime, channel: str) -> QuerySet[Product]:
    """Add to each product its category's trade, first picture, and lowest price in the channel."""
    pictures = Picture.objects.filter(product=OuterRef("pk")).order_by("position")
    return Product.objects.annotate(
        trade=F("category__trade"),
        picture_url=Coalesce(Subquery(pictures.values("url")[:1]), Value("")),
        price_fen=_lowest(at, channel),
    )


def _lowest(at: datetime, channel: str) -> Subquery:
    """Choose each SKU's offer as `quote` does, and the lowest of them per product."""
    offers = Offer.objects.filter(in_force(at), channel__in={channel, SHELF})
    rivals = offers.filter(sku=OuterRef("sku")).exclude(pk=OuterRef("pk"))
    later = Q(valid_from__gt=OuterRef("valid_from")) | Q(valid_from=OuterRef("valid_from"), pk__gt=OuterRef("pk"))
    better = Q(channel=OuterRef("channel")) & later
    if channel != SHELF:
        better |= Q(channel=channel) & ~Q(channel=OuterRef("channel"))
    lowest = (
        offers.filter(~Exists(rivals.filter(better)), sku__product=OuterRef("pk"))
        .values("sku__product")
        .annotate(lowest=Min("price_fen"))
        .values("lowest")
    )
    return Subquery(lowest)


def _narrow(rows: QuerySet[Product], where: ProductFilter) -> QuerySet[Product]:
    if where.category_id is not None:
        inside = Q(category=where.category_id) | Q(category__parent=where.category_id)
        rows = rows.filter(inside | Q(category__parent__parent=where.category_id))
    for word in where.text.split()[:WORDS_MAX]:
        rows = rows.filter(title__icontains=word)
    if where.shop_id is not None:
        rows = rows.filter(shop_id=where.shop_id)
    if where.ids is not None:
        rows = rows.filter(pk__in=where.ids[:IDS_MAX])
    if where.price_from_fen is not None:
        rows = rows.filter(Q(price_fen__gte=where.price_from_fen))
    if where.price_to_fen is not None:
        rows = rows.filter(Q(price_fen__lte=where.price_to_fen))
    if where.is_freight_free:
        rows = rows.filter(freight_fen=0)
    return rows


def _card(row: Product) -> ProductCard:
    annotated = vars(row)
    return ProductCard(
        id=row.pk,
        shop_id=row.shop_id,
        category_id=row.category_id,
        trade=annotated["trade"],
        brand_id=row.brand_id,
        title=row.title,
        picture_url=annotated["picture_url"],
        price_fen=annotated["price_fen"],
        currency=settings.CURRENCY,
        freight_fen=row.freight_fen,
        state=row.state,
        sold_count=row.sold_count,
        created_at=row.created_at,
    )
