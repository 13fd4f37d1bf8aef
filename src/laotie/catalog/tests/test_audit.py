"""Every breakage of the stock's books is named by its own code."""

from collections.abc import Iterator

import pytest
from django.db import connection

from laotie.catalog import operations
from laotie.catalog.models import Movement, Reservation, StockBucket
from laotie.catalog.queries import audit_stock
from laotie.catalog.tests.makers import NOW, make_sku, pool_of, reserve

pytestmark = pytest.mark.django_db

BREAKAGES = {
    "catalog.stock_negative": "UPDATE catalog_stockbucket SET on_hand = -1",
    "catalog.stock_identity": "UPDATE catalog_stockbucket SET on_hand = on_hand + 1",
    "catalog.on_hand_differs": "UPDATE catalog_stockbucket SET on_hand = on_hand - 1",
    "catalog.reserved_differs": "UPDATE catalog_stockbucket SET reserved = reserved + 1",
    "catalog.sold_differs": "UPDATE catalog_stockbucket SET sold = sold + 1",
    "catalog.moved_not_balanced": "UPDATE catalog_movement SET kind = 'moved' WHERE kind = 'received'",
    "catalog.held_differs": "UPDATE catalog_reservation SET quantity = 9 WHERE state = 'held'",
    "catalog.reservation_differs": "UPDATE catalog_reservation SET state = 'expired' WHERE state = 'held'",
    "catalog.reservation_state_unknown": "UPDATE catalog_reservation SET state = 'lost' WHERE state = 'held'",
    "catalog.movement_orphaned": "DELETE FROM catalog_reservation",
    "catalog.movement_without_bucket": "UPDATE catalog_movement SET bucket_id = 0 WHERE kind = 'received'",
    "catalog.pool_without_bucket": "DELETE FROM catalog_stockbucket",
    "catalog.offer_of_foreign_stock": "UPDATE catalog_offer SET pool_id = 0",
}


@pytest.fixture
def unguarded() -> Iterator[None]:
    """Break the rules as somebody at the database would: without triggers, foreign keys and checks."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE catalog_stockbucket DROP CONSTRAINT bucket_on_hand")
        cursor.execute("ALTER TABLE catalog_reservation DROP CONSTRAINT reservation_state")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(("code", "statement"), BREAKAGES.items())
def test_audit_stock_names(code: str, statement: str) -> None:
    sku = make_sku(stock=10)
    sold, _held = (reserve((pool_of(sku.id), 2))[0] for _ in range(2))
    operations.confirm_reservations(ids=[sold], now=NOW)
    assert list(audit_stock()) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert code in {finding.code for finding in audit_stock()}


def test_audit_stock_says_what_it_found() -> None:
    sku = make_sku(stock=10)
    (held,) = reserve((pool_of(sku.id), 2))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_stockbucket SET on_hand = 9")
    bucket = StockBucket.objects.get()
    found = {finding.code: (finding.subject, finding.detail) for finding in audit_stock()}
    assert found == {
        "catalog.on_hand_differs": (f"bucket:{bucket.pk}", "on hand 9, by its movements 8"),
        "catalog.stock_identity": (
            f"pool:{bucket.pool_id}",
            "on hand 9 + reserved 2 + sold 0 - returned 0 - adjusted 0 is not received 10",
        ),
    }
    assert Movement.objects.filter(reservation=held).count() == 1
    assert Reservation.objects.count() == 1
