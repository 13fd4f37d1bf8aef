"""Asking for money and getting it: who may, what stands in the way, and that no fen is lost on the way."""

from datetime import timedelta

import pytest

from laotie.core.actor import person
from laotie.core.audit_log import list_actions
from laotie.core.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from laotie.core.models import PersonalAccess
from laotie.ledger.contracts import BANK, PAYOUTS, Leg, PayoutState, creator_address, shop_address
from laotie.ledger.errors import NoPayoutsWaiting, PayeeInDebt, UnableToDebit
from laotie.ledger.models import Payout
from laotie.ledger.operations import place_hold, post
from laotie.ledger.queries import audit_ledger, get_balance, get_payout
from laotie.people.errors import BankAccountFresh, BankAccountMissing, IdentityMissing, TooYoung
from laotie.people.operations import block_account
from laotie.people.tests.makers import NOW, SixPeople, make_bank_account, make_identity, make_six, refused
from laotie.trust import operations, queries
from laotie.trust.errors import (
    AlreadyFrozen,
    BankFileRefused,
    DayLimitReached,
    DepositShort,
    PayoutsFrozen,
    PayoutTooSmall,
)
from laotie.trust.tests.makers import (
    available,
    make_income,
    make_payout,
    make_ready_creator,
    make_ready_shop,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def six(db: None) -> SixPeople:  # noqa: ARG001 - asks for the database
    return make_six(bo_permissions=("money",))


def balance(address: str) -> int:
    """Return what is owed to an address."""
    return get_balance(address=address).balance_fen


class TestRequestPayout:
    def test_the_shops_own_people_and_nobody_else(self, six: SixPeople) -> None:
        shop = make_ready_shop(six)
        for name, actor in six.actors().items():
            if name in {"tan", "bo"}:
                assert make_payout(actor=actor, party=shop).state is PayoutState.APPROVED
            else:
                with refused(NotFound):
                    make_payout(actor=actor, party=shop)
        assert (balance(shop_address(six.shop.id)), balance(PAYOUTS)) == (80_000, 20_000)
        assert list(audit_ledger()) == []

    def test_a_creators_money_is_theirs_alone(self, six: SixPeople) -> None:
        creator = make_ready_creator(six)
        for name, actor in six.actors().items():
            if name != "mei":
                with refused(NotFound):
                    make_payout(actor=actor, party=creator)
        assert make_payout(actor=person(six.mei.id), party=creator).amount_fen == 10_000

    def test_a_blocked_owner_gets_nothing_out(self, six: SixPeople) -> None:
        shop = make_ready_shop(six)
        block_account(actor=person(six.shen.id), account_id=six.tan.id, reason="调查", now=NOW)
        with refused(NotFound):
            make_payout(actor=person(six.tan.id), party=shop)

    @pytest.mark.parametrize(
        "party", ["shop:x", "shop:", "", "platform:1", "shop:999999999999999999999", "creator:0"]
    )
    def test_a_party_that_is_none(self, six: SixPeople, party: str) -> None:
        with refused(NotFound):
            make_payout(actor=person(six.tan.id), party=party)

    def test_identity_age_bank_account_and_deposit_come_first(self, six: SixPeople) -> None:
        tan, shop = person(six.tan.id), f"shop:{six.shop.id}"
        make_income(address=shop_address(six.shop.id), fen=100_000)
        with refused(IdentityMissing):
            make_payout(actor=tan, party=shop)
        make_identity(account=six.tan)
        with refused(DepositShort) as short:
            make_payout(actor=tan, party=shop)
        assert short.value.missing_fen == 50_000
        operations.top_up_deposit(actor=tan, shop_id=six.shop.id, amount_fen=49_999, now=NOW)
        with refused(DepositShort) as short:
            make_payout(actor=tan, party=shop)
        assert short.value.missing_fen == 1
        operations.top_up_deposit(actor=tan, shop_id=six.shop.id, amount_fen=1, now=NOW)
        with refused(BankAccountMissing):
            make_payout(actor=tan, party=shop)
        make_bank_account(actor=tan, owner=shop)
        assert make_payout(actor=tan, party=shop).destination_masked == "中国工商银行 ****0128 谭**"

    def test_nobody_under_age_is_paid(self, six: SixPeople) -> None:
        make_identity(account=six.mei, born="20080302")
        make_bank_account(actor=person(six.mei.id), owner=f"account:{six.mei.id}")
        make_income(address=creator_address(six.mei.id), fen=100_000)
        with refused(TooYoung):
            make_payout(actor=person(six.mei.id), party=f"creator:{six.mei.id}")

    def test_a_changed_bank_account_rests_to_the_second(self, six: SixPeople) -> None:
        shop, tan = make_ready_shop(six), person(six.tan.id)
        make_bank_account(actor=tan, owner=shop, number="6222021234567890110", now=NOW)
        later = NOW + 24 * HOUR
        with refused(BankAccountFresh):
            make_payout(actor=tan, party=shop, now=later - timedelta(seconds=1))
        assert make_payout(actor=tan, party=shop, now=later).destination_masked.startswith("中国工商银行 ****0110")

    def test_never_more_than_is_available(self, six: SixPeople) -> None:
        creator, mei = make_ready_creator(six), person(six.mei.id)
        address = creator_address(six.mei.id)
        place_hold(key="h", address=address, amount_fen=5_000, reason="reserve", until=NOW + HOUR, now=NOW)
        with refused(UnableToDebit) as unable:
            make_payout(actor=mei, party=creator, fen=95_001)
        assert unable.value.available_fen == 95_000
        make_payout(actor=mei, party=creator, fen=95_000)
        assert (available(address), Payout.objects.count()) == (0, 1)

    @pytest.mark.parametrize("fen", [-1, 0, 99, 2**53])
    def test_amounts_that_are_none(self, six: SixPeople, fen: int) -> None:
        creator = make_ready_creator(six)
        with refused(PayoutTooSmall):
            make_payout(actor=person(six.mei.id), party=creator, fen=fen)

    def test_five_a_day_of_the_platforms_day(self, six: SixPeople) -> None:
        creator, mei = make_ready_creator(six), person(six.mei.id)
        for _ in range(5):
            make_payout(actor=mei, party=creator)
        midnight = NOW.replace(hour=16)  # 00:00 in Shanghai
        with refused(DayLimitReached) as reached:
            make_payout(actor=mei, party=creator, now=midnight - timedelta(seconds=1))
        assert reached.value.left == 0
        make_payout(actor=mei, party=creator, now=midnight)

    def test_so_much_a_day_and_what_came_back_does_not_count(self, six: SixPeople) -> None:
        creator, mei = make_ready_creator(six, fen=30_000_000), person(six.mei.id)
        first = make_payout(actor=mei, party=creator, fen=9_999_999)
        with refused(DayLimitReached) as reached:
            make_payout(actor=mei, party=creator, fen=100)
        assert reached.value.left_fen == 1
        operations.cancel_payout(actor=mei, payout_id=first.id, now=NOW)
        assert make_payout(actor=mei, party=creator, fen=10_000_000).state is PayoutState.REQUESTED

    def test_debts_of_the_same_person_are_netted_first(self, six: SixPeople) -> None:
        shop, tan = make_ready_shop(six), person(six.tan.id)
        owing = creator_address(six.tan.id)
        post(
            key="d",
            kind="refund",
            subject="order:2",
            legs=[Leg(owing, -30_000), Leg("channel:sandbox", 30_000)],
            now=NOW,
        )
        desk = queries.get_payout_desk(actor=tan, name=shop, now=NOW)
        assert (desk.debts_fen, desk.payable_fen) == (30_000, 70_000)
        with refused(UnableToDebit) as unable:
            make_payout(actor=tan, party=shop, fen=70_001)
        assert unable.value.available_fen == 70_000
        make_payout(actor=tan, party=shop, fen=70_000)
        assert (balance(owing), balance(shop_address(six.shop.id)), balance(PAYOUTS)) == (0, 0, 70_000)
        assert list(audit_ledger()) == []

    def test_frozen_money_stays(self, six: SixPeople) -> None:
        shop, tan, shen = make_ready_shop(six), person(six.tan.id), person(six.shen.id)
        waiting = make_payout(actor=tan, party=shop, fen=10_000)
        with refused(NotAllowed):
            operations.freeze_payouts(actor=tan, party=shop, reason="自己", now=NOW)
        operations.freeze_payouts(actor=shen, party=shop, reason="涉嫌虚假发货", now=NOW)
        with refused(AlreadyFrozen):
            operations.freeze_payouts(actor=shen, party=shop, reason="再冻", now=NOW)
        with refused(PayoutsFrozen) as frozen:
            make_payout(actor=tan, party=shop)
        assert frozen.value.reason == "涉嫌虚假发货"
        assert get_payout(waiting.id).state is PayoutState.APPROVED
        operations.lift_freeze(actor=shen, party=shop, now=NOW)
        make_payout(actor=tan, party=shop)
        assert [line.action for line in list_actions().items[:2]] == ["payout.lift_freeze", "payout.freeze"]


class TestOperators:
    def test_large_ones_wait_for_an_operator(self, six: SixPeople) -> None:
        shop, tan, shen = make_ready_shop(six, fen=9_000_000), person(six.tan.id), person(six.shen.id)
        assert make_payout(actor=tan, party=shop, fen=1_999_999).state is PayoutState.APPROVED
        large = make_payout(actor=tan, party=shop, fen=2_000_000)
        assert large.state is PayoutState.REQUESTED
        for name, actor in six.actors().items():
            if name != "shen":
                with refused(NotAllowed):
                    operations.approve_payout(actor=actor, payout_id=large.id, now=NOW)
        assert operations.approve_payout(actor=shen, payout_id=large.id, now=NOW).state is PayoutState.APPROVED
        with refused(IllegalMove):
            operations.approve_payout(actor=shen, payout_id=large.id, now=NOW)

    def test_nobody_approves_their_own(self, six: SixPeople) -> None:
        make_identity(account=six.shen)
        make_bank_account(actor=person(six.shen.id), owner=f"account:{six.shen.id}")
        make_income(address=creator_address(six.shen.id), fen=5_000_000)
        mine = make_payout(actor=person(six.shen.id), party=f"creator:{six.shen.id}", fen=3_000_000)
        with refused(NotFound):
            operations.approve_payout(actor=person(six.shen.id), payout_id=mine.id, now=NOW)

    def test_a_refused_one_is_back_with_its_reason(self, six: SixPeople) -> None:
        shop, shen = make_ready_shop(six), person(six.shen.id)
        payout = make_payout(actor=person(six.tan.id), party=shop)
        with refused(InvalidInput):
            operations.refuse_payout(actor=shen, payout_id=payout.id, reason=" ", now=NOW)
        ended = operations.refuse_payout(actor=shen, payout_id=payout.id, reason="户名不符", now=NOW)
        assert (ended.state, ended.reason) == (PayoutState.REFUSED, "户名不符")
        assert (balance(shop_address(six.shop.id)), balance(PAYOUTS)) == (100_000, 0)
        assert list(audit_ledger()) == []

    def test_a_claw_back_after_the_request_stops_it(self, six: SixPeople) -> None:
        """Commission clawed back after payout never loses a fen: what has not left pays the debt first."""
        creator, mei, shen = make_ready_creator(six, fen=3_000_000), person(six.mei.id), person(six.shen.id)
        address = creator_address(six.mei.id)
        large = make_payout(actor=mei, party=creator, fen=3_000_000)
        post(
            key="c",
            kind="refund",
            subject="order:2",
            legs=[Leg(address, -40_000), Leg("channel:sandbox", 40_000)],
            now=NOW,
            from_reserve=True,
        )
        with refused(PayeeInDebt) as debt:
            operations.approve_payout(actor=shen, payout_id=large.id, now=NOW)
        assert debt.value.debt_fen == 40_000
        operations.refuse_payout(actor=shen, payout_id=large.id, reason="退款未结清", now=NOW)
        assert available(address) == 2_960_000

    def test_a_claw_back_after_approval_stops_it_at_the_batch(self, six: SixPeople) -> None:
        creator, mei, shen = make_ready_creator(six), person(six.mei.id), person(six.shen.id)
        address = creator_address(six.mei.id)
        payout = make_payout(actor=mei, party=creator, fen=100_000)
        post(
            key="c", kind="refund", subject="order:2", legs=[Leg(address, -1), Leg("channel:sandbox", 1)], now=NOW
        )
        assert operations.make_payout_batch(actor=shen, now=NOW) is None
        ended = get_payout(payout.id)
        assert (ended.state, ended.reason, available(address)) == (PayoutState.REFUSED, "debt", 99_999)
        with refused(NoPayoutsWaiting):
            operations.make_payout_batch(actor=shen, now=NOW)
        assert list(audit_ledger()) == []


class TestBankFiles:
    @pytest.fixture
    def batch(self, six: SixPeople) -> int:
        shop, creator = make_ready_shop(six), make_ready_creator(six)
        make_payout(actor=person(six.tan.id), party=shop, fen=12_345)
        make_payout(actor=person(six.mei.id), party=creator, fen=678)
        made = operations.make_payout_batch(actor=person(six.shen.id), now=NOW)
        assert made is not None
        assert (made.payouts, made.total_fen, made.open) == (2, 13_023, 2)
        return made.id

    def answer(self, six: SixPeople, batch: int, *lines: str, encoding: str = "utf-8") -> tuple[int, int]:
        """Give the bank's answer in lines after the header."""
        text = "\r\n".join(["number,amount,result,reason", *lines])
        return operations.apply_bank_file(
            actor=person(six.shen.id), batch_id=batch, content=text.encode(encoding), now=NOW
        )

    def test_the_file_for_the_bank_names_accounts_in_clear_and_the_look_is_logged(
        self, six: SixPeople, batch: int
    ) -> None:
        for name, actor in six.actors().items():
            if name != "shen":
                with refused(NotAllowed):
                    operations.make_bank_file(actor=actor, batch_id=batch, now=NOW)
        lines = operations.make_bank_file(actor=person(six.shen.id), batch_id=batch, now=NOW).decode("utf-8-sig")
        first, second = Payout.objects.order_by("id")
        assert lines.splitlines()[1:] == [
            f"{first.number},谭建国,6222021234567890128,中国工商银行,,123.45,CNY,laotie {first.number}",
            f"{second.number},谭建国,6222021234567890128,中国工商银行,,6.78,CNY,laotie {second.number}",
        ]
        assert PersonalAccess.objects.filter(subject=f"payout_batch:{batch}").count() == 1

    def test_paid_failed_and_returned(self, six: SixPeople, batch: int) -> None:
        first, second = Payout.objects.order_by("id")
        lines = (f"{first.number},123.45,paid,", f"{second.number},6.78,FAILED,账号不存在")
        assert self.answer(six, batch, *lines, encoding="gb18030") == (1, 1)
        assert (balance(BANK), balance(PAYOUTS)) == (12_345 - 50_000, 0)
        assert balance(creator_address(six.mei.id)) == 100_000
        assert get_payout(second.pk).reason == "账号不存在"
        assert self.answer(six, batch, *lines) == (1, 1)  # the same file again changes nothing
        operations.return_payout(actor=person(six.shen.id), payout_id=first.pk, reason="收款账户已销户", now=NOW)
        assert (balance(BANK), balance(shop_address(six.shop.id))) == (-50_000, 100_000)
        assert list(audit_ledger()) == []

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("{two},6.78,paid", "columns"),
            ("PO404,6.78,paid,", "unknown_number"),
            ("{one},123.45,paid,", "duplicate"),
            ("{two},6.79,paid,", "amount"),
            ("{two},=6.78,paid,", "amount"),
            ("{two},6.780001,paid,", "amount"),
            ("{two},NaN,paid,", "amount"),
            ("{two},6.78,maybe,", "result"),
            ("{two},6.78,failed,", "reason_missing"),
            ('{two},6.78,"paid', "unreadable"),
        ],
    )
    def test_one_wrong_line_refuses_the_whole_file(
        self, six: SixPeople, batch: int, line: str, problem: str
    ) -> None:
        first, second = Payout.objects.order_by("id")
        wrong = line.format(one=first.number, two=second.number)
        with refused(BankFileRefused) as refusal:
            self.answer(six, batch, f"{first.number},123.45,paid,", wrong)
        assert (refusal.value.row, refusal.value.problem) == (3, problem)
        assert [row.state for row in Payout.objects.all()] == ["sent", "sent"]
        assert balance(PAYOUTS) == 13_023

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "header"),
            (b"number;amount;result;reason\n", "header"),
            (b"number,amount,result,reason\n", "empty"),
            (b"number,amount,result,reason\n\xff\xff\xff", "unreadable"),
            (b"x" * 1_000_001, "too_large"),
            (b"number,amount,result,reason\n" + b",,,\n" * 502, "too_large"),
        ],
    )
    def test_files_that_are_none(self, six: SixPeople, batch: int, content: bytes, problem: str) -> None:
        with refused(BankFileRefused) as refusal:
            operations.apply_bank_file(actor=person(six.shen.id), batch_id=batch, content=content, now=NOW)
        assert refusal.value.problem == problem

    def test_an_answer_contradicting_an_earlier_one(self, six: SixPeople, batch: int) -> None:
        first = Payout.objects.order_by("id")[0]
        self.answer(six, batch, f"{first.number},123.45,paid,")
        with refused(BankFileRefused) as refusal:
            self.answer(six, batch, f"{first.number},123.45,failed,退票")
        assert refusal.value.problem == "state"
        assert get_payout(first.pk).state is PayoutState.PAID
