"""After-sale over HTTP: the buyer's side, the shop's, the operator's. It only translates."""

import base64
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Path, Query, Router

from laotie.core.actor import Actor
from laotie.core.errors import InvalidInput
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.orders import operations, queries
from laotie.orders.contracts import AfterSaleState, DisputeState
from laotie.orders.schemas import (
    AfterSaleIn,
    AfterSaleOut,
    CaseOut,
    ChargeBackIn,
    ChargeBackOut,
    ConfirmReturnIn,
    DisputeOut,
    EvidenceIn,
    OrderReasonIn,
    ParcelIn,
    ReturnAddressIn,
    RulingIn,
    WordsIn,
)

router = Router(tags=["orders"])

READ = "orders:read"
WRITE = "orders:write"
REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]


def _writer(request: HttpRequest) -> Actor:
    return actor_of(request, scope=WRITE)


@router.post("/orders/{order_id}/after-sales", response={201: AfterSaleOut, **REFUSALS})
@idempotent
def ask_after_sale(request: HttpRequest, order_id: PathId, wanted: AfterSaleIn) -> tuple[int, AfterSaleOut]:
    """Ask for money back, with or without the goods, an exchange, what was missing, or a repair."""
    view = operations.ask_after_sale(
        actor=_writer(request), order_id=order_id, now=now_of(request), **wanted.model_dump()
    )
    return 201, AfterSaleOut.of(view)


@router.get("/after-sales/{case_id}", response={200: CaseOut, **REFUSALS})
def read_case(request: HttpRequest, case_id: PathId) -> CaseOut:
    """Return a case to its buyer or the shop's staff."""
    return CaseOut.of(queries.access_case(actor=actor_of(request, scope=READ), case_id=case_id))


@router.post("/after-sales/{case_id}/withdrawal", response={200: AfterSaleOut, **REFUSALS})
@idempotent
def withdraw_case(request: HttpRequest, case_id: PathId) -> AfterSaleOut:
    """Take a request back."""
    view = operations.withdraw_after_sale(actor=_writer(request), case_id=case_id, now=now_of(request))
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/return-parcel", response={200: AfterSaleOut, **REFUSALS})
@idempotent
def send_back(request: HttpRequest, case_id: PathId, parcel: ParcelIn) -> AfterSaleOut:
    """Say with which parcel the goods go back."""
    view = operations.send_back(
        actor=_writer(request),
        case_id=case_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        now=now_of(request),
    )
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/receipt", response={200: AfterSaleOut, **REFUSALS})
@idempotent
def receive_for_case(request: HttpRequest, case_id: PathId) -> AfterSaleOut:
    """Confirm that what the shop sent has arrived."""
    view = operations.receive_for_case(actor=_writer(request), case_id=case_id, now=now_of(request))
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/dispute", response={201: DisputeOut, **REFUSALS})
@idempotent
def open_dispute(request: HttpRequest, case_id: PathId, said: WordsIn) -> tuple[int, DisputeOut]:
    """Ask the platform after a refusal."""
    view = operations.open_dispute(actor=_writer(request), case_id=case_id, words=said.words, now=now_of(request))
    return 201, DisputeOut.of(view)


@router.post("/after-sales/{case_id}/evidence", response={201: DisputeOut, **REFUSALS})
@idempotent
def show_evidence(request: HttpRequest, case_id: PathId, shown: EvidenceIn) -> tuple[int, DisputeOut]:
    """Show words or a picture in a dispute, as one of its two sides."""
    try:
        picture = base64.b64decode(shown.picture, validate=True)
    except ValueError:  # not base64, or not even ASCII
        raise InvalidInput(field_name="picture", reason=gettext("This is not base64.")) from None
    view = operations.show_evidence(
        actor=_writer(request), case_id=case_id, words=shown.words, picture=picture, now=now_of(request)
    )
    return 201, DisputeOut.of(view)


@router.get(
    "/evidence/{evidence_id}/picture",
    response={200: None, **REFUSALS},
    openapi_extra={"responses": {200: {"content": {"image/webp": {"schema": {"type": "string"}}}}}},
)
def read_picture(request: HttpRequest, evidence_id: PathId) -> HttpResponse:
    """Return a picture shown in a dispute."""
    content = queries.read_evidence_picture(actor=actor_of(request, scope=READ), evidence_id=evidence_id)
    return HttpResponse(content, content_type="image/webp")


@router.post("/after-sales/{case_id}/appeal", response={200: DisputeOut, **REFUSALS})
@idempotent
def appeal_ruling(request: HttpRequest, case_id: PathId, said: WordsIn) -> DisputeOut:
    """Appeal once against a ruling."""
    view = operations.appeal_ruling(actor=_writer(request), case_id=case_id, words=said.words, now=now_of(request))
    return DisputeOut.of(view)


@router.get("/shops/{shop_id}/after-sales", response={200: PageOf[AfterSaleOut], **REFUSALS}, tags=["merchant"])
def list_shop_cases(
    request: HttpRequest,
    shop_id: PathId,
    state: AfterSaleState | None = None,
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """Return a shop's after-sale cases to its staff, newest first."""
    page = queries.list_shop_cases(
        actor=actor_of(request, scope=READ), shop_id=shop_id, state=state, cursor=cursor, limit=limit
    )
    return page_schema(page, AfterSaleOut.of)


@router.post("/after-sales/{case_id}/agreement", response={200: AfterSaleOut, **REFUSALS}, tags=["merchant"])
@idempotent
def agree_case(request: HttpRequest, case_id: PathId) -> AfterSaleOut:
    """Agree for the shop."""
    view = operations.agree_after_sale(actor=_writer(request), case_id=case_id, now=now_of(request))
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/refusal", response={200: AfterSaleOut, **REFUSALS}, tags=["merchant"])
@idempotent
def refuse_case(request: HttpRequest, case_id: PathId, why: OrderReasonIn) -> AfterSaleOut:
    """Refuse for the shop, with a reason."""
    view = operations.refuse_after_sale(
        actor=_writer(request), case_id=case_id, answer=why.reason, now=now_of(request)
    )
    return AfterSaleOut.of(view)


@router.post(
    "/after-sales/{case_id}/missed-interception", response={200: AfterSaleOut, **REFUSALS}, tags=["merchant"]
)
@idempotent
def miss_interception(request: HttpRequest, case_id: PathId) -> AfterSaleOut:
    """Say for the shop that the parcel could not be called back."""
    view = operations.miss_interception(actor=_writer(request), case_id=case_id, now=now_of(request))
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/return-receipt", response={200: AfterSaleOut, **REFUSALS}, tags=["merchant"])
@idempotent
def confirm_return(request: HttpRequest, case_id: PathId, goods: ConfirmReturnIn) -> AfterSaleOut:
    """Confirm for the shop that the goods are back."""
    view = operations.confirm_return(
        actor=_writer(request), case_id=case_id, is_sellable=goods.is_sellable, now=now_of(request)
    )
    return AfterSaleOut.of(view)


@router.post("/after-sales/{case_id}/shipment", response={200: AfterSaleOut, **REFUSALS}, tags=["merchant"])
@idempotent
def ship_for_case(request: HttpRequest, case_id: PathId, parcel: ParcelIn) -> AfterSaleOut:
    """Send for the shop what is owed to the buyer."""
    view = operations.ship_for_case(
        actor=_writer(request),
        case_id=case_id,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        now=now_of(request),
    )
    return AfterSaleOut.of(view)


@router.put("/shops/{shop_id}/return-address", response={204: None, **REFUSALS}, tags=["merchant"])
@idempotent
def set_return_address(request: HttpRequest, shop_id: PathId, where: ReturnAddressIn) -> Any:
    """Say where the shop wants goods sent back."""
    operations.set_return_address(
        actor=_writer(request), shop_id=shop_id, now=now_of(request), **where.model_dump()
    )
    return 204, None


@router.get("/disputes", response={200: PageOf[AfterSaleOut], **REFUSALS}, tags=["operator"])
def list_disputes(
    request: HttpRequest, state: DisputeState | None = None, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """Return disputed cases, those to be decided soonest first."""
    page = queries.list_disputes(actor=actor_of(request, scope="*"), state=state, cursor=cursor, limit=limit)
    return page_schema(page, AfterSaleOut.of)


@router.post("/after-sales/{case_id}/ruling", response={200: DisputeOut, **REFUSALS}, tags=["operator"])
@idempotent
def rule_dispute(request: HttpRequest, case_id: PathId, ruling: RulingIn) -> DisputeOut:
    """Decide a dispute."""
    view = operations.rule_dispute(
        actor=actor_of(request, scope="*"),
        case_id=case_id,
        winner=ruling.winner,
        ruling=ruling.ruling,
        now=now_of(request),
    )
    return DisputeOut.of(view)


@router.post("/after-sales/{case_id}/final-ruling", response={200: DisputeOut, **REFUSALS}, tags=["operator"])
@idempotent
def rule_appeal(request: HttpRequest, case_id: PathId, ruling: RulingIn) -> DisputeOut:
    """Decide an appeal for good."""
    view = operations.rule_appeal(
        actor=actor_of(request, scope="*"),
        case_id=case_id,
        winner=ruling.winner,
        ruling=ruling.ruling,
        now=now_of(request),
    )
    return DisputeOut.of(view)


@router.get("/charge-backs", response={200: PageOf[ChargeBackOut], **REFUSALS}, tags=["operator"])
def list_charge_backs(request: HttpRequest, cursor: Cursor = "", limit: Limit = 20) -> dict[str, Any]:
    """Return what payment channels took back by themselves."""
    page = queries.list_charge_backs(actor=actor_of(request, scope="*"), cursor=cursor, limit=limit)
    return page_schema(page, ChargeBackOut.of)


@router.post("/charge-backs", response={201: ChargeBackOut, **REFUSALS}, tags=["operator"])
@idempotent
def record_charge_back(request: HttpRequest, taken: ChargeBackIn) -> tuple[int, ChargeBackOut]:
    """Book what a payment channel took back."""
    view = operations.record_charge_back(
        actor=actor_of(request, scope="*"), now=now_of(request), **taken.model_dump()
    )
    return 201, ChargeBackOut.of(view)
