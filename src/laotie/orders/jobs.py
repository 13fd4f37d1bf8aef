"""What the worker does for orders: deadlines every minute, refunds at the channel, the sandbox's callbacks."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from laotie.core import clock
from laotie.core.crypto import decrypt, encrypt
from laotie.orders import operations
from laotie.orders.carriers import secret_of
from laotie.orders.carriers.port import sign
from laotie.orders.carriers.sandbox import plan_scans, scan_body
from laotie.orders.models import Payment, RefundPart
from laotie.orders.payments import channel_of
from laotie.orders.payments.port import ChannelUnavailable
from laotie.orders.payments.sandbox import plan_notices, sign_notice
from laotie.orders.states import Behaviour

REFUND_PARTS_PER_RUN = 100
RETRY_SECONDS = 5  # doubled with every refusal of the channel; a buyer's money is never given up
RETRY_SECONDS_MAX = 3_600
NOTICE_SECONDS_MAX = 10

# Each does one batch, a transaction per order, and returns how many that were.
DEADLINES: tuple[Callable[..., int], ...] = (
    operations.close_unpaid_checkouts,
    operations.act_on_due_cases,
    operations.act_on_due_disputes,
    operations.compensate_late_orders,
    operations.cancel_unshipped_orders,
    operations.receive_due_orders,
    operations.settle_due_orders,
    operations.end_deposit_returns,
)

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="orders.deadlines")
def keep_deadlines(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Close the unpaid, agree for silent shops, cancel the unshipped, receive the delivered, settle what is due."""
    now = clock.utc_now()
    failed = []
    for step in DEADLINES:
        try:
            done = _drain(step, now)
        except Exception:
            logger.exception("%s failed; the other deadlines go on", step.__name__)
            failed.append(step.__name__)
        else:
            logger.info("%s: %d", step.__name__, done)
    if failed:
        raise RuntimeError(f"failed: {', '.join(failed)}")


def _drain(step: Callable[..., int], now: datetime) -> int:
    """Do batch after batch until nothing is due."""
    done = 0
    while moved := step(now=now):
        done += moved
    return done


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="orders.refund_parts")
def send_refunds(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Ask the channels to give back what the books say is on its way; a refusal is tried again later."""
    carry_out_refunds()


def carry_out_refunds() -> int:
    """Carry out open refund parts, outside of any transaction, and return how many succeeded."""
    done = 0
    now = clock.utc_now()
    due = Q(retry_at=None) | Q(retry_at__lte=now)
    parts = RefundPart.objects.filter(due, done_at=None).select_related("payment").order_by("attempts", "id")
    for part in parts[:REFUND_PARTS_PER_RUN]:
        attempt = part.attempts + 1
        RefundPart.objects.filter(pk=part.pk).update(attempts=attempt)
        try:
            reference = channel_of(part.payment.channel).refund(
                payment_number=part.payment.number,
                refund_key=str(part.pk),
                amount_fen=part.amount_fen,
                currency=part.payment.currency,
                attempt=attempt,
            )
        except ChannelUnavailable as refusal:
            wait = timedelta(seconds=min(RETRY_SECONDS * 2 ** min(attempt - 1, 16), RETRY_SECONDS_MAX))
            RefundPart.objects.filter(pk=part.pk).update(last_error=str(refusal)[:500], retry_at=now + wait)
            continue
        operations.finish_refund_part(part_id=part.pk, channel_ref=reference, now=clock.utc_now())
        done += 1
    return done


def schedule_sandbox_notices(*, number: str, behaviour: Behaviour) -> None:
    """Let the sandbox's provider send what a behaviour plans, each callback a job of its own."""
    with transaction.atomic():
        for planned in plan_notices(behaviour, number):
            send_sandbox_notice.configure(schedule_in={"seconds": planned.delay_seconds}).defer(
                number=number, notice_id=planned.notice_id, is_paid=planned.is_paid
            )


@app.task(retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def send_sandbox_notice(number: str, notice_id: str, is_paid: bool) -> None:  # noqa: FBT001 - a job's arguments are JSON
    """Send one signed callback to our own address, as the provider would."""
    payment = Payment.objects.get(number=number)
    body, headers = sign_notice(
        number=number,
        notice_id=notice_id,
        is_paid=is_paid,
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        sent_at=clock.utc_now(),
    )
    url = f"{settings.SITE_URL}/api/v1/payments/sandbox/notices"
    answer = httpx.post(url, content=body, headers=headers, timeout=NOTICE_SECONDS_MAX)
    answer.raise_for_status()


def schedule_sandbox_scans(*, tracking_number: str) -> None:
    """Let the sandbox carrier tell what happens to a parcel, each callback a job of its own."""
    for number, planned in enumerate(plan_scans(tracking_number)):
        send_sandbox_scan.configure(schedule_in={"seconds": planned.delay_seconds}).defer(
            tracking_number=encrypt(tracking_number), step=number
        )


@app.task(name="orders.send_sandbox_scan", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def send_sandbox_scan(tracking_number: str, step: int) -> None:
    """Send one signed scan to our own address, as the carrier would; the number is sealed, as jobs are stored."""
    number, now = decrypt(tracking_number), clock.utc_now()
    body = scan_body(tracking_number=number, planned=plan_scans(number)[step], sent_at=now)
    headers = {"Content-Type": "application/json", **sign(body=body, secret=secret_of("sandbox"), sent_at=now)}
    url = f"{settings.SITE_URL}/api/v1/carriers/sandbox/scans"
    httpx.post(url, content=body, headers=headers, timeout=NOTICE_SECONDS_MAX).raise_for_status()
