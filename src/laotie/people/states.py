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


class DocumentKind(StrEnum):
    """By which document a person proves who they are."""

    ID_CARD = "id_card"  # 居民身份证: its number says when the person was born
    PASSPORT = "passport"


class CheckState(StrEnum):
    """A question to the verification service."""

    ASKED = "asked"
    MATCHED = "matched"
    MISMATCHED = "mismatched"
    UNANSWERED = "unanswered"  # the service stayed away through all attempts


class ApplicationKind(StrEnum):
    """What somebody can apply to become."""

    CREATOR = "creator"
    MERCHANT = "merchant"
    AGENCY = "agency"
    LEADER = "leader"
    PROVIDER = "provider"


class ApplicationState(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"  # something is missing; the applicant sends it again
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


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

CHECK_LIFE = Lifecycle(
    CheckState.ASKED,
    {
        CheckState.ASKED: frozenset({CheckState.MATCHED, CheckState.MISMATCHED, CheckState.UNANSWERED}),
        CheckState.MATCHED: frozenset(),
        CheckState.MISMATCHED: frozenset(),
        CheckState.UNANSWERED: frozenset(),
    },
)

APPLICATION_LIFE = Lifecycle(
    ApplicationState.SUBMITTED,
    {
        ApplicationState.SUBMITTED: frozenset(
            {
                ApplicationState.RETURNED,
                ApplicationState.APPROVED,
                ApplicationState.REJECTED,
                ApplicationState.WITHDRAWN,
            }
        ),
        ApplicationState.RETURNED: frozenset({ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN}),
        ApplicationState.APPROVED: frozenset(),
        ApplicationState.REJECTED: frozenset(),
        ApplicationState.WITHDRAWN: frozenset(),
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
