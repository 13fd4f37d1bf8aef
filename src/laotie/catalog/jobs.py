"""Work the catalog does by itself."""

from procrastinate.contrib.django import app

from laotie.catalog.operations import SWEEP_MAX, expire_reservations, withdraw_unauthorised
from laotie.core.clock import utc_now

ROUNDS_MAX = 1_000


@app.periodic(cron="* * * * *")
@app.task(name="catalog.expire_reservations", queueing_lock="catalog.expire_reservations")
def expire_held_stock(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says which tick it is
    """Put back everything held beyond its time, in batches, and return how many reservations."""
    expired = 0
    for _ in range(ROUNDS_MAX):
        batch = expire_reservations(now=utc_now())
        expired += batch
        if batch < SWEEP_MAX:
            break
    return expired


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalog.withdraw_unauthorised", queueing_lock="catalog.withdraw_unauthorised")
def withdraw_goods_of_ended_brands(timestamp: int) -> int:  # noqa: ARG001 - procrastinate says which tick it is
    """Take goods off sale whose brand authorisation has ended; what remains is the next tick's."""
    return withdraw_unauthorised(now=utc_now())
