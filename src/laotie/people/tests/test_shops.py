"""Shops: who may, staff, joined accounts, suspension; brands."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import Actor, person, system
from laotie.core.audit_log import list_actions
from laotie.core.errors import IllegalMove, InvalidInput, NotFound
from laotie.events.models import OutboxEvent
from laotie.people import operations, queries
from laotie.people.contracts import SHOP_PERMISSIONS
from laotie.people.errors import BrandTaken, LimitReached, OfficialAccountTaken, OwnerIsNoStaff
from laotie.people.models import Brand, BrandAuthorisation, Shop, ShopAccount, Staff
from laotie.people.tests.makers import (
    NOW,
    make_brand,
    make_person,
    make_shop,
    make_shop_account,
    make_six,
    make_staff,
)

pytestmark = pytest.mark.django_db

EVERYTHING = frozenset(SHOP_PERMISSIONS)
MAY = {
    "lin": frozenset[str](),
    "mei": frozenset[str](),
    "tan": EVERYTHING,
    "bo": frozenset({"catalog", "orders"}),
    "guo": frozenset[str](),
    "shen": EVERYTHING,
}


class TestAccessShop:
    @pytest.mark.parametrize("permission", SHOP_PERMISSIONS)
    @pytest.mark.parametrize("name", MAY)
    def test_opens_to_owner_permitted_staff_and_operator_only(self, name: str, permission: str) -> None:
        six = make_six(bo_permissions=MAY["bo"])
        actor = six.actors()[name]
        if permission in MAY[name]:
            assert queries.access_shop(actor=actor, shop_id=six.shop.id, permission=permission) == six.shop
        else:
            with pytest.raises(NotFound) as refusal:
                queries.access_shop(actor=actor, shop_id=six.shop.id, permission=permission)
            assert refusal.value.data() == {"what": "shop"}

    def test_gives_a_stranger_the_answer_for_what_is_missing(self) -> None:
        six = make_six()
        with pytest.raises(NotFound) as stranger:
            queries.access_shop(actor=person(six.guo.id), shop_id=six.shop.id, permission="orders")
        with pytest.raises(NotFound) as missing:
            queries.access_shop(actor=person(six.shen.id), shop_id=10**15, permission="orders")
        assert stranger.value.data() == missing.value.data()

    def test_opens_to_the_system_and_to_no_other_kind_of_actor(self) -> None:
        shop = make_shop()
        assert queries.access_shop(actor=system("import"), shop_id=shop.id, permission="money") == shop
        with pytest.raises(NotFound):
            queries.access_shop(actor=Actor("visitor", "x"), shop_id=shop.id, permission="money")

    def test_opens_to_any_staff_where_no_permission_is_asked_for(self) -> None:
        six = make_six(bo_permissions={"refunds"})
        assert queries.access_shop(actor=person(six.bo.id), shop_id=six.shop.id) == six.shop
        with pytest.raises(NotFound):
            queries.access_shop(actor=person(six.lin.id), shop_id=six.shop.id)

    def test_takes_one_statement(self) -> None:
        six = make_six()
        with CaptureQueriesContext(connection) as statements:
            queries.access_shop(actor=person(six.bo.id), shop_id=six.shop.id, permission="orders")
        assert len(statements) == 1


class TestOpenShop:
    def test_activates_now_unless_told(self) -> None:
        tan = make_person()
        shop = operations.open_shop(actor=person(tan.id), name="山货", name_en="Mountain", now=NOW)
        assert (shop.name, shop.name_en, shop.owner_id, shop.activated_at) == ("山货", "Mountain", tan.id, NOW)
        assert shop.state == "open"
        long_ago = NOW - timedelta(days=90)
        assert make_shop(activated_at=long_ago).activated_at == long_ago
        payloads = OutboxEvent.objects.filter(name="people.shop_opened.v1").order_by("id").values_list("payload")
        assert payloads[0] == (
            {"shop_id": shop.id, "owner_id": tan.id, "activated_at": "2026-03-01T04:00:00+00:00"},
        )

    def test_refuses_an_empty_name_and_too_many_shops(self) -> None:
        tan = make_person()
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.open_shop(actor=person(tan.id), name=" ", now=NOW)
        assert refusal.value.field_name == "name"
        for _ in range(20):
            make_shop(owner=tan)
        with pytest.raises(LimitReached), transaction.atomic():
            make_shop(owner=tan)
        assert Shop.objects.count() == 20


class TestListShops:
    def test_of_a_person_are_those_owned_or_worked_for(self) -> None:
        six = make_six()
        other = make_shop()
        make_staff(shop=other, account=six.tan, permissions={"orders"})
        assert queries.list_shops_of(account_id=six.tan.id) == (six.shop, other)
        assert queries.list_shops_of(account_id=six.bo.id) == (six.shop,)
        assert queries.list_shops_of(account_id=six.guo.id) == ()
        assert queries.list_shop_permissions(account_id=six.tan.id, shop_id=other.id) == {"orders"}
        assert queries.list_shop_permissions(account_id=six.tan.id, shop_id=six.shop.id) == EVERYTHING
        assert queries.list_shop_permissions(account_id=six.guo.id, shop_id=six.shop.id) == frozenset()
        assert queries.get_shops([six.shop.id, other.id, 10**15]) == {six.shop.id: six.shop, other.id: other}


class TestStaff:
    def test_are_added_changed_and_removed(self) -> None:
        six = make_six()
        tan = person(six.tan.id)
        operations.add_staff(
            actor=tan, shop_id=six.shop.id, account_id=six.bo.id, permissions={"refunds"}, now=NOW
        )
        listed = queries.list_staff(actor=tan, shop_id=six.shop.id).items
        assert [(row.account_id, row.permissions) for row in listed] == [(six.bo.id, frozenset({"refunds"}))]
        operations.remove_staff(actor=tan, shop_id=six.shop.id, account_id=six.bo.id, now=NOW)
        assert queries.list_staff(actor=tan, shop_id=six.shop.id).items == ()
        with pytest.raises(NotFound), transaction.atomic():
            operations.remove_staff(actor=tan, shop_id=six.shop.id, account_id=six.bo.id, now=NOW)

    def test_leave_by_themselves(self) -> None:
        six = make_six()
        operations.remove_staff(actor=person(six.bo.id), shop_id=six.shop.id, account_id=six.bo.id, now=NOW)
        assert not queries.is_shop_insider(shop_id=six.shop.id, account_id=six.bo.id)

    @pytest.mark.parametrize("name", ["lin", "mei", "bo", "guo"])
    def test_are_no_business_of_others(self, name: str) -> None:
        six = make_six()
        actor = six.actors()[name]
        for refused in (
            lambda: operations.add_staff(
                actor=actor, shop_id=six.shop.id, account_id=six.guo.id, permissions={"orders"}, now=NOW
            ),
            lambda: operations.remove_staff(actor=actor, shop_id=six.shop.id, account_id=six.tan.id, now=NOW),
            lambda: queries.list_staff(actor=actor, shop_id=six.shop.id),
            lambda: queries.list_shop_accounts(actor=actor, shop_id=six.shop.id),
        ):
            with pytest.raises(NotFound) as refusal, transaction.atomic():
                refused()
            assert refusal.value.data() == {"what": "shop"}
        assert list(Staff.objects.values_list("account_id", "permissions")) == [(six.bo.id, ["catalog", "orders"])]

    def test_give_away_no_more_than_they_have(self) -> None:
        six = make_six(bo_permissions={"staff", "orders"})
        bo = person(six.bo.id)
        operations.add_staff(actor=bo, shop_id=six.shop.id, account_id=six.lin.id, permissions={"orders"}, now=NOW)
        make_staff(shop=six.shop, account=six.guo, permissions={"money"})
        for account_id, permissions in (
            (six.bo.id, {"staff", "money"}),
            (six.lin.id, {"money"}),
            (six.guo.id, {"orders"}),  # would take Guo's away
        ):
            with pytest.raises(InvalidInput) as refusal, transaction.atomic():
                operations.add_staff(
                    actor=bo, shop_id=six.shop.id, account_id=account_id, permissions=permissions, now=NOW
                )
            assert refusal.value.field_name == "permissions"
        assert dict(Staff.objects.values_list("account_id", "permissions")) == {
            six.bo.id: ["orders", "staff"],
            six.lin.id: ["orders"],
            six.guo.id: ["money"],
        }

    def test_are_refused_where_they_make_no_sense(self) -> None:
        six = make_six()
        tan = person(six.tan.id)
        with pytest.raises(OwnerIsNoStaff), transaction.atomic():
            operations.add_staff(
                actor=tan, shop_id=six.shop.id, account_id=six.tan.id, permissions={"orders"}, now=NOW
            )
        for permissions in ({"everything"}, set[str]()):
            with pytest.raises(InvalidInput) as refusal, transaction.atomic():
                operations.add_staff(
                    actor=tan, shop_id=six.shop.id, account_id=six.lin.id, permissions=permissions, now=NOW
                )
            assert refusal.value.field_name == "permissions"
        with pytest.raises(NotFound) as missing, transaction.atomic():
            operations.add_staff(
                actor=tan, shop_id=six.shop.id, account_id=10**15, permissions={"orders"}, now=NOW
            )
        assert missing.value.data() == {"what": "account"}
        assert Staff.objects.count() == 1

    def test_changed_by_an_operator_leave_a_line_in_the_audit_log(self) -> None:
        six = make_six()
        operations.remove_staff(actor=person(six.shen.id), shop_id=six.shop.id, account_id=six.bo.id, now=NOW)
        newest = list_actions().items[0]
        assert (newest.actor, newest.action, newest.subject, newest.detail) == (
            f"account:{six.shen.id}",
            "shop.remove_staff",
            f"shop:{six.shop.id}",
            {"account_id": six.bo.id},
        )

    def test_are_listed_with_the_same_statements_for_one_or_fifty(self) -> None:
        shop = make_shop()
        counts = []
        for more in (1, 49):
            for _ in range(more):
                make_staff(shop=shop, permissions={"orders"})
            with CaptureQueriesContext(connection) as statements:
                queries.list_staff(actor=person(shop.owner_id), shop_id=shop.id, limit=100)
            counts.append(len(statements))
        assert counts == [2, 2]


class TestShopAccounts:
    def test_of_another_person_count_once_that_person_accepts(self) -> None:
        six = make_six()
        asked = operations.link_shop_account(
            actor=person(six.tan.id),
            shop_id=six.shop.id,
            account_id=six.mei.id,
            kind="matrix",
            is_own_room=True,
            now=NOW,
        )
        assert asked.accepted_at is None
        assert queries.list_own_accounts(shop_id=six.shop.id) == ()
        assert not queries.is_shop_insider(shop_id=six.shop.id, account_id=six.mei.id)
        assert queries.list_shop_links(account_id=six.mei.id) == (asked,)
        with pytest.raises(NotFound), transaction.atomic():
            operations.accept_shop_account(actor=person(six.guo.id), shop_id=six.shop.id, now=NOW)
        joined = operations.accept_shop_account(actor=person(six.mei.id), shop_id=six.shop.id, now=NOW)
        assert queries.list_own_accounts(shop_id=six.shop.id) == (joined,)
        assert (joined.kind, joined.is_own_room, joined.accepted_at) == ("matrix", True, NOW)
        assert queries.is_shop_insider(shop_id=six.shop.id, account_id=six.mei.id)

    def test_of_oneself_count_at_once(self) -> None:
        six = make_six()
        joined = operations.link_shop_account(
            actor=person(six.tan.id),
            shop_id=six.shop.id,
            account_id=six.tan.id,
            kind="founder",
            is_own_room=True,
            now=NOW,
        )
        assert queries.list_own_accounts(shop_id=six.shop.id) == (joined,)

    def test_need_a_new_yes_when_their_terms_change(self) -> None:
        six = make_six()
        make_shop_account(shop=six.shop, account=six.mei, kind="matrix", is_own_room=False)
        for is_own_room, counted in ((False, 1), (True, 0)):
            operations.link_shop_account(
                actor=person(six.tan.id),
                shop_id=six.shop.id,
                account_id=six.mei.id,
                kind="matrix",
                is_own_room=is_own_room,
                now=NOW,
            )
            assert len(queries.list_own_accounts(shop_id=six.shop.id)) == counted

    def test_have_one_official_per_shop_and_per_account(self) -> None:
        six = make_six()
        make_shop_account(shop=six.shop, account=six.mei)
        with pytest.raises(OfficialAccountTaken), transaction.atomic():
            make_shop_account(shop=six.shop, account=six.lin)
        with pytest.raises(OfficialAccountTaken), transaction.atomic():
            make_shop_account(shop=make_shop(), account=six.mei)
        assert ShopAccount.objects.values_list("account_id", flat=True).get() == six.mei.id

    def test_part_by_either_side(self) -> None:
        six = make_six()
        for actor_id in (six.mei.id, six.tan.id):
            make_shop_account(shop=six.shop, account=six.mei)
            with pytest.raises(NotFound), transaction.atomic():
                operations.unlink_shop_account(
                    actor=person(six.guo.id), shop_id=six.shop.id, account_id=six.mei.id, now=NOW
                )
            operations.unlink_shop_account(
                actor=person(actor_id), shop_id=six.shop.id, account_id=six.mei.id, now=NOW
            )
            assert queries.list_own_accounts(shop_id=six.shop.id) == ()

    @pytest.mark.parametrize("name", ["lin", "mei", "bo", "guo"])
    def test_are_joined_by_those_with_the_permission_only(self, name: str) -> None:
        six = make_six()
        actor = six.actors()[name]
        with pytest.raises(NotFound), transaction.atomic():
            operations.link_shop_account(
                actor=actor,
                shop_id=six.shop.id,
                account_id=actor.account_id or 0,
                kind="matrix",
                is_own_room=True,
                now=NOW,
            )
        assert ShopAccount.objects.count() == 0

    def test_refuse_an_unknown_kind_and_a_missing_account(self) -> None:
        six = make_six()
        for kind, account_id, refused in (
            ("fan", six.mei.id, InvalidInput),
            ("matrix", 10**15, NotFound),
        ):
            with pytest.raises(refused), transaction.atomic():
                operations.link_shop_account(
                    actor=person(six.tan.id),
                    shop_id=six.shop.id,
                    account_id=account_id,
                    kind=kind,
                    is_own_room=True,
                    now=NOW,
                )
        assert ShopAccount.objects.count() == 0


class TestIsShopInsider:
    def test_knows_owner_and_staff_from_strangers_and_operators(self) -> None:
        six = make_six()
        inside = {
            name: queries.is_shop_insider(shop_id=six.shop.id, account_id=actor.account_id or 0)
            for name, actor in six.actors().items()
        }
        assert inside == {"lin": False, "mei": False, "tan": True, "bo": True, "guo": False, "shen": False}


class TestSuspendShop:
    def test_stops_and_goes_on_with_a_line_each(self) -> None:
        six = make_six()
        shen = person(six.shen.id)
        assert (
            operations.suspend_shop(actor=shen, shop_id=six.shop.id, reason="售假", now=NOW).state == "suspended"
        )
        with pytest.raises(IllegalMove) as refusal, transaction.atomic():
            operations.suspend_shop(actor=shen, shop_id=six.shop.id, reason="售假", now=NOW)
        assert refusal.value.data() == {"found": "suspended", "wanted": "suspended"}
        assert operations.reinstate_shop(actor=shen, shop_id=six.shop.id, reason="已整改", now=NOW) == six.shop
        assert [line.action for line in list_actions().items[:2]] == ["shop.reinstate", "shop.suspend"]


class TestBrands:
    def test_belong_to_a_shop_and_are_lent_for_a_time(self) -> None:
        six = make_six()
        brand = make_brand(shop=six.shop, name="山里红")
        seller = make_shop()
        week = timedelta(days=7)
        granted = operations.authorise_brand(
            actor=person(six.tan.id),
            brand_id=brand.id,
            shop_id=seller.id,
            starts_at=NOW + week,
            ends_at=NOW + 2 * week,
            now=NOW,
        )
        assert queries.is_brand_authorised(brand_id=brand.id, shop_id=six.shop.id, at=NOW)
        allowed = [
            queries.is_brand_authorised(brand_id=brand.id, shop_id=seller.id, at=NOW + weeks * week)
            for weeks in (0, 1, 2)
        ]
        assert allowed == [False, True, False]
        revoked_at = NOW + week + timedelta(days=1)
        revoked = operations.revoke_brand_authorisation(
            actor=person(six.tan.id), authorisation_id=granted.id, now=revoked_at
        )
        assert revoked.revoked_at == revoked_at
        assert queries.is_brand_authorised(brand_id=brand.id, shop_id=seller.id, at=NOW + week)
        assert not queries.is_brand_authorised(brand_id=brand.id, shop_id=seller.id, at=revoked_at)
        assert queries.list_brand_authorisations(brand_id=brand.id).items == (revoked,)
        assert queries.find_brand("山里红") == brand == queries.get_brand(brand.id)
        assert queries.get_brands([brand.id]) == {brand.id: brand}
        assert queries.list_brands_of(shop_id=six.shop.id).items == (brand,)

    def test_have_a_name_once(self) -> None:
        shop = make_shop()
        make_brand(shop=shop, name="Hill")
        with pytest.raises(BrandTaken), transaction.atomic():
            make_brand(shop=make_shop(), name="HILL")
        assert Brand.objects.count() == 1

    @pytest.mark.parametrize("name", ["lin", "mei", "guo"])
    def test_are_no_business_of_strangers(self, name: str) -> None:
        six = make_six()
        actor = six.actors()[name]
        brand = make_brand(shop=six.shop)
        later = NOW + timedelta(days=1)
        granted = operations.authorise_brand(
            actor=person(six.tan.id),
            brand_id=brand.id,
            shop_id=make_shop().id,
            starts_at=NOW,
            ends_at=later,
            now=NOW,
        )
        for refused in (
            lambda: operations.register_brand(actor=actor, name="x", shop_id=six.shop.id, now=NOW),
            lambda: operations.authorise_brand(
                actor=actor, brand_id=brand.id, shop_id=six.shop.id, starts_at=NOW, ends_at=later, now=NOW
            ),
            lambda: operations.revoke_brand_authorisation(actor=actor, authorisation_id=granted.id, now=NOW),
        ):
            with pytest.raises(NotFound), transaction.atomic():
                refused()
        assert (Brand.objects.count(), BrandAuthorisation.objects.filter(revoked_at=None).count()) == (1, 1)

    @pytest.mark.parametrize(("start", "end", "field"), [(-1, 1, "starts_at"), (1, 1, "ends_at")])
    def test_are_not_lent_for_impossible_times(self, start: int, end: int, field: str) -> None:
        shop = make_shop()
        brand = make_brand(shop=shop)
        with pytest.raises(InvalidInput) as refusal, transaction.atomic():
            operations.authorise_brand(
                actor=person(shop.owner_id),
                brand_id=brand.id,
                shop_id=make_shop().id,
                starts_at=NOW + timedelta(days=start),
                ends_at=NOW + timedelta(days=end),
                now=NOW,
            )
        assert refusal.value.field_name == field
        assert BrandAuthorisation.objects.count() == 0
