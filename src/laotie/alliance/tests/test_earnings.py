"""Earnings: the CPS order record, kept by what is heard of orders (RULES 2.4, 2.7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.alliance import queries
from laotie.alliance.contracts import EarningMoveView, EarningReason, EarningSums, EarningView, Role
from laotie.alliance.handlers import SUBSCRIPTIONS
from laotie.alliance.models import Earning, EarningMove
from laotie.alliance.states import EARNING_MOVES, EarningState
from laotie.alliance.tests.makers import NOW
from laotie.core.errors import NotFound
from laotie.events.delivery import deliver_all
from laotie.events.event import Event
from laotie.events.models import ParkedEvent
from laotie.events.orders import (
    LineShare,
    OrderClosed,
    OrderPaid,
    OrderReceived,
    OrderRefunded,
    OrderSettled,
    PaidLine,
    ReceivedLine,
)
from laotie.events.outbox import publish

MEI, AGENCY, LEADER = 7, 4, 9
PARTIES = {"creator": MEI, "agency": AGENCY, "leader": LEADER}
DAY = timedelta(days=1)


def shares(line_id: int = 31, **amounts: int) -> tuple[LineShare, ...]:
    """Write down shares by role, the platform's and the shop's among them."""
    known = [LineShare(line_id, role, f"{role}:{PARTIES[role]}", fen) for role, fen in amounts.items() if fen]
    others = [LineShare(line_id, role, role, 2_00) for role in ("platform_commission", "shop")]
    return (*known, *others)


def paid(line_ids: tuple[int, ...] = (31,), order_id: int = 21, **amounts: int) -> OrderPaid:
    """Tell of an order of 100.00 per line whose parties are Mei, her agency and a leader."""
    lines = tuple(
        PaidLine(
            line_id=line_id,
            product_id=5,
            sku_id=6,
            quantity=1,
            base_fen=100_00,
            creator_id=MEI,
            plan_id=3,
            rate_bp=2_000,
            leader_id=LEADER,
            leader_rate_bp=200,
            agency_id=AGENCY,
        )
        for line_id in line_ids
    )
    given = amounts or {"creator": 12_60, "agency": 5_40, "leader": 1_80}
    expected = tuple(share for line_id in line_ids for share in shares(line_id, **given))
    return OrderPaid(order_id=order_id, shop_id=2, buyer_id=1, paid_at=NOW, lines=lines, shares=expected)


def received(receipt_number: int | None = 1, **amounts: int) -> OrderReceived:
    given = amounts or {"creator": 12_60, "agency": 5_40, "leader": 1_80}
    return OrderReceived(
        order_id=21,
        shop_id=2,
        received_at=NOW + DAY,
        is_automatic=False,
        lines=(ReceivedLine(31, receipt_number, 3_000 if receipt_number == 501 else 0),),
        shares=shares(**given),
    )


def settled(**amounts: int) -> OrderSettled:
    given = amounts or {"creator": 12_60, "agency": 5_40, "leader": 1_80}
    return OrderSettled(order_id=21, shop_id=2, settled_at=NOW + 8 * DAY, shares=shares(**given))


def refunded(remaining_base_fen: int, *, is_settled: bool, **amounts: int) -> OrderRefunded:
    return OrderRefunded(
        order_id=21,
        shop_id=2,
        refund_id=51,
        line_id=31,
        quantity=0,
        goods_fen=100_00 - remaining_base_fen,
        freight_fen=0,
        is_settled=is_settled,
        reason="damaged",
        remaining_base_fen=remaining_base_fen,
        shares=shares(**amounts),
    )


def closed() -> OrderClosed:
    return OrderClosed(order_id=21, shop_id=2, reason="cancelled", was_paid=True)


def hear(*events: Event) -> None:
    """Publish events, each in its own transaction, and deliver them."""
    for event in events:
        with transaction.atomic():
            publish(event, now=NOW + 9 * DAY)
        deliver_all(SUBSCRIPTIONS, now=NOW)
    assert not ParkedEvent.objects.exists()


def stand() -> dict[str, tuple[str, int, int, int, str]]:
    """Where each party's earning on the line stands."""
    return {
        earning.role: (
            earning.state,
            earning.base_fen,
            earning.estimated_fen,
            earning.settled_fen,
            earning.reason,
        )
        for earning in Earning.objects.filter(order_line_id=31)
    }


@pytest.mark.django_db(transaction=True)
class TestKeepEarnings:
    def test_enters_a_record_for_each_party(self) -> None:
        hear(paid())
        assert stand() == {
            "creator": ("paid", 100_00, 12_60, 0, "order_paid"),
            "agency": ("paid", 100_00, 5_40, 0, "order_paid"),
            "leader": ("paid", 100_00, 1_80, 0, "order_paid"),
        }
        (seen,) = queries.list_earnings(creator_id=MEI).items
        assert seen == EarningView(
            id=seen.id,
            role=Role.CREATOR,
            party_id=MEI,
            order_id=21,
            order_line_id=31,
            product_id=5,
            shop_id=2,
            plan_id=3,
            base_fen=100_00,
            rate_bp=2_000,
            receipt_number=None,
            state=EarningState.PAID,
            estimated_fen=12_60,
            settled_fen=0,
            reason=EarningReason.ORDER_PAID,
            paid_at=NOW,
            moved_at=NOW,
        )

    def test_a_line_nobody_is_owed_for_has_none(self) -> None:
        line = PaidLine(line_id=31, product_id=5, sku_id=6, quantity=1, base_fen=100_00)
        event = OrderPaid(order_id=21, shop_id=2, buyer_id=1, paid_at=NOW, lines=(line,), shares=shares())
        hear(event, settled())
        assert stand() == {}

    def test_the_same_news_twice_changes_nothing(self) -> None:
        events = [paid(), received(), settled()]
        hear(*[event for event in events for _again in range(2)])
        assert EarningMove.objects.count() == 9
        assert stand()["creator"] == ("settled", 100_00, 0, 12_60, "order_settled")

    def test_grows_with_the_step(self) -> None:
        hear(paid(creator=9_00), received(receipt_number=501, creator=27_00))
        assert stand()["creator"] == ("received", 100_00, 27_00, 0, "step_reached")
        (seen,) = queries.list_earnings(creator_id=MEI).items
        assert (seen.receipt_number, seen.rate_bp) == (501, 3_000)

    def test_example_4_reduces_before_settlement(self) -> None:
        """RULES 13.2, example 4, the creator's and the leader's part: 30.00 of 100.00 refunded."""
        hear(paid(creator=18_00, leader=1_80), refunded(70_00, is_settled=False, creator=12_60, leader=1_26))
        assert stand()["creator"] == ("paid", 70_00, 12_60, 0, "partly_refunded")
        assert stand()["leader"] == ("paid", 70_00, 1_26, 0, "partly_refunded")

    def test_reduces_after_settlement(self) -> None:
        hear(paid(), received(), settled(), refunded(50_00, is_settled=True, creator=6_30, leader=90))
        assert stand()["creator"] == ("settled", 50_00, 0, 6_30, "partly_refunded")

    @pytest.mark.parametrize("is_settled", [False, True])
    def test_a_full_refund_voids(self, is_settled: bool) -> None:  # noqa: FBT001
        before = (paid(), received(), settled()) if is_settled else (paid(),)
        hear(*before, refunded(0, is_settled=is_settled))
        assert stand()["creator"] == ("void", 0, 0, 0, "fully_refunded")
        assert stand()["leader"] == ("void", 0, 0, 0, "fully_refunded")

    def test_a_refund_of_freight_alone_changes_nothing(self) -> None:
        hear(paid())
        before = stand()
        hear(refunded(100_00, is_settled=False, creator=12_60, agency=5_40, leader=1_80))
        assert stand() == before
        assert EarningMove.objects.count() == 3

    def test_a_closed_order_voids(self) -> None:
        hear(paid(), closed())
        assert stand()["creator"] == ("void", 100_00, 0, 0, "order_closed")
        hear(received(), settled())
        assert stand()["creator"] == ("void", 100_00, 0, 0, "order_closed")

    def test_a_refund_after_settlement_may_be_heard_before_it(self) -> None:
        hear(paid(), received(), refunded(50_00, is_settled=True, creator=6_30), settled())
        assert stand()["creator"] == ("settled", 50_00, 0, 6_30, "partly_refunded")

    def test_leaves_other_lines_and_orders_alone(self) -> None:
        hear(paid((31, 32)), paid((33,), order_id=22), refunded(0, is_settled=False))
        states = Earning.objects.filter(role="creator").order_by("order_line_id")
        assert [earning.state for earning in states] == ["void", "paid", "paid"]

    def test_asks_the_database_as_often_for_50_lines_as_for_1(self) -> None:
        counts = []
        for line_ids in ((31,), tuple(range(100, 150))):
            event = paid(line_ids, order_id=line_ids[0])
            with CaptureQueriesContext(connection) as captured:
                SUBSCRIPTIONS[0].handlers[OrderPaid](event, NOW)
            counts.append(len(captured))
        assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
class TestQuestions:
    def test_each_party_sees_its_own(self) -> None:
        hear(paid())
        assert [one.role for one in queries.list_earnings(creator_id=MEI).items] == [Role.CREATOR]
        assert [one.role for one in queries.list_leader_earnings(leader_id=LEADER).items] == [Role.LEADER]
        assert [one.role for one in queries.list_agency_earnings(agency_id=AGENCY).items] == [Role.AGENCY]
        assert queries.list_earnings(creator_id=LEADER).items == ()
        assert queries.list_earnings(creator_id=MEI, state=EarningState.VOID).items == ()

    def test_adds_up_settled_and_expected(self) -> None:
        hear(paid((31,)), received(), settled(), paid((33,), order_id=22), paid((34,), order_id=23))
        hear(OrderClosed(order_id=23, shop_id=2, reason="cancelled", was_paid=True))
        sums = queries.sum_earnings(role=Role.CREATOR, party_id=MEI)
        assert sums == EarningSums(lines=2, estimated_fen=12_60, settled_fen=12_60)

    def test_tells_what_happened(self) -> None:
        hear(paid(), received())
        (seen,) = queries.list_earnings(creator_id=MEI).items
        moves = queries.list_earning_moves(role=Role.CREATOR, party_id=MEI, earning_id=seen.id)
        assert moves == (
            EarningMoveView("", EarningState.PAID, 100_00, 12_60, 0, EarningReason.ORDER_PAID, NOW),
            EarningMoveView(
                "paid", EarningState.RECEIVED, 100_00, 12_60, 0, EarningReason.ORDER_RECEIVED, NOW + DAY
            ),
        )
        for stranger in ({"party_id": 8}, {"role": Role.LEADER}, {"earning_id": 2**62}):
            asked: dict[str, Any] = {"role": Role.CREATOR, "party_id": MEI, "earning_id": seen.id, **stranger}
            with pytest.raises(NotFound):
                queries.list_earning_moves(**asked)

    def test_pages(self) -> None:
        hear(paid(tuple(range(100, 105))))
        first = queries.list_earnings(creator_id=MEI, limit=3)
        rest = queries.list_earnings(creator_id=MEI, limit=3, cursor=first.next_cursor)
        assert [one.order_line_id for one in first.items + rest.items] == [104, 103, 102, 101, 100]
        assert rest.next_cursor == ""


def test_only_void_is_final() -> None:
    assert [state for state in EarningState if EARNING_MOVES.is_final(state)] == [EarningState.VOID]
