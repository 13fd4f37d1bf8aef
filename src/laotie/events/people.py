"""What the people module tells the others: who joined, as what, and who follows whom."""

from dataclasses import dataclass
from datetime import datetime

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class AccountOpened(Event):
    """A person has an account."""

    name = "people.account_opened.v1"
    account_id: int


@dataclass(frozen=True, slots=True)
class CreatorJoined(Event):
    """An account may recommend goods from now on."""

    name = "people.creator_joined.v1"
    account_id: int


@dataclass(frozen=True, slots=True)
class ShopOpened(Event):
    """A shop exists; its newcomer terms count from `activated_at`."""

    name = "people.shop_opened.v1"
    shop_id: int
    owner_id: int
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class ShopSuspended(Event):
    """An operator has stopped a shop from selling."""

    name = "people.shop_suspended.v1"
    shop_id: int


@dataclass(frozen=True, slots=True)
class IdentityVerified(Event):
    """A person has proven who they are by law."""

    name = "people.identity_verified.v1"
    account_id: int


@dataclass(frozen=True, slots=True)
class ApplicationMoved(Event):
    """An application to become creator, merchant, agency, leader or provider was sent, answered or withdrawn."""

    name = "people.application_moved.v1"
    application_id: int
    account_id: int
    kind: str
    state: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class AgencyShareAccepted(Event):
    """A creator and an agency have both agreed to the agency's share of the creator's commission."""

    name = "people.agency_share_accepted.v1"
    contract_id: int
    agency_id: int
    creator_id: int
    share_bp: int
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Followed(Event):
    """An account follows a person (`account:7`) or a shop (`shop:3`)."""

    name = "people.followed.v1"
    follower_id: int
    followed: str


@dataclass(frozen=True, slots=True)
class Unfollowed(Event):
    """An account no longer follows a person or a shop."""

    name = "people.unfollowed.v1"
    follower_id: int
    followed: str


@dataclass(frozen=True, slots=True)
class AccountErased(Event):
    """A person is erased: the number stays in the books, and nothing tells any more whose it was."""

    name = "people.account_erased.v1"
    account_id: int
