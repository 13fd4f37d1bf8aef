"""What other modules see of trust: frozen values."""

from dataclasses import dataclass
from datetime import datetime

from laotie.ledger.contracts import Balance
from laotie.people.contracts import BankAccountView, IdentityCheckView, IdentityView
from laotie.trust.states import PartyKind as PartyKind  # noqa: PLC0414 - part of the border
from laotie.trust.states import ReturnState as ReturnState  # noqa: PLC0414 - part of the border


@dataclass(frozen=True, slots=True)
class Party:
    """Who is paid out: where the money lies, whose it is, and whose bank account it goes to."""

    name: str  # shop:3, creator:7, leader:7, buyer:7, agency:2
    kind: PartyKind
    number: int
    address: str  # in the ledger
    account_id: int  # the person behind it
    owner: str  # of the bank account: shop:3, account:7, agency:2


@dataclass(frozen=True, slots=True)
class DepositView:
    """A shop's deposit: what it keeps, what it must keep, and whether it is on its way back."""

    shop_id: int
    held_fen: int
    required_fen: int
    reason: str  # why it differs from the rules', if it does
    return_state: ReturnState | None
    return_due_at: datetime | None
    return_reason: str = ""  # why it was kept, as a code

    @property
    def missing_fen(self) -> int:
        """What has to be topped up; nothing once the shop was given its deposit back."""
        return 0 if self.return_state is ReturnState.RETURNED else max(0, self.required_fen - self.held_fen)


@dataclass(frozen=True, slots=True)
class PayoutDesk:
    """All that decides whether a party can be paid out now, for the page where it asks."""

    party: Party
    balance: Balance
    debts_fen: int  # of the same person's other balances, netted with the next payout
    identity: IdentityView | None
    check: IdentityCheckView | None
    bank_account: BankAccountView | None
    deposit: DepositView | None
    frozen_because: str
    left_today: int
    left_today_fen: int

    @property
    def payable_fen(self) -> int:
        """What could be asked for now, by amount alone."""
        return max(0, min(self.balance.available_fen - self.debts_fen, self.left_today_fen))
