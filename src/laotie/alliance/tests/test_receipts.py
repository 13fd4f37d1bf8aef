"""The order of receipt: numbers per creator and plan, once per line, beside rivals too."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from laotie.alliance import operations, queries
from laotie.alliance.contracts import LineReceived, Role
from laotie.alliance.models import Receipt, ReceiptCounter
from laotie.alliance.tests.makers import (
    NOW,
    make_account,
    make_creator,
    make_plan,
    make_product,
    make_shop,
    make_terms,
)
from laotie.core.actor import person


def new_plan() -> int:
    shop_id = make_shop()
    product_id = make_product(shop_id=shop_id)
    return make_plan(actor=person(make_account(name="Tan")), shop_id=shop_id, product_id=product_id).id


def number(plan_id: int, creator_id: int, line_id: int) -> int:
    return operations.number_receipt(plan_id=plan_id, creator_id=creator_id, order_line_id=line_id, now=NOW)


@pytest.mark.django_db
class TestNumberReceipt:
    def test_counts_per_creator_and_plan(self) -> None:
        plan_a, plan_b = new_plan(), new_plan()
        mei, ann = make_creator(name="Mei"), make_creator(name="Ann")
        given = [(plan_a, mei, 11), (plan_a, ann, 12), (plan_b, mei, 13), (plan_a, mei, 14)]
        assert [number(*one) for one in given] == [1, 1, 1, 2]

    def test_gives_a_line_its_number_once(self) -> None:
        plan_id, mei = new_plan(), make_creator()
        assert [number(plan_id, mei, line_id) for line_id in (11, 12, 11, 13, 12)] == [1, 2, 1, 3, 2]
        assert Receipt.objects.count() == 3

    def test_numbers_the_lines_of_an_order_in_one_go(self) -> None:
        plan_id, mei = new_plan(), make_creator()
        lines = [LineReceived(order_line_id=line_id, plan_id=plan_id, creator_id=mei) for line_id in (32, 31)]
        assert operations.number_receipts(lines=lines, now=NOW) == {31: 1, 32: 2}

    def test_example_7_orders_500_and_501(self) -> None:
        """RULES 13.2, example 7: 10 % up to order 500 of 100.00, 30 % from 501 on."""
        plan_id, mei = new_plan(), make_creator()
        for line_id in range(1, 500):
            number(plan_id, mei, line_id)
        terms = make_terms(creator_id=mei, plan_id=plan_id, rate_bp=1_000, step_threshold=500, step_rate_bp=3_000)
        earned = {}
        for line_id in (500, 501):
            place = number(plan_id, mei, line_id)
            shares = queries.split_commission(base_fen=100_00, terms=terms, receipt_number=place)
            earned[place] = sum(share.amount_fen for share in shares)
            assert {share.role for share in shares} == {Role.CREATOR, Role.PLATFORM_COMMISSION}
        assert earned == {500: 10_00, 501: 30_00}


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_rivals_get_distinct_numbers_without_gaps(self) -> None:
        plan_id, mei = new_plan(), make_creator()
        barrier = threading.Barrier(2)

        def take(first: int) -> list[int]:
            barrier.wait()
            try:
                return [number(plan_id, mei, line_id) for line_id in range(first, first + 40)]
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as rivals:
            taken = [place for places in rivals.map(take, (100, 200)) for place in places]
        assert sorted(taken) == list(range(1, 81))
        assert ReceiptCounter.objects.get().last_number == 80

    def test_twins_of_one_line_get_one_number(self) -> None:
        plan_id, mei = new_plan(), make_creator()
        barrier = threading.Barrier(2)

        def take(_twin: int) -> list[int]:
            places = []
            try:
                for line_id in range(100, 140):
                    barrier.wait()
                    places.append(number(plan_id, mei, line_id))
            finally:
                connection.close()
            return places

        with ThreadPoolExecutor(2) as twins:
            first, second = twins.map(take, (1, 2))
        assert first == second == list(range(1, 41))
        assert ReceiptCounter.objects.get().last_number == 40
