"""Olist's people, shops and goods in this market: made when an order first needs them, found again by their names.

A person is found by an e-mail address made of Olist's number, a shop by its owner, a SKU by Olist's product number
as the shop's own code. Several sellers offer one product; here each shop has its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from laotie.catalog import operations as catalog_operations
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import SHELF, NewProduct
from laotie.core.actor import Actor, person, system
from laotie.main.importing.olist_judging import CURRENCY, judge
from laotie.main.importing.olist_source import Place, Source, SourceItem, SourceOrder
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.people.contracts import NewAccount

IMPORTER = system("import-olist")
CODE_LETTERS_MAX = 40  # catalog's limit; Olist's longest category name is longer
CITY_LETTERS_MAX = 40  # a shop's name has room for 60
UNSORTED = "sem_categoria"  # Portuguese: without a category

Good = tuple[str, str]  # Olist's numbers of seller and product


@dataclass(slots=True)
class Shelf:
    """A SKU as this run last left it: its price, None for none, and what is on hand."""

    sku_id: int
    price_fen: int | None
    on_hand: int


class Market:
    """The parties of one run. `prepare` makes those of a batch of orders by a handful of statements."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._account_ids: dict[str, int] = {}
        self._shop_ids: dict[str, int] = {}
        self._shelves: dict[Good, Shelf] = {}
        self._category_ids: dict[str, int] = {}
        placeable = (order for order in source.orders if judge(order) is None)
        self._units = Counter(_good(item) for order in placeable for item in order.items)

    def prepare(self, orders: Sequence[SourceOrder]) -> None:
        """Open accounts, shops and shelves that orders need and the market has not, each at its first order's time.

        A new product's whole stock for this import arrives with it.
        """
        buyers = {self._buyer_email(order): order.purchased_at for order in reversed(orders)}
        sellers = {item.seller: order.purchased_at for order in reversed(orders) for item in order.items}
        self._open_accounts(buyers | {_seller_email(seller): at for seller, at in sellers.items()})
        for seller, at in sellers.items():
            if seller not in self._shop_ids:
                self._shop_ids[seller] = self._open_shop(seller, at)
        self._open_shelves(orders)

    def buyer_of(self, order: SourceOrder) -> Actor:
        """Return the person who placed an order."""
        return person(self._account_ids[self._buyer_email(order)])

    def place_of(self, order: SourceOrder) -> Place:
        """Return where an order goes."""
        return self._source.customers[order.customer]

    def shop_id_of(self, seller: str) -> int:
        """Return a seller's shop."""
        return self._shop_ids[seller]

    def take(self, item: SourceItem, *, price_fen: int, quantity: int, at: datetime) -> int:
        """See to it that units of an item can be bought at a price at a moment, and return the SKU.

        The price of before becomes history; what is missing arrives.
        """
        shelf = self._shelves[_good(item)]
        if shelf.price_fen != price_fen:
            catalog_operations.set_offer(
                actor=IMPORTER,
                sku_id=shelf.sku_id,
                channel=SHELF,
                price_fen=price_fen,
                currency=CURRENCY,
                now=at,
            )
            shelf.price_fen = price_fen
        if shelf.on_hand < quantity:
            missing = quantity - shelf.on_hand
            catalog_operations.receive_stock(
                actor=IMPORTER, sku_id=shelf.sku_id, quantity=missing, now=at, reference="olist"
            )
            shelf.on_hand = quantity
        shelf.on_hand -= quantity
        return shelf.sku_id

    def _open_accounts(self, wanted: dict[str, datetime]) -> None:
        unknown = {email: at for email, at in wanted.items() if email not in self._account_ids}
        found = people.find_accounts_by_email(unknown) if unknown else {}
        missing = [
            NewAccount(email=email, display_name=f"Olist {email[:8]}", at=at)
            for email, at in unknown.items()
            if email not in found
        ]
        made = people_operations.bring_in_accounts(accounts=missing) if missing else ()
        for account in (*found.values(), *made):
            self._account_ids[account.email] = account.id

    def _open_shop(self, seller: str, at: datetime) -> int:
        owner_id = self._account_ids[_seller_email(seller)]
        opened = people.list_shops_of(account_id=owner_id)
        if opened:
            return opened[0].id
        name = f"{self._source.sellers[seller].city.title()[:CITY_LETTERS_MAX]} {seller[:8]}"
        return people_operations.open_shop(actor=person(owner_id), name=name, now=at).id

    def _open_shelves(self, orders: Sequence[SourceOrder]) -> None:
        first: dict[Good, tuple[SourceItem, datetime]] = {}
        for order in orders:
            for item in order.items:
                if _good(item) not in self._shelves:
                    first.setdefault(_good(item), (item, order.purchased_at))
        self._find_shelves(first)
        missing = {good: entry for good, entry in first.items() if good not in self._shelves}
        if not missing:
            return
        new = [self._new_product(item, at) for item, at in missing.values()]
        skus = catalog_operations.bring_in_products(actor=IMPORTER, products=new, reference="olist")
        for good, product, sku in zip(missing, new, skus, strict=True):
            self._shelves[good] = Shelf(sku.id, product.price_fen, product.stock)

    def _find_shelves(self, first: dict[Good, tuple[SourceItem, datetime]]) -> None:
        """Find what an earlier run has left, at the price and with the stock it has at the first order's time."""
        codes = {(self._shop_ids[seller], product): (seller, product) for seller, product in first}
        found = catalog.find_skus(wanted=list(codes)) if codes else {}
        for pair, sku in found.items():
            good = codes[pair]
            quotes = catalog.find_quotes(wanted=[(sku.id, SHELF)], at=first[good][1])
            quote = quotes.get((sku.id, SHELF))
            self._shelves[good] = Shelf(sku.id, quote.price_fen if quote else None, quote.on_hand if quote else 0)

    def _new_product(self, item: SourceItem, at: datetime) -> NewProduct:
        found = self._source.products[item.product]
        category = found.category or UNSORTED
        return NewProduct(
            shop_id=self._shop_ids[item.seller],
            category_id=self._category_id(category, at),
            title=f"{self._english(category).capitalize()} {item.product[:8]}",
            code=item.product,
            name=item.product[:8],
            price_fen=item.price_fen,
            currency=CURRENCY,
            stock=self._units[_good(item)],
            at=at,
            attributes=found.attributes,
        )

    def _category_id(self, name: str, at: datetime) -> int:
        """Return a category of the third level; the second is the first word of Olist's name, as furniture."""
        if name not in self._category_ids:
            family = name.split("_", 1)[0]
            root = _add_category("olist", None, "Olist", "Olist", at)
            branch = _add_category(f"olist:{family}", root, family.capitalize(), "", at)
            words = name.replace("_", " ").capitalize()
            leaf = _add_category(f"olist.{name}", branch, words, self._english(name).capitalize(), at)
            self._category_ids[name] = leaf
        return self._category_ids[name]

    def _english(self, category: str) -> str:
        return self._source.english.get(category, category).replace("_", " ")

    def _buyer_email(self, order: SourceOrder) -> str:
        """Return an address nobody can read, so that nobody can sign in with it."""
        return f"{self._source.customers[order.customer].person}@buyer.olist.example"


def _seller_email(seller: str) -> str:
    return f"{seller}@seller.olist.example"


def _good(item: SourceItem) -> Good:
    return (item.seller, item.product)


def _add_category(code: str, parent_id: int | None, name: str, name_en: str, at: datetime) -> int:
    code = code[:CODE_LETTERS_MAX]
    found = catalog.find_category(code=code)
    if found is None:
        found = catalog_operations.add_category(
            actor=IMPORTER, code=code, parent_id=parent_id, name=name, name_en=name_en, now=at
        )
    return found.id
