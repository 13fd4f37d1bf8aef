"""The pure decisions: precedence, caps, what a click is worth, and how a commission is divided (RULES 13.2)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laotie.alliance.contracts import FrozenTerms, PlanKind, PlanOption, Reason, Role
from laotie.alliance.policy import applies_to_trade, cut_to_caps, floor_of, judge_click
from laotie.alliance.queries import choose_plan, split_commission
from laotie.alliance.rules import COMMISSION_MAX_NORMAL
from laotie.alliance.states import EarningState
from laotie.alliance.tests.makers import make_terms
from laotie.core.rules import EPOCH, Rules

RULES = Rules("default", 0, EPOCH, {})
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LOWER_TO_HIGHER = [
    PlanKind.NORMAL,
    PlanKind.RECRUIT_NORMAL,
    PlanKind.SHOP_TARGETED,
    PlanKind.PRODUCT_TARGETED,
    PlanKind.EXCLUSIVE,
]


def amounts(terms: FrozenTerms, base_fen: int, receipt_number: int | None = None) -> dict[Role, int]:
    shares = split_commission(base_fen=base_fen, terms=terms, receipt_number=receipt_number)
    return {share.role: share.amount_fen for share in shares}


class TestChoosePlan:
    @pytest.mark.parametrize("lower", range(5))
    @pytest.mark.parametrize("higher", range(5))
    def test_takes_the_higher_level_whatever_the_rates(self, lower: int, higher: int) -> None:
        if lower >= higher:
            return
        poor = PlanOption(plan_id=2, kind=LOWER_TO_HIGHER[higher], rate_bp=100)
        rich = PlanOption(plan_id=1, kind=LOWER_TO_HIGHER[lower], rate_bp=5_000)
        assert choose_plan([rich, poor]) == choose_plan([poor, rich]) == poor

    def test_example_8_takes_the_higher_of_the_two_exclusive_ones(self) -> None:
        """RULES 13.2, example 8."""
        exclusive = PlanOption(plan_id=1, kind=PlanKind.EXCLUSIVE, rate_bp=1_500)
        recruiting = PlanOption(plan_id=2, kind=PlanKind.RECRUIT_EXCLUSIVE, rate_bp=1_800)
        targeted = PlanOption(plan_id=3, kind=PlanKind.PRODUCT_TARGETED, rate_bp=2_500)
        assert choose_plan([exclusive, recruiting, targeted]) == recruiting

    def test_takes_the_older_of_equals(self) -> None:
        older = PlanOption(plan_id=1, kind=PlanKind.EXCLUSIVE, rate_bp=1_500)
        newer = PlanOption(plan_id=2, kind=PlanKind.RECRUIT_EXCLUSIVE, rate_bp=1_500)
        assert choose_plan([newer, older]) == older

    def test_finds_nothing_among_nothing(self) -> None:
        assert choose_plan([]) is None


class TestCutToCaps:
    @pytest.mark.parametrize(
        ("kind", "cut_bp"),
        [
            (PlanKind.NORMAL, 5_000),
            (PlanKind.RECRUIT_NORMAL, 5_000),
            (PlanKind.PRODUCT_TARGETED, 9_000),
            (PlanKind.SHOP_TARGETED, 9_000),
            (PlanKind.EXCLUSIVE, 9_000),
            (PlanKind.RECRUIT_EXCLUSIVE, 9_000),
        ],
    )
    def test_cuts_each_kind_to_its_cap(self, kind: PlanKind, cut_bp: int) -> None:
        assert cut_to_caps(PlanOption(plan_id=1, kind=kind, rate_bp=9_500), RULES).rate_bp == cut_bp

    def test_cuts_the_step_too(self) -> None:
        option = PlanOption(1, PlanKind.NORMAL, 1_000, step_threshold=5, step_rate_bp=6_000)
        assert cut_to_caps(option, RULES).step_rate_bp == 5_000

    def test_lets_the_leader_give_way(self) -> None:
        option = PlanOption(1, PlanKind.RECRUIT_EXCLUSIVE, 8_900, leader_id=3, leader_rate_bp=500)
        assert cut_to_caps(option, RULES).leader_rate_bp == 100

    def test_follows_a_new_version_of_the_rules(self) -> None:
        lower = Rules("default", 1, EPOCH, {COMMISSION_MAX_NORMAL.key: 3_000})
        assert cut_to_caps(PlanOption(1, PlanKind.NORMAL, 4_000), lower).rate_bp == 3_000

    @pytest.mark.parametrize(
        ("trade", "least_bp"), [("general", 100), ("food", 100), ("jewellery", 500), ("medical", 500)]
    )
    def test_floor_of_knows_the_trades(self, trade: str, least_bp: int) -> None:
        assert floor_of(trade, RULES) == least_bp

    def test_a_shop_wide_plan_does_not_cover_trades_whose_floor_it_misses(self) -> None:
        plan = PlanOption(1, PlanKind.SHOP_TARGETED, 499)
        assert applies_to_trade(plan, "food", RULES)
        assert not applies_to_trade(plan, "jewellery", RULES)


class TestJudgeClick:
    @pytest.mark.parametrize(
        ("age", "reason"),
        [
            (timedelta(0), Reason.OK),
            (timedelta(days=7) - timedelta(microseconds=1), Reason.OK),
            (timedelta(days=7), Reason.CLICK_EXPIRED),
        ],
    )
    def test_the_window_is_half_open(self, age: timedelta, reason: Reason) -> None:
        found = judge_click(clicked_at=NOW - age, creator_id=7, is_own=False, buyer_id=1, at=NOW, rules=RULES)
        assert found is reason

    @pytest.mark.parametrize(
        ("creator_id", "is_own", "reason"),
        [(None, True, Reason.OWN_CLICK), (7, True, Reason.OWN_CLICK), (1, False, Reason.SELF_PURCHASE)],
    )
    def test_names_why_nobody_is_owed(self, creator_id: int | None, is_own: bool, reason: Reason) -> None:  # noqa: FBT001
        found = judge_click(clicked_at=NOW, creator_id=creator_id, is_own=is_own, buyer_id=1, at=NOW, rules=RULES)
        assert found is reason

    def test_without_a_click_nobody_is_owed(self) -> None:
        found = judge_click(clicked_at=None, creator_id=None, is_own=False, buyer_id=1, at=NOW, rules=RULES)
        assert found is Reason.NO_CLICK


class TestSplitCommission:
    def test_example_1(self) -> None:
        """RULES 13.2, example 1: commission 20 %, leader 2 %, platform 10 % of both."""
        terms = make_terms(leader_id=9, leader_rate_bp=200)
        shares = split_commission(base_fen=100_00, terms=terms, receipt_number=None)
        assert [(share.role, share.address, share.amount_fen) for share in shares] == [
            (Role.CREATOR, "creator:7:commission", 18_00),
            (Role.LEADER, "leader:9:fee", 1_80),
            (Role.PLATFORM_COMMISSION, "platform:commission", 2_20),
        ]

    def test_example_2_splits_the_base_without_freight(self) -> None:
        """RULES 13.2, example 2: 110.00 paid, 10.00 of it freight; the base stays 100.00."""
        terms = make_terms(leader_id=9, leader_rate_bp=200)
        shared = amounts(terms, 110_00 - 10_00)
        assert shared == {Role.CREATOR: 18_00, Role.LEADER: 1_80, Role.PLATFORM_COMMISSION: 2_20}
        assert 110_00 - 5_00 - sum(shared.values()) == 83_00  # the merchant, after the fee of 5 %

    def test_example_4_splits_a_reduced_base(self) -> None:
        """RULES 13.2, example 4: the shares of a base of 70.00."""
        terms = make_terms(leader_id=9, leader_rate_bp=200)
        assert amounts(terms, 70_00) == {
            Role.CREATOR: 12_60,
            Role.LEADER: 1_26,
            Role.PLATFORM_COMMISSION: 1_40 + 14,
        }

    @pytest.mark.parametrize(("number", "gross_fen"), [(None, 10_00), (1, 10_00), (500, 10_00), (501, 30_00)])
    def test_example_7(self, number: int | None, gross_fen: int) -> None:
        """RULES 13.2, example 7: 10 % up to order 500, 30 % from 501 on."""
        terms = make_terms(rate_bp=1_000, step_threshold=500, step_rate_bp=3_000)
        shared = amounts(terms, 100_00, number)
        assert shared[Role.CREATOR] + shared[Role.PLATFORM_COMMISSION] == gross_fen

    def test_gives_the_agency_its_share_of_what_the_platform_leaves(self) -> None:
        terms = make_terms(agency_id=4, agency_share_bp=3_000)
        assert amounts(terms, 100_00) == {
            Role.CREATOR: 12_60,
            Role.AGENCY: 5_40,
            Role.PLATFORM_COMMISSION: 2_00,
        }

    def test_leaves_out_shares_of_nothing(self) -> None:
        assert split_commission(base_fen=0, terms=make_terms(), receipt_number=None) == ()

    @given(
        base_fen=st.integers(0, 10**12),
        rate_bp=st.integers(1, 9_000),
        step=st.none() | st.tuples(st.integers(1, 1_000), st.integers(1, 9_000)),
        number=st.none() | st.integers(1, 2_000),
        leader_bp=st.integers(0, 1_000),
        agency_bp=st.integers(0, 10_000),
        platform_bp=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    )
    def test_shares_add_up_to_the_gross_and_never_exceed_the_base(
        self,
        base_fen: int,
        rate_bp: int,
        step: tuple[int, int] | None,
        number: int | None,
        leader_bp: int,
        agency_bp: int,
        platform_bp: tuple[int, int],
    ) -> None:
        terms = make_terms(
            rate_bp=rate_bp,
            step_threshold=step[0] if step else None,
            step_rate_bp=step[1] if step else None,
            leader_id=9,
            leader_rate_bp=leader_bp,
            agency_id=4,
            agency_share_bp=agency_bp,
            platform_commission_bp=platform_bp[0],
            platform_leader_bp=platform_bp[1],
        )
        shares = split_commission(base_fen=base_fen, terms=terms, receipt_number=number)
        gross_fen = base_fen * terms.rate_for(number) // 10_000 + base_fen * leader_bp // 10_000
        assert sum(share.amount_fen for share in shares) == gross_fen <= base_fen
        assert all(share.amount_fen > 0 for share in shares)
        assert len({share.role for share in shares}) == len(shares)


class TestFrozenTerms:
    def test_survive_their_keeping(self) -> None:
        terms = make_terms(step_threshold=500, step_rate_bp=3_000, agency_id=4, agency_share_bp=1_000)
        assert FrozenTerms.from_json(terms.to_json()) == terms


class TestWords:
    def test_carry_the_trades_own_numbers(self) -> None:
        assert [kind.official_number for kind in PlanKind] == [1, 2, 4, 5, 6, 7]
        assert [state.official_number for state in EarningState] == [30, 50, 60, 80]
