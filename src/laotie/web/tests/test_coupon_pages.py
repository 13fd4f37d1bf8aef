"""Coupons on the pages: taken where they are offered, used at checkout, offered at the merchant's desk."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.orders.models import LineDiscount, Order
from laotie.orders.tests.makers import LONG_AGO, Market, make_market
from laotie.people import operations as people
from laotie.people.models import Account, Address
from laotie.people.tests.makers import make_person, make_staff
from laotie.promotions.contracts import CouponView
from laotie.promotions.models import Claim, Coupon
from laotie.promotions.tests.makers import make_claim, make_coupon

pytestmark = pytest.mark.django_db

ADDRESS: dict[str, Any] = {
    "recipient": "林晓",
    "phone": "13800005678",
    "region": "浙江省 杭州市",
    "street": "文三路 1 号",
}


@pytest.fixture
def market() -> Market:
    return make_market(price_fen=10_000, stock=5)


@pytest.fixture
def coupon(market: Market) -> CouponView:
    return make_coupon(actor=market.merchant, shop_id=market.shop.id, threshold_fen=100_00, now=utc_now())


def browser(account_id: int) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(Account.objects.get(pk=account_id))
    return client


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


class TestTaking:
    def test_a_visitor_sees_it_and_must_sign_in_to_take_it(self, market: Market, coupon: CouponView) -> None:
        page = text_of(Client(headers={"Accept-Language": "en"}), f"/p/{market.product.id}")
        assert "¥10.00 off from ¥100.00" in page
        answer = Client().post(f"/coupons/{coupon.id}/take")
        assert (answer.status_code, "/accounts/login/" in answer.headers["Location"]) == (302, True)
        assert Claim.objects.count() == 0

    def test_a_shopper_takes_one_and_finds_it_in_the_purse(self, market: Market, coupon: CouponView) -> None:
        lin = browser(market.lin.id)
        back = f"/p/{market.product.id}"
        answer = lin.post(f"/coupons/{coupon.id}/take", {"next": back})
        assert answer.headers["Location"] == f"{back}#coupons"
        assert "Taken" in text_of(lin, back)
        assert coupon.title in text_of(lin, "/me/coupons")
        again = lin.post(f"/coupons/{coupon.id}/take", {"next": "https://elsewhere.example/"}, follow=True)
        assert again.redirect_chain == [("/me/coupons", 302)]
        assert "as often as one person may" in again.content.decode()
        assert Claim.objects.count() == 1

    def test_nothing_is_there_to_begin_with(self, market: Market) -> None:
        assert "No coupons here" in text_of(browser(market.lin.id), "/me/coupons")
        assert browser(market.lin.id).post("/coupons/999999/take").status_code == 302


class TestCheckout:
    @pytest.fixture
    def claim_id(self, market: Market, coupon: CouponView) -> int:
        people.add_address(actor=market.buyer, **ADDRESS, now=LONG_AGO)
        return make_claim(owner=market.buyer, coupon=coupon, now=utc_now()).id

    def form(self, market: Market, *claims: int, expected_fen: int, **more: str) -> dict[str, object]:
        address_id = people_address(market)
        line = f"{market.sku_id}|1|shelf"
        return {
            "key": "k" * 24,
            "line": line,
            "address": address_id,
            "claim": claims,
            "expected_fen": expected_fen,
            **more,
        }

    def test_uses_the_best_unless_told_otherwise(self, market: Market, claim_id: int) -> None:
        lin = browser(market.lin.id)
        page = text_of(lin, f"/checkout?sku={market.sku_id}&quantity=1&channel=shelf")
        assert f'name="claim" value="{claim_id}" checked' in page
        assert 'name="expected_fen" value="9000"' in page
        without = lin.post("/checkout", self.form(market, expected_fen=9_000, then="look")).content.decode()
        assert 'name="expected_fen" value="10000"' in without
        assert Order.objects.count() == 0

    def test_buys_with_it_once(self, market: Market, claim_id: int) -> None:
        lin = browser(market.lin.id)
        answer = lin.post("/checkout", self.form(market, claim_id, expected_fen=9_000))
        assert answer.status_code == 302
        assert Order.objects.get().payable_fen == 9_000
        assert LineDiscount.objects.get().payer == "shop"
        second = {**self.form(market, claim_id, expected_fen=9_000), "key": "j" * 24}
        refused = lin.post("/checkout", second)
        assert (refused.status_code, "is used or has expired" in refused.content.decode()) == (409, True)
        assert Order.objects.count() == 1

    def test_asks_again_when_the_choice_changes_the_total(self, market: Market, claim_id: int) -> None:
        answer = browser(market.lin.id).post("/checkout", self.form(market, claim_id, expected_fen=10_000))
        assert (answer.status_code, "The total has changed" in answer.content.decode()) == (409, True)
        assert Claim.objects.get().state == "held"

    def test_somebody_elses_is_none(self, market: Market, claim_id: int) -> None:
        guo = make_person(name="郭")
        people.add_address(actor=person(guo.id), **ADDRESS, now=LONG_AGO)
        answer = browser(guo.id).post("/checkout", self.form(market, claim_id, expected_fen=9_000))
        assert answer.status_code == 422
        assert Order.objects.count() == 0


class TestDesk:
    def form(self) -> dict[str, str]:
        now = utc_now()
        return {
            "title": "满百减十",
            "amount_fen": "10",
            "threshold_fen": "100",
            "total_most": "200",
            "per_person_most": "1",
            "audience": "everybody",
            "claim_until": (now + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M"),
            "use_until": (now + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"),
        }

    def test_offers_lists_and_closes(self, market: Market) -> None:
        bo = browser(make_staff(shop=market.shop, permissions=["promotions"]).id)
        desk = f"/desk/shops/{market.shop.id}/coupons"
        assert "No coupon yet" in text_of(bo, desk)
        assert bo.post(f"{desk}/new", self.form()).status_code == 302
        made = Coupon.objects.get()
        assert (made.amount_fen, made.threshold_fen, made.total_most) == (10_00, 100_00, 200)
        page = text_of(bo, desk)
        assert "满百减十" in page
        assert "¥2,000.00" in page  # the budget
        bo.post(f"{desk}/{made.pk}/close")
        made.refresh_from_db()
        assert made.state == "closed"
        assert "Ended" in text_of(bo, desk)

    def test_says_at_the_field_what_is_wrong(self, market: Market) -> None:
        tan = browser(market.tan.id)
        answer = tan.post(f"/desk/shops/{market.shop.id}/coupons/new", {**self.form(), "threshold_fen": "5"})
        assert answer.status_code == 422
        assert "It cannot be less than what the coupon takes off." in answer.content.decode()
        assert Coupon.objects.count() == 0

    @pytest.mark.parametrize("path", ["", "/new"])
    def test_is_closed_to_strangers_and_staff_without_the_permission(self, market: Market, path: str) -> None:
        bo = make_staff(shop=market.shop, permissions=["orders"])
        for account_id in (bo.id, market.lin.id, make_person(name="郭").id):
            assert browser(account_id).get(f"/desk/shops/{market.shop.id}/coupons{path}").status_code == 404


def people_address(market: Market) -> int:

    return Address.objects.filter(account_id=market.lin.id).latest("id").pk
