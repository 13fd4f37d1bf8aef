"""The catalog over HTTP: a shop fills its shelf, anybody looks, strangers and nonsense are refused."""

import itertools
from typing import Any

import pytest
from django.test import Client

from laotie.catalog.models import Product
from laotie.catalog.tests.makers import make_category, make_person, make_product, make_shop
from laotie.people.models import Account

pytestmark = pytest.mark.django_db

_keys = itertools.count(1)


class Caller:
    """A signed-in person's client; every write carries a key of its own."""

    def __init__(self, account_id: int | None) -> None:
        self._client = Client()
        if account_id is not None:
            self._client.force_login(
                Account.objects.get(pk=account_id), backend="allauth.account.auth_backends.AuthenticationBackend"
            )

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        answer = self._client.get(f"/api/v1{path}", query)
        return answer.status_code, answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        answer = self._client.post(
            f"/api/v1{path}",
            body or {},
            content_type="application/json",
            headers={"Idempotency-Key": f"key-{next(_keys)}"},
        )
        return answer.status_code, answer.json()


def test_a_shop_fills_its_shelf_and_anybody_looks() -> None:
    tan = make_person(name="Tan")
    shop, category = make_shop(owner=tan), make_category()
    shopkeeper, visitor = Caller(tan.account_id), Caller(None)
    status, product = shopkeeper.post(
        f"/shops/{shop.id}/products", {"category_id": category.id, "title": "<i>竹篮</i>", "freight_fen": 500}
    )
    assert (status, product["state"], product["title"]) == (201, "draft", "<i>竹篮</i>")
    assert visitor.get(f"/products/{product['id']}")[0] == 404
    _status, sku = shopkeeper.post(f"/products/{product['id']}/skus", {"code": "B1", "name": "大号"})
    assert shopkeeper.post(f"/skus/{sku['id']}/offers", {"price_fen": 4_900, "limit_per_order": 2})[0] == 201
    status, stock = shopkeeper.post(f"/skus/{sku['id']}/stock/receipts", {"quantity": 12})
    assert (status, stock["on_hand"]) == (201, 12)
    assert shopkeeper.post(f"/products/{product['id']}/put-on-sale")[1]["state"] == "on_sale"
    _status, listed = visitor.get("/products", text="竹篮")
    assert [(card["id"], card["price_fen"]) for card in listed["items"]] == [(product["id"], 4_900)]
    _status, quotes = visitor.get(f"/products/{product['id']}/quotes")
    assert [(one["price_fen"], one["on_hand"], one["limit_per_order"]) for one in quotes] == [(4_900, 12, 2)]
    assert visitor.get(f"/products/{product['id']}/skus/{sku['id']}/prices")[0] == 200
    assert [row["code"] for row in visitor.get("/categories")[1]] == ["general", "general.1", "general.1.1"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x"}, "category_id"),
        ({"title": "x", "category_id": 1, "price": 5}, "price"),
        ({"title": "x", "category_id": 1, "freight_fen": -1}, "freight_fen"),
        ({"title": "x" * 121, "category_id": 1}, "title"),
        ({"title": "x", "category_id": 2**63}, "category_id"),
    ],
)
def test_bad_input_names_its_field(body: dict[str, Any], field: str) -> None:
    tan = make_person(name="Tan")
    shop = make_shop(owner=tan)
    status, problem = Caller(tan.account_id).post(f"/shops/{shop.id}/products", body)
    assert status == 422
    assert problem["field"].endswith(field)
    assert not Product.objects.exists()


def test_strangers_meet_what_is_not_there() -> None:
    product = make_product()
    guo = Caller(make_person(name="Guo").account_id)
    (sku,) = product.skus
    for path in (f"/products/{product.id}/take-off-sale", f"/skus/{sku.id}/stock/receipts"):
        status, problem = guo.post(path, {"quantity": 1} if "stock" in path else {})
        assert (status, problem["code"]) == (404, "core.not_found")
    assert guo.get(f"/skus/{sku.id}/stock")[0] == 404
    assert Caller(None).get(f"/skus/{sku.id}/stock")[0] == 401
    assert Product.objects.get().state == "on_sale"


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"order": "best"}, {"limit": 0}, {"channel": "attic"}])
def test_lists_refuse_what_they_do_not_know(query: dict[str, Any]) -> None:
    status, problem = Caller(None).get("/products", **query)
    assert (status, problem["field"]) == (422, next(iter(query)))
