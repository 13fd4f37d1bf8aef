"""Trust over HTTP: payouts and deposits. Money leaves only in a person's own session, never by a token."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Schema

from laotie.core.actor import Actor
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import PayoutState
from laotie.people import queries as people
from laotie.trust import operations, queries
from laotie.trust.contracts import PartyKind
from laotie.trust.schemas import (
    AmountIn,
    AnswerIn,
    AppliedOut,
    BatchOut,
    DemandIn,
    DepositOut,
    DepositReceiptIn,
    NewBatchOut,
    PayoutDeskOut,
    PayoutOut,
    PayoutReasonIn,
)

router = Router(tags=["money"])

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Number = Annotated[int, Path(ge=1, le=10**18 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]


def _session(request: HttpRequest) -> Actor:
    return actor_of(request, scope="*")


def _operator(request: HttpRequest) -> Actor:
    actor = _session(request)
    people.require_operator(actor=actor)
    return actor


@router.get("/parties/{kind}/{number}/payout-desk", response={200: PayoutDeskOut, **REFUSALS})
def get_payout_desk(request: HttpRequest, kind: PartyKind, number: Number) -> PayoutDeskOut:
    """Say what could be paid out now to my shop, to me, or to my agency, and what stands in the way."""
    actor = actor_of(request, scope="ledger:read")
    return PayoutDeskOut.of(queries.get_payout_desk(actor=actor, name=f"{kind}:{number}", now=now_of(request)))


@router.get("/parties/{kind}/{number}/payouts", response={200: PageOf[PayoutOut], **REFUSALS})
def list_payouts(
    request: HttpRequest, kind: PartyKind, number: Number, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """List a party's payouts, newest first."""
    actor = actor_of(request, scope="ledger:read")
    page = queries.list_payouts(actor=actor, name=f"{kind}:{number}", cursor=cursor, limit=limit)
    return page_schema(page, PayoutOut.of)


@router.post("/parties/{kind}/{number}/payouts", response={201: PayoutOut, **REFUSALS})
@idempotent
def request_payout(request: HttpRequest, kind: PartyKind, number: Number, body: AmountIn) -> tuple[int, Schema]:
    """Ask for money to be paid to the party's bank account."""
    view = operations.request_payout(
        actor=_session(request), party=f"{kind}:{number}", amount_fen=body.amount_fen, now=now_of(request)
    )
    return 201, PayoutOut.of(view)


@router.post("/payouts/{payout_id}/cancel", response={200: PayoutOut, **REFUSALS})
@idempotent
def cancel_payout(request: HttpRequest, payout_id: PathId) -> Schema:
    """Take back a payout nobody has approved yet."""
    view = operations.cancel_payout(actor=_session(request), payout_id=payout_id, now=now_of(request))
    return PayoutOut.of(view)


@router.get("/payouts", response={200: PageOf[PayoutOut], **REFUSALS}, tags=["operator"])
def list_all_payouts(
    request: HttpRequest, state: PayoutState | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """List all payouts, for operators."""
    _operator(request)
    return page_schema(ledger.list_payouts_to_do(state=state, cursor=cursor, limit=limit), PayoutOut.of)


@router.post("/payouts/{payout_id}/approve", response={200: PayoutOut, **REFUSALS}, tags=["operator"])
@idempotent
def approve_payout(request: HttpRequest, payout_id: PathId) -> Schema:
    """Let a payout go to the bank."""
    view = operations.approve_payout(actor=_session(request), payout_id=payout_id, now=now_of(request))
    return PayoutOut.of(view)


@router.post("/payouts/{payout_id}/refuse", response={200: PayoutOut, **REFUSALS}, tags=["operator"])
@idempotent
def refuse_payout(request: HttpRequest, payout_id: PathId, body: PayoutReasonIn) -> Schema:
    """Put a payout back before it goes to the bank."""
    view = operations.refuse_payout(
        actor=_session(request), payout_id=payout_id, reason=body.reason, now=now_of(request)
    )
    return PayoutOut.of(view)


@router.post("/payouts/{payout_id}/return", response={200: PayoutOut, **REFUSALS}, tags=["operator"])
@idempotent
def return_payout(request: HttpRequest, payout_id: PathId, body: PayoutReasonIn) -> Schema:
    """Book a payout that the bank paid and that came back."""
    view = operations.return_payout(
        actor=_session(request), payout_id=payout_id, reason=body.reason, now=now_of(request)
    )
    return PayoutOut.of(view)


@router.get("/payout-batches", response={200: PageOf[BatchOut], **REFUSALS}, tags=["operator"])
def list_batches(request: HttpRequest, cursor: Cursor = "", limit: Limit = 20) -> dict[str, Any]:
    """List the batches for the bank, newest first."""
    _operator(request)
    return page_schema(ledger.list_batches(cursor=cursor, limit=limit), BatchOut.of)


@router.post("/payout-batches", response={201: NewBatchOut, **REFUSALS}, tags=["operator"])
@idempotent
def make_batch(request: HttpRequest) -> tuple[int, Schema]:
    """Put the approved payouts into a batch for the bank."""
    batch = operations.make_payout_batch(actor=_session(request), now=now_of(request))
    return 201, NewBatchOut(batch=BatchOut.of(batch) if batch else None)


@router.get(
    "/payout-batches/{batch_id}/file",
    response={200: None, **REFUSALS},
    tags=["operator"],
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def read_bank_file(request: HttpRequest, batch_id: PathId) -> HttpResponse:
    """Return a batch as the CSV file for the bank."""
    content = operations.make_bank_file(actor=_session(request), batch_id=batch_id, now=now_of(request))
    return HttpResponse(content, content_type="text/csv; charset=utf-8")


@router.post("/payout-batches/{batch_id}/answers", response={200: AppliedOut, **REFUSALS}, tags=["operator"])
@idempotent
def apply_bank_file(request: HttpRequest, batch_id: PathId, body: AnswerIn) -> Schema:
    """Apply the bank's answer to a batch; one wrong line refuses the file."""
    paid, failed = operations.apply_bank_file(
        actor=_session(request), batch_id=batch_id, content=body.content.encode(), now=now_of(request)
    )
    return AppliedOut(paid=paid, failed=failed)


@router.post("/parties/{kind}/{number}/freeze", response={204: None, **REFUSALS}, tags=["operator"])
@idempotent
def freeze_payouts(request: HttpRequest, kind: PartyKind, number: Number, body: PayoutReasonIn) -> Any:
    """Let nothing leave a party's balance."""
    operations.freeze_payouts(
        actor=_session(request), party=f"{kind}:{number}", reason=body.reason, now=now_of(request)
    )
    return 204, None


@router.delete("/parties/{kind}/{number}/freeze", response={204: None, **REFUSALS}, tags=["operator"])
@idempotent
def lift_freeze(request: HttpRequest, kind: PartyKind, number: Number) -> Any:
    """Let money leave a party's balance again."""
    operations.lift_freeze(actor=_session(request), party=f"{kind}:{number}", now=now_of(request))
    return 204, None


@router.get("/shops/{shop_id}/deposit", response={200: DepositOut, **REFUSALS})
def get_deposit(request: HttpRequest, shop_id: PathId) -> DepositOut:
    """Show a shop's deposit to those who may see its money."""
    people.access_shop(actor=actor_of(request, scope="ledger:read"), shop_id=shop_id, permission="money")
    return DepositOut.of(queries.get_deposit(shop_id=shop_id, now=now_of(request)))


@router.post("/shops/{shop_id}/deposit/top-ups", response={200: DepositOut, **REFUSALS})
@idempotent
def top_up_deposit(request: HttpRequest, shop_id: PathId, body: AmountIn) -> Schema:
    """Move part of the shop's balance into its deposit."""
    view = operations.top_up_deposit(
        actor=_session(request), shop_id=shop_id, amount_fen=body.amount_fen, now=now_of(request)
    )
    return DepositOut.of(view)


@router.post("/shops/{shop_id}/deposit/return", response={200: DepositOut, **REFUSALS})
@idempotent
def ask_deposit_return(request: HttpRequest, shop_id: PathId) -> Schema:
    """Begin the public notice after which a closing shop gets its deposit back."""
    view = operations.ask_deposit_return(actor=_session(request), shop_id=shop_id, now=now_of(request))
    return DepositOut.of(view)


@router.delete("/shops/{shop_id}/deposit/return", response={200: DepositOut, **REFUSALS})
@idempotent
def withdraw_deposit_return(request: HttpRequest, shop_id: PathId) -> Schema:
    """Go on with a shop that was to close."""
    view = operations.withdraw_deposit_return(actor=_session(request), shop_id=shop_id, now=now_of(request))
    return DepositOut.of(view)


@router.post("/shops/{shop_id}/deposit/receipts", response={200: DepositOut, **REFUSALS}, tags=["operator"])
@idempotent
def record_deposit(request: HttpRequest, shop_id: PathId, body: DepositReceiptIn) -> Schema:
    """Book a deposit that arrived at the platform's bank account."""
    view = operations.record_deposit(
        actor=_session(request),
        shop_id=shop_id,
        amount_fen=body.amount_fen,
        reference=body.reference,
        now=now_of(request),
    )
    return DepositOut.of(view)


@router.put("/shops/{shop_id}/deposit/demand", response={200: DepositOut, **REFUSALS}, tags=["operator"])
@idempotent
def demand_deposit(request: HttpRequest, shop_id: PathId, body: DemandIn) -> Schema:
    """Say how much deposit a shop keeps."""
    view = operations.demand_deposit(
        actor=_session(request),
        shop_id=shop_id,
        required_fen=body.required_fen,
        reason=body.reason,
        now=now_of(request),
    )
    return DepositOut.of(view)
