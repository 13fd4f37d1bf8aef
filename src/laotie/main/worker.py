"""The worker: delivers events in one thread, sends webhooks in another, and runs all other jobs in the main one."""

import asyncio
import contextlib
import logging
import threading

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection
from procrastinate.contrib.django import app

from laotie.core import clock
from laotie.events.delivery import deliver
from laotie.events.webhooks.jobs import QUEUE as WEBHOOKS
from laotie.main.subscriptions import SUBSCRIPTIONS

IDLE_SECONDS = 0.3
AFTER_TROUBLE_SECONDS = 2.0
# Webhooks wait for strangers' servers; nothing of our own may wait behind them. Every task is in one of these.
OWN_QUEUES = ("default", "builtin")
OWN_JOBS_AT_ONCE = 4
WEBHOOKS_AT_ONCE = 8
STOP_SECONDS_MAX = 10

logger = logging.getLogger(__name__)


def run_worker() -> None:
    """Run until told to stop."""
    stop = threading.Event()
    courier = threading.Thread(target=_deliver_until, args=(stop,), name="courier", daemon=True)
    courier.start()
    sender = threading.Thread(target=_send_until, args=(stop,), name="webhooks", daemon=True)
    sender.start()
    try:
        call_command(
            *("procrastinate", "worker", "--concurrency", str(OWN_JOBS_AT_ONCE), "--queues", ",".join(OWN_QUEUES))
        )
    finally:
        stop.set()
        courier.join(STOP_SECONDS_MAX)
        sender.join(STOP_SECONDS_MAX)


def _send_until(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            asyncio.run(_send(stop))
        except Exception:  # the database was away; the courier goes on as well
            logger.exception("webhooks were interrupted; they go on in a moment")
            stop.wait(AFTER_TROUBLE_SECONDS)


async def _send(stop: threading.Event) -> None:
    sending = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with sending.open_async():
        worker = asyncio.create_task(
            sending.run_worker_async(
                queues=[WEBHOOKS],
                concurrency=WEBHOOKS_AT_ONCE,
                install_signal_handlers=False,
                shutdown_graceful_timeout=STOP_SECONDS_MAX,
            )
        )
        while not stop.is_set() and not worker.done():  # noqa: ASYNC110 - the event is the main thread's
            await asyncio.sleep(IDLE_SECONDS)
        worker.cancel()  # does nothing to one that has ended, whose trouble is then told
        with contextlib.suppress(asyncio.CancelledError):
            await worker


def _deliver_until(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            moved = sum(deliver(subscription, now=clock.utc_now()) for subscription in SUBSCRIPTIONS)
        except DatabaseError:  # away, or a rival's lock: whatever it was, the courier goes on
            logger.exception("delivery was interrupted; it goes on in a moment")
            connection.close()
            stop.wait(AFTER_TROUBLE_SECONDS)
            continue
        if not moved:
            stop.wait(IDLE_SECONDS)
    close_old_connections()
