"""Showcases and the selection."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from laotie.alliance import operations, queries
from laotie.alliance.contracts import PlanKind, SelectionOrder
from laotie.alliance.errors import ProductNotOnSale, ShowcaseFull
from laotie.alliance.handlers import SUBSCRIPTIONS
from laotie.alliance.models import ShowcaseEntry
from laotie.alliance.operations import showcase as showcase_module
from laotie.alliance.tests.makers import NOW, make_account, make_creator, make_plan, make_product, make_shop
from laotie.core.actor import Actor, person
from laotie.core.errors import BadCursor, DomainError, NotAllowed, NotFound
from laotie.events.catalog import ProductPutOnSale, ProductTakenOff
from laotie.events.delivery import deliver_all
from laotie.events.outbox import publish


@pytest.fixture
def mei(db: None) -> Actor:  # noqa: ARG001 - asks for the database
    return person(make_creator())


def shown(creator: Actor) -> list[int]:
    assert creator.account_id is not None
    return [item.product_id for item in queries.list_showcase(creator_id=creator.account_id).items]


def fill(creator: Actor, count: int) -> list[int]:
    """Show some products; the answer is from the top."""
    shop_id = make_shop()
    products = [make_product(shop_id=shop_id) for _one in range(count)]
    for product_id in products:
        operations.add_to_showcase(actor=creator, product_id=product_id, now=NOW)
    return products[::-1]


class TestShowcase:
    def test_shows_the_latest_on_top(self, mei: Actor) -> None:
        products = fill(mei, 3)
        assert shown(mei) == products

    def test_adding_again_changes_nothing(self, mei: Actor) -> None:
        products = fill(mei, 2)
        operations.add_to_showcase(actor=mei, product_id=products[1], now=NOW)
        assert shown(mei) == products

    def test_moves_before_another_or_to_the_end(self, mei: Actor) -> None:
        a, b, c = fill(mei, 3)
        operations.move_in_showcase(actor=mei, product_id=c, before_product_id=a, now=NOW)
        assert shown(mei) == [c, a, b]
        operations.move_in_showcase(actor=mei, product_id=c, before_product_id=c, now=NOW)
        operations.move_in_showcase(actor=mei, product_id=a, now=NOW)
        assert shown(mei) == [c, b, a]

    def test_removes(self, mei: Actor) -> None:
        a, b = fill(mei, 2)
        operations.remove_from_showcase(actor=mei, product_id=a, now=NOW)
        assert shown(mei) == [b]

    def test_each_creator_has_their_own(self, mei: Actor) -> None:
        (product_id,) = fill(mei, 1)
        ann = person(make_creator(name="Ann"))
        refuses(NotFound, lambda: operations.remove_from_showcase(actor=ann, product_id=product_id, now=NOW))
        refuses(NotFound, lambda: operations.move_in_showcase(actor=ann, product_id=product_id, now=NOW))

    def test_refuses_what_is_not_on_sale_or_not_there(self, mei: Actor) -> None:
        draft = make_product(shop_id=make_shop(), on_sale=False)
        refuses(ProductNotOnSale, lambda: operations.add_to_showcase(actor=mei, product_id=draft, now=NOW))
        refuses(NotFound, lambda: operations.add_to_showcase(actor=mei, product_id=2**62, now=NOW))

    def test_has_a_limit(self, mei: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(showcase_module, "SHOWCASE_ITEMS_MAX", 2)
        fill(mei, 2)
        one_more = make_product(shop_id=make_shop())
        refuses(ShowcaseFull, lambda: operations.add_to_showcase(actor=mei, product_id=one_more, now=NOW))

    @pytest.mark.parametrize("who", ["Lin", "Tan", "Bo", "Guo", "Shen"])
    def test_is_for_creators(self, db: None, who: str) -> None:  # noqa: ARG002 - asks for the database
        product_id = make_product(shop_id=make_shop())
        actor = person(make_account(name=who))
        refuses(NotAllowed, lambda: operations.add_to_showcase(actor=actor, product_id=product_id, now=NOW))


def refuses(error: type[DomainError], act: Any) -> None:
    before = list(ShowcaseEntry.objects.order_by("id").values())
    with pytest.raises(error), transaction.atomic():
        act()
    assert list(ShowcaseEntry.objects.order_by("id").values()) == before


class Shelf:
    """Tan's shop with products in the selection."""

    def __init__(self) -> None:
        self.shop_id = make_shop()
        self.tan = person(make_account(name="Tan"))
        self.mei_id, self.ann_id = make_creator(name="Mei"), make_creator(name="Ann")

    def product(self, trade: str = "general") -> int:
        """Put a product on sale, as the selection hears of it."""
        product_id = make_product(shop_id=self.shop_id, trade=trade)
        operations.list_product(product_id=product_id, shop_id=self.shop_id, trade=trade)
        return product_id

    def open(self, product_id: int | None, kind: PlanKind = PlanKind.NORMAL, **more: Any) -> int:
        """Open a plan."""
        return make_plan(actor=self.tan, shop_id=self.shop_id, product_id=product_id, kind=kind, **more).id

    def selection(self, creator_id: int | None = None, **more: Any) -> list[tuple[int, int]]:
        """Product and rate of what a creator is offered."""
        page = queries.list_selection(creator_id=creator_id or self.mei_id, at=NOW, **more)
        return [(item.product_id, item.rate_bp) for item in page.items]


@pytest.fixture
def shelf(db: None) -> Shelf:  # noqa: ARG001 - asks for the database
    return Shelf()


class TestListSelection:
    def test_shows_the_plan_that_would_apply(self, shelf: Shelf) -> None:
        a, b, c = shelf.product(), shelf.product(), shelf.product()
        shelf.open(a, rate_bp=1_000)
        shelf.open(a, PlanKind.PRODUCT_TARGETED, rate_bp=800, creator_ids=[shelf.mei_id])
        shelf.open(b, PlanKind.EXCLUSIVE, rate_bp=3_000, creator_ids=[shelf.ann_id])
        shelf.open(b, PlanKind.RECRUIT_EXCLUSIVE, rate_bp=3_500, creator_ids=[shelf.ann_id])
        assert c
        assert shelf.selection() == [(a, 800)]
        assert shelf.selection(shelf.ann_id) == [(b, 3_500), (a, 1_000)]

    def test_a_shop_wide_plan_opens_the_whole_shop_within_the_floors(self, shelf: Shelf) -> None:
        plain, jade = shelf.product(), shelf.product("jewellery")
        shelf.open(None, PlanKind.SHOP_TARGETED, rate_bp=400, creator_ids=[shelf.mei_id])
        assert jade
        assert shelf.selection() == [(plain, 400)]

    def test_leaves_out_what_is_over_or_off(self, shelf: Shelf) -> None:
        later, closed, off = shelf.product(), shelf.product(), shelf.product()
        shelf.open(later, starts_at=NOW + timedelta(days=1))
        operations.close_plan(actor=shelf.tan, plan_id=shelf.open(closed), now=NOW)
        shelf.open(off)
        operations.unlist_product(product_id=off)
        assert shelf.selection() == []

    def test_tells_the_step_and_whether_it_is_shown(self, shelf: Shelf) -> None:
        a = shelf.product()
        plan_id = shelf.open(a, rate_bp=1_000)
        operations.set_step(actor=shelf.tan, plan_id=plan_id, threshold=500, step_rate_bp=3_000, now=NOW)
        operations.add_to_showcase(actor=person(shelf.mei_id), product_id=a, now=NOW)
        item = queries.find_best_plans(creator_id=shelf.mei_id, product_ids=[a], at=NOW)[a]
        assert (item.plan_id, item.step_threshold, item.step_rate_bp) == (plan_id, 500, 3_000)
        assert item.in_showcase
        assert not queries.find_best_plans(creator_id=shelf.ann_id, product_ids=[a], at=NOW)[a].in_showcase

    def test_pages_by_rate_and_narrows(self, shelf: Shelf) -> None:
        rates = [1_000, 3_000, 2_000, 3_000, 500]
        products = [shelf.product() for _rate in rates]
        for product_id, rate_bp in zip(products, rates, strict=True):
            shelf.open(product_id, rate_bp=rate_bp)
        seen, cursor = [], ""
        while True:
            page = queries.list_selection(
                creator_id=shelf.mei_id,
                at=NOW,
                order=SelectionOrder.HIGHEST_RATE,
                least_rate_bp=1_000,
                cursor=cursor,
                limit=2,
            )
            seen += [item.product_id for item in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == [products[3], products[1], products[2], products[0]]
        assert shelf.selection(shop_id=make_shop(owner="Guo")) == []
        assert len(shelf.selection(shop_id=shelf.shop_id)) == 5

    def test_refuses_a_cursor_of_another_list(self, shelf: Shelf) -> None:
        for _one in range(2):
            shelf.open(shelf.product())
        newest = queries.list_selection(creator_id=shelf.mei_id, at=NOW, limit=1).next_cursor
        with pytest.raises(BadCursor):
            shelf.selection(order=SelectionOrder.HIGHEST_RATE, cursor=newest)

    def test_asks_the_database_once_however_many_rows(self, shelf: Shelf, django_assert_num_queries: Any) -> None:
        shelf.open(shelf.product())
        with django_assert_num_queries(1):
            assert len(shelf.selection()) == 1
        for _more in range(49):
            shelf.open(shelf.product())
        with django_assert_num_queries(1):
            assert len(shelf.selection()) == 50


@pytest.mark.django_db(transaction=True)
def test_the_selection_follows_catalogs_events() -> None:
    shelf = Shelf()
    product_id = make_product(shop_id=shelf.shop_id)
    shelf.open(product_id)
    with transaction.atomic():
        publish(ProductPutOnSale(product_id=product_id, shop_id=shelf.shop_id, category_id=1), now=NOW)
    deliver_all(SUBSCRIPTIONS, now=NOW)
    assert shelf.selection() == [(product_id, 2_000)]
    with transaction.atomic():
        publish(ProductTakenOff(product_id=product_id, shop_id=shelf.shop_id), now=NOW)
    deliver_all(SUBSCRIPTIONS, now=NOW)
    assert shelf.selection() == []
