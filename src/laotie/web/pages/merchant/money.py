"""A shop's money and its people."""

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.core.errors import NotFound
from laotie.ledger import queries as ledger
from laotie.orders import queries as orders
from laotie.people import operations
from laotie.people import queries as people
from laotie.people.contracts import SHOP_PERMISSIONS
from laotie.web.desk import PAGE_ROWS, ShopDesk, names_of, shop_page, tell_faults
from laotie.web.pages.merchant.today import start_of_month
from laotie.web.statements import list_months, month_file
from laotie.web.templatetags.desk import words


class StaffForm(forms.Form):
    """Somebody who is to work for the shop."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"), choices=[(one, one) for one in SHOP_PERMISSIONS]
    )


@require_GET
@shop_page("money")
def money(desk: ShopDesk) -> HttpResponse:
    """Show the balance, what is on its way, this month by kind, and the statement."""
    address = f"shop:{desk.shop.id}:payable"
    since = start_of_month(desk.now)
    values = {
        "place": "money",
        "balance": ledger.get_balance(address=address),
        "money": orders.get_shop_money(actor=desk.actor, shop_id=desk.shop.id, since=since),
        "month": ledger.sum_by_kind(address=address, since=since),
        "months": list_months(address),
        "month_url": reverse("shop_statement", args=(desk.shop.id,)),
        "statement": ledger.list_statement(address=address, cursor=desk.cursor, limit=PAGE_ROWS),
    }
    return desk.render("desk/shop/money.html", values)


@require_GET
@shop_page("money")
def statement(desk: ShopDesk) -> HttpResponseBase:
    """Download a month's statement."""
    return month_file(f"shop:{desk.shop.id}:payable", desk.request.GET.get("month", ""))


@require_GET
@shop_page("money")
def settlement(desk: ShopDesk, order_id: int) -> HttpResponse:
    """Show how an order's money divides: every party's share and why."""
    order = orders.access_shop_division(actor=desk.actor, order_id=order_id)
    if order.shop_id != desk.shop.id:
        raise NotFound(what="order")
    values = {
        "place": "money",
        "division": order,
        "names": names_of({line.terms.creator_id for line in order.lines if line.terms}),
    }
    return desk.render("desk/shop/settlement.html", values)


@require_GET
@shop_page("staff")
def staff(desk: ShopDesk) -> HttpResponse:
    """Show who works for the shop and which accounts are joined to it."""
    page = people.list_staff(actor=desk.actor, shop_id=desk.shop.id, cursor=desk.cursor, limit=PAGE_ROWS)
    joined = people.list_shop_accounts(actor=desk.actor, shop_id=desk.shop.id)
    values = {
        "place": "staff",
        "page": page,
        "joined": joined,
        "names": names_of({desk.shop.owner_id, *(one.account_id for one in joined)}),
        "all_permissions": [(one, words(one)) for one in SHOP_PERMISSIONS],
    }
    return desk.render("desk/shop/staff.html", values)


@require_POST
@shop_page("staff")
def add_staff(desk: ShopDesk) -> HttpResponse:
    """Let a person work for the shop, or change what they may do."""
    form = StaffForm(desk.request.POST)
    if not form.is_valid():
        tell_faults(desk.request, form)
    else:
        account = people.find_account_by_email(form.cleaned_data["email"])
        if account is None:
            form.add_error("email", gettext("Nobody has an account with this e-mail address."))
            tell_faults(desk.request, form)
        else:
            done = gettext("{name} works for the shop.").format(name=account.display_name)
            wanted = frozenset(form.cleaned_data["permissions"])
            desk.attempt(
                operations.add_staff, done=done, shop_id=desk.shop.id, account_id=account.id, permissions=wanted
            )
    return redirect("shop_staff", desk.shop.id)


@require_POST
@shop_page("staff")
def remove_staff(desk: ShopDesk, account_id: int) -> HttpResponse:
    """End a person's work for the shop."""
    done = gettext("This person no longer works for the shop.")
    desk.attempt(operations.remove_staff, done=done, shop_id=desk.shop.id, account_id=account_id)
    return redirect("shop_staff", desk.shop.id)
