"""The worker: delivers events in one thread and runs jobs in the other."""

import logging
import threading

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection

from laotie.core import clock
from laotie.events.delivery import deliver
from laotie.main.subscriptions import SUBSCRIPTIONS

IDLE_SECONDS = 0.3
AFTER_TROUBLE_SECONDS = 2.0

logger = logging.getLogger(__name__)


def run_worker() -> None:
    """Run until told to stop."""
    stop = threading.Event()
    courier = threading.Thread(target=_deliver_until, args=(stop,), name="courier", daemon=True)
    courier.start()
    try:
        call_command("procrastinate", "worker", "--concurrency", "4")
    finally:
        stop.set()
        courier.join(10)


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
