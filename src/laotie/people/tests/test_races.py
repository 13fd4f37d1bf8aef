"""Rivals on connections of their own: of two who want the same, one gets it and the other is told."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from laotie.core.actor import person
from laotie.core.errors import DomainError
from laotie.people import operations, queries
from laotie.people.models import Account, Address, AgencyContract, Brand, Follow, Staff
from laotie.people.tests.makers import (
    NOW,
    make_address,
    make_agency,
    make_person,
    make_shop,
)

pytestmark = pytest.mark.django_db(transaction=True)


def race(*rivals: Callable[[], object]) -> list[str]:
    """Run every rival at once, each on its own connection, and return how they fared, sorted."""
    start = Barrier(len(rivals))
    outcomes: list[str] = []

    def run(rival: Callable[[], object]) -> None:
        start.wait()
        try:
            rival()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code())
        finally:
            connection.close()

    threads = [Thread(target=run, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_two_people_want_one_address() -> None:
    def open_account() -> None:
        operations.open_account(email="lin@laotie.example", display_name="林晓", now=NOW)

    assert race(*[open_account] * 4) == ["done", *["people.email_taken"] * 3]
    assert Account.objects.count() == 1


def test_two_agencies_want_one_creator() -> None:
    mei = make_person(is_creator=True)
    contract_ids = []
    for _ in range(2):
        agency = make_agency()
        proposed = operations.propose_agency_share(
            actor=person(agency.owner_id),
            agency_id=agency.id,
            creator_id=mei.id,
            share_bp=2_000,
            starts_at=NOW,
            ends_at=None,
            now=NOW,
        )
        contract_ids.append(proposed.id)

    def accept(contract_id: int) -> Callable[[], object]:
        return lambda: operations.accept_agency_share(actor=person(mei.id), contract_id=contract_id, now=NOW)

    assert race(*map(accept, contract_ids)) == ["done", "people.contracts_overlap"]
    assert AgencyContract.objects.filter(state="accepted").count() == 1


def test_an_address_book_fills_to_its_limit_with_one_default() -> None:
    lin = make_person()
    for _ in range(18):
        make_address(owner=lin)
    outcomes = race(*[lambda: make_address(owner=lin)] * 4)
    assert outcomes == ["done", "done", "people.limit_reached", "people.limit_reached"]
    assert Address.objects.count() == 20
    defaults = [view.id for view in queries.list_addresses(actor=person(lin.id))[:3]]

    def set_default(address_id: int) -> Callable[[], object]:
        return lambda: operations.set_default_address(actor=person(lin.id), address_id=address_id)

    assert race(*map(set_default, defaults)) == ["done"] * 3
    assert Address.objects.filter(is_default=True).count() == 1


def test_two_shops_want_one_brand() -> None:
    def register(shop_id: int, owner_id: int) -> Callable[[], object]:
        return lambda: operations.register_brand(actor=person(owner_id), name="山里红", shop_id=shop_id, now=NOW)

    shops = [make_shop() for _ in range(2)]
    assert race(*[register(shop.id, shop.owner_id) for shop in shops]) == ["done", "people.brand_taken"]
    assert Brand.objects.count() == 1


def test_a_double_click_follows_and_hires_once() -> None:
    lin, shop = make_person(), make_shop()
    follow = [lambda: operations.follow(actor=person(lin.id), followed=f"shop:{shop.id}", now=NOW)] * 3
    hire = [
        lambda: operations.add_staff(
            actor=person(shop.owner_id),
            shop_id=shop.id,
            account_id=lin.id,
            permissions={"orders"},
            now=NOW,
        )
    ] * 3
    assert race(*follow, *hire) == ["done"] * 6
    assert (Follow.objects.count(), Staff.objects.count()) == (1, 1)
