"""Prices: which offer applies, what a quote says, the lowest price of 30 days."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries

from laotie.catalog import operations
from laotie.catalog.contracts import PricePoint
from laotie.catalog.errors import SkuUnavailable
from laotie.catalog.models import Offer
from laotie.catalog.queries import find_quotes, list_offers, list_quotes, lowest_price_fen, price_history, quote
from laotie.catalog.tests.makers import KEEPER, NOW, make_offer, make_person, make_product, make_sku, pool_of
from laotie.core.errors import InvalidInput, NotFound
from laotie.events.models import OutboxEvent
from laotie.people.tests.makers import refused

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class TestQuote:
    def test_says_all_an_order_line_copies(self) -> None:
        product = make_product(title="手工皂", price_fen=1_990, freight_fen=600, stock=7, trade="food")
        operations.add_picture(actor=KEEPER, product_id=product.id, url="/media/soap.jpg", now=NOW)
        (sku,) = product.skus
        (found,) = quote(wanted=[(sku.id, "shelf")], at=NOW)
        assert (found.sku_id, found.product_id, found.shop_id) == (sku.id, product.id, product.shop_id)
        assert (found.price_fen, found.currency, found.freight_fen, found.on_hand) == (1_990, "CNY", 600, 7)
        assert (found.title, found.sku_name, found.picture_url) == ("手工皂", "标准款", "/media/soap.jpg")
        assert (found.trade, found.category_id) == ("food", product.category_id)
        assert (found.pool_id, found.channel, found.limit_per_order) == (pool_of(sku.id), "shelf", None)

    def test_takes_the_channel_s_own_offer_before_the_shelf_s(self) -> None:
        sku = make_sku(price_fen=10_000)
        make_offer(sku_id=sku.id, channel="creator:7", price_fen=12_000)
        prices = [one.price_fen for one in quote(wanted=[(sku.id, "creator:7"), (sku.id, "creator:8")], at=NOW)]
        assert prices == [12_000, 10_000]

    def test_lays_a_flash_price_over_the_lasting_one(self) -> None:
        sku = make_sku(price_fen=10_000)
        make_offer(sku_id=sku.id, price_fen=7_000, valid_from=NOW + HOUR, valid_to=NOW + 2 * HOUR)
        moments = [NOW + HOUR - timedelta(microseconds=1), NOW + HOUR, NOW + 2 * HOUR]
        assert [quote(wanted=[(sku.id, "shelf")], at=at)[0].price_fen for at in moments] == [10_000, 7_000, 10_000]

    def test_keeps_channel_only_goods_in_their_channel(self) -> None:
        sku = make_sku(price_fen=None, stock=0)
        make_offer(sku_id=sku.id, channel="creator:7", price_fen=9_000, own_stock=True)
        operations.put_on_sale(actor=KEEPER, product_id=sku.product_id, now=NOW)
        assert quote(wanted=[(sku.id, "creator:7")], at=NOW)[0].on_hand == 0
        with refused(SkuUnavailable) as refusal:
            quote(wanted=[(sku.id, "shelf")], at=NOW)
        assert refusal.value.data() == {"sku_id": sku.id}

    def test_refuses_what_is_off_sale_or_unknown(self) -> None:
        sku = make_sku()
        operations.take_off_sale(actor=KEEPER, product_id=sku.product_id, now=NOW, reason="season over")
        assert find_quotes(wanted=[(sku.id, "shelf"), (2**62, "shelf")], at=NOW) == {}
        with refused(SkuUnavailable):
            quote(wanted=[(2**62, "shelf")], at=NOW)

    def test_takes_one_query_for_any_number(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        product = make_product(skus=20)
        for number in (1, 20):
            wanted = [(sku.id, "creator:7") for sku in product.skus[:number]]
            with django_assert_num_queries(1):
                assert len(quote(wanted=wanted, at=NOW)) == number

    def test_repeats_lines_as_asked(self) -> None:
        sku = make_sku()
        assert [one.sku_id for one in quote(wanted=[(sku.id, "shelf")] * 2, at=NOW)] == [sku.id, sku.id]

    def test_lists_the_skus_of_a_product(self) -> None:
        product = make_product(skus=3)
        found = list_quotes(product_id=product.id, at=NOW)
        assert [one.sku_id for one in found] == [sku.id for sku in product.skus]


class TestSetOffer:
    def test_ends_the_lasting_price_before_it(self) -> None:
        sku = make_sku(price_fen=10_000)
        make_offer(sku_id=sku.id, price_fen=9_000, now=NOW + DAY)
        newest, oldest = list_offers(actor=KEEPER, sku_id=sku.id).items
        assert (newest.price_fen, newest.valid_to) == (9_000, None)
        assert (oldest.price_fen, oldest.valid_to) == (10_000, NOW + DAY)
        told = OutboxEvent.objects.filter(name="catalog.offer_price_changed.v1").order_by("id").last()
        assert told is not None
        assert (told.payload["price_fen"], told.payload["offer_id"]) == (9_000, newest.id)

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("price_fen", {"price_fen": 0}),
            ("price_fen", {"price_fen": -1}),
            ("channel", {"channel": "room:0"}),
            ("valid_from", {"valid_from": NOW - timedelta(seconds=1)}),
            ("valid_to", {"valid_to": NOW}),
            ("limit_per_order", {"limit_per_order": 0}),
            ("limit_per_person", {"limit_per_person": 0}),
        ],
    )
    def test_refuses_nonsense(self, field: str, values: dict[str, object]) -> None:
        sku = make_sku(price_fen=10_000)
        given = {"actor": KEEPER, "sku_id": sku.id, "channel": "shelf", "price_fen": 1, "now": NOW} | values
        with refused(InvalidInput) as refusal:
            operations.set_offer(**given)  # type: ignore[arg-type]
        assert refusal.value.field_name == field
        assert [row.price_fen for row in Offer.objects.all()] == [10_000]
        assert Offer.objects.get().valid_to is None

    def test_is_for_those_who_keep_the_shop(self) -> None:
        sku = make_sku(price_fen=10_000)
        guo = make_person(name="Guo")
        with refused(NotFound):
            operations.set_offer(actor=guo, sku_id=sku.id, channel="shelf", price_fen=1, now=NOW)
        with refused(NotFound):
            operations.end_offer(actor=guo, offer_id=Offer.objects.get().pk, now=NOW)
        assert Offer.objects.get().valid_to is None

    def test_writes_history_that_cannot_be_changed(self) -> None:
        make_sku(price_fen=10_000)
        with pytest.raises(DatabaseError, match="price history"), transaction.atomic():
            Offer.objects.update(price_fen=1)
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            Offer.objects.all().delete()


class TestEndOffer:
    def test_ends_now_and_once(self) -> None:
        sku = make_sku(price_fen=10_000)
        (offer,) = list_offers(actor=KEEPER, sku_id=sku.id).items
        assert operations.end_offer(actor=KEEPER, offer_id=offer.id, now=NOW + DAY).valid_to == NOW + DAY
        assert operations.end_offer(actor=KEEPER, offer_id=offer.id, now=NOW + 2 * DAY).valid_to == NOW + DAY
        assert find_quotes(wanted=[(sku.id, "shelf")], at=NOW + DAY) == {}

    def test_calls_off_one_that_has_not_begun(self) -> None:
        sku = make_sku(price_fen=None)
        offer = make_offer(sku_id=sku.id, valid_from=NOW + DAY)
        assert operations.end_offer(actor=KEEPER, offer_id=offer.id, now=NOW).valid_to == NOW + DAY
        assert lowest_price_fen(sku_id=sku.id, at=NOW + 2 * DAY) is None


class TestLowestPrice:
    def test_looks_back_thirty_days_and_no_further(self) -> None:
        sku = make_sku(price_fen=8_000)
        make_offer(sku_id=sku.id, price_fen=10_000, now=NOW + DAY)
        assert lowest_price_fen(sku_id=sku.id, at=NOW + 31 * DAY - timedelta(microseconds=1)) == 8_000
        assert lowest_price_fen(sku_id=sku.id, at=NOW + 31 * DAY) == 10_000
        assert lowest_price_fen(sku_id=sku.id, at=NOW + 31 * DAY, days=31) == 8_000

    def test_is_kept_per_channel_as_buyers_there_were_quoted(self) -> None:
        sku = make_sku(price_fen=10_000)
        make_offer(sku_id=sku.id, channel="creator:7", price_fen=6_000, valid_to=NOW + HOUR)
        assert lowest_price_fen(sku_id=sku.id, at=NOW + DAY, channel="creator:7") == 6_000
        assert lowest_price_fen(sku_id=sku.id, at=NOW + DAY) == 10_000
        assert price_history(sku_id=sku.id, at=NOW + DAY, channel="creator:7")[1:] == (
            PricePoint(6_000, NOW, NOW + HOUR),
            PricePoint(10_000, NOW + HOUR, NOW + DAY),
        )

    def test_passes_over_a_price_nobody_could_see(self) -> None:
        sku = make_sku(price_fen=5_000)  # lies under the flash price all the time asked about
        make_offer(sku_id=sku.id, price_fen=9_000, valid_to=NOW + 40 * DAY)
        assert lowest_price_fen(sku_id=sku.id, at=NOW + 35 * DAY) == 9_000

    def test_knows_nothing_before_the_first_price(self) -> None:
        sku = make_sku(price_fen=5_000)
        assert lowest_price_fen(sku_id=sku.id, at=NOW) is None
