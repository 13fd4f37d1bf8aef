"""Visitors who are not signed in: a signed cookie keeps their clicks together until an account takes them over."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from laotie.alliance import operations as alliance
from laotie.alliance.errors import NotACreator
from laotie.core.http import now_of

COOKIE = "visitor"
SECONDS_MAX = 30 * 24 * 3600


def record_click(
    request: HttpRequest, *, product_id: int, shop_id: int, creator_id: int | None, entrance: str
) -> str | None:
    """Keep through whose entrance somebody came; return the key of a visitor who has none yet.

    A link that names nobody who recommends goods is an ordinary visit: nothing is kept.
    """
    viewer_id = request.user.pk if request.user.is_authenticated else None
    known = f"account-{viewer_id:016d}" if viewer_id else _key_of(request)
    key = known or secrets.token_urlsafe(24)
    try:
        alliance.record_click(
            viewer_id=viewer_id,
            visitor_key=key,
            product_id=product_id,
            creator_id=creator_id,
            shop_id=shop_id,
            entrance=entrance,
            now=now_of(request),
        )
    except NotACreator:
        return None
    return None if known else key


def remember(response: HttpResponse, key: str) -> None:
    """Give a visitor their key."""
    response.set_signed_cookie(
        COOKIE, key, salt=COOKIE, max_age=SECONDS_MAX, secure=settings.SECURE, httponly=True, samesite="Lax"
    )


def merge(request: HttpRequest) -> bool:
    """Give the visitor's clicks to the account that has signed in since; say whether there was a visitor."""
    if COOKIE not in request.COOKIES or not request.user.is_authenticated:
        return False
    key = _key_of(request)
    if key:
        alliance.merge_visitor(visitor_key=key, account_id=request.user.pk, now=now_of(request))
    return True


def forget(response: HttpResponse) -> None:
    """Take the visitor's key away: the account knows the clicks now."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _key_of(request: HttpRequest) -> str | None:
    key: str | None = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=SECONDS_MAX)
    return key
