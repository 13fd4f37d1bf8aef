"""The API keeps its word: what the OpenAPI document says is what the running application does, whatever it is sent."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.conf import settings as market_settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from laotie.core.actor import person, system
from laotie.core.clock import utc_now
from laotie.orders import operations
from laotie.orders.tests import makers
from laotie.people.contracts import TOKEN_SCOPES
from laotie.people.operations import create_token, grant_operator
from laotie.people.tests.makers import make_address, make_agency, make_brand

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WRITES = {"post", "put", "patch", "delete"}
SHORT_EXAMPLES = 6
LONG_EXAMPLES = 200


@pytest.fixture
def merchant(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: ARG001
    """Tan, who owns a shop with orders and is also an operator: their token opens everything there is."""
    for limit in ("RATE_PER_MINUTE_ACCOUNT", "RATE_PER_MINUTE_ADDRESS"):
        monkeypatch.setattr(market_settings, limit, 10_000_000)
    market = makers.make_market()
    plan = makers.open_plan(market)
    makers.click(market)
    makers.place(market, now=utc_now())
    settled = makers.buy(market, until="settled")
    paid = makers.buy(market)
    asked = operations.ask_after_sale(
        actor=market.buyer, order_id=paid.id, line_id=paid.lines[0].id, reason="少发", now=makers.NOW
    )
    now = utc_now()
    grant_operator(actor=system("tests"), account_id=market.tan.id, now=now)
    secret, token = create_token(
        actor=market.merchant, name="app", scopes=TOKEN_SCOPES, expires_at=now + timedelta(days=1), now=now
    )
    return {
        "Authorization": f"Bearer {secret}",
        "known": {
            "order_id": settled.id,
            "case_id": asked.id,
            "checkout_id": paid.checkout_id,
            "shop_id": market.shop.id,
            "product_id": market.product.id,
            "sku_id": market.sku_id,
            "plan_id": plan.id,
            "account_id": market.mei.id,
            "creator_id": market.mei.id,
            "token_id": token.id + 1,  # not the one this test speaks with
            "address_id": make_address(owner=market.tan).id,
            "agency_id": make_agency(owner=market.tan).id,
            "brand_id": make_brand(shop=market.shop).id,
            "channel": "sandbox",
        },
    }


def operations_of(schema: Any) -> Iterator[Any]:
    """Yield every operation the document describes."""
    for found in schema.get_all_operations():
        yield found.ok()


def speak(merchant: Mapping[str, Any], examples: int) -> None:
    """Send every operation made-up requests, half of them about things that exist, and check every answer."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    known = merchant["known"]
    headers = {"Authorization": merchant["Authorization"]}
    broken: list[str] = []
    for operation in operations_of(schema):
        if operation.path.endswith(("/tokens/{token_id}", "/accounts/{account_id}/block")):
            continue  # would end the conversation
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=examples == SHORT_EXAMPLES,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
            def converse(case: Any, is_known: bool) -> None:  # noqa: FBT001
                if is_known and case.path_parameters:
                    case.path_parameters = {
                        name: known.get(name, value) for name, value in case.path_parameters.items()
                    }
                answer = case.call(headers=headers)
                case.validate_response(answer, checks=CHECKS, headers=headers)

            try:
                converse()
            except Unsatisfiable:  # nothing of it can be wrong
                continue
            except (Exception, BaseExceptionGroup) as trouble:  # noqa: BLE001 - all are told at the end
                broken.append(f"{operation.label} ({mode}): {_describe(trouble)}")
    assert broken == []


def _describe(trouble: BaseException) -> str:
    inner = trouble.exceptions if isinstance(trouble, BaseExceptionGroup) else [trouble]
    return "; ".join(f"{type(one).__name__}: {one}"[:800] for one in inner) + str(trouble)[-700:]


def test_every_answer_is_one_the_document_describes(merchant: Mapping[str, Any]) -> None:
    speak(merchant, SHORT_EXAMPLES)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
def test_every_answer_of_a_long_conversation_is_one_the_document_describes(merchant: Mapping[str, Any]) -> None:
    speak(merchant, LONG_EXAMPLES)


def test_the_document_is_valid_openapi_3_1(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()


# A quote changes nothing; callbacks bring ids of their own.
NO_KEY = {"/api/v1/quotes", "/api/v1/payments/{channel}/notices", "/api/v1/carriers/{carrier}/scans"}


@pytest.mark.django_db
def test_every_write_asks_for_an_idempotency_key_and_refuses_without(merchant: Mapping[str, Any]) -> None:
    client = Client(headers={"Authorization": merchant["Authorization"], "Visitor-Key": "visitor-0123456789"})
    document = client.get("/api/v1/openapi.json").json()
    missing, refused = [], 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in WRITES or path in NO_KEY:
                continue
            keys = [entry for entry in operation.get("parameters", ()) if entry["name"] == "Idempotency-Key"]
            if [(entry["in"], entry["required"]) for entry in keys] != [("header", True)]:
                missing.append(f"{method} {path}")
            address = path
            for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
                address = address.replace(f"{{{name}}}", str(merchant["known"].get(name, 1)))
            answer = client.generic(method.upper(), address, json.dumps({}), content_type="application/json")
            # Input is read before the key is asked for, so a write whose body is wrong says that first.
            assert answer.status_code in {400, 422}, (method, path, answer.content)
            refused += answer.json()["code"] == "core.key_missing"
    assert missing == []
    assert refused > 10


def test_a_stranger_is_asked_to_sign_in(client: Client, db: None) -> None:  # noqa: ARG001
    answer = client.get("/api/v1/orders")
    assert (answer.status_code, answer.json()["code"]) == (401, "core.not_signed_in")


def test_a_scope_the_token_lacks_is_refused(db: None) -> None:  # noqa: ARG001
    market = makers.make_market()
    secret, _ = create_token(
        actor=person(market.tan.id), name="reader", scopes=["orders:read"], expires_at=None, now=utc_now()
    )
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        "/api/v1/cart/items",
        {"sku_id": market.sku_id},
        content_type="application/json",
        headers={"Idempotency-Key": "k1"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "core.not_allowed")


def test_no_two_schemas_share_a_name() -> None:
    """Two of one name overwrite each other in the document without a word."""

    def below(schema: type[Schema]) -> Iterator[type[Schema]]:
        for found in schema.__subclasses__():
            yield found
            yield from below(found)

    ours = {found for found in below(Schema) if found.__module__.startswith("laotie.") and found.model_fields}
    names = Counter(found.__name__ for found in ours)
    assert [name for name, times in names.items() if times > 1] == []
