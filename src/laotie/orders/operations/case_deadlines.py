"""What silence means in after-sale: each clock of RULES 11.3 and 8.8 at its end, a transaction for each case."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from laotie.core.actor import system
from laotie.orders.contracts import AfterSaleState, DisputeState
from laotie.orders.models import AfterSale, Dispute, Order
from laotie.orders.operations.after_sale import close_case, finish_case, grant_case, pay_case, take_goods
from laotie.orders.operations.cases import lock_case
from laotie.orders.operations.disputes import end_unappealed, judge_in_silence
from laotie.orders.states import OPEN_CASES

BATCH = 100
CLOCK = system("after-sale-deadline")


def act_on_due_cases(*, now: datetime, limit: int = BATCH) -> int:
    """Do for the side that let its time pass what silence means, and return for how many cases."""
    due = AfterSale.objects.filter(state__in=OPEN_CASES, act_by__lte=now).order_by("act_by", "id")
    acted = 0
    for case_id in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            case, order = lock_case(case_id)
            if case.act_by is not None and case.act_by <= now and case.state in OPEN_CASES:
                _ON_SILENCE[AfterSaleState(case.state)](case, order, now)
                acted += 1
    return acted


def act_on_due_disputes(*, now: datetime, limit: int = BATCH) -> int:
    """End the time for evidence, and make rulings final that nobody appealed; return how many."""
    silent = Dispute.objects.filter(state=DisputeState.EVIDENCE, evidence_by__lte=now)
    final = Dispute.objects.filter(state=DisputeState.RULED, appeal_by__lte=now)
    acted = 0
    for rows, act in ((silent, judge_in_silence), (final, end_unappealed)):
        for case_id in rows.order_by("id").values_list("case_id", flat=True)[:limit]:
            with transaction.atomic():
                act(case_id=case_id, now=now)
                acted += 1
    return acted


def _agree(case: AfterSale, order: Order, now: datetime) -> None:
    grant_case(case, order, actor=CLOCK, now=now)


def _close_refused(case: AfterSale, order: Order, now: datetime) -> None:
    close_case(case, order, actor=CLOCK, now=now, reason="refusal accepted")


def _close_unsent(case: AfterSale, order: Order, now: datetime) -> None:
    close_case(case, order, actor=CLOCK, now=now, reason="not sent back")


def _accept_goods(case: AfterSale, order: Order, now: datetime) -> None:
    """Take a silent shop as content with the goods; whether they can be sold again it has not said."""
    take_goods(case, order, actor=CLOCK, is_sellable=False, now=now)


def _pay_instead(case: AfterSale, order: Order, now: datetime) -> None:
    """Let a shop that does not send what it owes pay what the units cost."""
    line = case.line
    units_fen = line.paid_fen * case.quantity // line.quantity
    case.goods_fen = min(units_fen, line.paid_fen - line.refunded_fen)
    pay_case(case, order, actor=CLOCK, now=now)


def _arrived(case: AfterSale, order: Order, now: datetime) -> None:
    finish_case(case, order, actor=CLOCK, now=now)


_ON_SILENCE: dict[AfterSaleState, Callable[[AfterSale, Order, datetime], None]] = {
    AfterSaleState.REQUESTED: _agree,
    AfterSaleState.REFUSED: _close_refused,
    AfterSaleState.RETURNING: _close_unsent,
    AfterSaleState.RETURNED: _accept_goods,
    AfterSaleState.TO_SHIP: _pay_instead,
    AfterSaleState.RESHIPPED: _arrived,
}
