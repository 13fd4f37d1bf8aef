"""The worked examples of RULES 13.2 through the real operations, to the last fen in the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from laotie.alliance import operations as alliance
from laotie.alliance.models import ReceiptCounter
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import person
from laotie.ledger import queries as ledger
from laotie.main.audit import audit_everything
from laotie.orders import operations
from laotie.orders.contracts import Discount
from laotie.orders.models import NewcomerTurnover
from laotie.orders.tests import makers
from laotie.people import operations as people
from laotie.people.tests.makers import make_person, make_shop

pytestmark = pytest.mark.django_db


def balances_of(order_id: int) -> dict[str, int]:
    """Return what an order's postings moved, escrow and channel left out."""
    found = ledger.sum_by_subject(subject=f"order:{order_id}")
    return {
        address: fen for address, fen in found.items() if not address.startswith(("channel:", "platform:expense"))
    }


def example_1(freight_fen: int = 0) -> tuple[makers.Market, int]:
    """Paid 100.00, fee 5 %, commission 20 %, leader 2 %; return the market and the leader."""
    market = makers.make_market(price_fen=10_000, freight_fen=freight_fen)
    leader = make_person(name="团长", is_creator=True, now=makers.LONG_AGO)
    makers.open_plan(market, rate_bp=2_000, leader_id=leader.id, leader_rate_bp=200)
    makers.click(market)
    return market, leader.id


def test_example_1_four_parties_share_an_order() -> None:
    market, leader_id = example_1()
    order = makers.buy(market, until="settled")
    assert balances_of(order.id) == {
        f"creator:{market.mei.id}:commission": 18_00,
        f"leader:{leader_id}:fee": 1_80,
        "platform:commission": 2_20,
        "platform:fee": 5_00,
        f"shop:{market.shop.id}:payable": 73_00,
    }
    assert list(audit_everything()) == []


def test_example_2_freight_is_the_shops_alone() -> None:
    market, leader_id = example_1(freight_fen=10_00)
    order = makers.buy(market, until="settled")
    assert order.paid_fen == 110_00
    assert balances_of(order.id) == {
        f"creator:{market.mei.id}:commission": 18_00,
        f"leader:{leader_id}:fee": 1_80,
        "platform:commission": 2_20,
        "platform:fee": 5_00,
        f"shop:{market.shop.id}:payable": 83_00,
    }
    assert list(audit_everything()) == []


def test_example_3_a_hosts_red_packet_is_the_hosts_cost() -> None:
    market = makers.make_market(price_fen=10_000)
    makers.open_plan(market, rate_bp=2_000)
    makers.click(market)
    red_packet = Discount(payer=f"creator:{market.mei.id}", kind="red_packet", amount_fen=5_00)
    order = makers.buy(market, discounts=(red_packet,), until="settled")
    assert order.paid_fen == 95_00
    assert balances_of(order.id)[f"creator:{market.mei.id}:commission"] == 13_00
    assert balances_of(order.id)["platform:commission"] == 2_00
    assert list(audit_everything()) == []


def test_example_4_a_refund_before_settlement_shrinks_the_base() -> None:
    market, leader_id = example_1()
    order = makers.buy(market, until="received")
    operations.refund_line(
        actor=market.merchant,
        order_id=order.id,
        line_id=order.lines[0].id,
        goods_fen=30_00,
        reason="少发",
        now=makers.NOW + timedelta(days=4),
    )
    makers.settle(order.id)
    assert balances_of(order.id) == {
        f"creator:{market.mei.id}:commission": 12_60,
        f"leader:{leader_id}:fee": 1_26,
        "platform:commission": 1_54,
        "platform:fee": 3_50,
        f"shop:{market.shop.id}:payable": 51_10,
    }
    assert list(audit_everything()) == []


def test_example_5_a_full_refund_after_settlement_takes_every_leg_back() -> None:
    market, leader_id = example_1()
    order = makers.buy(market, until="settled")
    creator = f"creator:{market.mei.id}:commission"
    before = ledger.get_balance(address=creator)
    assert (before.balance_fen, before.held_fen, before.available_fen) == (18_00, 90, 17_10)
    operations.refund_line(
        actor=market.merchant,
        order_id=order.id,
        line_id=order.lines[0].id,
        goods_fen=100_00,
        reason="质量问题",
        now=makers.NOW + timedelta(days=20),
    )
    assert balances_of(order.id) == {}
    after = ledger.get_balance(address=creator)
    assert (after.balance_fen, after.held_fen, after.debt_fen) == (0, 0, 0)
    refund = ledger.list_postings(subject=f"order:{order.id}").items[-1]
    assert {leg.address: leg.amount_fen for leg in refund.legs} == {
        "channel:sandbox": 100_00,
        creator: -18_00,
        f"leader:{leader_id}:fee": -1_80,
        "platform:commission": -2_20,
        "platform:fee": -5_00,
        f"shop:{market.shop.id}:payable": -73_00,
    }
    assert list(audit_everything()) == []


def test_example_6_the_order_that_crosses_the_newcomers_limit_pays_both_rates() -> None:
    market = makers.make_market(price_fen=10_000, activated_at=makers.NOW - timedelta(days=3))
    NewcomerTurnover.objects.create(owner_id=market.shop.owner_id, counted_fen=99_995_000)
    order = makers.buy(market, until="settled")
    assert balances_of(order.id)["platform:fee"] == 3_00
    assert NewcomerTurnover.objects.get().counted_fen == 100_000_000


def test_example_6_five_shops_of_one_person_have_one_newcomers_benefit() -> None:
    market = makers.make_market(price_fen=10_000, activated_at=makers.NOW - timedelta(days=3))
    NewcomerTurnover.objects.create(owner_id=market.tan.id, counted_fen=99_995_000)
    second = make_shop(owner=market.tan, name="老谭二店", activated_at=makers.NOW, now=makers.NOW)
    product = make_product(shop_id=second.id, price_fen=10_000, now=makers.LONG_AGO)
    order = makers.buy(replace(market, shop=second, product=product), until="settled")
    assert balances_of(order.id)["platform:fee"] == 3_00
    assert NewcomerTurnover.objects.get().counted_fen == 100_000_000


def test_example_6_a_refund_gives_the_counted_turnover_back() -> None:
    market = makers.make_market(price_fen=10_000, activated_at=makers.NOW - timedelta(days=3))
    order = makers.buy(market, until="settled")
    assert balances_of(order.id)["platform:fee"] == 1_00
    operations.refund_line(
        actor=market.merchant,
        order_id=order.id,
        line_id=order.lines[0].id,
        goods_fen=40_00,
        reason="少发",
        now=makers.NOW + timedelta(days=20),
    )
    assert NewcomerTurnover.objects.get().counted_fen == 60_00
    assert balances_of(order.id)["platform:fee"] == 60
    assert list(audit_everything()) == []


def test_example_7_the_order_after_the_threshold_earns_the_step() -> None:
    market = makers.make_market(price_fen=10_000)
    plan = makers.open_plan(market, rate_bp=1_000)
    alliance.set_step(
        actor=market.merchant, plan_id=plan.id, threshold=500, step_rate_bp=3_000, now=makers.LONG_AGO
    )
    makers.click(market)
    first = makers.buy(market, until="shipped")
    second = makers.buy(market, until="shipped")
    ReceiptCounter.objects.create(plan_id=plan.id, creator_id=market.mei.id, last_number=499)
    for order in (first, second):
        operations.confirm_receipt(actor=market.buyer, order_id=order.id, now=makers.NOW + timedelta(days=3))
        makers.settle(order.id)
    creator = f"creator:{market.mei.id}:commission"
    assert balances_of(first.id)[creator] + 1_00 == 10_00
    assert balances_of(second.id)[creator] + 3_00 == 30_00
    assert list(audit_everything()) == []


def test_example_9_the_shops_own_entrance_ends_what_creators_earned() -> None:
    market = makers.make_market()
    other = make_person(name="阿强", is_creator=True, now=makers.LONG_AGO)
    makers.open_plan(market)
    makers.click(market, now=makers.NOW)
    for creator_id, days in ((other.id, 2), (None, 3)):
        alliance.record_click(
            viewer_id=market.lin.id,
            visitor_key="visitor-000000001",
            product_id=market.product.id,
            creator_id=creator_id,
            shop_id=market.shop.id,
            entrance=f"shop:{market.shop.id}",
            now=makers.NOW + timedelta(days=days),
        )
    order = makers.buy(market, now=makers.NOW + timedelta(days=3, hours=1))
    assert (order.lines[0].creator_id, order.lines[0].attribution) == (None, "own_click")


def test_example_9_without_the_own_entrance_the_last_creator_earns() -> None:
    market = makers.make_market()
    other = make_person(name="阿强", is_creator=True, now=makers.LONG_AGO)
    makers.open_plan(market)
    makers.click(market, now=makers.NOW)
    alliance.record_click(
        viewer_id=market.lin.id,
        visitor_key="visitor-000000001",
        product_id=market.product.id,
        creator_id=other.id,
        shop_id=market.shop.id,
        entrance=f"showcase:{market.mei.id}",
        now=makers.NOW + timedelta(days=2),
    )
    order = makers.buy(market, now=makers.NOW + timedelta(days=3, hours=1))
    assert (order.lines[0].creator_id, order.lines[0].attribution) == (other.id, "ok")


def test_a_late_payment_goes_back_and_nobody_is_charged_without_goods() -> None:
    market = makers.make_market(stock=1)
    checkout = makers.place(market)
    late = makers.NOW + timedelta(minutes=16)
    assert operations.close_unpaid_checkouts(now=late) == 1
    assert makers.pay(checkout, now=late) == "late"
    (order_id,) = checkout.order_ids
    order = makers.order(market, order_id)
    assert (order.state, order.paid_fen, order.refunded_fen) == ("closed", 100_00, 100_00)
    assert list(audit_everything()) == []


def test_an_agency_has_its_dated_share_of_the_creators_part() -> None:
    market = makers.make_market(price_fen=10_000)
    boss = make_person(name="机构", now=makers.LONG_AGO)
    agency = people.open_agency(actor=person(boss.id), name="红岩机构", now=makers.LONG_AGO)
    contract = people.propose_agency_share(
        actor=person(boss.id),
        agency_id=agency.id,
        creator_id=market.mei.id,
        share_bp=2_000,
        starts_at=makers.LONG_AGO,
        ends_at=None,
        now=makers.LONG_AGO,
    )
    people.accept_agency_share(actor=person(market.mei.id), contract_id=contract.id, now=makers.LONG_AGO)
    makers.open_plan(market, rate_bp=2_000)
    makers.click(market)
    order = makers.buy(market, until="settled")
    found = balances_of(order.id)
    assert found[f"agency:{agency.id}:commission"] == 3_60
    assert found[f"creator:{market.mei.id}:commission"] == 14_40
    assert list(audit_everything()) == []


def test_settlement_waits_for_its_day() -> None:
    market = makers.make_market()
    order = makers.buy(market, until="received")
    assert order.settle_at is not None
    assert operations.settle_due_orders(now=order.settle_at - timedelta(seconds=1)) == 0
    assert operations.settle_due_orders(now=order.settle_at) == 1
