"""What orders offers to imports: a carrier's freight, payments in parts, money without an order."""

from datetime import timedelta

import pytest

from laotie.catalog.tests.makers import make_product
from laotie.ledger.queries import audit_ledger, sum_by_subject
from laotie.orders import operations, queries
from laotie.orders.contracts import BasketLine, WrittenReview
from laotie.orders.models import Order, Payment, Receipt, RefundPart, ReviewFact
from laotie.orders.payments import is_only_recorded
from laotie.orders.tests.makers import HOME, LONG_AGO, NOW, make_market, notice_of
from laotie.people.tests.makers import make_person, make_shop

pytestmark = pytest.mark.django_db


class TestPlaceOrder:
    def test_takes_the_carriers_freight_and_a_payment_in_parts(self) -> None:
        market = make_market(price_fen=10_000, freight_fen=500)
        other = make_shop(owner=make_person(name="郭", now=LONG_AGO), now=LONG_AGO)
        rug = make_product(shop_id=other.id, price_fen=2_000, now=LONG_AGO)
        checkout = operations.place_order(
            buyer=market.buyer,
            lines=[BasketLine(market.sku_id, 1), BasketLine(rug.skus[0].id, 1)],
            destination=HOME,
            freights={market.shop.id: 1_234, other.id: 0},
            first_payment_fen=0,
            payment_channel="record:voucher",
            external_ref="olist:a",
            now=NOW,
        )
        assert (checkout.payable_fen, checkout.payment.amount_fen) == (13_234, 0)
        rest = operations.start_payment(
            actor=market.buyer, checkout_id=checkout.id, channel="record:card", now=NOW
        )
        for number in (checkout.payment.number, rest.number):
            assert operations.apply_notice(notice=notice_of(number), now=NOW) == "paid"
        assert queries.list_imported_orders(prefix="olist:") == {
            f"olist:a/{market.shop.id}": checkout.order_ids[0],
            f"olist:a/{other.id}": checkout.order_ids[1],
        }
        assert list(Order.objects.order_by("id").values_list("state", "paid_fen")) == [
            ("paid", 11_234),
            ("paid", 2_000),
        ]
        totals = queries.count_imported(prefix="olist:")
        assert (totals.checkouts, totals.orders, totals.payments, totals.payments_fen) == (1, 2, 2, 13_234)

    def test_refunds_of_a_recorded_payment_are_done_at_once(self) -> None:
        market = make_market()
        checkout = operations.place_order(
            buyer=market.buyer,
            lines=[BasketLine(market.sku_id, 1)],
            destination=HOME,
            payment_channel="record:boleto",
            now=NOW,
        )
        operations.apply_notice(notice=notice_of(checkout.payment.number), now=NOW)
        later = NOW + timedelta(hours=1)
        operations.cancel_paid_order(
            actor=market.buyer, order_id=checkout.order_ids[0], reason="Changed my mind", now=later
        )
        assert RefundPart.objects.values_list("done_at", "amount_fen").get() == (later, 10_000)
        assert [is_only_recorded(name) for name in ("record", "record:card", "sandbox", "none")] == [
            True,
            True,
            False,
            False,
        ]


class TestReceipts:
    def test_come_in_and_go_back_by_the_channels_they_came(self) -> None:
        def record() -> bool:
            return operations.record_receipt_without_order(
                external_ref="olist:x",
                received={"record:card": 700, "record:voucher": 0, "record": 5},
                currency="BRL",
                reason="no_lines",
                detail="canceled, no lines",
                now=NOW,
            )

        assert [record(), record()] == [True, False]
        receipt = Receipt.objects.get()
        assert receipt.amount_fen == 705
        assert sum_by_subject(subject=f"receipt:{receipt.pk}", currency="BRL") == {}
        assert queries.list_imported_receipts(prefix="olist:") == {"olist:x"}
        assert queries.count_imported(prefix="olist:").receipts_by_reason == {"no_lines": 1}
        assert not Payment.objects.exists()
        assert list(audit_ledger()) == list(queries.audit_orders()) == []


class TestReviews:
    def test_are_recorded_once(self) -> None:
        review = WrittenReview("olist:r/a", None, 4, "", "Bom", NOW, None)
        operations.record_reviews(reviews=[review])
        operations.record_reviews(reviews=[review])
        assert ReviewFact.objects.values_list("stars", "words").get() == (4, "Bom")
