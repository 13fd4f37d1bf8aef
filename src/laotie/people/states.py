"""The kinds and lifecycles of people's things."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class ShopState(StrEnum):
    """A suspended shop keeps its past and sells nothing."""

    OPEN = "open"
    SUSPENDED = "suspended"


class LinkKind(StrEnum):
    """What an account is to the shop it is joined to (号店一体)."""

    OFFICIAL = "official"
    FOUNDER = "founder"
    MATRIX = "matrix"


class ContractState(StrEnum):
    """An agency contract. Whether an accepted or terminated one is in force is a matter of its dates."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"  # notice given: `ends_at` was moved forward


SHOP_LIFE = Lifecycle(
    ShopState.OPEN,
    {
        ShopState.OPEN: frozenset({ShopState.SUSPENDED}),
        ShopState.SUSPENDED: frozenset({ShopState.OPEN}),
    },
)

CONTRACT_LIFE = Lifecycle(
    ContractState.PROPOSED,
    {
        ContractState.PROPOSED: frozenset(
            {ContractState.ACCEPTED, ContractState.DECLINED, ContractState.WITHDRAWN}
        ),
        ContractState.ACCEPTED: frozenset({ContractState.TERMINATED}),
        ContractState.DECLINED: frozenset(),
        ContractState.WITHDRAWN: frozenset(),
        ContractState.TERMINATED: frozenset(),
    },
)

BINDING_STATES = (ContractState.ACCEPTED, ContractState.TERMINATED)
