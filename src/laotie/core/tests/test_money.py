"""Money: nothing is lost, whatever is divided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laotie.core.money import Money, format_fen, parse_fen, share_bp, split_fen

amounts = st.integers(-(10**15), 10**15)


class TestSplit:
    @given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
    def test_loses_nothing(self, fen: int, weights: list[int]) -> None:
        assert sum(split_fen(fen, tuple(weights))) == fen

    @given(st.integers(0, 10**12), st.lists(st.integers(1, 10**4), min_size=1, max_size=20))
    def test_gives_each_its_share_to_the_fen(self, fen: int, weights: list[int]) -> None:
        whole = sum(weights)
        for share, weight in zip(split_fen(fen, tuple(weights)), weights, strict=True):
            assert fen * weight // whole <= share <= fen * weight // whole + 1

    def test_gives_the_odd_fen_to_the_largest_remainder(self) -> None:
        assert split_fen(100, (1, 1, 1)) == (34, 33, 33)
        assert split_fen(5, (3, 7)) == (2, 3)

    def test_refuses_negative_weights(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            split_fen(100, (1, -1))


class TestMoney:
    def test_refuses_to_mix_currencies(self) -> None:
        with pytest.raises(ValueError, match="CNY and BRL"):
            Money(1) + Money(1, "BRL")

    def test_adds_subtracts_and_splits(self) -> None:
        assert Money(300) - Money(100) + Money(5) == Money(205)
        assert Money(100).split((1, 2)) == (Money(33), Money(67))


class TestShare:
    def test_rounds_down(self) -> None:
        assert share_bp(99, 500) == 4

    @given(st.integers(0, 10**15), st.integers(0, 10_000))
    def test_never_exceeds_the_whole(self, fen: int, rate_bp: int) -> None:
        assert 0 <= share_bp(fen, rate_bp) <= fen


class TestText:
    @given(amounts)
    def test_reads_what_it_wrote(self, fen: int) -> None:
        assert parse_fen(format_fen(fen).replace(",", "")) == fen

    @pytest.mark.parametrize("text", ["1.234", "", "abc", "NaN", "Infinity", "1e400", "99999999999999999"])
    def test_refuses_what_is_no_amount(self, text: str) -> None:
        with pytest.raises(ValueError, match="amount"):
            parse_fen(text)
