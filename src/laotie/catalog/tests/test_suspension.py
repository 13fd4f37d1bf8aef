"""A suspended shop sells nothing."""

import pytest

from laotie.catalog import operations, queries
from laotie.catalog.errors import ShopNotOpen, SkuUnavailable
from laotie.catalog.handlers import SUBSCRIPTIONS
from laotie.catalog.tests.makers import KEEPER, NOW, make_product
from laotie.events.delivery import deliver_all
from laotie.people import operations as people

pytestmark = pytest.mark.django_db(transaction=True)


def test_withdraw_goods_takes_them_off_sale_until_somebody_puts_them_on_again() -> None:
    product = make_product()
    wanted = [(product.skus[0].id, "shelf")]
    people.suspend_shop(actor=KEEPER, shop_id=product.shop_id, reason="售假", now=NOW)
    deliver_all(SUBSCRIPTIONS, now=NOW)
    with pytest.raises(SkuUnavailable):
        queries.quote(wanted=wanted, at=NOW)
    with pytest.raises(ShopNotOpen):
        operations.put_on_sale(actor=KEEPER, product_id=product.id, now=NOW)
    people.reinstate_shop(actor=KEEPER, shop_id=product.shop_id, reason="申诉成立", now=NOW)
    operations.put_on_sale(actor=KEEPER, product_id=product.id, now=NOW)
    assert queries.quote(wanted=wanted, at=NOW)[0].product_id == product.id
