"""The alliance API: it translates, checks scopes, names the field at fault."""

import json
from itertools import count
from typing import Any

import pytest
from django.test import Client

from laotie.alliance import operations
from laotie.alliance.api import router
from laotie.alliance.models import Click, Earning, Plan, ShowcaseEntry
from laotie.alliance.tests.makers import (
    NOW,
    make_account,
    make_creator,
    make_operator,
    make_plan,
    make_product,
    make_shop,
)
from laotie.core.actor import person
from laotie.people import operations as people

pytestmark = [pytest.mark.django_db, pytest.mark.urls("laotie.alliance.tests.api_site")]

VISITOR = "visitor-0123456789"
_keys = count(1)


def call(
    who: int | None,
    method: str,
    path: str,
    body: Any = None,
    *,
    expect: int = 200,
    key: str | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Ask the API as someone and return the decoded answer."""
    sent = {"Idempotency-Key": f"test-{next(_keys)}" if key is None else key, **(headers or {})}
    if who is not None:
        sent["X-Account"] = str(who)
    answer = Client().generic(
        method,
        path,
        data=b"" if body is None else json.dumps(body).encode(),
        content_type="application/json",
        headers=sent,
    )
    assert answer.status_code == expect, answer.content
    return answer.json() if answer.content else None


class World:
    """Tan's shop with a product, Mei the creator."""

    def __init__(self) -> None:
        self.shop_id = make_shop()
        self.tan, self.mei = make_account(name="Tan"), make_creator()
        self.product_id = make_product(shop_id=self.shop_id)

    def plan(self, **more: Any) -> dict[str, Any]:
        """Describe the smallest plan."""
        return {"kind": "normal", "product_id": self.product_id, "rate_bp": 2_000, **more}

    @property
    def plans(self) -> str:
        """The address of the shop's plans."""
        return f"/shops/{self.shop_id}/plans"


@pytest.fixture
def world() -> World:
    return World()


class TestPlans:
    def test_open_step_and_close(self, world: World) -> None:
        opened = call(world.tan, "POST", world.plans, world.plan())
        assert (opened["kind"], opened["kind_number"], opened["rate_bp"], opened["step"]) == (
            "normal",
            1,
            2_000,
            None,
        )
        step = call(world.tan, "POST", f"/plans/{opened['id']}/step", {"threshold": 500, "step_rate_bp": 3_000})
        assert step == {"threshold": 500, "rate_bp": 3_000, "creator_ids": []}
        assert call(world.tan, "GET", f"/plans/{opened['id']}")["step"] == step
        call(world.tan, "DELETE", f"/plans/{opened['id']}/step", expect=204)
        call(world.tan, "POST", f"/plans/{opened['id']}/close", expect=204)
        listed = call(world.tan, "GET", f"{world.plans}?state=closed&product_id={world.product_id}")
        assert [plan["id"] for plan in listed["items"]] == [opened["id"]]
        assert call(world.tan, "GET", f"{world.plans}?state=open")["items"] == []

    def test_the_same_key_opens_once(self, world: World) -> None:
        first = call(world.tan, "POST", world.plans, world.plan(), key="once")
        assert call(world.tan, "POST", world.plans, world.plan(), key="once") == first
        refused = call(world.tan, "POST", world.plans, world.plan(rate_bp=1_000), key="once", expect=409)
        assert refused["code"] == "core.key_reused"
        assert Plan.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"kind": "best"}, "kind"),
            ({"rate_bp": 0}, "rate_bp"),
            ({"rate_bp": -5}, "rate_bp"),
            ({"rate_bp": "much"}, "rate_bp"),
            ({"rate_bp": 10**30}, "rate_bp"),
            ({"product_id": 0}, "product_id"),
            ({"product_id": 2**63}, "product_id"),
            ({"creator_ids": [1] * 501}, "creator_ids"),
            ({"leader_rate_bp": -1}, "leader_rate_bp"),
            ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
            ({"starts_at": "2020-01-01T00:00:00Z"}, "starts_at"),
            ({"starts_at": "2020-01-01T00:00:00"}, "starts_at"),
            ({"colour": "red"}, "colour"),
            ({"rate_bp": 5_001}, "rate_bp"),
            ({"creator_ids": [1]}, "creator_ids"),
        ],
    )
    def test_names_the_field_at_fault(self, world: World, wrong: dict[str, Any], field: str) -> None:
        refused = call(world.tan, "POST", world.plans, world.plan(**wrong), expect=422)
        assert refused["field"].removeprefix("body.") == field
        assert not Plan.objects.exists()

    @pytest.mark.parametrize(
        ("who", "expect"), [("Lin", 404), ("Mei", 404), ("Tan", 200), ("Guo", 404), ("Shen", 200)]
    )
    def test_strangers_find_nothing(self, world: World, who: str, expect: int) -> None:
        asker = make_operator() if who == "Shen" else make_account(name=who)
        call(asker, "GET", world.plans, expect=expect)
        call(asker, "POST", world.plans, world.plan(), expect=expect)

    def test_asks_for_the_scope(self, world: World) -> None:
        scopes = {"X-Scopes": "alliance:read"}
        assert call(world.tan, "GET", world.plans, headers=scopes)["items"] == []
        call(world.tan, "POST", world.plans, world.plan(), expect=403, headers=scopes)
        call(None, "GET", world.plans, expect=401)


class TestSelectionAndShowcase:
    def test_from_the_selection_to_the_showcase(self, world: World) -> None:
        make_plan(actor=person(world.tan), shop_id=world.shop_id, product_id=world.product_id)
        operations.list_product(product_id=world.product_id, shop_id=world.shop_id, trade="general")
        (offered,) = call(world.mei, "GET", "/selection?order=highest_rate")["items"]
        assert (offered["product_id"], offered["rate_bp"], offered["in_showcase"]) == (
            world.product_id,
            2_000,
            False,
        )
        call(world.mei, "POST", "/me/showcase", {"product_id": world.product_id})
        (shown,) = call(None, "GET", f"/creators/{world.mei}/showcase")["items"]
        assert shown["product_id"] == world.product_id
        call(world.mei, "POST", f"/me/showcase/{world.product_id}/move", {}, expect=204)
        call(world.mei, "DELETE", f"/me/showcase/{world.product_id}", expect=204)
        assert not ShowcaseEntry.objects.exists()

    def test_refuses_who_is_no_creator(self, world: World) -> None:
        call(world.tan, "POST", "/me/showcase", {"product_id": world.product_id}, expect=403)

    @pytest.mark.parametrize("query", ["cursor=abc", "limit=0", "limit=101", "order=best", "least_rate_bp=-1"])
    def test_refuses_malformed_questions(self, world: World, query: str) -> None:
        call(world.mei, "GET", f"/selection?{query}", expect=422)


class TestClicks:
    def body(self, world: World, **more: Any) -> dict[str, Any]:
        given = {"product_id": world.product_id, "shop_id": world.shop_id, "creator_id": world.mei}
        return {**given, "entrance": f"showcase:{world.mei}", **more}

    def test_a_visitors_click_is_claimed_at_sign_in(self, world: World) -> None:
        recorded = call(None, "POST", "/clicks", self.body(world), headers={"Visitor-Key": VISITOR})
        lin = make_account(name="Lin")
        assert call(lin, "POST", "/me/clicks", {"visitor_key": VISITOR}) == {"clicks": 1}
        assert Click.objects.get(pk=recorded["id"]).viewer_id == lin
        asked = f"/accounts/{lin}/clicks?product_id={world.product_id}&before=2100-01-01T00:00:00Z"
        (evidence,) = call(make_operator(), "GET", asked)
        assert (evidence["id"], evidence["standing"]) == (recorded["id"], "counts")
        call(lin, "GET", asked, expect=403)

    def test_the_same_key_counts_once(self, world: World) -> None:
        headers = {"Visitor-Key": VISITOR}
        first = call(None, "POST", "/clicks", self.body(world), key="once", headers=headers)
        assert call(None, "POST", "/clicks", self.body(world), key="once", headers=headers) == first
        assert Click.objects.count() == 1

    @pytest.mark.parametrize("key", ["", "short", "<script>alert(1)</script>", "x" * 101])
    def test_needs_a_visitor_key(self, world: World, key: str) -> None:
        call(None, "POST", "/clicks", self.body(world), expect=401, headers={"Visitor-Key": key})
        assert not Click.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "expect"),
        [
            ({"entrance": "<b>"}, 422),
            ({"entrance": ""}, 422),
            ({"creator_id": 2**62}, 422),
            ({"product_id": 2**62}, 404),
            ({"shop_id": 2**62}, 404),
            ({"viewer_id": 1}, 422),
        ],
    )
    def test_refuses_bad_input(self, world: World, wrong: dict[str, Any], expect: int) -> None:
        call(None, "POST", "/clicks", self.body(world, **wrong), expect=expect, headers={"Visitor-Key": VISITOR})
        assert not Click.objects.exists()


class TestEarnings:
    def enter(self, role: str, party_id: int) -> int:
        return Earning.objects.create(
            role=role,
            party_id=party_id,
            order_id=1,
            order_line_id=2,
            product_id=3,
            shop_id=4,
            plan_id=5,
            base_fen=100_00,
            rate_bp=2_000,
            state="paid",
            estimated_fen=18_00,
            reason="order_paid",
            paid_at=NOW,
            moved_at=NOW,
        ).pk

    def test_a_creator_sees_their_own(self, world: World) -> None:
        earning_id = self.enter("creator", world.mei)
        (seen,) = call(world.mei, "GET", "/me/earnings")["items"]
        assert (seen["id"], seen["state"], seen["state_number"], seen["estimated_fen"], seen["currency"]) == (
            earning_id,
            "paid",
            30,
            18_00,
            "CNY",
        )
        assert call(world.mei, "GET", "/me/earnings/sums") == {
            "lines": 1,
            "estimated_fen": 18_00,
            "settled_fen": 0,
            "currency": "CNY",
        }
        assert call(world.mei, "GET", f"/me/earnings/{earning_id}/moves") == []
        assert call(world.mei, "GET", "/me/earnings?role=leader")["items"] == []
        call(world.tan, "GET", f"/me/earnings/{earning_id}/moves", expect=404)
        assert call(world.tan, "GET", "/me/earnings")["items"] == []

    def test_an_agency_sees_its_part(self, world: World) -> None:
        agency_id = people.open_agency(actor=person(world.tan), name="Bright Stars", now=NOW).id
        self.enter("agency", agency_id)
        (seen,) = call(world.tan, "GET", f"/agencies/{agency_id}/earnings")["items"]
        assert seen["role"] == "agency"
        call(world.mei, "GET", f"/agencies/{agency_id}/earnings", expect=404)


def test_every_write_is_idempotent() -> None:
    writes = [
        operation
        for view in router.path_operations.values()
        for operation in view.operations
        if operation.methods != ["GET"]
    ]
    assert len(writes) == 9
    assert all(hasattr(operation.view_func, "is_idempotent_write") for operation in writes)
