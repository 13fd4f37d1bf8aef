"""A person's own page, their addresses and follows, and what every visitor may choose about the site's looks."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from laotie.core.errors import DomainError, InvalidInput
from laotie.core.http import now_of
from laotie.orders import queries as orders
from laotie.orders.contracts import OrderState
from laotie.people import operations, queries
from laotie.people.contracts import AddressView
from laotie.web.serving import actor_of, is_ours, page, show
from laotie.web.wording import refusal_in_words

YEAR_SECONDS = 365 * 24 * 3600
ADDRESS_FIELDS = ("recipient", "phone", "region", "street", "postcode")
SHORTCUTS = (
    (OrderState.PLACED, "wallet"),
    (OrderState.PAID, "box"),
    (OrderState.SHIPPED, "truck"),
    (OrderState.RECEIVED, "check"),
)


@page
def me(request: HttpRequest) -> HttpResponse:
    """Show the visitor's own page; it also greets those who are not signed in."""
    if not request.user.is_authenticated:
        return show(request, "account/me.html", {"place": "me"})
    actor = actor_of(request)
    counts = orders.count_orders(actor=actor)
    values = {
        "place": "me",
        "account": queries.get_account(request.user.pk),
        "shortcuts": [(state, icon, counts[state]) for state, icon in SHORTCUTS],
        "my_shops": queries.list_shops_of(account_id=request.user.pk),
    }
    return show(request, "account/me.html", values)


@page
def addresses(request: HttpRequest) -> HttpResponse:
    """Show the address book."""
    found = queries.list_addresses(actor=actor_of(request))
    return show(request, "account/addresses.html", {"place": "me", "bare_bar": True, "addresses": found})


@page
def add_address(request: HttpRequest) -> HttpResponse:
    """Add an address; a purchase that asked for it goes on with it."""
    actor = actor_of(request)
    if request.method != "POST":
        return _show_address(request, None, {"is_default": ""})
    try:
        added = operations.add_address(
            actor=actor, **_typed(request), is_default=request.POST.get("is_default") == "1", now=now_of(request)
        )
    except DomainError as refusal:
        return _show_address(request, None, request.POST, refusal)
    back = _next(request)
    if back.startswith("/checkout"):
        return HttpResponseRedirect(f"{back}{'&' if '?' in back else '?'}address={added.id}")
    return HttpResponseRedirect(back)


@page
def edit_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Change an address."""
    actor = actor_of(request)
    found = queries.access_address(actor=actor, address_id=address_id)
    if request.method != "POST":
        return _show_address(request, found, {name: getattr(found, name) for name in ADDRESS_FIELDS})
    try:
        operations.edit_address(actor=actor, address_id=address_id, **_typed(request))
    except InvalidInput as refusal:
        return _show_address(request, found, request.POST, refusal)
    return HttpResponseRedirect(_next(request))


@require_POST
@page
def choose_default(request: HttpRequest, address_id: int) -> HttpResponse:
    """Make an address the one proposed at checkout."""
    operations.set_default_address(actor=actor_of(request), address_id=address_id)
    return redirect("addresses")


@require_POST
@page
def delete_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Delete an address; placed orders keep their own copy."""
    operations.remove_address(actor=actor_of(request), address_id=address_id)
    messages.success(request, gettext("The address is deleted."))
    return redirect("addresses")


@page
def following(request: HttpRequest) -> HttpResponse:
    """Show whom the person follows."""
    found = queries.list_following(actor=actor_of(request), cursor=request.GET.get("cursor", "")[:500])
    numbers = [entry.followed.split(":") for entry in found.items]
    values = {
        "place": "me",
        "entries": [(kind, int(number)) for kind, number in numbers],
        "shops": queries.get_shops([int(number) for kind, number in numbers if kind == "shop"]),
        "accounts": queries.get_accounts([int(number) for kind, number in numbers if kind == "account"]),
        "next_cursor": found.next_cursor,
    }
    return show(request, "account/following.html", values)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or the device's choice in a cookie, and go back."""
    wanted = request.POST.get("theme", "")
    response = HttpResponseRedirect(safe_next(request))
    if wanted in {"light", "dark"}:
        response.set_cookie(
            "theme", wanted, max_age=YEAR_SECONDS, secure=settings.SECURE, samesite="Lax", httponly=True
        )
    else:
        response.delete_cookie("theme")
    return response


def safe_next(request: HttpRequest, otherwise: str = "/") -> str:
    """Return the form's `next` address if it lies on this site."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else otherwise


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in ADDRESS_FIELDS}


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if wanted and is_ours(request, wanted) else "/me/addresses"


def _show_address(
    request: HttpRequest, found: AddressView | None, typed: Any, refusal: DomainError | None = None
) -> HttpResponse:
    wanted = request.POST.get("next", request.GET.get("next", ""))
    at = str(refusal.data().get("field_name", refusal.field)) if refusal else ""
    sentence = refusal_in_words(refusal) if refusal else ""
    labels = {
        "recipient": (gettext("Recipient"), "name", 60),
        "phone": (gettext("Telephone"), "tel", 20),
        "region": (gettext("Province, city, district"), "address-level1", 100),
        "street": (gettext("Street, building, room"), "street-address", 200),
        "postcode": (gettext("Postcode"), "postal-code", 12),
    }
    values = {
        "bare_bar": True,
        "address": found,
        "fields": [
            (name, *labels[name], typed.get(name, ""), sentence if name == at else "") for name in ADDRESS_FIELDS
        ],
        "is_default": typed.get("is_default") == "1",
        "refusal": sentence if at not in ADDRESS_FIELDS else "",
        "next": wanted if wanted and is_ours(request, wanted) else "",
    }
    return show(request, "account/address.html", values, status=refusal.status if refusal else 200)
