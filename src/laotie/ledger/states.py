"""The lives of holds and payouts as data."""

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


class PayoutState(StrEnum):
    """Where money on its way out stands."""

    REQUESTED = "requested"  # taken from the party's balance, waiting for an operator
    APPROVED = "approved"  # goes with the next batch
    SENT = "sent"  # in a file for the bank
    PAID = "paid"
    FAILED = "failed"  # the bank did not pay it; it is back in the balance
    RETURNED = "returned"  # the bank paid it and it came back; it is in the balance again
    REFUSED = "refused"  # by an operator, with a reason; back in the balance
    CANCELLED = "cancelled"  # by the party; back in the balance


PAYOUT_LIFE = Lifecycle(
    start=PayoutState.REQUESTED,
    moves={
        PayoutState.REQUESTED: frozenset({PayoutState.APPROVED, PayoutState.REFUSED, PayoutState.CANCELLED}),
        PayoutState.APPROVED: frozenset({PayoutState.SENT, PayoutState.REFUSED}),
        PayoutState.SENT: frozenset({PayoutState.PAID, PayoutState.FAILED}),
        PayoutState.PAID: frozenset({PayoutState.RETURNED}),
        PayoutState.FAILED: frozenset(),
        PayoutState.RETURNED: frozenset(),
        PayoutState.REFUSED: frozenset(),
        PayoutState.CANCELLED: frozenset(),
    },
)

# Money of these is neither the party's nor gone: it lies at platform:payouts.
PAYOUTS_ON_THE_WAY = (PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.SENT)
