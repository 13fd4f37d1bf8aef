"""Brands: registering, and dated authorisations by the owner."""

from datetime import datetime

from django.db import IntegrityError, transaction

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.people.contracts import BrandAuthorisationView, BrandView
from laotie.people.errors import BrandTaken
from laotie.people.models import Brand, BrandAuthorisation
from laotie.people.operations.shops import note_operator
from laotie.people.queries import access_shop, find_brand, get_shop
from laotie.people.texts import check_period, clean_line
from laotie.people.viewing import authorisation_view, brand_view

BRAND_NAME_LETTERS_MAX = 60


@transaction.atomic(savepoint=False)
def register_brand(*, actor: Actor, name: str, shop_id: int, now: datetime) -> BrandView:
    """Register a brand owned by a shop; needs its permission `catalog`.

    Raises: NotFound, InvalidInput, BrandTaken.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="catalog")
    note_operator(
        actor=actor, shop_id=shop_id, action="brand.register", now=now, name=name[:BRAND_NAME_LETTERS_MAX]
    )
    name = clean_line(name, field_name="name", most=BRAND_NAME_LETTERS_MAX)
    if find_brand(name) is not None:
        raise BrandTaken
    try:
        brand = Brand.objects.create(name=name, owner_shop_id=shop_id, registered_at=now)
    except IntegrityError:  # a twin was quicker; this transaction is over either way
        raise BrandTaken from None
    return brand_view(brand)


@transaction.atomic(savepoint=False)
def authorise_brand(
    *, actor: Actor, brand_id: int, shop_id: int, starts_at: datetime, ends_at: datetime, now: datetime
) -> BrandAuthorisationView:
    """Let another shop sell a brand for a time; needs the permission `catalog` in the shop that owns it.

    Raises: NotFound, InvalidInput.
    """
    owner_shop_id = _access_brand(actor, brand_id)
    note_operator(actor=actor, shop_id=owner_shop_id, action="brand.authorise", now=now, brand_id=brand_id)
    get_shop(shop_id)
    check_period(starts_at=starts_at, ends_at=ends_at, now=now)
    granted = BrandAuthorisation.objects.create(
        brand_id=brand_id, shop_id=shop_id, starts_at=starts_at, ends_at=ends_at, granted_at=now
    )
    return authorisation_view(granted)


@transaction.atomic(savepoint=False)
def revoke_brand_authorisation(*, actor: Actor, authorisation_id: int, now: datetime) -> BrandAuthorisationView:
    """End an authorisation now; a second time changes nothing.

    Raises: NotFound.
    """
    granted = BrandAuthorisation.objects.filter(pk=authorisation_id).first()
    if granted is None:
        raise NotFound(what="authorisation")
    try:
        owner_shop_id = _access_brand(actor, granted.brand_id)
    except NotFound:
        raise NotFound(what="authorisation") from None
    note_operator(
        actor=actor, shop_id=owner_shop_id, action="brand.revoke", now=now, authorisation_id=authorisation_id
    )
    BrandAuthorisation.objects.filter(pk=authorisation_id, revoked_at__isnull=True).update(revoked_at=now)
    granted.refresh_from_db()
    return authorisation_view(granted)


def _access_brand(actor: Actor, brand_id: int) -> int:
    """Return the brand's shop if the actor may act for it; a brand's name is public, so a stranger's is not hidden."""
    brand = Brand.objects.filter(pk=brand_id).first()
    if brand is None:
        raise NotFound(what="brand")
    try:
        access_shop(actor=actor, shop_id=brand.owner_shop_id, permission="catalog")
    except NotFound:
        raise NotFound(what="brand") from None
    return brand.owner_shop_id
