"""A shop's products: on and off sale, prices and stock per channel."""

from collections.abc import Callable, Sequence

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.catalog import operations
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import SHELF, OfferView, ProductState, ProductView, StockView
from laotie.core.errors import NotFound
from laotie.web.desk import PAGE_ROWS, ShopDesk, choice_of, names_of, shop_page, tell_faults
from laotie.web.fields import FenField
from laotie.web.pages.account import safe_next

TABS = (ProductState.ON_SALE, ProductState.OFF, ProductState.DRAFT)
UNITS_MAX = 1_000_000

Operation = Callable[..., object]


class PriceForm(forms.Form):
    """A new price of a SKU in a channel."""

    channel = forms.CharField(label=_("Channel"), max_length=40, initial=SHELF)
    price_fen = FenField(label=_("New price"), least_fen=1)
    limit_per_order = forms.IntegerField(
        label=_("Most per order"), min_value=1, max_value=UNITS_MAX, required=False
    )
    limit_per_person = forms.IntegerField(
        label=_("Most per person"), min_value=1, max_value=UNITS_MAX, required=False
    )


class ReceiveForm(forms.Form):
    """Units that arrived."""

    channel = forms.CharField(label=_("Channel"), max_length=40, initial=SHELF)
    quantity = forms.IntegerField(label=_("Units that arrived"), min_value=1, max_value=UNITS_MAX)
    reference = forms.CharField(label=_("Delivery note"), max_length=200, required=False)


class AdjustForm(forms.Form):
    """A correction after counting."""

    channel = forms.CharField(label=_("Channel"), max_length=40, initial=SHELF)
    quantity = forms.IntegerField(label=_("Correction (+ or −)"), min_value=-UNITS_MAX, max_value=UNITS_MAX)
    reason = forms.CharField(label=_("Reason"), max_length=200)


@require_GET
@shop_page("catalog")
def product_list(desk: ShopDesk) -> HttpResponse:
    """Show the shop's products with price, stock and state."""
    state = choice_of(desk.request, "state", ProductState)
    page = catalog.list_shop_products(
        actor=desk.actor,
        shop_id=desk.shop.id,
        at=desk.now,
        state=state or "",
        cursor=desk.cursor,
        limit=PAGE_ROWS,
    )
    on_hand = catalog.count_on_hand(product_ids=[card.id for card in page.items])
    values = {"place": "products", "page": page, "state": state, "tabs": TABS, "on_hand": on_hand}
    return desk.render("desk/shop/products.html", values)


@require_GET
@shop_page("catalog")
def product(desk: ShopDesk, product_id: int) -> HttpResponse:
    """Show a product's SKUs with their prices and stock in every channel."""
    found = _of_this_shop(desk, product_id)
    offers = catalog.list_product_offers(actor=desk.actor, product_id=product_id, at=desk.now)
    stock = catalog.list_product_stock(actor=desk.actor, product_id=product_id)
    channels = {offer.channel for offer in offers} | {pool.channel for pool in stock}
    creators = names_of({int(name.partition(":")[2]) for name in channels if name.startswith("creator:")})
    values = {
        "place": "products",
        "product": found,
        "skus": [(sku, _channels(sku.id, offers, stock, desk)) for sku in found.skus],
        "creators": {f"creator:{number}": account.display_name for number, account in creators.items()},
    }
    return desk.render("desk/shop/product.html", values)


@require_POST
@shop_page("catalog")
def put_on_sale(desk: ShopDesk, product_id: int) -> HttpResponse:
    """Let a product be bought."""
    _of_this_shop(desk, product_id)
    desk.attempt(operations.put_on_sale, done=gettext("The product is on sale."), product_id=product_id)
    return _back(desk, product_id)


@require_POST
@shop_page("catalog")
def take_off_sale(desk: ShopDesk, product_id: int) -> HttpResponse:
    """Stop a product from being bought."""
    _of_this_shop(desk, product_id)
    desk.attempt(operations.take_off_sale, done=gettext("The product is off sale."), product_id=product_id)
    return _back(desk, product_id)


@require_POST
@shop_page("catalog")
def set_price(desk: ShopDesk, product_id: int, sku_id: int) -> HttpResponse:
    """Price a SKU in a channel from now on."""
    return _change(desk, product_id, sku_id, PriceForm, operations.set_offer, gettext("The new price applies."))


@require_POST
@shop_page("catalog")
def receive_stock(desk: ShopDesk, product_id: int, sku_id: int) -> HttpResponse:
    """Add units that arrived."""
    return _change(
        desk, product_id, sku_id, ReceiveForm, operations.receive_stock, gettext("The stock is booked.")
    )


@require_POST
@shop_page("catalog")
def adjust_stock(desk: ShopDesk, product_id: int, sku_id: int) -> HttpResponse:
    """Correct the stock after counting."""
    done = gettext("The stock is corrected.")
    return _change(desk, product_id, sku_id, AdjustForm, operations.adjust_stock, done)


def _change(
    desk: ShopDesk, product_id: int, sku_id: int, form_class: type[forms.Form], operation: Operation, done: str
) -> HttpResponse:
    found = _of_this_shop(desk, product_id)
    if sku_id not in {sku.id for sku in found.skus}:
        raise NotFound(what="SKU")
    form = form_class(desk.request.POST)
    if form.is_valid():
        desk.attempt(operation, done=done, sku_id=sku_id, **form.cleaned_data)
    else:
        tell_faults(desk.request, form)
    return redirect("shop_product", desk.shop.id, product_id)


def _channels(
    sku_id: int, offers: Sequence[OfferView], stock: Sequence[StockView], desk: ShopDesk
) -> list[dict[str, object]]:
    """Put price and stock of a SKU side by side, channel by channel, the shelf first."""
    own = [offer for offer in offers if offer.sku_id == sku_id]
    pools = {pool.channel: pool for pool in stock if pool.sku_id == sku_id}
    by_id = {pool.pool_id: pool for pool in stock if pool.sku_id == sku_id}
    names = sorted({offer.channel for offer in own} | set(pools), key=lambda name: (name != SHELF, name))
    rows: list[dict[str, object]] = []
    for name in names or [SHELF]:
        valid = [offer for offer in own if offer.channel == name and offer.valid_from <= desk.now]
        offer = max(valid, key=lambda one: (one.valid_from, one.id), default=None)
        coming = next((one for one in own if one.channel == name and one.valid_from > desk.now), None)
        pool = pools.get(name) or (by_id.get(offer.pool_id) if offer else None)
        rows.append({"channel": name, "offer": offer, "coming": coming, "pool": pool, "is_own": name in pools})
    return rows


def _of_this_shop(desk: ShopDesk, product_id: int) -> ProductView:
    found = catalog.access_product(actor=desk.actor, product_id=product_id)
    if found.shop_id != desk.shop.id:
        raise NotFound(what="product")
    return found


def _back(desk: ShopDesk, product_id: int) -> HttpResponse:
    return redirect(safe_next(desk.request, f"/desk/shops/{desk.shop.id}/products/{product_id}"))
