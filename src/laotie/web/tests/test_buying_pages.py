"""Cart, checkout, paying, orders, refunds and addresses: their owner, strangers, visitors, bad input."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http.response import HttpResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from laotie.catalog import operations as catalog
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.orders import operations, queries
from laotie.orders.contracts import AfterSaleState, OrderState
from laotie.orders.models import AfterSale, CartItem, Order, Refund
from laotie.orders.tests import makers
from laotie.orders.tests.makers import LONG_AGO, Market, make_market
from laotie.people import operations as people
from laotie.people import queries as people_queries
from laotie.people.tests.makers import make_person

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-CN"}
ADDRESS: dict[str, Any] = {
    "recipient": "林晓",
    "phone": "13800005678",
    "region": "浙江省 杭州市 西湖区",
    "street": "文三路 1 号",
    "postcode": "310000",
}
MINE = [
    "/checkout",
    "/pay/sandbox/{number}",
    "/pay/{number}",
    "/orders",
    "/orders/{order}",
    "/orders/{order}/after-sale/{line}",
    "/me/addresses",
    "/me/addresses/add",
    "/me/addresses/{address}",
    "/me/following",
]
STRANGERS_404 = [address for address in MINE if "{" in address]


@pytest.fixture
def market() -> Market:
    return make_market(price_fen=10_000, stock=5, freight_fen=800)


@pytest.fixture
def lin(client: Client, market: Market) -> Client:
    return signed_in(client, market.lin.id)


def signed_in(client: Client, account_id: int) -> Client:
    client.force_login(get_user_model().objects.get(pk=account_id))
    return client


def add_address(market: Market) -> int:
    return people.add_address(actor=market.buyer, **ADDRESS, now=LONG_AGO).id


def fill_cart(market: Market, *, quantity: int = 1) -> int:
    return operations.put_in_cart(actor=market.buyer, sku_id=market.sku_id, quantity=quantity, now=utc_now())


def form_of(answer: HttpResponseBase, **changes: str) -> dict[str, object]:
    """Return what the checkout's form would send."""
    assert isinstance(answer, HttpResponse)
    shown = answer.content.decode()
    found: dict[str, list[str]] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', shown):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name
        assert value
        found.setdefault(name[1], []).append(value[1])
    picked = re.search(r'name="address" value="(\d+)" required checked', shown)
    if picked:
        found["address"] = [picked[1]]
    return {**found, **changes}


def known(market: Market) -> dict[str, object]:
    checkout = makers.place(market, now=utc_now())
    (order_id,) = checkout.order_ids
    order = makers.order(market, order_id)
    return {
        "number": checkout.payment.number,
        "order": order_id,
        "line": order.lines[0].id,
        "address": add_address(market),
    }


@pytest.mark.parametrize("address", MINE)
def test_its_owner_opens_a_page_in_both_languages(lin: Client, market: Market, address: str) -> None:
    address = address.format(**known(market))
    assert lin.get(address).status_code == 200
    assert "<c-" not in lin.get(address, headers=ENGLISH).content.decode()


@pytest.mark.parametrize("address", STRANGERS_404)
def test_a_stranger_learns_nothing(client: Client, market: Market, address: str) -> None:
    address = address.format(**known(market))
    guo = make_person(name="郭敏", now=LONG_AGO)
    assert signed_in(client, guo.id).get(address).status_code == 404


@pytest.mark.parametrize("address", MINE)
def test_a_visitor_signs_in_first(client: Client, market: Market, address: str) -> None:
    address = address.format(**known(market))
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=%2F")


@pytest.mark.parametrize("verb", ["cancel", "receipt", "pay"])
def test_a_stranger_changes_nothing(client: Client, market: Market, verb: str) -> None:
    order_id = known(market)["order"]
    guo = make_person(name="郭敏", now=LONG_AGO)
    assert signed_in(client, guo.id).post(f"/orders/{order_id}/{verb}").status_code == 404
    assert Order.objects.get().state == OrderState.PLACED


def test_a_visitor_who_adds_to_the_cart_comes_back_to_the_product(client: Client, market: Market) -> None:
    page = f"/p/{market.product.id}"
    answer = client.post("/cart/add", {"sku": market.sku_id, "next": page})
    assert answer.headers["Location"] == f"/accounts/login/?next=%2Fp%2F{market.product.id}"
    assert CartItem.objects.count() == 0


def test_goods_go_into_the_cart_and_add_up(lin: Client, market: Market) -> None:
    lin.post("/cart/add", {"sku": market.sku_id, "quantity": "2"})
    added = lin.post("/cart/add", {"sku": market.sku_id, "quantity": "1"}, headers={"HX-Request": "true"})
    assert 'id="cart-count-bar" hx-swap-oob="true"' in added.content.decode()
    shown = lin.get("/cart", headers=ENGLISH)
    assert shown.context["payable_fen"] == 30_800
    assert "Buy (3)" in shown.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sku": "0"},
        {"sku": "abc"},
        {"sku": "99999999"},
        {"sku": "9" * 30},
        {"quantity": "0"},
        {"quantity": "-1"},
        {"quantity": "10001"},
        {"quantity": "1.5"},
        {"quantity": ""},
    ],
)
def test_nonsense_is_refused_with_a_notice(lin: Client, market: Market, wrong: dict[str, str]) -> None:
    sent = {"sku": str(market.sku_id), "quantity": "1", **wrong}
    assert lin.post("/cart/add", sent).status_code == 302
    by_htmx = lin.post("/cart/add", sent, headers={"HX-Request": "true"})
    assert (by_htmx.status_code, by_htmx.headers["HX-Retarget"]) == (409, "#messages")
    assert CartItem.objects.count() == 0


def test_the_cart_counts_what_is_chosen(lin: Client, market: Market) -> None:
    item = fill_cart(market, quantity=2)
    assert lin.get("/cart?chosen=1").context["payable_fen"] == 0
    assert lin.get(f"/cart?chosen=1&item={item}").context["payable_fen"] == 20_800
    lin.post(f"/cart/{item}", {"quantity": "1"})
    assert lin.get("/cart").context["payable_fen"] == 10_800
    lin.post(f"/cart/{item}", {"quantity": "0"})
    assert CartItem.objects.count() == 0


def test_more_than_there_is_cannot_be_chosen(lin: Client, market: Market) -> None:
    fill_cart(market, quantity=6)
    shown = lin.get("/cart", headers=ENGLISH)
    assert "Only 5 left" in shown.content.decode()
    assert shown.context["payable_fen"] == 0


def test_what_is_no_longer_sold_is_shown_as_gone(lin: Client, market: Market) -> None:
    fill_cart(market)
    catalog.take_off_sale(actor=market.merchant, product_id=market.product.id, now=utc_now())
    assert "No longer for sale" in lin.get("/cart", headers=ENGLISH).content.decode()


def test_somebody_elses_item_is_a_404(client: Client, market: Market) -> None:
    item = fill_cart(market)
    guo = make_person(name="郭敏", now=LONG_AGO)
    assert signed_in(client, guo.id).post(f"/cart/{item}", {"quantity": "0"}).status_code == 404
    assert CartItem.objects.count() == 1


def test_a_purchase_is_placed_once_however_often_its_form_is_sent(lin: Client, market: Market) -> None:
    add_address(market)
    item = fill_cart(market, quantity=2)
    form = form_of(lin.get(f"/checkout?item={item}"))
    first, second = lin.post("/checkout", form), lin.post("/checkout", form)
    order = Order.objects.get()
    assert (order.payable_fen, order.buyer_id) == (20_800, market.lin.id)
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["Location"].startswith("/pay/sandbox/")
    assert CartItem.objects.count() == 0


def test_the_same_key_with_another_address_places_nothing_more(lin: Client, market: Market) -> None:
    add_address(market)
    other = people.add_address(actor=market.buyer, **{**ADDRESS, "street": "南山路 2 号"}, now=LONG_AGO).id
    form = form_of(lin.get(f"/checkout?sku={market.sku_id}&quantity=1"))
    lin.post("/checkout", form)
    assert lin.post("/checkout", {**form, "address": str(other)}).headers["Location"] == "/orders"
    assert Order.objects.count() == 1


def test_another_price_is_asked_about_again(lin: Client, market: Market) -> None:
    add_address(market)
    form = form_of(lin.get(f"/checkout?sku={market.sku_id}&quantity=1"), expected_fen="9999")
    answer = lin.post("/checkout", form, headers=ENGLISH)
    assert answer.status_code == 409
    assert "changed from ¥99.99 to ¥108.00" in answer.content.decode()
    assert form_of(answer)["expected_fen"] == ["10800"]
    assert Order.objects.count() == 0


def test_goods_that_ran_out_are_named(lin: Client, market: Market) -> None:
    add_address(market)
    form = form_of(lin.get(f"/checkout?sku={market.sku_id}&quantity=2"))
    catalog.adjust_stock(
        actor=market.merchant, sku_id=market.sku_id, quantity=-4, reason="broken", now=utc_now(), channel="shelf"
    )
    answer = lin.post("/checkout", form, headers=ENGLISH)
    assert f"Only 1 left of “{market.product.title}”." in answer.content.decode()
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"address": "99999"}, {"address": ""}, {"address": "x"}, {"key": ""}, {"key": "é" * 20}]
)
def test_a_form_somebody_tampered_with_places_nothing(lin: Client, market: Market, wrong: dict[str, str]) -> None:
    add_address(market)
    form = form_of(lin.get(f"/checkout?sku={market.sku_id}&quantity=1"))
    assert lin.post("/checkout", {**form, **wrong}).status_code == 422
    assert Order.objects.count() == 0


def test_somebody_elses_address_places_nothing(client: Client, market: Market) -> None:
    lins = add_address(market)
    guo = make_person(name="郭敏", now=LONG_AGO)
    people.add_address(actor=person(guo.id), **ADDRESS, now=LONG_AGO)
    form = form_of(signed_in(client, guo.id).get(f"/checkout?sku={market.sku_id}"), address=str(lins))
    assert client.post("/checkout", form).status_code == 422
    assert Order.objects.count() == 0


@pytest.mark.parametrize("asked", ["", "?sku=abc", "?sku=1&quantity=0", "?item=999999", "?sku=1&channel=room:%00"])
def test_a_checkout_of_nothing_says_so(lin: Client, asked: str) -> None:
    answer = lin.get(f"/checkout{asked}", headers=ENGLISH)
    assert answer.status_code < 500
    assert "There is nothing to buy here" in answer.content.decode()


def test_the_sandbox_says_that_no_money_moves_and_schedules_its_notices(lin: Client, market: Market) -> None:
    number = known(market)["number"]
    assert "no real money moves" in lin.get(f"/pay/sandbox/{number}", headers=ENGLISH).content.decode()
    lin.post(f"/pay/sandbox/{number}", {"behaviour": "nonsense"})
    assert jobs() == 0
    answer = lin.post(f"/pay/sandbox/{number}", {"behaviour": "repeat"})
    assert answer.headers["Location"] == f"/pay/{number}"
    assert jobs() == 4


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args->>'number' IS NOT NULL")
        return int(cursor.fetchone()[0])


def test_the_result_waits_and_then_tells(lin: Client, market: Market) -> None:
    checkout = makers.place(market, now=utc_now())
    address = f"/pay/{checkout.payment.number}"
    waiting = lin.get(address, headers=ENGLISH).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert '<meta http-equiv="refresh" content="2">' in waiting
    makers.pay(checkout, now=utc_now())
    paid = lin.get(address, headers=ENGLISH).content.decode()
    assert "The shop has been told" in paid
    assert "every 1s" not in paid


def test_after_a_refusal_one_may_pay_again(lin: Client, market: Market) -> None:
    checkout = makers.place(market, now=utc_now())
    notice = makers.notice_of(checkout.payment.number, is_paid=False, now=utc_now())
    operations.apply_notice(notice=notice, now=utc_now())
    assert "did not go through" in lin.get(f"/pay/{checkout.payment.number}", headers=ENGLISH).content.decode()
    again = lin.post(f"/orders/{checkout.order_ids[0]}/pay").headers["Location"]
    assert again.startswith("/pay/sandbox/")
    assert checkout.payment.number not in again


def test_an_order_is_cancelled_paid_or_not(lin: Client, market: Market) -> None:
    unpaid = makers.place(market, now=utc_now()).order_ids[0]
    paid = makers.buy(market, now=utc_now()).id
    for order_id in (unpaid, paid, paid):
        assert lin.post(f"/orders/{order_id}/cancel").status_code == 302
    assert set(Order.objects.values_list("state", flat=True)) == {"closed"}
    assert Refund.objects.count() == 1


def test_receipt_is_confirmed_once(lin: Client, market: Market) -> None:
    order_id = makers.buy(market, now=utc_now() - timedelta(days=1), until="shipped").id
    for _ in range(2):
        assert lin.post(f"/orders/{order_id}/receipt").status_code == 302
    assert Order.objects.get().state == OrderState.RECEIVED


@pytest.mark.parametrize(
    ("typed", "goods_fen", "freight_fen", "quantity"),
    [
        ({"how_much": "all"}, 20_000, 0, 0),
        ({"how_much": "all", "freight": "1"}, 20_000, 800, 0),
        ({"how_much": "units", "quantity": "1"}, 10_000, 0, 1),
        ({"how_much": "amount", "amount": "¥12.5"}, 1_250, 0, 0),
        ({"how_much": "amount", "amount": "0.01"}, 1, 0, 0),
    ],
)
def test_a_refund_is_asked_for_and_withdrawn(
    lin: Client, market: Market, typed: dict[str, str], goods_fen: int, freight_fen: int, quantity: int
) -> None:
    order = makers.buy(market, quantity=2, now=utc_now())
    address = f"/orders/{order.id}/after-sale/{order.lines[0].id}"
    assert lin.post(address, {**typed, "why": "faulty", "words": "两只都碎了"}).status_code == 302
    case = AfterSale.objects.get()
    assert (case.goods_fen, case.freight_fen, case.quantity) == (goods_fen, freight_fen, quantity)
    assert case.reason == "faulty: 两只都碎了"
    assert "It is broken or faulty: 两只都碎了" in lin.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "商品破损或有质量问题: 两只都碎了" in lin.get(f"/orders/{order.id}", headers=CHINESE).content.decode()
    assert "Waiting for the shop" in lin.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    lin.post(f"/after-sale/{case.pk}/withdraw")
    case.refresh_from_db()
    assert case.state == AfterSaleState.CLOSED


@pytest.mark.parametrize(
    "typed",
    [
        {"how_much": "amount", "amount": ""},
        {"how_much": "amount", "amount": "-5"},
        {"how_much": "amount", "amount": "1e9"},
        {"how_much": "amount", "amount": "1.234"},
        {"how_much": "amount", "amount": "0"},
        {"how_much": "amount", "amount": "200.01"},
        {"how_much": "amount", "amount": "９"},
        {"how_much": "units", "quantity": "3"},
        {"how_much": "amount", "amount": "x"},
        {"how_much": "amount", "amount": "1,2"},
        {"how_much": "all", "why": ""},
        {"how_much": "all", "words": "a" * 5_000},
        {"how_much": "all", "words": "bad\x00"},
    ],
)
def test_a_refund_of_nonsense_is_told_at_the_form(lin: Client, market: Market, typed: dict[str, str]) -> None:
    order = makers.buy(market, quantity=2, now=utc_now())
    address = f"/orders/{order.id}/after-sale/{order.lines[0].id}"
    answer = lin.post(address, {"why": "It is broken", **typed}, headers=ENGLISH)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert AfterSale.objects.count() == 0


def test_an_address_book_is_kept(lin: Client, market: Market) -> None:
    lin.post("/me/addresses/add", ADDRESS)
    lin.post("/me/addresses/add", {**ADDRESS, "street": "南山路 2 号", "is_default": "1"})
    newest, oldest = people_queries.list_addresses(actor=market.buyer)
    assert (newest.street, newest.is_default, oldest.is_default) == ("南山路 2 号", True, False)
    lin.post(f"/me/addresses/{oldest.id}", {**ADDRESS, "recipient": "林 小姐"})
    lin.post(f"/me/addresses/{oldest.id}/default")
    lin.post(f"/me/addresses/{newest.id}/delete")
    (kept,) = people_queries.list_addresses(actor=market.buyer)
    assert (kept.recipient, kept.is_default) == ("林 小姐", True)


def test_a_purchase_goes_on_with_the_address_it_asked_for(lin: Client, market: Market) -> None:
    back = f"/checkout?sku={market.sku_id}&quantity=1&channel=shelf"
    answer = lin.post("/me/addresses/add", {**ADDRESS, "next": back})
    (added,) = people_queries.list_addresses(actor=market.buyer)
    assert answer.headers["Location"] == f"{back}&address={added.id}"
    elsewhere = lin.post("/me/addresses/add", {**ADDRESS, "next": "https://elsewhere.example/"})
    assert elsewhere.headers["Location"] == "/me/addresses"


@pytest.mark.parametrize(
    "wrong", [{"recipient": ""}, {"phone": "abc"}, {"region": "x" * 200}, {"street": "a\x00b"}, {"postcode": "!"}]
)
def test_a_wrong_address_is_told_at_its_field(lin: Client, market: Market, wrong: dict[str, str]) -> None:
    answer = lin.post("/me/addresses/add", {**ADDRESS, **wrong}, headers=ENGLISH)
    assert answer.status_code == 422
    assert f'id="id_{next(iter(wrong))}_error"' in answer.content.decode()
    assert people_queries.list_addresses(actor=market.buyer) == ()


@pytest.mark.parametrize("verb", ["", "/default", "/delete"])
def test_somebody_elses_address_is_a_404(client: Client, market: Market, verb: str) -> None:
    address_id = add_address(market)
    guo = make_person(name="郭敏", now=LONG_AGO)
    assert signed_in(client, guo.id).post(f"/me/addresses/{address_id}{verb}", ADDRESS).status_code == 404
    assert people_queries.access_address(actor=market.buyer, address_id=address_id).recipient == "林晓"


def test_the_list_of_orders_asks_as_much_for_ten_as_for_one(lin: Client, market: Market) -> None:
    makers.place(market, now=utc_now())
    lin.get("/orders")
    with CaptureQueriesContext(connection) as one:
        lin.get("/orders")
    for _ in range(4):
        makers.place(market, now=utc_now())
    with CaptureQueriesContext(connection) as five:
        lin.get("/orders")
    assert len(five) == len(one)
    assert lin.get("/orders?state=paid").context["cards"] == []
    assert lin.get("/orders?state=nonsense").status_code == 200


def test_the_cart_asks_as_much_for_twenty_goods_as_for_one(lin: Client, market: Market) -> None:
    fill_cart(market)
    lin.get("/cart")
    with CaptureQueriesContext(connection) as one:
        lin.get("/cart")
    for _ in range(19):
        added = make_product(shop_id=market.shop.id, now=LONG_AGO)
        operations.put_in_cart(actor=market.buyer, sku_id=added.skus[0].id, quantity=1, now=utc_now())
    with CaptureQueriesContext(connection) as twenty:
        lin.get("/cart")
    assert len(twenty) == len(one)
    assert len(queries.get_cart(actor=market.buyer, now=utc_now())) == 20


def test_the_me_page_counts_orders(lin: Client, market: Market) -> None:
    makers.place(market, now=utc_now())
    shown = lin.get("/me", headers=ENGLISH)
    assert [count for _, _, _, count in shown.context["shortcuts"]] == [1, 0, 0, 0]
