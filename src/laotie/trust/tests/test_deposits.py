"""Deposits: topped up, demanded, and given back after the notice."""

from datetime import timedelta

import pytest

from laotie.core.actor import person
from laotie.core.errors import InvalidInput, NotAllowed, NotFound
from laotie.ledger.contracts import deposit_address, shop_address
from laotie.ledger.errors import PostingKeyReused, UnableToDebit
from laotie.ledger.queries import audit_ledger, get_balance
from laotie.people.tests.makers import NOW, SixPeople, make_six, refused
from laotie.trust import operations, queries
from laotie.trust.contracts import ReturnState
from laotie.trust.errors import NothingDeposited, PayoutTooSmall, ReturnRunning
from laotie.trust.models import DepositDemand
from laotie.trust.tests.makers import make_income, make_payout, make_ready_shop

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def six(db: None) -> SixPeople:  # noqa: ARG001 - asks for the database
    return make_six(bo_permissions=("money",))


def held(shop_id: int) -> int:
    """Return a shop's deposit."""
    return get_balance(address=deposit_address(shop_id)).balance_fen


def test_a_top_up_comes_from_what_is_available(six: SixPeople) -> None:
    make_income(address=shop_address(six.shop.id), fen=1_000)
    for name, actor in six.actors().items():
        if name in {"tan", "bo", "shen"}:
            operations.top_up_deposit(actor=actor, shop_id=six.shop.id, amount_fen=300, now=NOW)
        else:
            with refused(NotFound):
                operations.top_up_deposit(actor=actor, shop_id=six.shop.id, amount_fen=300, now=NOW)
    with refused(UnableToDebit):
        operations.top_up_deposit(actor=person(six.tan.id), shop_id=six.shop.id, amount_fen=101, now=NOW)
    for wrong in (0, -1):
        with refused(PayoutTooSmall):
            operations.top_up_deposit(actor=person(six.tan.id), shop_id=six.shop.id, amount_fen=wrong, now=NOW)
    assert held(six.shop.id) == 900
    assert list(audit_ledger()) == []


def test_a_transfer_is_booked_once_by_its_reference(six: SixPeople) -> None:
    shen = person(six.shen.id)
    for _ in range(2):
        operations.record_deposit(
            actor=shen, shop_id=six.shop.id, amount_fen=500, reference="工行 0301-77", now=NOW
        )
    assert held(six.shop.id) == 500
    with refused(PostingKeyReused):
        operations.record_deposit(
            actor=shen, shop_id=six.shop.id, amount_fen=501, reference="工行 0301-77", now=NOW
        )
    with refused(NotAllowed):
        operations.record_deposit(
            actor=person(six.tan.id), shop_id=six.shop.id, amount_fen=500, reference="自己写的", now=NOW
        )


def test_a_demand_needs_an_operator_and_a_reason(six: SixPeople) -> None:
    with refused(NotAllowed):
        operations.demand_deposit(
            actor=person(six.tan.id), shop_id=six.shop.id, required_fen=0, reason="免", now=NOW
        )
    with refused(InvalidInput):
        operations.demand_deposit(
            actor=person(six.shen.id), shop_id=six.shop.id, required_fen=0, reason="", now=NOW
        )
    assert DepositDemand.objects.count() == 0
    view = operations.demand_deposit(
        actor=person(six.shen.id), shop_id=six.shop.id, required_fen=200_000, reason="严重违规", now=NOW
    )
    assert (view.required_fen, view.missing_fen) == (200_000, 200_000)


class TestReturn:
    def test_after_thirty_days_of_notice_to_the_second(self, six: SixPeople) -> None:
        make_ready_shop(six, fen=0 + 1)
        tan = person(six.tan.id)
        for name, actor in six.actors().items():
            if name != "tan":
                with refused(NotFound):
                    operations.ask_deposit_return(actor=actor, shop_id=six.shop.id, now=NOW)
        operations.ask_deposit_return(actor=tan, shop_id=six.shop.id, now=NOW)
        with refused(ReturnRunning):
            operations.ask_deposit_return(actor=tan, shop_id=six.shop.id, now=NOW)
        due = NOW + 30 * DAY
        assert queries.list_due_returns(now=due - SECOND) == ()
        assert queries.list_due_returns(now=due) == (six.shop.id,)
        view = operations.end_deposit_return(shop_id=six.shop.id, obstacle="", now=due)
        assert (view.return_state, view.held_fen, view.missing_fen) == (ReturnState.RETURNED, 0, 0)
        make_payout(actor=tan, party=f"shop:{six.shop.id}", fen=50_001, now=due)
        assert list(audit_ledger()) == []

    def test_an_obstacle_keeps_it(self, six: SixPeople) -> None:
        make_ready_shop(six)
        operations.ask_deposit_return(actor=person(six.tan.id), shop_id=six.shop.id, now=NOW)
        view = operations.end_deposit_return(shop_id=six.shop.id, obstacle="orders_open", now=NOW + 30 * DAY)
        assert (view.return_state, view.held_fen) == (ReturnState.REFUSED, 50_000)
        with refused(NotFound):
            operations.end_deposit_return(shop_id=six.shop.id, obstacle="", now=NOW + 30 * DAY)

    def test_a_shop_may_go_on(self, six: SixPeople) -> None:
        make_ready_shop(six)
        tan = person(six.tan.id)
        operations.ask_deposit_return(actor=tan, shop_id=six.shop.id, now=NOW)
        operations.withdraw_deposit_return(actor=tan, shop_id=six.shop.id, now=NOW)
        assert queries.list_due_returns(now=NOW + 60 * DAY) == ()
        operations.ask_deposit_return(actor=tan, shop_id=six.shop.id, now=NOW)

    def test_without_a_deposit_there_is_nothing_to_return(self, six: SixPeople) -> None:
        with refused(NothingDeposited):
            operations.ask_deposit_return(actor=person(six.tan.id), shop_id=six.shop.id, now=NOW)
