"""What shops do with their products, and operators with the category tree."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from laotie.catalog.checks import check_fen, check_picture_url, clean_attributes, clean_text
from laotie.catalog.contracts import CategoryView, ProductView, SkuView
from laotie.catalog.errors import (
    BrandNotAuthorised,
    CategoryNotLeaf,
    CodeTaken,
    ProductIncomplete,
    ShopNotOpen,
    TooMany,
)
from laotie.catalog.models import Category, Offer, Picture, Product, ProductMove, Sku
from laotie.catalog.operations.entering import enter_product
from laotie.catalog.states import PRODUCT, ProductState, Trade
from laotie.catalog.viewing import view_category, view_product, view_sku
from laotie.core.actor import Actor, system
from laotie.core.audit_log import record_action
from laotie.core.errors import IllegalMove, InvalidInput, NotFound
from laotie.events.catalog import ProductPutOnSale, ProductTakenOff
from laotie.events.outbox import publish
from laotie.people.operations import note_operator
from laotie.people.queries import access_shop, get_shop, is_brand_authorised, require_operator

LEVELS = 3
SKUS_MAX = 200
PICTURES_MAX = 15
TITLE_LETTERS_MAX = 120
DESCRIPTION_LETTERS_MAX = 20_000
WITHDRAW_MAX = 500


@transaction.atomic(savepoint=False)
def add_category(
    *,
    actor: Actor,
    code: str,
    name: str,
    now: datetime,
    parent_id: int | None = None,
    name_en: str = "",
    trade: str = Trade.GENERAL,
) -> CategoryView:
    """Add a node to the category tree, as an operator.

    Raises: NotAllowed, CodeTaken, NotFound for the parent, InvalidInput.
    """
    require_operator(actor=actor)
    code = clean_text("code", code, most=40)
    level = 1
    if parent_id is not None:
        parent = Category.objects.filter(pk=parent_id, level__lt=LEVELS).first()
        if parent is None:
            raise NotFound(what="category")
        level = parent.level + 1
    if trade not in {known.value for known in Trade}:
        raise InvalidInput(field_name="trade", reason=", ".join(Trade))
    row, is_new = Category.objects.get_or_create(
        code=code,
        defaults={
            "parent_id": parent_id,
            "level": level,
            "name": clean_text("name", name, most=60),
            "name_en": clean_text("name_en", name_en, most=60, least=0),
            "trade": trade,
        },
    )
    if not is_new:
        raise CodeTaken(taken=code)
    record_action(actor=actor, action="category.add", subject=f"category:{row.pk}", now=now, code=code)
    return view_category(row)


@transaction.atomic(savepoint=False)
def create_product(
    *,
    actor: Actor,
    shop_id: int,
    category_id: int,
    title: str,
    now: datetime,
    description: str = "",
    attributes: Mapping[str, str] | None = None,
    freight_fen: int = 0,
    brand_id: int | None = None,
) -> ProductView:
    """Draft a product of a shop; it is sold only after `put_on_sale`. `freight_fen` 0 means free shipping.

    Raises: NotFound for the shop or category, BrandNotAuthorised, InvalidInput.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="catalog")
    note_operator(actor=actor, shop_id=shop_id, action="product.create", now=now)
    if brand_id is not None and not is_brand_authorised(brand_id=brand_id, shop_id=shop_id, at=now):
        raise BrandNotAuthorised(brand_id=brand_id)
    row = Product.objects.create(
        shop_id=shop_id,
        category=_leaf(category_id),
        brand_id=brand_id,
        title=clean_text("title", title, most=TITLE_LETTERS_MAX),
        description=clean_text("description", description, most=DESCRIPTION_LETTERS_MAX, least=0, lines=True),
        attributes=clean_attributes(attributes or {}),
        freight_fen=check_fen("freight_fen", freight_fen, least=0),
        created_at=now,
    )
    return view_product(row)


@transaction.atomic(savepoint=False)
def edit_product(
    *,
    actor: Actor,
    product_id: int,
    now: datetime,
    title: str | None = None,
    description: str | None = None,
    attributes: Mapping[str, str] | None = None,
    freight_fen: int | None = None,
    category_id: int | None = None,
) -> ProductView:
    """Change what is given of a product. Orders keep what they copied when they were placed.

    Raises: NotFound, InvalidInput.
    """
    row = enter_product(actor=actor, product_id=product_id, action="product.edit", now=now)
    if title is not None:
        row.title = clean_text("title", title, most=TITLE_LETTERS_MAX)
    if description is not None:
        row.description = clean_text("description", description, most=DESCRIPTION_LETTERS_MAX, least=0, lines=True)
    if attributes is not None:
        row.attributes = clean_attributes(attributes)
    if freight_fen is not None:
        row.freight_fen = check_fen("freight_fen", freight_fen, least=0)
    if category_id is not None:
        row.category = _leaf(category_id)
    row.save(update_fields=["title", "description", "attributes", "freight_fen", "category"])
    return view_product(row)


@transaction.atomic(savepoint=False)
def add_sku(
    *,
    actor: Actor,
    product_id: int,
    code: str,
    name: str,
    now: datetime,
    attributes: Mapping[str, str] | None = None,
) -> SkuView:
    """Add something that can be bought to a product; `code` is the shop's own and unique within the product.

    Raises: NotFound, CodeTaken, TooMany, InvalidInput.
    """
    product = _lock(actor, product_id, "product.add_sku", now)
    if product.skus.count() >= SKUS_MAX:
        raise TooMany(most=SKUS_MAX)
    code = clean_text("code", code, most=64)
    if product.skus.filter(code=code).exists():
        raise CodeTaken(taken=code)
    row = Sku.objects.create(
        product=product,
        code=code,
        name=clean_text("name", name, most=120),
        attributes=clean_attributes(attributes or {}),
    )
    return view_sku(row)


@transaction.atomic(savepoint=False)
def add_picture(*, actor: Actor, product_id: int, url: str, now: datetime) -> ProductView:
    """Add a picture behind a product's others, by its https address or its path on this site.

    Raises: NotFound, TooMany, InvalidInput.
    """
    product = _lock(actor, product_id, "product.add_picture", now)
    count = product.pictures.count()
    if count >= PICTURES_MAX:
        raise TooMany(most=PICTURES_MAX)
    Picture.objects.create(product=product, position=count, url=check_picture_url(url))
    return view_product(product)


@transaction.atomic(savepoint=False)
def put_on_sale(*, actor: Actor, product_id: int, now: datetime) -> ProductView:
    """Let a product be bought.

    Raises: NotFound, ShopNotOpen, ProductIncomplete, BrandNotAuthorised, IllegalMove.
    """
    row = enter_product(actor=actor, product_id=product_id, action="product.put_on_sale", now=now)
    if get_shop(row.shop_id).state != "open":
        raise ShopNotOpen(shop_id=row.shop_id)
    if row.brand_id is not None and not is_brand_authorised(brand_id=row.brand_id, shop_id=row.shop_id, at=now):
        raise BrandNotAuthorised(brand_id=row.brand_id)
    offers = Offer.objects.filter(sku__product=row).exclude(valid_to__lte=now)
    if not offers.exists():
        raise ProductIncomplete(product_id=product_id)
    _move(row, ProductState.ON_SALE, actor=actor, now=now)
    publish(ProductPutOnSale(product_id=row.pk, shop_id=row.shop_id, category_id=row.category_id), now=now)
    return view_product(row)


@transaction.atomic(savepoint=False)
def take_off_sale(*, actor: Actor, product_id: int, now: datetime, reason: str = "") -> ProductView:
    """Stop a product from being bought; orders already placed are not touched.

    Raises: NotFound, IllegalMove, InvalidInput.
    """
    row = enter_product(actor=actor, product_id=product_id, action="product.take_off_sale", now=now)
    reason = clean_text("reason", reason, most=200, least=0)
    _move(row, ProductState.OFF, actor=actor, now=now, reason=reason)
    publish(ProductTakenOff(product_id=row.pk, shop_id=row.shop_id), now=now)
    return view_product(row)


@transaction.atomic(savepoint=False)
def withdraw_shop(*, shop_id: int, actor: Actor, now: datetime, reason: str) -> int:
    """Take everything a shop has on sale off sale and return how many products that were."""
    rows = list(Product.objects.filter(shop_id=shop_id, state=ProductState.ON_SALE).order_by("pk"))
    for row in rows:
        _move(row, ProductState.OFF, actor=actor, now=now, reason=reason)
        publish(ProductTakenOff(product_id=row.pk, shop_id=shop_id), now=now)
    return len(rows)


def withdraw_unauthorised(*, now: datetime, limit: int = WITHDRAW_MAX) -> int:
    """Take goods off sale whose brand their shop may no longer sell, a transaction each, and return how many."""
    branded = Product.objects.filter(state=ProductState.ON_SALE, brand__isnull=False)
    pairs = list(branded.order_by("brand_id", "shop_id").values_list("brand_id", "shop_id").distinct())
    withdrawn = 0
    for brand_id, shop_id in pairs:
        if withdrawn >= limit or is_brand_authorised(brand_id=brand_id, shop_id=shop_id, at=now):
            continue
        for product_id in branded.filter(brand_id=brand_id, shop_id=shop_id).values_list("pk", flat=True)[:limit]:
            take_off_sale(
                actor=system("brands"), product_id=product_id, now=now, reason="brand_authorisation_ended"
            )
            withdrawn += 1
    return withdrawn


@transaction.atomic(savepoint=False)
def count_sales(*, units: Mapping[int, int]) -> None:
    """Add units sold to the products' counters; in ascending order of ids, so that two callers never cross."""
    for product_id in sorted(units):
        Product.objects.filter(pk=product_id).update(sold_count=F("sold_count") + units[product_id])


def _leaf(category_id: int) -> Category:
    row = Category.objects.filter(pk=category_id).first()
    if row is None:
        raise NotFound(what="category")
    if row.level != LEVELS:
        raise CategoryNotLeaf(category_id=category_id)
    return row


def _lock(actor: Actor, product_id: int, action: str, now: datetime) -> Product:
    """Return the product with its row locked, so that limits and positions are counted by one at a time."""
    enter_product(actor=actor, product_id=product_id, action=action, now=now)
    rows = Product.objects.select_related("category").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=product_id)


def _move(row: Product, wanted: ProductState, *, actor: Actor, now: datetime, reason: str = "") -> None:
    found = ProductState(row.state)
    PRODUCT.require(found, wanted)
    if Product.objects.filter(pk=row.pk, state=found).update(state=wanted) != 1:
        raise IllegalMove(found="moved by another", wanted=wanted)
    row.state = wanted
    ProductMove.objects.create(
        product=row, old=found, new=wanted, reason=reason, actor=actor.address, moved_at=now
    )
