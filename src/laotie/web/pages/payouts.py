"""Taking money out: one page for every kind of party, with what stands in the way and how to clear it."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.core.errors import NotFound
from laotie.core.money import plain_yuan
from laotie.people import operations as people_operations
from laotie.people import queries as people
from laotie.trust import operations, queries
from laotie.trust.contracts import Party, PartyKind, PayoutDesk
from laotie.web.desk import PAGE_ROWS, Desk, desk_page, tell_faults
from laotie.web.fields import FenField
from laotie.web.identity import IdentityForm, ask_identity

FRAMES = {PartyKind.SHOP: "desk/shop/frame.html", PartyKind.CREATOR: "desk/creator/frame.html"}


class AmountForm(forms.Form):
    """An amount."""

    amount_fen = FenField(label=_("Amount"), least_fen=1)


class BankAccountForm(forms.Form):
    """Where the money goes."""

    holder_name = forms.CharField(label=_("Account holder"), max_length=60)
    bank = forms.CharField(label=_("Bank"), max_length=60)
    account_number = forms.CharField(
        label=_("Account number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    branch_code = forms.CharField(label=_("Branch code"), max_length=20, required=False)


@require_GET
@desk_page
def payouts(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Show what can be paid out, what stands in the way, and what was paid out."""
    return _show(desk, _name(kind, number), {})


@require_POST
@desk_page
def request_payout(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Ask for a payout."""
    name = _name(kind, number)
    form = AmountForm(desk.request.POST)
    done = gettext("The payout is asked for.")
    if form.is_valid() and desk.attempt(
        operations.request_payout, done=done, form=form, party=name, amount_fen=form.cleaned_data["amount_fen"]
    ):
        return redirect("payouts", kind, number)
    return _show(desk, name, {"amount_form": form}, status=422)


@require_POST
@desk_page
def cancel_payout(desk: Desk, kind: str, number: int, payout_id: int) -> HttpResponse:
    """Take back a payout."""
    desk.attempt(operations.cancel_payout, done=gettext("The money is back in the balance."), payout_id=payout_id)
    return redirect("payouts", kind, number)


@require_POST
@desk_page
def set_bank_account(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Change where the money goes."""
    name = _name(kind, number)
    party = queries.access_party(actor=desk.actor, name=name)
    form = BankAccountForm(desk.request.POST)
    done = gettext("The bank account is kept.")
    if form.is_valid() and desk.attempt(
        people_operations.set_bank_account, done=done, form=form, owner=party.owner, **form.cleaned_data
    ):
        return redirect("payouts", kind, number)
    return _show(desk, name, {"bank_form": form}, status=422)


@require_POST
@desk_page
def verify(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Have one's real name verified."""
    name = _name(kind, number)
    form = IdentityForm(desk.request.POST)
    if ask_identity(desk, form):
        return redirect("payouts", kind, number)
    return _show(desk, name, {"identity_form": form}, status=422)


@require_GET
@desk_page
def identity(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Return the step about the real name again, for the page that waits for the answer."""
    values = _values(desk, queries.get_payout_desk(actor=desk.actor, name=_name(kind, number), now=desk.now))
    return desk.render("desk/identity.html", values)


@require_POST
@desk_page
def top_up(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Move part of a shop's balance into its deposit."""
    if kind != PartyKind.SHOP:
        raise NotFound(what="shop")
    form = AmountForm(desk.request.POST)
    if form.is_valid():
        done = gettext("The deposit is topped up.")
        desk.attempt(
            operations.top_up_deposit, done=done, shop_id=number, amount_fen=form.cleaned_data["amount_fen"]
        )
    else:
        tell_faults(desk.request, form)
    return redirect("payouts", kind, number)


@require_POST
@desk_page
def close_shop(desk: Desk, kind: str, number: int) -> HttpResponse:
    """Begin the public notice before a closing shop's deposit comes back, or go on with the shop."""
    if kind != PartyKind.SHOP:
        raise NotFound(what="shop")
    if desk.request.POST.get("stays"):
        done = gettext("The shop stays open; its deposit stays too.")
        desk.attempt(operations.withdraw_deposit_return, done=done, shop_id=number)
    else:
        done = gettext("The public notice has begun.")
        desk.attempt(operations.ask_deposit_return, done=done, shop_id=number)
    return redirect("payouts", kind, number)


def _show(desk: Desk, name: str, forms_: dict[str, forms.Form], *, status: int = 200) -> HttpResponse:
    found = queries.get_payout_desk(actor=desk.actor, name=name, now=desk.now)
    page = queries.list_payouts(actor=desk.actor, name=name, cursor=desk.cursor, limit=PAGE_ROWS)
    values = {
        **_values(desk, found),
        "page": page,
        "amount_form": AmountForm(initial={"amount_fen": plain_yuan(found.payable_fen)}),
        "bank_form": BankAccountForm(),
        "identity_form": IdentityForm(),
        **forms_,
    }
    return desk.render("desk/payouts.html", values, status=status)


def _values(desk: Desk, found: PayoutDesk) -> dict[str, Any]:
    place = (found.party.kind, found.party.number)
    values: dict[str, Any] = {
        "place": "money",
        "identity": found.identity,
        "check": found.check,
        "poll_url": reverse("payout_identity", args=place),
        "verify_url": reverse("payout_verify", args=place),
        "again_url": reverse("payouts", args=place),
        "frame": FRAMES.get(found.party.kind, "desk/plain_frame.html"),
        "desk": found,
        "is_owner": found.party.account_id == desk.account_id,
        **_shop_values(desk, found.party),
    }
    account = found.bank_account
    values["account_rests"] = account is not None and account.usable_from > desk.now
    values["is_ready"] = (
        found.identity is not None
        and account is not None
        and not values["account_rests"]
        and not found.frozen_because
        and not (found.deposit and found.deposit.missing_fen)
    )
    return values


def _shop_values(desk: Desk, party: Party) -> dict[str, Any]:
    if party.kind is not PartyKind.SHOP:
        return {}
    permissions = people.list_shop_permissions(account_id=desk.account_id, shop_id=party.number)
    return {"shop": people.get_shop(party.number), "permissions": permissions}


def _name(kind: str, number: int) -> str:
    return f"{kind}:{number}"
