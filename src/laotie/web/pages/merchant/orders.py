"""A shop's orders: finding them, shipping one or many, giving money back."""

import re

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.core.errors import DomainError, NotFound
from laotie.orders import operations
from laotie.orders import queries as orders
from laotie.orders.contracts import QUANTITY_MAX, OrderDetail, OrderState
from laotie.people import queries as people
from laotie.web.desk import PAGE_ROWS, ShopDesk, choice_of, names_of, shop_page, tell_faults
from laotie.web.fields import FenField
from laotie.web.pages.account import safe_next

CARRIERS = ("顺丰速运", "中通快递", "圆通速递", "申通快递", "韵达快递", "极兔速递", "京东物流", "邮政EMS")
TRACKING = re.compile(r"tracking_([1-9][0-9]{0,17})", re.ASCII)
ORDER_TABS = (
    OrderState.PAID,
    OrderState.SHIPPED,
    OrderState.RECEIVED,
    OrderState.SETTLED,
    OrderState.PLACED,
    OrderState.CLOSED,
)
REFUNDABLE = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.SETTLED)


class ShipForm(forms.Form):
    """A parcel."""

    carrier = forms.CharField(
        label=_("Carrier"), max_length=40, initial=CARRIERS[0], widget=forms.TextInput(attrs={"list": "carriers"})
    )
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60)


class RefundForm(forms.Form):
    """Money given back without being asked."""

    line_id = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    goods_fen = FenField(label=_("For the goods"), initial=0)
    freight_fen = FenField(label=_("For the freight"), initial=0)
    quantity = forms.IntegerField(
        label=_("Units that come back into stock"), min_value=0, max_value=QUANTITY_MAX, initial=0
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


@require_GET
@shop_page("orders")
def order_list(desk: ShopDesk) -> HttpResponse:
    """Show the orders of one state, or the one whose number was searched."""
    text = desk.request.GET.get("number", "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    state = choice_of(desk.request, "state", OrderState)
    if text and number is None:
        messages.info(desk.request, gettext("An order's number has digits only."))
    page = orders.list_shop_orders(
        actor=desk.actor,
        shop_id=desk.shop.id,
        state=None if number else state,
        order_id=number,
        cursor=desk.cursor,
        limit=PAGE_ROWS,
        is_urgent_first=state is OrderState.PAID and number is None,
    )
    values = {
        "place": "orders",
        "page": page,
        "state": state,
        "number": text,
        "tabs": ORDER_TABS,
        "counts": orders.count_shop_orders(actor=desk.actor, shop_id=desk.shop.id),
        "names": names_of({order.buyer_id for order in page.items}),
        "carriers": CARRIERS,
    }
    return desk.render("desk/shop/orders.html", values)


@require_GET
@shop_page("orders")
def order(desk: ShopDesk, order_id: int) -> HttpResponse:
    """Show an order: its goods, where it goes, what happened, and how its money divides."""
    return _order_page(desk, order_id)


@require_POST
@shop_page("orders")
def ship(desk: ShopDesk, order_id: int) -> HttpResponse:
    """Hand an order over to its carrier."""
    _of_this_shop(desk, order_id)
    form = ShipForm(desk.request.POST)
    if form.is_valid() and desk.attempt(
        operations.ship_order,
        done=gettext("Order {number} is shipped.").format(number=order_id),
        form=form,
        order_id=order_id,
        parcels=[(form.cleaned_data["carrier"], form.cleaned_data["tracking_number"])],
    ):
        return redirect("shop_order", desk.shop.id, order_id)
    return _order_page(desk, order_id, ship_form=form, status=422)


@require_POST
@shop_page("orders")
def ship_many(desk: ShopDesk) -> HttpResponse:
    """Ship every order of the list whose tracking number was filled in; each stands or falls alone."""
    given = desk.request.POST
    carrier = given.get("carrier", "")
    numbers = {int(found[1]): given[name].strip() for name in given if (found := TRACKING.fullmatch(name))}
    wanted = [(order_id, number) for order_id, number in numbers.items() if number][:PAGE_ROWS]
    for order_id, _tracking in wanted:
        _of_this_shop(desk, order_id)
    shipped = 0
    for order_id, number in wanted:
        try:
            with transaction.atomic():
                operations.ship_order(
                    actor=desk.actor, order_id=order_id, parcels=[(carrier, number)], now=desk.now
                )
        except DomainError as refusal:
            told = gettext("Order {number}: {refusal}").format(number=order_id, refusal=refusal.message())
            messages.error(desk.request, told)
        else:
            shipped += 1
    if shipped:
        told = ngettext("{count} order is shipped.", "{count} orders are shipped.", shipped).format(count=shipped)
        messages.success(desk.request, told)
    if not wanted:
        messages.info(desk.request, gettext("Fill in the tracking numbers of the orders to ship."))
    return redirect(safe_next(desk.request, f"/desk/shops/{desk.shop.id}/orders?state=paid"))


@require_POST
@shop_page("refunds")
def refund_unasked(desk: ShopDesk, order_id: int) -> HttpResponse:
    """Give money back on a line without being asked."""
    people.access_shop(actor=desk.actor, shop_id=desk.shop.id, permission="orders")
    _of_this_shop(desk, order_id)
    form = RefundForm(desk.request.POST)
    if not form.is_valid():
        tell_faults(desk.request, form)
    else:
        desk.attempt(
            operations.refund_line,
            done=gettext("The refund is on its way."),
            order_id=order_id,
            **form.cleaned_data,
        )
    return redirect("shop_order", desk.shop.id, order_id)


def _order_page(
    desk: ShopDesk, order_id: int, *, ship_form: ShipForm | None = None, status: int = 200
) -> HttpResponse:
    detail = _of_this_shop(desk, order_id)
    found = detail.order
    names = names_of({found.buyer_id, *(line.creator_id for line in found.lines)})
    values: dict[str, object] = {
        "place": "orders",
        "detail": detail,
        "order": found,
        "names": names,
        "ship_form": (ship_form or ShipForm()) if found.state is OrderState.PAID else None,
        "carriers": CARRIERS,
        "may_refund": desk.may("refunds") and found.state in REFUNDABLE,
        "refund_form": RefundForm(),
    }
    if desk.may("money") and found.state in REFUNDABLE:
        values["division"] = orders.access_shop_division(actor=desk.actor, order_id=order_id)
    return desk.render("desk/shop/order.html", values, status=status)


def _of_this_shop(desk: ShopDesk, order_id: int) -> OrderDetail:
    detail = orders.access_shop_order(actor=desk.actor, order_id=order_id)
    if detail.order.shop_id != desk.shop.id:
        raise NotFound(what="order")
    return detail
