"""The alliance's decisions as pure functions: which plan applies, what the rates are cut to, who gets how much.

No database and no clock here; `queries` is the door through which other modules reach these.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from laotie.alliance.contracts import FrozenTerms, PlanKind, PlanOption, Reason, Role, Share
from laotie.alliance.rules import (
    ATTRIBUTION_WINDOW,
    COMMISSION_MAX_EXCLUSIVE,
    COMMISSION_MAX_NORMAL,
    COMMISSION_MIN,
)
from laotie.core.money import share_bp
from laotie.core.rules import Rules
from laotie.ledger.contracts import agency_address, creator_address, leader_address

# RULES 2.4: 专属招商/专属计划 > 商品定向 > 店铺定向 > 普通招商 > 普通计划.
LEVELS = {
    PlanKind.EXCLUSIVE: 5,
    PlanKind.RECRUIT_EXCLUSIVE: 5,
    PlanKind.PRODUCT_TARGETED: 4,
    PlanKind.SHOP_TARGETED: 3,
    PlanKind.RECRUIT_NORMAL: 2,
    PlanKind.NORMAL: 1,
}
NAMED_KINDS = frozenset(
    {PlanKind.PRODUCT_TARGETED, PlanKind.SHOP_TARGETED, PlanKind.EXCLUSIVE, PlanKind.RECRUIT_EXCLUSIVE}
)
RECRUITING_KINDS = frozenset({PlanKind.RECRUIT_NORMAL, PlanKind.RECRUIT_EXCLUSIVE})
EXCLUSIVE_KINDS = frozenset({PlanKind.EXCLUSIVE, PlanKind.RECRUIT_EXCLUSIVE})
BARRED_BY_EXCLUSIVE = frozenset({PlanKind.NORMAL, PlanKind.PRODUCT_TARGETED, PlanKind.RECRUIT_NORMAL})
CAPPED_AS_NORMAL = frozenset({PlanKind.NORMAL, PlanKind.RECRUIT_NORMAL})

PLATFORM_ADDRESS = "platform:commission"


@dataclass(frozen=True, slots=True)
class CommissionSplit:
    """A line's commission and leader fee, taken apart. `gross_fen` = platform + agency + creator parts."""

    gross_fen: int
    platform_of_commission_fen: int
    agency_fen: int
    creator_fen: int
    leader_gross_fen: int
    platform_of_leader_fen: int
    leader_fen: int


def choose_plan(options: Iterable[PlanOption]) -> PlanOption | None:
    """Return the plan that applies to one creator and one product: highest level, then higher rate (RULES 2.4).

    Among equals the oldest plan wins, so that the answer does not depend on the order of rows.
    """
    return max(options, key=lambda option: (LEVELS[option.kind], option.rate_bp, -option.plan_id), default=None)


def cap_of(kind: PlanKind, rules: Rules) -> int:
    """Return the highest commission a plan of this kind may pay, in bp (RULES 2.4)."""
    return rules[COMMISSION_MAX_NORMAL] if kind in CAPPED_AS_NORMAL else rules[COMMISSION_MAX_EXCLUSIVE]


def floor_of(trade: str, rules: Rules) -> int:
    """Return the lowest commission in a trade, in bp (RULES 2.4)."""
    floors = rules[COMMISSION_MIN]
    return floors.get(trade, floors.get("general", 0))


def cut_to_caps(option: PlanOption, rules: Rules) -> PlanOption:
    """Return the plan with its rates cut to today's caps; the leader gives way where both do not fit."""
    cap = cap_of(option.kind, rules)
    rate_bp = min(option.rate_bp, cap)
    step_rate_bp = None if option.step_rate_bp is None else min(option.step_rate_bp, cap)
    room_bp = max(0, rules[COMMISSION_MAX_EXCLUSIVE] - max(rate_bp, step_rate_bp or 0))
    return replace(
        option,
        rate_bp=rate_bp,
        step_rate_bp=step_rate_bp,
        leader_rate_bp=min(option.leader_rate_bp, room_bp),
    )


def applies_to_trade(option: PlanOption, trade: str, rules: Rules) -> bool:
    """Say whether a plan covers a line of this trade.

    A shop-wide plan is opened without knowing every product's trade, so the floor is looked at here.
    """
    return option.kind is not PlanKind.SHOP_TARGETED or option.rate_bp >= floor_of(trade, rules)


def judge_click(
    *, clicked_at: datetime | None, creator_id: int | None, is_own: bool, buyer_id: int, at: datetime, rules: Rules
) -> Reason:
    """Say what the last click before an order is worth (RULES 2.6); OK leaves the question of a plan open."""
    if clicked_at is None:
        return Reason.NO_CLICK
    if clicked_at + timedelta(days=rules[ATTRIBUTION_WINDOW]) <= at:
        return Reason.CLICK_EXPIRED
    if is_own or creator_id is None:
        return Reason.OWN_CLICK
    if creator_id == buyer_id:
        return Reason.SELF_PURCHASE
    return Reason.OK


def take_apart(*, base_fen: int, terms: FrozenTerms, receipt_number: int | None) -> CommissionSplit:
    """Divide the commission on a base: shares are rounded down, the creator takes the rest (RULES 2.7, 11.5)."""
    gross_fen = share_bp(base_fen, terms.rate_for(receipt_number))
    platform_fen = share_bp(gross_fen, terms.platform_commission_bp)
    agency_fen = share_bp(gross_fen - platform_fen, terms.agency_share_bp) if terms.agency_id is not None else 0
    leader_gross_fen = share_bp(base_fen, terms.leader_rate_bp) if terms.leader_id is not None else 0
    platform_of_leader_fen = share_bp(leader_gross_fen, terms.platform_leader_bp)
    assert gross_fen + leader_gross_fen <= base_fen or base_fen == 0, "rates of a line exceed its base"
    return CommissionSplit(
        gross_fen=gross_fen,
        platform_of_commission_fen=platform_fen,
        agency_fen=agency_fen,
        creator_fen=gross_fen - platform_fen - agency_fen,
        leader_gross_fen=leader_gross_fen,
        platform_of_leader_fen=platform_of_leader_fen,
        leader_fen=leader_gross_fen - platform_of_leader_fen,
    )


def split_commission(*, base_fen: int, terms: FrozenTerms, receipt_number: int | None) -> tuple[Share, ...]:
    """Return who gets how much of a line's commission and leader fee: one share per role, none of them zero.

    `base_fen` is the goods amount without freight (RULES 2.7); the merchant keeps what is not shared here.
    With a step schedule, a `receipt_number` beyond the threshold earns the step's rate.
    """
    split = take_apart(base_fen=base_fen, terms=terms, receipt_number=receipt_number)
    shares = (
        Share(Role.CREATOR, creator_address(terms.creator_id), split.creator_fen),
        Share(Role.AGENCY, agency_address(terms.agency_id or 0), split.agency_fen),
        Share(Role.LEADER, leader_address(terms.leader_id or 0), split.leader_fen),
        Share(
            Role.PLATFORM_COMMISSION,
            PLATFORM_ADDRESS,
            split.platform_of_commission_fen + split.platform_of_leader_fen,
        ),
    )
    return tuple(share for share in shares if share.amount_fen)
