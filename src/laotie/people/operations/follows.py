"""Following people and shops."""

import re
from datetime import datetime

from django.db import transaction

from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.rules import rules_at
from laotie.core.sql import run
from laotie.events.outbox import publish
from laotie.events.people import Followed, Unfollowed
from laotie.people.errors import FollowsSelf, LimitReached
from laotie.people.models import Account, Follow, Shop
from laotie.people.queries import require_person
from laotie.people.rules import FOLLOWS_MOST

FOLLOWABLE = re.compile(r"(account|shop):([1-9][0-9]{0,17})")


@transaction.atomic(savepoint=False)
def follow(*, actor: Actor, followed: str, now: datetime) -> None:
    """Follow a person (`account:7`) or a shop (`shop:3`); a second time changes nothing.

    Raises: NotFound, FollowsSelf, LimitReached.
    """
    follower_id = require_person(actor)
    _require_followable(followed)
    if followed == actor.address:
        raise FollowsSelf
    most = rules_at(now)[FOLLOWS_MOST]
    if Follow.objects.filter(follower_id=follower_id).count() >= most:
        raise LimitReached(what="follow", most=most)
    added = run(
        "INSERT INTO people_follow (follower_id, followed, followed_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (follower_id, followed) DO NOTHING",
        [follower_id, followed, now],
    )
    if added:
        publish(Followed(follower_id=follower_id, followed=followed), now=now)


@transaction.atomic(savepoint=False)
def unfollow(*, actor: Actor, followed: str, now: datetime) -> None:
    """Stop following; where nothing was followed nothing changes.

    Raises: NotFound for what cannot be followed at all.
    """
    follower_id = require_person(actor)
    if FOLLOWABLE.fullmatch(followed) is None:
        raise NotFound(what="account or shop")
    removed, _by_table = Follow.objects.filter(follower_id=follower_id, followed=followed).delete()
    if removed:
        publish(Unfollowed(follower_id=follower_id, followed=followed), now=now)


def _require_followable(followed: str) -> None:
    match = FOLLOWABLE.fullmatch(followed)
    if match is not None:
        kind, number = match[1], int(match[2])
        rows = Account.objects.filter(is_active=True) if kind == "account" else Shop.objects.all()
        if rows.filter(pk=number).exists():
            return
    raise NotFound(what="account or shop")
