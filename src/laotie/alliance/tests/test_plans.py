"""Opening and closing plans: caps, floors, exclusivity both ways, steps, and who may."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from laotie.alliance import operations, queries
from laotie.alliance.contracts import PlanKind
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
from laotie.alliance.models import Plan, Step
from laotie.alliance.operations import plans as plans_module
from laotie.alliance.states import PlanState
from laotie.alliance.tests.makers import (
    NOW,
    make_account,
    make_creator,
    make_operator,
    make_plan,
    make_product,
    make_shop,
)
from laotie.core.actor import Actor, person
from laotie.core.errors import DomainError, IllegalMove, InvalidInput, NotFound
from laotie.events.models import OutboxEvent
from laotie.people import operations as people

EXCLUSIVES = [PlanKind.EXCLUSIVE, PlanKind.RECRUIT_EXCLUSIVE]
OPEN_ONES = [PlanKind.NORMAL, PlanKind.PRODUCT_TARGETED, PlanKind.RECRUIT_NORMAL]
NAMED = [
    PlanKind.PRODUCT_TARGETED,
    PlanKind.SHOP_TARGETED,
    PlanKind.EXCLUSIVE,
    PlanKind.RECRUIT_EXCLUSIVE,
]


class World:
    """Tan's shop with a product, Mei the creator."""

    def __init__(self, trade: str = "general") -> None:
        self.shop_id = make_shop()
        self.tan = person(make_account(name="Tan"))
        self.mei_id = make_creator()
        self.product_id = make_product(shop_id=self.shop_id, trade=trade)

    def open(self, kind: PlanKind, actor: Actor | None = None, **more: Any) -> int:
        """Open a plan of a kind with what that kind needs, unless said otherwise."""
        given: dict[str, Any] = {
            "product_id": None if kind is PlanKind.SHOP_TARGETED else self.product_id,
            "creator_ids": [self.mei_id] if kind in NAMED else [],
        }
        given.update(more)
        return make_plan(actor=actor or self.tan, shop_id=self.shop_id, kind=kind, **given).id


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - asks for the database
    return World()


def refuses(error: type[DomainError], act: Callable[[], Any]) -> DomainError:
    """Assert a refusal that leaves plans, steps and events as they were."""
    before = world_state()
    with pytest.raises(error) as refusal, transaction.atomic():  # operations make no savepoint of their own
        act()
    assert world_state() == before
    return refusal.value


def world_state() -> list[Any]:
    return [
        list(Plan.objects.order_by("id").values()),
        list(Step.objects.order_by("id").values()),
        OutboxEvent.objects.filter(name__startswith="alliance.").count(),
    ]


class TestOpenPlan:
    @pytest.mark.parametrize("kind", PlanKind)
    def test_opens_each_kind_and_tells(self, world: World, kind: PlanKind) -> None:
        plan_id = world.open(kind)
        view = queries.get_plan(actor=world.tan, plan_id=plan_id)
        assert (view.kind, view.rate_bp, view.state) == (kind, 2_000, PlanState.OPEN)
        assert view.product_id == (None if kind is PlanKind.SHOP_TARGETED else world.product_id)
        assert view.creator_ids == ((world.mei_id,) if kind in NAMED else ())
        event = OutboxEvent.objects.get(name="alliance.plan_opened.v1")
        assert (event.payload["plan_id"], event.payload["kind"]) == (plan_id, kind.value)

    @pytest.mark.parametrize("first", EXCLUSIVES)
    @pytest.mark.parametrize("second", OPEN_ONES)
    def test_an_exclusive_plan_bars_open_ones(self, world: World, first: PlanKind, second: PlanKind) -> None:
        plan_id = world.open(first)
        refusal = refuses(ExclusivityInTheWay, lambda: world.open(second))
        assert refusal.data() == {"plan_id": plan_id}

    @pytest.mark.parametrize("first", OPEN_ONES)
    @pytest.mark.parametrize("second", EXCLUSIVES)
    def test_an_open_plan_bars_exclusive_ones(self, world: World, first: PlanKind, second: PlanKind) -> None:
        plan_id = world.open(first)
        refusal = refuses(ExclusivityInTheWay, lambda: world.open(second))
        assert refusal.data() == {"plan_id": plan_id}

    @pytest.mark.parametrize("first", EXCLUSIVES)
    def test_closing_makes_room(self, world: World, first: PlanKind) -> None:
        operations.close_plan(actor=world.tan, plan_id=world.open(first), now=NOW)
        assert world.open(PlanKind.NORMAL)

    def test_a_plan_after_the_others_end_is_not_barred(self, world: World) -> None:
        world.open(PlanKind.EXCLUSIVE, ends_at=NOW + timedelta(days=2))
        refuses(ExclusivityInTheWay, lambda: world.open(PlanKind.NORMAL, starts_at=NOW + timedelta(days=1)))
        assert world.open(PlanKind.NORMAL, starts_at=NOW + timedelta(days=2))

    def test_exclusive_plan_and_exclusive_recruiting_live_together(self, world: World) -> None:
        world.open(PlanKind.EXCLUSIVE)
        assert world.open(PlanKind.RECRUIT_EXCLUSIVE)

    def test_a_shop_wide_plan_is_barred_by_nothing(self, world: World) -> None:
        world.open(PlanKind.EXCLUSIVE)
        assert world.open(PlanKind.SHOP_TARGETED)

    def test_another_product_is_not_barred(self, world: World) -> None:
        world.open(PlanKind.EXCLUSIVE)
        assert world.open(PlanKind.NORMAL, product_id=make_product(shop_id=world.shop_id))

    def test_refuses_a_second_normal_plan(self, world: World) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        assert refuses(NormalPlanExists, lambda: world.open(PlanKind.NORMAL)).data() == {"plan_id": plan_id}

    @pytest.mark.parametrize("kind", [PlanKind.NORMAL, PlanKind.RECRUIT_NORMAL])
    @pytest.mark.parametrize("rate_bp", [99, 5_001])
    def test_keeps_open_plans_within_1_and_50_percent(self, world: World, kind: PlanKind, rate_bp: int) -> None:
        refusal = refuses(CommissionOutOfBounds, lambda: world.open(kind, rate_bp=rate_bp))
        assert refusal.data() == {"least_bp": 100, "most_bp": 5_000}

    @pytest.mark.parametrize("kind", NAMED)
    @pytest.mark.parametrize("rate_bp", [99, 9_001])
    def test_keeps_named_plans_within_1_and_90_percent(self, world: World, kind: PlanKind, rate_bp: int) -> None:
        refusal = refuses(CommissionOutOfBounds, lambda: world.open(kind, rate_bp=rate_bp))
        assert refusal.data() == {"least_bp": 100, "most_bp": 9_000}

    @pytest.mark.parametrize(("kind", "rate_bp"), [(PlanKind.NORMAL, 5_000), (PlanKind.EXCLUSIVE, 9_000)])
    def test_takes_the_cap_itself(self, world: World, kind: PlanKind, rate_bp: int) -> None:
        assert world.open(kind, rate_bp=rate_bp)

    @pytest.mark.parametrize("trade", ["jewellery", "medical"])
    def test_holds_trades_to_their_floor(self, db: None, trade: str) -> None:  # noqa: ARG002 - the database
        world = World(trade)
        refusal = refuses(CommissionOutOfBounds, lambda: world.open(PlanKind.NORMAL, rate_bp=499))
        assert refusal.data() == {"least_bp": 500, "most_bp": 5_000}
        assert world.open(PlanKind.NORMAL, rate_bp=500)

    @pytest.mark.parametrize(("rate_bp", "leader_rate_bp"), [(2_000, 99), (8_950, 51), (2_000, 0)])
    def test_keeps_the_leaders_fee_within_bounds(self, world: World, rate_bp: int, leader_rate_bp: int) -> None:
        refuses(
            LeaderFeeOutOfBounds,
            lambda: world.open(PlanKind.RECRUIT_EXCLUSIVE, rate_bp=rate_bp, leader_rate_bp=leader_rate_bp),
        )

    def test_refuses_a_leader_where_none_belongs(self, world: World) -> None:
        leader_id = make_account(name="Leader")
        refuses(LeaderNotFitting, lambda: world.open(PlanKind.NORMAL, leader_id=leader_id, leader_rate_bp=200))
        refuses(LeaderNotFitting, lambda: world.open(PlanKind.RECRUIT_NORMAL, leader_id=None))
        refuses(NotALeader, lambda: world.open(PlanKind.RECRUIT_NORMAL, leader_id=2**62))

    @pytest.mark.parametrize("kind", PlanKind)
    def test_asks_for_creators_exactly_where_they_belong(self, world: World, kind: PlanKind) -> None:
        wrong = [] if kind in NAMED else [world.mei_id]
        refuses(CreatorsNotFitting, lambda: world.open(kind, creator_ids=wrong))

    def test_refuses_creators_that_are_none(self, world: World) -> None:
        lin_id = make_account(name="Lin")
        refusal = refuses(NotACreator, lambda: world.open(PlanKind.EXCLUSIVE, creator_ids=[lin_id]))
        assert refusal.data() == {"account_id": lin_id}
        refuses(NotACreator, lambda: world.open(PlanKind.EXCLUSIVE, creator_ids=[2**62]))

    def test_asks_for_a_product_exactly_where_it_belongs(self, world: World) -> None:
        refuses(ProductNotFitting, lambda: world.open(PlanKind.NORMAL, product_id=None))
        refuses(ProductNotFitting, lambda: world.open(PlanKind.SHOP_TARGETED, product_id=world.product_id))

    def test_refuses_another_shops_product_as_a_missing_one(self, world: World) -> None:
        theirs = make_product(shop_id=make_shop(owner="Guo"))
        stranger = refuses(NotFound, lambda: world.open(PlanKind.NORMAL, product_id=theirs))
        missing = refuses(NotFound, lambda: world.open(PlanKind.NORMAL, product_id=2**62))
        assert stranger.data() == missing.data() == {"what": "product"}

    def test_refuses_impossible_dates(self, world: World) -> None:
        refusal = refuses(InvalidInput, lambda: world.open(PlanKind.NORMAL, starts_at=NOW - timedelta(hours=1)))
        assert refusal.data()["field_name"] == "starts_at"
        refusal = refuses(InvalidInput, lambda: world.open(PlanKind.NORMAL, ends_at=NOW))
        assert refusal.data()["field_name"] == "ends_at"

    def test_has_a_limit(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plans_module, "PLANS_PER_PRODUCT_MAX", 2)
        world.open(PlanKind.PRODUCT_TARGETED)
        world.open(PlanKind.PRODUCT_TARGETED)
        assert refuses(TooManyPlans, lambda: world.open(PlanKind.PRODUCT_TARGETED)).data() == {"most": 2}

    @pytest.mark.parametrize(
        ("who", "may"),
        [("Lin", False), ("Mei", False), ("Tan", True), ("Bo", True), ("Guo", False), ("Shen", True)],
    )
    def test_is_for_those_who_work_there(self, world: World, who: str, may: bool) -> None:  # noqa: FBT001
        actor = person(make_operator(name=who) if who == "Shen" else make_account(name=who))
        if who == "Bo":
            people.add_staff(
                actor=world.tan,
                shop_id=world.shop_id,
                account_id=make_account(name="Bo"),
                permissions=frozenset({"alliance"}),
                now=NOW,
            )
        if may:
            assert world.open(PlanKind.NORMAL, actor=actor)
        else:
            refuses(NotFound, lambda: world.open(PlanKind.NORMAL, actor=actor))

    def test_refuses_staff_without_the_permission(self, world: World) -> None:
        bo_id = make_account(name="Bo")
        people.add_staff(
            actor=world.tan, shop_id=world.shop_id, account_id=bo_id, permissions=frozenset({"catalog"}), now=NOW
        )
        refuses(NotFound, lambda: world.open(PlanKind.NORMAL, actor=person(bo_id)))


@pytest.mark.django_db(transaction=True)
def test_two_rivals_cannot_open_both_an_exclusive_and_a_normal_plan() -> None:
    world = World()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def open_kind(kind: PlanKind) -> None:
        barrier.wait()
        try:
            world.open(kind)
            outcomes.append("opened")
        except ExclusivityInTheWay:
            outcomes.append("refused")
        finally:
            connection.close()

    rivals = [threading.Thread(target=open_kind, args=(kind,)) for kind in (PlanKind.NORMAL, PlanKind.EXCLUSIVE)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert sorted(outcomes) == ["opened", "refused"]
    assert Plan.objects.count() == 1


class TestClosePlan:
    def test_closes_once_and_tells(self, world: World) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        operations.close_plan(actor=world.tan, plan_id=plan_id, now=NOW)
        assert queries.get_plan(actor=world.tan, plan_id=plan_id).state is PlanState.CLOSED
        event = OutboxEvent.objects.get(name="alliance.plan_closed.v1")
        assert (event.payload["plan_id"], event.payload["reason"]) == (plan_id, "closed_by_shop")
        refuses(IllegalMove, lambda: operations.close_plan(actor=world.tan, plan_id=plan_id, now=NOW))

    def test_answers_strangers_as_if_it_were_missing(self, world: World) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        guo = person(make_account(name="Guo"))
        stranger = refuses(NotFound, lambda: operations.close_plan(actor=guo, plan_id=plan_id, now=NOW))
        missing = refuses(NotFound, lambda: operations.close_plan(actor=guo, plan_id=2**62, now=NOW))
        assert stranger.data() == missing.data()

    def test_ended_plans_are_closed_by_themselves(self, world: World) -> None:
        ended = world.open(PlanKind.NORMAL, ends_at=NOW + timedelta(days=1))
        running = world.open(PlanKind.SHOP_TARGETED)
        assert operations.close_ended_plans(now=NOW + timedelta(days=1)) == 1
        assert operations.close_ended_plans(now=NOW + timedelta(days=1)) == 0
        assert queries.get_plan(actor=world.tan, plan_id=ended).state is PlanState.CLOSED
        assert queries.get_plan(actor=world.tan, plan_id=running).state is PlanState.OPEN


class TestSetStep:
    def set_step(self, world: World, plan_id: int, **more: Any) -> Any:
        given = {"threshold": 500, "step_rate_bp": 3_000, **more}
        return operations.set_step(actor=world.tan, plan_id=plan_id, now=NOW, **given)

    def test_belongs_to_a_normal_plan(self, world: World) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        self.set_step(world, plan_id, creator_ids=[world.mei_id])
        step = queries.get_plan(actor=world.tan, plan_id=plan_id).step
        assert step is not None
        assert (step.threshold, step.rate_bp, step.creator_ids) == (500, 3_000, (world.mei_id,))

    def test_refuses_other_kinds_and_closed_plans(self, world: World) -> None:
        targeted = world.open(PlanKind.PRODUCT_TARGETED)
        refuses(NormalPlanNeeded, lambda: self.set_step(world, targeted))
        normal = world.open(PlanKind.NORMAL)
        operations.close_plan(actor=world.tan, plan_id=normal, now=NOW)
        refuses(NormalPlanNeeded, lambda: self.set_step(world, normal))

    @pytest.mark.parametrize("step_rate_bp", [2_000, 5_001])
    def test_must_pay_more_than_the_plan_and_at_most_the_cap(self, world: World, step_rate_bp: int) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        refusal = refuses(StepOutOfBounds, lambda: self.set_step(world, plan_id, step_rate_bp=step_rate_bp))
        assert refusal.data() == {"least_bp": 2_001, "most_bp": 5_000}

    @pytest.mark.parametrize("threshold", [0, -1, 10_000_001])
    def test_needs_a_sensible_threshold(self, world: World, threshold: int) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        refusal = refuses(InvalidInput, lambda: self.set_step(world, plan_id, threshold=threshold))
        assert refusal.data()["field_name"] == "threshold"

    def test_is_never_edited_only_dropped(self, world: World) -> None:
        plan_id = world.open(PlanKind.NORMAL)
        self.set_step(world, plan_id)
        refuses(StepExists, lambda: self.set_step(world, plan_id, threshold=600))
        operations.drop_step(actor=world.tan, plan_id=plan_id, now=NOW)
        refuses(NotFound, lambda: operations.drop_step(actor=world.tan, plan_id=plan_id, now=NOW))
        assert self.set_step(world, plan_id, threshold=600).threshold == 600


class TestListPlans:
    def test_asks_the_database_as_often_for_50_as_for_1(
        self, world: World, django_assert_num_queries: Any
    ) -> None:
        world.open(PlanKind.PRODUCT_TARGETED)
        with django_assert_num_queries(4):
            assert len(queries.list_plans(actor=world.tan, shop_id=world.shop_id).items) == 1
        for _more in range(49):
            world.open(PlanKind.PRODUCT_TARGETED)
        with django_assert_num_queries(4):
            assert len(queries.list_plans(actor=world.tan, shop_id=world.shop_id).items) == 50
