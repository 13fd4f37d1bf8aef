"""A shop's commission plans: the list, opening one of the six kinds, closing, steps."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from laotie.alliance import operations
from laotie.alliance import queries as alliance
from laotie.alliance.contracts import PLAN_KIND_NAMES, PlanKind, PlanState, PlanView
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import ProductFilter
from laotie.core.errors import NotFound
from laotie.web.desk import PAGE_ROWS, ShopDesk, choice_of, names_of, shop_page, tell_faults
from laotie.web.fields import MomentField, NumbersField, PercentField

PRODUCTS_OFFERED = 100
KIND_HELP = {
    PlanKind.NORMAL: _("Every creator may sell the product at this rate. The only kind that can have a step."),
    PlanKind.PRODUCT_TARGETED: _("One product, for creators you name; usually above the normal rate."),
    PlanKind.SHOP_TARGETED: _("All products of the shop, for creators you name."),
    PlanKind.EXCLUSIVE: _("One product that only the creators you name may sell for commission."),
    PlanKind.RECRUIT_NORMAL: _("A leader finds creators for the product and has a fee; every creator may join."),
    PlanKind.RECRUIT_EXCLUSIVE: _("A leader's recruiting that only the creators you name may join."),
}


class PlanForm(forms.Form):
    """A new plan. Which fields belong to which kind is for the alliance to say."""

    product_id = forms.TypedChoiceField(
        label=_("Product"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Leave empty for a plan over the whole shop."),
    )
    rate_bp = PercentField(label=_("Commission in percent"))
    creator_ids = NumbersField(
        label=_("Creators' numbers"),
        required=False,
        help_text=_("A creator reads theirs on the creator's desk. Separate several by commas."),
    )
    leader_id = forms.IntegerField(label=_("Leader's number"), required=False, min_value=1, max_value=2**63 - 1)
    leader_rate_bp = PercentField(label=_("Leader's fee in percent"), required=False)
    starts_at = MomentField(label=_("Starts"), required=False, help_text=_("Leave empty to start at once."))
    ends_at = MomentField(label=_("Ends"), required=False)


class StepForm(forms.Form):
    """A step commission."""

    threshold = forms.IntegerField(label=_("After this many orders received"), min_value=1, max_value=10_000_000)
    step_rate_bp = PercentField(label=_("Commission in percent"))


@require_GET
@shop_page("alliance")
def plan_list(desk: ShopDesk) -> HttpResponse:
    """Show the shop's plans."""
    state = choice_of(desk.request, "state", PlanState, PlanState.OPEN)
    page = alliance.list_plans(
        actor=desk.actor, shop_id=desk.shop.id, state=state, cursor=desk.cursor, limit=PAGE_ROWS
    )
    people = {one for plan in page.items for one in (*plan.creator_ids, plan.leader_id)}
    values = {
        "place": "plans",
        "page": page,
        "state": state,
        "tabs": tuple(PlanState),
        "products": catalog.get_products([plan.product_id for plan in page.items if plan.product_id]),
        "names": names_of(people),
        "step_form": StepForm(),
    }
    return desk.render("desk/shop/plans.html", values)


@require_http_methods(["GET", "POST"])
@shop_page("alliance")
def open_plan(desk: ShopDesk) -> HttpResponse:
    """Show the form of a kind of plan, and open what was filled in."""
    kind = choice_of(desk.request, "kind", PlanKind, PlanKind.NORMAL)
    form = PlanForm(desk.request.POST or None)
    offered = catalog.list_products(at=desk.now, where=ProductFilter(shop_id=desk.shop.id), limit=PRODUCTS_OFFERED)
    choices = [("", gettext("The whole shop")), *((str(card.id), card.title) for card in offered.items)]
    form.fields["product_id"].choices = choices  # type: ignore[attr-defined]  # it is a choice field
    if kind is PlanKind.SHOP_TARGETED:
        del form.fields["product_id"]
    if kind in {PlanKind.NORMAL, PlanKind.RECRUIT_NORMAL}:
        del form.fields["creator_ids"]
    if kind not in {PlanKind.RECRUIT_NORMAL, PlanKind.RECRUIT_EXCLUSIVE}:
        del form.fields["leader_id"], form.fields["leader_rate_bp"]
    if form.is_bound and form.is_valid():
        wanted = {name: value for name, value in form.cleaned_data.items() if value is not None}
        wanted.setdefault("starts_at", desk.now)
        done = gettext("The plan is open.")
        if desk.attempt(operations.open_plan, done=done, form=form, shop_id=desk.shop.id, kind=kind, **wanted):
            return redirect("shop_plans", desk.shop.id)
    values = {
        "place": "plans",
        "form": form,
        "kind": kind,
        "kinds": [(one, PLAN_KIND_NAMES[one], KIND_HELP[one]) for one in PlanKind],
    }
    return desk.render("desk/shop/open_plan.html", values, status=422 if form.is_bound else 200)


@require_POST
@shop_page("alliance")
def close_plan(desk: ShopDesk, plan_id: int) -> HttpResponse:
    """Close a plan at once."""
    _of_this_shop(desk, plan_id)
    done = gettext("The plan is closed. Orders already placed keep their terms.")
    desk.attempt(operations.close_plan, done=done, plan_id=plan_id)
    return redirect("shop_plans", desk.shop.id)


@require_POST
@shop_page("alliance")
def set_step(desk: ShopDesk, plan_id: int) -> HttpResponse:
    """Add a step commission to a normal plan."""
    _of_this_shop(desk, plan_id)
    form = StepForm(desk.request.POST)
    if form.is_valid():
        done = gettext("The step commission is set.")
        desk.attempt(operations.set_step, done=done, plan_id=plan_id, **form.cleaned_data)
    else:
        tell_faults(desk.request, form)
    return redirect("shop_plans", desk.shop.id)


@require_POST
@shop_page("alliance")
def drop_step(desk: ShopDesk, plan_id: int) -> HttpResponse:
    """Drop a plan's step commission."""
    _of_this_shop(desk, plan_id)
    done = gettext("The step is dropped. Orders already placed keep it.")
    desk.attempt(operations.drop_step, done=done, plan_id=plan_id)
    return redirect("shop_plans", desk.shop.id)


def _of_this_shop(desk: ShopDesk, plan_id: int) -> PlanView:
    found = alliance.get_plan(actor=desk.actor, plan_id=plan_id)
    if found.shop_id != desk.shop.id:
        raise NotFound(what="commission plan")
    return found
