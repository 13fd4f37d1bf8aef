"""The lifecycles of trust as tables of data."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class PartyKind(StrEnum):
    """Who can be paid out; the part before the colon in shop:3, creator:7, leader:7, buyer:7, agency:2."""

    SHOP = "shop"
    CREATOR = "creator"
    LEADER = "leader"
    AGENCY = "agency"
    BUYER = "buyer"


class ReturnState(StrEnum):
    """A shop that closes gets its deposit back after a public notice (RULES 8.5)."""

    NOTICE = "notice"
    RETURNED = "returned"
    REFUSED = "refused"  # something stood against it when the notice was over
    WITHDRAWN = "withdrawn"  # the shop goes on


RETURN_LIFE = Lifecycle(
    ReturnState.NOTICE,
    {
        ReturnState.NOTICE: frozenset({ReturnState.RETURNED, ReturnState.REFUSED, ReturnState.WITHDRAWN}),
        ReturnState.RETURNED: frozenset(),
        ReturnState.REFUSED: frozenset(),
        ReturnState.WITHDRAWN: frozenset(),
    },
)
