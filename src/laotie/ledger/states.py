"""The life of a hold as data."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class HoldState(StrEnum):
    """Where a hold stands."""

    ACTIVE = "active"
    RELEASED = "released"  # what remained of it is available again
    SPENT = "spent"  # claw-backs took all of it


HOLD_LIFE = Lifecycle(
    start=HoldState.ACTIVE,
    moves={
        HoldState.ACTIVE: frozenset({HoldState.RELEASED, HoldState.SPENT}),
        HoldState.RELEASED: frozenset(),
        HoldState.SPENT: frozenset(),
    },
)
