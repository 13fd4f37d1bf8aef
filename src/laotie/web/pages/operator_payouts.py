"""The operator's payouts: looking at large ones, handing batches to the bank, taking in its answers, deposits."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.ledger import queries as ledger
from laotie.ledger.contracts import PayoutState, PayoutView
from laotie.people import queries as people
from laotie.trust import operations, queries
from laotie.web.desk import PAGE_ROWS, Desk, choice_of, names_of, operator_page, tell_faults
from laotie.web.fields import FenField
from laotie.web.pages.operator import ReasonForm

FILE_BYTES_MAX = 1_000_000


class AnswerForm(forms.Form):
    """The bank's file."""

    file = forms.FileField(label=_("The bank's file"))


class DepositForm(forms.Form):
    """A deposit that arrived, or one that is demanded."""

    amount_fen = FenField(label=_("Amount"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


@require_GET
@operator_page
def payouts(desk: Desk) -> HttpResponse:
    """Show the payouts in one state, those to look at first."""
    state = choice_of(
        desk.request, "state", PayoutState, None if "state" in desk.request.GET else PayoutState.REQUESTED
    )
    page = ledger.list_payouts_to_do(state=state, cursor=desk.cursor, limit=PAGE_ROWS)
    values = {
        "place": "payouts",
        "page": page,
        "state": state,
        "states": list(PayoutState),
        "names": _party_names(page.items),
        "frozen": {
            item.address: queries.find_freeze(party=queries.party_of_address(item.address)) for item in page.items
        },
        "batches": ledger.list_batches(limit=10).items,
    }
    return desk.render("desk/operator/payouts.html", values)


@require_POST
@operator_page
def approve(desk: Desk, payout_id: int) -> HttpResponse:
    """Let a payout go to the bank."""
    desk.attempt(
        operations.approve_payout, done=gettext("The payout goes with the next batch."), payout_id=payout_id
    )
    return redirect("operator_payouts")


@require_POST
@operator_page
def refuse(desk: Desk, payout_id: int) -> HttpResponse:
    """Put a payout back."""
    return _with_reason(desk, operations.refuse_payout, gettext("The money is back in the balance."), payout_id)


@require_POST
@operator_page
def give_back(desk: Desk, payout_id: int) -> HttpResponse:
    """Book a payout that came back from the bank."""
    return _with_reason(desk, operations.return_payout, gettext("The money is back in the balance."), payout_id)


@require_POST
@operator_page
def make_batch(desk: Desk) -> HttpResponse:
    """Put the approved payouts into a batch."""
    desk.attempt(operations.make_payout_batch, done=gettext("The batch is made: give its file to the bank."))
    return redirect("operator_payouts")


@require_POST
@operator_page
def bank_file(desk: Desk, batch_id: int) -> HttpResponse:
    """Download a batch for the bank; the look at the accounts is logged, so it is no plain link."""
    content = operations.make_bank_file(actor=desk.actor, batch_id=batch_id, now=desk.now)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payout-batch-{batch_id}.csv"'
    return response


@require_POST
@operator_page
def answer(desk: Desk, batch_id: int) -> HttpResponse:
    """Apply the bank's file."""
    form = AnswerForm(desk.request.POST, desk.request.FILES)
    if not form.is_valid():
        tell_faults(desk.request, form)
    else:
        content = form.cleaned_data["file"].read(FILE_BYTES_MAX + 1)
        done = gettext("The bank's answers are booked.")
        desk.attempt(operations.apply_bank_file, done=done, batch_id=batch_id, content=content)
    return redirect("operator_payouts")


@require_POST
@operator_page
def record_deposit(desk: Desk, shop_id: int) -> HttpResponse:
    """Book a deposit that arrived at the bank."""
    form = DepositForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(
            operations.record_deposit,
            done=gettext("The deposit is booked."),
            shop_id=shop_id,
            amount_fen=form.cleaned_data["amount_fen"],
            reference=form.cleaned_data["reason"],
        )
    else:
        tell_faults(desk.request, form)
    return redirect("operator_shops")


@require_POST
@operator_page
def demand_deposit(desk: Desk, shop_id: int) -> HttpResponse:
    """Say how much deposit a shop keeps."""
    form = DepositForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(
            operations.demand_deposit,
            done=gettext("The shop's deposit is set."),
            shop_id=shop_id,
            required_fen=form.cleaned_data["amount_fen"],
            reason=form.cleaned_data["reason"],
        )
    else:
        tell_faults(desk.request, form)
    return redirect("operator_shops")


def _with_reason(desk: Desk, operation: object, done: str, payout_id: int) -> HttpResponse:
    form = ReasonForm(desk.request.POST)
    if form.is_valid():
        desk.attempt(operation, done=done, payout_id=payout_id, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    else:
        tell_faults(desk.request, form)
    return redirect("operator_payouts")


def _party_names(items: tuple[PayoutView, ...]) -> dict[str, str]:
    """Return whose each ledger address is, in words."""
    numbers: dict[str, set[int]] = {}
    for item in items:
        kind, number, _rest = item.address.split(":")
        numbers.setdefault(kind, set()).add(int(number))
    shops = people.get_shops(numbers.get("shop", set()))
    persons = names_of({*numbers.get("creator", set()), *numbers.get("leader", set())})
    found = {}
    for item in items:
        kind, number, _rest = item.address.split(":")
        known = shops.get(int(number)) if kind == "shop" else persons.get(int(number))
        found[item.address] = getattr(known, "name", "") or getattr(known, "display_name", "") or item.address
    return found
