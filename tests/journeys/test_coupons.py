"""Coupons from taking to the last fen: spent once, paid by whoever gives them, back where nothing came of it."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from laotie.catalog.tests.makers import on_hand_of
from laotie.core.actor import person
from laotie.core.errors import DomainError, NotFound
from laotie.ledger import queries as ledger
from laotie.ledger.contracts import creator_address, shop_address
from laotie.main.audit import audit_everything
from laotie.orders import operations, queries
from laotie.orders.contracts import BasketLine, CheckoutView
from laotie.orders.errors import PriceChanged
from laotie.orders.models import Checkout, LineDiscount, Order
from laotie.orders.tests import makers
from laotie.people.tests.makers import make_person, refused
from laotie.promotions import operations as promotions
from laotie.promotions.contracts import ClaimState, Payer
from laotie.promotions.errors import CouponNotFitting, CouponSpent
from laotie.promotions.models import Claim, Coupon
from laotie.promotions.tests.makers import make_claim, make_coupon

NOW = makers.NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(db: None) -> makers.Market:  # noqa: ARG001 - asks for the database
    found = makers.make_market()
    makers.open_plan(found)
    return found


def three_claims(market: makers.Market) -> list[int]:
    """Let Lin take a coupon of the shop, one of Mei's and one of the platform's: 15, 5 and 8 off."""
    operator = person(make_person(name="沈", is_operator=True).id)
    coupons = [
        make_coupon(
            actor=market.merchant, shop_id=market.shop.id, threshold_fen=100_00, amount_fen=15_00, now=NOW
        ),
        make_coupon(actor=person(market.mei.id), payer=Payer.CREATOR, threshold_fen=0, amount_fen=5_00, now=NOW),
        make_coupon(actor=operator, payer=Payer.PLATFORM, threshold_fen=80_00, amount_fen=8_00, now=NOW),
    ]
    return [make_claim(owner=market.buyer, coupon=coupon, now=NOW).id for coupon in coupons]


def place(market: makers.Market, claim_ids: list[int], *, expected_fen: int | None = None) -> CheckoutView:
    return operations.place_order(
        buyer=market.buyer,
        lines=[BasketLine(market.sku_id, 1)],
        destination=makers.HOME,
        claim_ids=claim_ids,
        expected_fen=expected_fen,
        now=NOW,
    )


def states() -> list[str]:
    return list(Claim.objects.order_by("id").values_list("state", flat=True))


def test_three_payers_share_one_order_and_the_books_are_clean(market: makers.Market) -> None:
    """100.00 − 15 (shop) − 5 (Mei) − 8 (platform) = 72.00; the base of commission and fee is 72 + 5 + 8 = 85."""
    makers.click(market)
    claims = three_claims(market)
    placed = place(market, claims, expected_fen=72_00)
    makers.pay(placed, now=NOW)
    (order_id,) = placed.order_ids
    makers.ship(market, order_id, now=NOW + timedelta(hours=1))
    operations.confirm_receipt(actor=market.buyer, order_id=order_id, now=NOW + timedelta(days=3))
    makers.settle(order_id)
    line = queries.access_order(actor=market.buyer, order_id=order_id).order.lines[0]
    assert sorted(LineDiscount.objects.values_list("payer", "amount_fen")) == [
        (f"creator:{market.mei.id}", 5_00),
        ("platform", 8_00),
        ("shop", 15_00),
    ]
    assert line.paid_fen == 72_00
    # Commission 20 % of 85.00 = 17.00, of it 10 % the platform's; fee 5 % = 4.25; Mei's red packet is hers to pay.
    assert ledger.get_balance(address=creator_address(market.mei.id)).balance_fen == 15_30 - 5_00
    assert ledger.get_balance(address=shop_address(market.shop.id)).balance_fen == 85_00 - 17_00 - 4_25
    assert ledger.get_balance(address="platform:marketing").balance_fen == -8_00
    assert list(audit_everything()) == []


def test_the_quote_takes_the_best_and_the_order_costs_what_it_said(market: makers.Market) -> None:
    makers.click(market)
    claims = three_claims(market)
    quote = queries.quote_with_coupons(actor=market.buyer, lines=[BasketLine(market.sku_id, 1)], now=NOW)
    assert (quote.claim_ids, quote.saved_fen) == (tuple(claims), 28_00)
    assert [part.payable_fen for part in quote.orders] == [72_00]
    bare = queries.quote_with_coupons(
        actor=market.buyer, lines=[BasketLine(market.sku_id, 1)], claim_ids=[], now=NOW
    )
    assert [part.payable_fen for part in bare.orders] == [100_00]
    assert place(market, list(quote.claim_ids), expected_fen=72_00).payable_fen == 72_00


def test_a_creators_red_packet_needs_their_visit(market: makers.Market) -> None:
    claims = three_claims(market)
    with refused(CouponNotFitting) as refusal:
        place(market, claims)
    assert refusal.value.claim_id == claims[1]
    assert states() == ["held"] * 3
    assert Checkout.objects.count() == 0
    assert on_hand_of(market.sku_id) == 1_000


def test_refusals_leave_coupon_and_stock_alone(market: makers.Market) -> None:
    claim_id = three_claims(market)[0]
    with refused(PriceChanged):
        place(market, [claim_id], expected_fen=100_00)
    stranger = person(make_person(name="郭").id)
    with refused(NotFound):
        operations.place_order(
            buyer=stranger,
            lines=[BasketLine(market.sku_id, 1)],
            destination=makers.HOME,
            claim_ids=[claim_id],
            now=NOW,
        )
    with refused(CouponSpent):
        operations.place_order(
            buyer=market.buyer,
            lines=[BasketLine(market.sku_id, 1)],
            destination=makers.HOME,
            claim_ids=[claim_id],
            now=Claim.objects.get(pk=claim_id).usable_until,
        )
    assert states() == ["held"] * 3
    assert on_hand_of(market.sku_id) == 1_000


def test_it_comes_back_when_the_order_is_not_paid(market: makers.Market) -> None:
    claim_id = three_claims(market)[0]
    placed = place(market, [claim_id])
    assert states()[0] == ClaimState.USED
    with refused(CouponSpent):
        place(market, [claim_id])
    assert operations.close_unpaid_checkouts(now=placed.pay_until + timedelta(seconds=1)) == 1
    assert states()[0] == ClaimState.HELD
    assert place(market, [claim_id]).payable_fen == 85_00


def test_it_comes_back_with_a_full_refund_and_not_with_a_part(market: makers.Market) -> None:
    claim_id = three_claims(market)[0]
    placed = place(market, [claim_id])
    makers.pay(placed, now=NOW)
    (order_id,) = placed.order_ids
    line_id = Order.objects.get().lines.get().pk
    operations.refund_line(
        actor=market.merchant, order_id=order_id, line_id=line_id, goods_fen=5_00, reason="补差", now=NOW
    )
    assert states()[0] == ClaimState.USED
    operations.cancel_paid_order(actor=market.buyer, order_id=order_id, now=NOW, reason="拍错了")
    assert states()[0] == ClaimState.HELD
    assert list(audit_everything()) == []


def rivals(number: int, act: Callable[[int], object]) -> list[str]:
    """Run `act(place)` on so many connections at once and return how they fared."""
    start = Barrier(number)
    outcomes: list[str] = []

    def run(place_no: int) -> None:
        start.wait()
        try:
            act(place_no)
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code())
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place_no,)) for place_no in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_the_last_coupons_go_to_as_many_as_there_are(market: makers.Market) -> None:
    coupon = make_coupon(actor=market.merchant, shop_id=market.shop.id, total_most=5, now=NOW)
    people = [person(make_person(name=f"买家{number}").id) for number in range(16)]
    outcomes = rivals(16, lambda number: make_claim(owner=people[number], coupon=coupon, now=NOW))
    assert outcomes == ["done"] * 5 + ["promotions.coupon_gone"] * 11
    assert Coupon.objects.get().claimed == Claim.objects.count() == 5


def test_one_person_in_many_tabs_takes_one(market: makers.Market) -> None:
    coupon = make_coupon(actor=market.merchant, shop_id=market.shop.id, now=NOW)
    outcomes = rivals(6, lambda _: make_claim(owner=market.buyer, coupon=coupon, now=NOW))
    assert outcomes == ["done"] + ["promotions.coupon_limit"] * 5
    assert Coupon.objects.get().claimed == Claim.objects.count() == 1


def test_one_coupon_in_two_tabs_is_spent_once(market: makers.Market) -> None:
    coupon = make_coupon(actor=market.merchant, shop_id=market.shop.id, now=NOW)
    claim_id = make_claim(owner=market.buyer, coupon=coupon, now=NOW).id
    outcomes = rivals(4, lambda _: place(market, [claim_id]))
    assert outcomes == ["done"] + ["promotions.coupon_spent"] * 3
    assert Order.objects.count() == 1
    assert on_hand_of(market.sku_id) == 999


def test_a_closed_coupon_already_taken_is_still_good(market: makers.Market) -> None:
    coupon = make_coupon(actor=market.merchant, shop_id=market.shop.id, now=NOW)
    claim_id = make_claim(owner=market.buyer, coupon=coupon, now=NOW).id
    promotions.close_coupon(actor=market.merchant, coupon_id=coupon.id, now=NOW)
    assert place(market, [claim_id]).payable_fen == 90_00
