"""A refund the channel refuses is tried again, each time after a longer wait, and an operator hears of it."""

from datetime import datetime, timedelta

import pytest

from laotie.core import clock
from laotie.main.doctor import examine
from laotie.orders import jobs, operations, queries
from laotie.orders.models import RefundPart
from laotie.orders.payments.sandbox import STUBBORN_REFUND_FEN
from laotie.orders.tests import makers

pytestmark = pytest.mark.django_db


class TestCarryOutRefunds:
    def test_waits_longer_after_every_refusal_and_gets_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        moments = [makers.NOW]
        monkeypatch.setattr(clock, "utc_now", lambda: moments[-1])
        part = self.stubborn_part()
        assert jobs.carry_out_refunds() == 0
        assert self.look(part) == (1, makers.NOW + timedelta(seconds=5))
        moments.append(makers.NOW + timedelta(seconds=4))
        assert jobs.carry_out_refunds() == 0
        assert self.look(part) == (1, makers.NOW + timedelta(seconds=5))  # not even asked
        moments.append(makers.NOW + timedelta(seconds=5))
        assert jobs.carry_out_refunds() == 0
        assert self.look(part) == (2, makers.NOW + timedelta(seconds=15))
        moments.append(makers.NOW + timedelta(seconds=15))
        assert jobs.carry_out_refunds() == 1
        assert self.look(part) == (3, None)

    def test_tells_the_operator_of_one_that_is_refused_again_and_again(self) -> None:
        part = self.stubborn_part()
        assert queries.count_refused_refund_parts() == 0
        RefundPart.objects.filter(pk=part.pk).update(attempts=8)
        assert queries.count_refused_refund_parts() == 1
        assert [check.verdict for check in examine() if check.name == "refunds"] == ["mind"]

    def stubborn_part(self) -> RefundPart:
        market = makers.make_market()
        order = makers.buy(market)
        operations.refund_line(
            actor=market.merchant,
            order_id=order.id,
            line_id=order.lines[0].id,
            goods_fen=STUBBORN_REFUND_FEN,
            reason="少发",
            now=makers.NOW,
        )
        return RefundPart.objects.get()

    def look(self, part: RefundPart) -> tuple[int, datetime | None]:
        part.refresh_from_db()
        return part.attempts, part.retry_at
