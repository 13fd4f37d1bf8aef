"""The operator's disputes: what both sides show, the ruling, the appeal; and charge-backs of payment channels."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.orders import operations
from laotie.orders import queries as orders
from laotie.orders.contracts import DisputeState, Side
from laotie.people import queries as people
from laotie.web.desk import PAGE_ROWS, Desk, choice_of, operator_page, tell_faults
from laotie.web.fields import FenField
from laotie.web.pages.after_sale import case_values

TABS = (
    DisputeState.DECIDING,
    DisputeState.APPEALED,
    DisputeState.EVIDENCE,
    DisputeState.RULED,
    DisputeState.FINAL,
)


class RulingForm(forms.Form):
    """Who is right, and why."""

    winner = forms.ChoiceField(label=_("For whom"), choices=[(side.value, side.value) for side in Side])
    ruling = forms.CharField(label=_("Reasons both sides read"), max_length=500)


class ChargeBackForm(forms.Form):
    """Money a channel took back."""

    payment_number = forms.CharField(label=_("Payment number"), max_length=40)
    amount_fen = FenField(label=_("Amount"), least_fen=1)
    channel_ref = forms.CharField(label=_("Channel's reference"), max_length=100)


@require_GET
@operator_page
def disputes(desk: Desk) -> HttpResponse:
    """Show the disputes in one state, the soonest first."""
    return _list(desk, ChargeBackForm())


@require_GET
@operator_page
def dispute(desk: Desk, case_id: int) -> HttpResponse:
    """Show a dispute with what both sides have shown."""
    detail = orders.access_case(actor=desk.actor, case_id=case_id)
    ruled = detail.case.dispute
    values = {
        "place": "disputes",
        **case_values(detail, side=None),
        "shop": people.get_shop(detail.shop_id),
        "buyer": people.get_account(detail.buyer_id),
        "may_rule": ruled is not None
        and ruled.state in {DisputeState.EVIDENCE, DisputeState.DECIDING, DisputeState.APPEALED},
    }
    return desk.render("desk/operator/dispute.html", values)


@require_POST
@operator_page
def rule(desk: Desk, case_id: int) -> HttpResponse:
    """Decide a dispute, or an appeal for good."""
    found = orders.access_case(actor=desk.actor, case_id=case_id).case.dispute
    form = RulingForm(desk.request.POST)
    if form.is_valid():
        is_appeal = found is not None and found.state is DisputeState.APPEALED
        desk.attempt(
            operations.rule_appeal if is_appeal else operations.rule_dispute,
            done=gettext("Decided. Both sides read your reasons."),
            case_id=case_id,
            winner=Side(form.cleaned_data["winner"]),
            ruling=form.cleaned_data["ruling"],
        )
    else:
        tell_faults(desk.request, form)
    return redirect("operator_dispute", case_id)


@require_POST
@operator_page
def charge_back(desk: Desk) -> HttpResponse:
    """Book a charge-back."""
    form = ChargeBackForm(desk.request.POST)
    done = gettext("The charge-back is booked.")
    if form.is_valid() and desk.attempt(operations.record_charge_back, done=done, form=form, **form.cleaned_data):
        return redirect("operator_disputes")
    return _list(desk, form, status=422)


def _list(desk: Desk, form: ChargeBackForm, *, status: int = 200) -> HttpResponse:
    state = choice_of(desk.request, "state", DisputeState, DisputeState.DECIDING)
    values = {
        "place": "disputes",
        "page": orders.list_disputes(actor=desk.actor, state=state, cursor=desk.cursor, limit=PAGE_ROWS),
        "state": state,
        "tabs": TABS,
        "charge_backs": orders.list_charge_backs(actor=desk.actor).items,
        "form": form,
    }
    return desk.render("desk/operator/disputes.html", values, status=status)
