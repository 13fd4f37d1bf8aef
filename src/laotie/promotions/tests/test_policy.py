"""The arithmetic of coupons: nothing lost, nothing below a fen, one coupon a giver."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laotie.promotions.contracts import CouponTerms, LineForCoupons, Payer, Saving
from laotie.promotions.errors import CouponNotFitting, CouponsDoNotStack
from laotie.promotions.policy import apply_coupons, apply_or_none, choose_best, total_saved
from laotie.promotions.tests.makers import terms


def line(
    goods_fen: int, *, shop_id: int = 1, product_id: int = 1, creator_id: int | None = None
) -> LineForCoupons:
    return LineForCoupons(shop_id, product_id, goods_fen, "CNY", creator_id)


class TestApplyCoupons:
    def test_takes_off_in_proportion_and_loses_nothing(self) -> None:
        savings = apply_coupons(lines=[line(20_00), line(10_00)], coupons={1: terms(amount_fen=10_00)})
        assert savings == ((Saving("shop", "shop_coupon", 6_67),), (Saving("shop", "shop_coupon", 3_33),))

    def test_counts_only_what_the_coupon_is_for(self) -> None:
        lines = [line(60_00, product_id=1), line(60_00, product_id=2), line(60_00, shop_id=2, product_id=3)]
        savings = apply_coupons(lines=lines, coupons={1: terms(threshold_fen=50_00, product_ids={2})})
        assert savings == ((), (Saving("shop", "shop_coupon", 10_00),), ())

    def test_each_looks_at_what_the_ones_before_left(self) -> None:
        lines = [line(100_00, creator_id=7)]
        coupons = {
            1: terms(payer=Payer.PLATFORM, threshold_fen=80_00, amount_fen=8_00),
            2: terms(payer=Payer.CREATOR, giver=7, amount_fen=5_00),
            3: terms(payer=Payer.SHOP, threshold_fen=100_00, amount_fen=15_00),
        }
        (saved,) = apply_coupons(lines=lines, coupons=coupons)
        assert saved == (
            Saving("shop", "shop_coupon", 15_00),
            Saving("creator:7", "creator_red_packet", 5_00),
            Saving("platform", "platform_coupon", 8_00),
        )
        with pytest.raises(CouponNotFitting) as refusal:
            apply_coupons(lines=lines, coupons={**coupons, 1: terms(payer=Payer.PLATFORM, threshold_fen=80_01)})
        assert refusal.value.data() == {"claim_id": 1, "missing_fen": 1}

    def test_refuses_two_of_one_giver(self) -> None:
        with pytest.raises(CouponsDoNotStack) as refusal:
            apply_coupons(lines=[line(100_00)], coupons={1: terms(), 2: terms()})
        assert refusal.value.claim_id == 2

    def test_gives_a_creators_red_packet_only_to_their_visitors(self) -> None:
        packet = {1: terms(payer=Payer.CREATOR, giver=7)}
        assert apply_or_none([line(100_00, creator_id=8)], packet) == ()
        assert total_saved(apply_or_none([line(100_00, creator_id=7)], packet)) == 10_00

    @given(
        goods=st.lists(st.integers(1, 10_000), min_size=1, max_size=8),
        amount_fen=st.integers(1, 100_000),
        payer=st.sampled_from(Payer),
    )
    def test_leaves_a_fen_on_every_line(self, goods: list[int], amount_fen: int, payer: Payer) -> None:
        lines = [line(fen, creator_id=1) for fen in goods]
        savings = apply_or_none(lines, {1: terms(payer=payer, amount_fen=amount_fen)})
        if savings:
            assert total_saved(savings) == min(amount_fen, sum(goods) - len(goods))
            assert all(
                fen - sum(one.amount_fen for one in saved) >= 1 for fen, saved in zip(goods, savings, strict=True)
            )
        else:
            assert sum(goods) < len(goods) + 1


class TestChooseBest:
    def test_takes_the_best_of_every_giver(self) -> None:
        coupons: dict[int, CouponTerms] = {
            1: terms(threshold_fen=50_00, amount_fen=5_00),
            2: terms(threshold_fen=90_00, amount_fen=12_00),
            3: terms(threshold_fen=500_00, amount_fen=100_00),
            4: terms(payer=Payer.PLATFORM, threshold_fen=80_00, amount_fen=8_00),
            5: terms(giver=2, amount_fen=3_00),
        }
        assert choose_best(lines=[line(100_00)], coupons=coupons) == (2, 4)

    def test_is_nothing_where_nothing_fits(self) -> None:
        assert choose_best(lines=[line(10_00)], coupons={1: terms(threshold_fen=50_00)}) == ()
