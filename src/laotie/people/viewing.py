"""Turns rows into the frozen values of contracts."""

from datetime import date

from laotie.core.crypto import mask_name, mask_number
from laotie.people.contracts import (
    AccountView,
    AddressView,
    AgencyContractView,
    AgencyView,
    ApplicationView,
    BankAccountView,
    BrandAuthorisationView,
    BrandView,
    FollowView,
    IdentityCheckView,
    IdentityView,
    PaperView,
    ShopAccountView,
    ShopView,
    StaffView,
    TokenView,
)
from laotie.people.models import (
    Account,
    Address,
    Agency,
    AgencyContract,
    ApiToken,
    Application,
    BankAccount,
    Brand,
    BrandAuthorisation,
    Follow,
    Identity,
    IdentityCheck,
    Shop,
    ShopAccount,
    Staff,
)
from laotie.people.states import (
    ApplicationKind,
    ApplicationState,
    CheckState,
    ContractState,
    DocumentKind,
    LinkKind,
    ShopState,
)


def account_view(row: Account) -> AccountView:
    """Return an account as others see it."""
    return AccountView(
        id=row.pk,
        email=row.email,
        display_name=row.display_name,
        is_active=row.is_active,
        is_operator=row.is_operator,
        is_creator=row.is_creator,
        language=row.language,
        introduction=row.introduction,
    )


def shop_view(row: Shop) -> ShopView:
    """Return a shop as others see it."""
    return ShopView(row.pk, row.name, row.name_en, row.owner_id, row.activated_at, ShopState(row.state))


def staff_view(row: Staff) -> StaffView:
    """Return a member of staff; the account must be loaded with the row."""
    return StaffView(row.shop_id, row.account_id, row.account.display_name, frozenset(row.permissions))


def shop_account_view(row: ShopAccount) -> ShopAccountView:
    """Return an account joined to a shop."""
    return ShopAccountView(row.shop_id, row.account_id, LinkKind(row.kind), row.is_own_room, row.accepted_at)


def address_view(row: Address) -> AddressView:
    """Return an address in clear."""
    return AddressView(
        row.pk, row.recipient, row.phone, row.region, row.street, row.postcode, is_default=row.is_default
    )


def agency_view(row: Agency) -> AgencyView:
    """Return an agency."""
    return AgencyView(row.pk, row.name, row.owner_id)


def contract_view(row: AgencyContract) -> AgencyContractView:
    """Return an agency contract; agency and creator must be loaded with the row."""
    return AgencyContractView(
        id=row.pk,
        agency_id=row.agency_id,
        agency_name=row.agency.name,
        creator_id=row.creator_id,
        creator_name=row.creator.display_name,
        share_bp=row.share_bp,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=ContractState(row.state),
        is_proposed_by_agency=row.is_proposed_by_agency,
    )


def brand_view(row: Brand) -> BrandView:
    """Return a brand."""
    return BrandView(row.pk, row.name, row.owner_shop_id)


def authorisation_view(row: BrandAuthorisation) -> BrandAuthorisationView:
    """Return a brand authorisation."""
    return BrandAuthorisationView(row.pk, row.brand_id, row.shop_id, row.starts_at, row.ends_at, row.revoked_at)


def follow_view(row: Follow) -> FollowView:
    """Return one followed person or shop."""
    return FollowView(row.followed, row.followed_at)


def token_view(row: ApiToken) -> TokenView:
    """Return a token without its secret."""
    return TokenView(row.account_id, frozenset(row.scopes), row.pk, row.name, row.created_at, row.expires_at)


def identity_view(row: Identity) -> IdentityView:
    """Return who a person is by law, masked."""
    return IdentityView(
        account_id=row.account_id,
        name_masked=mask_name(row.legal_name),
        number_masked=mask_number(row.document_number),
        document=DocumentKind(row.document),
        birth_date=date.fromisoformat(row.birth_date),
        verified_at=row.verified_at,
    )


def bank_account_view(row: BankAccount) -> BankAccountView:
    """Return a bank account, masked."""
    return BankAccountView(
        owner=row.owner,
        bank=row.bank,
        number_masked=mask_number(row.account_number),
        holder_masked=mask_name(row.holder_name),
        added_at=row.added_at,
        usable_from=row.usable_from,
    )


def check_view(row: IdentityCheck) -> IdentityCheckView:
    """Return how an attempt went."""
    return IdentityCheckView(row.pk, CheckState(row.state), row.asked_at)


def application_view(row: Application) -> ApplicationView:
    """Return an application with its papers; prefetch `papers` for more than one."""
    papers = sorted(row.papers.all(), key=lambda paper: paper.pk)
    return ApplicationView(
        id=row.pk,
        applicant_id=row.applicant_id,
        kind=ApplicationKind(row.kind),
        state=ApplicationState(row.state),
        business_name=row.business_name,
        licence_number=row.licence_number,
        licence_until=row.licence_until,
        licence_check=row.licence_check,
        public_name=row.public_name,
        public_name_en=row.public_name_en,
        categories=tuple(row.categories),
        agreement=row.agreement,
        agreed_at=row.agreed_at,
        submitted_at=row.submitted_at,
        moved_at=row.moved_at,
        reason=row.reason,
        outcome=row.outcome,
        papers=tuple(PaperView(paper.pk, paper.title, paper.valid_until) for paper in papers),
    )
