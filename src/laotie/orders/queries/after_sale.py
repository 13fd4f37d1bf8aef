"""After-sale cases for those they belong to: the buyer, the shop's staff for refunds, operators."""

import base64
from datetime import datetime

from django.db.models import Count

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.core.rules import rules_of_version
from laotie.orders.contracts import (
    AfterSaleState,
    AfterSaleView,
    CaseDetail,
    ChargeBackView,
    Destination,
    DisputeState,
    OrderState,
)
from laotie.orders.models import AfterSale, ChargeBack, Dispute, Evidence, OrderLine, Parcel, ReturnAddress
from laotie.orders.operations.after_sale import no_reason_until
from laotie.orders.viewing import case_view, charge_back_view, move_view, parcel_view
from laotie.people import queries as people


def access_case(*, actor: Actor, case_id: int) -> CaseDetail:
    """Return a case to its buyer, to the shop's staff for refunds, or to an operator.

    Raises: NotFound.
    """
    case = AfterSale.objects.select_related("order", "line", "dispute").filter(pk=case_id).first()
    if case is None:
        raise NotFound(what="after-sale case")
    order = case.order
    if order.buyer_id != actor.account_id:
        try:
            people.access_shop(actor=actor, shop_id=order.shop_id, permission="refunds")
        except NotFound:
            raise NotFound(what="after-sale case") from None
    return CaseDetail(
        case=case_view(case, title=case.line.title),
        shop_id=order.shop_id,
        buyer_id=order.buyer_id,
        order_state=OrderState(order.state),
        currency=order.currency,
        moves=tuple(move_view(move) for move in order.moves.filter(case_id=case.pk).order_by("id")),
        parcels=tuple(parcel_view(parcel) for parcel in Parcel.objects.filter(case_id=case.pk).order_by("id")),
        return_address=find_return_address(shop_id=order.shop_id) if case.state in _ADDRESS_STATES else None,
    )


_ADDRESS_STATES = (AfterSaleState.RETURNING, AfterSaleState.RETURNED)


def find_return_address(*, shop_id: int) -> Destination | None:
    """Return where a shop wants goods sent back, or None; a business's address, shown to those who send."""
    row = ReturnAddress.objects.filter(pk=shop_id).first()
    return Destination(row.recipient, row.phone, row.region, row.street) if row else None


def read_evidence_picture(*, actor: Actor, evidence_id: int) -> bytes:
    """Return a picture shown in a dispute (WebP) to those who may see the case.

    Raises: NotFound.
    """
    row = Evidence.objects.select_related("dispute").filter(pk=evidence_id).exclude(picture="").first()
    if row is None:
        raise NotFound(what="picture")
    try:
        access_case(actor=actor, case_id=row.dispute.case_id)
    except NotFound:
        raise NotFound(what="picture") from None
    return base64.b64decode(row.picture)


def list_shop_cases(
    *,
    actor: Actor,
    shop_id: int,
    state: AfterSaleState | None = None,
    cursor: str = "",
    limit: int = 20,
    is_urgent_first: bool = False,
) -> Page[AfterSaleView]:
    """Return a shop's cases to its staff, newest first, or those whose time runs out soonest first.

    Raises: NotFound, BadCursor.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="refunds")
    rows = AfterSale.objects.filter(order__shop_id=shop_id).select_related("line", "dispute")
    if state is not None:
        rows = rows.filter(state=state)
    if is_urgent_first:
        rows = rows.filter(act_by__isnull=False)
        return page_of(rows, _titled, order=("act_by", "id"), cursor=cursor, limit=limit)
    return page_of(rows, _titled, order=("-requested_at", "-id"), cursor=cursor, limit=limit)


def count_shop_cases(*, actor: Actor, shop_id: int) -> dict[AfterSaleState, int]:
    """Return how many cases of a shop stand in each state.

    Raises: NotFound.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="refunds")
    counted = AfterSale.objects.filter(order__shop_id=shop_id).values_list("state").order_by("state")
    found = dict(counted.annotate(number=Count("id")))
    return {state: found.get(state.value, 0) for state in AfterSaleState}


def list_disputes(
    *, actor: Actor, state: DisputeState | None = None, cursor: str = "", limit: int = 20
) -> Page[AfterSaleView]:
    """Return disputed cases to operators, those to be decided soonest first.

    Raises: NotAllowed, BadCursor.
    """
    people.require_operator(actor=actor)
    rows = Dispute.objects.select_related("case__line")
    if state is not None:
        rows = rows.filter(state=state)
    return page_of(rows, _of_dispute, order=("decide_by", "id"), cursor=cursor, limit=limit)


def list_charge_backs(*, actor: Actor, cursor: str = "", limit: int = 20) -> Page[ChargeBackView]:
    """Return charge-backs to operators, newest first.

    Raises: NotAllowed, BadCursor.
    """
    people.require_operator(actor=actor)
    rows = ChargeBack.objects.select_related("payment")
    return page_of(rows, charge_back_view, order=("-id",), cursor=cursor, limit=limit)


def find_no_reason_end(*, order_id: int, line_id: int) -> datetime | None:
    """Return until when a line can go back without a reason, or None before it was received; for its buyer's page."""
    line = OrderLine.objects.select_related("order").filter(pk=line_id, order_id=order_id).first()
    if line is None:
        return None
    return no_reason_until(line.order, line, rules_of_version(line.order.rules_version))


def _titled(case: AfterSale) -> AfterSaleView:
    return case_view(case, title=case.line.title)


def _of_dispute(dispute: Dispute) -> AfterSaleView:
    return case_view(dispute.case, title=dispute.case.line.title)
