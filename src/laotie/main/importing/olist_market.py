"""Olist's people, shops and goods in this market: made when an order first needs them, found again by their names.

A person is found by an e-mail address made of Olist's number, a shop by its owner, a SKU by Olist's product number
as the shop's own code. Several sellers offer one product; here each shop has its own.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from laotie.catalog import operations as catalog_operations
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import SHELF
from laotie.core.actor import Actor, person, system
from laotie.main.importing.olist_judging import CURRENCY, judge
from laotie.main.importing.olist_source import Place, Source, SourceOrder
from laotie.people import operations as people_operations
from laotie.people import queries as people

IMPORTER = system("import-olist")
CODE_LETTERS_MAX = 40  # catalog's limit; Olist's longest category name is longer
UNSORTED = "sem_categoria"  # Portuguese: without a category


@dataclass(slots=True)
class Shop:
    """A seller's shop and its owner."""

    id: int
    owner: Actor


@dataclass(slots=True)
class Shelf:
    """A SKU as this run last left it: its price and what is on hand."""

    sku_id: int
    product_id: int
    price_fen: int | None = None
    on_hand: int = 0
    is_new: bool = False


class Market:
    """The parties of one run. Only the import's own transaction writes what is remembered here."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buyers: dict[str, Actor] = {}
        self._shops: dict[str, Shop] = {}
        self._shelves: dict[tuple[str, str], Shelf] = {}
        self._categories: dict[str, int] = {}
        placeable = (order for order in source.orders if judge(order) is None)
        self._units = Counter((item.seller, item.product) for order in placeable for item in order.items)

    def buyer_of(self, order: SourceOrder) -> Actor:
        """Return the person who placed an order."""
        unique = self._source.customers[order.customer].person
        if unique not in self._buyers:
            self._buyers[unique] = _account(f"{unique}@buyer.olist.example", unique, order.purchased_at)
        return self._buyers[unique]

    def place_of(self, order: SourceOrder) -> Place:
        """Return where an order goes."""
        return self._source.customers[order.customer]

    def shop_of(self, seller: str, at: datetime) -> Shop:
        """Return a seller's shop, activated by its first order."""
        if seller not in self._shops:
            owner = _account(f"{seller}@seller.olist.example", seller, at)
            assert owner.account_id is not None
            opened = people.list_shops_of(account_id=owner.account_id)
            place = self._source.sellers[seller]
            name = f"{place.city.title()[:40]} {seller[:8]}"
            shop = opened[0] if opened else people_operations.open_shop(actor=owner, name=name, now=at)
            self._shops[seller] = Shop(shop.id, owner)
        return self._shops[seller]

    def shelve(self, *, seller: str, product: str, price_fen: int, quantity: int, at: datetime) -> int:
        """Put units of a product up for sale at a price, and return the SKU; the price of before becomes history.

        A new product's whole stock for this import arrives at once; later only what is missing.
        """
        shop = self.shop_of(seller, at)
        key = (seller, product)
        shelf = (
            self._shelves.get(key) or self._find_shelf(shop, product, at) or self._open_shelf(shop, product, at)
        )
        self._shelves[key] = shelf
        if shelf.on_hand < quantity:
            arriving = self._units[key] if shelf.is_new else quantity - shelf.on_hand
            catalog_operations.receive_stock(
                actor=shop.owner, sku_id=shelf.sku_id, quantity=arriving, now=at, reference="olist"
            )
            shelf.on_hand += arriving
        if shelf.price_fen != price_fen:
            catalog_operations.set_offer(
                actor=shop.owner,
                sku_id=shelf.sku_id,
                channel=SHELF,
                price_fen=price_fen,
                currency=CURRENCY,
                now=at,
            )
            shelf.price_fen = price_fen
        if shelf.is_new:
            catalog_operations.put_on_sale(actor=shop.owner, product_id=shelf.product_id, now=at)
            shelf.is_new = False
        return shelf.sku_id

    def count_out(self, *, seller: str, product: str, quantity: int) -> None:
        """Note that units have left the shelf."""
        self._shelves[seller, product].on_hand -= quantity

    def _find_shelf(self, shop: Shop, product: str, at: datetime) -> Shelf | None:
        sku = catalog.find_sku(shop_id=shop.id, code=product)
        if sku is None:
            return None
        quote = catalog.find_quotes(wanted=[(sku.id, SHELF)], at=at).get((sku.id, SHELF))
        if quote is None:
            return Shelf(sku.id, sku.product_id)
        return Shelf(sku.id, sku.product_id, quote.price_fen, quote.on_hand)

    def _open_shelf(self, shop: Shop, product: str, at: datetime) -> Shelf:
        found = self._source.products[product]
        category = found.category or UNSORTED
        made = catalog_operations.create_product(
            actor=shop.owner,
            shop_id=shop.id,
            category_id=self._category(category, at),
            title=f"{self._english(category).capitalize()} {product[:8]}",
            attributes=found.attributes,
            now=at,
        )
        sku = catalog_operations.add_sku(
            actor=shop.owner, product_id=made.id, code=product, name=product[:8], now=at
        )
        return Shelf(sku.id, made.id, is_new=True)

    def _category(self, name: str, at: datetime) -> int:
        """Return a category of the third level; the second is the first word of Olist's name, as furniture."""
        if name not in self._categories:
            family = name.split("_", 1)[0]
            root = _category("olist", None, "Olist", "Olist", at)
            branch = _category(f"olist:{family}", root, family.capitalize(), "", at)
            words = name.replace("_", " ").capitalize()
            leaf = _category(f"olist.{name}", branch, words, self._english(name).capitalize(), at)
            self._categories[name] = leaf
        return self._categories[name]

    def _english(self, category: str) -> str:
        return self._source.english.get(category, category).replace("_", " ")


def _account(email: str, number: str, at: datetime) -> Actor:
    """Return the account of an address nobody can read, so that nobody can sign in with it."""
    found = people.find_account_by_email(email)
    account = found or people_operations.open_account(email=email, display_name=f"Olist {number[:8]}", now=at)
    return person(account.id)


def _category(code: str, parent_id: int | None, name: str, name_en: str, at: datetime) -> int:
    code = code[:CODE_LETTERS_MAX]
    found = catalog.find_category(code=code)
    if found is None:
        found = catalog_operations.add_category(
            actor=IMPORTER, code=code, parent_id=parent_id, name=name, name_en=name_en, now=at
        )
    return found.id
