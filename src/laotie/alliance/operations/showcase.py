"""A creator's showcase (橱窗): what is in it, and in which order."""

from datetime import datetime

from django.db import transaction

from laotie.alliance.contracts import ShowcaseItem
from laotie.alliance.errors import ProductNotOnSale, ShowcaseFull
from laotie.alliance.models import ShowcaseEntry
from laotie.catalog import queries as catalog
from laotie.core.actor import Actor
from laotie.core.errors import NotAllowed, NotFound
from laotie.core.sql import run
from laotie.people import queries as people

SHOWCASE_ITEMS_MAX = 500


@transaction.atomic(savepoint=False)
def add_to_showcase(*, actor: Actor, product_id: int, now: datetime) -> ShowcaseItem:
    """Put a product on sale at the top of the actor's showcase; one already there stays where it is.

    Raises: NotAllowed, NotFound, ProductNotOnSale, ShowcaseFull.
    """
    creator_id = _require_creator(actor)
    if catalog.get_product(product_id).state != "on_sale":
        raise ProductNotOnSale
    _lock_showcase(creator_id)
    entries = list(_entries(creator_id))
    for entry in entries:
        if entry.product_id == product_id:
            return _view(entry)
    if len(entries) >= SHOWCASE_ITEMS_MAX:
        raise ShowcaseFull(most=SHOWCASE_ITEMS_MAX)
    top = entries[0].position - 1 if entries else 0
    added = ShowcaseEntry.objects.create(creator_id=creator_id, product_id=product_id, position=top, added_at=now)
    return _view(added)


@transaction.atomic(savepoint=False)
def remove_from_showcase(*, actor: Actor, product_id: int, now: datetime) -> None:  # noqa: ARG001 - as all verbs
    """Take a product out of the actor's showcase.

    Raises: NotAllowed, NotFound.
    """
    creator_id = _require_creator(actor)
    _lock_showcase(creator_id)
    gone, _models = ShowcaseEntry.objects.filter(creator_id=creator_id, product_id=product_id).delete()
    if not gone:
        raise NotFound(what="product")


@transaction.atomic(savepoint=False)
def move_in_showcase(
    *,
    actor: Actor,
    product_id: int,
    before_product_id: int | None = None,
    now: datetime,  # noqa: ARG001 - as all verbs
) -> None:
    """Move a product of the actor's showcase to just above another, or (None) to the end.

    Raises: NotAllowed, NotFound.
    """
    creator_id = _require_creator(actor)
    _lock_showcase(creator_id)
    entries = list(_entries(creator_id))
    by_product = {entry.product_id: entry for entry in entries}
    missing = product_id not in by_product
    if missing or (before_product_id is not None and before_product_id not in by_product):
        raise NotFound(what="product")
    if before_product_id == product_id:
        return
    moving = by_product[product_id]
    entries.remove(moving)
    place = len(entries) if before_product_id is None else entries.index(by_product[before_product_id])
    entries.insert(place, moving)
    for position, entry in enumerate(entries):
        entry.position = position
    ShowcaseEntry.objects.bulk_update(entries, ["position"])


def _require_creator(actor: Actor) -> int:
    account = people.get_account(actor.account_id) if actor.account_id is not None else None
    if account is None or not account.is_creator or not account.is_active:
        raise NotAllowed(needs="the creator role")
    return account.id


def _lock_showcase(creator_id: int) -> None:
    """Let one at a time change a showcase, so that positions stay distinct and the limit holds."""
    run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"alliance.showcase:{creator_id}"])


def _entries(creator_id: int) -> list[ShowcaseEntry]:
    return list(ShowcaseEntry.objects.filter(creator_id=creator_id).order_by("position", "id"))


def _view(entry: ShowcaseEntry) -> ShowcaseItem:
    return ShowcaseItem(
        creator_id=entry.creator_id,
        product_id=entry.product_id,
        position=entry.position,
        added_at=entry.added_at,
    )
