"""Webhooks through HTTP: who may look after whose, and a message's way from an order to a real receiver."""

import json
from itertools import count
from queue import Empty
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django import app
from standardwebhooks.webhooks import Webhook

from laotie.core.actor import person
from laotie.core.tests.receiver import Received, Receiver, receiver
from laotie.events.models import WebhookEndpoint, WebhookSecret
from laotie.events.webhooks.jobs import QUEUE
from laotie.main import worker
from laotie.people import operations as people
from laotie.people.contracts import AccountView
from laotie.people.models import Account
from laotie.people.tests.makers import NOW, SixPeople, make_six
from tests.journeys.http import Caller
from tests.market import LiveMarket, live_market

URL = "https://hooks.example.com/laotie"
WAIT_SECONDS = 90

_keys = count(1)


@pytest.fixture
def six(transactional_db: None) -> SixPeople:  # noqa: ARG001
    """Return the six people and Tan's shop; Bo works there, but lets nobody in."""
    return make_six(bo_permissions=("orders", "catalog"))


def call(who: AccountView | None, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the API in somebody's session."""
    client = Client(headers={"Idempotency-Key": f"webhook-{next(_keys)}", "Accept-Language": "en"})
    if who is not None:
        client.force_login(Account.objects.get(pk=who.id))
    answer = client.generic(
        method.upper(), f"/api/v1/webhooks{path}", json.dumps(body or {}), content_type="application/json"
    )
    return answer.status_code, json.loads(answer.content) if answer.content else None


def add(who: AccountView, owner: str, event: str) -> tuple[int, Any]:
    """Add an endpoint."""
    return call(who, "post", "", {"owner": owner, "url": URL, "events": [event]})


class TestWhoMay:
    @pytest.mark.parametrize(
        ("name", "status"), [("lin", 404), ("mei", 404), ("tan", 201), ("bo", 404), ("guo", 404), ("shen", 201)]
    )
    def test_a_shops_are_its_owners_and_operators_business(self, six: SixPeople, name: str, status: int) -> None:
        found, _ = add(getattr(six, name), f"shop:{six.shop.id}", "orders.order_placed.v1")
        assert (found, WebhookEndpoint.objects.count()) == (status, int(status == 201))

    @pytest.mark.parametrize(
        ("name", "status"), [("lin", 403), ("mei", 403), ("tan", 403), ("bo", 403), ("guo", 403), ("shen", 201)]
    )
    def test_the_platforms_are_operators_business(self, six: SixPeople, name: str, status: int) -> None:
        found, _ = add(getattr(six, name), "platform", "catalog.stock_received.v1")
        assert (found, WebhookEndpoint.objects.count()) == (status, int(status == 201))

    def test_a_strangers_is_answered_as_a_missing_one_at_every_address(self, six: SixPeople) -> None:
        _, made = add(six.lin, "me", "orders.order_placed.v1")
        mine = made["endpoint"]["id"]
        _, sent = call(six.lin, "post", f"/{mine}/test")
        before = WebhookEndpoint.objects.values().get()
        addresses = [
            ("get", ""),
            ("patch", ""),
            ("delete", ""),
            ("post", "/secret"),
            ("post", "/test"),
            ("get", "/messages"),
            ("get", f"/messages/{sent['id']}"),
            ("post", f"/messages/{sent['id']}/resend"),
        ]
        for method, path in addresses:
            for who in (six.guo, six.tan, six.shen):
                assert call(who, method, f"/{mine}{path}") == call(who, method, f"/99999999{path}")
                assert call(who, method, f"/{mine}{path}")[0] == 404
        assert WebhookEndpoint.objects.values().get() == before
        assert call(six.lin, "get", f"/{mine}")[0] == 200

    def test_a_token_makes_no_endpoint_that_would_outlive_it(self, six: SixPeople) -> None:
        caller = Caller(six.tan.id)
        body = {"owner": "me", "url": URL, "events": ["orders.order_placed.v1"]}
        assert caller.post("/webhooks", body)[0] == 403
        assert caller.get("/webhooks")[0] == 403
        assert WebhookEndpoint.objects.count() == 0

    def test_who_is_not_signed_in_is_asked_to(self, six: SixPeople) -> None:  # noqa: ARG002
        assert call(None, "get", "")[0] == 401


def test_who_is_shut_out_hears_nothing_more(six: SixPeople) -> None:
    _, made = add(six.lin, "me", "orders.order_placed.v1")
    people.block_account(actor=person(six.shen.id), account_id=six.lin.id, reason="刷单", now=NOW)
    assert WebhookEndpoint.objects.get(pk=made["endpoint"]["id"]).disabled_reason == "owner"


class TestAnEndpointsLife:
    def test_is_made_changed_rotated_tested_and_removed(self, six: SixPeople) -> None:
        owner = f"shop:{six.shop.id}"
        names = call(six.tan, "get", f"/events?owner={owner}")[1]["events"]
        assert "orders.order_paid.v1" in names
        assert "catalog.stock_received.v1" not in names
        _, made = add(six.tan, owner, "orders.order_placed.v1")
        path = f"/{made['endpoint']['id']}"
        assert made["secret"] == WebhookSecret.objects.get().secret
        status, changed = call(
            six.tan, "patch", path, {"events": ["orders.order_paid.v1"], "description": " ERP "}
        )
        assert (status, changed["events"], changed["description"]) == (200, ["orders.order_paid.v1"], "ERP")
        assert call(six.tan, "patch", path, {"is_on": False})[1]["disabled_reason"] == "owner"
        refused = call(six.tan, "post", f"{path}/test")
        assert (refused[0], refused[1]["code"]) == (409, "events.webhook_is_disabled")
        assert call(six.tan, "patch", path, {"is_on": True})[1]["disabled_at"] is None
        rotated = call(six.tan, "post", f"{path}/secret", {"overlap_hours": 48})[1]
        assert rotated["secret"] != made["secret"]
        assert len(rotated["endpoint"]["signs_until"]) == 1
        sent = call(six.tan, "post", f"{path}/test")[1]
        assert [row["id"] for row in call(six.tan, "get", f"{path}/messages")[1]["items"]] == [sent["id"]]
        detail = call(six.tan, "get", f"{path}/messages/{sent['id']}")[1]
        assert json.loads(detail["body"])["type"] == "events.webhook_test.v1"
        again = call(six.tan, "post", f"{path}/messages/{sent['id']}/resend")
        assert (again[0], again[1]["code"]) == (409, "core.illegal_move")
        assert "secret" not in json.dumps(call(six.tan, "get", f"?owner={owner}")[1])
        assert call(six.tan, "delete", path)[0] == 204
        assert call(six.tan, "get", f"?owner={owner}") == (200, [])

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"url": "https://127.0.0.1/"}, "url"),
            ({"url": "http://hooks.example.com/"}, "url"),
            ({"events": ["orders.nothing.v1"]}, "events"),
            ({"owner": "agency:3"}, "body.owner"),
            ({"events": []}, "body.events"),
        ],
    )
    def test_bad_input_names_its_field_and_changes_nothing(
        self, six: SixPeople, change: dict[str, Any], field: str
    ) -> None:
        body = {"owner": "me", "url": URL, "events": ["orders.order_placed.v1"], **change}
        status, problem = call(six.lin, "post", "", body)
        assert status == 422
        assert problem["field"].removeprefix("body.") == field.removeprefix("body.")
        assert WebhookEndpoint.objects.count() == 0


def test_every_task_is_in_a_queue_that_a_worker_serves() -> None:
    served = {*worker.OWN_QUEUES, QUEUE}
    assert {name: task.queue for name, task in app.tasks.items() if task.queue not in served} == {}


SEED = """
import json
from laotie.people.tests.makers import make_shop
print(json.dumps({"shop": make_shop().id}))
"""

ADD = """
import json
from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.events.webhooks.operations import add_endpoint
secret, view = add_endpoint(
    actor=person(1), owner="shop:{shop}", url="{url}", events=["people.shop_suspended.v1"], now=utc_now()
)
print(json.dumps(secret))
"""

SUSPEND = """
from laotie.core.actor import system
from laotie.core.clock import utc_now
from laotie.people.operations import suspend_shop
suspend_shop(actor=system("tests"), shop_id={shop}, reason="测试", now=utc_now())
"""


def arrival(found: Receiver, market: LiveMarket) -> Received:
    """Wait for a message, and mend the worker meanwhile as the supervisor does."""
    for _ in range(WAIT_SECONDS // 5):
        try:
            return found.arrivals.get(timeout=5)
        except Empty:
            market.mend_worker()
    raise AssertionError("nothing arrived: " + market.log("worker"))


def test_what_happens_reaches_a_receiver_through_the_real_worker_and_is_retried() -> None:
    with receiver() as found, live_market(seed=SEED) as (market, seeded):
        market.variables = {"LAOTIE_WEBHOOKS_ALLOW_PRIVATE": "true"}
        secret = market.python(ADD.format(shop=seeded["shop"], url=found.url))
        found.status = 503
        market.start_worker()
        market.python(SUSPEND.format(shop=seeded["shop"]))
        first = arrival(found, market)
        found.status = 200
        again = arrival(found, market)
        assert Webhook(secret).verify(again.body, again.headers)["data"] == {"shop_id": seeded["shop"]}
        assert first.headers["webhook-id"] == again.headers["webhook-id"]
