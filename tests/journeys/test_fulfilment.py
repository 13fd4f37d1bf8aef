"""Parcels: signed scans in any order, forged ones, lost ones; late shipping; another address before shipping."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from laotie.core.clock import utc_now
from laotie.core.errors import IllegalMove, NotFound
from laotie.ledger.contracts import buyer_address, shop_address
from laotie.ledger.queries import get_balance
from laotie.main.audit import audit_everything
from laotie.orders import operations, queries
from laotie.orders.carriers import Scan, secret_of
from laotie.orders.carriers.port import sign
from laotie.orders.carriers.sandbox import SANDBOX_CARRIER, plan_scans, scan_body
from laotie.orders.contracts import AfterSaleKind, ScanKind
from laotie.orders.models import AfterSale, Order, Parcel, ParcelScan
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_address, make_bank_account, make_identity, make_person, refused
from laotie.trust.tests.makers import make_payout

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHIPPED_AT = makers.NOW + HOUR
NUMBER = "SF1000001"


def scan(kind: ScanKind, at: datetime, scan_id: str = "") -> Scan:
    """Return a carrier's word."""
    return Scan(scan_id or f"{kind}-{at.timestamp()}", kind, at, "义乌")


def told(*scans: Scan, now: datetime) -> int:
    """Let the carrier tell of the parcel."""
    return operations.take_scans(carrier="sandbox", tracking_number=NUMBER, scans=scans, now=now)


class TestScans:
    def test_come_in_any_order_and_twice_and_the_latest_by_its_own_time_counts(self) -> None:
        market = makers.make_market()
        makers.buy(market, until="shipped")
        delivered = scan(ScanKind.DELIVERED, SHIPPED_AT + 2 * DAY)
        late = scan(ScanKind.IN_TRANSIT, SHIPPED_AT + DAY)
        now = SHIPPED_AT + 3 * DAY
        assert told(delivered, now=now) == 1
        assert told(late, delivered, now=now + DAY) == 1  # a day late, and the other one again
        parcel = Parcel.objects.get()
        assert (parcel.state, parcel.delivered_at) == ("delivered", SHIPPED_AT + 2 * DAY)
        assert ParcelScan.objects.count() == 2

    def test_a_lost_parcel_is_never_received_by_time_until_it_is_found(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        assert order.receive_by is not None
        told(scan(ScanKind.LOST, SHIPPED_AT + 2 * DAY), now=SHIPPED_AT + 3 * DAY)
        assert operations.receive_due_orders(now=order.receive_by + 30 * DAY) == 0
        told(scan(ScanKind.IN_TRANSIT, SHIPPED_AT + 4 * DAY), now=SHIPPED_AT + 5 * DAY)
        assert operations.receive_due_orders(now=order.receive_by) == 1

    def test_the_buyer_of_a_lost_parcel_gets_the_money(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="shipped")
        now = SHIPPED_AT + 3 * DAY
        told(scan(ScanKind.LOST, SHIPPED_AT + 2 * DAY), now=now)
        case = operations.ask_after_sale(
            actor=market.buyer, order_id=order.id, line_id=order.lines[0].id, reason="other: 丢件", now=now
        )
        operations.agree_after_sale(actor=market.merchant, case_id=case.id, now=now)
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert list(audit_everything()) == []

    @pytest.mark.parametrize("kind", [AfterSaleKind.REFUND_ONLY, AfterSaleKind.RETURN_REFUND])
    def test_a_parcel_called_back_that_returns_pays_the_buyer(self, kind: AfterSaleKind) -> None:
        market = makers.make_market(stock=10)
        order = makers.buy(market, until="shipped")
        now = SHIPPED_AT + DAY
        case = operations.ask_after_sale(
            actor=market.buyer,
            order_id=order.id,
            line_id=order.lines[0].id,
            kind=kind,
            reason="faulty",
            now=now,
        )
        told(scan(ScanKind.RETURNED, now + DAY), now=now + 2 * DAY)
        assert AfterSale.objects.get(pk=case.id).state == "refunding"
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert list(audit_everything()) == []

    def test_several_parcels_of_one_order_each_have_their_own(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        operations.ship_order(
            actor=market.merchant,
            order_id=order.id,
            parcels=[("顺丰速运", NUMBER), ("中通快递", "ZT2")],
            now=SHIPPED_AT,
        )
        told(scan(ScanKind.DELIVERED, SHIPPED_AT + DAY), now=SHIPPED_AT + 2 * DAY)
        states = [parcel.state for parcel in queries.access_order(actor=market.buyer, order_id=order.id).parcels]
        assert states == ["delivered", ""]

    def test_a_parcel_nobody_knows(self) -> None:
        with refused(NotFound):
            told(scan(ScanKind.LOST, SHIPPED_AT), now=SHIPPED_AT)


class TestCallbacks:
    def post(
        self, body: bytes, *, sent_at: datetime, secret: str = "", carrier: str = "sandbox"
    ) -> tuple[int, Any]:
        """Send a callback as a carrier does."""
        signature = sign(body=body, secret=secret or secret_of("sandbox"), sent_at=sent_at)
        answer = Client().post(
            f"/api/v1/carriers/{carrier}/scans", body, content_type="application/json", headers=signature
        )
        return answer.status_code, json.loads(answer.content)

    def body(self, **changes: Any) -> bytes:
        """Return a callback's body, changed where a test wants it."""
        found = {"id": "s1", "kind": "delivered", "at": utc_now().isoformat(), "place": "杭州", **changes}
        number = found.pop("tracking_number", NUMBER)
        return json.dumps({"tracking_number": number, "scans": [found]}).encode()

    def shipped(self) -> None:
        """Ship an order now."""
        market = makers.make_market()
        makers.buy(market, now=utc_now() - 2 * DAY, until="shipped")

    def test_is_taken_once(self) -> None:
        self.shipped()
        body = self.body()
        assert self.post(body, sent_at=utc_now()) == (200, {"taken": 1})
        assert self.post(body, sent_at=utc_now()) == (200, {"taken": 0})
        assert Parcel.objects.get().state == "delivered"

    def test_forged_stale_or_unknown_it_changes_nothing(self) -> None:
        self.shipped()
        now = utc_now()
        for answer, code in (
            (self.post(self.body(), sent_at=now, secret="guessed"), "orders.bad_signature"),
            (self.post(self.body(), sent_at=now - timedelta(minutes=6)), "orders.stale_notice"),
            (self.post(self.body(), sent_at=now, carrier="nobody"), "orders.unknown_carrier"),
            (self.post(self.body(tracking_number="X"), sent_at=now), "core.not_found"),
        ):
            assert answer[1]["code"] == code
            assert 400 <= answer[0] < 500
        assert ParcelScan.objects.count() == 0

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": "eaten"}, "kind"),
            ({"kind": 7}, "kind"),
            ({"at": "yesterday"}, "at"),
            ({"at": "2026-01-01T00:00:00"}, "at"),
            ({"at": "2999-01-01T00:00:00Z"}, "at"),
            ({"id": ""}, "id"),
            ({"place": "x" * 101}, "place"),
            ({"tracking_number": "\x00"}, "tracking_number"),
        ],
    )
    def test_what_makes_no_sense_names_its_field(self, changes: dict[str, Any], field: str) -> None:
        self.shipped()
        status, problem = self.post(self.body(**changes), sent_at=utc_now())
        assert (status, problem["field"]) == (422, field)

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"scans": []}', b"\xff"])
    def test_bodies_that_are_none(self, body: bytes) -> None:
        assert self.post(body, sent_at=utc_now())[0] == 422

    @pytest.mark.parametrize(
        ("number", "state"), [("SB1", "delivered"), ("SB7", "delivered"), ("SB8", "lost"), ("SB9", "returned")]
    )
    def test_the_sandbox_carries_as_its_number_ends(self, number: str, state: str) -> None:
        market = makers.make_market()
        order = makers.buy(market, now=utc_now() - 2 * DAY)
        operations.ship_order(
            actor=market.merchant, order_id=order.id, parcels=[(SANDBOX_CARRIER, number)], now=utc_now() - DAY
        )
        for planned in plan_scans(number):
            body = scan_body(tracking_number=number, planned=planned, sent_at=utc_now())
            assert self.post(body, sent_at=utc_now())[0] == 200
        assert Parcel.objects.get().state == state


class TestLateShipping:
    def test_costs_the_shop_ten_percent_once_the_second_it_is_late(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        assert order.ship_by == makers.NOW + 48 * HOUR
        assert operations.compensate_late_orders(now=order.ship_by) == 0
        assert operations.compensate_late_orders(now=order.ship_by + SECOND) == 1
        assert operations.compensate_late_orders(now=order.ship_by + DAY) == 0
        assert Order.objects.get().late_fen == 10_00
        assert get_balance(address=buyer_address(market.lin.id)).balance_fen == 10_00
        assert get_balance(address=shop_address(market.shop.id)).balance_fen == -10_00
        assert list(audit_everything()) == []

    @pytest.mark.parametrize(
        ("price_fen", "late_fen"), [(1_000, 500), (5_000, 500), (5_010, 501), (600_000, 50_000)]
    )
    def test_five_to_five_hundred_yuan(self, price_fen: int, late_fen: int) -> None:
        market = makers.make_market(price_fen=price_fen)
        makers.buy(market)
        operations.compensate_late_orders(now=makers.NOW + 3 * DAY)
        assert Order.objects.get().late_fen == late_fen

    def test_shipped_in_time_costs_nothing(self) -> None:
        market = makers.make_market()
        makers.buy(market, until="shipped")
        assert operations.compensate_late_orders(now=makers.NOW + 30 * DAY) == 0

    def test_the_buyer_takes_it_out(self) -> None:
        market = makers.make_market()
        makers.buy(market)
        operations.compensate_late_orders(now=makers.NOW + 3 * DAY)
        make_identity(account=market.lin, name="林晓")
        make_bank_account(actor=market.buyer, owner=f"account:{market.lin.id}")
        now = makers.NOW + 4 * DAY
        payout = make_payout(actor=market.buyer, party=f"buyer:{market.lin.id}", fen=10_00, now=now)
        assert payout.address == buyer_address(market.lin.id)
        assert list(audit_everything()) == []


class TestAnotherAddress:
    def test_until_it_is_shipped(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        office = make_address(owner=market.lin)
        operations.change_destination(actor=market.buyer, order_id=order.id, address_id=office.id, now=makers.NOW)
        shown = queries.access_order(actor=market.buyer, order_id=order.id).destination
        assert shown is not None
        assert shown.street == "福田街道银海路399号"
        makers.ship(market, order.id, now=SHIPPED_AT)
        with refused(IllegalMove):
            operations.change_destination(
                actor=market.buyer, order_id=order.id, address_id=office.id, now=SHIPPED_AT
            )
        assert list(audit_everything()) == []

    def test_only_ones_own_order_and_address(self) -> None:
        market = makers.make_market()
        order = makers.buy(market)
        stranger = make_person(name="郭")
        foreign = make_address(owner=stranger)
        for actor, address_id in (
            (market.merchant, make_address(owner=market.tan).id),
            (market.buyer, foreign.id),
        ):
            with refused(NotFound):
                operations.change_destination(
                    actor=actor, order_id=order.id, address_id=address_id, now=makers.NOW
                )
