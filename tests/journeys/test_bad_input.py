"""Bad input meets a clear refusal: a stable code, the field at fault, a sentence in both languages, nothing changed."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.core.sql import fetch_all
from laotie.orders.models import Payment
from laotie.orders.payments.sandbox import SIGNATURE_HEADER, sign_notice
from laotie.orders.tests import makers
from laotie.people.contracts import TOKEN_SCOPES
from laotie.people.models import Account
from laotie.people.operations import create_token
from laotie.people.tests.makers import make_address, make_person

pytestmark = pytest.mark.django_db

HTML = "<script>alert(1)</script>"
_keys = itertools.count(1)


@dataclass
class Scene:
    """Lin with a placed order, Guo who has nothing to do with it, Shen who runs the platform."""

    market: makers.Market
    clients: dict[str, Client]
    address_id: int
    order_id: int
    payment: Payment

    def send(self, who: str, method: str, path: str, body: Any, language: str = "en") -> tuple[int, Any]:
        """Send a write and return status and JSON."""
        answer = self.clients[who].generic(
            method,
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": f"bad-{next(_keys)}", "Accept-Language": language},
        )
        return answer.status_code, answer.json()

    def notice(self, *, language: str = "en", secret: str = "", **changes: Any) -> tuple[int, Any]:
        """Send a callback of the sandbox about Lin's payment, with something about it changed."""
        told = {
            "number": self.payment.number,
            "notice_id": f"N{next(_keys)}",
            "is_paid": True,
            "amount_fen": self.payment.amount_fen,
            "currency": self.payment.currency,
            "sent_at": utc_now(),
            **changes,
        }
        body, headers = sign_notice(**told)
        if secret:
            headers = {SIGNATURE_HEADER: headers[SIGNATURE_HEADER][:-4] + secret}
        answer = Client().generic(
            "POST",
            "/api/v1/payments/sandbox/notices",
            body,
            content_type="application/json",
            headers={**headers, "Accept-Language": language},
        )
        return answer.status_code, answer.json()

    def basket(self, **line: Any) -> dict[str, Any]:
        """Return a good basket with something about its only line changed."""
        return {
            "lines": [{"sku_id": self.market.sku_id, "quantity": 1, **line}],
            "address_id": self.address_id,
        }


@pytest.fixture
def scene() -> Scene:
    market = makers.make_market()
    now = utc_now()
    guo = make_person(name="郭路人")
    shen = make_person(name="沈运营", is_operator=True)
    clients = {}
    for name, account_id in {"lin": market.lin.id, "tan": market.tan.id, "guo": guo.id}.items():
        secret, _ = create_token(
            actor=person(account_id), name="app", scopes=TOKEN_SCOPES, expires_at=None, now=now
        )
        clients[name] = Client(headers={"Authorization": f"Bearer {secret}"})
    clients["shen"] = Client()  # no token may change the rules: Shen signs in
    clients["shen"].force_login(Account.objects.get(pk=shen.id))
    checkout = makers.place(market, now=now)
    return Scene(
        market=market,
        clients=clients,
        address_id=make_address(owner=market.lin).id,
        order_id=checkout.order_ids[0],
        payment=Payment.objects.get(number=checkout.payment.number),
    )


Send = Callable[[Scene, str], tuple[int, Any]]

# what is sent, in a language; then status, code and the field it names
CASES: dict[str, tuple[Send, int, str, str]] = {
    "a quantity that is a text": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(quantity="two"), language),
        422,
        "core.malformed_request",
        "basket.lines.0.quantity",
    ),
    "a quantity of zero": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(quantity=0), language),
        422,
        "core.malformed_request",
        "basket.lines.0.quantity",
    ),
    "a negative quantity": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(quantity=-3), language),
        422,
        "core.malformed_request",
        "basket.lines.0.quantity",
    ),
    "a field nobody knows": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(price_fen=1), language),
        422,
        "core.malformed_request",
        "basket.lines.0.price_fen",
    ),
    "a body that is a list": (
        lambda scene, language: scene.send("lin", "POST", "/orders", [], language),
        422,
        "core.malformed_request",
        "basket",
    ),
    "an unknown SKU": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(sku_id=10**12), language),
        409,
        "catalog.sku_unavailable",
        "sku_id",
    ),
    "a SKU beyond every number": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(sku_id=2**70), language),
        422,
        "core.malformed_request",
        "basket.lines.0.sku_id",
    ),
    "more than there is": (
        lambda scene, language: scene.send("lin", "POST", "/orders", scene.basket(quantity=9_999), language),
        409,
        "catalog.out_of_stock",
        "quantity",
    ),
    "somebody else's address": (
        lambda scene, language: scene.send("guo", "POST", "/orders", scene.basket(), language),
        404,
        "core.not_found",
        "",
    ),
    "a total the buyer did not see": (
        lambda scene, language: scene.send(
            "lin", "POST", "/orders", {**scene.basket(), "expected_fen": 1}, language
        ),
        409,
        "orders.price_changed",
        "expected_fen",
    ),
    "a way to pay nobody knows": (
        lambda scene, language: scene.send(
            "lin", "POST", "/orders", {**scene.basket(), "payment_channel": "gold"}, language
        ),
        422,
        "orders.unknown_channel",
        "channel",
    ),
    "a control character": (
        lambda scene, language: scene.send(
            "lin", "POST", "/orders", {**scene.basket(), "placed_from": "a\x00b"}, language
        ),
        422,
        "core.malformed_request",
        "basket.placed_from",
    ),
    "cancelling somebody else's order": (
        lambda scene, language: scene.send(
            "guo", "POST", f"/orders/{scene.order_id}/cancel", {"reason": "x"}, language
        ),
        404,
        "core.not_found",
        "",
    ),
    "cancelling an order that never was": (
        lambda scene, language: scene.send("lin", "POST", f"/orders/{10**12}/cancel", {"reason": "x"}, language),
        404,
        "core.not_found",
        "",
    ),
    "shipping an order that is not paid": (
        lambda scene, language: scene.send(
            "tan",
            "POST",
            f"/shop-orders/{scene.order_id}/shipment",
            {"parcels": [{"carrier": "顺丰", "tracking_number": "SF1"}]},
            language,
        ),
        409,
        "core.illegal_move",
        "",
    ),
    "shipping for a shop one does not work for": (
        lambda scene, language: scene.send(
            "guo",
            "POST",
            f"/shop-orders/{scene.order_id}/shipment",
            {"parcels": [{"carrier": "顺丰", "tracking_number": "SF1"}]},
            language,
        ),
        404,
        "core.not_found",
        "",
    ),
    "a reason too long": (
        lambda scene, language: scene.send(
            "lin", "POST", f"/orders/{scene.order_id}/cancel", {"reason": "长" * 201}, language
        ),
        422,
        "core.malformed_request",
        "why.reason",
    ),
    "a name too long": (
        lambda scene, language: scene.send("shen", "POST", "/shops", {"name": "店" * 500}, language),
        422,
        "core.malformed_request",
        "body.name",
    ),
    "rules that begin in the past": (
        lambda scene, language: scene.send(
            "shen",
            "POST",
            "/rules/versions",
            {"changes": {"pay.seconds": 600}, "valid_from": "2020-01-01T00:00:00Z"},
            language,
        ),
        422,
        "core.invalid_input",
        "valid_from",
    ),
    "a forged signature": (
        lambda scene, language: scene.notice(language=language, secret="beef"),
        400,
        "orders.bad_signature",
        "signature",
    ),
    "a callback replayed much later": (
        lambda scene, language: scene.notice(language=language, sent_at=utc_now() - timedelta(minutes=6)),
        400,
        "orders.stale_notice",
        "sent_at",
    ),
    "a callback from the future": (
        lambda scene, language: scene.notice(language=language, sent_at=utc_now() + timedelta(minutes=6)),
        400,
        "orders.stale_notice",
        "sent_at",
    ),
    "a callback in another currency": (
        lambda scene, language: scene.notice(language=language, currency="USD"),
        422,
        "orders.notice_mismatch",
        "amount_fen",
    ),
    "a callback about less money": (
        lambda scene, language: scene.notice(language=language, amount_fen=1),
        422,
        "orders.notice_mismatch",
        "amount_fen",
    ),
    "a callback about a payment that never was": (
        lambda scene, language: scene.notice(language=language, number="000"),
        404,
        "core.not_found",
        "",
    ),
}


# A refused callback rolls its transaction back, so these need one of their own.
ALONE = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "what", [pytest.param(name, marks=[ALONE] if name.startswith("a callback") else []) for name in CASES]
)
def test_is_refused_with_code_and_field_in_both_languages_and_changes_nothing(what: str, scene: Scene) -> None:
    send, status, code, field = CASES[what]
    before = row_counts()
    sentences = []
    for language in ("en", "zh-hans"):
        found, problem = send(scene, language)
        assert (found, problem["code"], problem["field"]) == (status, code, field), problem
        sentences.append(problem["detail"])
    english, chinese = sentences
    assert english.isascii()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), chinese
    assert row_counts() == before


def test_html_in_a_name_is_just_text(scene: Scene) -> None:
    status, shop = scene.send("shen", "POST", "/shops", {"name": HTML})
    assert status in {200, 201}
    assert shop["name"] == HTML


def row_counts() -> dict[str, int]:
    """Count the rows of every table of ours."""
    tables = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("laotie.")]
    counted = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)  # noqa: S608
    return dict(fetch_all(counted))


def test_a_request_too_large_is_a_coded_refusal(db: None) -> None:  # noqa: ARG001
    market = makers.make_market()
    client = Client()
    client.force_login(Account.objects.get(pk=market.lin.id))
    body = json.dumps({"words": "x" * 12_000_001})
    answer = client.post(
        "/api/v1/after-sales/1/evidence",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "k1"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "core.body_too_large")
