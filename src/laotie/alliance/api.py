"""The alliance API: plans for shops; selection, showcase and earnings for creators; clicks for everybody."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.security import APIKeyHeader
from pydantic import AwareDatetime, Field

from laotie.alliance import operations, queries
from laotie.alliance.contracts import Role, SelectionOrder
from laotie.alliance.operations.clicks import VISITOR_KEY
from laotie.alliance.schemas import (
    ClickEvidenceOut,
    ClickIn,
    ClickOut,
    EarningMoveOut,
    EarningOut,
    Id,
    MergedOut,
    MoveIn,
    PlanIn,
    PlanOut,
    SelectionOut,
    ShowcaseIn,
    ShowcaseOut,
    StepIn,
    StepOut,
    SumsOut,
    VisitorIn,
)
from laotie.alliance.states import EarningState, PlanState
from laotie.core.actor import Actor
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.core.ids import keyed_hash
from laotie.people.queries import access_agency, require_person

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}
DONE = (204, None)

router = Router(tags=["alliance"])

Cursor = Annotated[str, Field(max_length=1_000)]
Limit = Annotated[int, Field(ge=1, le=100)]
OwnRole = Literal["creator", "leader"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is not signed in: known by a key of the browser, and allowed nothing but to be counted."""

    actor: Actor
    scopes: frozenset[str] = frozenset()


class VisitorKey(APIKeyHeader):
    """A visitor names themselves by a random key they keep; signing in later claims their clicks with it."""

    param_name = "Visitor-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Visitor | None:  # noqa: ARG002 - ninja's
        """Return the visitor, or None for a malformed key."""
        if key is None or not VISITOR_KEY.fullmatch(key):
            return None
        return Visitor(Actor("visitor", keyed_hash("visitor", key)))


def _reader(request: HttpRequest) -> Actor:
    return actor_of(request, scope="alliance:read")


def _writer(request: HttpRequest) -> Actor:
    return actor_of(request, scope="alliance:write")


# Plans


@router.get("/shops/{shop_id}/plans", response={200: PageOf[PlanOut], **REFUSALS})
def list_plans(
    request: HttpRequest,
    shop_id: Id,
    product_id: Id | None = None,
    state: PlanState | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show a shop's commission plans, newest first."""
    page = queries.list_plans(
        actor=_reader(request), shop_id=shop_id, product_id=product_id, state=state, cursor=cursor, limit=limit
    )
    return page_schema(page, PlanOut.of)


@router.post("/shops/{shop_id}/plans", response={200: PlanOut, **REFUSALS})
@idempotent
def open_plan(request: HttpRequest, shop_id: Id, body: PlanIn) -> Schema:
    """Open a commission plan."""
    now = now_of(request)
    return PlanOut.of(
        operations.open_plan(
            actor=_writer(request),
            shop_id=shop_id,
            kind=body.kind,
            product_id=body.product_id,
            rate_bp=body.rate_bp,
            creator_ids=body.creator_ids,
            leader_id=body.leader_id,
            leader_rate_bp=body.leader_rate_bp,
            starts_at=body.starts_at or now,
            ends_at=body.ends_at,
            now=now,
        )
    )


@router.get("/plans/{plan_id}", response={200: PlanOut, **REFUSALS})
def get_plan(request: HttpRequest, plan_id: Id) -> PlanOut:
    """Show one plan of a shop I work for."""
    return PlanOut.of(queries.get_plan(actor=_reader(request), plan_id=plan_id))


@router.post("/plans/{plan_id}/close", response={204: None, **REFUSALS})
@idempotent
def close_plan(request: HttpRequest, plan_id: Id) -> tuple[int, None]:
    """Close a plan; orders already placed keep their terms."""
    operations.close_plan(actor=_writer(request), plan_id=plan_id, now=now_of(request))
    return DONE


@router.post("/plans/{plan_id}/step", response={200: StepOut, **REFUSALS})
@idempotent
def set_step(request: HttpRequest, plan_id: Id, body: StepIn) -> Schema:
    """Add step commission to a normal plan."""
    return StepOut.of(
        operations.set_step(
            actor=_writer(request),
            plan_id=plan_id,
            threshold=body.threshold,
            step_rate_bp=body.step_rate_bp,
            creator_ids=body.creator_ids,
            now=now_of(request),
        )
    )


@router.delete("/plans/{plan_id}/step", response={204: None, **REFUSALS})
@idempotent
def drop_step(request: HttpRequest, plan_id: Id) -> tuple[int, None]:
    """Drop a plan's step commission."""
    operations.drop_step(actor=_writer(request), plan_id=plan_id, now=now_of(request))
    return DONE


# Selection and showcase


@router.get("/selection", response={200: PageOf[SelectionOut], **REFUSALS})
def list_selection(
    request: HttpRequest,
    shop_id: Id | None = None,
    least_rate_bp: Annotated[int, Field(ge=0, le=9_000)] = 0,
    order: SelectionOrder = SelectionOrder.NEWEST,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show the products open to me, each with the plan that would apply."""
    page = queries.list_selection(
        creator_id=require_person(_reader(request)),
        at=now_of(request),
        shop_id=shop_id,
        least_rate_bp=least_rate_bp,
        order=order,
        cursor=cursor,
        limit=limit,
    )
    return page_schema(page, SelectionOut.of)


@router.get("/creators/{creator_id}/showcase", response={200: PageOf[ShowcaseOut], **REFUSALS}, auth=None)
def list_showcase(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    creator_id: Id,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show a creator's showcase from the top."""
    page = queries.list_showcase(creator_id=creator_id, cursor=cursor, limit=limit)
    return page_schema(page, ShowcaseOut.of)


@router.post("/me/showcase", response={200: ShowcaseOut, **REFUSALS})
@idempotent
def add_to_showcase(request: HttpRequest, body: ShowcaseIn) -> Schema:
    """Put a product at the top of my showcase."""
    return ShowcaseOut.of(
        operations.add_to_showcase(actor=_writer(request), product_id=body.product_id, now=now_of(request))
    )


@router.delete("/me/showcase/{product_id}", response={204: None, **REFUSALS})
@idempotent
def remove_from_showcase(request: HttpRequest, product_id: Id) -> tuple[int, None]:
    """Take a product out of my showcase."""
    operations.remove_from_showcase(actor=_writer(request), product_id=product_id, now=now_of(request))
    return DONE


@router.post("/me/showcase/{product_id}/move", response={204: None, **REFUSALS})
@idempotent
def move_in_showcase(request: HttpRequest, product_id: Id, body: MoveIn) -> tuple[int, None]:
    """Move a product in my showcase."""
    operations.move_in_showcase(
        actor=_writer(request),
        product_id=product_id,
        before_product_id=body.before_product_id,
        now=now_of(request),
    )
    return DONE


# Clicks


@router.post("/clicks", response={200: ClickOut, **REFUSALS}, auth=VisitorKey())
@idempotent
def record_click(request: HttpRequest, body: ClickIn) -> Schema:
    """Record that a visitor came to a product page through somebody's entrance."""
    click_id = operations.record_click(
        viewer_id=None,
        visitor_key=request.headers["Visitor-Key"],
        product_id=body.product_id,
        creator_id=body.creator_id,
        shop_id=body.shop_id,
        entrance=body.entrance,
        now=now_of(request),
    )
    return ClickOut(id=click_id)


@router.post("/me/clicks", response={200: MergedOut, **REFUSALS})
@idempotent
def claim_clicks(request: HttpRequest, body: VisitorIn) -> Schema:
    """Claim the clicks I made before I signed in, so that my orders find the creator they came through."""
    merged = operations.merge_visitor(
        visitor_key=body.visitor_key, account_id=require_person(_writer(request)), now=now_of(request)
    )
    return MergedOut(clicks=merged)


@router.get("/accounts/{buyer_id}/clicks", response={200: list[ClickEvidenceOut], **REFUSALS})
def list_clicks(
    request: HttpRequest, buyer_id: Id, product_id: Id, before: AwareDatetime, limit: Limit = 20
) -> list[ClickEvidenceOut]:
    """Show operators a buyer's last clicks on a product up to a moment: what decided an attribution."""
    clicks = queries.list_clicks_before(
        actor=_reader(request), buyer_id=buyer_id, product_id=product_id, at=before, limit=limit
    )
    return [ClickEvidenceOut.of(click) for click in clicks]


# Earnings


@router.get("/me/earnings", response={200: PageOf[EarningOut], **REFUSALS})
def list_earnings(
    request: HttpRequest,
    role: OwnRole = "creator",
    state: EarningState | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show what I earn per order line, as creator or as leader, the latest paid first."""
    me = require_person(_reader(request))
    if role == "leader":
        page = queries.list_leader_earnings(leader_id=me, state=state, cursor=cursor, limit=limit)
    else:
        page = queries.list_earnings(creator_id=me, state=state, cursor=cursor, limit=limit)
    return page_schema(page, EarningOut.of)


@router.get("/me/earnings/sums", response={200: SumsOut, **REFUSALS})
def sum_earnings(request: HttpRequest, role: OwnRole = "creator") -> SumsOut:
    """Show my earnings added up."""
    me = require_person(_reader(request))
    return SumsOut.of(queries.sum_earnings(role=Role(role), party_id=me))


@router.get("/me/earnings/{earning_id}/moves", response={200: list[EarningMoveOut], **REFUSALS})
def list_earning_moves(request: HttpRequest, earning_id: Id, role: OwnRole = "creator") -> list[EarningMoveOut]:
    """Show what happened to one of my earnings, oldest first."""
    me = require_person(_reader(request))
    moves = queries.list_earning_moves(role=Role(role), party_id=me, earning_id=earning_id)
    return [EarningMoveOut.of(move) for move in moves]


@router.get("/agencies/{agency_id}/earnings", response={200: PageOf[EarningOut], **REFUSALS})
def list_agency_earnings(
    request: HttpRequest,
    agency_id: Id,
    state: EarningState | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show the agency's part of its creators' commission, the latest paid first."""
    access_agency(actor=_reader(request), agency_id=agency_id)
    page = queries.list_agency_earnings(agency_id=agency_id, state=state, cursor=cursor, limit=limit)
    return page_schema(page, EarningOut.of)
