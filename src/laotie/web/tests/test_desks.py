"""The desks: who may open and do what, forms that act once, bad input, as many queries for 20 rows as for 1."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from laotie.core import rules as rulebook
from laotie.core.audit_log import list_actions
from laotie.core.clock import utc_now
from laotie.core.models import PersonalAccess
from laotie.orders.contracts import AfterSaleState, OrderState
from laotie.orders.models import AfterSale, Order
from laotie.orders.tests.makers import buy, click
from laotie.people.contracts import SHOP_PERMISSIONS
from laotie.people.models import Account, Shop
from laotie.web.tests.desk_makers import DeskMarket, client_of, deliver, make_desk_market

pytestmark = pytest.mark.django_db

SIX = ("lin", "mei", "tan", "bo", "guo", "shen")

# Address, and the permission staff need for it ("" for any).
SHOP_PAGES = {
    "": "",
    "orders": "orders",
    "orders?state=paid": "orders",
    "orders?number=1": "orders",
    "orders/ship-file": "orders",
    "orders/{paid}": "orders",
    "orders/{shipped}": "orders",
    "orders/{settled}": "orders",
    "orders/{settled}/settlement": "money",
    "orders/{paid}/settlement": "money",
    "after-sale": "refunds",
    "after-sale?state=done": "refunds",
    "after-sale/{case}": "refunds",
    "products": "catalog",
    "products?state=off": "catalog",
    "products/{product}": "catalog",
    "plans": "alliance",
    "plans/new": "alliance",
    "plans/new?kind=recruit_exclusive": "alliance",
    "money": "money",
    "staff": "staff",
}
SHOP_ACTIONS = {
    "orders/ship": "orders",
    "orders/ship-file": "orders",
    "orders/to-ship": "orders",
    "orders/{paid}/ship": "orders",
    "orders/{paid}/refund": "refunds",
    "after-sale/{case}/agree": "refunds",
    "after-sale/{case}/refuse": "refunds",
    "after-sale/{case}/missed": "refunds",
    "after-sale/{case}/confirm": "refunds",
    "after-sale/{case}/evidence": "refunds",
    "after-sale/{case}/appeal": "refunds",
    "after-sale/address": "refunds",
    "products/{product}/on": "catalog",
    "products/{product}/off": "catalog",
    "products/{product}/skus/{sku}/price": "catalog",
    "products/{product}/skus/{sku}/receive": "catalog",
    "products/{product}/skus/{sku}/adjust": "catalog",
    "plans/new": "alliance",
    "plans/{plan}/close": "alliance",
    "plans/{plan}/step": "alliance",
    "plans/{plan}/step/drop": "alliance",
    "staff/add": "staff",
}
CREATOR_PAGES = (
    "creator/",
    "creator/?state=settled",
    "creator/earnings/{earning}",
    "creator/money",
    "creator/showcase",
    "creator/selection",
    "creator/selection?order=highest_rate&least_rate_bp=1",
)
OPERATOR_PAGES = (
    "operator/",
    "operator/rules/versions",
    "operator/rules/publish",
    "operator/audit",
    "operator/shops",
    "operator/shops?text=x",
    "operator/accounts",
    "operator/accounts?state=blocked",
    "operator/money",
)
OPERATOR_ACTIONS = (
    "operator/rules/publish",
    "operator/shops/{shop}/suspend",
    "operator/shops/{shop}/reinstate",
    "operator/accounts/{guo}/block",
    "operator/accounts/{guo}/reinstate",
)


def at(desks: DeskMarket, address: str) -> str:
    return "/desk/" + address.format(
        shop=desks.shop_id,
        paid=desks.paid.id,
        shipped=desks.shipped.id,
        settled=desks.settled.id,
        case=desks.case.id,
        product=desks.product_id,
        sku=desks.market.sku_id,
        plan=desks.plan.id,
        earning=desks.earning_id,
        guo=desks.people["guo"].id,
        agency=desks.agency.id,
    )


def in_shop(desks: DeskMarket, address: str) -> str:
    return at(desks, f"shops/{{shop}}/{address}")


def test_every_page_of_a_shop_opens_to_owner_staff_and_operator_only() -> None:
    desks = make_desk_market()
    browsers = {name: desks.client(name) for name in SIX}
    for address in SHOP_PAGES:
        answers = {name: browsers[name].get(in_shop(desks, address)).status_code for name in SIX}
        inside = {"tan": 200, "bo": 200, "shen": 200}
        assert answers == {"lin": 404, "mei": 404, "guo": 404, **inside}, address


@pytest.mark.parametrize("missing", SHOP_PERMISSIONS)
def test_staff_without_a_permission_see_and_do_nothing_that_needs_it(missing: str) -> None:
    desks = make_desk_market(bo_permissions=frozenset(SHOP_PERMISSIONS) - {missing})
    bo = desks.client("bo")
    for address, permission in SHOP_PAGES.items():
        wanted = 404 if permission == missing else 200
        assert bo.get(in_shop(desks, address)).status_code == wanted, address
    for address, permission in SHOP_ACTIONS.items():
        if permission == missing:
            assert bo.post(in_shop(desks, address)).status_code == 404, address
    home = bo.get(in_shop(desks, "")).content.decode()
    part = {"catalog": "products", "alliance": "plans"}.get(missing, missing)
    assert f'href="/desk/shops/{desks.shop_id}/{part}"' not in home


def test_no_stranger_does_anything_in_a_shop() -> None:
    desks = make_desk_market()
    for name in ("lin", "mei", "guo"):
        browser = desks.client(name)
        for address in SHOP_ACTIONS:
            assert browser.post(in_shop(desks, address)).status_code == 404, address
    order = Order.objects.get(pk=desks.paid.id)
    assert order.state == OrderState.PAID


def test_creator_pages_open_to_creators_only() -> None:
    desks = make_desk_market()
    for name in SIX:
        browser = desks.client(name)
        for address in CREATOR_PAGES:
            assert browser.get(at(desks, address)).status_code == (200 if name == "mei" else 403), address
        for action in ("add", "remove", "move"):
            if name != "mei":
                answer = browser.post(at(desks, f"creator/showcase/{{product}}/{action}"))
                assert answer.status_code == 403


def test_operator_pages_open_to_operators_only() -> None:
    desks = make_desk_market()
    for name in SIX:
        browser = desks.client(name)
        for address in OPERATOR_PAGES:
            assert browser.get(at(desks, address)).status_code == (200 if name == "shen" else 403), address
        if name != "shen":
            for address in OPERATOR_ACTIONS:
                assert browser.post(at(desks, address), {"reason": "x"}).status_code == 403, address
    assert Shop.objects.get(pk=desks.shop_id).state == "open"
    assert Account.objects.get(pk=desks.people["guo"].id).is_active


def test_everybody_signed_in_has_the_choice_of_desks_and_the_leader_page() -> None:
    desks = make_desk_market()
    for name in SIX:
        browser = desks.client(name)
        assert browser.get("/desk/").status_code == 200
        assert browser.get("/desk/leader").status_code == 200
        assert browser.get(at(desks, "agency/{agency}")).status_code == 404
    owner = client_of(desks.agency.owner_id)
    assert owner.get(at(desks, "agency/{agency}")).status_code == 200


def test_a_visitor_is_asked_to_sign_in() -> None:
    desks = make_desk_market()
    visitor = Client()
    for address in ("", "creator/", "operator/", "shops/{shop}/", "shops/{shop}/orders?state=paid"):
        answer = visitor.get(at(desks, address))
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_leaves_a_component_unrendered(language: str) -> None:
    desks = make_desk_market()
    for name, addresses in (
        ("tan", [f"shops/{{shop}}/{page}" for page in SHOP_PAGES]),
        ("mei", CREATOR_PAGES),
        ("shen", OPERATOR_PAGES),
    ):
        browser = desks.client(name)
        for address in addresses:
            written = browser.get(at(desks, address), headers={"Accept-Language": language}).content.decode()
            assert "<c-" not in written, address
            assert "{{" not in written, address
            assert "{%" not in written, address


def test_another_shops_things_are_not_there() -> None:
    desks, other = make_desk_market(), make_desk_market()
    tan = desks.client("tan")
    for address in ("orders/{paid}", "orders/{settled}/settlement", "products/{product}"):
        foreign = at(other, address).removeprefix("/desk/")
        assert tan.get(f"/desk/shops/{desks.shop_id}/{foreign}").status_code == 404
    # Shen may see both shops, but not one shop's order under the other's address.
    foreign = at(other, "orders/{paid}").removeprefix("/desk/")
    assert desks.client("shen").get(f"/desk/shops/{desks.shop_id}/{foreign}").status_code == 404


def test_shipping_an_order_moves_it_and_the_second_time_says_why_not() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    parcel = {"carrier": "顺丰速运", "tracking_number": "SF123"}
    answer = tan.post(in_shop(desks, "orders/{paid}/ship"), parcel, follow=True)
    assert f"Order {desks.paid.id} is shipped." in answer.content.decode()
    assert Order.objects.get(pk=desks.paid.id).state == OrderState.SHIPPED
    again = tan.post(in_shop(desks, "orders/{paid}/ship"), parcel)
    assert again.status_code == 422


def test_shipping_without_a_number_names_the_field_and_changes_nothing() -> None:
    desks = make_desk_market()
    answer = desks.client("tan").post(in_shop(desks, "orders/{paid}/ship"), {"carrier": "中通快递"})
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert Order.objects.get(pk=desks.paid.id).state == OrderState.PAID


def test_shipping_several_ships_those_with_a_number_and_tells_of_the_rest() -> None:
    desks = make_desk_market()
    second = buy(desks.market, now=utc_now() - timedelta(hours=1))
    form = {
        "carrier": "中通快递",
        f"tracking_{desks.paid.id}": "ZT1",
        f"tracking_{second.id}": "",
        f"tracking_{desks.settled.id}": "ZT3",
    }
    written = desks.client("tan").post(in_shop(desks, "orders/ship"), form, follow=True).content.decode()
    assert "1 order is shipped." in written
    assert f"Order {desks.settled.id}: This is not possible any more" in written
    states = {order.pk: order.state for order in Order.objects.all()}
    assert states[desks.paid.id] == OrderState.SHIPPED
    assert states[second.id] == OrderState.PAID


def test_shipping_several_with_absurd_names_or_a_strangers_order_ships_nothing() -> None:
    desks, other = make_desk_market(), make_desk_market()
    tan = desks.client("tan")
    absurd = {"carrier": "中通快递", "tracking_²": "1", "tracking_": "1", f"tracking_{'9' * 40}": "1"}
    assert tan.post(in_shop(desks, "orders/ship"), absurd).status_code == 302
    foreign = {"carrier": "中通快递", f"tracking_{desks.paid.id}": "1", f"tracking_{other.paid.id}": "1"}
    assert tan.post(in_shop(desks, "orders/ship"), foreign).status_code == 404
    assert {Order.objects.get(pk=one.paid.id).state for one in (desks, other)} == {OrderState.PAID}


def test_answering_a_refund() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    assert tan.post(in_shop(desks, "after-sale/{case}/refuse"), {"answer": ""}).status_code == 302
    assert AfterSale.objects.get(pk=desks.case.id).state == AfterSaleState.REQUESTED
    tan.post(in_shop(desks, "after-sale/{case}/refuse"), {"answer": "请先寄回"})
    assert AfterSale.objects.get(pk=desks.case.id).state == AfterSaleState.REFUSED
    written = tan.post(in_shop(desks, "after-sale/{case}/agree"), follow=True).content.decode()
    assert "This is not possible any more" in written


def test_money_given_back_unasked_goes_once_however_often_the_form_is_sent() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    form = {
        "line_id": desks.paid.lines[0].id,
        "goods_fen": "12.34",
        "freight_fen": "0",
        "quantity": "0",
        "reason": "补偿",
        "once": "a" * 43,
    }
    tan.post(in_shop(desks, "orders/{paid}/refund"), form)
    written = tan.post(in_shop(desks, "orders/{paid}/refund"), form, follow=True).content.decode()
    assert "This was already done." in written
    assert Order.objects.get(pk=desks.paid.id).refunded_fen == 1_234
    too_much = {**form, "goods_fen": "99999", "once": "b" * 43}
    tan.post(in_shop(desks, "orders/{paid}/refund"), too_much)
    assert Order.objects.get(pk=desks.paid.id).refunded_fen == 1_234


def test_prices_and_stock_are_set_in_the_trades_units() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    sku = in_shop(desks, "products/{product}/skus/{sku}/")
    tan.post(sku + "price", {"channel": "shelf", "price_fen": "88.80"})
    tan.post(sku + "receive", {"channel": "shelf", "quantity": "7"})
    tan.post(sku + "adjust", {"channel": "shelf", "quantity": "-2", "reason": "破损"})
    written = tan.get(in_shop(desks, "products/{product}")).content.decode()
    assert "¥88.80" in written
    assert ">10002<" in written  # 10,000 − 3 sold + 7 − 2
    for bad in ({"price_fen": "-1"}, {"price_fen": "1.005"}, {"price_fen": "x"}, {"price_fen": "9" * 40}):
        assert tan.post(sku + "price", {"channel": "shelf", **bad}).status_code == 302
    assert tan.post(sku + "price", {"channel": "moon", "price_fen": "5"}).status_code == 302
    assert "¥88.80" in tan.get(in_shop(desks, "products/{product}")).content.decode()


def test_taking_off_sale_and_putting_back() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    assert "off sale" in tan.post(in_shop(desks, "products/{product}/off"), follow=True).content.decode()
    refused = tan.post(in_shop(desks, "products/{product}/off"), follow=True).content.decode()
    assert "This is not possible any more" in refused
    assert "is on sale" in tan.post(in_shop(desks, "products/{product}/on"), follow=True).content.decode()


def test_a_plan_of_each_kind_can_be_opened() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    tan.post(in_shop(desks, "plans/{plan}/close"))
    creators, leader = str(desks.people["mei"].id), str(desks.people["guo"].id)
    product = str(desks.product_id)
    recruiting = {"leader_id": leader, "leader_rate_bp": "2"}
    forms = {
        "normal": {"product_id": product},
        "product_targeted": {"product_id": product, "creator_ids": creators},
        "shop_targeted": {"creator_ids": creators},
        "recruit_normal": {"product_id": product, **recruiting},
    }
    for kind, form in forms.items():
        answer = tan.post(in_shop(desks, f"plans/new?kind={kind}"), {"rate_bp": "12.5", **form})
        assert answer.status_code == 302, kind
    exclusive = {"product_id": product, "creator_ids": creators, "rate_bp": "30"}
    refused = tan.post(in_shop(desks, "plans/new?kind=exclusive"), exclusive)
    assert refused.status_code == 422
    assert "exclude each other" in refused.content.decode()


def test_a_plan_outside_the_caps_is_refused_at_its_field() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    tan.post(in_shop(desks, "plans/{plan}/close"))
    form = {"product_id": desks.product_id, "rate_bp": "51"}
    answer = tan.post(in_shop(desks, "plans/new?kind=normal"), form)
    assert answer.status_code == 422
    assert 'id="id_rate_bp_error"' in answer.content.decode()


def test_a_step_is_set_and_dropped() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    tan.post(in_shop(desks, "plans/{plan}/step"), {"threshold": "100", "step_rate_bp": "25"})
    assert "25% after 100 orders" in tan.get(in_shop(desks, "plans")).content.decode()
    tan.post(in_shop(desks, "plans/{plan}/step/drop"))
    assert "after 100 orders" not in tan.get(in_shop(desks, "plans")).content.decode()


def test_a_settlement_names_every_party_and_why() -> None:
    desks = make_desk_market()
    written = desks.client("tan").get(in_shop(desks, "orders/{settled}/settlement")).content.decode()
    # 100 yuan, 20 % commission of which the platform has a tenth, 5 % fee.
    for amount in ("¥18.00", "¥2.00", "¥5.00", "¥75.00"):
        assert amount in written
    assert "20% of the base, less 10% of it for the platform" in written


def test_an_address_is_open_while_there_is_something_to_ship() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    assert "文三路 1 号" in tan.get(in_shop(desks, "orders/{paid}")).content.decode()
    assert "文三路 1 号" not in tan.get(in_shop(desks, "orders/{settled}")).content.decode()


def test_staff_are_added_with_permissions_and_removed() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    guo = desks.people["guo"]
    unknown = tan.post(
        in_shop(desks, "staff/add"), {"email": "no@x.example", "permissions": "orders"}, follow=True
    )
    assert "Nobody has an account" in unknown.content.decode()
    tan.post(in_shop(desks, "staff/add"), {"email": guo.email, "permissions": ["orders"]})
    assert desks.client("guo").get(in_shop(desks, "orders")).status_code == 200
    assert desks.client("guo").get(in_shop(desks, "money")).status_code == 404
    tan.post(in_shop(desks, f"staff/{guo.id}/remove"))
    assert desks.client("guo").get(in_shop(desks, "orders")).status_code == 404


def test_a_creator_sees_each_change_of_an_earning_with_its_reason() -> None:
    desks = make_desk_market()
    mei = desks.client("mei")
    written = mei.get(at(desks, "creator/earnings/{earning}")).content.decode()
    assert "The order is paid." in written
    assert "¥18.00" in written
    assert mei.get("/desk/creator/earnings/999999").status_code == 404
    money = mei.get("/desk/creator/money").content.decode()
    assert "¥18.00" in money


def test_a_creators_link_names_product_and_creator() -> None:
    desks = make_desk_market()
    written = desks.client("mei").get("/desk/creator/showcase").content.decode()
    assert f"/p/{desks.product_id}?c={desks.people['mei'].id}" in written
    desks.client("mei").post(at(desks, "creator/showcase/{product}/remove"))
    assert "Your showcase is empty" in desks.client("mei").get("/desk/creator/showcase").content.decode()


def test_new_rules_are_previewed_and_then_published() -> None:
    desks = make_desk_market()
    shen = desks.client("shen")
    starts = (utc_now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    form = {"valid_from": starts, "note": "双十二", "rule:settle.delay_days": "9"}
    preview = shen.post("/desk/operator/rules/publish", form)
    assert preview.status_code == 200
    assert "9 days" in preview.content.decode()
    assert rulebook.list_versions() == []
    answer = shen.post("/desk/operator/rules/publish", {**form, "confirm": "1"})
    assert answer.status_code == 302
    (version,) = rulebook.list_versions()
    assert (version.values, version.note) == ({"settle.delay_days": 9}, "双十二")
    assert list_actions().items[0].action == "rules.publish"
    assert "settle.delay_days" in shen.get("/desk/operator/rules/versions").content.decode()


@pytest.mark.parametrize(
    "bad",
    [
        {"rule:settle.delay_days": "-1"},
        {"rule:settle.delay_days": "nine"},
        {"rule:settle.delay_days": "9" * 400},
        {"rule:settle.delay_days": "[" * 3_000},
        {"rule:fee.schedule_bp": "{"},
        {"rule:fee.schedule_bp": '{"food": 200}'},
        {"rule:fee.schedule_bp": '{"general": "5"}'},
        {"rule:settle.delay_days": "9", "valid_from": "2020-01-01T00:00"},
        {"rule:settle.delay_days": "9", "valid_from": "soon"},
        {},
    ],
)
def test_rules_that_cannot_be_are_refused_and_nothing_is_published(bad: dict[str, str]) -> None:
    desks = make_desk_market()
    starts = (utc_now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    answer = desks.client("shen").post(
        "/desk/operator/rules/publish", {"valid_from": starts, "confirm": "1", **bad}
    )
    assert answer.status_code == 422
    assert rulebook.list_versions() == []


def test_an_operator_suspends_and_blocks_with_a_reason() -> None:
    desks = make_desk_market()
    shen = desks.client("shen")
    shen.post(at(desks, "operator/shops/{shop}/suspend"), {"reason": ""})
    assert Shop.objects.get(pk=desks.shop_id).state == "open"
    shen.post(at(desks, "operator/shops/{shop}/suspend"), {"reason": "售假"})
    assert Shop.objects.get(pk=desks.shop_id).state == "suspended"
    shen.post(at(desks, "operator/accounts/{guo}/block"), {"reason": "刷单"})
    assert not Account.objects.get(pk=desks.people["guo"].id).is_active
    written = shen.get("/desk/operator/audit").content.decode()
    assert "售假" in written
    assert "刷单" in written
    shen.post(at(desks, "operator/accounts/{guo}/reinstate"), {"reason": "申诉成立"})
    assert Account.objects.get(pk=desks.people["guo"].id).is_active


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "0" * 600])
def test_a_forged_cursor_leads_back_to_the_start(cursor: str) -> None:
    desks = make_desk_market()
    for name, address in (("tan", "shops/{shop}/orders"), ("mei", "creator/"), ("shen", "operator/audit")):
        answer = desks.client(name).get(at(desks, address), {"cursor": cursor})
        assert answer.status_code == 302


def test_numbers_too_long_for_a_row_are_not_there() -> None:
    desks = make_desk_market()
    tan = desks.client("tan")
    assert tan.get(f"/desk/shops/{10**18 - 1}/").status_code == 404
    assert tan.get(f"/desk/shops/{10**30}/").status_code == 404
    assert tan.get(in_shop(desks, f"orders/{10**18 - 1}")).status_code == 404
    assert tan.get(in_shop(desks, "orders"), {"number": "9" * 50}).status_code == 200


def test_markup_in_names_and_reasons_stays_text() -> None:
    desks = make_desk_market()
    Shop.objects.filter(pk=desks.shop_id).update(name="<script>alert(1)</script>")
    AfterSale.objects.filter(pk=desks.case.id).update(reason="<img src=x onerror=alert(1)>")
    tan = desks.client("tan")
    for address in SHOP_PAGES:
        written = tan.get(in_shop(desks, address)).content.decode()
        assert "<script>alert" not in written
        assert "<img src=x" not in written


def test_lists_ask_as_many_questions_for_twenty_rows_as_for_one() -> None:
    desks = make_desk_market()
    pages = [
        ("tan", in_shop(desks, "")),
        ("tan", in_shop(desks, "orders")),
        ("tan", in_shop(desks, "orders?state=paid")),
        ("tan", in_shop(desks, "money")),
        ("tan", in_shop(desks, "products")),
        ("mei", at(desks, "creator/")),
        ("mei", at(desks, "creator/money")),
        ("shen", at(desks, "operator/accounts")),
    ]
    browsers = {name: desks.client(name) for name in ("tan", "mei", "shen")}

    def counted() -> dict[str, int]:
        found = {}
        for name, address in pages:
            browsers[name].get(address)  # rules and content types are read once per process
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert browsers[name].get(address).status_code == 200
            found[address] = len(queries)
        return found

    one = counted()
    now = utc_now()
    for number in range(10):
        click(desks.market, now=now - timedelta(hours=1))
        buy(desks.market, now=now - timedelta(minutes=30 - number))
    deliver()
    assert counted() == one


class TestShippingByFile:
    def send(self, desks: DeskMarket, content: bytes) -> str:
        """Send a file and return the page."""
        file = SimpleUploadedFile("list.csv", content)
        return desks.client("tan").post(in_shop(desks, "orders/ship-file"), {"file": file}).content.decode()

    def test_what_is_to_ship_goes_out_and_comes_back(self) -> None:
        desks = make_desk_market()
        answer = desks.client("tan").post(in_shop(desks, "orders/to-ship"))
        header, row = answer.content.decode("utf-8-sig").splitlines()
        assert header == "order_number,recipient,phone,address,goods,carrier,tracking_number"
        assert row.startswith(f"{desks.paid.id},林晓,13800005678,浙江省 杭州市 西湖区 文三路 1 号,")
        assert PersonalAccess.objects.filter(subject=f"shop:{desks.shop_id}:to_ship").count() == 1
        filled = f"{header}\n{row[:-2]},顺丰速运,SF900\n"
        assert "1 order is shipped" in self.send(desks, filled.encode("gb18030"))
        assert Order.objects.get(pk=desks.paid.id).state == OrderState.SHIPPED

    def test_a_wrong_line_does_not_hold_up_the_others(self) -> None:
        desks, other = make_desk_market(), make_desk_market()
        lines = (
            f"{other.paid.id},顺丰速运,SF1",  # another shop's
            "abc,顺丰速运,SF1",
            f"{desks.paid.id},=cmd(),SF1",
            f"{desks.paid.id},顺丰速运,1.23E+14",
            f"{desks.paid.id},顺丰速运,",
            f"{desks.shipped.id},顺丰速运,SF1",
            f"{desks.paid.id},顺丰速运,SF901",
            f"{desks.paid.id},顺丰速运,SF902",  # twice
            "7,,",
        )
        page = self.send(desks, "\n".join(("order_number,carrier,tracking_number", *lines)).encode())
        assert "1 order is shipped" in page
        assert "7 lines were not" in page
        assert Order.objects.get(pk=other.paid.id).state == OrderState.PAID

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe\xff",
            b"number;carrier\n1;2\n",
            b"x" * 1_000_001,
            b"order_number,carrier,tracking_number\n" + b"1,a,b\n" * 501,
        ],
    )
    def test_files_that_are_none(self, content: bytes) -> None:
        desks = make_desk_market()
        assert "orders are shipped" not in self.send(desks, content)
        assert Order.objects.get(pk=desks.paid.id).state == OrderState.PAID
