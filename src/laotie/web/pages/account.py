"""A person's own page, and what every visitor may choose about the site's looks."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR_SECONDS = 365 * 24 * 3600


def me(request: HttpRequest) -> HttpResponse:
    """Show the visitor's own page; it also greets those who are not signed in."""
    return render(request, "account/me.html", {"place": "me"})


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
