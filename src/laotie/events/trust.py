"""What trust tells the others: deposits that changed, money that is asked for."""

from dataclasses import dataclass

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class DepositChanged(Event):
    """A shop's deposit, or what it must keep, has changed."""

    name = "trust.deposit_changed.v1"
    shop_id: int
    held_fen: int
    required_fen: int


@dataclass(frozen=True, slots=True)
class PayoutRequested(Event):
    """A party (`shop:3`, `creator:7`) asks for money to be paid to its bank account."""

    name = "trust.payout_requested.v1"
    payout_id: int
    party: str
    amount_fen: int
