"""A product, a shop, and a creator's showcase: the three places from which people buy."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from laotie.alliance import queries as alliance
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import SHELF, ProductCard, ProductFilter, ProductView, Quote
from laotie.catalog.queries import ProductOrder
from laotie.core.errors import NotFound
from laotie.core.http import now_of
from laotie.orders import queries as orders
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.people.contracts import AccountView
from laotie.promotions import queries as promotions
from laotie.web import visitor
from laotie.web.serving import actor_of, number_of, page, show, viewer_of, where_from

ID_MAX = 10**18
CARDS = 20
ALSO_SHOWN = 5


@page
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """Show a product; through a creator's link (`?c=7`) or from its shop (`?from=shop`) the entrance is kept."""
    now = now_of(request)
    found = catalog.get_listed_product(product_id)
    creator = _creator(number_of(request.GET.get("c", ""), least=1, most=ID_MAX, otherwise=0))
    channel = f"creator:{creator.id}" if creator else SHELF
    quotes = catalog.list_quotes(product_id=product_id, at=now, channel=channel)
    chosen = _choose(quotes, number_of(request.GET.get("sku", ""), least=1, most=ID_MAX, otherwise=0))
    shop_view = people.get_shop(found.shop_id)
    lowest_fen = catalog.lowest_price_fen(sku_id=chosen.sku_id, at=now, channel=channel) if chosen else None
    others = _also(found, now)
    values = {
        "place": "mall",
        "bare_bar": True,
        "product": found,
        "quotes": quotes,
        "chosen": chosen,
        "is_one_price": len({quote.price_fen for quote in quotes}) <= 1,
        "lowest_fen": min(lowest_fen, chosen.price_fen) if chosen and lowest_fen else None,
        "quantity": number_of(request.GET.get("quantity", ""), least=1, most=999, otherwise=1),
        "shop": shop_view,
        "creator": creator,
        "channel": channel,
        "ship_hours": orders.ship_hours_promised(at=now),
        "others": others,
        **_coupons(request, found.shop_id, now, creator_id=creator.id if creator else None, product_id=product_id),
    }
    response = show(request, "shop/product.html", values)
    _keep_entrance(request, response, found, creator)
    return response


@page
def shop(request: HttpRequest, shop_id: int) -> HttpResponse:
    """Show a shop and its goods."""
    found = people.get_shop(shop_id)
    if found.state != "open":
        raise NotFound(what="shop")
    asked = request.GET.get("sort", "")
    order = ProductOrder(asked) if asked in set(ProductOrder) else ProductOrder.SALES
    goods = catalog.list_products(
        at=now_of(request),
        where=ProductFilter(shop_id=shop_id),
        order=order,
        cursor=request.GET.get("cursor", "")[:500],
        limit=CARDS,
    )
    values = {
        "place": "mall",
        "shop": found,
        "cards": goods.items,
        "next_cursor": goods.next_cursor,
        "order": order,
        **_coupons(request, shop_id, now_of(request)),
        **_followed(request, f"shop:{shop_id}"),
    }
    template = "shop/shop.html#cards" if request.headers.get("HX-Target") == "more" else "shop/shop.html"
    return show(request, template, values)


@page
def creator(request: HttpRequest, creator_id: int) -> HttpResponse:
    """Show a creator and the goods they recommend; the links carry who recommended."""
    found = _creator(creator_id)
    if found is None:
        raise NotFound(what="account")
    shown = alliance.list_showcase(creator_id=creator_id, cursor=request.GET.get("cursor", "")[:500], limit=CARDS)
    cards = _cards_in_order([entry.product_id for entry in shown.items], f"creator:{creator_id}", now_of(request))
    values = {
        "place": "mall",
        "creator": found,
        "creator_link": f"?c={creator_id}&from=showcase",
        "cards": cards,
        "shops": people.get_shops({card.shop_id for card in cards}),
        "next_cursor": shown.next_cursor,
        **_followed(request, f"account:{creator_id}"),
    }
    template = "shop/creator.html#cards" if request.headers.get("HX-Target") == "more" else "shop/creator.html"
    return show(request, template, values)


@require_POST
@page
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a shop or a creator, or stop."""
    actor, followed = actor_of(request), request.POST.get("followed", "")
    if request.POST.get("wanted") == "no":
        people_operations.unfollow(actor=actor, followed=followed, now=now_of(request))
    else:
        people_operations.follow(actor=actor, followed=followed, now=now_of(request))
    if request.headers.get("HX-Request"):
        return show(request, "shop/follow.html", _followed(request, followed))
    return HttpResponseRedirect(where_from(request))


def _creator(account_id: int) -> AccountView | None:
    """Return the account if it is a creator's who may recommend goods."""
    found = people.get_accounts([account_id]).get(account_id) if account_id else None
    return found if found and found.is_creator and found.is_active else None


def _choose(quotes: Sequence[Quote], sku_id: int) -> Quote | None:
    """Return the SKU asked for, else the cheapest in stock, else the cheapest."""
    asked = [quote for quote in quotes if quote.sku_id == sku_id]
    return (
        asked[0] if asked else min(quotes, key=lambda quote: (quote.on_hand <= 0, quote.price_fen), default=None)
    )


def _also(found: ProductView, now: datetime) -> list[ProductCard]:
    where = ProductFilter(shop_id=found.shop_id)
    cards = catalog.list_products(at=now, where=where, order=ProductOrder.SALES, limit=ALSO_SHOWN + 1)
    return [card for card in cards.items if card.id != found.id][:ALSO_SHOWN]


def _cards_in_order(product_ids: Sequence[int], channel: str, now: datetime) -> list[ProductCard]:
    """Return the products that are on sale, in the order given."""
    if not product_ids:
        return []
    where = ProductFilter(ids=tuple(product_ids))
    found = {
        card.id: card for card in catalog.list_products(at=now, where=where, channel=channel, limit=CARDS).items
    }
    return [found[product_id] for product_id in product_ids if product_id in found]


def _followed(request: HttpRequest, address: str) -> dict[str, object]:
    viewer = viewer_of(request)
    return {
        "followed": address,
        "is_following": bool(viewer) and people.is_following(account_id=viewer or 0, followed=address),
        "followers": people.count_followers(address),
        "is_self": address == f"account:{viewer}",
    }


def _keep_entrance(
    request: HttpRequest, response: HttpResponse, found: ProductView, creator_view: AccountView | None
) -> None:
    """Keep through whose entrance the page was opened; changing the SKU or a prefetch is no visit."""
    is_visit = request.method == "GET" and not request.headers.get("HX-Request")
    if not is_visit or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    if creator_view is not None:
        entrance = f"showcase:{creator_view.id}" if request.GET.get("from") == "showcase" else "link"
        key = visitor.record_click(
            request,
            product_id=found.id,
            shop_id=found.shop_id,
            creator_id=creator_view.id,
            entrance=entrance if ":" in entrance else f"link:{creator_view.id}",
        )
    elif request.GET.get("from") == "shop":
        key = visitor.record_click(
            request,
            product_id=found.id,
            shop_id=found.shop_id,
            creator_id=None,
            entrance=f"shop:{found.shop_id}",
        )
    else:
        return
    if key:
        visitor.remember(response, key)


def _coupons(
    request: HttpRequest,
    shop_id: int,
    now: datetime,
    *,
    creator_id: int | None = None,
    product_id: int | None = None,
) -> dict[str, object]:
    """Return the coupons offered here, and which of them the visitor cannot take again."""
    offered = promotions.list_offered(shop_ids=[shop_id], creator_id=creator_id, product_id=product_id, at=now)
    taken: frozenset[int] = frozenset()
    if request.user.is_authenticated and offered:
        taken = promotions.list_taken(account_id=request.user.pk, coupon_ids=[coupon.id for coupon in offered])
    return {"coupons": offered, "taken": taken}
