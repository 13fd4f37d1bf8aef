"""What the people API takes and gives. Every input is bounded and refuses fields it does not know."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from laotie.people.contracts import (
    AccountView,
    AddressView,
    AgencyContractView,
    AgencyView,
    BrandAuthorisationView,
    BrandView,
    FollowView,
    ShopAccountView,
    ShopView,
    StaffView,
    TokenView,
)

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Permission = Literal["catalog", "orders", "refunds", "alliance", "money", "staff"]


class Input(Schema):
    """A request body: a field it does not know is a mistake, named in the answer."""

    model_config = ConfigDict(extra="forbid")


class MeIn(Input):
    """What a person changes about themselves; what is left out stays."""

    display_name: Name | None = None
    language: Annotated[str, Field(max_length=10)] | None = None
    introduction: Annotated[str, Field(max_length=500)] | None = None


class CreatorIn(Input):
    """A creator's own words."""

    introduction: str = Field("", max_length=500)


class AddressIn(Input):
    """An entry of the address book."""

    recipient: Name
    phone: str = Field(min_length=5, max_length=30)
    region: str = Field(min_length=1, max_length=100)
    street: str = Field(min_length=1, max_length=200)
    postcode: str = Field("", max_length=12)


class NewAddressIn(AddressIn):
    """A new entry of the address book."""

    is_default: bool = False


class ShopIn(Input):
    """A new shop."""

    name: Name
    name_en: str = Field("", max_length=60)


class StaffIn(Input):
    """What a person may do in a shop."""

    permissions: list[Permission] = Field(min_length=1, max_length=6)


class ShopAccountIn(Input):
    """How an account is joined to a shop."""

    kind: Literal["official", "founder", "matrix"]
    is_own_room: bool


class BrandIn(Input):
    """A new brand and the shop that owns it."""

    name: Name
    shop_id: Id


class AuthorisationIn(Input):
    """Which shop may sell the brand, from when until when."""

    shop_id: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class AgencyIn(Input):
    """A new agency."""

    name: Name


class ContractIn(Input):
    """A proposed contract about an agency's share."""

    creator_id: Id
    share_bp: int = Field(ge=1, le=10_000)
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None


class TokenIn(Input):
    """A new API token."""

    name: Name
    scopes: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=20)
    expires_at: AwareDatetime | None = None


class ReasonIn(Input):
    """Why an operator does it; kept in the audit log."""

    reason: Reason


class MeOut(Schema):
    """A person, to themselves and to operators."""

    id: int
    email: str
    display_name: str
    language: str
    introduction: str
    is_active: bool
    is_creator: bool
    is_operator: bool

    @classmethod
    def of(cls, view: AccountView) -> "MeOut":
        """Show an account."""
        return cls(
            id=view.id,
            email=view.email,
            display_name=view.display_name,
            language=view.language,
            introduction=view.introduction,
            is_active=view.is_active,
            is_creator=view.is_creator,
            is_operator=view.is_operator,
        )


class ProfileOut(Schema):
    """A person, to everyone."""

    id: int
    display_name: str
    introduction: str
    is_creator: bool
    followers: int


class ShopOut(Schema):
    """A shop, to everyone."""

    id: int
    name: str
    name_en: str
    state: str

    @classmethod
    def of(cls, view: ShopView) -> "ShopOut":
        """Show a shop."""
        return cls(id=view.id, name=view.name, name_en=view.name_en, state=view.state.value)


class ShopPageOut(ShopOut):
    """A shop with its followers."""

    followers: int


class StaffOut(Schema):
    """Someone who works for a shop."""

    account_id: int
    display_name: str
    permissions: list[str]

    @classmethod
    def of(cls, view: StaffView) -> "StaffOut":
        """Show a member of staff."""
        return cls(
            account_id=view.account_id, display_name=view.display_name, permissions=sorted(view.permissions)
        )


class ShopAccountOut(Schema):
    """An account joined to a shop; without `accepted_at` its person has not agreed yet."""

    shop_id: int
    account_id: int
    kind: str
    is_own_room: bool
    accepted_at: datetime | None

    @classmethod
    def of(cls, view: ShopAccountView) -> "ShopAccountOut":
        """Show a joined account."""
        return cls(
            shop_id=view.shop_id,
            account_id=view.account_id,
            kind=view.kind.value,
            is_own_room=view.is_own_room,
            accepted_at=view.accepted_at,
        )


class AddressOut(Schema):
    """An entry of the address book; lists and answers to writes show it masked."""

    id: int
    recipient: str
    phone: str
    region: str
    street: str
    postcode: str
    is_default: bool

    @classmethod
    def of(cls, view: AddressView) -> "AddressOut":
        """Show an address as it is given: mask it before where it need not be in clear."""
        return cls(
            id=view.id,
            recipient=view.recipient,
            phone=view.phone,
            region=view.region,
            street=view.street,
            postcode=view.postcode,
            is_default=view.is_default,
        )


class FollowOut(Schema):
    """One followed person or shop."""

    followed: str
    followed_at: datetime

    @classmethod
    def of(cls, view: FollowView) -> "FollowOut":
        """Show one."""
        return cls(followed=view.followed, followed_at=view.followed_at)


class BrandOut(Schema):
    """A brand."""

    id: int
    name: str
    owner_shop_id: int

    @classmethod
    def of(cls, view: BrandView) -> "BrandOut":
        """Show a brand."""
        return cls(id=view.id, name=view.name, owner_shop_id=view.owner_shop_id)


class AuthorisationOut(Schema):
    """A brand authorisation."""

    id: int
    brand_id: int
    shop_id: int
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, view: BrandAuthorisationView) -> "AuthorisationOut":
        """Show an authorisation."""
        return cls(
            id=view.id,
            brand_id=view.brand_id,
            shop_id=view.shop_id,
            starts_at=view.starts_at,
            ends_at=view.ends_at,
            revoked_at=view.revoked_at,
        )


class AgencyOut(Schema):
    """An agency."""

    id: int
    name: str

    @classmethod
    def of(cls, view: AgencyView) -> "AgencyOut":
        """Show an agency."""
        return cls(id=view.id, name=view.name)


class ContractOut(Schema):
    """An agency contract, to its two sides."""

    id: int
    agency_id: int
    agency_name: str
    creator_id: int
    creator_name: str
    share_bp: int
    starts_at: datetime
    ends_at: datetime | None
    state: str
    is_proposed_by_agency: bool

    @classmethod
    def of(cls, view: AgencyContractView) -> "ContractOut":
        """Show a contract."""
        return cls(
            id=view.id,
            agency_id=view.agency_id,
            agency_name=view.agency_name,
            creator_id=view.creator_id,
            creator_name=view.creator_name,
            share_bp=view.share_bp,
            starts_at=view.starts_at,
            ends_at=view.ends_at,
            state=view.state.value,
            is_proposed_by_agency=view.is_proposed_by_agency,
        )


class TokenOut(Schema):
    """A token without its secret."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, view: TokenView) -> "TokenOut":
        """Show a token."""
        return cls(
            id=view.id,
            name=view.name,
            scopes=sorted(view.scopes),
            created_at=view.created_at,
            expires_at=view.expires_at,
        )


class NewTokenOut(Schema):
    """A new token; its secret is shown here and never again."""

    secret: str
    token: TokenOut
