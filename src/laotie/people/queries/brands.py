"""Questions about brands and who may sell them."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.people.contracts import BrandAuthorisationView, BrandView
from laotie.people.models import Brand, BrandAuthorisation
from laotie.people.viewing import authorisation_view, brand_view


def get_brand(brand_id: int) -> BrandView:
    """Return a brand.

    Raises: NotFound.
    """
    row = Brand.objects.filter(pk=brand_id).first()
    if row is None:
        raise NotFound(what="brand")
    return brand_view(row)


def get_brands(brand_ids: Collection[int]) -> dict[int, BrandView]:
    """Return brands by id; unknown ids are missing from the answer."""
    return {row.pk: brand_view(row) for row in Brand.objects.filter(pk__in=set(brand_ids))}


def find_brand(name: str) -> BrandView | None:
    """Return the brand of this name, in whatever case, or None."""
    row = Brand.objects.filter(name__iexact=name.strip()).first()
    return brand_view(row) if row else None


def list_brands_of(*, shop_id: int, cursor: str = "", limit: int = 50) -> Page[BrandView]:
    """Return the brands a shop owns, newest first."""
    rows = Brand.objects.filter(owner_shop_id=shop_id)
    return page_of(rows, brand_view, order=("-id",), cursor=cursor, limit=limit)


def is_brand_authorised(*, brand_id: int, shop_id: int, at: datetime) -> bool:
    """Say whether a shop may sell a brand at a moment: it owns it, or holds an authorisation in force."""
    held = BrandAuthorisation.objects.filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
        brand=OuterRef("pk"),
        shop_id=shop_id,
        starts_at__lte=at,
        ends_at__gt=at,
    )
    return Brand.objects.filter(Q(owner_shop_id=shop_id) | Exists(held), pk=brand_id).exists()


def list_brand_authorisations(*, brand_id: int, cursor: str = "", limit: int = 50) -> Page[BrandAuthorisationView]:
    """Return every authorisation of a brand, newest first, those over and revoked as well."""
    rows = BrandAuthorisation.objects.filter(brand_id=brand_id)
    return page_of(rows, authorisation_view, order=("-id",), cursor=cursor, limit=limit)
