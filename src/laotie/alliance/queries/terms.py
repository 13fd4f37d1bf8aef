"""Freezing terms: whom each line of a basket is owed to, on what conditions, and why (RULES 2.6).

This runs inside every checkout: one statement for clicks, plans and steps of all lines together, and one for the
agencies of the creators found. The decisions themselves are in `policy`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from laotie.alliance.contracts import (
    Attribution,
    ClickStanding,
    FrozenTerms,
    LineForTerms,
    PlanKind,
    PlanOption,
    Reason,
)
from laotie.alliance.policy import applies_to_trade, choose_plan, cut_to_caps, judge_click
from laotie.alliance.rules import PLATFORM_COMMISSION_SHARE, PLATFORM_LEADER_SHARE
from laotie.core.rules import Rules
from laotie.core.sql import Asked, Rows, send_prepared
from laotie.people.contracts import AgencyShare
from laotie.people.queries import find_agency_shares

# A plan applies by its dates and its closing time, not by its state, so that a checkout which began before a plan
# was closed keeps what it showed. `SELECT true … LIMIT 1` and not EXISTS, because the planner turns the latter into
# a hash of the whole table of named creators.
LAST_CLICKS_AND_PLANS = """
WITH wanted AS (
  SELECT * FROM unnest(%s::bigint[], %s::bigint[])
    WITH ORDINALITY AS line (product_id, shop_id, position)
), last_click AS (
  SELECT wanted.*, click.id AS click_id, click.creator_id, click.standing, click.clicked_at
  FROM wanted LEFT JOIN LATERAL (
    SELECT id, creator_id, standing, clicked_at FROM alliance_click
    WHERE viewer_id = %s::bigint AND product_id = wanted.product_id AND clicked_at <= %s::timestamptz
    ORDER BY clicked_at DESC, id DESC LIMIT 1
  ) click ON true
)
SELECT last_click.position, click_id, creator_id, standing, clicked_at,
       plan.id, plan.kind, plan.rate_bp, plan.leader_id, plan.leader_rate_bp, step.threshold, step.rate_bp
FROM last_click
LEFT JOIN LATERAL (
  SELECT id, kind, rate_bp, leader_id, leader_rate_bp FROM alliance_plan
  WHERE last_click.standing = 'counts'
    AND (product_id = last_click.product_id OR product_id IS NULL AND shop_id = last_click.shop_id)
    AND starts_at <= %s::timestamptz AND (ends_at IS NULL OR ends_at > %s::timestamptz)
    AND (closed_at IS NULL OR closed_at > %s::timestamptz)
    AND (kind IN ('normal', 'recruit_normal') OR (
      SELECT true FROM alliance_plancreator named
      WHERE named.plan_id = alliance_plan.id AND named.creator_id = last_click.creator_id LIMIT 1))
) plan ON true
LEFT JOIN LATERAL (
  SELECT threshold, rate_bp FROM alliance_step
  WHERE plan_id = plan.id AND set_at <= %s::timestamptz AND (dropped_at IS NULL OR dropped_at > %s::timestamptz)
    AND (is_for_everyone OR (
      SELECT true FROM alliance_stepcreator selected
      WHERE selected.step_id = alliance_step.id AND selected.creator_id = last_click.creator_id LIMIT 1))
  ORDER BY id DESC LIMIT 1
) step ON true
ORDER BY last_click.position, plan.id
"""


@dataclass(slots=True)
class _Found:
    """What the database knows about one line."""

    click_id: int | None
    creator_id: int | None
    is_own: bool
    clicked_at: datetime | None
    options: list[PlanOption] = field(default_factory=list)


def freeze_terms(
    *, buyer_id: int, lines: Sequence[LineForTerms], at: datetime, rules: Rules
) -> tuple[Attribution, ...]:
    """Return for each line the terms to freeze on it, or why nobody earns on it. Two statements at most."""
    return ask_terms(buyer_id=buyer_id, lines=lines, at=at, rules=rules).answer() if lines else ()


def ask_terms(
    *, buyer_id: int, lines: Sequence[LineForTerms], at: datetime, rules: Rules
) -> Asked[tuple[Attribution, ...]]:
    """Ask as `freeze_terms` does, in a trip shared with others; a creator's agency is one more trip."""

    def read(rows: Rows) -> tuple[Attribution, ...]:
        judged = [
            _judge(found, line, buyer_id=buyer_id, at=at, rules=rules)
            for found, line in zip(_by_line(rows), lines, strict=True)
        ]
        creators = {found.creator_id for found, reason, _ in judged if reason is Reason.OK and found.creator_id}
        agencies = find_agency_shares(creator_ids=creators, at=at) if creators else {}
        return tuple(_attribution(found, reason, plan, agencies, rules) for found, reason, plan in judged)

    products = [line.product_id for line in lines]
    shops = [line.shop_id for line in lines]
    values = [products, shops, buyer_id, at, at, at, at, at, at]
    return Asked(send_prepared(LAST_CLICKS_AND_PLANS, values), read)


def _by_line(rows: Rows) -> list[_Found]:
    found: dict[int, _Found] = {}
    for position, click_id, creator_id, standing, clicked_at, *plan in rows:
        line = found.setdefault(
            position, _Found(click_id, creator_id, standing == ClickStanding.OWN.value, clicked_at)
        )
        if plan[0] is not None:
            line.options.append(_option(plan))
    return [found[position] for position in sorted(found)]


def _option(row: Sequence[object]) -> PlanOption:
    plan_id, kind, rate_bp, leader_id, leader_rate_bp, threshold, step_rate_bp = row
    return PlanOption(
        plan_id=plan_id,  # type: ignore[arg-type]
        kind=PlanKind(str(kind)),
        rate_bp=rate_bp,  # type: ignore[arg-type]
        leader_id=leader_id,  # type: ignore[arg-type]
        leader_rate_bp=leader_rate_bp,  # type: ignore[arg-type]
        step_threshold=threshold,  # type: ignore[arg-type]
        step_rate_bp=step_rate_bp,  # type: ignore[arg-type]
    )


def _judge(
    found: _Found, line: LineForTerms, *, buyer_id: int, at: datetime, rules: Rules
) -> tuple[_Found, Reason, PlanOption | None]:
    reason = judge_click(
        clicked_at=found.clicked_at,
        creator_id=found.creator_id,
        is_own=found.is_own,
        buyer_id=buyer_id,
        at=at,
        rules=rules,
    )
    if reason is not Reason.OK:
        return found, reason, None
    cut = [cut_to_caps(option, rules) for option in found.options]
    plan = choose_plan(option for option in cut if applies_to_trade(option, line.trade, rules))
    return found, Reason.OK if plan else Reason.NO_PLAN, plan


def _attribution(
    found: _Found, reason: Reason, plan: PlanOption | None, agencies: Mapping[int, AgencyShare], rules: Rules
) -> Attribution:
    if plan is None or found.creator_id is None or found.click_id is None:
        return Attribution(terms=None, reason=reason, click_id=found.click_id)
    agency = agencies.get(found.creator_id)
    terms = FrozenTerms(
        creator_id=found.creator_id,
        plan_id=plan.plan_id,
        plan_kind=plan.kind,
        rate_bp=plan.rate_bp,
        step_threshold=plan.step_threshold,
        step_rate_bp=plan.step_rate_bp,
        leader_id=plan.leader_id,
        leader_rate_bp=plan.leader_rate_bp,
        agency_id=agency.agency_id if agency else None,
        agency_share_bp=agency.share_bp if agency else 0,
        platform_commission_bp=rules[PLATFORM_COMMISSION_SHARE],
        platform_leader_bp=rules[PLATFORM_LEADER_SHARE],
        click_id=found.click_id,
        rules_version=rules.version,
    )
    return Attribution(terms=terms, reason=Reason.OK, click_id=found.click_id)
