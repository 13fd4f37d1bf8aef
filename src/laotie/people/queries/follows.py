"""Questions about who follows whom."""

from laotie.core.actor import Actor
from laotie.core.paging import Page, page_of
from laotie.people.contracts import FollowView
from laotie.people.models import Follow
from laotie.people.queries.accounts import require_person
from laotie.people.viewing import follow_view


def list_following(*, actor: Actor, cursor: str = "", limit: int = 50) -> Page[FollowView]:
    """Return whom the person follows, newest first."""
    rows = Follow.objects.filter(follower_id=require_person(actor))
    return page_of(rows, follow_view, order=("-id",), cursor=cursor, limit=limit)


def is_following(*, account_id: int, followed: str) -> bool:
    """Say whether an account follows `account:7` or `shop:3`."""
    return Follow.objects.filter(follower_id=account_id, followed=followed).exists()


def count_followers(followed: str) -> int:
    """Return how many accounts follow `account:7` or `shop:3`."""
    return Follow.objects.filter(followed=followed).count()
