"""How an order's money divides. Pure arithmetic on integer fen: no database, no clock (RULES 2.7, 11.5).

The commission base of a line is what the buyer pays plus what others fund, without freight. Every share but the
shop's is rounded down; the shop has the remainder, so nothing is lost. A refund shrinks the base and the shares
follow: after any row of refunds the shares are those of the base that remains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from laotie.core.money import share_bp
from laotie.orders.contracts import LineSettlement, Share

FEE_ADDRESS = "platform:fee"
MARKETING_ADDRESS = "platform:marketing"


@dataclass(frozen=True, slots=True)
class Funding:
    """A discount on the line that somebody other than the shop pays."""

    address: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineMoney:
    """A line's money: what was paid, what was refunded of it, and the discounts others fund."""

    paid_fen: int
    refunded_fen: int = 0
    fundings: tuple[Funding, ...] = ()

    @property
    def kept_fen(self) -> int:
        """What the buyer has paid and not got back."""
        return self.paid_fen - self.refunded_fen

    @property
    def kept_fundings(self) -> tuple[Funding, ...]:
        """The fundings in proportion to what is kept, rounded down."""
        if self.refunded_fen == 0:
            return self.fundings
        return tuple(
            Funding(entry.address, entry.amount_fen * self.kept_fen // self.paid_fen) for entry in self.fundings
        )

    @property
    def base_fen(self) -> int:
        """The commission base (结算基数): kept plus funded, without freight."""
        return self.kept_fen + sum(entry.amount_fen for entry in self.kept_fundings)


def divide_line(
    *, money: LineMoney, commissions: Sequence[Share], fee_fen: int, shop_address: str
) -> tuple[Share, ...]:
    """Return every party's share of a line; together they make what the buyer paid and kept.

    `commissions` are the shares of creator, agency, leader and platform on `money.base_fen`.
    """
    fundings = [Share("funding", entry.address, -entry.amount_fen) for entry in money.kept_fundings]
    others = [*commissions, Share("platform_fee", FEE_ADDRESS, fee_fen), *fundings]
    shop_fen = money.kept_fen - sum(share.amount_fen for share in others)
    return tuple(share for share in (*others, Share("shop", shop_address, shop_fen)) if share.amount_fen)


def shrink_line(*, settled: LineSettlement, money: LineMoney) -> tuple[Share, ...]:
    """Return the shares of a settled line for the base that refunds have left of it.

    Each leg shrinks in proportion, rounded down; fundings follow the buyer's kept part; the shop has the remainder.
    """
    base_fen = money.base_fen
    assert base_fen <= settled.base_fen
    shrunk = [
        Share(share.role, share.address, share.amount_fen * base_fen // settled.base_fen)
        for share in settled.shares
        if share.role not in {"shop", "funding"}
    ]
    shrunk += [Share("funding", entry.address, -entry.amount_fen) for entry in money.kept_fundings]
    shop_address = next((share.address for share in settled.shares if share.role == "shop"), "")
    shop_fen = money.kept_fen - sum(share.amount_fen for share in shrunk)
    return tuple(share for share in (*shrunk, Share("shop", shop_address, shop_fen)) if share.amount_fen)


def newcomer_part(*, base_fen: int, counted_fen: int, limit_fen: int) -> int:
    """Return how much of a base still falls under the newcomer's limit (RULES 7.3)."""
    return max(0, min(base_fen, limit_fen - counted_fen))


def service_fee(*, base_fen: int, rate_bp: int, newcomer_fen: int = 0, newcomer_bp: int = 0) -> int:
    """Return the technical service fee; the order that crosses the newcomer's limit pays both rates in part."""
    return share_bp(newcomer_fen, min(newcomer_bp, rate_bp)) + share_bp(base_fen - newcomer_fen, rate_bp)


def refund_fen_of_units(*, paid_fen: int, quantity: int, returned: int, units: int) -> int:
    """Return the money for `units` more of a line, so that returning all of them gives back exactly all of it."""
    assert 0 <= returned <= returned + units <= quantity
    return paid_fen * (returned + units) // quantity - paid_fen * returned // quantity


def fill(amounts: Sequence[int], available_fen: int) -> tuple[int, ...]:
    """Give each amount in turn as much as there is left; for paying orders in parts and refunding payments."""
    given: list[int] = []
    for amount in amounts:
        part = min(amount, available_fen)
        given.append(part)
        available_fen -= part
    return tuple(given)


def sum_by_address(shares: Sequence[Share]) -> dict[str, int]:
    """Add up shares per ledger address."""
    totals: dict[str, int] = {}
    for share in shares:
        totals[share.address] = totals.get(share.address, 0) + share.amount_fen
    return totals
