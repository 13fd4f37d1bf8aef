"""What the alliance does on its own: plans whose end has passed are closed."""

from procrastinate.contrib.django import app

from laotie.alliance import operations
from laotie.core import clock

BATCHES_MAX = 50


@app.periodic(cron="*/10 * * * *")
@app.task(name="alliance.close_ended_plans", queueing_lock="alliance.close_ended_plans")
def close_ended_plans(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says for when it was due
    """Close ended plans in batches, one transaction each."""
    for _batch in range(BATCHES_MAX):
        if not operations.close_ended_plans(now=clock.utc_now()):
            break
