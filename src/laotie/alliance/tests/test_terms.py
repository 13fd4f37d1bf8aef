"""Attribution and freezing: whom a line is owed to, with the evidence, in at most two statements."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from laotie.alliance import operations, queries
from laotie.alliance.contracts import Attribution, ClickStanding, FrozenTerms, PlanKind, Reason
from laotie.alliance.errors import NotACreator
from laotie.alliance.models import Click, Plan
from laotie.alliance.rules import ATTRIBUTION_WINDOW, COMMISSION_MAX_NORMAL
from laotie.alliance.tests.makers import (
    NOW,
    make_account,
    make_click,
    make_creator,
    make_line,
    make_operator,
    make_plan,
    make_product,
    make_shop,
)
from laotie.core.actor import person
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.core.rules import EPOCH, Rules
from laotie.people import operations as people

DAY = timedelta(days=1)
RULES = Rules("default", 0, EPOCH, {})


class World:
    """Tan's shop with a product under a normal plan of 20 %; Mei and Ann are creators, Lin buys."""

    def __init__(self) -> None:
        self.shop_id = make_shop()
        self.tan = person(make_account(name="Tan"))
        self.mei_id, self.ann_id = make_creator(name="Mei"), make_creator(name="Ann")
        self.lin_id = make_account(name="Lin")
        self.product_id = make_product(shop_id=self.shop_id)
        self.plan_id = self.open().id

    def open(self, kind: PlanKind = PlanKind.NORMAL, **more: Any) -> Any:
        """Open a plan on the product."""
        return make_plan(
            actor=self.tan, shop_id=self.shop_id, kind=kind, **{"product_id": self.product_id, **more}
        )

    def click(self, creator_id: int | None, at: datetime = NOW, viewer_id: int | None = None) -> int:
        """Let Lin come through somebody's entrance."""
        return make_click(
            viewer_id=viewer_id or self.lin_id,
            creator_id=creator_id,
            product_id=self.product_id,
            shop_id=self.shop_id,
            now=at,
        )

    def freeze(
        self, at: datetime = NOW, buyer_id: int | None = None, rules: Rules = RULES, trade: str = "general"
    ) -> Attribution:
        """Freeze the terms of one line."""
        line = make_line(product_id=self.product_id, shop_id=self.shop_id, trade=trade)
        (attribution,) = queries.freeze_terms(buyer_id=buyer_id or self.lin_id, lines=[line], at=at, rules=rules)
        return attribution

    def terms(self, **given: Any) -> FrozenTerms:
        """Freeze the terms of one line that somebody earns on."""
        terms = self.freeze(**given).terms
        assert terms is not None
        return terms


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 - asks for the database
    return World()


class TestFreezeTerms:
    def test_freezes_everything_that_was_promised(self, world: World) -> None:
        click_id = world.click(world.mei_id)
        assert world.freeze() == Attribution(
            terms=FrozenTerms(
                creator_id=world.mei_id,
                plan_id=world.plan_id,
                plan_kind=PlanKind.NORMAL,
                rate_bp=2_000,
                step_threshold=None,
                step_rate_bp=None,
                leader_id=None,
                leader_rate_bp=0,
                agency_id=None,
                agency_share_bp=0,
                platform_commission_bp=1_000,
                platform_leader_bp=1_000,
                click_id=click_id,
                rules_version="default/0",
            ),
            reason=Reason.OK,
            click_id=click_id,
            visited_creator_id=world.mei_id,
        )

    def test_example_9_the_shops_own_click_resets(self, world: World) -> None:
        """RULES 13.2, example 9: creator A on day 0, B on day 2, the own shop on day 3, order on day 3."""
        world.click(world.mei_id, NOW)
        b_click = world.click(world.ann_id, NOW + 2 * DAY)
        terms = world.terms(at=NOW + 3 * DAY)
        assert (terms.creator_id, terms.click_id) == (world.ann_id, b_click)
        own_click = world.click(None, NOW + 3 * DAY)
        assert world.freeze(at=NOW + 3 * DAY) == Attribution(None, Reason.OWN_CLICK, own_click)

    def test_a_later_creator_wins_over_the_own_shop(self, world: World) -> None:
        world.click(None)
        world.click(world.mei_id, NOW + DAY)
        assert world.terms(at=NOW + DAY).creator_id == world.mei_id

    def test_the_later_of_two_clicks_at_one_moment_wins(self, world: World) -> None:
        world.click(world.mei_id)
        world.click(world.ann_id)
        assert world.terms().creator_id == world.ann_id

    def test_clicks_after_the_order_do_not_count(self, world: World) -> None:
        world.click(world.mei_id)
        world.click(world.ann_id, NOW + DAY)
        assert world.terms(at=NOW + DAY - timedelta(seconds=1)).creator_id == world.mei_id

    def test_an_old_click_expires(self, world: World) -> None:
        click_id = world.click(world.mei_id)
        assert world.freeze(at=NOW + 7 * DAY - timedelta(seconds=1)).reason is Reason.OK
        assert world.freeze(at=NOW + 7 * DAY) == Attribution(None, Reason.CLICK_EXPIRED, click_id)

    def test_the_window_comes_from_the_rules(self, world: World) -> None:
        world.click(world.mei_id)
        longer = Rules("default", 3, EPOCH, {ATTRIBUTION_WINDOW.key: 15})
        terms = world.terms(at=NOW + 10 * DAY, rules=longer)
        assert terms.rules_version == "default/3"

    def test_without_a_click_nobody_earns(self, world: World) -> None:
        assert world.freeze() == Attribution(None, Reason.NO_CLICK, None)

    def test_another_products_click_does_not_count(self, world: World) -> None:
        other = make_product(shop_id=world.shop_id)
        make_click(viewer_id=world.lin_id, creator_id=world.mei_id, product_id=other, shop_id=world.shop_id)
        assert world.freeze().reason is Reason.NO_CLICK

    def test_refuses_a_self_purchase(self, world: World) -> None:
        click_id = world.click(world.mei_id, viewer_id=world.mei_id)
        frozen = world.freeze(buyer_id=world.mei_id)
        assert frozen == Attribution(None, Reason.SELF_PURCHASE, click_id, visited_creator_id=world.mei_id)

    def test_an_account_linked_to_the_shop_is_the_shop_itself(self, world: World) -> None:
        people.link_shop_account(
            actor=world.tan,
            shop_id=world.shop_id,
            account_id=world.mei_id,
            kind="matrix",
            is_own_room=True,
            now=NOW,
        )
        people.accept_shop_account(actor=person(world.mei_id), shop_id=world.shop_id, now=NOW)
        world.click(world.ann_id)
        click_id = world.click(world.mei_id)
        assert world.freeze() == Attribution(None, Reason.OWN_CLICK, click_id, visited_creator_id=world.mei_id)

    def test_without_a_plan_nobody_earns(self, world: World) -> None:
        click_id = world.click(world.mei_id)
        operations.close_plan(actor=world.tan, plan_id=world.plan_id, now=NOW)
        assert world.freeze() == Attribution(None, Reason.NO_PLAN, click_id, visited_creator_id=world.mei_id)

    def test_a_checkout_begun_before_a_plan_was_closed_keeps_it(self, world: World) -> None:
        world.click(world.mei_id)
        operations.close_plan(actor=world.tan, plan_id=world.plan_id, now=NOW + timedelta(seconds=2))
        assert world.terms(at=NOW + timedelta(seconds=1)).plan_id == world.plan_id
        assert world.freeze(at=NOW + timedelta(seconds=2)).reason is Reason.NO_PLAN

    def test_a_plan_applies_between_its_dates(self, world: World) -> None:
        operations.close_plan(actor=world.tan, plan_id=world.plan_id, now=NOW)
        world.open(starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
        world.click(world.mei_id)
        reasons = [world.freeze(at=NOW + hours * DAY / 24).reason for hours in (23, 24, 47, 48)]
        assert reasons == [Reason.NO_PLAN, Reason.OK, Reason.OK, Reason.NO_PLAN]

    def test_takes_the_best_plan_open_to_the_creator(self, world: World) -> None:
        world.open(PlanKind.SHOP_TARGETED, product_id=None, creator_ids=[world.ann_id], rate_bp=1_000)
        recruiting = world.open(PlanKind.RECRUIT_NORMAL, rate_bp=500, leader_rate_bp=300)
        targeted = world.open(PlanKind.PRODUCT_TARGETED, creator_ids=[world.ann_id], rate_bp=800)
        world.click(world.mei_id)
        for_mei = world.terms()
        assert (for_mei.plan_id, for_mei.rate_bp) == (recruiting.id, 500)
        assert (for_mei.leader_id, for_mei.leader_rate_bp) == (recruiting.leader_id, 300)
        world.click(world.ann_id)
        assert world.terms().plan_id == targeted.id

    def test_a_shop_wide_plan_covers_every_product_of_the_shop_alone(self, world: World) -> None:
        operations.close_plan(actor=world.tan, plan_id=world.plan_id, now=NOW)
        wide = world.open(PlanKind.SHOP_TARGETED, product_id=None, creator_ids=[world.mei_id])
        world.click(world.mei_id)
        assert world.terms().plan_id == wide.id
        theirs = make_shop(owner="Guo")
        product_id = make_product(shop_id=theirs)
        make_click(viewer_id=world.lin_id, creator_id=world.mei_id, product_id=product_id, shop_id=theirs)
        line = make_line(product_id=product_id, shop_id=theirs)
        (other,) = queries.freeze_terms(buyer_id=world.lin_id, lines=[line], at=NOW, rules=RULES)
        assert other.reason is Reason.NO_PLAN

    def test_a_shop_wide_plan_below_a_trades_floor_gives_way(self, world: World) -> None:
        world.open(PlanKind.SHOP_TARGETED, product_id=None, creator_ids=[world.mei_id], rate_bp=400)
        world.click(world.mei_id)
        assert world.terms().rate_bp == 400
        assert world.terms(trade="jewellery").rate_bp == 2_000

    def test_cuts_to_a_cap_that_came_later(self, world: World) -> None:
        world.click(world.mei_id)
        lower = Rules("default", 4, EPOCH, {COMMISSION_MAX_NORMAL.key: 1_500})
        assert world.terms(rules=lower).rate_bp == 1_500

    def test_freezes_the_step_schedule(self, world: World) -> None:
        operations.set_step(actor=world.tan, plan_id=world.plan_id, threshold=500, step_rate_bp=3_000, now=NOW)
        world.click(world.mei_id)
        terms = world.terms(at=NOW + DAY)
        assert (terms.rate_bp, terms.step_threshold, terms.step_rate_bp) == (2_000, 500, 3_000)
        operations.drop_step(actor=world.tan, plan_id=world.plan_id, now=NOW + DAY)
        assert world.terms(at=NOW + DAY).step_threshold is None

    def test_a_step_may_be_for_selected_creators(self, world: World) -> None:
        operations.set_step(
            actor=world.tan,
            plan_id=world.plan_id,
            threshold=500,
            step_rate_bp=3_000,
            creator_ids=[world.ann_id],
            now=NOW,
        )
        world.click(world.mei_id)
        assert world.terms().step_threshold is None
        world.click(world.ann_id)
        assert world.terms().step_threshold == 500

    def test_freezes_the_agencys_share(self, world: World) -> None:
        agency_id, contract_id = make_contract(world.mei_id, share_bp=3_000)
        world.click(world.mei_id)
        assert contract_id
        terms = world.terms()
        assert (terms.agency_id, terms.agency_share_bp) == (agency_id, 3_000)

    @pytest.mark.parametrize("lines", [1, 50])
    def test_asks_the_database_twice_however_many_lines(
        self, world: World, lines: int, django_assert_num_queries: Any
    ) -> None:
        make_contract(world.mei_id, share_bp=3_000)
        wanted = []
        for number in range(lines):
            product_id = make_product(shop_id=world.shop_id)
            world.open(product_id=product_id)
            make_click(
                viewer_id=world.lin_id,
                creator_id=(world.mei_id, world.ann_id)[number % 2],
                product_id=product_id,
                shop_id=world.shop_id,
            )
            wanted.append(make_line(product_id=product_id, shop_id=world.shop_id))
        with django_assert_num_queries(2):
            found = queries.freeze_terms(buyer_id=world.lin_id, lines=wanted, at=NOW, rules=RULES)
        assert [attribution.reason for attribution in found] == [Reason.OK] * lines

    def test_asks_once_where_nobody_clicked(self, world: World, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            world.freeze()
        with django_assert_num_queries(0):
            assert queries.freeze_terms(buyer_id=world.lin_id, lines=[], at=NOW, rules=RULES) == ()

    def test_answers_in_the_order_of_the_lines_repeated_products_too(self, world: World) -> None:
        other = make_product(shop_id=world.shop_id)
        world.click(world.mei_id)
        lines = [
            make_line(product_id=product_id, shop_id=world.shop_id)
            for product_id in (other, world.product_id, other, world.product_id)
        ]
        assert reasons(queries.freeze_terms(buyer_id=world.lin_id, lines=lines, at=NOW, rules=RULES)) == [
            Reason.NO_CLICK,
            Reason.OK,
            Reason.NO_CLICK,
            Reason.OK,
        ]


class TestRecordClick:
    def test_keeps_what_the_click_is_worth(self, world: World) -> None:
        ids = [
            world.click(world.mei_id),
            world.click(None),
            world.click(world.mei_id, viewer_id=world.mei_id),
        ]
        standings = [Click.objects.get(pk=click_id).standing for click_id in ids]
        assert standings == ["counts", "own", "self"]

    def test_keeps_no_key_in_clear(self, world: World) -> None:
        click_id = world.click(world.mei_id)
        assert "visitor-0123456789" not in Click.objects.get(pk=click_id).visitor_hash

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"visitor_key": "short"}, "visitor_key"),
            ({"visitor_key": "x" * 101}, "visitor_key"),
            ({"visitor_key": "<script>alert(1)"}, "visitor_key"),
            ({"entrance": ""}, "entrance"),
            ({"entrance": "room:" + "7" * 100}, "entrance"),
            ({"entrance": "room:<b>"}, "entrance"),
        ],
    )
    def test_refuses_malformed_input(self, world: World, wrong: dict[str, str], field: str) -> None:
        given: dict[str, Any] = {"visitor_key": "visitor-0123456789", "entrance": "room:7", **wrong}
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.record_click(
                viewer_id=None,
                product_id=world.product_id,
                creator_id=None,
                shop_id=world.shop_id,
                now=NOW,
                **given,
            )
        assert refusal.value.field_name == field
        assert not Click.objects.exists()

    def test_refuses_a_product_of_another_shop(self, world: World) -> None:
        with pytest.raises(NotFound), transaction.atomic():
            make_click(
                viewer_id=None,
                creator_id=None,
                product_id=world.product_id,
                shop_id=make_shop(owner="Guo"),
            )
        assert not Click.objects.exists()

    @pytest.mark.parametrize("who", ["Lin", "nobody"])
    def test_refuses_creators_that_are_none(self, world: World, who: str) -> None:
        creator_id = world.lin_id if who == "Lin" else 2**62
        with pytest.raises(NotACreator), transaction.atomic():
            world.click(creator_id)
        assert not Click.objects.exists()


class TestMergeVisitor:
    def visit(self, world: World, creator_id: int | None, at: datetime = NOW, key: str = "v" * 20) -> int:
        return make_click(
            viewer_id=None,
            creator_id=creator_id,
            product_id=world.product_id,
            shop_id=world.shop_id,
            now=at,
            visitor_key=key,
        )

    def test_gives_the_visitors_clicks_to_the_account(self, world: World) -> None:
        click_id = self.visit(world, world.mei_id)
        assert world.freeze().reason is Reason.NO_CLICK
        assert operations.merge_visitor(visitor_key="v" * 20, account_id=world.lin_id, now=NOW) == 1
        assert operations.merge_visitor(visitor_key="v" * 20, account_id=world.lin_id, now=NOW) == 0
        assert world.terms().click_id == click_id

    def test_leaves_other_visitors_and_taken_clicks_alone(self, world: World) -> None:
        self.visit(world, world.mei_id)
        operations.merge_visitor(visitor_key="v" * 20, account_id=world.lin_id, now=NOW)
        guo_id = make_account(name="Guo")
        assert operations.merge_visitor(visitor_key="v" * 20, account_id=guo_id, now=NOW) == 0
        assert operations.merge_visitor(visitor_key="w" * 20, account_id=guo_id, now=NOW) == 0
        assert Click.objects.filter(viewer_id=world.lin_id).count() == 1

    def test_notices_a_creator_behind_the_visitor(self, world: World) -> None:
        click_id = self.visit(world, world.mei_id)
        operations.merge_visitor(visitor_key="v" * 20, account_id=world.mei_id, now=NOW)
        assert Click.objects.get(pk=click_id).standing == "self"
        assert world.freeze(buyer_id=world.mei_id).reason is Reason.SELF_PURCHASE

    def test_leaves_clicks_older_than_the_window(self, world: World) -> None:
        self.visit(world, world.mei_id)
        assert operations.merge_visitor(visitor_key="v" * 20, account_id=world.lin_id, now=NOW + 7 * DAY) == 0


class TestListClicksBefore:
    def test_shows_operators_what_decided(self, world: World) -> None:
        first, second = world.click(world.mei_id), world.click(None, NOW + DAY)
        world.click(world.ann_id, NOW + 3 * DAY)
        seen = queries.list_clicks_before(
            actor=person(make_operator()),
            buyer_id=world.lin_id,
            product_id=world.product_id,
            at=NOW + 2 * DAY,
        )
        assert [(click.id, click.standing) for click in seen] == [
            (second, ClickStanding.OWN),
            (first, ClickStanding.COUNTS),
        ]

    @pytest.mark.parametrize("who", ["Lin", "Mei", "Tan", "Bo", "Guo"])
    def test_is_for_operators_alone(self, world: World, who: str) -> None:
        with pytest.raises(NotAllowed):
            queries.list_clicks_before(
                actor=person(make_account(name=who)),
                buyer_id=world.lin_id,
                product_id=world.product_id,
                at=NOW,
            )


def make_contract(creator_id: int, *, share_bp: int) -> tuple[int, int]:
    """Let an agency and a creator agree on a share."""
    owner = person(make_account(name="Owner"))
    agency_id = people.open_agency(actor=owner, name="Bright Stars", now=NOW).id
    contract_id = people.propose_agency_share(
        actor=owner,
        agency_id=agency_id,
        creator_id=creator_id,
        share_bp=share_bp,
        starts_at=NOW,
        ends_at=None,
        now=NOW,
    ).id
    people.accept_agency_share(actor=person(creator_id), contract_id=contract_id, now=NOW)
    return agency_id, contract_id


def reasons(found: Sequence[Attribution]) -> list[Reason]:
    return [attribution.reason for attribution in found]


@pytest.mark.django_db
def test_terms_once_frozen_do_not_follow_the_plan() -> None:
    world = World()
    world.click(world.mei_id)
    kept = world.terms().to_json()
    Plan.objects.filter(pk=world.plan_id).update(rate_bp=100)
    assert FrozenTerms.from_json(kept).rate_bp == 2_000
