"""Reserving and what follows: exact counts after every step, and a world unchanged by every refusal."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from laotie.catalog import operations
from laotie.catalog.contracts import StockView
from laotie.catalog.errors import OutOfStock, ReservationConfirmed, ReservationGone, ReturnTooLarge
from laotie.catalog.models import Movement, Reservation, StockBucket
from laotie.catalog.queries import audit_stock, get_stock, list_movements
from laotie.catalog.tests.makers import (
    KEEPER,
    NOW,
    make_offer,
    make_person,
    make_sku,
    on_hand_of,
    pool_of,
    reserve,
)
from laotie.core.errors import InvalidInput, NotFound
from laotie.events.models import OutboxEvent
from laotie.people.tests.makers import refused

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=15)


def counts(stock: StockView) -> tuple[int, int, int, int]:
    """Return on hand, reserved, sold, returned."""
    return stock.on_hand, stock.reserved, stock.sold, stock.returned


def world() -> list[object]:
    """Return everything stock consists of."""
    return [list(model.objects.order_by("id").values()) for model in (StockBucket, Reservation, Movement)]


class TestReserveStock:
    def test_sets_units_aside_with_a_movement(self) -> None:
        sku = make_sku(stock=10)
        (found,) = reserve((pool_of(sku.id), 3))
        (stock,) = get_stock(sku.id)
        assert counts(stock) == (7, 3, 0, 0)
        row = Reservation.objects.get(pk=found)
        assert (row.quantity, row.state, row.reference, row.expires_at) == (3, "held", "order:1", LATER)
        kinds = [(line.kind, line.quantity) for line in list_movements(actor=KEEPER, sku_id=sku.id).items]
        assert kinds == [("reserved", 3), ("received", 10)]
        assert list(audit_stock()) == []

    def test_takes_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        first, second = make_sku(stock=10, buckets=4), make_sku(stock=10)
        one, other = pool_of(first.id), pool_of(second.id)
        with django_assert_num_queries(1):
            reserve((other, 1), (one, 4), (other, 2))

    def test_answers_in_the_order_of_the_lines(self) -> None:
        first, second = make_sku(stock=5), make_sku(stock=5)
        ids = reserve((pool_of(second.id), 1), (pool_of(first.id), 2), (pool_of(second.id), 3))
        rows = Reservation.objects.select_related("bucket__pool").in_bulk(ids)
        assert [(rows[one].bucket.pool.sku_id, rows[one].quantity) for one in ids] == [
            (second.id, 1),
            (first.id, 2),
            (second.id, 3),
        ]

    def test_sells_the_last_unit_whatever_bucket_it_lies_in(self) -> None:
        sku = make_sku(stock=5, buckets=4)
        for _ in range(5):
            reserve((pool_of(sku.id), 1))
        assert on_hand_of(sku.id) == 0
        assert list(audit_stock()) == []

    def test_gathers_from_several_buckets(self) -> None:
        sku = make_sku(stock=16, buckets=16)
        reserve((pool_of(sku.id), 10), (pool_of(sku.id), 6))
        assert on_hand_of(sku.id) == 0
        assert list(audit_stock()) == []

    def test_refuses_all_lines_when_one_is_short(self) -> None:
        plenty, scarce = make_sku(stock=4, buckets=4), make_sku(stock=2)
        before = world()
        with pytest.raises(OutOfStock) as refusal:
            reserve((pool_of(plenty.id), 3), (pool_of(scarce.id), 3))
        assert refusal.value.data() == {"sku_id": scarce.id, "left": 2}
        assert refusal.value.message() == f"Only 2 left of SKU {scarce.id}."
        assert world() == before

    def test_adds_up_repeated_lines_before_it_promises(self) -> None:
        sku = make_sku(stock=5)
        before = world()
        with pytest.raises(OutOfStock):
            reserve((pool_of(sku.id), 3), (pool_of(sku.id), 3))
        assert world() == before

    @pytest.mark.parametrize("quantity", [0, -1, 10_000_001, True, 1.0])
    def test_refuses_a_quantity_that_is_none(self, quantity: int) -> None:
        sku = make_sku(stock=5)
        before = world()
        with pytest.raises(InvalidInput) as refusal:
            reserve((pool_of(sku.id), quantity))
        assert refusal.value.field_name == "quantity"
        assert world() == before

    def test_refuses_no_lines_and_too_many(self) -> None:
        with pytest.raises(InvalidInput):
            reserve()
        with pytest.raises(InvalidInput):
            reserve(*[(1, 1)] * 201)

    def test_knows_no_missing_pool(self) -> None:
        with pytest.raises(NotFound):
            reserve((2**62, 1))


class TestConfirmReservations:
    def test_turns_held_units_into_sold_ones(self) -> None:
        sku = make_sku(stock=10)
        ids = reserve((pool_of(sku.id), 3), (pool_of(sku.id), 1))
        assert operations.confirm_reservations(ids=ids, now=NOW) == (True, True)
        (stock,) = get_stock(sku.id)
        assert counts(stock) == (6, 0, 4, 0)
        assert list(audit_stock()) == []

    def test_changes_nothing_the_second_time(self) -> None:
        sku = make_sku(stock=10)
        ids = reserve((pool_of(sku.id), 3))
        operations.confirm_reservations(ids=ids, now=NOW)
        before = world()
        assert operations.confirm_reservations(ids=ids, now=NOW) == (False,)
        assert world() == before

    def test_is_good_after_its_time_until_it_expires(self) -> None:
        sku = make_sku(stock=1)
        ids = reserve((pool_of(sku.id), 1))
        assert operations.confirm_reservations(ids=ids, now=LATER + timedelta(hours=1)) == (True,)
        assert operations.expire_reservations(now=LATER + timedelta(hours=2)) == 0

    def test_refuses_all_when_one_is_gone(self) -> None:
        sku = make_sku(stock=10)
        gone, held = reserve((pool_of(sku.id), 3), (pool_of(sku.id), 1))
        operations.release_reservations(ids=[gone], now=NOW)
        before = world()
        with pytest.raises(ReservationGone) as refusal:
            operations.confirm_reservations(ids=[held, gone], now=NOW)
        assert refusal.value.data() == {"reservation_id": gone}
        assert world() == before
        with pytest.raises(ReservationGone):
            operations.confirm_reservations(ids=[2**62], now=NOW)


class TestReleaseReservations:
    def test_puts_units_back(self) -> None:
        sku = make_sku(stock=10)
        ids = reserve((pool_of(sku.id), 3))
        assert operations.release_reservations(ids=ids, now=NOW) == (True,)
        assert operations.release_reservations(ids=ids, now=NOW) == (False,)
        (stock,) = get_stock(sku.id)
        assert counts(stock) == (10, 0, 0, 0)
        assert list(audit_stock()) == []

    def test_refuses_what_is_sold(self) -> None:
        sku = make_sku(stock=10)
        ids = reserve((pool_of(sku.id), 3))
        operations.confirm_reservations(ids=ids, now=NOW)
        before = world()
        with pytest.raises(ReservationConfirmed):
            operations.release_reservations(ids=ids, now=NOW)
        assert world() == before

    def test_has_nothing_to_do_with_no_ids(self) -> None:
        assert operations.release_reservations(ids=[], now=NOW) == ()


class TestExpireReservations:
    def test_lets_go_what_is_due_and_no_more(self) -> None:
        sku = make_sku(stock=10)
        (early,) = reserve((pool_of(sku.id), 3))
        (late,) = reserve((pool_of(sku.id), 1), now=NOW + timedelta(seconds=1))
        assert operations.expire_reservations(now=LATER - timedelta(microseconds=1)) == 0
        assert operations.expire_reservations(now=LATER) == 1
        states = dict(Reservation.objects.values_list("id", "state"))
        assert states == {early: "expired", late: "held"}
        assert counts(get_stock(sku.id)[0]) == (9, 1, 0, 0)
        assert list(audit_stock()) == []

    def test_stops_at_its_limit(self) -> None:
        sku = make_sku(stock=10)
        for _ in range(3):
            reserve((pool_of(sku.id), 1))
        assert operations.expire_reservations(now=LATER, limit=2) == 2
        assert operations.expire_reservations(now=LATER, limit=2) == 1


class TestReturnStock:
    def test_takes_back_part_by_part(self) -> None:
        sku = make_sku(stock=10)
        (sold,) = sold_units(sku.id, 3)
        operations.return_stock(reservation_id=sold, quantity=1, reference="refund:1", now=NOW)
        assert counts(get_stock(sku.id)[0]) == (8, 0, 3, 1)
        with pytest.raises(ReturnTooLarge) as refusal:
            operations.return_stock(reservation_id=sold, quantity=3, reference="refund:2", now=NOW)
        assert refusal.value.data() == {"reservation_id": sold, "returnable": 2}
        operations.return_stock(reservation_id=sold, quantity=2, reference="refund:2", now=NOW)
        assert counts(get_stock(sku.id)[0]) == (10, 0, 3, 3)
        assert list(audit_stock()) == []

    def test_refuses_what_was_never_sold(self) -> None:
        sku = make_sku(stock=10)
        (held,) = reserve((pool_of(sku.id), 3))
        before = world()
        with pytest.raises(ReturnTooLarge):
            operations.return_stock(reservation_id=held, quantity=1, reference="refund:1", now=NOW)
        with pytest.raises(NotFound):
            operations.return_stock(reservation_id=2**62, quantity=1, reference="refund:1", now=NOW)
        with pytest.raises(InvalidInput):
            operations.return_stock(reservation_id=held, quantity=0, reference="refund:1", now=NOW)
        assert world() == before


class TestReceiveStock:
    def test_spreads_arrivals_over_the_buckets_and_tells(self) -> None:
        sku = make_sku(stock=0)
        operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=1, now=NOW)
        operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=4, now=NOW)
        stock = operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=6, now=NOW, reference="delivery 7")
        assert (stock.on_hand, stock.buckets) == (7, 4)
        assert [row.on_hand for row in StockBucket.objects.order_by("no")] == [3, 2, 1, 1]
        told = OutboxEvent.objects.filter(name="catalog.stock_received.v1").order_by("id").last()
        assert told is not None
        assert told.payload == {
            "sku_id": sku.id,
            "pool_id": stock.pool_id,
            "channel": "shelf",
            "quantity": 6,
        }
        assert list(audit_stock()) == []

    def test_keeps_a_channel_s_stock_apart(self) -> None:
        sku = make_sku(stock=5)
        make_offer(sku_id=sku.id, channel="creator:7", price_fen=9_000, own_stock=True)
        operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=2, channel="creator:7", now=NOW)
        assert [(pool.channel, pool.on_hand) for pool in get_stock(sku.id)] == [("shelf", 5), ("creator:7", 2)]

    def test_refuses_strangers_and_nonsense(self) -> None:
        sku = make_sku(stock=5)
        before = world()
        with refused(NotFound):
            operations.receive_stock(actor=make_person(name="Guo"), sku_id=sku.id, quantity=1, now=NOW)
        for quantity in (0, -5):
            with refused(InvalidInput):
                operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=quantity, now=NOW)
        with refused(InvalidInput) as refusal:
            operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=1, channel="attic", now=NOW)
        assert refusal.value.field_name == "channel"
        assert world() == before


class TestAdjustStock:
    def test_counts_up_and_down_with_a_reason(self) -> None:
        sku = make_sku(stock=7, buckets=4)
        assert (
            operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=-6, reason="wet", now=NOW).on_hand == 1
        )
        assert (
            operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=2, reason="found", now=NOW).on_hand == 3
        )
        newest = list_movements(actor=KEEPER, sku_id=sku.id).items[0]
        assert (newest.kind, newest.quantity, newest.reference) == ("adjusted", 2, "found")
        assert newest.actor == "system:tests"
        assert list(audit_stock()) == []

    def test_refuses_more_than_there_is_and_nothing(self) -> None:
        sku = make_sku(stock=7)
        reserve((pool_of(sku.id), 3))
        before = world()
        with refused(OutOfStock) as refusal:
            operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=-5, reason="wet", now=NOW)
        assert refusal.value.left == 4
        with refused(InvalidInput):
            operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=0, reason="wet", now=NOW)
        with refused(InvalidInput):
            operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=-1, reason=" ", now=NOW)
        assert world() == before


class TestSpreadStock:
    def test_splits_and_joins_again(self) -> None:
        sku = make_sku(stock=10)
        reserve((pool_of(sku.id), 1))
        assert operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=4, now=NOW).buckets == 4
        assert [row.on_hand for row in StockBucket.objects.order_by("no")] == [3, 2, 2, 2]
        operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=1, now=NOW)
        assert [row.on_hand for row in StockBucket.objects.order_by("no")] == [9, 0, 0, 0]
        operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=2, now=NOW)
        assert [row.on_hand for row in StockBucket.objects.order_by("no")] == [11, 0, 0, 0]
        assert list(audit_stock()) == []

    @pytest.mark.parametrize("buckets", [0, 65])
    def test_refuses_numbers_out_of_bounds(self, buckets: int) -> None:
        sku = make_sku(stock=10)
        with refused(InvalidInput):
            operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=buckets, now=NOW)


class TestTheRecords:
    def test_are_only_ever_added_to(self) -> None:
        make_sku(stock=10)
        for change in (
            lambda: Movement.objects.update(quantity=11),
            lambda: Movement.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
                change()

    def test_cannot_go_below_zero(self) -> None:
        make_sku(stock=10)
        with pytest.raises(DatabaseError, match="bucket_on_hand"), transaction.atomic():
            StockBucket.objects.update(on_hand=-1)

    def test_works_inside_a_transaction_that_goes_on_after_a_refusal(self) -> None:
        sku = make_sku(stock=1)
        with transaction.atomic():
            with pytest.raises(OutOfStock):
                reserve((pool_of(sku.id), 2))
            reserve((pool_of(sku.id), 1))
        assert on_hand_of(sku.id) == 0


def sold_units(sku_id: int, quantity: int) -> tuple[int, ...]:
    """Return the reservation of units that were bought."""
    ids = reserve((pool_of(sku_id), quantity))
    operations.confirm_reservations(ids=ids, now=NOW)
    return ids
