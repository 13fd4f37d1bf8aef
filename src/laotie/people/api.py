"""The people API: me, my things, shops and their people, brands, agencies, operators' work on accounts.

Whatever opens other doors (tokens, operators' work) needs a session: a token must not beget a stronger one.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from laotie.core.actor import Actor
from laotie.core.http import PageOf, Problem, actor_of, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.schemas import (
    AddressIn,
    AddressOut,
    AgencyIn,
    AgencyOut,
    AuthorisationIn,
    AuthorisationOut,
    BrandIn,
    BrandOut,
    ContractIn,
    ContractOut,
    CreatorIn,
    FollowOut,
    Id,
    MeIn,
    MeOut,
    NewAddressIn,
    NewTokenOut,
    ProfileOut,
    ReasonIn,
    ShopAccountIn,
    ShopAccountOut,
    ShopIn,
    ShopOut,
    ShopPageOut,
    StaffIn,
    StaffOut,
    TokenIn,
    TokenOut,
)

REFUSALS = {frozenset({400, 401, 403, 404, 409, 422, 429}): Problem}

router = Router(tags=["people"])

Cursor = Annotated[str, Field(max_length=1_000)]
Followable = Annotated[str, Field(max_length=30, pattern=r"^(account|shop):[1-9][0-9]{0,17}$")]
Limit = Annotated[int, Field(ge=1, le=100)]
DONE = (204, None)


def _reader(request: HttpRequest) -> Actor:
    return actor_of(request, scope="people:read")


def _writer(request: HttpRequest) -> Actor:
    return actor_of(request, scope="people:write")


def _in_session(request: HttpRequest) -> Actor:
    """Return the person, signed in by themselves: no token has every scope."""
    return actor_of(request, scope="*")


def _me(actor: Actor) -> MeOut:
    return MeOut.of(queries.get_account(queries.require_person(actor)))


# Me


@router.get("/me", response={200: MeOut, **REFUSALS})
def get_me(request: HttpRequest) -> MeOut:
    """Show the signed-in person."""
    return _me(_reader(request))


@router.patch("/me", response={200: MeOut, **REFUSALS})
@idempotent
def edit_me(request: HttpRequest, body: MeIn) -> Schema:
    """Change what I say about myself."""
    return MeOut.of(
        operations.edit_account(
            actor=_writer(request),
            display_name=body.display_name,
            language=body.language,
            introduction=body.introduction,
        )
    )


@router.post("/me/creator", response={200: MeOut, **REFUSALS})
@idempotent
def become_creator(request: HttpRequest, body: CreatorIn) -> Schema:
    """Become a creator."""
    return MeOut.of(
        operations.become_creator(actor=_writer(request), introduction=body.introduction, now=now_of(request))
    )


@router.get("/accounts/{account_id}", response={200: ProfileOut, **REFUSALS}, auth=None)
def get_profile(request: HttpRequest, account_id: Id) -> ProfileOut:  # noqa: ARG001 - ninja's signature
    """Show a person to everyone."""
    view = queries.get_account(account_id)
    return ProfileOut(
        id=view.id,
        display_name=view.display_name,
        introduction=view.introduction,
        is_creator=view.is_creator,
        followers=queries.count_followers(f"account:{view.id}"),
    )


# My address book. Answers to writes are masked: they are kept for repetitions of the request.


@router.get("/me/addresses", response={200: list[AddressOut], **REFUSALS})
def list_addresses(request: HttpRequest) -> list[AddressOut]:
    """List my address book, masked."""
    return [AddressOut.of(view.masked()) for view in queries.list_addresses(actor=_reader(request))]


@router.get("/me/addresses/{address_id}", response={200: AddressOut, **REFUSALS})
def get_address(request: HttpRequest, address_id: Id) -> AddressOut:
    """Show one of my addresses in clear."""
    return AddressOut.of(queries.access_address(actor=_reader(request), address_id=address_id))


@router.post("/me/addresses", response={201: AddressOut, **REFUSALS})
@idempotent
def add_address(request: HttpRequest, body: NewAddressIn) -> tuple[int, Schema]:
    """Add an address."""
    view = operations.add_address(actor=_writer(request), now=now_of(request), **body.model_dump())
    return 201, AddressOut.of(view.masked())


@router.put("/me/addresses/{address_id}", response={200: AddressOut, **REFUSALS})
@idempotent
def edit_address(request: HttpRequest, address_id: Id, body: AddressIn) -> Schema:
    """Replace an address."""
    view = operations.edit_address(actor=_writer(request), address_id=address_id, **body.model_dump())
    return AddressOut.of(view.masked())


@router.put("/me/addresses/{address_id}/default", response={200: AddressOut, **REFUSALS})
@idempotent
def set_default_address(request: HttpRequest, address_id: Id) -> Schema:
    """Make an address the default."""
    view = operations.set_default_address(actor=_writer(request), address_id=address_id)
    return AddressOut.of(view.masked())


@router.delete("/me/addresses/{address_id}", response={204: None, **REFUSALS})
@idempotent
def remove_address(request: HttpRequest, address_id: Id) -> Any:
    """Delete an address."""
    operations.remove_address(actor=_writer(request), address_id=address_id)
    return DONE


# Following


@router.get("/me/following", response={200: PageOf[FollowOut], **REFUSALS})
def list_following(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List whom I follow."""
    page = queries.list_following(actor=_reader(request), cursor=cursor, limit=limit)
    return page_schema(page, FollowOut.of)


@router.put("/me/following/{followed}", response={204: None, **REFUSALS})
@idempotent
def follow(request: HttpRequest, followed: Followable) -> Any:
    """Follow a person (`account:7`) or a shop (`shop:3`)."""
    operations.follow(actor=_writer(request), followed=followed, now=now_of(request))
    return DONE


@router.delete("/me/following/{followed}", response={204: None, **REFUSALS})
@idempotent
def unfollow(request: HttpRequest, followed: Followable) -> Any:
    """Stop following."""
    operations.unfollow(actor=_writer(request), followed=followed, now=now_of(request))
    return DONE


# Tokens: only in a session


@router.get("/me/tokens", response={200: PageOf[TokenOut], **REFUSALS})
def list_tokens(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List my API tokens."""
    page = queries.list_tokens(actor=_in_session(request), cursor=cursor, limit=limit)
    return page_schema(page, TokenOut.of)


@router.post("/me/tokens", response={201: NewTokenOut, **REFUSALS})
@idempotent
def create_token(request: HttpRequest, body: TokenIn) -> tuple[int, Schema]:
    """Make an API token."""
    secret, view = operations.create_token(
        actor=_in_session(request),
        name=body.name,
        scopes=body.scopes,
        expires_at=body.expires_at,
        now=now_of(request),
    )
    return 201, NewTokenOut(secret=secret, token=TokenOut.of(view))


@router.delete("/me/tokens/{token_id}", response={204: None, **REFUSALS})
@idempotent
def revoke_token(request: HttpRequest, token_id: Id) -> Any:
    """Revoke an API token."""
    operations.revoke_token(actor=_in_session(request), token_id=token_id, now=now_of(request))
    return DONE


# Shops, their staff and their accounts


@router.get("/me/shops", response={200: list[ShopOut], **REFUSALS})
def list_my_shops(request: HttpRequest) -> list[ShopOut]:
    """List the shops I own or work for."""
    account_id = queries.require_person(_reader(request))
    return [ShopOut.of(view) for view in queries.list_shops_of(account_id=account_id)]


@router.get("/me/shop-accounts", response={200: list[ShopAccountOut], **REFUSALS})
def list_my_links(request: HttpRequest) -> list[ShopAccountOut]:
    """List the shops my account is joined to, or is asked to join."""
    account_id = queries.require_person(_reader(request))
    return [ShopAccountOut.of(view) for view in queries.list_shop_links(account_id=account_id)]


@router.post("/shops", response={201: ShopOut, **REFUSALS})
@idempotent
def open_shop(request: HttpRequest, body: ShopIn) -> tuple[int, Schema]:
    """Open a shop."""
    view = operations.open_shop(actor=_writer(request), name=body.name, name_en=body.name_en, now=now_of(request))
    return 201, ShopOut.of(view)


@router.get("/shops/{shop_id}", response={200: ShopPageOut, **REFUSALS}, auth=None)
def get_shop(request: HttpRequest, shop_id: Id) -> ShopPageOut:  # noqa: ARG001 - ninja's signature
    """Show a shop."""
    view = queries.get_shop(shop_id)
    return ShopPageOut(
        id=view.id,
        name=view.name,
        name_en=view.name_en,
        state=view.state.value,
        followers=queries.count_followers(f"shop:{shop_id}"),
    )


@router.get("/shops/{shop_id}/staff", response={200: PageOf[StaffOut], **REFUSALS})
def list_staff(request: HttpRequest, shop_id: Id, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List who works for a shop."""
    page = queries.list_staff(actor=_reader(request), shop_id=shop_id, cursor=cursor, limit=limit)
    return page_schema(page, StaffOut.of)


@router.put("/shops/{shop_id}/staff/{account_id}", response={200: StaffOut, **REFUSALS})
@idempotent
def add_staff(request: HttpRequest, shop_id: Id, account_id: Id, body: StaffIn) -> Schema:
    """Let a person work for a shop, or change what they may do there."""
    return StaffOut.of(
        operations.add_staff(
            actor=_writer(request),
            shop_id=shop_id,
            account_id=account_id,
            permissions=body.permissions,
            now=now_of(request),
        )
    )


@router.delete("/shops/{shop_id}/staff/{account_id}", response={204: None, **REFUSALS})
@idempotent
def remove_staff(request: HttpRequest, shop_id: Id, account_id: Id) -> Any:
    """End a person's work for a shop."""
    operations.remove_staff(actor=_writer(request), shop_id=shop_id, account_id=account_id, now=now_of(request))
    return DONE


@router.get("/shops/{shop_id}/accounts", response={200: list[ShopAccountOut], **REFUSALS})
def list_shop_accounts(request: HttpRequest, shop_id: Id) -> list[ShopAccountOut]:
    """List the accounts joined to a shop."""
    links = queries.list_shop_accounts(actor=_reader(request), shop_id=shop_id)
    return [ShopAccountOut.of(view) for view in links]


@router.put("/shops/{shop_id}/accounts/{account_id}", response={200: ShopAccountOut, **REFUSALS})
@idempotent
def link_shop_account(request: HttpRequest, shop_id: Id, account_id: Id, body: ShopAccountIn) -> Schema:
    """Join an account to a shop; another person's counts once they accept."""
    return ShopAccountOut.of(
        operations.link_shop_account(
            actor=_writer(request),
            shop_id=shop_id,
            account_id=account_id,
            kind=body.kind,
            is_own_room=body.is_own_room,
            now=now_of(request),
        )
    )


@router.post("/me/shop-accounts/{shop_id}/accept", response={200: ShopAccountOut, **REFUSALS})
@idempotent
def accept_shop_account(request: HttpRequest, shop_id: Id) -> Schema:
    """Agree to my account being joined to a shop."""
    return ShopAccountOut.of(
        operations.accept_shop_account(actor=_writer(request), shop_id=shop_id, now=now_of(request))
    )


@router.delete("/shops/{shop_id}/accounts/{account_id}", response={204: None, **REFUSALS})
@idempotent
def unlink_shop_account(request: HttpRequest, shop_id: Id, account_id: Id) -> Any:
    """Part an account from a shop; its person may as well."""
    operations.unlink_shop_account(
        actor=_writer(request), shop_id=shop_id, account_id=account_id, now=now_of(request)
    )
    return DONE


# Brands


@router.post("/brands", response={201: BrandOut, **REFUSALS})
@idempotent
def register_brand(request: HttpRequest, body: BrandIn) -> tuple[int, Schema]:
    """Register a brand."""
    view = operations.register_brand(
        actor=_writer(request), name=body.name, shop_id=body.shop_id, now=now_of(request)
    )
    return 201, BrandOut.of(view)


@router.get("/shops/{shop_id}/brands", response={200: PageOf[BrandOut], **REFUSALS}, auth=None)
def list_brands(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    shop_id: Id,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """List the brands a shop owns."""
    page = queries.list_brands_of(shop_id=shop_id, cursor=cursor, limit=limit)
    return page_schema(page, BrandOut.of)


@router.get("/brands/{brand_id}/authorisations", response={200: PageOf[AuthorisationOut], **REFUSALS}, auth=None)
def list_authorisations(
    request: HttpRequest,  # noqa: ARG001 - ninja's signature
    brand_id: Id,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """List who may sell a brand; buyers may know."""
    page = queries.list_brand_authorisations(brand_id=brand_id, cursor=cursor, limit=limit)
    return page_schema(page, AuthorisationOut.of)


@router.post("/brands/{brand_id}/authorisations", response={201: AuthorisationOut, **REFUSALS})
@idempotent
def authorise_brand(request: HttpRequest, brand_id: Id, body: AuthorisationIn) -> tuple[int, Schema]:
    """Let another shop sell a brand for a time."""
    view = operations.authorise_brand(
        actor=_writer(request),
        brand_id=brand_id,
        shop_id=body.shop_id,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        now=now_of(request),
    )
    return 201, AuthorisationOut.of(view)


@router.post("/brand-authorisations/{authorisation_id}/revoke", response={200: AuthorisationOut, **REFUSALS})
@idempotent
def revoke_authorisation(request: HttpRequest, authorisation_id: Id) -> Schema:
    """End a brand authorisation."""
    return AuthorisationOut.of(
        operations.revoke_brand_authorisation(
            actor=_writer(request), authorisation_id=authorisation_id, now=now_of(request)
        )
    )


# Agencies


@router.post("/agencies", response={201: AgencyOut, **REFUSALS})
@idempotent
def open_agency(request: HttpRequest, body: AgencyIn) -> tuple[int, Schema]:
    """Open an agency."""
    return 201, AgencyOut.of(operations.open_agency(actor=_writer(request), name=body.name, now=now_of(request)))


@router.get("/me/agencies", response={200: list[AgencyOut], **REFUSALS})
def list_my_agencies(request: HttpRequest) -> list[AgencyOut]:
    """List the agencies I act for."""
    account_id = queries.require_person(_reader(request))
    return [AgencyOut.of(view) for view in queries.list_agencies_of(account_id=account_id)]


@router.get("/me/agency-contracts", response={200: PageOf[ContractOut], **REFUSALS})
def list_contracts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """List the contracts I am a side of."""
    page = queries.list_agency_contracts(actor=_reader(request), cursor=cursor, limit=limit)
    return page_schema(page, ContractOut.of)


@router.post("/agencies/{agency_id}/contracts", response={201: ContractOut, **REFUSALS})
@idempotent
def propose_contract(request: HttpRequest, agency_id: Id, body: ContractIn) -> tuple[int, Schema]:
    """Propose a contract, as the agency or as the creator."""
    view = operations.propose_agency_share(
        actor=_writer(request), agency_id=agency_id, now=now_of(request), **body.model_dump()
    )
    return 201, ContractOut.of(view)


@router.post("/agency-contracts/{contract_id}/accept", response={200: ContractOut, **REFUSALS})
@idempotent
def accept_contract(request: HttpRequest, contract_id: Id) -> Schema:
    """Accept a contract the other side proposed."""
    return ContractOut.of(
        operations.accept_agency_share(actor=_writer(request), contract_id=contract_id, now=now_of(request))
    )


@router.post("/agency-contracts/{contract_id}/end", response={200: ContractOut, **REFUSALS})
@idempotent
def end_contract(request: HttpRequest, contract_id: Id) -> Schema:
    """Withdraw or decline a proposal, or give notice."""
    return ContractOut.of(
        operations.end_agency_share(actor=_writer(request), contract_id=contract_id, now=now_of(request))
    )


# Operators: only in a session, under their own name


@router.get("/accounts", response={200: PageOf[MeOut], **REFUSALS})
def list_accounts(
    request: HttpRequest,
    text: Annotated[str, Field(max_length=254)] = "",
    only_blocked: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """List accounts, for operators."""
    page = queries.list_accounts(
        actor=_in_session(request), text=text, only_blocked=only_blocked, cursor=cursor, limit=limit
    )
    return page_schema(page, MeOut.of)


@router.post("/accounts/{account_id}/block", response={200: MeOut, **REFUSALS})
@idempotent
def block_account(request: HttpRequest, account_id: Id, body: ReasonIn) -> Schema:
    """Block an account, for operators."""
    return MeOut.of(
        operations.block_account(
            actor=_in_session(request), account_id=account_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/accounts/{account_id}/reinstate", response={200: MeOut, **REFUSALS})
@idempotent
def reinstate_account(request: HttpRequest, account_id: Id, body: ReasonIn) -> Schema:
    """Reinstate a blocked account, for operators."""
    return MeOut.of(
        operations.reinstate_account(
            actor=_in_session(request), account_id=account_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/shops/{shop_id}/suspend", response={200: ShopOut, **REFUSALS})
@idempotent
def suspend_shop(request: HttpRequest, shop_id: Id, body: ReasonIn) -> Schema:
    """Suspend a shop, for operators."""
    return ShopOut.of(
        operations.suspend_shop(
            actor=_in_session(request), shop_id=shop_id, reason=body.reason, now=now_of(request)
        )
    )


@router.post("/shops/{shop_id}/reinstate", response={200: ShopOut, **REFUSALS})
@idempotent
def reinstate_shop(request: HttpRequest, shop_id: Id, body: ReasonIn) -> Schema:
    """Reinstate a suspended shop, for operators."""
    return ShopOut.of(
        operations.reinstate_shop(
            actor=_in_session(request), shop_id=shop_id, reason=body.reason, now=now_of(request)
        )
    )
