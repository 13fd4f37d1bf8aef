"""The people API: it translates, checks scopes, names the field at fault, and keeps secrets."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import person, system
from laotie.core.clock import utc_now
from laotie.core.models import IdempotencyKey
from laotie.people import operations, queries
from laotie.people.contracts import AccountView
from laotie.people.models import Account, Address, AgencyContract, ApiToken, Follow, Shop, Staff
from laotie.people.tests.api_site import api
from laotie.people.tests.makers import (
    NOW,
    make_address,
    make_agency,
    make_brand,
    make_identity,
    make_person,
    make_shop,
    make_six,
    make_staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("laotie.people.tests.api_site")]

ADDRESS = {
    "recipient": "林晓",
    "phone": "13812345678",
    "region": "浙江省 金华市 义乌市",
    "street": "福田街道银海路399号",
    "postcode": "322000",
}

_keys = count(1)

Call = Callable[..., Any]


def call(
    who: AccountView | None,
    method: str,
    path: str,
    body: Any = None,
    *,
    scopes: str = "*",
    key: str | None = None,
    expect: int = 200,
) -> Any:
    """Ask the API as someone and return the decoded answer."""
    headers = {"X-Scopes": scopes, "Idempotency-Key": f"test-{next(_keys)}" if key is None else key}
    if who is not None:
        headers["X-Account"] = str(who.id)
    answer = Client().generic(
        method, path, json.dumps(body) if body is not None else "", "application/json", headers=headers
    )
    assert answer.status_code == expect, answer.content.decode()
    return json.loads(answer.content) if answer.content else None


class TestMe:
    def test_shows_and_changes_me(self) -> None:
        lin = make_person()
        assert call(lin, "GET", "/me")["email"] == lin.email
        changed = call(lin, "PATCH", "/me", {"display_name": "小林", "language": "en"})
        assert (changed["display_name"], changed["language"]) == ("小林", "en")
        refused = call(lin, "POST", "/me/creator", {"introduction": "山货"}, expect=403)
        assert refused["code"] == "people.identity_missing"
        make_identity(account=lin)
        assert call(lin, "POST", "/me/creator", {"introduction": "山货"})["is_creator"]
        seen = call(None, "GET", f"/accounts/{lin.id}")
        assert seen == {
            "id": lin.id,
            "display_name": "小林",
            "introduction": "山货",
            "is_creator": True,
            "followers": 0,
        }
        assert call(None, "GET", "/accounts/999999", expect=404)["code"] == "core.not_found"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"display_name": ""}, "display_name"),
            ({"display_name": "x" * 61}, "display_name"),
            ({"display_name": 7}, "display_name"),
            ({"is_operator": True}, "is_operator"),
            ({"introduction": "x" * 501}, "introduction"),
        ],
    )
    def test_names_the_field_at_fault(self, body: dict[str, Any], field: str) -> None:
        lin = make_person()
        problem = call(lin, "PATCH", "/me", body, expect=422)
        assert problem["field"].endswith(field)
        assert queries.get_account(lin.id) == lin

    def test_refuses_a_language_nobody_wrote(self) -> None:
        lin = make_person()
        problem = call(lin, "PATCH", "/me", {"language": "fr"}, expect=422)
        assert (problem["code"], problem["field"]) == ("core.invalid_input", "language")


class TestWhoMay:
    def test_nobody_without_signing_in(self) -> None:
        for method, path in (("GET", "/me"), ("GET", "/me/addresses"), ("GET", "/accounts"), ("POST", "/shops")):
            call(None, method, path, {"name": "x"} if method == "POST" else None, expect=401)
        assert Shop.objects.count() == 0

    def test_a_token_only_what_it_is_for(self) -> None:
        lin = make_person()
        call(lin, "GET", "/me", scopes="people:read")
        call(lin, "GET", "/me", scopes="orders:read", expect=403)
        problem = call(lin, "POST", "/shops", {"name": "x"}, scopes="people:read,orders:write", expect=403)
        assert problem["data"] == {"needs": "people:write"}
        assert Shop.objects.count() == 0

    def test_a_token_begets_no_token_and_blocks_nobody(self) -> None:
        six = make_six()
        every = "people:read,people:write,orders:read,orders:write,catalog:write,alliance:write,ledger:read"
        body = {"name": "t", "scopes": ["people:read"]}
        call(six.shen, "POST", "/me/tokens", body, scopes=every, expect=403)
        call(six.shen, "GET", "/me/tokens", scopes=every, expect=403)
        call(six.shen, "POST", f"/accounts/{six.lin.id}/block", {"reason": "x"}, scopes=every, expect=403)
        assert ApiToken.objects.count() == 0
        assert Account.objects.filter(is_active=False).count() == 0

    def test_every_write_asks_for_an_idempotency_key(self) -> None:
        lin = make_person()
        problem = call(lin, "POST", "/shops", {"name": "x"}, key="", expect=400)
        assert problem["code"] == "core.key_missing"
        assert Shop.objects.count() == 0
        writes = [
            operation for path in router_operations() for operation in path if set(operation.methods) - {"GET"}
        ]
        assert len(writes) == 35
        assert all(getattr(operation.view_func, "is_idempotent_write", False) for operation in writes)


class TestAddresses:
    def test_come_and_go_masked_in_lists(self) -> None:
        lin = make_person()
        made = call(lin, "POST", "/me/addresses", ADDRESS, expect=201)
        assert (made["recipient"], made["phone"], made["street"]) == ("林*", "138****5678", "福田****")
        assert call(lin, "GET", "/me/addresses") == [made]
        clear = call(lin, "GET", f"/me/addresses/{made['id']}")
        assert {name: clear[name] for name in ADDRESS} == ADDRESS
        call(lin, "PUT", f"/me/addresses/{made['id']}", {**ADDRESS, "street": "长安街1号"})
        second = call(lin, "POST", "/me/addresses", ADDRESS, expect=201)
        assert call(lin, "PUT", f"/me/addresses/{second['id']}/default")["is_default"]
        call(lin, "DELETE", f"/me/addresses/{made['id']}", expect=204)
        assert [row["id"] for row in call(lin, "GET", "/me/addresses")] == [second["id"]]

    def test_are_nobody_elses(self) -> None:
        lin, guo = make_person(), make_person()
        address = make_address(owner=lin)
        missing = call(guo, "GET", "/me/addresses/999999", expect=404)
        for method in ("GET", "PUT", "DELETE"):
            body = ADDRESS if method == "PUT" else None
            assert call(guo, method, f"/me/addresses/{address.id}", body, expect=404) == missing
        assert queries.list_addresses(actor=person(lin.id)) == (address,)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"recipient": None}, "recipient"),
            ({"phone": "call me"}, "phone"),
            ({"street": "a\u0000b"}, "street"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_are_refused_with_the_field_named(self, change: dict[str, Any], field: str) -> None:
        lin = make_person()
        problem = call(lin, "POST", "/me/addresses", {**ADDRESS, **change}, expect=422)
        assert problem["field"].endswith(field)
        assert (Address.objects.count(), IdempotencyKey.objects.count()) == (0, 0)

    @pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "x"])
    def test_with_impossible_numbers_are_malformed(self, number: str) -> None:
        call(make_person(), "GET", f"/me/addresses/{number}", expect=422)


class TestFollowing:
    def test_goes_through(self) -> None:
        six = make_six()
        shop = f"shop:{six.shop.id}"
        call(six.lin, "PUT", f"/me/following/{shop}", expect=204)
        assert call(None, "GET", f"/shops/{six.shop.id}")["followers"] == 1
        assert [row["followed"] for row in call(six.lin, "GET", "/me/following")["items"]] == [shop]
        call(six.lin, "DELETE", f"/me/following/{shop}", expect=204)
        assert Follow.objects.count() == 0
        call(six.lin, "PUT", "/me/following/shop:999999", expect=404)
        call(six.lin, "PUT", f"/me/following/account:{six.lin.id}", expect=409)
        for odd in ("agency:1", "shop:0", "shop:1%00", "x" * 99):
            call(six.lin, "PUT", f"/me/following/{odd}", expect=422)
            call(six.lin, "DELETE", f"/me/following/{odd}", expect=422)
        assert Follow.objects.count() == 0


class TestTokens:
    def test_show_their_secret_once_and_in_repetitions_of_the_request(self) -> None:
        lin = make_person()
        body = {"name": "脚本", "scopes": ["orders:read"]}
        made = call(lin, "POST", "/me/tokens", body, key="same", expect=201)
        again = call(lin, "POST", "/me/tokens", body, key="same", expect=201)
        assert again == made
        assert ApiToken.objects.count() == 1
        other = call(lin, "POST", "/me/tokens", {**body, "name": "x"}, key="same", expect=409)
        assert other["code"] == "core.key_reused"
        found = queries.find_token(secret=made["secret"], now=utc_now())
        assert found is not None
        assert found.account_id == lin.id
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(answer::text, '') FROM core_idempotencykey")
            kept = cursor.fetchone()[0]
        assert made["secret"] not in kept
        listed = call(lin, "GET", "/me/tokens")["items"]
        assert listed == [made["token"]]
        call(lin, "DELETE", f"/me/tokens/{made['token']['id']}", expect=204)
        assert queries.find_token(secret=made["secret"], now=utc_now()) is None


class TestShops:
    def test_are_opened_staffed_and_joined(self) -> None:
        tan, bo, mei, guo = (make_person() for _ in range(4))
        names = {"name": "老谭", "name_en": "Tan"}
        assert call(tan, "POST", "/shops", names, expect=403)["code"] == "people.application_needed"
        operations.grant_operator(actor=system("test"), account_id=tan.id, now=NOW)
        shop = call(tan, "POST", "/shops", names, expect=201)
        base = f"/shops/{shop['id']}"
        assert call(tan, "GET", "/me/shops") == [shop]
        staff = call(tan, "PUT", f"{base}/staff/{bo.id}", {"permissions": ["orders", "catalog"]})
        assert staff["permissions"] == ["catalog", "orders"]
        assert call(tan, "GET", f"{base}/staff")["items"] == [staff]
        asked = call(tan, "PUT", f"{base}/accounts/{mei.id}", {"kind": "matrix", "is_own_room": True})
        assert asked["accepted_at"] is None
        assert call(mei, "GET", "/me/shop-accounts") == [asked]
        joined = call(mei, "POST", f"/me/shop-accounts/{shop['id']}/accept")
        assert call(tan, "GET", f"{base}/accounts") == [joined]
        for method, path, body in (
            ("GET", f"{base}/staff", None),
            ("GET", f"{base}/accounts", None),
            ("PUT", f"{base}/staff/{guo.id}", {"permissions": ["money"]}),
            ("PUT", f"{base}/accounts/{guo.id}", {"kind": "official", "is_own_room": True}),
            ("DELETE", f"{base}/staff/{bo.id}", None),
            ("DELETE", f"{base}/accounts/{mei.id}", None),
        ):
            call(guo, method, path, body, expect=404)
            call(bo, method, path, body, expect=204 if path.endswith(f"/staff/{bo.id}") else 404)
        call(mei, "DELETE", f"{base}/accounts/{mei.id}", expect=204)
        assert Staff.objects.count() == 0

    def test_refuse_unknown_permissions_and_kinds(self) -> None:
        six = make_six()
        base = f"/shops/{six.shop.id}"
        for path, body in (
            (f"{base}/staff/{six.lin.id}", {"permissions": ["root"]}),
            (f"{base}/staff/{six.lin.id}", {"permissions": []}),
            (f"{base}/accounts/{six.lin.id}", {"kind": "fan", "is_own_room": True}),
        ):
            call(six.tan, "PUT", path, body, expect=422)
        assert Staff.objects.count() == 1

    def test_are_suspended_by_operators(self) -> None:
        six = make_six()
        path = f"/shops/{six.shop.id}/suspend"
        call(six.tan, "POST", path, {"reason": "x"}, expect=403)
        assert call(six.shen, "POST", path, {"reason": "售假"})["state"] == "suspended"
        call(six.shen, "POST", path, {"reason": "售假"}, expect=409)
        call(six.shen, "POST", f"/shops/{six.shop.id}/reinstate", {"reason": "已整改"})

    def test_list_their_staff_with_the_same_statements_for_one_or_fifty(self) -> None:
        shop = make_shop()
        owner = queries.get_account(shop.owner_id)
        counts = []
        for more in (1, 49):
            for _ in range(more):
                make_staff(shop=shop, permissions={"orders"})
            with CaptureQueriesContext(connection) as statements:
                call(owner, "GET", f"/shops/{shop.id}/staff?limit=100")
            counts.append(len(statements))
        assert counts == [2, 2]


class TestBrands:
    def test_are_registered_and_lent(self) -> None:
        six = make_six()
        seller = make_shop()
        brand = call(six.tan, "POST", "/brands", {"name": "山里红", "shop_id": six.shop.id}, expect=201)
        start = utc_now() + timedelta(days=1)
        body = {
            "shop_id": seller.id,
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(days=30)).isoformat(),
        }
        path = f"/brands/{brand['id']}/authorisations"
        call(six.guo, "POST", path, body, expect=404)
        past = {**body, "starts_at": NOW.isoformat()}
        assert call(six.tan, "POST", path, past, expect=422)["field"] == "starts_at"
        made = call(six.tan, "POST", path, body, expect=201)
        assert call(None, "GET", path)["items"] == [made]
        assert call(None, "GET", f"/shops/{six.shop.id}/brands")["items"] == [brand]
        revoked = call(six.tan, "POST", f"/brand-authorisations/{made['id']}/revoke")
        assert revoked["revoked_at"] is not None
        make_brand(shop=seller)


class TestAgencies:
    def test_agree_with_a_creator(self) -> None:
        six = make_six()
        assert (
            call(six.guo, "POST", "/agencies", {"name": "安心"}, expect=403)["code"] == "people.application_needed"
        )
        operations.grant_operator(actor=system("test"), account_id=six.guo.id, now=NOW)
        agency = call(six.guo, "POST", "/agencies", {"name": "安心"}, expect=201)
        operations.revoke_operator(actor=system("test"), account_id=six.guo.id, now=NOW)
        assert call(six.guo, "GET", "/me/agencies") == [agency]
        start = utc_now() + timedelta(days=1)
        body = {"creator_id": six.mei.id, "share_bp": 2_000, "starts_at": start.isoformat()}
        path = f"/agencies/{agency['id']}/contracts"
        call(six.tan, "POST", path, body, expect=404)
        call(six.guo, "POST", path, {**body, "creator_id": six.lin.id}, expect=409)
        made = call(six.guo, "POST", path, body, expect=201)
        call(six.guo, "POST", f"/agency-contracts/{made['id']}/accept", expect=404)
        assert call(six.mei, "POST", f"/agency-contracts/{made['id']}/accept")["state"] == "accepted"
        assert len(call(six.mei, "GET", "/me/agency-contracts")["items"]) == 1
        ended = call(six.mei, "POST", f"/agency-contracts/{made['id']}/end")
        assert ended["state"] == "terminated"
        assert AgencyContract.objects.count() == 1
        assert make_agency(owner=six.guo).owner_id == six.guo.id


class TestOperators:
    def test_find_block_and_reinstate(self) -> None:
        six = make_six()
        found = call(six.shen, "GET", f"/accounts?text={six.guo.email}")["items"]
        assert [row["id"] for row in found] == [six.guo.id]
        call(six.lin, "GET", "/accounts", expect=403)
        call(six.lin, "POST", f"/accounts/{six.guo.id}/block", {"reason": "x"}, expect=403)
        assert not call(six.shen, "POST", f"/accounts/{six.guo.id}/block", {"reason": "刷单"})["is_active"]
        assert len(call(six.shen, "GET", "/accounts?only_blocked=true")["items"]) == 1
        assert call(six.shen, "POST", f"/accounts/{six.guo.id}/reinstate", {"reason": "误判"})["is_active"]
        call(six.shen, "POST", f"/accounts/{six.shen.id}/block", {"reason": "x"}, expect=409)
        assert operations.revoke_operator(
            actor=person(six.shen.id), account_id=six.lin.id, now=NOW
        ) == queries.get_account(six.lin.id)


def router_operations() -> list[list[Any]]:
    """Return the operations of all parts, path by path."""
    return [view.operations for _prefix, router in api._routers for view in router.path_operations.values()]


def test_every_answer_is_described() -> None:
    refusals = {400, 401, 403, 404, 409, 422, 429}
    for methods in api.get_openapi_schema()["paths"].values():
        for operation in methods.values():
            assert refusals < set(operation["responses"]), operation["operationId"]
