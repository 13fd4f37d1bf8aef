"""Offering and taking coupons: who may, how many, when; and what is refused with the world unchanged."""

from datetime import timedelta
from typing import Any

import pytest

from laotie.catalog.tests.makers import make_product
from laotie.core.actor import Actor, person
from laotie.core.audit_log import list_actions
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.people import operations as people
from laotie.people.tests.makers import NOW, SixPeople, make_six, refused
from laotie.promotions import operations, queries
from laotie.promotions.contracts import Audience, Payer
from laotie.promotions.errors import CouponGone, CouponLimit, CouponNotYet, FollowersOnly
from laotie.promotions.models import Claim, Coupon
from laotie.promotions.tests.makers import make_claim, make_coupon

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def six(db: None) -> SixPeople:  # noqa: ARG001 - asks for the database
    return make_six(bo_permissions=("promotions",))


class TestOfferCoupon:
    @pytest.mark.parametrize(
        ("payer", "allowed"),
        [
            (Payer.SHOP, {"tan", "bo", "shen"}),
            (Payer.CREATOR, {"mei"}),
            (Payer.PLATFORM, {"shen"}),
        ],
    )
    def test_only_who_may_spend_the_payers_money(self, six: SixPeople, payer: Payer, allowed: set[str]) -> None:
        for name, actor in six.actors().items():
            shop_id = six.shop.id if payer is Payer.SHOP else None
            if name in allowed:
                assert make_coupon(actor=actor, payer=payer, shop_id=shop_id).terms.payer is payer
            else:
                with refused(NotFound if payer is Payer.SHOP else NotAllowed):
                    make_coupon(actor=actor, payer=payer, shop_id=shop_id)
        assert Coupon.objects.count() == len(allowed)

    def test_an_operator_in_a_shop_is_on_record(self, six: SixPeople) -> None:
        make_coupon(actor=person(six.shen.id), shop_id=six.shop.id)
        make_coupon(actor=person(six.tan.id), shop_id=six.shop.id)
        assert [line.action for line in list_actions().items if line.action.startswith("coupon")] == [
            "coupon.change"
        ]

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"amount_fen": 0}, "amount_fen"),
            ({"amount_fen": 60_00}, "threshold_fen"),
            ({"threshold_fen": -1}, "threshold_fen"),
            ({"total_most": 0}, "total_most"),
            ({"per_person_most": 101}, "per_person_most"),
            ({"claim_until": NOW}, "claim_until"),
            ({"use_until": NOW + DAY}, "use_until"),
            ({"use_days": 0}, "use_days"),
            ({"title": " \n "}, "title"),
            ({"title": "x" * 41}, "title"),
        ],
    )
    def test_refuses_what_cannot_be(self, six: SixPeople, wrong: dict[str, Any], field: str) -> None:
        with refused(InvalidInput) as refusal:
            make_coupon(actor=person(six.tan.id), shop_id=six.shop.id, **wrong)
        assert refusal.value.field_name == field
        assert Coupon.objects.count() == 0

    def test_refuses_another_shops_goods(self, six: SixPeople) -> None:
        other = make_product()
        with refused(NotFound):
            make_coupon(actor=person(six.tan.id), shop_id=six.shop.id, product_ids=[other.id])


class TestClaimCoupon:
    def test_within_its_time_only(self, six: SixPeople) -> None:
        lin = person(six.lin.id)
        coupon = make_coupon(
            actor=person(six.tan.id), shop_id=six.shop.id, per_person_most=9, claim_from=NOW + DAY
        )
        end = coupon.claim_until
        with refused(CouponNotYet):
            make_claim(owner=lin, coupon=coupon, now=NOW + DAY - SECOND)
        make_claim(owner=lin, coupon=coupon, now=NOW + DAY)
        make_claim(owner=lin, coupon=coupon, now=end - SECOND)
        with refused(CouponGone):
            make_claim(owner=lin, coupon=coupon, now=end)
        assert Coupon.objects.get().claimed == Claim.objects.count() == 2

    def test_as_often_as_a_person_may(self, six: SixPeople) -> None:
        coupon = make_coupon(actor=person(six.tan.id), shop_id=six.shop.id, per_person_most=2)
        for _ in range(2):
            make_claim(owner=person(six.lin.id), coupon=coupon)
        with refused(CouponLimit):
            make_claim(owner=person(six.lin.id), coupon=coupon)
        assert Coupon.objects.get().claimed == 2

    def test_until_none_is_left_or_it_is_closed(self, six: SixPeople) -> None:
        tan = person(six.tan.id)
        few = make_coupon(actor=tan, shop_id=six.shop.id, total_most=1)
        make_claim(owner=person(six.lin.id), coupon=few)
        with refused(CouponGone):
            make_claim(owner=person(six.guo.id), coupon=few)
        closed = make_coupon(actor=tan, shop_id=six.shop.id)
        operations.close_coupon(actor=tan, coupon_id=closed.id, now=NOW)
        with refused(CouponGone):
            make_claim(owner=person(six.lin.id), coupon=closed)
        with refused(IllegalMove):
            operations.close_coupon(actor=tan, coupon_id=closed.id, now=NOW)

    def test_by_followers_where_it_is_for_them(self, six: SixPeople) -> None:
        coupon = make_coupon(actor=person(six.tan.id), shop_id=six.shop.id, audience=Audience.FOLLOWERS)
        with refused(FollowersOnly):
            make_claim(owner=person(six.lin.id), coupon=coupon)
        people.follow(actor=person(six.lin.id), followed=f"shop:{six.shop.id}", now=NOW)
        make_claim(owner=person(six.lin.id), coupon=coupon)
        assert Coupon.objects.get().claimed == 1

    def test_is_usable_for_days_but_never_beyond_the_end(self, six: SixPeople) -> None:
        coupon = make_coupon(actor=person(six.tan.id), shop_id=six.shop.id, use_days=7, per_person_most=2)
        assert make_claim(owner=person(six.lin.id), coupon=coupon).usable_until == NOW + 7 * DAY
        late = make_claim(owner=person(six.lin.id), coupon=coupon, now=coupon.claim_until - DAY)
        assert late.usable_until == coupon.use_until


class TestCloseCoupon:
    def test_only_by_who_may(self, six: SixPeople) -> None:
        packet = make_coupon(actor=person(six.mei.id), payer=Payer.CREATOR)
        for actor in (person(six.lin.id), person(six.tan.id), person(six.guo.id)):
            with refused(NotAllowed):
                operations.close_coupon(actor=actor, coupon_id=packet.id, now=NOW)
        operations.close_coupon(actor=person(six.mei.id), coupon_id=packet.id, now=NOW)
        shops = make_coupon(actor=person(six.tan.id), shop_id=six.shop.id)
        with refused(NotFound):
            operations.close_coupon(actor=person(six.guo.id), coupon_id=shops.id, now=NOW)


class TestListOffered:
    def test_names_what_can_be_taken_for_a_product(self, six: SixPeople) -> None:
        tan = person(six.tan.id)
        product = make_product(shop_id=six.shop.id)
        whole = make_coupon(actor=tan, shop_id=six.shop.id, amount_fen=5_00)
        special = make_coupon(actor=tan, shop_id=six.shop.id, product_ids=[product.id])
        make_coupon(actor=tan, shop_id=six.shop.id, claim_from=NOW + DAY)
        platform = make_coupon(actor=person(six.shen.id), payer=Payer.PLATFORM, amount_fen=1_00)
        found = queries.list_offered(shop_ids=[six.shop.id], product_id=product.id, at=NOW)
        assert [view.id for view in found] == [special.id, whole.id, platform.id]
        elsewhere = queries.list_offered(shop_ids=[six.shop.id], product_id=product.id + 1, at=NOW)
        assert [view.id for view in elsewhere] == [whole.id, platform.id]


def test_actors_are_people(six: SixPeople) -> None:
    with refused(NotAllowed):
        make_claim(owner=Actor("visitor", "x"), coupon=make_coupon(actor=person(six.tan.id), shop_id=six.shop.id))
    assert Claim.objects.count() == 0
