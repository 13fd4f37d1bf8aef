"""What the worker does for webhooks.

They have a queue and workers of their own: whoever answers slowly delays nobody else's deadlines, and takes one worker
at a time.
"""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from laotie.core import clock
from laotie.events.webhooks.delivery import TRIM_PER_CALL_MAX, deliver_due, list_endpoints_with_due, trim_log

QUEUE = "webhooks"
BATCHES_MAX = 200


@app.task(name="events.send_webhooks", queue=QUEUE)
def send_messages(endpoint_id: int) -> int:
    """Send an endpoint what is due, one message after another, and return how many got through."""
    return deliver_due(endpoint_id=endpoint_id, clock_now=clock.utc_now)


@app.periodic(cron="* * * * * */5")
@app.task(name="events.send_due_webhooks", queueing_lock="events.send_due_webhooks")
def send_due_messages(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Queue every endpoint for which something is due: retries, and what a crash has left."""
    for endpoint_id in list_endpoints_with_due(now=clock.utc_now()):
        queue_sending(endpoint_id)


@app.periodic(cron="41 3 * * *")
@app.task(name="events.trim_webhooks", queueing_lock="events.trim_webhooks")
def trim_webhooks(timestamp: int) -> None:  # noqa: ARG001 - procrastinate's signature
    """Forget old messages in batches, so that no transaction is long."""
    for _ in range(BATCHES_MAX):
        if trim_log(now=clock.utc_now()) < TRIM_PER_CALL_MAX:
            return


def queue_sending(endpoint_id: int) -> None:
    """Queue an endpoint, unless it is queued already."""
    lock = f"webhook:{endpoint_id}"
    try:
        with transaction.atomic():  # a savepoint inside a transaction: the twin's refusal costs nothing else
            send_messages.configure(lock=lock, queueing_lock=lock).defer(endpoint_id=endpoint_id)
    except AlreadyEnqueued:
        pass
