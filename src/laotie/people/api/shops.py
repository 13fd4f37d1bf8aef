"""The people API: shops, who works there, which accounts belong to them, brands."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from laotie.core.http import PageOf, idempotent, now_of, page_schema
from laotie.people import operations, queries
from laotie.people.api.common import DONE, REFUSALS, Cursor, Limit, reader, writer
from laotie.people.errors import ApplicationNeeded
from laotie.people.schemas import (
    AuthorisationIn,
    AuthorisationOut,
    BrandIn,
    BrandOut,
    Id,
    ShopAccountIn,
    ShopAccountOut,
    ShopIn,
    ShopOut,
    ShopPageOut,
    StaffIn,
    StaffOut,
)

router = Router(tags=["people"])


@router.get("/me/shops", response={200: list[ShopOut], **REFUSALS})
def list_my_shops(request: HttpRequest) -> list[ShopOut]:
    """List the shops I own or work for."""
    account_id = queries.require_person(reader(request))
    return [ShopOut.of(view) for view in queries.list_shops_of(account_id=account_id)]


@router.get("/me/shop-accounts", response={200: list[ShopAccountOut], **REFUSALS})
def list_my_links(request: HttpRequest) -> list[ShopAccountOut]:
    """List the shops my account is joined to, or is asked to join."""
    account_id = queries.require_person(reader(request))
    return [ShopAccountOut.of(view) for view in queries.list_shop_links(account_id=account_id)]


@router.post("/shops", response={201: ShopOut, **REFUSALS})
@idempotent
def open_shop(request: HttpRequest, body: ShopIn) -> tuple[int, Schema]:
    """Open a shop of one's own, as an operator; others apply for one."""
    actor = writer(request)
    if not queries.is_operator(queries.require_person(actor)):
        raise ApplicationNeeded
    view = operations.open_shop(actor=actor, name=body.name, name_en=body.name_en, now=now_of(request))
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
    page = queries.list_staff(actor=reader(request), shop_id=shop_id, cursor=cursor, limit=limit)
    return page_schema(page, StaffOut.of)


@router.put("/shops/{shop_id}/staff/{account_id}", response={200: StaffOut, **REFUSALS})
@idempotent
def add_staff(request: HttpRequest, shop_id: Id, account_id: Id, body: StaffIn) -> Schema:
    """Let a person work for a shop, or change what they may do there."""
    return StaffOut.of(
        operations.add_staff(
            actor=writer(request),
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
    operations.remove_staff(actor=writer(request), shop_id=shop_id, account_id=account_id, now=now_of(request))
    return DONE


@router.get("/shops/{shop_id}/accounts", response={200: list[ShopAccountOut], **REFUSALS})
def list_shop_accounts(request: HttpRequest, shop_id: Id) -> list[ShopAccountOut]:
    """List the accounts joined to a shop."""
    links = queries.list_shop_accounts(actor=reader(request), shop_id=shop_id)
    return [ShopAccountOut.of(view) for view in links]


@router.put("/shops/{shop_id}/accounts/{account_id}", response={200: ShopAccountOut, **REFUSALS})
@idempotent
def link_shop_account(request: HttpRequest, shop_id: Id, account_id: Id, body: ShopAccountIn) -> Schema:
    """Join an account to a shop; another person's counts once they accept."""
    return ShopAccountOut.of(
        operations.link_shop_account(
            actor=writer(request),
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
        operations.accept_shop_account(actor=writer(request), shop_id=shop_id, now=now_of(request))
    )


@router.delete("/shops/{shop_id}/accounts/{account_id}", response={204: None, **REFUSALS})
@idempotent
def unlink_shop_account(request: HttpRequest, shop_id: Id, account_id: Id) -> Any:
    """Part an account from a shop; its person may as well."""
    operations.unlink_shop_account(
        actor=writer(request), shop_id=shop_id, account_id=account_id, now=now_of(request)
    )
    return DONE


@router.post("/brands", response={201: BrandOut, **REFUSALS})
@idempotent
def register_brand(request: HttpRequest, body: BrandIn) -> tuple[int, Schema]:
    """Register a brand."""
    view = operations.register_brand(
        actor=writer(request), name=body.name, shop_id=body.shop_id, now=now_of(request)
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
        actor=writer(request),
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
            actor=writer(request), authorisation_id=authorisation_id, now=now_of(request)
        )
    )
