"""Questions about plans, showcases, and the selection: what is open to a creator, at which commission."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from laotie.alliance.contracts import PlanKind, PlanOption, PlanView, SelectionItem, SelectionOrder, ShowcaseItem
from laotie.alliance.models import Plan, PlanCreator, ShowcaseEntry, Step, StepCreator
from laotie.alliance.policy import LEVELS, cut_to_caps
from laotie.alliance.rules import COMMISSION_MIN
from laotie.alliance.states import PlanState
from laotie.alliance.viewing import view_plan, view_step
from laotie.core.actor import Actor
from laotie.core.errors import BadCursor, NotFound
from laotie.core.paging import PAGE_ROWS_MAX, Page, make_cursor, page_of, read_cursor
from laotie.core.rules import Rules, rules_at
from laotie.core.sql import fetch_all
from laotie.people.queries import access_shop

PRODUCTS_ASKED_MAX = 500


LEVEL_OF_KIND = " ".join(f"WHEN '{kind.value}' THEN {level}" for kind, level in LEVELS.items())

# One row per product: the best plan by level, then rate, then age, as `choose_plan` decides. (`SELECT true … LIMIT 1`
# and not EXISTS, because the planner turns the latter into a hash of the whole table of named creators.)
BEST_PLANS = f"""
SELECT DISTINCT ON (listing.product_id)
  listing.product_id, listing.shop_id, plan.id AS plan_id, plan.kind, plan.rate_bp
FROM alliance_listing listing
JOIN LATERAL (
  SELECT id, kind, rate_bp FROM alliance_plan
  WHERE (product_id = listing.product_id OR product_id IS NULL AND shop_id = listing.shop_id)
    AND state = 'open' AND starts_at <= %s AND (ends_at IS NULL OR ends_at > %s)
    AND (kind IN ('normal', 'recruit_normal') OR (
      SELECT true FROM alliance_plancreator named
      WHERE named.plan_id = alliance_plan.id AND named.creator_id = %s LIMIT 1))
    AND (kind <> 'shop_targeted'
      OR rate_bp >= coalesce((%s::jsonb ->> listing.trade)::int, (%s::jsonb ->> 'general')::int, 0))
) plan ON true
WHERE listing.is_on_sale AND {{narrowed}}
ORDER BY listing.product_id DESC, CASE plan.kind {LEVEL_OF_KIND} END DESC, plan.rate_bp DESC, plan.id
"""  # noqa: S608 - our own words
# What is shown of a page's rows beside the plan; looked up for these rows only.
WITH_STEP_AND_SHOWCASE = """
SELECT page.*, step.threshold, step.rate_bp,
  EXISTS (SELECT FROM alliance_showcaseentry shown
          WHERE shown.creator_id = %s AND shown.product_id = page.product_id)
FROM ({page}) page
LEFT JOIN LATERAL (
  SELECT threshold, rate_bp FROM alliance_step
  WHERE plan_id = page.plan_id AND dropped_at IS NULL
    AND (is_for_everyone OR (
      SELECT true FROM alliance_stepcreator selected
      WHERE selected.step_id = alliance_step.id AND selected.creator_id = %s LIMIT 1))
  LIMIT 1
) step ON true
"""


def get_plan(*, actor: Actor, plan_id: int) -> PlanView:
    """Return a plan of a shop the actor works for.

    Raises: NotFound.
    """
    missing = NotFound(what="commission plan")
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise missing
    try:
        access_shop(actor=actor, shop_id=plan.shop_id, permission="alliance")
    except NotFound:
        raise missing from None
    return _view_plans([plan])[0]


def list_plans(
    *,
    actor: Actor,
    shop_id: int,
    product_id: int | None = None,
    state: PlanState | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[PlanView]:
    """Return a shop's plans, newest first.

    Raises: NotFound.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="alliance")
    rows = Plan.objects.filter(shop_id=shop_id)
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    if state is not None:
        rows = rows.filter(state=state.value)
    page = page_of(rows, lambda plan: plan, order=("-id",), cursor=cursor, limit=limit)
    return Page(_view_plans(page.items), page.next_cursor)


def list_showcase(*, creator_id: int, cursor: str = "", limit: int = 50) -> Page[ShowcaseItem]:
    """Return a creator's showcase from the top; anybody may look."""
    rows = ShowcaseEntry.objects.filter(creator_id=creator_id)
    return page_of(rows, _view_entry, order=("position", "id"), cursor=cursor, limit=limit)


def find_best_plans(*, creator_id: int, product_ids: Collection[int], at: datetime) -> dict[int, SelectionItem]:
    """Return by product id the plan that would apply to a creator now; products without one are missing."""
    assert len(product_ids) <= PRODUCTS_ASKED_MAX
    if not product_ids:
        return {}
    rules = rules_at(at)
    best, values = _best_plans(creator_id, at, rules, "listing.product_id = ANY(%s)", [list(product_ids)])
    return {item.product_id: item for item in _fetch_items(best, values, creator_id, rules)}


def list_selection(
    *,
    creator_id: int,
    at: datetime,
    shop_id: int | None = None,
    least_rate_bp: int = 0,
    order: SelectionOrder = SelectionOrder.NEWEST,
    cursor: str = "",
    limit: int = 50,
) -> Page[SelectionItem]:
    """Return the products on sale that are open to a creator, each with the plan that would apply to them.

    Raises: BadCursor.
    """
    limit = max(1, min(limit, PAGE_ROWS_MAX))
    rules = rules_at(at)
    narrowed = "true" if shop_id is None else "listing.shop_id = %s"
    best, values = _best_plans(creator_id, at, rules, narrowed, [] if shop_id is None else [shop_id])
    key = ("product_id",) if order is SelectionOrder.NEWEST else ("rate_bp", "product_id")
    beyond, after = ["rate_bp >= %s"], [least_rate_bp]
    if cursor:
        beyond.append(f"({', '.join(key)}) < ({', '.join(['%s'] * len(key))})")
        after += _read_place(cursor, len(key))
    sorting = ", ".join(f"{name} DESC" for name in key)
    page = f"SELECT * FROM ({best}) best WHERE {' AND '.join(beyond)} ORDER BY {sorting} LIMIT %s"  # noqa: S608 - ours
    items = _fetch_items(page, [*values, *after, limit + 1], creator_id, rules, key)
    shown = items[:limit]
    if len(items) <= limit:
        return Page(shown, "")
    last = shown[-1]
    place = (last.product_id,) if order is SelectionOrder.NEWEST else (last.offered_bp, last.product_id)
    return Page(shown, make_cursor(place))


def _read_place(cursor: str, length: int) -> list[int]:
    """Read a cursor of this list; another list's may hold moments or texts."""
    place = read_cursor(cursor, length)
    if not all(type(value) is int for value in place):
        raise BadCursor
    return place


def _best_plans(
    creator_id: int, at: datetime, rules: Rules, narrowed: str, narrowed_by: list[Any]
) -> tuple[str, list[Any]]:
    floors = json.dumps(rules[COMMISSION_MIN])
    return BEST_PLANS.replace("{narrowed}", narrowed), [at, at, creator_id, floors, floors, *narrowed_by]


def _fetch_items(
    page: str, values: list[Any], creator_id: int, rules: Rules, key: tuple[str, ...] = ("product_id",)
) -> tuple[SelectionItem, ...]:
    sorting = ", ".join(f"page.{name} DESC" for name in key)
    statement = WITH_STEP_AND_SHOWCASE.replace("{page}", page)
    rows = fetch_all(f"{statement} ORDER BY {sorting}", [creator_id, *values, creator_id])
    return tuple(_view_item(row, rules) for row in rows)


def _view_item(row: tuple[Any, ...], rules: Rules) -> SelectionItem:
    product_id, shop_id, plan_id, kind, rate_bp, threshold, step_rate_bp, in_showcase = row
    offered = PlanOption(plan_id, PlanKind(kind), rate_bp, step_threshold=threshold, step_rate_bp=step_rate_bp)
    cut = cut_to_caps(offered, rules)
    return SelectionItem(
        product_id=product_id,
        shop_id=shop_id,
        plan_id=plan_id,
        plan_kind=cut.kind,
        offered_bp=rate_bp,
        rate_bp=cut.rate_bp,
        step_threshold=cut.step_threshold,
        step_rate_bp=cut.step_rate_bp,
        in_showcase=in_showcase,
    )


def _view_plans(plans: Sequence[Plan]) -> tuple[PlanView, ...]:
    """Return plans with their creators and steps, in three more statements however many there are."""
    ids = [plan.pk for plan in plans]
    named: dict[int, list[int]] = {}
    for plan_id, creator_id in _pairs(PlanCreator.objects.filter(plan__in=ids), "plan_id"):
        named.setdefault(plan_id, []).append(creator_id)
    steps = {step.plan_id: step for step in Step.objects.filter(plan__in=ids, dropped_at=None)}
    selected: dict[int, list[int]] = {}
    for step_id, creator_id in _pairs(StepCreator.objects.filter(step__in=steps.values()), "step_id"):
        selected.setdefault(step_id, []).append(creator_id)
    return tuple(
        view_plan(
            plan,
            named.get(plan.pk, ()),
            view_step(steps[plan.pk], selected.get(steps[plan.pk].pk, ())) if plan.pk in steps else None,
        )
        for plan in plans
    )


def _pairs(rows: Any, field: str) -> list[tuple[int, int]]:
    return list(rows.order_by("creator_id").values_list(field, "creator_id"))


def _view_entry(entry: ShowcaseEntry) -> ShowcaseItem:
    return ShowcaseItem(
        creator_id=entry.creator_id,
        product_id=entry.product_id,
        position=entry.position,
        added_at=entry.added_at,
    )
