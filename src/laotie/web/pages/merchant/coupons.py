"""A shop's coupons: the list, offering one, closing one."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from laotie.catalog import queries as catalog
from laotie.catalog.contracts import ProductFilter
from laotie.promotions import operations, queries
from laotie.promotions.contracts import Audience, Payer
from laotie.web.desk import PAGE_ROWS, ShopDesk, shop_page
from laotie.web.fields import FenField, MomentField

PRODUCTS_OFFERED = 100


class CouponForm(forms.Form):
    """A new coupon."""

    title = forms.CharField(label=_("Title"), max_length=40)
    amount_fen = FenField(label=_("Takes off"), least_fen=1)
    threshold_fen = FenField(label=_("From"), initial=0, help_text=_("0 means without a threshold."))
    total_most = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=100_000_000,
        help_text=_("Your budget at most: amount times number."),
    )
    per_person_most = forms.IntegerField(label=_("Per person"), min_value=1, max_value=100, initial=1)
    audience = forms.ChoiceField(
        label=_("For whom"), choices=[(Audience.EVERYBODY, _("Everybody")), (Audience.FOLLOWERS, _("Followers"))]
    )
    claim_from = MomentField(
        label=_("Given out from"), required=False, help_text=_("Leave empty to start at once.")
    )
    claim_until = MomentField(label=_("Given out until"))
    use_until = MomentField(label=_("Usable until"))
    product_ids = forms.TypedMultipleChoiceField(
        label=_("Chosen goods"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )


@require_GET
@shop_page("promotions")
def coupon_list(desk: ShopDesk) -> HttpResponse:
    """Show the shop's coupons."""
    page = queries.list_shop_coupons(actor=desk.actor, shop_id=desk.shop.id, cursor=desk.cursor, limit=PAGE_ROWS)
    return desk.render("desk/shop/coupons.html", {"place": "coupons", "page": page})


@require_http_methods(["GET", "POST"])
@shop_page("promotions")
def offer(desk: ShopDesk) -> HttpResponse:
    """Show the form of a coupon, and offer what was filled in."""
    form = CouponForm(desk.request.POST or None)
    goods = catalog.list_products(at=desk.now, where=ProductFilter(shop_id=desk.shop.id), limit=PRODUCTS_OFFERED)
    form.fields["product_ids"].choices = [(str(card.id), card.title) for card in goods.items]  # type: ignore[attr-defined]
    if form.is_bound and form.is_valid():
        wanted = {
            **form.cleaned_data,
            "claim_from": form.cleaned_data["claim_from"] or desk.now,
            "audience": Audience(form.cleaned_data["audience"]),
        }
        done = gettext("The coupon is offered.")
        if desk.attempt(
            operations.offer_coupon, done=done, form=form, payer=Payer.SHOP, shop_id=desk.shop.id, **wanted
        ):
            return redirect("shop_coupons", desk.shop.id)
    values = {
        "place": "coupons",
        "form": form,
        "goods": [(str(card.id), card.title) for card in goods.items],
        "chosen": desk.request.POST.getlist("product_ids"),
    }
    return desk.render("desk/shop/offer_coupon.html", values, status=422 if form.is_bound else 200)


@require_POST
@shop_page("promotions")
def close(desk: ShopDesk, coupon_id: int) -> HttpResponse:
    """Stop giving a coupon out."""
    desk.attempt(operations.close_coupon, done=gettext("The coupon is closed."), coupon_id=coupon_id)
    return redirect("shop_coupons", desk.shop.id)
