"""Shops, their staff, and the accounts joined to them (号店一体)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.actor import Actor
from laotie.core.audit_log import record_action
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.rules import rules_at
from laotie.events.outbox import publish
from laotie.events.people import ShopOpened, ShopSuspended
from laotie.people.contracts import SHOP_PERMISSIONS, ShopAccountView, ShopView, StaffView
from laotie.people.errors import LimitReached, OfficialAccountTaken, OwnerIsNoStaff
from laotie.people.models import Account, Shop, ShopAccount, Staff
from laotie.people.queries import access_shop, require_operator, require_person
from laotie.people.rules import SHOP_ACCOUNTS_MOST, SHOPS_MOST, STAFF_MOST
from laotie.people.states import SHOP_LIFE, LinkKind, ShopState
from laotie.people.texts import clean_line
from laotie.people.viewing import shop_account_view, shop_view, staff_view

SHOP_NAME_LETTERS_MAX = 60
REASON_LETTERS_MAX = 500


@transaction.atomic(savepoint=False)
def open_shop(
    *, actor: Actor, name: str, name_en: str = "", now: datetime, activated_at: datetime | None = None
) -> ShopView:
    """Open a shop owned by the acting person; it is activated now unless a moment is given.

    Raises: InvalidInput, LimitReached.
    """
    owner_id = require_person(actor)
    name = clean_line(name, field_name="name", most=SHOP_NAME_LETTERS_MAX)
    name_en = clean_line(name_en, field_name="name_en", most=SHOP_NAME_LETTERS_MAX, least=0)
    most = rules_at(now)[SHOPS_MOST]
    if Shop.objects.filter(owner_id=owner_id).count() >= most:
        raise LimitReached(what="shop", most=most)
    shop = Shop.objects.create(
        name=name, name_en=name_en, owner_id=owner_id, opened_at=now, activated_at=activated_at or now
    )
    publish(ShopOpened(shop_id=shop.pk, owner_id=owner_id, activated_at=shop.activated_at), now=now)
    return shop_view(shop)


@transaction.atomic(savepoint=False)
def suspend_shop(*, actor: Actor, shop_id: int, reason: str, now: datetime) -> ShopView:
    """Stop a shop from selling: its goods go off sale and stay off until put on again; written to the audit log.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    shop = _move_shop(actor, shop_id, ShopState.SUSPENDED, action="shop.suspend", reason=reason, now=now)
    publish(ShopSuspended(shop_id=shop_id), now=now)
    return shop


@transaction.atomic(savepoint=False)
def reinstate_shop(*, actor: Actor, shop_id: int, reason: str, now: datetime) -> ShopView:
    """Let a suspended shop sell again; written to the audit log.

    Raises: NotAllowed, NotFound, IllegalMove, InvalidInput.
    """
    return _move_shop(actor, shop_id, ShopState.OPEN, action="shop.reinstate", reason=reason, now=now)


@transaction.atomic(savepoint=False)
def add_staff(
    *, actor: Actor, shop_id: int, account_id: int, permissions: Collection[str], now: datetime
) -> StaffView:
    """Let a person work for a shop with these permissions, or change the permissions of one who does.

    Needs the shop's permission `staff`, and staff gives away no more than it has.
    Raises: NotFound, InvalidInput, OwnerIsNoStaff, LimitReached.
    """
    shop = access_shop(actor=actor, shop_id=shop_id, permission="staff")
    wanted = frozenset(permissions)
    if not wanted or not wanted <= frozenset(SHOP_PERMISSIONS):
        raise InvalidInput(
            field_name="permissions",
            reason=gettext(_("Choose among: {names}.")).format(names=", ".join(SHOP_PERMISSIONS)),
        )
    if account_id == shop.owner_id:
        raise OwnerIsNoStaff
    if not Account.objects.filter(pk=account_id, is_active=True).exists():
        raise NotFound(what="account")
    _lock_shop(shop_id)
    known = {row.account_id: row for row in Staff.objects.filter(shop_id=shop_id).select_related("account")}
    acting = known.get(actor.account_id or 0)
    if acting is not None:
        before = frozenset(known[account_id].permissions) if account_id in known else frozenset()
        if not (wanted | before) <= frozenset(acting.permissions):
            raise InvalidInput(
                field_name="permissions", reason=gettext(_("You can give only permissions you have yourself."))
            )
    if account_id not in known and len(known) >= (most := rules_at(now)[STAFF_MOST]):
        raise LimitReached(what="staff", most=most)
    row, _created = Staff.objects.update_or_create(
        shop_id=shop_id,
        account_id=account_id,
        defaults={"permissions": sorted(wanted)},
        create_defaults={"permissions": sorted(wanted), "added_at": now},
    )
    note_operator(
        actor=actor,
        shop_id=shop.id,
        action="shop.add_staff",
        now=now,
        account_id=account_id,
        permissions=sorted(wanted),
    )
    return staff_view(row)


@transaction.atomic(savepoint=False)
def remove_staff(*, actor: Actor, shop_id: int, account_id: int, now: datetime) -> None:
    """End a person's work for a shop: by someone with its permission `staff`, or by themselves.

    Raises: NotFound.
    """
    if actor.account_id != account_id:
        shop = access_shop(actor=actor, shop_id=shop_id, permission="staff")
        note_operator(actor=actor, shop_id=shop.id, action="shop.remove_staff", now=now, account_id=account_id)
    removed, _by_table = Staff.objects.filter(shop_id=shop_id, account_id=account_id).delete()
    if not removed:
        raise NotFound(what="staff")


@transaction.atomic(savepoint=False)
def link_shop_account(
    *, actor: Actor, shop_id: int, account_id: int, kind: str, is_own_room: bool, now: datetime
) -> ShopAccountView:
    """Join an account to a shop, or change how it is joined; needs the shop's permission `staff`.

    Another person's account counts only after that person's `accept_shop_account`: a shop could otherwise take a
    creator's commission by calling their room its own. What was accepted stays so until its terms change.
    Raises: NotFound, InvalidInput, OfficialAccountTaken, LimitReached.
    """
    shop = access_shop(actor=actor, shop_id=shop_id, permission="staff")
    if kind not in [*LinkKind]:
        raise InvalidInput(
            field_name="kind", reason=gettext(_("Choose among: {names}.")).format(names=", ".join(LinkKind))
        )
    if not Account.objects.filter(pk=account_id, is_active=True).exists():
        raise NotFound(what="account")
    _lock_shop(shop_id)
    known = {row.account_id: row for row in ShopAccount.objects.filter(shop_id=shop_id)}
    if account_id not in known and len(known) >= (most := rules_at(now)[SHOP_ACCOUNTS_MOST]):
        raise LimitReached(what="shop account", most=most)
    link = known.get(account_id) or ShopAccount(shop_id=shop_id, account_id=account_id, linked_at=now)
    if (link.kind, link.is_own_room) != (kind, is_own_room):
        link.kind, link.is_own_room, link.accepted_at = str(kind), is_own_room, None
    if actor.kind == "system" or actor.account_id == account_id:
        link.accepted_at = link.accepted_at or now
    _save_link(link)
    note_operator(
        actor=actor, shop_id=shop.id, action="shop.link_account", now=now, account_id=account_id, kind=link.kind
    )
    return shop_account_view(link)


@transaction.atomic(savepoint=False)
def accept_shop_account(*, actor: Actor, shop_id: int, now: datetime) -> ShopAccountView:
    """Agree, as the account's person, to being joined to a shop; a second time changes nothing.

    Raises: NotFound, OfficialAccountTaken.
    """
    link = (
        ShopAccount.objects.select_for_update(no_key=True)
        .filter(shop_id=shop_id, account_id=require_person(actor))
        .first()
    )
    if link is None:
        raise NotFound(what="shop account")
    link.accepted_at = link.accepted_at or now
    _save_link(link)
    return shop_account_view(link)


@transaction.atomic(savepoint=False)
def unlink_shop_account(*, actor: Actor, shop_id: int, account_id: int, now: datetime) -> None:
    """Part an account from a shop: by someone with its permission `staff`, or by the account's person.

    Raises: NotFound.
    """
    if actor.account_id != account_id:
        shop = access_shop(actor=actor, shop_id=shop_id, permission="staff")
        note_operator(actor=actor, shop_id=shop.id, action="shop.unlink_account", now=now, account_id=account_id)
    removed, _by_table = ShopAccount.objects.filter(shop_id=shop_id, account_id=account_id).delete()
    if not removed:
        raise NotFound(what="shop account")


def note_operator(*, actor: Actor, shop_id: int, action: str, now: datetime, **detail: Any) -> None:
    """Write to the audit log what a person does in a shop that is neither theirs nor their work.

    Every operation that lets operators in calls it in its own transaction.
    """
    if actor.account_id is None:
        return
    works = Staff.objects.filter(shop=OuterRef("pk"), account_id=actor.account_id)
    is_theirs = Shop.objects.filter(Q(owner_id=actor.account_id) | Exists(works), pk=shop_id).exists()
    if not is_theirs:
        record_action(actor=actor, action=action, subject=f"shop:{shop_id}", now=now, **detail)


def _move_shop(
    actor: Actor, shop_id: int, wanted: ShopState, *, action: str, reason: str, now: datetime
) -> ShopView:
    require_operator(actor=actor)
    reason = clean_line(reason, field_name="reason", most=REASON_LETTERS_MAX)
    shop = _lock_shop(shop_id)
    SHOP_LIFE.require(ShopState(shop.state), wanted)
    shop.state = wanted.value
    shop.save(update_fields=["state"])
    record_action(actor=actor, action=action, subject=f"shop:{shop_id}", now=now, reason=reason)
    return shop_view(shop)


def _lock_shop(shop_id: int) -> Shop:
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound(what="shop")
    return shop


def _save_link(link: ShopAccount) -> None:
    try:
        link.save()
    except IntegrityError:  # one of the two official-account constraints; this transaction is over either way
        raise OfficialAccountTaken from None
