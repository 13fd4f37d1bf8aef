"""Clicks: through whose entrance somebody came to a product page (RULES 2.6)."""

import re
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.alliance.contracts import ClickStanding
from laotie.alliance.errors import NotACreator
from laotie.alliance.models import Click
from laotie.alliance.rules import ATTRIBUTION_WINDOW
from laotie.catalog import queries as catalog
from laotie.core.errors import InvalidInput, NotFound
from laotie.core.ids import keyed_hash
from laotie.core.rules import rules_at
from laotie.core.sql import run
from laotie.people import queries as people

VISITOR_KEY = re.compile(r"[A-Za-z0-9_-]{16,100}")
ENTRANCE = re.compile(r"[a-z]+(:[A-Za-z0-9@._-]+)*")
ENTRANCE_LETTERS_MAX = 100
MERGED_CLICKS_MAX = 1_000

MERGE = """
UPDATE alliance_click SET viewer_id = %s,
  standing = CASE WHEN standing = 'counts' AND creator_id = %s THEN 'self' ELSE standing END
WHERE id IN (
  SELECT id FROM alliance_click
  WHERE visitor_hash = %s AND viewer_id IS NULL AND clicked_at > %s
  ORDER BY clicked_at DESC, id DESC LIMIT %s FOR UPDATE)
"""


@transaction.atomic(savepoint=False)
def record_click(
    *,
    viewer_id: int | None,
    visitor_key: str,
    product_id: int,
    creator_id: int | None,
    shop_id: int,
    entrance: str,
    now: datetime,
) -> int:
    """Keep that somebody came to a product page, and return the click's id.

    `creator_id` None is the shop's own entrance. What the click is worth is judged now, by who is linked to the
    shop now: a later link or unlink does not change the evidence.
    Raises: NotFound, NotACreator, InvalidInput.
    """
    if not VISITOR_KEY.fullmatch(visitor_key):
        raise InvalidInput(
            field_name="visitor_key",
            reason=gettext(_("It must have 16 to 100 letters, digits, hyphens or underscores.")),
        )
    if len(entrance) > ENTRANCE_LETTERS_MAX or not ENTRANCE.fullmatch(entrance):
        raise InvalidInput(field_name="entrance", reason=gettext(_("It must be an address such as showcase:7.")))
    if catalog.get_product(product_id).shop_id != shop_id:
        raise NotFound(what="product")
    click = Click.objects.create(
        viewer_id=viewer_id,
        visitor_hash=_hash(visitor_key),
        product_id=product_id,
        shop_id=shop_id,
        creator_id=creator_id,
        entrance=entrance,
        standing=_standing(creator_id, viewer_id, shop_id).value,
        clicked_at=now,
    )
    return click.pk


@transaction.atomic(savepoint=False)
def merge_visitor(*, visitor_key: str, account_id: int, now: datetime) -> int:
    """Give a visitor's clicks inside the window to the account that has just signed in; return how many."""
    since = now - timedelta(days=rules_at(now)[ATTRIBUTION_WINDOW])
    return run(MERGE, [account_id, account_id, _hash(visitor_key), since, MERGED_CLICKS_MAX])


def _standing(creator_id: int | None, viewer_id: int | None, shop_id: int) -> ClickStanding:
    if creator_id is None:
        return ClickStanding.OWN
    creator = people.get_accounts([creator_id]).get(creator_id)
    if creator is None or not creator.is_active:
        raise NotACreator(account_id=creator_id)
    if people.is_shop_insider(shop_id=shop_id, account_id=creator_id):
        return ClickStanding.OWN
    if not creator.is_creator:
        raise NotACreator(account_id=creator_id)
    return ClickStanding.SELF if creator_id == viewer_id else ClickStanding.COUNTS


def _hash(visitor_key: str) -> str:
    return keyed_hash("visitor", visitor_key)
