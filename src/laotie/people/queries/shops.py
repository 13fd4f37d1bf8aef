"""Questions about shops, who works there, and which accounts are joined to them."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of
from laotie.core.sql import Asked, fetch_one, send_prepared
from laotie.people.contracts import SHOP_PERMISSIONS, MerchantStart, ShopAccountView, ShopView, StaffView
from laotie.people.models import Account, Shop, ShopAccount, Staff
from laotie.people.queries.accounts import require_operator
from laotie.people.viewing import shop_account_view, shop_view, staff_view


def get_shop(shop_id: int) -> ShopView:
    """Return a shop, suspended or not.

    Raises: NotFound.
    """
    row = Shop.objects.filter(pk=shop_id).first()
    if row is None:
        raise NotFound(what="shop")
    return shop_view(row)


def get_merchant_start(*, shop_id: int) -> MerchantStart:
    """Return since when a shop's owner sells here.

    Raises: NotFound.
    """
    row = fetch_one(
        "SELECT shop.owner_id, min(other.activated_at) FROM people_shop shop"
        " JOIN people_shop other ON other.owner_id = shop.owner_id WHERE shop.id = %s GROUP BY shop.owner_id",
        [shop_id],
    )
    if row is None:
        raise NotFound(what="shop")
    return MerchantStart(*row)


def ask_closed_shops(shop_ids: Collection[int]) -> Asked[tuple[int, ...]]:
    """Ask which of these shops do not sell at the moment, in a trip shared with others: every checkout does."""
    reply = send_prepared(
        "SELECT id FROM people_shop WHERE id = ANY (%s::bigint[]) AND state <> 'open' ORDER BY id",
        [sorted(shop_ids)],
    )
    return Asked(reply, lambda rows: tuple(shop_id for (shop_id,) in rows))


def get_shops(shop_ids: Collection[int]) -> dict[int, ShopView]:
    """Return shops by id; unknown ids are missing from the answer."""
    return {row.pk: shop_view(row) for row in Shop.objects.filter(pk__in=set(shop_ids))}


def access_shop(*, actor: Actor, shop_id: int, permission: str | None = None) -> ShopView:
    """Return a shop in which the actor has a permission (None: any), in one statement.

    Its owner, staff with the permission, operators and the system itself may; a blocked person may not.
    Raises: NotFound, for a stranger as for a shop that is not there.
    """
    assert permission is None or permission in SHOP_PERMISSIONS
    row = _accessible(actor, permission).filter(pk=shop_id).first()
    if row is None:
        raise NotFound(what="shop")
    return shop_view(row)


def list_shop_permissions(*, account_id: int, shop_id: int) -> frozenset[str]:
    """Return what a person may do in a shop as its owner or staff; nothing for a stranger."""
    if Shop.objects.filter(pk=shop_id, owner_id=account_id).exists():
        return frozenset(SHOP_PERMISSIONS)
    row = Staff.objects.filter(shop_id=shop_id, account_id=account_id).first()
    return frozenset(row.permissions) if row else frozenset()


def list_shops_of(*, account_id: int) -> tuple[ShopView, ...]:
    """Return the shops a person owns or works for, oldest first (at most 100)."""
    works = Staff.objects.filter(shop=OuterRef("pk"), account_id=account_id)
    rows = Shop.objects.filter(Q(owner_id=account_id) | Exists(works)).order_by("id")[:100]
    return tuple(shop_view(row) for row in rows)


def list_shops(*, actor: Actor, text: str = "", cursor: str = "", limit: int = 50) -> Page[ShopView]:
    """Return all shops for operators, newest first; `text` is part of a name.

    Raises: NotAllowed.
    """
    require_operator(actor=actor)
    text = text.replace("\0", "").strip()  # PostgreSQL knows no such character
    rows = Shop.objects.filter(Q(name__icontains=text) | Q(name_en__icontains=text))
    return page_of(rows, shop_view, order=("-id",), cursor=cursor, limit=limit)


def list_staff(*, actor: Actor, shop_id: int, cursor: str = "", limit: int = 50) -> Page[StaffView]:
    """Return who works for a shop; needs its permission `staff`.

    Raises: NotFound.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="staff")
    rows = Staff.objects.filter(shop_id=shop_id).select_related("account")
    return page_of(rows, staff_view, order=("id",), cursor=cursor, limit=limit)


def list_own_accounts(*, shop_id: int) -> tuple[ShopAccountView, ...]:
    """Return the accounts joined to a shop whose people accepted it (at most `shop_account.most`)."""
    rows = ShopAccount.objects.filter(shop_id=shop_id, accepted_at__isnull=False).order_by("id")
    return tuple(shop_account_view(row) for row in rows)


def list_shop_accounts(*, actor: Actor, shop_id: int) -> tuple[ShopAccountView, ...]:
    """Return the accounts joined to a shop, those still to accept as well; needs its permission `staff`.

    Raises: NotFound.
    """
    access_shop(actor=actor, shop_id=shop_id, permission="staff")
    rows = ShopAccount.objects.filter(shop_id=shop_id).order_by("id")
    return tuple(shop_account_view(row) for row in rows)


def list_shop_links(*, account_id: int) -> tuple[ShopAccountView, ...]:
    """Return the shops an account is joined to or is asked to join, newest first (at most 100)."""
    rows = ShopAccount.objects.filter(account_id=account_id).order_by("-id")[:100]
    return tuple(shop_account_view(row) for row in rows)


def is_shop_insider(*, shop_id: int, account_id: int) -> bool:
    """Say whether a person belongs to a shop: owner, staff, or joined account."""
    row = fetch_one(
        "SELECT EXISTS (SELECT FROM people_shop WHERE id = %s AND owner_id = %s)"
        " OR EXISTS (SELECT FROM people_staff WHERE shop_id = %s AND account_id = %s)"
        " OR EXISTS (SELECT FROM people_shopaccount WHERE shop_id = %s AND account_id = %s"
        "   AND accepted_at IS NOT NULL)",
        [shop_id, account_id] * 3,
    )
    assert row is not None
    return bool(row[0])


def _accessible(actor: Actor, permission: str | None) -> QuerySet[Shop]:
    if actor.kind == "system":
        return Shop.objects.all()
    if actor.account_id is None:
        return Shop.objects.none()
    works = Staff.objects.filter(shop=OuterRef(OuterRef("pk")), account_id=actor.account_id)
    if permission is not None:
        works = works.filter(permissions__contains=[permission])
    who = Account.objects.filter(
        Q(pk=OuterRef("owner_id")) | Q(is_operator=True) | Exists(works), pk=actor.account_id, is_active=True
    )
    return Shop.objects.filter(Exists(who))
