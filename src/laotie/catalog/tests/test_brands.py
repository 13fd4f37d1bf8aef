"""Goods of a brand are on sale as long as their shop may sell the brand."""

from datetime import timedelta

import pytest

from laotie.catalog import operations
from laotie.catalog.models import ProductMove
from laotie.catalog.queries import get_product
from laotie.catalog.tests.makers import KEEPER, NOW, make_category, make_shop, make_sku
from laotie.people import operations as people

pytestmark = pytest.mark.django_db

END = NOW + timedelta(days=30)
SECOND = timedelta(seconds=1)


def branded_product(*, is_owner: bool) -> int:
    """Return a product on sale in a shop that owns its brand, or is authorised to sell it until END."""
    owner, shop = make_shop(name="茶厂"), make_shop(name="茶铺")
    brand = people.register_brand(actor=KEEPER, name="青山", shop_id=owner.id, now=NOW)
    people.authorise_brand(actor=KEEPER, brand_id=brand.id, shop_id=shop.id, starts_at=NOW, ends_at=END, now=NOW)
    product = operations.create_product(
        actor=KEEPER,
        shop_id=owner.id if is_owner else shop.id,
        category_id=make_category().id,
        title="青山绿茶",
        brand_id=brand.id,
        now=NOW,
    )
    make_sku(product_id=product.id)
    operations.put_on_sale(actor=KEEPER, product_id=product.id, now=NOW)
    return product.id


class TestWithdrawUnauthorised:
    def test_takes_goods_off_sale_when_the_authorisation_ends(self) -> None:
        product_id = branded_product(is_owner=False)
        assert operations.withdraw_unauthorised(now=END - SECOND) == 0
        assert operations.withdraw_unauthorised(now=END) == 1
        assert get_product(product_id).state == "off"
        assert ProductMove.objects.latest("id").reason == "brand_authorisation_ended"
        assert operations.withdraw_unauthorised(now=END) == 0

    def test_leaves_the_owners_goods_alone(self) -> None:
        product_id = branded_product(is_owner=True)
        assert operations.withdraw_unauthorised(now=END + SECOND) == 0
        assert get_product(product_id).state == "on_sale"
