"""The permission matrix: every operation of the API called as every role about things that exist.

The table in docs/permissions.md is what this found; a change of it is a change of who may do what, and is looked at.
`LAOTIE_WRITE_DOCS=1` writes it anew.
"""

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from PIL import Image

from laotie.api.assembly import api
from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.core.ids import new_secret
from laotie.core.sql import fetch_one
from laotie.main.demo.build import build_demo_market
from laotie.orders.models import Evidence
from laotie.people import operations as people
from laotie.people.contracts import SHOP_PERMISSIONS, TOKEN_SCOPES
from laotie.people.models import Account, Staff
from laotie.people.tests.makers import make_person

TABLE = Path(__file__).resolve().parent.parent.parent / "docs" / "permissions.md"
NOBODY_WRITES = {  # signed by their senders, or about nobody
    "POST /payments/{channel}/notices",
    "POST /carriers/{carrier}/scans",
}
# What is about one thing and open to everybody who is signed in.
OPEN_TO_STRANGERS = {
    "GET /accounts/{account_id}",
    "GET /creators/{creator_id}/showcase",
    "GET /products/{product_id}",
    "GET /products/{product_id}/quotes",
    "GET /products/{product_id}/skus/{sku_id}/prices",
    "GET /shops/{shop_id}",
    "GET /shops/{shop_id}/brands",
    "GET /brands/{brand_id}/authorisations",  # who may sell a brand is for buyers to see
    "PUT /me/following/{followed}",
    "DELETE /me/following/{followed}",
}
# Where the document does not say all that is wanted.
BODIES = {
    "POST /rules/versions": {"changes": {"pay.seconds": 901}, "valid_from": "2030-01-01T00:00:00Z"},
}
YES, REFUSED, NO = "✓", "○", ""

# Which thing stands for each name in a path or a body: of one shop and one buyer, who have a case with evidence.
CASE = """
SELECT a.id, o.id, o.checkout_id, o.shop_id, o.buyer_id, l.id, l.product_id, l.sku_id, e.id
  FROM orders_aftersale a JOIN orders_orderline l ON l.id = a.line_id JOIN orders_order o ON o.id = l.order_id
  JOIN orders_dispute d ON d.case_id = a.id JOIN orders_evidence e ON e.dispute_id = d.id
 ORDER BY a.id LIMIT 1
"""
NAMES = (
    "case_id", "order_id", "checkout_id", "shop_id", "buyer_id", "line_id", "product_id", "sku_id", "evidence_id"
)  # fmt: skip
THINGS = {
    "category_id": "SELECT category_id FROM catalog_product WHERE id = %(product_id)s",
    "offer_id": "SELECT id FROM catalog_offer WHERE sku_id = %(sku_id)s ORDER BY id LIMIT 1",
    "plan_id": "SELECT id FROM alliance_plan WHERE shop_id = %(shop_id)s AND state = 'open' ORDER BY id LIMIT 1",
    "coupon_id": "SELECT id FROM promotions_coupon ORDER BY shop_id = %(shop_id)s DESC, id LIMIT 1",
    "creator_id": "SELECT party_id FROM alliance_earning WHERE role = 'creator' ORDER BY id LIMIT 1",
    "earning_id": "SELECT id FROM alliance_earning WHERE role = 'creator' AND party_id = %(creator_id)s LIMIT 1",
    "agency_id": "SELECT id FROM people_agency ORDER BY id LIMIT 1",
    "contract_id": "SELECT id FROM people_agencycontract WHERE agency_id = %(agency_id)s ORDER BY id LIMIT 1",
    "brand_id": "SELECT id FROM people_brand ORDER BY owner_shop_id = %(shop_id)s DESC, id LIMIT 1",
    "authorisation_id": "SELECT id FROM people_brandauthorisation ORDER BY id LIMIT 1",
    "address_id": "SELECT id FROM people_address WHERE account_id = %(buyer_id)s ORDER BY id LIMIT 1",
    "payout_id": "SELECT id FROM ledger_payout ORDER BY address LIKE 'shop:' || %(shop_id)s || ':%%' DESC, id LIMIT 1",
    "batch_id": "SELECT id FROM ledger_payoutbatch ORDER BY id LIMIT 1",
    "application_id": "SELECT id FROM people_application WHERE state = 'submitted' ORDER BY id LIMIT 1",
    "paper_id": "SELECT id FROM people_applicationpaper ORDER BY id LIMIT 1",
}
ACCOUNTS = {
    "buyer": "SELECT %(buyer_id)s",
    "creator": "SELECT %(creator_id)s",
    "owner": "SELECT owner_id FROM people_shop WHERE id = %(shop_id)s",
    "staff": "SELECT account_id FROM people_staff WHERE shop_id = %(shop_id)s ORDER BY id LIMIT 1",
    "other owner": "SELECT owner_id FROM people_shop WHERE id <> %(shop_id)s ORDER BY id LIMIT 1",
    "agent": "SELECT owner_id FROM people_agency WHERE id = %(agency_id)s",
    "applicant": "SELECT applicant_id FROM people_application WHERE id = %(application_id)s",
    "operator": "SELECT id FROM people_account WHERE is_operator ORDER BY id LIMIT 1",
}


class World:
    """The demo market, with one thing for every name the API uses."""

    def __init__(self) -> None:
        build_demo_market(show_progress=False, imagined=0)
        found = fetch_one(CASE)
        assert found is not None
        self.known: dict[str, Any] = dict(zip(NAMES, found, strict=True))
        Evidence.objects.filter(pk=self.known["evidence_id"]).update(
            picture=base64.b64encode(as_picture()).decode()
        )
        for name, question in THINGS.items():
            row = fetch_one(question, self.known)
            assert row is not None, name
            self.known[name] = row[0]
        self.known["account_id"] = self.known["creator_id"]
        shop_id = self.known["shop_id"]
        self.places = {"kind": "shop", "number": shop_id, "followed": f"shop:{shop_id}"}
        self.places |= {"channel": "sandbox", "carrier": "sandbox"}
        self.accounts = {"stranger": make_person(name="路人").id}
        for role, question in ACCOUNTS.items():
            row = fetch_one(question, self.known)
            assert row is not None, role
            self.accounts[role] = row[0]
        self._clients = {"nobody": Client()} | {role: _signed_in(one) for role, one in self.accounts.items()}
        _secret, token = people.create_token(
            actor=person(self.accounts["buyer"]), name="app", scopes=TOKEN_SCOPES, expires_at=None, now=utc_now()
        )
        self.known["token_id"] = token.id
        status, _ = self.call("POST", "/cart/items", "buyer", {"sku_id": self.known["sku_id"]}, keeps=True)
        assert status < 300, status
        item = fetch_one("SELECT max(id) FROM orders_cartitem")
        assert item is not None
        self.known["item_id"] = item[0]
        self.known["endpoint_id"] = self._make("/webhooks", "owner")
        status, _ = self.call("POST", f"/webhooks/{self.known['endpoint_id']}/test", "owner", {}, keeps=True)
        assert status < 300, status
        message = fetch_one("SELECT id FROM events_webhookmessage ORDER BY 1 LIMIT 1")
        assert message is not None
        self.known["message_id"] = message[0]

    def call(self, method: str, path: str, role: str, body: Any, *, keeps: bool = False) -> tuple[int, Any]:
        """Call as a role; what it changed is undone unless it `keeps`."""
        headers = {"Idempotency-Key": new_secret()}
        with transaction.atomic():
            answer = self._clients[role].generic(
                method, f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
            )
            if not keeps:
                transaction.set_rollback(True)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status_code, json.loads(answer.content) if is_json else None

    def _make(self, path: str, role: str) -> Any:
        schema = api.get_openapi_schema()
        body = example(schema, schema["paths"][f"/api/v1{path}"]["post"], self.known)
        status, made = self.call("POST", path, role, body, keeps=True)
        assert status == 201, made
        return made.get("id") or made["endpoint"]["id"]


def _signed_in(account_id: int) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def example(schema: Any, operation: Any, known: dict[str, Any]) -> Any:
    """Return the smallest body an operation's document allows, about the known things."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return {}
    return _value(schema, "", content["application/json"]["schema"], known)


def _value(schema: Any, name: str, part: Any, known: dict[str, Any]) -> Any:  # noqa: PLR0911 - one answer per type
    while "$ref" in part or "allOf" in part:
        part = (
            schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part["allOf"][0]
        )
    if name in known:
        return known[name]
    assert not name.endswith("_id"), f"the World knows no {name}"  # a made-up one may exist by chance
    if "anyOf" in part:
        return _value(schema, name, part["anyOf"][0], known)
    if "enum" in part or "const" in part:
        return part.get("const", (part.get("enum") or [None])[0])
    match part.get("type"):
        case "object":
            wanted = part.get("required", [])
            return {key: _value(schema, key, part["properties"][key], known) for key in wanted}
        case "array":
            one = part.get("items", {})
            return [_value(schema, name.removesuffix("s"), one, known)] * max(part.get("minItems", 0), 1)
        case "integer" | "number":
            return max(part.get("minimum", 1), part.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case _:
            return _text(name, part)


def as_picture() -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def _text(name: str, part: dict[str, Any]) -> str:
    texts: dict[str, str] = {
        "date-time": "2030-01-01T00:00:00Z",
        "date": "2030-01-01",
        "uri": "https://example.com/hook",
        "email": "somebody@example.com",
    }
    known: dict[str, str] = {
        "url": "https://example.com/hook",
        "channel": "shelf",
        "permission": "orders",
        "scope": "orders:read",
    }
    known |= {"picture": base64.b64encode(as_picture()).decode()}
    known |= {"visitor_key": "visitor-000000001", "owner": "me", "event": "orders.order_paid.v1"}
    if part.get("format") in texts:
        return texts[str(part["format"])]
    return known.get(name) or ("测试" * max(1, (part.get("minLength", 1) + 1) // 2))


def operations_of(schema: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path (as documented) and document of every operation."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path.removeprefix("/api/v1"), operation


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: ARG001
    for limit in ("RATE_PER_MINUTE_ACCOUNT", "RATE_PER_MINUTE_ADDRESS"):
        monkeypatch.setattr(settings, limit, 10_000_000)
    return World()


@pytest.mark.timeout(600)
def test_the_matrix_is_as_written_down(world: World) -> None:
    schema = api.get_openapi_schema()
    rows = {}
    malformed = set()
    places = {**world.known, **world.places}
    for method, path, operation in operations_of(schema):
        name = f"{method} {path}"
        address = re.sub(r"\{(\w+)\}", lambda found: str(places[found.group(1)]), path)
        needed = [
            one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one.get("required")
        ]
        if needed:
            values = {"before": "2030-01-01T00:00:00Z"} | world.known
            address += "?" + "&".join(f"{one}={values[one]}" for one in needed)
        body = BODIES.get(name) or example(schema, operation, world.known)
        if name == "PUT /orders/{order_id}/destination":
            body = {"address_id": world.known["address_id"]}

        def verdict(role: str) -> str:
            status, answer = world.call(method, address, role, body)  # noqa: B023 - called in this turn
            assert status < 500, (name, role, answer)  # noqa: B023
            if status == 422 and answer["code"] == "core.malformed_request":
                malformed.add((name, answer.get("field")))  # noqa: B023
            if status in {401, 403, 404}:
                return NO
            return YES if status < 400 else REFUSED

        rows[name] = {role: verdict(role) for role in ("nobody", *world.accounts) if role != "staff"} | {
            "staff": _staff(world, verdict)
        }
    assert malformed == set(), sorted(malformed)
    written = as_table(rows)
    if os.environ.get("LAOTIE_WRITE_DOCS"):
        TABLE.write_text(written, encoding="utf-8")
    assert written == TABLE.read_text(encoding="utf-8")

    public = {name for name, row in rows.items() if row["nobody"] and not name.startswith("GET")}
    assert public == NOBODY_WRITES
    about_one = {name for name, row in rows.items() if row["stranger"] == YES and "{" in name}
    assert about_one == OPEN_TO_STRANGERS
    for name, row in rows.items():
        if row["other owner"] == YES and "{shop_id}" in name:
            assert name in OPEN_TO_STRANGERS, name


def _staff(world: World, verdict: Callable[[str], str]) -> str:
    """Return which permissions open an operation to somebody who works in the shop."""
    staff = Staff.objects.filter(account_id=world.accounts["staff"], shop_id=world.known["shop_id"])
    found: dict[str, list[str]] = {YES: [], REFUSED: [], NO: []}
    for permission in SHOP_PERMISSIONS:
        staff.update(permissions=[permission])
        found[verdict("staff")].append(permission)
    opening = found[YES] or found[REFUSED]
    words = "all" if len(opening) == len(SHOP_PERMISSIONS) else ", ".join(opening)
    return words if found[YES] or not opening else f"({words})"


COLUMNS = (
    "nobody",
    "stranger",
    "buyer",
    "creator",
    "owner",
    "staff",
    "other owner",
    "agent",
    "applicant",
    "operator",
)


def as_table(rows: dict[str, dict[str, str]]) -> str:
    """Return the matrix as a document."""
    lines = [
        "# Who may do what",
        "",
        (
            "Every operation of the API, called as every role about things that exist: the order, the after-sale case,"
            " the shop, the creator's earning and so on belong to the roles named. Made by"
            " `LAOTIE_WRITE_DOCS=1 make test T=tests/journeys/test_permissions.py`, checked by every test run."
        ),
        "",
        (
            f"{YES}: answered; {REFUSED}: known to them, but refused for its state or for the made-up input; empty: "
            "refused as not signed in, not allowed or not found. For staff: which single permission opens it, in"
            " brackets where the call was refused for its state or input."
        ),
        "",
        "| operation | " + " | ".join(COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    lines += [
        f"| `{name}` | " + " | ".join(row[role] for role in COLUMNS) + " |" for name, row in sorted(rows.items())
    ]
    return "\n".join(lines) + "\n"
