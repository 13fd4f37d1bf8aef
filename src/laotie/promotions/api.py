"""Promotions over HTTP: offering coupons, taking them, looking at one's own. It only translates."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema

from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.promotions import operations, queries
from laotie.promotions.contracts import ClaimState, CouponView, Payer
from laotie.promotions.schemas import ClaimOut, CouponIn, CouponOut

router = Router(tags=["promotions"])

READ = "promotions:read"
WRITE = "promotions:write"
REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

PathId = Annotated[int, Path(ge=1, le=2**63 - 1)]
QueryId = Annotated[int, Query(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str, Query(max_length=500)]


@router.get("/coupons", response={200: list[CouponOut], **REFUSALS}, auth=None)
def list_coupons(
    request: HttpRequest, shop_id: QueryId, product_id: QueryId | None = None, creator_id: QueryId | None = None
) -> list[CouponOut]:
    """Return the coupons that can be taken now for a shop's goods, or for one product of it."""
    found = queries.list_offered(
        shop_ids=[shop_id], product_id=product_id, creator_id=creator_id, at=now_of(request)
    )
    return [CouponOut.of(view) for view in found]


@router.post("/coupons/{coupon_id}/claims", response={201: ClaimOut, **REFUSALS})
@idempotent
def claim_coupon(request: HttpRequest, coupon_id: PathId) -> tuple[int, Schema]:
    """Take a coupon."""
    actor = actor_of(request, scope=WRITE)
    return 201, ClaimOut.of(operations.claim_coupon(actor=actor, coupon_id=coupon_id, now=now_of(request)))


@router.get("/me/coupons", response={200: PageOf[ClaimOut], **REFUSALS})
def list_my_coupons(
    request: HttpRequest, state: ClaimState | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return my coupons, newest first."""
    actor = actor_of(request, scope=READ)
    return page_schema(queries.list_claims(actor=actor, state=state, cursor=cursor, limit=limit), ClaimOut.of)


@router.post("/shops/{shop_id}/coupons", response={201: CouponOut, **REFUSALS}, tags=["merchant"])
@idempotent
def offer_shop_coupon(request: HttpRequest, shop_id: PathId, body: CouponIn) -> tuple[int, Schema]:
    """Offer a coupon the shop pays."""
    return 201, CouponOut.of(_offer(request, body, Payer.SHOP, shop_id))


@router.get("/shops/{shop_id}/coupons", response={200: PageOf[CouponOut], **REFUSALS}, tags=["merchant"])
def list_shop_coupons(
    request: HttpRequest, shop_id: PathId, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Return a shop's coupons to its staff."""
    actor = actor_of(request, scope=READ)
    page = queries.list_shop_coupons(actor=actor, shop_id=shop_id, cursor=cursor, limit=limit)
    return page_schema(page, CouponOut.of)


@router.post("/me/red-packets", response={201: CouponOut, **REFUSALS})
@idempotent
def offer_red_packet(request: HttpRequest, body: CouponIn) -> tuple[int, Schema]:
    """Offer a coupon that I, a creator, pay from my commission."""
    return 201, CouponOut.of(_offer(request, body, Payer.CREATOR, None))


@router.get("/me/red-packets", response={200: PageOf[CouponOut], **REFUSALS})
def list_red_packets(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Return the red packets I offer."""
    actor = actor_of(request, scope=READ)
    return page_schema(queries.list_creator_coupons(actor=actor, cursor=cursor, limit=limit), CouponOut.of)


@router.post("/platform/coupons", response={201: CouponOut, **REFUSALS})
@idempotent
def offer_platform_coupon(request: HttpRequest, body: CouponIn) -> tuple[int, Schema]:
    """Offer a coupon the platform pays, for operators in a session of their own."""
    actor_of(request, scope="*")
    return 201, CouponOut.of(_offer(request, body, Payer.PLATFORM, None))


@router.post("/coupons/{coupon_id}/close", response={200: CouponOut, **REFUSALS})
@idempotent
def close_coupon(request: HttpRequest, coupon_id: PathId) -> Schema:
    """Stop giving a coupon out; those who have one keep it."""
    actor = actor_of(request, scope=WRITE)
    return CouponOut.of(operations.close_coupon(actor=actor, coupon_id=coupon_id, now=now_of(request)))


def _offer(request: HttpRequest, body: CouponIn, payer: Payer, shop_id: int | None) -> CouponView:
    return operations.offer_coupon(
        actor=actor_of(request, scope=WRITE),
        payer=payer,
        shop_id=shop_id,
        now=now_of(request),
        **body.model_dump(),
    )
