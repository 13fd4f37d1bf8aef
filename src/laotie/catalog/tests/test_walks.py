"""Random walks over the real stock operations, with the books audited after every step."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from laotie.catalog import operations
from laotie.catalog.errors import OutOfStock, ReservationConfirmed, ReservationGone, ReturnTooLarge
from laotie.catalog.queries import audit_stock, get_stock
from laotie.catalog.tests.makers import KEEPER, NOW, make_sku, pool_of, reserve
from laotie.people.tests.makers import refused

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["reserve", "pair", "confirm", "release", "expire", "return", "receive", "adjust", "spread"]
        ),
        st.integers(0, 7),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(steps=STEPS, buckets=st.integers(1, 5))
def test_any_life_of_stock_leaves_clean_books(steps: list[tuple[str, int, int]], buckets: int) -> None:
    with transaction.atomic():  # hypothesis runs all examples in one test: each leaves nothing behind
        _live(steps, buckets)
        transaction.set_rollback(True)


def _live(steps: list[tuple[str, int, int]], buckets: int) -> None:  # noqa: C901, PLR0912 - a step of each kind
    sku = make_sku(stock=10, buckets=buckets)
    pool_id = pool_of(sku.id)
    state: dict[int, str] = {}
    left: dict[int, int] = {}
    on_hand, now = 10, NOW
    for step, pick, quantity in steps:
        now += timedelta(minutes=1)
        one = sorted(state)[pick % len(state)] if state else None
        if step in {"reserve", "pair"}:
            lines = [(pool_id, quantity)] * (1 if step == "reserve" else 2)
            total = quantity * len(lines)
            if total > on_hand:
                with refused(OutOfStock) as refusal:
                    reserve(*lines, now=now)
                assert refusal.value.left == on_hand
            else:
                made = reserve(*lines, now=now)
                state |= dict.fromkeys(made, "held")
                left |= dict.fromkeys(made, quantity)
                on_hand -= total
        elif step == "receive":
            operations.receive_stock(actor=KEEPER, sku_id=sku.id, quantity=quantity, now=now)
            on_hand += quantity
        elif step == "adjust":
            if quantity > on_hand:
                with refused(OutOfStock):
                    operations.adjust_stock(
                        actor=KEEPER, sku_id=sku.id, quantity=-quantity, reason="lost", now=now
                    )
            else:
                operations.adjust_stock(actor=KEEPER, sku_id=sku.id, quantity=-quantity, reason="lost", now=now)
                on_hand -= quantity
        elif step == "spread":
            operations.spread_stock(actor=KEEPER, sku_id=sku.id, buckets=quantity, now=now)
        elif step == "expire":
            due = sum(1 for found in state.values() if found == "held")
            assert operations.expire_reservations(now=now + timedelta(hours=1)) == due
            for each, found in state.items():
                if found == "held":
                    state[each] = "expired"
                    on_hand += left[each]
        elif one is not None:
            on_hand += _touch(step, one, quantity, state, left)
        (stock,) = get_stock(sku.id)
        assert stock.on_hand == on_hand
        assert stock.reserved == sum(left[each] for each, found in state.items() if found == "held")
        assert list(audit_stock()) == []


def _touch(step: str, one: int, quantity: int, state: dict[int, str], left: dict[int, int]) -> int:
    """Confirm, release or return one reservation; return the change of what is on hand."""
    if step == "confirm":
        if state[one] in {"released", "expired"}:
            with refused(ReservationGone):
                operations.confirm_reservations(ids=[one], now=NOW)
        else:
            assert operations.confirm_reservations(ids=[one], now=NOW) == (state[one] == "held",)
            state[one] = "confirmed"
        return 0
    if step == "release":
        if state[one] == "confirmed":
            with refused(ReservationConfirmed):
                operations.release_reservations(ids=[one], now=NOW)
            return 0
        is_held = state[one] == "held"
        assert operations.release_reservations(ids=[one], now=NOW) == (is_held,)
        state[one] = "released" if is_held else state[one]
        return left[one] if is_held else 0
    if state[one] != "confirmed" or quantity > left[one]:
        with refused(ReturnTooLarge):
            operations.return_stock(reservation_id=one, quantity=quantity, reference="refund", now=NOW)
        return 0
    operations.return_stock(reservation_id=one, quantity=quantity, reference="refund", now=NOW)
    left[one] -= quantity
    return quantity
