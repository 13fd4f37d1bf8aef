"""Many buyers at once, each on a connection of their own: exactly what there is is sold, and nobody deadlocks."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction

from laotie.catalog import operations
from laotie.catalog.errors import OutOfStock, ReservationGone
from laotie.catalog.models import Reservation
from laotie.catalog.queries import audit_stock, get_stock
from laotie.catalog.tests.makers import KEEPER, NOW, make_sku, pool_of, reserve

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
LATER = NOW + timedelta(minutes=15)


def at_once(works: list[Callable[[], T]], *, threads: int = 16) -> list[T]:
    """Run works in threads with connections of their own; return what each returned."""

    def run(work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, works))


def try_reserve(*lines: tuple[int, int]) -> bool:
    """Say whether a reservation was granted."""
    try:
        reserve(*lines)
    except OutOfStock:
        return False
    return True


@pytest.mark.parametrize("buckets", [1, 8, 32])
def test_of_many_buyers_exactly_as_many_are_served_as_there_are_units(buckets: int) -> None:
    sku = make_sku(stock=60, buckets=buckets)
    pool_id = pool_of(sku.id)
    served = at_once([lambda: try_reserve((pool_id, 1))] * 150)
    assert served.count(True) == 60
    (stock,) = get_stock(sku.id)
    assert (stock.on_hand, stock.reserved) == (0, 60)
    assert list(audit_stock()) == []


def test_baskets_of_several_goods_neither_oversell_nor_deadlock() -> None:
    skus = [make_sku(stock=40, buckets=buckets) for buckets in (8, 1, 4)]
    # Later buckets of an earlier pool have higher numbers than a later pool's: the order must be the pools'.
    operations.spread_stock(actor=KEEPER, sku_id=skus[0].id, buckets=16, now=NOW)
    pools = [pool_of(sku.id) for sku in skus]
    chance = random.Random(7)
    baskets = [
        [(chance.choice(pools), chance.randint(1, 3)) for _ in range(chance.randint(1, 4))] for _ in range(150)
    ]
    served = at_once([lambda basket=basket: try_reserve(*basket) for basket in baskets])  # type: ignore[misc]
    wanted = dict.fromkeys(pools, 0)
    for basket, is_served in zip(baskets, served, strict=True):
        for pool_id, quantity in basket:
            wanted[pool_id] += quantity * is_served
    for sku, pool_id in zip(skus, pools, strict=True):
        (stock,) = get_stock(sku.id)
        assert stock.reserved == wanted[pool_id]
        assert stock.on_hand == 40 - wanted[pool_id]
    assert list(audit_stock()) == []


def test_buyers_payers_quitters_and_the_sweeper_go_together() -> None:
    skus = [make_sku(stock=200, buckets=8), make_sku(stock=200, buckets=1)]
    pools = [pool_of(sku.id) for sku in skus]

    def life(number: int) -> None:
        chance = random.Random(number)
        try:
            ids = reserve(*((chance.choice(pools), chance.randint(1, 4)) for _ in range(3)))
        except OutOfStock:
            return
        try:
            if number % 3 == 0:
                operations.confirm_reservations(ids=ids[::-1], now=NOW)
                operations.return_stock(reservation_id=ids[0], quantity=1, reference="refund", now=NOW)
            elif number % 3 == 1:
                operations.release_reservations(ids=ids, now=NOW)
            else:
                operations.expire_reservations(now=LATER, limit=5)
        except ReservationGone:
            pass
        if number % 10 == 0:
            operations.spread_stock(actor=KEEPER, sku_id=skus[0].id, buckets=chance.choice([2, 8, 16]), now=NOW)

    at_once([lambda number=number: life(number) for number in range(120)])  # type: ignore[misc]
    assert list(audit_stock()) == []


def test_of_payment_and_expiry_exactly_one_has_the_goods() -> None:
    sku = make_sku(stock=40, buckets=4)
    ids = [reserve((pool_of(sku.id), 1))[0] for _ in range(40)]

    def pay(one: int) -> bool:
        try:
            return operations.confirm_reservations(ids=[one], now=LATER) == (True,)
        except ReservationGone:
            return False

    works: list[Callable[[], int]] = [lambda one=one: int(pay(one)) for one in ids]  # type: ignore[misc]
    works[20:20] = [lambda: 1_000 * operations.expire_reservations(now=LATER, limit=8)] * 3
    total = sum(at_once(works))
    paid, expired = total % 1_000, total // 1_000
    assert paid + expired == 40
    assert Reservation.objects.filter(state="confirmed").count() == paid
    (stock,) = get_stock(sku.id)
    assert (stock.on_hand, stock.sold, stock.reserved) == (expired, paid, 0)
    assert list(audit_stock()) == []


def test_a_buyer_takes_a_free_bucket_beside_one_that_is_held() -> None:
    sku = make_sku(stock=2, buckets=2)
    pool_id = pool_of(sku.id)
    with transaction.atomic():
        reserve((pool_id, 1))  # holds one bucket's lock until this transaction ends
        assert at_once([lambda: try_reserve((pool_id, 1))]) == [True]


def test_a_buyer_waits_for_the_last_unit_that_a_rival_gives_back() -> None:
    sku = make_sku(stock=1)
    pool_id = pool_of(sku.id)
    waiting = threading.Thread(target=lambda: served.extend(at_once([lambda: try_reserve((pool_id, 1))])))
    served: list[bool] = []
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012 - the rival acts inside
        reserve((pool_id, 1))
        waiting.start()
        _wait_for_a_lock()
        raise RuntimeError("the rival changes their mind")
    waiting.join()
    assert served == [True]
    assert list(audit_stock()) == []


def _wait_for_a_lock() -> None:
    """Return once another backend of this database waits for a lock."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() == (1,):
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")
    raise AssertionError("nobody waits")
