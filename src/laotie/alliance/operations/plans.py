"""Opening and closing commission plans, and the steps of normal plans (RULES 2.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.alliance.contracts import PlanKind, PlanView, StepView
from laotie.alliance.errors import (
    CommissionOutOfBounds,
    CreatorsNotFitting,
    ExclusivityInTheWay,
    LeaderFeeOutOfBounds,
    LeaderNotFitting,
    NormalPlanExists,
    NormalPlanNeeded,
    NotACreator,
    NotALeader,
    ProductNotFitting,
    StepExists,
    StepOutOfBounds,
    TooManyPlans,
)
from laotie.alliance.models import Plan, PlanCreator, Step, StepCreator
from laotie.alliance.policy import (
    BARRED_BY_EXCLUSIVE,
    EXCLUSIVE_KINDS,
    NAMED_KINDS,
    RECRUITING_KINDS,
    cap_of,
    floor_of,
)
from laotie.alliance.rules import COMMISSION_MAX_EXCLUSIVE, LEADER_MIN
from laotie.alliance.states import PLAN_MOVES, PlanState
from laotie.alliance.viewing import view_plan, view_step
from laotie.catalog import queries as catalog
from laotie.core.actor import Actor, system
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.rules import rules_at
from laotie.core.sql import run
from laotie.events.alliance import PlanClosed, PlanOpened
from laotie.events.outbox import publish
from laotie.people import operations as people_operations
from laotie.people import queries as people

PLANS_PER_PRODUCT_MAX = 100  # freezing terms reads every open plan of a product
SHOP_WIDE_PLANS_MAX = 100
CREATORS_PER_PLAN_MAX = 500
THRESHOLD_MAX = 10_000_000
LATE_START_MOST = timedelta(minutes=5)  # between a form's filling and its sending


@transaction.atomic(savepoint=False)
def open_plan(
    *,
    actor: Actor,
    shop_id: int,
    kind: PlanKind,
    product_id: int | None = None,
    rate_bp: int,
    creator_ids: Sequence[int] = (),
    leader_id: int | None = None,
    leader_rate_bp: int = 0,
    starts_at: datetime,
    ends_at: datetime | None = None,
    now: datetime,
) -> PlanView:
    """Offer commission on a product or, with a shop-targeted plan, on the whole shop (RULES 2.4).

    A shop-wide plan below the floor of a product's trade does not cover that product.
    Raises: NotFound, ProductNotFitting, CreatorsNotFitting, NotACreator, LeaderNotFitting, NotALeader,
    CommissionOutOfBounds, LeaderFeeOutOfBounds, InvalidInput (dates), ExclusivityInTheWay, NormalPlanExists,
    TooManyPlans.
    """
    people.access_shop(actor=actor, shop_id=shop_id, permission="alliance")
    people_operations.note_operator(
        actor=actor, shop_id=shop_id, action="plan.open", now=now, kind=kind.value, product_id=product_id
    )
    trade = _require_product(kind, product_id, shop_id)
    creators = _require_creators(kind, creator_ids)
    _require_leader(kind, leader_id, leader_rate_bp)
    _require_rates(kind, trade, rate_bp, leader_rate_bp, now)
    _require_dates(starts_at, ends_at, now)
    _lock_plans_of(shop_id, product_id)
    _require_room(kind, shop_id, product_id, starts_at, ends_at, now)
    plan = Plan.objects.create(
        shop_id=shop_id,
        kind=kind.value,
        product_id=product_id,
        rate_bp=rate_bp,
        leader_id=leader_id,
        leader_rate_bp=leader_rate_bp,
        starts_at=starts_at,
        ends_at=ends_at,
        opened_at=now,
        opened_by=actor.address,
    )
    PlanCreator.objects.bulk_create(PlanCreator(plan=plan, creator_id=creator) for creator in creators)
    publish(
        PlanOpened(
            plan_id=plan.pk,
            shop_id=shop_id,
            kind=kind.value,
            product_id=product_id,
            rate_bp=rate_bp,
            creator_ids=creators,
            leader_id=leader_id,
            leader_rate_bp=leader_rate_bp,
            starts_at=starts_at,
            ends_at=ends_at,
        ),
        now=now,
    )
    return view_plan(plan, creators, None)


@transaction.atomic(savepoint=False)
def close_plan(*, actor: Actor, plan_id: int, now: datetime) -> None:
    """Close a plan at once; orders already placed keep their terms.

    Raises: NotFound, IllegalMove.
    """
    plan = _enter_plan(actor, plan_id, "plan.close", now)
    PLAN_MOVES.require(PlanState(plan.state), PlanState.CLOSED)
    _close(plan, actor, "closed_by_shop", now)


@transaction.atomic(savepoint=False)
def close_ended_plans(*, now: datetime, limit: int = 200) -> int:
    """Close plans whose end has passed and return how many; they had stopped applying at their end."""
    ended = Plan.objects.select_for_update(skip_locked=True).filter(state=PlanState.OPEN.value, ends_at__lte=now)
    plans = list(ended.order_by("ends_at")[:limit])
    for plan in plans:
        _close(plan, system("alliance.close_ended_plans"), "ended", now)
    return len(plans)


@transaction.atomic(savepoint=False)
def set_step(
    *,
    actor: Actor,
    plan_id: int,
    threshold: int,
    step_rate_bp: int,
    creator_ids: Sequence[int] = (),
    now: datetime,
) -> StepView:
    """Add step commission to an open normal plan: orders after number `threshold` earn `step_rate_bp`.

    For every creator, or for those named. It cannot be edited, only dropped (RULES 2.4).
    Raises: NotFound, NormalPlanNeeded, StepExists, StepOutOfBounds, NotACreator, InvalidInput.
    """
    plan = _enter_plan(actor, plan_id, "plan.set_step", now)
    ended = plan.ends_at is not None and plan.ends_at <= now
    if plan.kind != PlanKind.NORMAL.value or plan.state != PlanState.OPEN.value or ended:
        raise NormalPlanNeeded
    if Step.objects.filter(plan=plan, dropped_at=None).exists():
        raise StepExists
    most_bp = cap_of(PlanKind.NORMAL, rules_at(now))
    if not plan.rate_bp < step_rate_bp <= most_bp:
        raise StepOutOfBounds(least_bp=plan.rate_bp + 1, most_bp=most_bp)
    if not 1 <= threshold <= THRESHOLD_MAX:
        raise InvalidInput(
            field_name="threshold",
            reason=gettext(_("It must be a whole number from {least} to {most}.")).format(
                least=1, most=THRESHOLD_MAX
            ),
        )
    creators = _active_creators(creator_ids)
    step = Step.objects.create(
        plan=plan,
        threshold=threshold,
        rate_bp=step_rate_bp,
        is_for_everyone=not creators,
        set_at=now,
        set_by=actor.address,
    )
    StepCreator.objects.bulk_create(StepCreator(step=step, creator_id=creator) for creator in creators)
    return view_step(step, creators)


@transaction.atomic(savepoint=False)
def drop_step(*, actor: Actor, plan_id: int, now: datetime) -> None:
    """Drop a plan's step commission; orders already placed keep their schedule.

    Raises: NotFound.
    """
    plan = _enter_plan(actor, plan_id, "plan.drop_step", now)
    dropped = Step.objects.filter(plan=plan, dropped_at=None).update(dropped_at=now, dropped_by=actor.address)
    if not dropped:
        raise NotFound(what="step commission")


def _close(plan: Plan, actor: Actor, reason: str, now: datetime) -> None:
    plan.state = PlanState.CLOSED.value
    plan.closed_at, plan.closed_by, plan.close_reason = now, actor.address, reason
    plan.save(update_fields=["state", "closed_at", "closed_by", "close_reason"])
    publish(
        PlanClosed(
            plan_id=plan.pk, shop_id=plan.shop_id, kind=plan.kind, product_id=plan.product_id, reason=reason
        ),
        now=now,
    )


def _enter_plan(actor: Actor, plan_id: int, action: str, now: datetime) -> Plan:
    """Lock a plan of a shop the actor works for; a stranger's and a missing one give the same answer."""
    missing = NotFound(what="commission plan")
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise missing
    try:
        people.access_shop(actor=actor, shop_id=plan.shop_id, permission="alliance")
    except NotFound:
        raise missing from None
    people_operations.note_operator(actor=actor, shop_id=plan.shop_id, action=action, now=now, plan_id=plan_id)
    return plan


def _require_product(kind: PlanKind, product_id: int | None, shop_id: int) -> str:
    """Return the trade whose floor applies."""
    if (product_id is None) != (kind is PlanKind.SHOP_TARGETED):
        raise ProductNotFitting
    if product_id is None:
        return "general"
    product = catalog.get_product(product_id)
    if product.shop_id != shop_id:
        raise NotFound(what="product")
    return product.trade


def _require_creators(kind: PlanKind, creator_ids: Sequence[int]) -> tuple[int, ...]:
    if bool(creator_ids) != (kind in NAMED_KINDS):
        raise CreatorsNotFitting
    return _active_creators(creator_ids)


def _active_creators(creator_ids: Sequence[int]) -> tuple[int, ...]:
    wanted = tuple(sorted(set(creator_ids)))
    if len(wanted) > CREATORS_PER_PLAN_MAX:
        raise InvalidInput(
            field_name="creator_ids",
            reason=gettext(_("No more than {most} creators can be named.")).format(most=CREATORS_PER_PLAN_MAX),
        )
    accounts = people.get_accounts(wanted) if wanted else {}
    for creator_id in wanted:
        account = accounts.get(creator_id)
        if account is None or not account.is_creator or not account.is_active:
            raise NotACreator(account_id=creator_id)
    return wanted


def _require_leader(kind: PlanKind, leader_id: int | None, leader_rate_bp: int) -> None:
    if (leader_id is None) == (kind in RECRUITING_KINDS) or (leader_id is None and leader_rate_bp):
        raise LeaderNotFitting
    if leader_id is not None:
        account = people.get_accounts([leader_id]).get(leader_id)
        if account is None or not account.is_active:
            raise NotALeader(account_id=leader_id)


def _require_rates(kind: PlanKind, trade: str, rate_bp: int, leader_rate_bp: int, now: datetime) -> None:
    rules = rules_at(now)
    least_bp, most_bp = floor_of(trade, rules), cap_of(kind, rules)
    if not least_bp <= rate_bp <= most_bp:
        raise CommissionOutOfBounds(least_bp=least_bp, most_bp=most_bp)
    room_bp = rules[COMMISSION_MAX_EXCLUSIVE] - rate_bp
    if kind in RECRUITING_KINDS and not rules[LEADER_MIN] <= leader_rate_bp <= room_bp:
        raise LeaderFeeOutOfBounds(least_bp=rules[LEADER_MIN], most_bp=room_bp)


def _require_dates(starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
    if starts_at < now - LATE_START_MOST:
        raise InvalidInput(field_name="starts_at", reason=gettext(_("It must not lie in the past.")))
    if ends_at is not None and (ends_at <= starts_at or ends_at <= now):
        raise InvalidInput(field_name="ends_at", reason=gettext(_("The end must lie after the start.")))


def _lock_plans_of(shop_id: int, product_id: int | None) -> None:
    """Let one at a time open plans on a product (or shop-wide ones), so that two rivals see each other."""
    place = f"alliance.plan:product:{product_id}" if product_id else f"alliance.plan:shop:{shop_id}"
    run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [place])


def _require_room(
    kind: PlanKind,
    shop_id: int,
    product_id: int | None,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
) -> None:
    """Refuse a plan that the product's other plans, whose time overlaps, leave no room for."""
    others = (
        _unended(now).filter(product_id=product_id)
        if product_id
        else _unended(now).filter(shop_id=shop_id, product=None)
    )
    most = PLANS_PER_PRODUCT_MAX if product_id else SHOP_WIDE_PLANS_MAX
    if others.count() >= most:
        raise TooManyPlans(most=most)
    beside = others.filter(Q(ends_at=None) | Q(ends_at__gt=starts_at))
    if ends_at is not None:
        beside = beside.filter(starts_at__lt=ends_at)
    barred = _barred_by(kind)
    if barred:
        in_the_way = beside.filter(kind__in=[other.value for other in barred]).order_by("id").first()
        if in_the_way is not None:
            raise ExclusivityInTheWay(plan_id=in_the_way.pk)
    if kind is PlanKind.NORMAL:
        normal = beside.filter(kind=PlanKind.NORMAL.value).first()
        if normal is not None:
            raise NormalPlanExists(plan_id=normal.pk)


def _barred_by(kind: PlanKind) -> frozenset[PlanKind]:
    if kind in EXCLUSIVE_KINDS:
        return BARRED_BY_EXCLUSIVE
    return EXCLUSIVE_KINDS if kind in BARRED_BY_EXCLUSIVE else frozenset()


def _unended(now: datetime) -> QuerySet[Plan]:
    return Plan.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), state=PlanState.OPEN.value)
