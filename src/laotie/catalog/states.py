"""Lifecycles of products and reservations, and the other closed sets of values, as data."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class Trade(StrEnum):
    """Lines of business with their own fee or commission floor (RULES 11.4, 13.1)."""

    GENERAL = "general"
    FOOD = "food"
    EDUCATION = "education"
    SIM = "sim"
    JEWELLERY = "jewellery"
    MEDICAL = "medical"


class ProductState(StrEnum):
    """Where a product stands."""

    DRAFT = "draft"
    ON_SALE = "on_sale"
    OFF = "off"


PRODUCT = Lifecycle(
    start=ProductState.DRAFT,
    moves={
        ProductState.DRAFT: frozenset({ProductState.ON_SALE}),
        ProductState.ON_SALE: frozenset({ProductState.OFF}),
        ProductState.OFF: frozenset({ProductState.ON_SALE}),
    },
)


class ReservationState(StrEnum):
    """Where a reservation stands."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"


RESERVATION = Lifecycle(
    start=ReservationState.HELD,
    moves={
        ReservationState.HELD: frozenset(
            {ReservationState.CONFIRMED, ReservationState.RELEASED, ReservationState.EXPIRED}
        ),
        ReservationState.CONFIRMED: frozenset(),
        ReservationState.RELEASED: frozenset(),
        ReservationState.EXPIRED: frozenset(),
    },
)


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIVED = "received"  # arrived: on hand +
    RESERVED = "reserved"  # on hand −, reserved +
    RELEASED = "released"  # let go or expired: reserved −, on hand +
    SOLD = "sold"  # reserved −, sold +
    RETURNED = "returned"  # came back: returned +, on hand +
    ADJUSTED = "adjusted"  # counted, broken, lost: on hand ±
    MOVED = "moved"  # between two buckets of a pool: on hand ±, the pool's sum stays


SIGNED_KINDS = (MovementKind.ADJUSTED, MovementKind.MOVED)
