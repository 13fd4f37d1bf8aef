"""The creator's desk, and the earnings of agencies and leaders: every line with its state and the reason for it."""

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from laotie.alliance import operations
from laotie.alliance import queries as alliance
from laotie.alliance.contracts import EarningState, EarningView, Role, SelectionOrder
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import ProductFilter
from laotie.core.paging import Page
from laotie.ledger import queries as ledger
from laotie.people import queries as people
from laotie.web.desk import PAGE_ROWS, Desk, choice_of, creator_page, desk_page, tell_faults
from laotie.web.fields import PercentField
from laotie.web.pages.account import safe_next
from laotie.web.statements import list_months, month_file

SHOWCASE_ROWS = 50


class SelectionForm(forms.Form):
    """What the selection is narrowed to."""

    least_rate_bp = PercentField(label=_("From percent"), required=False)
    order = forms.ChoiceField(
        label=_("Sorted by"),
        required=False,
        choices=[
            (SelectionOrder.NEWEST.value, _("Newest")),
            (SelectionOrder.HIGHEST_RATE.value, _("Highest rate")),
        ],
    )


class MoveForm(forms.Form):
    """Where a product of the showcase goes: just above another, or to the end."""

    before_product_id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@require_GET
@creator_page
def earnings(desk: Desk) -> HttpResponse:
    """Show what every order line earns, with its state."""
    state = choice_of(desk.request, "state", EarningState)
    page = alliance.list_earnings(creator_id=desk.account_id, state=state, cursor=desk.cursor, limit=PAGE_ROWS)
    values = {"place": "earnings", **_earning_values(Role.CREATOR, desk.account_id, page, state)}
    values["balance"] = ledger.get_balance(address=_address(desk))
    return desk.render("desk/creator/earnings.html", values)


@require_GET
@creator_page
def earning(desk: Desk, earning_id: int) -> HttpResponse:
    """Show one earning's changes with their reasons."""
    moves = alliance.list_earning_moves(role=Role.CREATOR, party_id=desk.account_id, earning_id=earning_id)
    found = alliance.get_earning(role=Role.CREATOR, party_id=desk.account_id, earning_id=earning_id)
    values = {
        "place": "earnings",
        "earning": found,
        "product": catalog.get_product(found.product_id),
        "shop": people.get_shop(found.shop_id),
        "moves": tuple(reversed(moves)),
    }
    return desk.render("desk/creator/earning.html", values)


@require_GET
@creator_page
def money(desk: Desk) -> HttpResponse:
    """Show the balance, what is held until when, and the statement."""
    address = _address(desk)
    values = {
        "place": "money",
        "balance": ledger.get_balance(address=address),
        "sums": alliance.sum_earnings(role=Role.CREATOR, party_id=desk.account_id),
        "holds": ledger.list_holds(address=address, active_only=True, limit=PAGE_ROWS),
        "months": list_months(address),
        "month_url": reverse("creator_statement"),
        "statement": ledger.list_statement(address=address, cursor=desk.cursor, limit=PAGE_ROWS),
    }
    return desk.render("desk/creator/money.html", values)


@require_GET
@creator_page
def statement(desk: Desk) -> HttpResponseBase:
    """Download a month's statement."""
    return month_file(_address(desk), desk.request.GET.get("month", ""))


@require_GET
@creator_page
def showcase(desk: Desk) -> HttpResponse:
    """Show the showcase for editing, each product with its commission and the link to share."""
    page = alliance.list_showcase(creator_id=desk.account_id, cursor=desk.cursor, limit=SHOWCASE_ROWS)
    ids = [item.product_id for item in page.items]
    products = catalog.get_products(ids)
    values = {
        "place": "showcase",
        "page": page,
        "products": products,
        "prices": _prices(ids, desk),
        "plans": alliance.find_best_plans(creator_id=desk.account_id, product_ids=ids, at=desk.now),
        "shops": people.get_shops({product.shop_id for product in products.values()}),
        "above": dict(zip(ids[1:], ids, strict=False)),
        "below": dict(zip(ids, [*ids[2:], None], strict=False)),
        "top": ids[0] if ids and not desk.cursor else None,
    }
    return desk.render("desk/creator/showcase.html", values)


@require_GET
@creator_page
def selection(desk: Desk) -> HttpResponse:
    """Show the goods that are open to me, with plan and rate."""
    form = SelectionForm(desk.request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = alliance.list_selection(
        creator_id=desk.account_id,
        at=desk.now,
        least_rate_bp=chosen.get("least_rate_bp") or 0,
        order=SelectionOrder(chosen.get("order") or SelectionOrder.NEWEST),
        cursor=desk.cursor,
        limit=PAGE_ROWS,
    )
    ids = [item.product_id for item in page.items]
    values = {
        "place": "selection",
        "page": page,
        "form": form,
        "products": catalog.get_products(ids),
        "prices": _prices(ids, desk),
        "shops": people.get_shops({item.shop_id for item in page.items}),
    }
    return desk.render("desk/creator/selection.html", values)


@require_POST
@creator_page
def add_to_showcase(desk: Desk, product_id: int) -> HttpResponse:
    """Put a product at the top of the showcase."""
    done = gettext("The product is in your showcase.")
    desk.attempt(operations.add_to_showcase, done=done, product_id=product_id)
    return redirect(safe_next(desk.request, "/desk/creator/selection"))


@require_POST
@creator_page
def remove_from_showcase(desk: Desk, product_id: int) -> HttpResponse:
    """Take a product out of the showcase."""
    done = gettext("The product is out of your showcase.")
    desk.attempt(operations.remove_from_showcase, done=done, product_id=product_id)
    return redirect(safe_next(desk.request, "/desk/creator/showcase"))


@require_POST
@creator_page
def move_in_showcase(desk: Desk, product_id: int) -> HttpResponse:
    """Move a product of the showcase up or down."""
    form = MoveForm(desk.request.POST)
    if form.is_valid():
        before = form.cleaned_data["before_product_id"]
        done = gettext("The order of your showcase has changed.")
        desk.attempt(operations.move_in_showcase, done=done, product_id=product_id, before_product_id=before)
    else:
        tell_faults(desk.request, form)
    return redirect("creator_showcase")


@require_GET
@desk_page
def agency(desk: Desk, agency_id: int) -> HttpResponse:
    """Show an agency's contracts and its part of its creators' commission."""
    found = people.access_agency(actor=desk.actor, agency_id=agency_id)
    state = choice_of(desk.request, "state", EarningState)
    page = alliance.list_agency_earnings(agency_id=found.id, state=state, cursor=desk.cursor, limit=PAGE_ROWS)
    contracts = people.list_agency_contracts(actor=desk.actor, limit=PAGE_ROWS)
    values = {
        "place": "agency",
        "agency": found,
        "contracts": [one for one in contracts.items if one.agency_id == found.id],
        "balance": ledger.get_balance(address=f"agency:{found.id}:commission"),
        **_earning_values(Role.AGENCY, found.id, page, state),
    }
    return desk.render("desk/agency.html", values)


@require_GET
@desk_page
def leader(desk: Desk) -> HttpResponse:
    """Show a leader's fees, line by line."""
    state = choice_of(desk.request, "state", EarningState)
    page = alliance.list_leader_earnings(
        leader_id=desk.account_id, state=state, cursor=desk.cursor, limit=PAGE_ROWS
    )
    values = {
        "place": "leader",
        "balance": ledger.get_balance(address=f"leader:{desk.account_id}:fee"),
        **_earning_values(Role.LEADER, desk.account_id, page, state),
    }
    return desk.render("desk/leader.html", values)


def _earning_values(
    role: Role, party_id: int, page: Page[EarningView], state: EarningState | None
) -> dict[str, object]:
    return {
        "page": page,
        "state": state,
        "tabs": tuple(EarningState),
        "sums": alliance.sum_earnings(role=role, party_id=party_id),
        "products": catalog.get_products(sorted({one.product_id for one in page.items})),
        "shops": people.get_shops({one.shop_id for one in page.items}),
    }


def _prices(product_ids: list[int], desk: Desk) -> dict[int, int | None]:
    """Return the lowest price of each product that is on sale, as a buyer from this creator sees it."""
    where = ProductFilter(ids=tuple(product_ids))
    channel = f"creator:{desk.account_id}"
    cards = catalog.list_products(at=desk.now, where=where, channel=channel, limit=SHOWCASE_ROWS)
    return {card.id: card.price_fen for card in cards.items}


def _address(desk: Desk) -> str:
    return f"creator:{desk.account_id}:commission"
