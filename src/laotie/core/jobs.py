"""What the worker does for core: sends queued mail and text messages, forgets what nobody will ask for again."""

from datetime import datetime, timedelta

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from laotie.core import clock
from laotie.core.mail import send_sealed_mail
from laotie.core.sms import send_sealed
from laotie.core.sql import run

KEYS_KEPT = timedelta(days=30)
KEYS_PER_BATCH = 5_000
SMS_KEPT = timedelta(days=1)
LOOKS_KEPT = timedelta(days=180)
BATCHES_MAX = 200


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="core.forget_keys")
def forget_keys(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Forget old keys in batches, so that no transaction is long."""
    for _ in range(BATCHES_MAX):
        if forget_old_keys(now=clock.utc_now()) < KEYS_PER_BATCH:
            return


@app.task(name="core.send_sms", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def send_sms(sealed: str) -> None:
    """Hand a queued text message to the provider; sealed, because a job's arguments are stored and logged."""
    send_sealed(sealed, now=clock.utc_now())


@app.task(name="core.send_mail", retry=RetryStrategy(max_attempts=6, exponential_wait=4))
def send_mail(sealed: str) -> None:
    """Hand a queued mail to the mail server."""
    send_sealed_mail(sealed)


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="core.forget_sms")
def forget_sms(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Forget which numbers were written to, once no limit asks any more, in batches."""
    for _ in range(BATCHES_MAX):
        if forget_old_sms(now=clock.utc_now()) < KEYS_PER_BATCH:
            return


def forget_old_sms(*, now: datetime, limit: int = KEYS_PER_BATCH) -> int:
    """Delete up to `limit` lines of more than a day ago, and return how many."""
    return run(
        "DELETE FROM core_smsmessage WHERE id IN"
        " (SELECT id FROM core_smsmessage WHERE created_at < %s ORDER BY created_at LIMIT %s)",
        [now - SMS_KEPT, limit],
    )


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="core.forget_looks")
def forget_looks(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Forget old looks in batches."""
    for _ in range(BATCHES_MAX):
        if forget_old_looks(now=clock.utc_now()) < KEYS_PER_BATCH:
            return


def forget_old_looks(*, now: datetime, limit: int = KEYS_PER_BATCH) -> int:
    """Delete up to `limit` lines of the access log older than 180 days, the oldest first, and return how many."""
    return run(
        "DELETE FROM core_personalaccess WHERE id IN"
        " (SELECT id FROM core_personalaccess WHERE seen_at < %s ORDER BY seen_at LIMIT %s)",
        [now - LOOKS_KEPT, limit],
    )


def forget_old_keys(*, now: datetime, limit: int = KEYS_PER_BATCH) -> int:
    """Delete up to `limit` keys older than 30 days, the oldest first, and return how many."""
    return run(
        "DELETE FROM core_idempotencykey WHERE id IN"
        " (SELECT id FROM core_idempotencykey WHERE created_at < %s ORDER BY created_at LIMIT %s)",
        [now - KEYS_KEPT, limit],
    )
