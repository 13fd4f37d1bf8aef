"""The lifecycles of a commission plan and of an earning, as data."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class PlanState(StrEnum):
    """A plan is open until it is closed; it applies while open and between its dates."""

    OPEN = "open"
    CLOSED = "closed"


class EarningState(StrEnum):
    """States of the CPS order record (RULES 2.7)."""

    PAID = "paid"  # 30 已付款
    RECEIVED = "received"  # 50 已收货
    SETTLED = "settled"  # 60 已结算
    VOID = "void"  # 80 已失效

    @property
    def official_number(self) -> int:
        """The number the trade's API gives this state."""
        return OFFICIAL_NUMBERS[self]


OFFICIAL_NUMBERS = {
    EarningState.PAID: 30,
    EarningState.RECEIVED: 50,
    EarningState.SETTLED: 60,
    EarningState.VOID: 80,
}

PLAN_MOVES: Lifecycle[PlanState] = Lifecycle(
    start=PlanState.OPEN,
    moves={PlanState.OPEN: frozenset({PlanState.CLOSED}), PlanState.CLOSED: frozenset()},
)

EARNING_MOVES: Lifecycle[EarningState] = Lifecycle(
    start=EarningState.PAID,
    moves={
        # Settled without received: events of rival transactions may arrive in either order.
        EarningState.PAID: frozenset({EarningState.RECEIVED, EarningState.SETTLED, EarningState.VOID}),
        EarningState.RECEIVED: frozenset({EarningState.SETTLED, EarningState.VOID}),
        # A full refund after settlement takes the whole commission back.
        EarningState.SETTLED: frozenset({EarningState.VOID}),
        EarningState.VOID: frozenset(),
    },
)
