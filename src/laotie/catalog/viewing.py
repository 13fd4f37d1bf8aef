"""Turns the catalog's rows into the values that may leave it."""

from laotie.catalog.contracts import CategoryView, OfferView, ProductView, SkuView
from laotie.catalog.models import Category, Offer, Product, Sku


def view_category(row: Category) -> CategoryView:
    """Return a category as others see it."""
    return CategoryView(
        id=row.pk,
        parent_id=row.parent_id,
        level=row.level,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        trade=row.trade,
    )


def view_sku(row: Sku) -> SkuView:
    """Return a SKU as others see it."""
    return SkuView(id=row.pk, product_id=row.product_id, code=row.code, name=row.name, attributes=row.attributes)


def view_product(row: Product) -> ProductView:
    """Return a product as others see it; four queries unless category, pictures and SKUs were fetched before."""
    return ProductView(
        id=row.pk,
        shop_id=row.shop_id,
        category_id=row.category_id,
        trade=row.category.trade,
        brand_id=row.brand_id,
        title=row.title,
        description=row.description,
        attributes=row.attributes,
        freight_fen=row.freight_fen,
        state=row.state,
        sold_count=row.sold_count,
        created_at=row.created_at,
        pictures=tuple(picture.url for picture in sorted(row.pictures.all(), key=lambda one: one.position)),
        skus=tuple(view_sku(sku) for sku in sorted(row.skus.all(), key=lambda one: one.pk)),
    )


def view_offer(row: Offer) -> OfferView:
    """Return an offer as others see it."""
    return OfferView(
        id=row.pk,
        sku_id=row.sku_id,
        pool_id=row.pool_id,
        channel=row.channel,
        price_fen=row.price_fen,
        currency=row.currency,
        limit_per_order=row.limit_per_order,
        limit_per_person=row.limit_per_person,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
