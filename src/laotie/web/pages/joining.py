"""Joining: what one can become here, the form for it, and how an application stands."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.core.errors import NotFound
from laotie.people import operations
from laotie.people import queries as people
from laotie.people.contracts import ApplicationKind, ApplicationState, ApplicationView, CheckState
from laotie.web.desk import Desk, desk_page
from laotie.web.identity import IdentityForm, ask_identity

OPEN = (ApplicationState.SUBMITTED, ApplicationState.RETURNED)
NAMED = (ApplicationKind.MERCHANT, ApplicationKind.AGENCY)
PICTURE_BYTES_MAX = 8_000_000
ICONS = {
    ApplicationKind.CREATOR: "sparkle",
    ApplicationKind.MERCHANT: "store",
    ApplicationKind.AGENCY: "people",
    ApplicationKind.LEADER: "chart",
    ApplicationKind.PROVIDER: "gear",
}
OFFERS = {
    ApplicationKind.CREATOR: _("Recommend goods in rooms and videos and earn commission. Open at once."),
    ApplicationKind.MERCHANT: _("Open a shop and sell through creators, your own rooms and the mall."),
    ApplicationKind.AGENCY: _("Bring creators together and share in their commission."),
    ApplicationKind.LEADER: _("Gather goods for creators and earn a service fee."),
    ApplicationKind.PROVIDER: _("Run shops for merchants."),
}


class AgreeForm(forms.Form):
    """A creator says only that they agree."""

    agrees = forms.BooleanField(label=_("I have read the terms and agree to them"))


class BusinessForm(forms.Form):
    """What a business says of itself."""

    business_name = forms.CharField(label=_("Name in the business licence"), min_length=2, max_length=100)
    licence_number = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        help_text=_("18 characters, as on the licence."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    licence_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        help_text=_("Leave empty if the licence has no end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    agrees = forms.BooleanField(label=_("I have read the terms and agree to them"))


class NamedForm(BusinessForm):
    """A business that shows itself under a name."""

    public_name = forms.CharField(label=_("Name that is shown"), min_length=2, max_length=60)
    public_name_en = forms.CharField(label=_("Name in English"), max_length=60, required=False)
    field_order = ("public_name", "public_name_en", "business_name", "licence_number", "licence_until", "agrees")


class PaperForm(forms.Form):
    """A picture of a paper."""

    title = forms.CharField(label=_("What it is"), max_length=60, initial=_("Business licence"))
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    picture = forms.FileField(
        label=_("Picture"), widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    )


@require_GET
@desk_page
def choose(desk: Desk) -> HttpResponse:
    """Show what one can become, and how far one is."""
    newest: dict[ApplicationKind, ApplicationView] = {}
    for view in people.list_my_applications(actor=desk.actor):
        newest.setdefault(view.kind, view)
    me = people.get_account(desk.account_id)
    rows = [
        (kind, ICONS[kind], OFFERS[kind], newest.get(kind), kind is ApplicationKind.CREATOR and me.is_creator)
        for kind in ApplicationKind
    ]
    return desk.render("joining/choose.html", {"rows": rows})


@desk_page
def join(desk: Desk, kind: str) -> HttpResponse:
    """Show the form, or how the application stands; take a filled form in."""
    wanted = _kind(kind)
    if desk.request.method != "POST":
        return _show(desk, wanted, {})
    form = _form_class(wanted)(desk.request.POST)
    if form.is_valid() and desk.attempt(
        operations.apply, done=_done(wanted), form=form, kind=wanted, **form.cleaned_data
    ):
        return redirect("join", kind)
    return _show(desk, wanted, {"form": form}, status=422)


@require_POST
@desk_page
def verify(desk: Desk, kind: str) -> HttpResponse:
    """Have one's real name verified."""
    wanted = _kind(kind)
    form = IdentityForm(desk.request.POST)
    if ask_identity(desk, form):
        return redirect("join", kind)
    return _show(desk, wanted, {"identity_form": form}, status=422)


@require_GET
@desk_page
def identity(desk: Desk, kind: str) -> HttpResponse:
    """Return the step about the real name again; the whole page comes anew once there is an answer."""
    values = _identity_values(desk, _kind(kind))
    response = desk.render("desk/identity.html", values)
    if values["identity"] or values["check"] is None or values["check"].state is not CheckState.ASKED:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@desk_page
def add_paper(desk: Desk, kind: str) -> HttpResponse:
    """Add a picture of a paper to the open application."""
    wanted = _kind(kind)
    view = _open_one(desk, wanted)
    form = PaperForm(desk.request.POST, desk.request.FILES)
    if form.is_valid() and desk.attempt(
        operations.add_paper,
        done=gettext("The picture is added."),
        form=form,
        application_id=view.id,
        title=form.cleaned_data["title"],
        picture=form.cleaned_data["picture"].read(PICTURE_BYTES_MAX + 1),
        valid_until=form.cleaned_data["valid_until"],
    ):
        return redirect("join", kind)
    return _show(desk, wanted, {"paper_form": form}, status=422)


@require_POST
@desk_page
def withdraw(desk: Desk, kind: str) -> HttpResponse:
    """Take the open application back."""
    view = _open_one(desk, _kind(kind))
    desk.attempt(
        operations.withdraw_application, done=gettext("The application is taken back."), application_id=view.id
    )
    return redirect("join", kind)


@require_GET
@desk_page
def paper(desk: Desk, paper_id: int) -> HttpResponse:
    """Show a picture of a paper to its applicant or an operator."""
    content = people.read_paper(actor=desk.actor, paper_id=paper_id)
    return HttpResponse(content, content_type="image/webp")


def _show(desk: Desk, kind: ApplicationKind, forms_: dict[str, forms.Form], *, status: int = 200) -> HttpResponse:
    view = people.find_my_application(actor=desk.actor, kind=kind)
    is_new = "again" in desk.request.GET or view is None or view.state is ApplicationState.WITHDRAWN
    shown = None if is_new and (view is None or view.state not in OPEN) else view
    values = {
        **_identity_values(desk, kind),
        "kind": kind,
        "offer": OFFERS[kind],
        "icon": ICONS[kind],
        "application": shown,
        "is_open": shown is not None and shown.state in OPEN,
        "may_send": shown is None or shown.state is ApplicationState.RETURNED,
        "is_creator": people.get_account(desk.account_id).is_creator,
        "form": _form_class(kind)(initial=_initial(shown)),
        "paper_form": PaperForm(),
        **forms_,
    }
    if shown is not None and shown.outcome:
        values["made"] = _made(shown.outcome)
    return desk.render("joining/join.html", values, status=status)


def _identity_values(desk: Desk, kind: ApplicationKind) -> dict[str, Any]:
    return {
        "identity": people.find_identity(account_id=desk.account_id),
        "check": people.find_identity_check(account_id=desk.account_id),
        "is_owner": True,
        "identity_form": IdentityForm(),
        "poll_url": reverse("join_identity", args=(kind,)),
        "verify_url": reverse("join_verify", args=(kind,)),
        "again_url": reverse("join", args=(kind,)),
    }


def _made(outcome: str) -> str:
    """Return where what an application made is run from."""
    kind, number = outcome.split(":")
    places = {"shop": "shop_today", "agency": "agency_desk"}
    return reverse(places[kind], args=(int(number),)) if kind in places else reverse("creator_earnings")


def _initial(view: ApplicationView | None) -> dict[str, object]:
    if view is None:
        return {}
    names = ("public_name", "public_name_en", "business_name", "licence_number", "licence_until")
    return {name: getattr(view, name) for name in names}


def _done(kind: ApplicationKind) -> str:
    if kind is ApplicationKind.CREATOR:
        return gettext("Welcome: you are a creator now.")
    return gettext("Your application is sent. Add pictures of your papers so that it can be looked at.")


def _form_class(kind: ApplicationKind) -> type[forms.Form]:
    if kind is ApplicationKind.CREATOR:
        return AgreeForm
    return NamedForm if kind in NAMED else BusinessForm


def _open_one(desk: Desk, kind: ApplicationKind) -> ApplicationView:
    view = people.find_my_application(actor=desk.actor, kind=kind)
    if view is None or view.state not in OPEN:
        raise NotFound(what="application")
    return view


def _kind(word: str) -> ApplicationKind:
    if word not in {*ApplicationKind}:
        raise NotFound(what="application")
    return ApplicationKind(word)
