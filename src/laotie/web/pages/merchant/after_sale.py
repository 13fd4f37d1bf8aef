"""A shop's after-sale: the queue of cases, one case with what there is to do, where goods are sent back."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.core.errors import DomainError, NotFound
from laotie.orders import operations
from laotie.orders import queries as orders
from laotie.orders.contracts import AfterSaleState, CaseDetail, Side
from laotie.web.desk import PAGE_ROWS, ShopDesk, choice_of, shop_page, tell_faults
from laotie.web.pages.account import safe_next
from laotie.web.pages.after_sale import case_values, show_evidence
from laotie.web.wording import refusal_in_words

TABS = (
    AfterSaleState.REQUESTED,
    AfterSaleState.RETURNED,
    AfterSaleState.TO_SHIP,
    AfterSaleState.DISPUTED,
    AfterSaleState.RETURNING,
    AfterSaleState.REFUSED,
    AfterSaleState.RESHIPPED,
    AfterSaleState.REFUNDING,
    AfterSaleState.DONE,
    AfterSaleState.CLOSED,
)
URGENT = (AfterSaleState.REQUESTED, AfterSaleState.RETURNED, AfterSaleState.TO_SHIP)


class RefuseForm(forms.Form):
    """Why a request is refused."""

    answer = forms.CharField(label=_("Reason"), max_length=200)


class WordsForm(forms.Form):
    """What the shop says."""

    words = forms.CharField(label=_("Words"), max_length=500)


class ParcelForm(forms.Form):
    """A parcel."""

    carrier = forms.CharField(label=_("Carrier"), max_length=40)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=60)


class AddressForm(forms.Form):
    """Where goods are sent back."""

    recipient = forms.CharField(label=_("Recipient"), max_length=60)
    phone = forms.CharField(label=_("Telephone"), max_length=30)
    region = forms.CharField(label=_("Province, city, district"), max_length=100)
    street = forms.CharField(label=_("Street, building, room"), max_length=200)


@require_GET
@shop_page("refunds")
def case_list(desk: ShopDesk) -> HttpResponse:
    """Show the cases of one state; those whose time runs, the soonest at the top."""
    return _list(desk, None)


@require_GET
@shop_page("refunds")
def case(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Show a case with what there is to do."""
    detail = _of_this_shop(desk, case_id)
    shown = detail.case.dispute.evidence if detail.case.dispute else ()
    values = {
        "place": "cases",
        **case_values(detail, side=Side.SHOP),
        "has_shown": any(one.side is Side.SHOP for one in shown),
    }
    return desk.render("desk/shop/case.html", values)


@require_POST
@shop_page("refunds")
def agree(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Agree to a request."""
    _of_this_shop(desk, case_id)
    desk.attempt(operations.agree_after_sale, done=gettext("Agreed."), case_id=case_id)
    return _back(desk, case_id)


@require_POST
@shop_page("refunds")
def refuse(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Refuse a request, with a reason that the buyer reads."""
    _of_this_shop(desk, case_id)
    form = RefuseForm(desk.request.POST)
    if form.is_valid():
        done = gettext("Refused. The buyer reads your reason.")
        desk.attempt(operations.refuse_after_sale, done=done, case_id=case_id, answer=form.cleaned_data["answer"])
    else:
        tell_faults(desk.request, form)
    return _back(desk, case_id)


@require_POST
@shop_page("refunds")
def missed(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Say that a parcel could not be called back."""
    _of_this_shop(desk, case_id)
    done = gettext("The buyer is asked to send it back.")
    desk.attempt(operations.miss_interception, done=done, case_id=case_id)
    return redirect("shop_case", desk.shop.id, case_id)


@require_POST
@shop_page("refunds")
def confirm(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Confirm that the goods are back."""
    _of_this_shop(desk, case_id)
    desk.attempt(
        operations.confirm_return,
        done=gettext("The goods are back."),
        case_id=case_id,
        is_sellable=desk.request.POST.get("is_sellable") == "1",
    )
    return redirect("shop_case", desk.shop.id, case_id)


@require_POST
@shop_page("orders")
def ship(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Send what is owed."""
    _of_this_shop(desk, case_id)
    form = ParcelForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(
            operations.ship_for_case,
            done=gettext("The parcel is on its way."),
            case_id=case_id,
            **form.cleaned_data,
        )
    else:
        tell_faults(desk.request, form)
    return redirect("shop_case", desk.shop.id, case_id)


@require_POST
@shop_page("refunds")
def evidence(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Show words or pictures in a dispute."""
    _of_this_shop(desk, case_id)
    try:
        show_evidence(desk.request, desk.actor, case_id)
    except NotFound:
        raise
    except DomainError as refusal:
        desk.tell(refusal_in_words(refusal))
    return redirect("shop_case", desk.shop.id, case_id)


@require_POST
@shop_page("refunds")
def appeal(desk: ShopDesk, case_id: int) -> HttpResponse:
    """Appeal a ruling."""
    _of_this_shop(desk, case_id)
    form = WordsForm(desk.request.POST)
    if form.is_valid():
        done = gettext("Your appeal is heard by somebody else.")
        desk.attempt(operations.appeal_ruling, done=done, case_id=case_id, words=form.cleaned_data["words"])
    else:
        tell_faults(desk.request, form)
    return redirect("shop_case", desk.shop.id, case_id)


@require_POST
@shop_page("refunds")
def return_address(desk: ShopDesk) -> HttpResponse:
    """Keep where goods are sent back."""
    form = AddressForm(desk.request.POST)
    done = gettext("The address is kept.")
    if form.is_valid() and desk.attempt(
        operations.set_return_address, done=done, form=form, shop_id=desk.shop.id, **form.cleaned_data
    ):
        return redirect("shop_cases", desk.shop.id)
    return _list(desk, form, status=422)


def _list(desk: ShopDesk, form: AddressForm | None, *, status: int = 200) -> HttpResponse:
    state = choice_of(desk.request, "state", AfterSaleState, AfterSaleState.REQUESTED)
    page = orders.list_shop_cases(
        actor=desk.actor,
        shop_id=desk.shop.id,
        state=state,
        cursor=desk.cursor,
        limit=PAGE_ROWS,
        is_urgent_first=state in URGENT,
    )
    address = orders.find_return_address(shop_id=desk.shop.id)
    initial = {name: getattr(address, name) for name in AddressForm.base_fields} if address else {}
    values = {
        "place": "cases",
        "page": page,
        "state": state,
        "tabs": TABS,
        "counts": orders.count_shop_cases(actor=desk.actor, shop_id=desk.shop.id),
        "address": address,
        "address_form": form or AddressForm(initial=initial),
    }
    return desk.render("desk/shop/cases.html", values, status=status)


def _back(desk: ShopDesk, case_id: int) -> HttpResponse:
    return redirect(safe_next(desk.request, f"/desk/shops/{desk.shop.id}/after-sale/{case_id}"))


def _of_this_shop(desk: ShopDesk, case_id: int) -> CaseDetail:
    detail = orders.access_case(actor=desk.actor, case_id=case_id)
    if detail.shop_id != desk.shop.id:
        raise NotFound(what="after-sale case")
    return detail
