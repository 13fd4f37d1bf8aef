"""Many products at once leave behind what one by one does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from laotie.catalog import operations
from laotie.catalog.contracts import SHELF, NewProduct
from laotie.catalog.errors import CategoryNotLeaf
from laotie.catalog.models import Movement, Product, ProductMove
from laotie.catalog.queries import audit_stock, find_category, find_skus, get_product, quote
from laotie.catalog.tests.makers import KEEPER, NOW, make_category, make_person, make_product, make_shop
from laotie.core.errors import InvalidInput, NotFound
from laotie.events.models import OutboxEvent
from laotie.people.tests.makers import refused

pytestmark = pytest.mark.django_db


def make_new(*, code: str = "lamp", shop_id: int | None = None, stock: int = 3) -> NewProduct:
    """Return a product to bring in."""
    return NewProduct(
        shop_id=shop_id or make_shop().id,
        category_id=make_category().id,
        title="Lamp",
        code=code,
        name="one size",
        price_fen=990,
        currency="BRL",
        stock=stock,
        at=NOW,
        attributes={"weight_g": "1800"},
    )


class TestBringInProducts:
    def test_puts_them_on_sale_with_price_stock_and_traces(self) -> None:
        (sku,) = operations.bring_in_products(actor=KEEPER, products=[make_new()], reference="olist")
        product = get_product(sku.product_id)
        assert (product.state, product.attributes, product.skus) == ("on_sale", {"weight_g": "1800"}, (sku,))
        (found,) = quote(wanted=[(sku.id, SHELF)], at=NOW)
        assert (found.price_fen, found.currency, found.on_hand) == (990, "BRL", 3)
        assert Movement.objects.values_list("kind", "quantity", "reference").get() == ("received", 3, "olist")
        assert ProductMove.objects.values_list("old", "new").get() == ("draft", "on_sale")
        names = (
            OutboxEvent.objects.filter(name__startswith="catalog.").order_by("id").values_list("name", flat=True)
        )
        assert list(names) == [
            "catalog.offer_price_changed.v1",
            "catalog.product_put_on_sale.v1",
            "catalog.stock_received.v1",
        ]
        assert list(audit_stock()) == []

    def test_may_bring_in_nothing_to_sell_yet(self) -> None:
        (sku,) = operations.bring_in_products(actor=KEEPER, products=[make_new(stock=0)])
        assert quote(wanted=[(sku.id, SHELF)], at=NOW)[0].on_hand == 0
        assert not Movement.objects.exists()

    def test_costs_the_same_for_one_and_for_fifty(self) -> None:
        new = make_new()

        def statements(count: int) -> int:
            with CaptureQueriesContext(connection) as captured:
                operations.bring_in_products(
                    actor=KEEPER, products=[replace(new, code=f"{count}-{number}") for number in range(count)]
                )
            return len(captured)

        assert statements(1) == statements(50)

    def test_refuses_a_strangers_shop_and_changes_nothing(self) -> None:
        with refused(NotFound):
            operations.bring_in_products(actor=make_person(name="Guo"), products=[make_new()])
        assert not Product.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"price_fen": 0}, "price_fen"), ({"currency": "real"}, "currency"), ({"stock": -1}, "stock")],
    )
    def test_refuses_wrong_values(self, wrong: dict[str, object], field: str) -> None:
        new = make_new()
        with pytest.raises(InvalidInput) as refusal:
            operations.bring_in_products(actor=KEEPER, products=[replace(new, **wrong)])  # type: ignore[arg-type]
        assert refusal.value.field_name == field

    def test_refuses_a_category_that_is_no_leaf(self) -> None:
        new = make_new()
        branch = find_category(code="general.1")
        assert branch is not None
        with pytest.raises(CategoryNotLeaf):
            operations.bring_in_products(actor=KEEPER, products=[replace(new, category_id=branch.id)])


class TestFindSkus:
    def test_finds_them_by_shop_and_code(self) -> None:
        mine, other = make_shop(), make_shop()
        new = [make_new(shop_id=mine.id), make_new(shop_id=other.id), make_new(shop_id=other.id, code="rug")]
        lamp, other_lamp, rug = operations.bring_in_products(actor=KEEPER, products=new)
        assert find_skus(wanted=[(mine.id, "lamp"), (other.id, "rug"), (mine.id, "rug")]) == {
            (mine.id, "lamp"): lamp,
            (other.id, "rug"): rug,
        }
        assert find_skus(wanted=[(other.id, "lamp")]) == {(other.id, "lamp"): other_lamp}


class TestSetOffer:
    def test_prices_in_another_currency_when_told(self) -> None:
        sku = make_product().skus[0]
        later = NOW + timedelta(days=1)
        operations.set_offer(actor=KEEPER, sku_id=sku.id, channel=SHELF, price_fen=500, currency="BRL", now=later)
        assert quote(wanted=[(sku.id, SHELF)], at=later)[0].currency == "BRL"
