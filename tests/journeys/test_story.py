"""The whole story through HTTP: a creator's link, an order, its money, a refund; every account follows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from laotie.catalog.tests.makers import make_product
from laotie.core import clock
from laotie.core.actor import person
from laotie.events.delivery import deliver_all
from laotie.main.audit import audit_everything
from laotie.main.subscriptions import SUBSCRIPTIONS
from laotie.orders import operations
from laotie.orders.contracts import BasketLine
from laotie.orders.jobs import carry_out_refunds
from laotie.orders.models import Order
from laotie.orders.payments.sandbox import sign_notice
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_address, make_six
from tests.journeys.http import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def pay(payment: dict[str, object]) -> dict[str, object]:
    """Send the sandbox's signed callback, as its provider would."""
    body, headers = sign_notice(
        number=str(payment["number"]),
        notice_id=f"{payment['number']}-paid",
        is_paid=True,
        amount_fen=int(str(payment["amount_fen"])),
        currency=str(payment["currency"]),
        sent_at=clock.utc_now(),
    )
    answer = Client().post(
        "/api/v1/payments/sandbox/notices", body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.content
    effect: dict[str, object] = answer.json()
    return effect


def test_every_account_follows_an_order_from_the_link_to_the_refund() -> None:
    market = makers.make_market(price_fen=10_000)
    makers.open_plan(market, rate_bp=2_000)
    lin, mei, tan = (Caller(account.id) for account in (market.lin, market.mei, market.tan))
    address = make_address(owner=market.lin)
    now = clock.utc_now()
    makers.click(market, now=now)

    status, checkout = lin.post(
        "/orders",
        {
            "lines": [{"sku_id": market.sku_id, "quantity": 1}],
            "address_id": address.id,
            "expected_fen": 10_000,
        },
    )
    assert status == 201
    (order_id,) = checkout["order_ids"]
    assert pay(checkout["payment"]) == {"effect": "paid"}
    deliver_all(SUBSCRIPTIONS, now=now)
    assert mei.get("/me/earnings")[1]["items"][0]["state"] == "paid"

    parcels = {"parcels": [{"carrier": "顺丰速运", "tracking_number": "SF1"}]}
    assert tan.post(f"/shop-orders/{order_id}/shipment", parcels)[0] == 200
    assert lin.post(f"/orders/{order_id}/receipt")[0] == 200
    assert tan.get(f"/shops/{market.shop.id}/balance")[1]["balance_fen"] == 0

    due_at = Order.objects.get(pk=order_id).settle_at
    assert due_at is not None
    assert operations.settle_due_orders(now=due_at) == 1
    deliver_all(SUBSCRIPTIONS, now=due_at)
    assert tan.get(f"/shops/{market.shop.id}/balance")[1]["balance_fen"] == 75_00
    commission = mei.get("/me/commission/balance")[1]
    assert (commission["balance_fen"], commission["held_fen"], commission["available_fen"]) == (18_00, 90, 17_10)
    assert mei.get("/me/earnings")[1]["items"][0]["state"] == "settled"

    line_id = lin.get(f"/orders/{order_id}")[1]["order"]["lines"][0]["id"]
    status, refund = lin.post(
        f"/orders/{order_id}/after-sales", {"line_id": line_id, "goods_fen": 50_00, "reason": "有瑕疵"}
    )
    assert (status, refund["state"]) == (201, "requested")
    assert tan.post(f"/after-sales/{refund['id']}/agreement")[1]["state"] == "refunding"
    assert carry_out_refunds() == 1
    assert lin.get(f"/orders/{order_id}")[1]["refunds"][0]["state"] == "succeeded"
    assert tan.get(f"/shops/{market.shop.id}/balance")[1]["balance_fen"] == 37_50
    commission = mei.get("/me/commission/balance")[1]
    assert (commission["balance_fen"], commission["held_fen"]) == (9_00, 0)
    assert list(audit_everything()) == []


def test_the_same_write_twice_gives_the_first_answer_and_one_order() -> None:
    market = makers.make_market()
    lin = Caller(market.lin.id)
    address = make_address(owner=market.lin)
    body = {"lines": [{"sku_id": market.sku_id, "quantity": 2}], "address_id": address.id}
    first = lin.post("/orders", body, key="one")
    assert lin.post("/orders", body, key="one") == first
    assert Order.objects.count() == 1
    status, problem = lin.post("/orders", {**body, "lines": [{"sku_id": market.sku_id, "quantity": 3}]}, key="one")
    assert (status, problem["code"], problem["field"]) == (409, "core.key_reused", "Idempotency-Key")
    assert Order.objects.count() == 1


class TestWhoMay:
    """The six people at one order of Tan's shop, bought by Lin."""

    @pytest.mark.parametrize(
        ("who", "as_buyer", "as_shop", "money"),
        [
            ("lin", 200, 404, 404),
            ("mei", 404, 404, 404),
            ("tan", 404, 200, 200),
            ("bo", 404, 200, 404),
            ("guo", 404, 404, 404),
            ("shen", 404, 200, 200),
        ],
    )
    def test_reads(self, who: str, as_buyer: int, as_shop: int, money: int) -> None:
        six = make_six(bo_permissions=frozenset({"orders"}))
        product = make_product(shop_id=six.shop.id, now=makers.LONG_AGO)
        checkout = operations.place_order(
            buyer=person(six.lin.id),
            lines=[BasketLine(product.skus[0].id, 1)],
            destination=makers.HOME,
            now=clock.utc_now() - timedelta(minutes=1),
        )
        (order_id,) = checkout.order_ids
        caller = Caller(getattr(six, who).id)
        assert caller.get(f"/orders/{order_id}")[0] == as_buyer
        assert caller.get(f"/shop-orders/{order_id}")[0] == as_shop
        assert caller.get(f"/shops/{six.shop.id}/orders")[0] == as_shop
        assert caller.get(f"/shops/{six.shop.id}/balance")[0] == money
        assert caller.post(f"/orders/{order_id}/cancel", {"reason": "不想要了"})[0] == as_buyer

    def test_nobody_without_a_credential(self) -> None:
        for path in ("/orders", "/cart", "/me/commission/balance"):
            assert Caller(None).get(path)[0] == 401
        assert Caller(None).post("/orders", {})[0] == 401


def test_lists_cost_the_same_with_one_order_and_with_twenty() -> None:
    market = makers.make_market()
    lin = Caller(market.lin.id)
    counts = []
    for more in (1, 19):
        for _ in range(more):
            makers.place(market)
        with CaptureQueriesContext(connection) as captured:
            status, page = lin.get("/orders", limit=50)
        assert status == 200
        counts.append((len(page["items"]), len(captured)))
    assert [items for items, _ in counts] == [1, 20]
    assert counts[0][1] == counts[1][1]


def test_a_token_that_is_none_is_refused_the_same_way_through_granians_application() -> None:
    from laotie.main.wsgi import application  # noqa: PLC0415 - sets Django up a second time, harmlessly

    answers: list[str] = []
    for method in ("GET", "POST"):
        environ = {
            **RequestFactory()._base_environ(),  # type: ignore[attr-defined]
            "REQUEST_METHOD": method,
            "PATH_INFO": "/api/v1/orders",
            "HTTP_AUTHORIZATION": "Bearer nonsense",
        }
        application(environ, lambda status, _headers: answers.append(status))
    assert answers == ["401 Unauthorized", "401 Unauthorized"]
