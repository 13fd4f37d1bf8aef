"""Categories and products: who may, what is refused, what lists show."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from laotie.catalog import operations
from laotie.catalog.contracts import ProductFilter
from laotie.catalog.errors import CategoryNotLeaf, CodeTaken, ProductIncomplete
from laotie.catalog.handlers import count_sales
from laotie.catalog.models import Category, Product, ProductMove, Sku
from laotie.catalog.queries import (
    access_product,
    get_listed_product,
    get_product,
    list_products,
    list_shop_products,
)
from laotie.catalog.tests.makers import (
    KEEPER,
    NOW,
    make_category,
    make_offer,
    make_person,
    make_product,
    make_shop,
    make_sku,
)
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.events.models import OutboxEvent
from laotie.events.orders import OrderPaid, PaidLine
from laotie.people import operations as people
from laotie.people.tests.makers import refused

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


class TestAddCategory:
    def test_is_for_operators(self) -> None:
        with refused(NotAllowed):
            operations.add_category(actor=make_person(name="Tan"), code="a", name="a", now=NOW)
        assert not Category.objects.exists()

    def test_stops_at_three_levels_and_keeps_codes_apart(self) -> None:
        leaf = make_category()
        assert leaf.level == 3
        with refused(NotFound):
            operations.add_category(actor=KEEPER, code="deep", name="deep", parent_id=leaf.id, now=NOW)
        with refused(CodeTaken):
            operations.add_category(actor=KEEPER, code=leaf.code, name="again", now=NOW)
        with refused(InvalidInput):
            operations.add_category(actor=KEEPER, code="x", name="x", trade="arms", now=NOW)


class TestCreateProduct:
    def test_keeps_html_as_the_text_it_is(self) -> None:
        product = make_product(title=" <b>杯子</b> ")
        assert product.title == "<b>杯子</b>"

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("title", {"title": "  "}),
            ("title", {"title": "杯" * 121}),
            ("title", {"title": "a\x00b"}),
            ("title", {"title": "\u202eevil"}),
            ("description", {"description": "a" * 20_001}),
            ("freight_fen", {"freight_fen": -1}),
            ("attributes", {"attributes": {"a": "b" * 201}}),
        ],
    )
    def test_refuses_nonsense(self, field: str, values: dict[str, object]) -> None:
        given = {
            "actor": KEEPER,
            "shop_id": make_shop().id,
            "category_id": make_category().id,
            "title": "杯子",
            "now": NOW,
        }
        with refused(InvalidInput) as refusal:
            operations.create_product(**(given | values))  # type: ignore[arg-type]
        assert refusal.value.field_name == field
        assert not Product.objects.exists()

    def test_hangs_products_on_the_third_level(self) -> None:
        make_category()
        top = Category.objects.get(level=1)
        with refused(CategoryNotLeaf):
            operations.create_product(
                actor=KEEPER, shop_id=make_shop().id, category_id=top.pk, title="杯子", now=NOW
            )


class TestWhoMay:
    @pytest.mark.parametrize(
        ("name", "may"),
        [("Lin", False), ("Mei", False), ("Tan", True), ("Bo", True), ("Guo", False), ("Shen", True)],
    )
    def test_edit_a_product(self, name: str, may: bool) -> None:  # noqa: FBT001 - parametrised
        tan = make_person(name="Tan")
        shop = make_shop(owner=tan)
        product = make_product(shop_id=shop.id, title="旧")
        actor = tan if name == "Tan" else make_person(name=name)
        assert actor.account_id is not None
        if name == "Bo":
            people.add_staff(
                actor=tan,
                shop_id=shop.id,
                account_id=actor.account_id,
                permissions=frozenset({"catalog"}),
                now=NOW,
            )
        if name == "Shen":
            people.grant_operator(actor=KEEPER, account_id=actor.account_id, now=NOW)
        if may:
            assert operations.edit_product(actor=actor, product_id=product.id, title="新", now=NOW).title == "新"
            assert access_product(actor=actor, product_id=product.id).title == "新"
        else:
            with refused(NotFound) as refusal:
                operations.edit_product(actor=actor, product_id=product.id, title="新", now=NOW)
            with refused(NotFound) as missing:
                operations.edit_product(actor=actor, product_id=2**62, title="新", now=NOW)
            assert refusal.value.data() == missing.value.data()
            assert get_product(product.id).title == "旧"


class TestPutOnSale:
    def test_needs_a_sku_with_a_price(self) -> None:
        product = make_product(skus=0)
        make_sku(product_id=product.id, price_fen=None, stock=0)
        with refused(ProductIncomplete):
            operations.put_on_sale(actor=KEEPER, product_id=product.id, now=NOW)
        with refused(NotFound):
            get_listed_product(product.id)
        assert get_product(product.id).state == "draft"

    def test_leaves_a_row_and_tells(self) -> None:
        product = make_product()
        operations.take_off_sale(actor=KEEPER, product_id=product.id, now=LATER, reason="换季")
        moves = list(ProductMove.objects.order_by("id").values_list("old", "new", "reason", "actor", "moved_at"))
        assert moves == [
            ("draft", "on_sale", "", "system:tests", NOW),
            ("on_sale", "off", "换季", "system:tests", LATER),
        ]
        names = OutboxEvent.objects.filter(name__startswith="catalog.product").order_by("id")
        assert [row.name for row in names] == ["catalog.product_put_on_sale.v1", "catalog.product_taken_off.v1"]
        with refused(IllegalMove):
            operations.take_off_sale(actor=KEEPER, product_id=product.id, now=LATER)


class TestAddSku:
    def test_keeps_codes_apart_within_a_product(self) -> None:
        product = make_product()
        with refused(CodeTaken) as refusal:
            operations.add_sku(actor=KEEPER, product_id=product.id, code="S1", name="又", now=NOW)
        assert refusal.value.data() == {"taken": "S1"}
        assert Sku.objects.count() == 1


class TestAddPicture:
    def test_keeps_the_order(self) -> None:
        product = make_product()
        for url in ("https://example.com/1.jpg", "/media/2.jpg"):
            operations.add_picture(actor=KEEPER, product_id=product.id, url=url, now=NOW)
        assert get_product(product.id).pictures == ("https://example.com/1.jpg", "/media/2.jpg")

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/x", "http://x/y", "/a b", "/\\evil"])
    def test_refuses_other_addresses(self, url: str) -> None:
        product = make_product()
        with refused(InvalidInput):
            operations.add_picture(actor=KEEPER, product_id=product.id, url=url, now=NOW)
        assert get_product(product.id).pictures == ()


class TestListProducts:
    def test_takes_the_same_queries_for_one_and_fifty(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        shop = make_shop()
        make_product(shop_id=shop.id)
        with django_assert_num_queries(1):
            assert len(list_products(at=NOW, limit=50).items) == 1
        for _ in range(49):
            make_product(shop_id=shop.id)
        with django_assert_num_queries(1):
            assert len(list_products(at=NOW, limit=50).items) == 50

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            ("newest", [300, 200, 200, 100]),
            ("price", [100, 200, 200, 300]),
            ("-price", [300, 200, 200, 100]),
        ],
    )
    def test_pages_in_every_order(self, order: str, expected: list[int]) -> None:
        shop = make_shop()
        for number, price_fen in enumerate([100, 200, 200, 300]):
            make_product(shop_id=shop.id, price_fen=price_fen, now=NOW + timedelta(minutes=number))
        found: list[int | None] = []
        cursor = ""
        for _ in range(4):
            page = list_products(at=LATER, order=order, cursor=cursor, limit=1)
            found += [card.price_fen for card in page.items]
            cursor = page.next_cursor
        assert (found, cursor) == (expected, "")

    def test_narrows(self) -> None:
        cup = make_product(title="蓝色 陶瓷杯", price_fen=2_000)
        soap = make_product(title="手工皂", price_fen=900, trade="food")
        top = Category.objects.get(code="food").pk

        def ids(where: ProductFilter) -> list[int]:
            return [card.id for card in list_products(at=NOW, where=where).items]

        assert ids(ProductFilter(text="陶瓷杯 蓝色")) == [cup.id]
        assert ids(ProductFilter(text="50%")) == []
        assert ids(ProductFilter(category_id=top)) == [soap.id]
        assert ids(ProductFilter(category_id=soap.category_id)) == [soap.id]
        assert ids(ProductFilter(shop_id=cup.shop_id)) == [cup.id]
        assert ids(ProductFilter(ids=(soap.id, 2**62))) == [soap.id]
        assert ids(ProductFilter(price_from_fen=900, price_to_fen=1_999)) == [soap.id]

    def test_prices_as_quotes_do_and_hides_what_has_none(self) -> None:
        product = make_product(price_fen=10_000)
        (sku,) = product.skus
        make_offer(sku_id=sku.id, channel="creator:7", price_fen=12_000)
        make_offer(sku_id=sku.id, price_fen=7_000, valid_from=LATER, valid_to=LATER + timedelta(hours=1))
        special = make_sku(price_fen=None, stock=0)
        make_offer(sku_id=special.id, channel="creator:7", price_fen=500)
        operations.put_on_sale(actor=KEEPER, product_id=special.product_id, now=NOW)
        assert [card.price_fen for card in list_products(at=NOW).items] == [10_000]
        assert [card.price_fen for card in list_products(at=LATER).items] == [7_000]
        in_channel = list_products(at=NOW, channel="creator:7", order="price").items
        assert [card.price_fen for card in in_channel] == [500, 12_000]

    def test_shows_a_shop_its_drafts(self) -> None:
        tan = make_person(name="Tan")
        shop = make_shop(owner=tan)
        draft = make_product(shop_id=shop.id, on_sale=False)
        assert list_products(at=NOW).items == ()
        assert [card.id for card in list_shop_products(actor=tan, shop_id=shop.id, at=NOW).items] == [draft.id]
        with refused(NotFound):
            list_shop_products(actor=make_person(name="Guo"), shop_id=shop.id, at=NOW)


def test_count_sales_adds_the_units_of_a_paid_order() -> None:
    product = make_product()
    lines = tuple(PaidLine(number, product.id, 1, quantity, 100) for number, quantity in ((1, 2), (2, 3)))
    event = OrderPaid(order_id=1, shop_id=1, buyer_id=1, paid_at=NOW, lines=lines, shares=())
    count_sales(event, NOW)
    assert get_product(product.id).sold_count == 5
    assert [card.id for card in list_products(at=NOW, order="sales").items] == [product.id]
