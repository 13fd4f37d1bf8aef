"""Many products at once: what `create_product`, `add_sku`, `set_offer`, `receive_stock` and `put_on_sale` do to one.

For imports of whole assortments: the number of statements does not grow with the number of products. What those
verbs leave behind (moves, movements, offers, events) is left behind here too.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from laotie.catalog.checks import check_currency, check_fen, check_number, clean_attributes, clean_text
from laotie.catalog.contracts import SHELF, NewProduct, SkuView
from laotie.catalog.errors import CategoryNotLeaf
from laotie.catalog.models import (
    QUANTITY_MAX,
    Category,
    Movement,
    Offer,
    Product,
    ProductMove,
    Sku,
    StockBucket,
    StockPool,
)
from laotie.catalog.operations.products import LEVELS, TITLE_LETTERS_MAX
from laotie.catalog.states import MovementKind, ProductState
from laotie.catalog.viewing import view_sku
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.events.catalog import OfferPriceChanged, ProductPutOnSale, StockReceived
from laotie.events.event import Event
from laotie.events.outbox import publish
from laotie.people.operations import note_operator
from laotie.people.queries import access_shop

PRODUCTS_MAX = 500


@transaction.atomic(savepoint=False)
def bring_in_products(*, actor: Actor, products: Sequence[NewProduct], reference: str = "") -> tuple[SkuView, ...]:
    """Put new products on sale, each with one SKU, its price on the shelf and its stock; return the SKUs in order.

    Raises: NotFound for a shop or category, CategoryNotLeaf, InvalidInput.
    """
    check_number("products", len(products), least=0, most=PRODUCTS_MAX)
    for shop_id in {new.shop_id for new in products}:
        access_shop(actor=actor, shop_id=shop_id, permission="catalog")
        note_operator(actor=actor, shop_id=shop_id, action="product.bring_in", now=products[0].at)
    _check_categories({new.category_id for new in products})
    rows = Product.objects.bulk_create(_product(new) for new in products)
    skus = Sku.objects.bulk_create(
        Sku(
            product=row,
            code=clean_text("code", new.code, most=64),
            name=clean_text("name", new.name, most=120),
            attributes={},
        )
        for row, new in zip(rows, products, strict=True)
    )
    pools = StockPool.objects.bulk_create(StockPool(sku=sku, channel=SHELF) for sku in skus)
    buckets = StockBucket.objects.bulk_create(
        StockBucket(pool=pool, no=0, on_hand=check_number("stock", new.stock, least=0, most=QUANTITY_MAX))
        for pool, new in zip(pools, products, strict=True)
    )
    offers = Offer.objects.bulk_create(
        Offer(
            sku=sku,
            pool=pool,
            channel=SHELF,
            price_fen=check_fen("price_fen", new.price_fen, least=1),
            currency=check_currency(new.currency),
            valid_from=new.at,
            actor=actor.address,
            made_at=new.at,
        )
        for sku, pool, new in zip(skus, pools, products, strict=True)
    )
    _keep_traces(products, rows, buckets, reference=reference, actor=actor)
    events: dict[datetime, list[Event]] = defaultdict(list)
    for new, row, sku, pool, offer in zip(products, rows, skus, pools, offers, strict=True):
        events[new.at] += _events(new, row, sku, pool, offer)
    for moment, told in events.items():
        publish(*told, now=moment)
    return tuple(view_sku(sku) for sku in skus)


def _check_categories(wanted: set[int]) -> None:
    levels = dict(Category.objects.filter(pk__in=wanted).values_list("pk", "level"))
    for category_id in wanted:
        if category_id not in levels:
            raise NotFound(what="category")
        if levels[category_id] != LEVELS:
            raise CategoryNotLeaf(category_id=category_id)


def _product(new: NewProduct) -> Product:
    return Product(
        shop_id=new.shop_id,
        category_id=new.category_id,
        title=clean_text("title", new.title, most=TITLE_LETTERS_MAX),
        attributes=clean_attributes(new.attributes),
        state=ProductState.ON_SALE,
        created_at=new.at,
    )


def _keep_traces(
    products: Sequence[NewProduct],
    rows: Sequence[Product],
    buckets: Sequence[StockBucket],
    *,
    reference: str,
    actor: Actor,
) -> None:
    ProductMove.objects.bulk_create(
        ProductMove(
            product=row,
            old=ProductState.DRAFT,
            new=ProductState.ON_SALE,
            reason="",
            actor=actor.address,
            moved_at=new.at,
        )
        for row, new in zip(rows, products, strict=True)
    )
    Movement.objects.bulk_create(
        Movement(
            bucket=bucket,
            kind=MovementKind.RECEIVED,
            quantity=new.stock,
            reference=reference,
            actor=actor.address,
            moved_at=new.at,
        )
        for bucket, new in zip(buckets, products, strict=True)
        if new.stock
    )


def _events(new: NewProduct, row: Product, sku: Sku, pool: StockPool, offer: Offer) -> list[Event]:
    told: list[Event] = [
        OfferPriceChanged(
            sku_id=sku.pk,
            product_id=row.pk,
            offer_id=offer.pk,
            channel=SHELF,
            price_fen=new.price_fen,
            valid_from=new.at,
        ),
        ProductPutOnSale(product_id=row.pk, shop_id=new.shop_id, category_id=new.category_id),
    ]
    if new.stock:
        told.append(StockReceived(sku_id=sku.pk, pool_id=pool.pk, channel=SHELF, quantity=new.stock))
    return told
