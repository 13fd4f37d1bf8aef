"""Money as integer fen (1/100 of the currency's unit), and arithmetic that never loses one.

Floats never touch money. Rates are basis points (1 bp = 0.01 %).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

BP_WHOLE = 10_000
FEN_MAX = 2**53 - 1  # fits BIGINT and every JSON reader


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency; amounts of different currencies do not mix."""

    fen: int
    currency: str = "CNY"

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.fen + other.fen, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.fen - other.fen, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.fen, self.currency)

    def __str__(self) -> str:
        return f"{format_fen(self.fen)} {self.currency}"

    def split(self, weights: tuple[int, ...]) -> tuple["Money", ...]:
        """Divide by weight without losing a fen; the largest remainders take the odd ones."""
        return tuple(Money(share, self.currency) for share in split_fen(self.fen, weights))

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up.")


def split_fen(fen: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Divide fen by weight without losing one; equal weights of zero divide evenly.

    Raises: ValueError for no weights or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("A split needs weights, none of them negative.")
    if not any(weights):
        weights = (1,) * len(weights)
    whole = sum(weights)
    shares = [divmod(fen * weight, whole) for weight in weights]
    odd = fen - sum(share for share, _ in shares)
    lucky = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))[:odd]
    return tuple(share + (i in lucky) for i, (share, _) in enumerate(shares))


def share_bp(fen: int, rate_bp: int) -> int:
    """Return `rate_bp` of a non-negative amount, rounded down to the fen (RULES 11.5)."""
    assert fen >= 0
    return fen * rate_bp // BP_WHOLE


def parse_fen(text: str) -> int:
    """Read a decimal amount such as "12.30" as fen.

    Raises: ValueError for more than two decimals or anything not a number.
    """
    try:
        amount = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text!r} is no amount.") from None
    fen = amount * 100
    if not amount.is_finite() or fen != fen.to_integral_value() or abs(fen) > FEN_MAX:
        raise ValueError(f"{text!r} is no amount in whole fen.")
    return int(fen)


def format_fen(fen: int) -> str:
    """Write fen as a decimal amount with two places: 1234 → "12.34"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def plain_yuan(fen: int) -> str:
    """Return fen as programs and number fields take it: 123456 → "1234.56"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02}"
