"""Coupons for shoppers: taking one where it is offered, and the purse of those one has."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from laotie.core.errors import NotFound
from laotie.core.http import now_of
from laotie.promotions import operations, queries
from laotie.promotions.contracts import ClaimState
from laotie.promotions.errors import CouponGone, CouponLimit, CouponNotYet, FollowersOnly
from laotie.web.serving import actor_of, is_ours, page, show

PURSE_ROWS = 20
TABS = ((ClaimState.HELD, _("To use")), (ClaimState.USED, _("Used")))


@require_POST
@page
def take(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Take a coupon and go back to where it was offered."""
    try:
        operations.claim_coupon(actor=actor_of(request), coupon_id=coupon_id, now=now_of(request))
    except (CouponGone, CouponLimit, CouponNotYet, FollowersOnly) as refusal:
        messages.error(request, refusal.message())
    except NotFound:
        messages.error(request, gettext("This coupon cannot be taken any more."))
    else:
        messages.success(request, gettext("The coupon is yours."))
    back = request.POST.get("next", "")
    return HttpResponseRedirect(f"{back}#coupons" if is_ours(request, back) else "/me/coupons")


@page
def mine(request: HttpRequest) -> HttpResponse:
    """Show the visitor's coupons: those to use, and those used."""
    asked = request.GET.get("state", "")
    state = ClaimState(asked) if asked in set(ClaimState) else ClaimState.HELD
    cursor = request.GET.get("cursor", "")[:500]
    found = queries.list_claims(actor=actor_of(request), state=state, cursor=cursor, limit=PURSE_ROWS)
    values = {
        "place": "me",
        "bare_bar": True,
        "tabs": TABS,
        "state": state,
        "claims": found.items,
        "next_cursor": found.next_cursor,
        "now": now_of(request),
    }
    return show(request, "promotions/mine.html", values)
