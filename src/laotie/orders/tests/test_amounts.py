"""How money divides: whatever the rates and refunds, nothing is lost and nothing is left (RULES 11.5)."""

from hypothesis import given
from hypothesis import strategies as st

from laotie.core.money import share_bp
from laotie.orders.amounts import (
    Funding,
    LineMoney,
    divide_line,
    fill,
    newcomer_part,
    refund_fen_of_units,
    service_fee,
    shrink_line,
    sum_by_address,
)
from laotie.orders.contracts import LineSettlement, Share

SHOP = "shop:1:payable"
CREATOR = "creator:7:commission"

paid = st.integers(1, 10**9)


def settled(money: LineMoney, *, rate_bp: int, fee_bp: int) -> LineSettlement:
    """Divide a line as settlement does."""
    base_fen = money.base_fen
    shares = divide_line(
        money=money,
        commissions=[Share("creator", CREATOR, share_bp(base_fen, rate_bp))],
        fee_fen=service_fee(base_fen=base_fen, rate_bp=fee_bp),
        shop_address=SHOP,
    )
    return LineSettlement(base_fen, 0, shares)


class TestDivideLine:
    @given(paid, st.integers(0, 9_000), st.integers(0, 1_000), st.integers(0, 10**6))
    def test_gives_the_parties_what_the_buyer_kept_paid(
        self, fen: int, rate_bp: int, fee_bp: int, funded_fen: int
    ) -> None:
        money = LineMoney(fen, fundings=(Funding(CREATOR, funded_fen),))
        shares = settled(money, rate_bp=rate_bp, fee_bp=fee_bp).shares
        assert sum(share.amount_fen for share in shares) == fen

    def test_takes_a_funded_discount_from_its_payer(self) -> None:
        money = LineMoney(95_00, fundings=(Funding(CREATOR, 5_00),))
        assert money.base_fen == 100_00
        assert sum_by_address(settled(money, rate_bp=2_000, fee_bp=500).shares) == {
            CREATOR: 15_00,
            "platform:fee": 5_00,
            SHOP: 75_00,
        }


class TestShrinkLine:
    @given(paid, st.integers(0, 9_000), st.integers(0, 1_000), st.integers(0, 10**6), st.data())
    def test_any_row_of_refunds_is_the_same_as_one(
        self, fen: int, rate_bp: int, fee_bp: int, funded_fen: int, data: st.DataObject
    ) -> None:
        fundings = (Funding("platform:marketing", funded_fen),)
        first = settled(LineMoney(fen, fundings=fundings), rate_bp=rate_bp, fee_bp=fee_bp)
        refunded = data.draw(st.integers(0, fen))
        shares = shrink_line(settled=first, money=LineMoney(fen, refunded, fundings))
        assert sum(share.amount_fen for share in shares) == fen - refunded
        for share in shares:
            if share.role in {"creator", "platform_fee"}:
                assert share.amount_fen >= 0

    @given(paid, st.integers(0, 9_000), st.integers(0, 1_000), st.integers(0, 10**6))
    def test_a_full_refund_leaves_nobody_anything(
        self, fen: int, rate_bp: int, fee_bp: int, funded_fen: int
    ) -> None:
        fundings = (Funding(CREATOR, funded_fen),)
        first = settled(LineMoney(fen, fundings=fundings), rate_bp=rate_bp, fee_bp=fee_bp)
        assert shrink_line(settled=first, money=LineMoney(fen, fen, fundings)) == ()


class TestServiceFee:
    def test_example_6_splits_the_order_that_crosses_the_limit(self) -> None:
        newcomer_fen = newcomer_part(base_fen=100_00, counted_fen=999_950_00, limit_fen=1_000_000_00)
        assert newcomer_fen == 50_00
        assert service_fee(base_fen=100_00, rate_bp=500, newcomer_fen=newcomer_fen, newcomer_bp=100) == 3_00

    def test_a_newcomer_never_pays_more_than_the_ordinary_rate(self) -> None:
        assert service_fee(base_fen=100_00, rate_bp=60, newcomer_fen=100_00, newcomer_bp=100) == 60

    def test_beyond_the_limit_nothing_is_left_of_it(self) -> None:
        assert newcomer_part(base_fen=100_00, counted_fen=1_000_001_00, limit_fen=1_000_000_00) == 0


class TestRefundOfUnits:
    @given(paid, st.integers(1, 50), st.data())
    def test_returning_all_units_gives_back_all(self, fen: int, quantity: int, data: st.DataObject) -> None:
        returned = total = 0
        while returned < quantity:
            units = data.draw(st.integers(1, quantity - returned))
            total += refund_fen_of_units(paid_fen=fen, quantity=quantity, returned=returned, units=units)
            returned += units
        assert total == fen


class TestFill:
    @given(st.lists(st.integers(0, 10**6), max_size=20), st.integers(0, 10**7))
    def test_gives_in_turn_and_never_more_than_there_is(self, amounts: list[int], available: int) -> None:
        given_parts = fill(amounts, available)
        assert sum(given_parts) == min(available, sum(amounts))
        assert all(part <= amount for part, amount in zip(given_parts, amounts, strict=True))
