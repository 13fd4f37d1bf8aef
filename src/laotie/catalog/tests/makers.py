"""Makers of the catalog: each builds the smallest valid thing through the operations. Other modules' tests use them."""

from datetime import UTC, datetime, timedelta
from itertools import count

from laotie.catalog import operations
from laotie.catalog.contracts import SHELF, CategoryView, OfferView, ProductView, SkuView, Wanted
from laotie.catalog.queries import find_category, get_product, get_stock
from laotie.core.actor import Actor, person, system
from laotie.people import operations as people
from laotie.people.contracts import ShopView

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
KEEPER = system("tests")  # may do everything in every shop
_numbers = count(1)


def make_person(*, name: str = "Lin", now: datetime = NOW) -> Actor:
    """Return somebody with a fresh account."""
    email = f"{name.lower()}{next(_numbers)}@example.com"
    return person(people.open_account(email=email, display_name=name, now=now, verified=True).id)


def make_shop(*, owner: Actor | None = None, name: str = "老谭杂货", now: datetime = NOW) -> ShopView:
    """Return a shop, of Tan if nobody else is named."""
    return people.open_shop(actor=owner or make_person(name="Tan", now=now), name=name, now=now)


def make_category(*, trade: str = "general", now: datetime = NOW) -> CategoryView:
    """Return the level-3 category of a trade, made with its two parents once."""
    found = find_category(code=f"{trade}.1.1")
    if found is not None:
        return found
    parent_id = None
    for code in (trade, f"{trade}.1", f"{trade}.1.1"):
        found = operations.add_category(
            actor=KEEPER, code=code, name=code, name_en=code, trade=trade, parent_id=parent_id, now=now
        )
        parent_id = found.id
    assert found is not None
    return found


def make_product(
    *,
    shop_id: int | None = None,
    title: str = "手工陶瓷杯",
    trade: str = "general",
    freight_fen: int = 0,
    price_fen: int = 10_000,
    stock: int = 100,
    skus: int = 1,
    on_sale: bool = True,
    now: datetime = NOW,
) -> ProductView:
    """Return a product on sale whose SKUs have a shelf price and stock (none at all with `skus=0`)."""
    product = operations.create_product(
        actor=KEEPER,
        shop_id=shop_id or make_shop(now=now).id,
        category_id=make_category(trade=trade, now=now).id,
        title=title,
        freight_fen=freight_fen,
        now=now,
    )
    for number in range(1, skus + 1):
        make_sku(product_id=product.id, code=f"S{number}", price_fen=price_fen, stock=stock, now=now)
    if on_sale and skus:
        operations.put_on_sale(actor=KEEPER, product_id=product.id, now=now)
    return get_product(product.id)


def make_sku(
    *,
    product_id: int | None = None,
    code: str | None = None,
    price_fen: int | None = 10_000,
    stock: int = 100,
    buckets: int = 1,
    now: datetime = NOW,
) -> SkuView:
    """Return a SKU with a shelf price and stock; of a new product on sale unless one is named."""
    product = get_product(product_id) if product_id else make_product(skus=0, now=now)
    sku = operations.add_sku(
        actor=KEEPER, product_id=product.id, code=code or f"K{next(_numbers)}", name="标准款", now=now
    )
    if price_fen is not None:
        make_offer(sku_id=sku.id, price_fen=price_fen, now=now)
    if stock:
        operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=stock, now=now)
    if buckets > 1:
        operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=buckets, now=now)
    if product_id is None and price_fen is not None:
        operations.put_on_sale(actor=KEEPER, product_id=product.id, now=now)
    return sku


def make_offer(
    *,
    sku_id: int,
    channel: str = SHELF,
    price_fen: int = 10_000,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    own_stock: bool = False,
    limit_per_person: int | None = None,
    now: datetime = NOW,
) -> OfferView:
    """Return an offer, lasting from now on unless told otherwise."""
    return operations.set_offer(
        actor=KEEPER,
        sku_id=sku_id,
        channel=channel,
        price_fen=price_fen,
        valid_from=valid_from,
        valid_to=valid_to,
        own_stock=own_stock,
        limit_per_person=limit_per_person,
        now=now,
    )


def pool_of(sku_id: int, channel: str = SHELF) -> int:
    """Return the id of a SKU's pool for a channel."""
    return next(pool.pool_id for pool in get_stock(sku_id) if pool.channel == channel)


def on_hand_of(sku_id: int, channel: str = SHELF) -> int:
    """Return how many units a SKU's pool has on hand."""
    return next(pool.on_hand for pool in get_stock(sku_id) if pool.channel == channel)


def reserve(*lines: tuple[int, int], reference: str = "order:1", now: datetime = NOW) -> tuple[int, ...]:
    """Reserve (pool, quantity) pairs for a quarter of an hour."""
    wanted = [Wanted(pool_id, quantity) for pool_id, quantity in lines]
    return operations.reserve_stock(
        wanted=wanted, reference=reference, expires_at=now + timedelta(minutes=15), now=now
    )
