"""Work the ledger does by itself."""

from procrastinate.contrib.django import app

from laotie.core.clock import utc_now
from laotie.ledger.operations.postings import RELEASE_HOLDS_MAX, release_due_holds

ROUNDS_MAX = 1_000


@app.periodic(cron="*/5 * * * *")
@app.task(name="ledger.release_holds", queueing_lock="ledger.release_holds")
def release_holds(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says which tick it is
    """Release every hold whose time has come, in batches, and return how many."""
    released = 0
    for _ in range(ROUNDS_MAX):
        batch = release_due_holds(now=utc_now())
        released += batch
        if batch < RELEASE_HOLDS_MAX:
            break
    return released
