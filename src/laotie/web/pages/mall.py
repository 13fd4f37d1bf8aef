"""The mall: categories, search, filters, and goods page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from laotie.catalog import queries as catalog
from laotie.catalog.contracts import CategoryView, ProductFilter
from laotie.catalog.queries import ProductOrder
from laotie.core.http import now_of
from laotie.people import queries as people
from laotie.web.serving import number_of, page, show

CARDS = 20
TEXT_LETTERS_MAX = 60
UNITS_MAX = 10_000_000  # of the currency, as typed in a price band
DEFAULT_ORDER = ProductOrder.SALES


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks the mall for; anything malformed in it is as if it were not there."""

    text: str
    category_id: int
    low: int
    high: int
    is_freight_free: bool
    order: ProductOrder

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything narrows the list."""
        return bool(self.text or self.category_id or self.low or self.high or self.is_freight_free)


@page
def mall(request: HttpRequest) -> HttpResponse:
    """Show what is on sale; htmx asks for the next page's cards only."""
    now = now_of(request)
    wish = _wish(request.GET)
    categories = catalog.list_categories()
    found = catalog.list_products(
        at=now,
        where=ProductFilter(
            category_id=wish.category_id or None,
            text=wish.text,
            price_from_fen=wish.low * 100 or None,
            price_to_fen=wish.high * 100 or None,
            is_freight_free=wish.is_freight_free,
        ),
        order=wish.order,
        cursor=request.GET.get("cursor", "")[:500],
        limit=CARDS,
    )
    trail = _trail(categories, wish.category_id)
    values = {
        "place": "mall",
        "wish": wish,
        "cards": found.items,
        "next_cursor": found.next_cursor,
        "shops": people.get_shops({card.shop_id for card in found.items}),
        "trail": trail,
        "rows": _rows(categories, trail),
        "currency": settings.CURRENCY,
    }
    if request.headers.get("HX-Target") == "more":
        return show(request, "shop/mall.html#cards", values)
    return show(request, "shop/mall.html", values)


def _wish(asked: QueryDict) -> Wish:
    low = number_of(asked.get("low", ""), least=0, most=UNITS_MAX, otherwise=0)
    high = number_of(asked.get("high", ""), least=0, most=UNITS_MAX, otherwise=0)
    order = asked.get("sort", "")
    return Wish(
        text=asked.get("text", "").replace("\0", "").strip()[:TEXT_LETTERS_MAX],
        category_id=number_of(asked.get("category", ""), least=1, most=10**18, otherwise=0),
        low=min(low, high) if high else low,
        high=max(low, high) if high else 0,
        is_freight_free=asked.get("free") == "1",
        order=ProductOrder(order) if order in set(ProductOrder) else DEFAULT_ORDER,
    )


def _trail(categories: Sequence[CategoryView], category_id: int) -> list[CategoryView]:
    """Return the chosen category with those above it, the topmost first."""
    by_id = {category.id: category for category in categories}
    trail: list[CategoryView] = []
    found = by_id.get(category_id)
    while found is not None:
        trail.insert(0, found)
        found = by_id.get(found.parent_id or 0)
    return trail


def _rows(
    categories: Sequence[CategoryView], trail: Sequence[CategoryView]
) -> list[tuple[int | None, int | None, list[CategoryView]]]:
    """Return the levels to choose from: parent, the one chosen in it, its categories."""
    parents = [None, *(category.id for category in trail)]
    chosen = [*(category.id for category in trail), None]
    rows = [
        (parent, here, [category for category in categories if category.parent_id == parent])
        for parent, here in zip(parents, chosen, strict=True)
    ]
    return [row for row in rows if row[2]]
