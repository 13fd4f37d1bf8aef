"""Sets the demo market up: people, shops, goods, prices, plans, showcases, each with its date in the past."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from laotie.alliance import operations as alliance
from laotie.alliance.contracts import PlanKind
from laotie.catalog import operations as catalog
from laotie.core.actor import Actor, person, system
from laotie.core.rules import publish_rules
from laotie.main.demo import goods, people
from laotie.people import operations as people_operations
from laotie.people.contracts import SHOP_PERMISSIONS

NEWCOMER = "haowu"
NEWCOMER_DAYS_AGO = 10
LONG_OPEN_DAYS = 420
CHANNEL_SKU = "TGY-MEI60"
BUCKETS_OF_HOT_SKU = 8
HOT_SKU = "PG-5"
PAY_SECONDS = 1_800

SHOWCASES = {
    "mei": (
        *("tieguanyin", "gaiwan", "jasmine-tea", "black-tea", "tea-gift-box", "dahongpao", "chrysanthemum-tea"),
        *("kiln-mug", "travel-tea-set", "clay-teapot", "puer-cake", "incense-burner"),
    ),
    "chen": (
        *("silk-scarf", "rice-cooker", "sneakers", "umbrella", "toy-blocks", "yoga-mat", "enamel-mug"),
        *("silk-pillowcase", "down-jacket", "linen-shirt"),
    ),
    "qiao": (
        *("apples", "sweet-potato", "pears", "honey", "walnuts", "peanut-oil", "cherries", "grape-juice"),
        *("bowl-set", "fish-plate", "rice-cooker", "chrysanthemum-tea", "tea-gift-box"),
    ),
}
# What a normal plan pays on a shop's goods; products named below have plans of their own.
NORMAL_RATES_BP = {"guanshan": 2_000, "zhili": 1_500, "ciyan": 1_800, "guoran": 1_000, "haowu": 1_200}
WITHOUT_NORMAL_PLAN = frozenset({"gaiwan", "silk-scarf", "apples", "succulent-pot", "silk-quilt", "lipstick"})
STEP_PRODUCT = "sweet-potato"


@dataclass(slots=True)
class DemoMarket:
    """What exists so far, by the keys of the demo's data."""

    accounts: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    shops: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    skus: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    brands: dict[str, int] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        """Return a person as an actor."""
        return person(self.accounts[key])

    def owner(self, shop: str) -> Actor:
        """Return a shop's owner as an actor."""
        return self.actor(people.OWNERS[shop].key)

    def staff(self, shop: str) -> Actor:
        """Return the one who works for a shop as an actor."""
        return self.actor(people.STAFF[shop].key)

    def shop_of(self, shop_id: int) -> str:
        """Return a shop's key."""
        return next(key for key, known in self.shops.items() if known == shop_id)


def add_people(market: DemoMarket, *, now: datetime) -> None:
    """Open everybody's account with their address, roles and agency."""
    for number, entry in enumerate(people.EVERYONE):
        password = people.DEMO_PASSWORD if entry.email in people.SIGNS_IN else None
        account = people_operations.open_account(
            email=entry.email, display_name=entry.display_name, password=password, now=now, verified=True
        )
        market.accounts[entry.key] = account.id
        place = people.PLACES[number % len(people.PLACES)]
        address = people_operations.add_address(
            actor=person(account.id),
            recipient=entry.display_name,
            phone=f"138{number:04}{(number * 7919 + 5678) % 10_000:04}",
            region=place.region,
            street=place.street,
            postcode=place.postcode,
            now=now,
        )
        market.addresses[entry.key] = address.id
    office = people.PLACES[1]
    people_operations.add_address(
        actor=market.actor("lin"),
        recipient="林晓（公司）",
        phone="13800005679",
        region=office.region,
        street=office.street,
        postcode=office.postcode,
        now=now,
    )
    people_operations.grant_operator(actor=system("demo"), account_id=market.accounts["shen"], now=now)
    words = {entry.key: entry.introduction for entry in goods.CREATORS}
    for creator in (*people.CREATORS, people.LEADER):
        introduction = words.get(creator.key, "替好货找主播，替主播找好货。")
        people_operations.become_creator(actor=market.actor(creator.key), now=now, introduction=introduction)
    _add_agency(market, now)


def _add_agency(market: DemoMarket, now: datetime) -> None:
    boss = market.actor(people.BOSS.key)
    agency = people_operations.open_agency(actor=boss, name=people.AGENCY_NAME, now=now)
    contract = people_operations.propose_agency_share(
        actor=boss,
        agency_id=agency.id,
        creator_id=market.accounts["qiao"],
        share_bp=people.AGENCY_SHARE_BP,
        starts_at=now,
        ends_at=now + timedelta(days=365),
        now=now,
    )
    people_operations.accept_agency_share(actor=market.actor("qiao"), contract_id=contract.id, now=now)


def draw_platform(market: DemoMarket, *, now: datetime) -> None:
    """Let the operator draw the category tree and publish a version of the rules."""
    shen = market.actor("shen")
    for entry in goods.CATEGORIES:
        category = catalog.add_category(
            actor=shen,
            code=entry.code,
            name=entry.name,
            name_en=entry.name_en,
            parent_id=market.categories.get(entry.parent),
            trade=entry.trade,
            now=now,
        )
        market.categories[entry.code] = category.id
    publish_rules(
        actor=shen,
        changes={"pay.seconds": PAY_SECONDS},
        valid_from=now + timedelta(days=1),
        now=now,
        note="付款时间延长到 30 分钟，照顾不常用手机支付的老铁。",
    )


def add_shop(market: DemoMarket, shop: goods.DemoShop, *, now: datetime, activated_at: datetime) -> None:
    """Open a shop with its staff and its accounts (号店一体)."""
    owner = market.owner(shop.key)
    opened = people_operations.open_shop(
        actor=owner, name=shop.name, name_en=shop.name_en, now=now, activated_at=activated_at
    )
    market.shops[shop.key] = opened.id
    permissions = frozenset(SHOP_PERMISSIONS) - {"money", "staff"}
    people_operations.add_staff(
        actor=owner,
        shop_id=opened.id,
        account_id=market.accounts[people.STAFF[shop.key].key],
        permissions=permissions,
        now=now,
    )
    _link(market, shop.key, people.OFFICIAL[shop.key], "official", is_own_room=True, now=now)
    _link(market, shop.key, people.OWNERS[shop.key], "founder", is_own_room=True, now=now)
    if shop.key in people.MATRIX:
        _link(market, shop.key, people.MATRIX[shop.key], "matrix", is_own_room=False, now=now)


def _link(
    market: DemoMarket, shop: str, who: people.DemoPerson, kind: str, *, is_own_room: bool, now: datetime
) -> None:
    people_operations.link_shop_account(
        actor=market.owner(shop),
        shop_id=market.shops[shop],
        account_id=market.accounts[who.key],
        kind=kind,
        is_own_room=is_own_room,
        now=now,
    )
    people_operations.accept_shop_account(actor=market.actor(who.key), shop_id=market.shops[shop], now=now)


def register_brands(market: DemoMarket, *, now: datetime) -> None:
    """Register Tan's brand and let the porcelain shop sell it for a year."""
    brand = people_operations.register_brand(
        actor=market.owner("guanshan"), name="观山", shop_id=market.shops["guanshan"], now=now
    )
    market.brands["guanshan"] = brand.id
    people_operations.authorise_brand(
        actor=market.owner("guanshan"),
        brand_id=brand.id,
        shop_id=market.shops["ciyan"],
        starts_at=now,
        ends_at=now + timedelta(days=365),
        now=now,
    )


def stock_shop(market: DemoMarket, shop: goods.DemoShop, *, now: datetime) -> None:
    """Put a shop's goods on sale, with pictures, prices and stock."""
    clerk = market.staff(shop.key)
    for entry in goods.PRODUCTS:
        if entry.shop != shop.key:
            continue
        product = catalog.create_product(
            actor=clerk,
            shop_id=market.shops[shop.key],
            category_id=market.categories[entry.category],
            title=entry.title,
            description=entry.description,
            attributes={"产地": shop.place, "英文名": entry.title_en},
            freight_fen=entry.freight_fen,
            brand_id=market.brands.get(shop.key),
            now=now,
        )
        market.products[entry.key] = product.id
        catalog.add_picture(actor=clerk, product_id=product.id, url=goods.picture_of(entry.key), now=now)
        for sku in entry.skus:
            added = catalog.add_sku(
                actor=clerk,
                product_id=product.id,
                code=sku.code,
                name=sku.name,
                attributes=dict(sku.attributes),
                now=now,
            )
            market.skus[sku.code] = added.id
            price_fen = first_price_of(sku.price_fen) if is_reduced(entry.key) else sku.price_fen
            catalog.set_offer(actor=clerk, sku_id=added.id, channel="shelf", price_fen=price_fen, now=now)
            catalog.receive_stock(
                actor=clerk, sku_id=added.id, quantity=sku.stock, reference=f"入库 {sku.code}", now=now
            )
        catalog.put_on_sale(actor=clerk, product_id=product.id, now=now)


def is_reduced(product: str) -> bool:
    """Say whether a product began at a higher price and came down some weeks ago: every third does."""
    return sum(product.encode()) % 3 == 0


def first_price_of(price_fen: int) -> int:
    """Return the price before the reduction: a seventh more, in whole yuan."""
    return price_fen * 8 // 7 // 100 * 100


def give_mei_her_prices(market: DemoMarket, *, now: datetime) -> None:
    """Give Mei a price of her own, and a SKU that only her channel sells (渠道特供); spread the hot SKU."""
    clerk = market.staff("guanshan")
    channel = f"creator:{market.accounts['mei']}"
    catalog.set_offer(
        actor=clerk,
        sku_id=market.skus["TGY-L250"],
        channel=channel,
        price_fen=11_800,
        limit_per_order=5,
        now=now,
    )
    special = catalog.add_sku(
        actor=clerk,
        product_id=market.products["tieguanyin"],
        code=CHANNEL_SKU,
        name="梅子专享 品鉴装 60g",
        attributes={"净含量": "60g"},
        now=now,
    )
    market.skus[CHANNEL_SKU] = special.id
    catalog.receive_stock(actor=clerk, sku_id=special.id, quantity=150, channel=channel, now=now)
    catalog.set_offer(actor=clerk, sku_id=special.id, channel=channel, price_fen=3_900, own_stock=True, now=now)
    catalog.spread_stock(
        actor=market.staff("guoran"), sku_id=market.skus[HOT_SKU], buckets=BUCKETS_OF_HOT_SKU, now=now
    )


def reduce_prices(market: DemoMarket, *, now: datetime) -> None:
    """Bring the reduced products down to the price they have today."""
    for entry in goods.PRODUCTS:
        if is_reduced(entry.key) and entry.shop != NEWCOMER:
            for sku in entry.skus:
                catalog.set_offer(
                    actor=market.staff(entry.shop),
                    sku_id=market.skus[sku.code],
                    channel="shelf",
                    price_fen=sku.price_fen,
                    now=now,
                )


def hold_sale(market: DemoMarket, *, now: datetime, until: datetime) -> None:
    """Lay a sale price over the first SKU of every fifth product, for a time."""
    for entry in goods.PRODUCTS[::5]:
        sku = entry.skus[0]
        catalog.set_offer(
            actor=market.staff(entry.shop),
            sku_id=market.skus[sku.code],
            channel="shelf",
            price_fen=sku.price_fen * 9 // 10,
            valid_to=until,
            now=now,
        )


def open_plans(market: DemoMarket, shop: str, *, now: datetime) -> None:
    """Open a shop's commission plans: a normal one on most goods, and the other five kinds here and there."""
    for entry in goods.PRODUCTS:
        if entry.shop != shop or entry.key in WITHOUT_NORMAL_PLAN:
            continue
        plan = _open(market, shop, PlanKind.NORMAL, NORMAL_RATES_BP[shop], entry.key, now=now)
        if entry.key == STEP_PRODUCT:
            alliance.set_step(actor=market.staff(shop), plan_id=plan, threshold=5, step_rate_bp=1_800, now=now)
    if shop == "guanshan":
        _open(market, shop, PlanKind.PRODUCT_TARGETED, 2_800, "tieguanyin", creators=("mei",), now=now)
        _open(market, shop, PlanKind.SHOP_TARGETED, 2_200, creators=("qiao",), now=now)
    if shop == "ciyan":
        _open(market, shop, PlanKind.EXCLUSIVE, 3_000, "gaiwan", creators=("mei",), now=now)
    if shop == "guoran":
        _open(market, shop, PlanKind.RECRUIT_NORMAL, 1_200, "apples", leader_rate_bp=200, now=now)
    if shop == "zhili":
        _open(
            market,
            shop,
            PlanKind.RECRUIT_EXCLUSIVE,
            2_500,
            "silk-scarf",
            creators=("chen", "mei"),
            leader_rate_bp=300,
            now=now,
        )


def _open(
    market: DemoMarket,
    shop: str,
    kind: PlanKind,
    rate_bp: int,
    product: str = "",
    *,
    creators: tuple[str, ...] = (),
    leader_rate_bp: int = 0,
    now: datetime,
) -> int:
    return alliance.open_plan(
        actor=market.staff(shop),
        shop_id=market.shops[shop],
        kind=kind,
        product_id=market.products[product] if product else None,
        rate_bp=rate_bp,
        creator_ids=[market.accounts[key] for key in creators],
        leader_id=market.accounts[people.LEADER.key] if leader_rate_bp else None,
        leader_rate_bp=leader_rate_bp,
        starts_at=now,
        now=now,
    ).id


def fill_showcases(market: DemoMarket, *, now: datetime) -> None:
    """Put into the creators' showcases what is on sale of what they recommend; again when more shops have opened."""
    for creator, products in SHOWCASES.items():
        for product in reversed(products):
            if product in market.products:
                alliance.add_to_showcase(actor=market.actor(creator), product_id=market.products[product], now=now)


def follow_each_other(market: DemoMarket, *, now: datetime) -> None:
    """Let buyers follow creators and shops."""
    creators = [creator.key for creator in people.CREATORS]
    shops = list(market.shops.values())
    for number, buyer in enumerate((people.LIN, people.GUO, *people.BUYERS)):
        moment = now + timedelta(minutes=37 * number)
        for key in creators[: 1 + number % len(creators)]:
            people_operations.follow(
                actor=market.actor(buyer.key), followed=f"account:{market.accounts[key]}", now=moment
            )
        people_operations.follow(
            actor=market.actor(buyer.key), followed=f"shop:{shops[number % len(shops)]}", now=moment
        )
