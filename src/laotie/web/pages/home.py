"""Home: what sells, what is new, and the shops behind it."""

from django.http import HttpRequest, HttpResponse

from laotie.catalog import queries as catalog
from laotie.catalog.queries import ProductOrder
from laotie.core.http import now_of
from laotie.people import queries as people
from laotie.web.serving import page, show

FEATURED = 10
NEW = 10
SHOPS_SHOWN = 6


@page
def home(request: HttpRequest) -> HttpResponse:
    """Show the home page."""
    now = now_of(request)
    popular = catalog.list_products(at=now, order=ProductOrder.SALES, limit=FEATURED).items
    newest = catalog.list_products(at=now, order=ProductOrder.NEWEST, limit=NEW).items
    shops = people.get_shops({card.shop_id for card in (*popular, *newest)})
    values = {
        "place": "home",
        "popular": popular,
        "newest": newest,
        "shops": shops,
        "shop_list": list(shops.values())[:SHOPS_SHOWN],
        "roots": [category for category in catalog.list_categories() if category.level == 1],
    }
    return show(request, "shop/home.html", values)
