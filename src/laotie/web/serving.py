"""What every page shares: who asks, when, the frame's values, and how a refusal is told."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from laotie.core.actor import Actor, person
from laotie.core.errors import DomainError, NotFound, NotSignedIn
from laotie.core.http import now_of
from laotie.orders import queries as orders
from laotie.web import visitor
from laotie.web.wording import refusal_in_words

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """Serve a page: merge the visitor into the account that signed in, and tell refusals in words.

    What is missing or somebody else's is a 404; who must sign in first is sent there and back; any other refusal of
    a form becomes a notice on the page it came from.
    """

    @functools.wraps(view)
    def served(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        merged = visitor.merge(request)
        try:
            response = view(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing
        except NotSignedIn:
            response = _to_sign_in(request)
        except DomainError as refusal:
            response = refused(request, refusal)
        if merged:
            visitor.forget(response)
        return response

    return served


def actor_of(request: HttpRequest) -> Actor:
    """Return the person who asks.

    Raises: NotSignedIn.
    """
    if not request.user.is_authenticated:
        raise NotSignedIn
    return person(request.user.pk)


def viewer_of(request: HttpRequest) -> int | None:
    """Return the account that looks, or None for a visitor."""
    return request.user.pk if request.user.is_authenticated else None


def show(
    request: HttpRequest, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page inside the consumer's frame, which counts the cart."""
    frame = {"cart_count": SimpleLazyObject(lambda: _count_cart(request)), "now": now_of(request)}
    return render(request, template, {**frame, **(values or {})}, status=status)


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Tell a refusal: as a notice where the form was, or as a page of its own."""
    sentence = refusal_in_words(refusal)
    if request.method == "POST":
        messages.error(request, sentence)
        if request.headers.get("HX-Request"):
            response = render(request, "layouts/messages.html", status=409)
            response["HX-Retarget"], response["HX-Reswap"] = "#messages", "innerHTML"
            return response
        return HttpResponseRedirect(where_from(request))
    return show(request, "refused.html", {"sentence": sentence}, status=refusal.status)


def where_from(request: HttpRequest, otherwise: str = "/") -> str:
    """Return the form's `next` address, or the page it stood on, if it lies on this site."""
    wanted = request.POST.get("next", "")
    if wanted and is_ours(request, wanted):
        return wanted
    referer = request.headers.get("Referer", "")
    if referer and is_ours(request, referer):
        parts = urlsplit(referer)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return otherwise


def is_ours(request: HttpRequest, address: str) -> bool:
    """Say whether an address lies on this site."""
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def number_of(text: str, *, least: int, most: int, otherwise: int) -> int:
    """Read a whole number that a form or an address carries; what is none, or out of bounds, is `otherwise`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        return otherwise
    return int(text) if least <= int(text) <= most else otherwise


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back = where_from(request) if request.method == "POST" else request.get_full_path()
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _count_cart(request: HttpRequest) -> int:
    viewer = viewer_of(request)
    return orders.count_cart_items(actor=person(viewer)) if viewer else 0
