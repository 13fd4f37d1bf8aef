"""Following people and shops."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from laotie.core.actor import person, system
from laotie.core.errors import BadCursor, NotFound
from laotie.core.rules import forget_versions, publish_rules
from laotie.events.models import OutboxEvent
from laotie.people import operations, queries
from laotie.people.errors import FollowsSelf, LimitReached
from laotie.people.models import Follow
from laotie.people.rules import FOLLOWS_MOST
from laotie.people.tests.makers import NOW, make_person, make_shop, make_six

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, object]]:
    rows = OutboxEvent.objects.filter(name__contains="follow").order_by("id")
    return [(row.name, row.payload["followed"]) for row in rows]


class TestFollow:
    def test_counts_once_until_unfollowed(self) -> None:
        six = make_six()
        lin, mei, shop = person(six.lin.id), f"account:{six.mei.id}", f"shop:{six.shop.id}"
        for followed in (mei, mei, shop):
            operations.follow(actor=lin, followed=followed, now=NOW)
        assert (queries.count_followers(mei), queries.count_followers(shop)) == (1, 1)
        assert queries.is_following(account_id=six.lin.id, followed=mei)
        assert [view.followed for view in queries.list_following(actor=lin).items] == [shop, mei]
        for _ in range(2):
            operations.unfollow(actor=lin, followed=mei, now=NOW)
        assert not queries.is_following(account_id=six.lin.id, followed=mei)
        assert queries.count_followers(mei) == 0
        assert told() == [
            ("people.followed.v1", mei),
            ("people.followed.v1", shop),
            ("people.unfollowed.v1", mei),
        ]

    @pytest.mark.parametrize(
        "followed",
        ["", "account:", "account:0", "account:999999", "shop:999999", "agency:1", "account:1 ", "x" * 99],
    )
    def test_refuses_what_is_not_there(self, followed: str) -> None:
        lin = make_person()
        with pytest.raises(NotFound), transaction.atomic():
            operations.follow(actor=person(lin.id), followed=followed, now=NOW)
        assert Follow.objects.count() == 0
        assert told() == []

    def test_unfollow_refuses_what_cannot_be_followed(self) -> None:
        for followed in ("", "account:1\0", "agency:1"):
            with pytest.raises(NotFound), transaction.atomic():
                operations.unfollow(actor=person(make_person().id), followed=followed, now=NOW)
        assert told() == []

    def test_refuses_oneself_and_the_blocked(self) -> None:
        six = make_six()
        lin = person(six.lin.id)
        operations.block_account(actor=person(six.shen.id), account_id=six.guo.id, reason="x", now=NOW)
        with pytest.raises(FollowsSelf), transaction.atomic():
            operations.follow(actor=lin, followed=lin.address, now=NOW)
        with pytest.raises(NotFound), transaction.atomic():
            operations.follow(actor=lin, followed=f"account:{six.guo.id}", now=NOW)
        assert Follow.objects.count() == 0

    def test_stops_at_the_limit(self) -> None:
        later = NOW + timedelta(hours=1)
        publish_rules(actor=system("test"), changes={FOLLOWS_MOST.key: 1}, valid_from=later, now=NOW)
        forget_versions()
        lin, first, second = make_person(), make_shop(), make_shop()
        operations.follow(actor=person(lin.id), followed=f"shop:{first.id}", now=later)
        with pytest.raises(LimitReached) as refusal, transaction.atomic():
            operations.follow(actor=person(lin.id), followed=f"shop:{second.id}", now=later)
        forget_versions()
        assert refusal.value.data() == {"what": "follow", "most": 1}
        assert Follow.objects.count() == 1


class TestListFollowing:
    def test_pages_with_one_statement_each(self) -> None:
        lin = make_person()
        shops = [f"shop:{make_shop().id}" for _ in range(5)]
        for followed in shops:
            operations.follow(actor=person(lin.id), followed=followed, now=NOW)
        seen: list[str] = []
        cursor = ""
        for rows in (2, 2, 1):
            with CaptureQueriesContext(connection) as statements:
                page = queries.list_following(actor=person(lin.id), cursor=cursor, limit=2)
            assert (len(page.items), len(statements)) == (rows, 1)
            seen += [view.followed for view in page.items]
            cursor = page.next_cursor
        assert seen == shops[::-1]
        assert cursor == ""

    def test_refuses_a_made_up_cursor(self) -> None:
        with pytest.raises(BadCursor):
            queries.list_following(actor=person(make_person().id), cursor="made-up")


def test_only_people_follow() -> None:
    shop = make_shop()
    with pytest.raises(Exception, match="account"), transaction.atomic():
        operations.follow(actor=system("x"), followed=f"shop:{shop.id}", now=NOW)
    assert Follow.objects.count() == 0
