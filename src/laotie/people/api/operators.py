"""The people API: operators' work on accounts and shops, only in a session of their own."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from laotie.core.http import PageOf, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.api.common import REFUSALS, Cursor, Limit, in_session
from laotie.people.schemas import Id, MeOut, ReasonIn, ShopOut

router = Router(tags=["people"])


@router.get("/accounts", response={200: PageOf[MeOut], **REFUSALS})
def list_accounts(
    request: HttpRequest,
    text: Annotated[str, Field(max_length=254)] = "",
    only_blocked: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """List accounts, for operators."""
    page = queries.list_accounts(
        actor=in_session(request), text=text, only_blocked=only_blocked, cursor=cursor, limit=limit
    )
    return page_schema(page, MeOut.of)


@router.post("/accounts/{account_id}/block", response={200: MeOut, **REFUSALS})
@idempotent
def block_account(request: HttpRequest, account_id: Id, body: ReasonIn) -> Schema:
    """Block an account, for operators."""
    return MeOut.of(
        operations.block_account(
            actor=in_session(request), account_id=account_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/accounts/{account_id}/reinstate", response={200: MeOut, **REFUSALS})
@idempotent
def reinstate_account(request: HttpRequest, account_id: Id, body: ReasonIn) -> Schema:
    """Reinstate a blocked account, for operators."""
    return MeOut.of(
        operations.reinstate_account(
            actor=in_session(request), account_id=account_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/shops/{shop_id}/suspend", response={200: ShopOut, **REFUSALS})
@idempotent
def suspend_shop(request: HttpRequest, shop_id: Id, body: ReasonIn) -> Schema:
    """Suspend a shop, for operators."""
    return ShopOut.of(
        operations.suspend_shop(
            actor=in_session(request), shop_id=shop_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/shops/{shop_id}/reinstate", response={200: ShopOut, **REFUSALS})
@idempotent
def reinstate_shop(request: HttpRequest, shop_id: Id, body: ReasonIn) -> Schema:
    """Reinstate a suspended shop, for operators."""
    return ShopOut.of(
        operations.reinstate_shop(
            actor=in_session(request), shop_id=shop_id, reason=body.reason, now=now_of(request)
        )
    )
