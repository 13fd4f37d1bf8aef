"""What other modules see of people: frozen values, never rows."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from laotie.core.crypto import mask_email, mask_name, mask_phone
from laotie.people.states import ApplicationKind as ApplicationKind  # noqa: PLC0414 - part of the border
from laotie.people.states import ApplicationState as ApplicationState  # noqa: PLC0414 - part of the border
from laotie.people.states import CheckState as CheckState  # noqa: PLC0414 - part of the border
from laotie.people.states import ContractState as ContractState  # noqa: PLC0414 - part of the border
from laotie.people.states import DocumentKind as DocumentKind  # noqa: PLC0414 - part of the border
from laotie.people.states import LinkKind as LinkKind  # noqa: PLC0414 - part of the border
from laotie.people.states import ShopState as ShopState  # noqa: PLC0414 - part of the border

SHOP_PERMISSIONS = ("catalog", "orders", "refunds", "alliance", "promotions", "money", "staff")

TOKEN_SCOPES = (
    "people:read",
    "people:write",
    "catalog:read",
    "catalog:write",
    "alliance:read",
    "alliance:write",
    "promotions:read",
    "promotions:write",
    "orders:read",
    "orders:write",
    "ledger:read",
)

STREET_LETTERS_SHOWN = 2
ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as an import brings it; nobody has proven its address, and it has no password."""

    email: str
    display_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountView:
    """A person. The e-mail address is theirs alone and operators'; pages for others show only the name."""

    id: int
    email: str
    display_name: str
    is_active: bool
    is_operator: bool
    is_creator: bool
    language: str = ""
    introduction: str = ""

    @property
    def masked_email(self) -> str:
        """Show the e-mail address where it only has to be recognised."""
        return mask_email(self.email)


@dataclass(frozen=True, slots=True)
class ShopView:
    """A shop; a newcomer's terms count from `activated_at` (RULES 7.3)."""

    id: int
    name: str
    name_en: str
    owner_id: int
    activated_at: datetime
    state: ShopState


@dataclass(frozen=True, slots=True)
class MerchantStart:
    """Whose shop it is, and when their first shop was activated: newcomers' terms count from there (RULES 7.3)."""

    owner_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class StaffView:
    """Someone who works for a shop, and what they may do there."""

    shop_id: int
    account_id: int
    display_name: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShopAccountView:
    """An account joined to a shop (号店一体); `accepted_at` is empty until the account's person agreed."""

    shop_id: int
    account_id: int
    kind: LinkKind
    is_own_room: bool
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddressView:
    """An entry of someone's address book, in clear."""

    id: int
    recipient: str
    phone: str
    region: str
    street: str
    postcode: str
    is_default: bool = False

    def masked(self) -> "AddressView":
        """Return the entry as it is shown where nobody has to deliver anything."""
        return replace(
            self,
            recipient=mask_name(self.recipient),
            phone=mask_phone(self.phone),
            street=self.street[:STREET_LETTERS_SHOWN] + "****",
        )


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who a person is by law, masked."""

    account_id: int
    name_masked: str
    number_masked: str
    document: DocumentKind
    birth_date: date
    verified_at: datetime

    def is_adult(self, on: date) -> bool:
        """Say whether the person is 18 on a day: hosts and those who are paid must be."""
        years = on.year - self.birth_date.year
        return years - ((on.month, on.day) < (self.birth_date.month, self.birth_date.day)) >= ADULT_YEARS


@dataclass(frozen=True, slots=True)
class PaperView:
    """A picture of a paper with the day it ends."""

    id: int
    title: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application and where it stands."""

    id: int
    applicant_id: int
    kind: ApplicationKind
    state: ApplicationState
    business_name: str
    licence_number: str
    licence_until: date | None
    licence_check: str
    public_name: str
    public_name_en: str
    categories: tuple[str, ...]
    agreement: str
    agreed_at: datetime
    submitted_at: datetime
    moved_at: datetime
    reason: str
    outcome: str
    papers: tuple[PaperView, ...]


@dataclass(frozen=True, slots=True)
class ApplicationDetail:
    """An application as operators judge it: who applies, and who else has to do with the same business."""

    application: ApplicationView
    applicant_name: str
    identity: "IdentityView | None"
    linked_account_ids: tuple[int, ...]  # same person by document or bank account
    same_licence_ids: tuple[int, ...]  # applicants with the same business licence


@dataclass(frozen=True, slots=True)
class IdentityCheckView:
    """How a person's last attempt to verify their real name went."""

    id: int
    state: CheckState
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class BankAccountView:
    """Where somebody's money goes, masked; `usable_from` gives its owner time to notice a change."""

    owner: str
    bank: str
    number_masked: str
    holder_masked: str
    added_at: datetime
    usable_from: datetime


@dataclass(frozen=True, slots=True)
class BankAccountSecret:
    """A bank account in clear, for a payout."""

    holder_name: str
    account_number: str
    bank: str
    branch_code: str


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency (MCN) and the person who acts for it."""

    id: int
    name: str
    owner_id: int


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """The share of a creator's commission that goes to an agency at one moment."""

    agency_id: int
    share_bp: int
    contract_id: int


@dataclass(frozen=True, slots=True)
class AgencyContractView:
    """A dated contract about an agency's share: half open, in force once both sides said yes."""

    id: int
    agency_id: int
    agency_name: str
    creator_id: int
    creator_name: str
    share_bp: int
    starts_at: datetime
    ends_at: datetime | None
    state: ContractState
    is_proposed_by_agency: bool


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand and the shop that owns it."""

    id: int
    name: str
    owner_shop_id: int


@dataclass(frozen=True, slots=True)
class BrandAuthorisationView:
    """A brand owner's dated permission for another shop to sell the brand; half open."""

    id: int
    brand_id: int
    shop_id: int
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class FollowView:
    """One followed person or shop."""

    followed: str
    followed_at: datetime


@dataclass(frozen=True, slots=True)
class TokenView:
    """What an API token stands for; the secret itself is known only to its holder."""

    account_id: int
    scopes: frozenset[str]
    id: int
    name: str
    created_at: datetime
    expires_at: datetime | None
