"""Turns rows of plans into the values that cross the border."""

from collections.abc import Iterable

from laotie.alliance.contracts import PlanKind, PlanView, StepView
from laotie.alliance.models import Plan, Step
from laotie.alliance.states import PlanState


def view_plan(plan: Plan, creator_ids: Iterable[int], step: StepView | None) -> PlanView:
    """Return a plan as others see it."""
    return PlanView(
        id=plan.pk,
        shop_id=plan.shop_id,
        kind=PlanKind(plan.kind),
        product_id=plan.product_id,
        rate_bp=plan.rate_bp,
        creator_ids=tuple(creator_ids),
        leader_id=plan.leader_id,
        leader_rate_bp=plan.leader_rate_bp,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        state=PlanState(plan.state),
        step=step,
    )


def view_step(step: Step, creator_ids: Iterable[int]) -> StepView:
    """Return a step as others see it."""
    return StepView(id=step.pk, threshold=step.threshold, rate_bp=step.rate_bp, creator_ids=tuple(creator_ids))
