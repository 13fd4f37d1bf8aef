"""Disputes: evidence, silence, rulings, appeals, each clock at its edge; and charge-backs of the payment channel."""

import io
from datetime import datetime, timedelta

import pytest
from PIL import Image

from laotie.core.actor import Actor, person, system
from laotie.core.audit_log import list_actions
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.core.pictures import NotAPicture
from laotie.events.models import OutboxEvent
from laotie.ledger.contracts import shop_address
from laotie.ledger.queries import get_balance
from laotie.main.audit import audit_everything
from laotie.orders import operations, queries
from laotie.orders.contracts import AfterSaleKind, DisputeState, OrderView, Side
from laotie.orders.errors import (
    AppealOver,
    ChargeBackDiffers,
    ChargeBackTooLarge,
    EvidenceClosed,
    EvidenceTooMuch,
    SameJudge,
)
from laotie.orders.models import AfterSale, ChargeBack, Dispute, Evidence, Order, Payment
from laotie.orders.operations.disputes import GUARANTEE
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_person, refused

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ASKED_AT = makers.NOW + 4 * DAY


def judge(name: str = "沈") -> Actor:
    """Make an operator."""
    return person(make_person(name=name, is_operator=True, now=makers.LONG_AGO).id)


def dispute(
    market: makers.Market, *, until: str = "received", kind: AfterSaleKind = AfterSaleKind.REFUND_ONLY
) -> tuple[OrderView, int, datetime]:
    """Bring a case before the platform; return the order, the case and the moment."""
    order = makers.buy(market, until=until)
    now = (order.settled_at or ASKED_AT) + HOUR
    case = operations.ask_after_sale(
        actor=market.buyer,
        order_id=order.id,
        line_id=order.lines[0].id,
        kind=kind,
        reason="not_as_described",
        now=now,
    )
    operations.refuse_after_sale(actor=market.merchant, case_id=case.id, answer="无质量问题", now=now)
    operations.open_dispute(actor=market.buyer, case_id=case.id, words="与直播不符", now=now)
    return order, case.id, now


def picture(*, size: tuple[int, int] = (40, 30), kind: str = "JPEG") -> bytes:
    """Return a picture that says where it was taken."""
    out = io.BytesIO()
    image = Image.new("RGB", size, "red")
    exif = image.getexif()
    exif[0x010E] = "杭州 文三路"
    image.save(out, kind, exif=exif)
    return out.getvalue()


class TestEvidence:
    def test_a_silent_shop_has_lost_after_48_hours(self) -> None:
        market = makers.make_market()
        order, case_id, now = dispute(market)
        due_at = now + 48 * HOUR
        assert operations.act_on_due_disputes(now=due_at - SECOND) == 0
        assert operations.act_on_due_disputes(now=due_at) == 1
        found = Dispute.objects.get()
        assert (found.state, found.winner, found.ruled_by) == ("ruled", "buyer", "system:dispute-deadline")
        assert makers.order(market, order.id).refunded_fen == 100_00
        assert AfterSale.objects.get(pk=case_id).state == "refunding"
        assert list(audit_everything()) == []

    def test_with_evidence_of_both_an_operator_decides(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        operations.show_evidence(actor=market.merchant, case_id=case_id, words="质检报告", now=now)
        operations.act_on_due_disputes(now=now + 48 * HOUR)
        assert Dispute.objects.get().state == "deciding"
        shen = judge()
        waiting = queries.list_disputes(actor=shen, state=DisputeState.DECIDING).items
        assert [case.id for case in waiting] == [case_id]
        with refused(NotAllowed):
            queries.list_disputes(actor=market.merchant)

    def test_pictures_are_re_encoded_and_seen_by_the_two_sides_and_operators(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        view = operations.show_evidence(actor=market.buyer, case_id=case_id, picture=picture(), now=now)
        shown = view.evidence[-1]
        assert (shown.words, shown.has_picture) == ("", True)
        for actor in (market.buyer, market.merchant, judge()):
            content = queries.read_evidence_picture(actor=actor, evidence_id=shown.id)
            with Image.open(io.BytesIO(content)) as found:
                assert (found.format, found.size, dict(found.getexif())) == ("WEBP", (40, 30), {})
        with refused(NotFound):
            queries.read_evidence_picture(actor=person(make_person(name="郭").id), evidence_id=shown.id)
        with refused(NotFound):
            queries.read_evidence_picture(actor=market.buyer, evidence_id=view.evidence[0].id)

    @pytest.mark.parametrize("content", [b"GIF89a", b"<svg/>", picture()[:200], b"\xff\xd8" + b"0" * 8_000_001])
    def test_what_is_no_picture_is_refused(self, content: bytes) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        with refused(NotAPicture):
            operations.show_evidence(actor=market.buyer, case_id=case_id, picture=content, now=now)
        assert Evidence.objects.count() == 1

    def test_nine_pieces_until_the_time_is_over(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        for number in range(9):
            operations.show_evidence(actor=market.merchant, case_id=case_id, words=f"证据{number}", now=now)
        with refused(EvidenceTooMuch):
            operations.show_evidence(actor=market.merchant, case_id=case_id, words="再一条", now=now)
        last = now + 48 * HOUR - SECOND
        operations.show_evidence(actor=market.buyer, case_id=case_id, words="最后一条", now=last)
        with refused(EvidenceClosed):
            operations.show_evidence(actor=market.buyer, case_id=case_id, words="晚了", now=last + SECOND)
        with refused(InvalidInput):
            operations.show_evidence(actor=market.buyer, case_id=case_id, words="字" * 501, now=now)

    def test_strangers_see_and_show_nothing(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        stranger = person(make_person(name="郭").id)
        with refused(NotFound):
            operations.show_evidence(actor=stranger, case_id=case_id, words="?", now=now)
        with refused(NotFound):
            operations.appeal_ruling(actor=stranger, case_id=case_id, words="?", now=now)
        with refused(NotAllowed):
            operations.rule_dispute(actor=stranger, case_id=case_id, winner=Side.BUYER, ruling="?", now=now)


class TestRulings:
    def test_for_the_shop_closes_the_case_and_settlement_goes_on(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        shen = judge()
        operations.rule_dispute(actor=shen, case_id=case_id, winner=Side.SHOP, ruling="商品与描述一致", now=now)
        assert AfterSale.objects.get(pk=case_id).state == "closed"
        assert Order.objects.get().settle_at == now + 7 * DAY
        assert list_actions().items[0].action == "dispute.rule"
        with refused(IllegalMove):
            operations.rule_dispute(actor=shen, case_id=case_id, winner=Side.BUYER, ruling="改判", now=now)

    def test_is_final_after_seven_days_without_an_appeal(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        operations.rule_dispute(actor=judge(), case_id=case_id, winner=Side.SHOP, ruling="一致", now=now)
        over_at = now + 7 * DAY
        with refused(AppealOver):
            operations.appeal_ruling(actor=market.buyer, case_id=case_id, words="不服", now=over_at)
        assert operations.act_on_due_disputes(now=over_at - SECOND) == 0
        assert operations.act_on_due_disputes(now=over_at) == 1
        assert Dispute.objects.get().state == "final"
        told = OutboxEvent.objects.get(name="orders.dispute_ended.v1").payload
        assert (told["winner"], told["was_appealed"]) == ("shop", False)

    def test_only_the_losing_side_appeals_and_somebody_else_decides(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market)
        first, second = judge(), judge("申")
        operations.rule_dispute(actor=first, case_id=case_id, winner=Side.SHOP, ruling="一致", now=now)
        with refused(IllegalMove):
            operations.appeal_ruling(actor=market.merchant, case_id=case_id, words="我赢了", now=now)
        operations.appeal_ruling(
            actor=market.buyer, case_id=case_id, words="请复核视频", now=now + 7 * DAY - SECOND
        )
        with refused(SameJudge):
            operations.rule_appeal(actor=first, case_id=case_id, winner=Side.BUYER, ruling="改判", now=now)
        operations.rule_appeal(actor=second, case_id=case_id, winner=Side.BUYER, ruling="改判", now=now + 8 * DAY)
        assert AfterSale.objects.get(pk=case_id).state == "refunding"
        with refused(IllegalMove):
            operations.appeal_ruling(actor=market.merchant, case_id=case_id, words="再上诉", now=now)
        assert list(audit_everything()) == []

    @pytest.mark.parametrize("until", ["received", "settled"])
    def test_a_shop_that_wins_its_appeal_is_made_whole_by_the_platform(self, until: str) -> None:
        """Of 100.00 the shop had, or would have had, 75.00 (RULES 13.2, 1, without a leader)."""
        market = makers.make_market()
        makers.open_plan(market)
        makers.click(market)
        order, case_id, now = dispute(market, until=until)
        before = get_balance(address=shop_address(market.shop.id)).balance_fen
        operations.rule_dispute(actor=judge(), case_id=case_id, winner=Side.BUYER, ruling="不符", now=now)
        operations.appeal_ruling(actor=market.merchant, case_id=case_id, words="有检测报告", now=now)
        operations.rule_appeal(actor=judge("申"), case_id=case_id, winner=Side.SHOP, ruling="报告有效", now=now)
        assert makers.order(market, order.id).refunded_fen == 100_00
        after = get_balance(address=shop_address(market.shop.id)).balance_fen
        assert after == (before if until == "settled" else 75_00)
        assert get_balance(address=GUARANTEE).balance_fen == -75_00
        assert list(audit_everything()) == []

    def test_for_the_buyer_of_a_return_the_goods_go_back_first(self) -> None:
        market = makers.make_market()
        _order, case_id, now = dispute(market, kind=AfterSaleKind.RETURN_REFUND)
        operations.rule_dispute(actor=judge(), case_id=case_id, winner=Side.BUYER, ruling="不符", now=now)
        assert AfterSale.objects.get(pk=case_id).state == "returning"
        operations.send_back(actor=market.buyer, case_id=case_id, carrier="中通", tracking_number="ZT1", now=now)
        operations.refuse_after_sale(actor=market.merchant, case_id=case_id, answer="少了配件", now=now)
        with refused(IllegalMove):  # the platform was asked already; the ruling stands
            operations.open_dispute(actor=market.buyer, case_id=case_id, words="又拒", now=now)


class TestChargeBacks:
    def take(self, *, fen: int, ref: str = "CB1") -> None:
        """Let the channel take back a payment's money."""
        operations.record_charge_back(
            actor=system("sandbox"),
            payment_number=Payment.objects.get().number,
            amount_fen=fen,
            channel_ref=ref,
            now=makers.NOW + 40 * DAY,
        )

    @pytest.mark.parametrize("until", ["paid", "shipped", "received", "settled"])
    def test_every_party_gives_its_part_wherever_the_order_stands(self, until: str) -> None:
        market = makers.make_market(freight_fen=800)
        makers.open_plan(market)
        makers.click(market)
        order = makers.buy(market, until=until)
        self.take(fen=50_00)
        assert makers.order(market, order.id).refunded_fen == 50_00
        self.take(fen=58_00, ref="CB2")
        after = makers.order(market, order.id)
        assert (after.refunded_fen, after.freight_refunded_fen) == (108_00, 8_00)
        assert after.state == ("settled" if until == "settled" else "closed")
        assert Payment.objects.get().refunded_fen == 108_00
        assert list(audit_everything()) == []

    def test_what_was_refunded_before_is_the_platforms_loss(self) -> None:
        market = makers.make_market()
        order = makers.buy(market, until="received")
        operations.refund_line(
            actor=market.merchant,
            order_id=order.id,
            line_id=order.lines[0].id,
            goods_fen=30_00,
            reason="补偿",
            now=makers.NOW + 4 * DAY,
        )
        self.take(fen=100_00)
        assert ChargeBack.objects.get().lost_fen == 30_00
        assert get_balance(address=GUARANTEE).balance_fen == -30_00
        assert list(audit_everything()) == []

    def test_the_same_word_twice_is_one(self) -> None:
        market = makers.make_market()
        makers.buy(market)
        self.take(fen=10_00)
        self.take(fen=10_00)
        with refused(ChargeBackDiffers):
            self.take(fen=11_00)
        with refused(ChargeBackTooLarge):
            self.take(fen=90_01, ref="CB2")
        assert ChargeBack.objects.count() == 1
        assert Order.objects.get().refunded_fen == 10_00

    def test_an_open_case_ends_with_it(self) -> None:
        market = makers.make_market()
        _order, case_id, _now = dispute(market)
        self.take(fen=100_00)
        assert AfterSale.objects.get(pk=case_id).state == "closed"

    def test_only_operators_book_one(self) -> None:
        market = makers.make_market()
        makers.buy(market)
        with refused(NotAllowed):
            operations.record_charge_back(
                actor=market.merchant,
                payment_number=Payment.objects.get().number,
                amount_fen=1,
                channel_ref="CB",
                now=makers.NOW,
            )
        with refused(NotFound):
            operations.record_charge_back(
                actor=judge(), payment_number="no\x00ne", amount_fen=1, channel_ref="CB", now=makers.NOW
            )
