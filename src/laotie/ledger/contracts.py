"""What crosses the ledger's border: frozen values, and how its addresses are written.

An address is text such as `shop:42:payable`. An amount of +x at an address means that the platform owes that party
x more. Money held outside sits at `channel:<name>`, whose balance is therefore negative.
"""

from dataclasses import dataclass
from datetime import date, datetime

from laotie.ledger.states import PayoutState as PayoutState  # noqa: PLC0414 - part of the border

ADDRESS_LETTERS_MAX = 120
ESCROW_SHARDS = 16
RESERVE = "reserve"  # the reason of holds that a claw-back takes from first
REVERSAL = "reversal"  # the kind of a posting that takes back another one whole
PAYOUTS = "platform:payouts"  # money that has left a balance and not yet the platform
BANK = "channel:bank"  # the platform's own bank account

# No balance row is kept for these: payments by the hundred would queue up at one row. They are summed when asked.
UNTRACKED_PREFIXES = ("platform:", "channel:")


def is_tracked(address: str) -> bool:
    """Say whether an address has a row with its running balance."""
    return not address.startswith(UNTRACKED_PREFIXES)


def escrow_address(number: int) -> str:
    """Return the part of the escrow account that holds the money of the order of this number."""
    return f"platform:escrow:{number % ESCROW_SHARDS}"


def shop_address(shop_id: int) -> str:
    """Return where a shop's income is."""
    return f"shop:{shop_id}:payable"


def creator_address(creator_id: int) -> str:
    """Return where a creator's commission is; creators are known by account."""
    return f"creator:{creator_id}:commission"


def agency_address(agency_id: int) -> str:
    """Return where an agency's part of its creators' commission is."""
    return f"agency:{agency_id}:commission"


def leader_address(leader_id: int) -> str:
    """Return where a leader's service fee is; leaders are known by account."""
    return f"leader:{leader_id}:fee"


def buyer_address(buyer_id: int) -> str:
    """Return where a buyer's compensations are; buyers are known by account."""
    return f"buyer:{buyer_id}:wallet"


def deposit_address(shop_id: int) -> str:
    """Return where a shop's deposit (保证金) is."""
    return f"shop:{shop_id}:deposit"


@dataclass(frozen=True, slots=True)
class Leg:
    """An amount at an address; the legs of a posting add up to zero."""

    address: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class NewPosting:
    """One of many postings to be made together. Legs at the same address are added up."""

    key: str
    kind: str
    subject: str
    legs: tuple[Leg, ...]
    posted_at: datetime
    currency: str = "CNY"
    memo: str = ""


@dataclass(frozen=True, slots=True)
class NewHold:
    """An amount to keep at a tracked address until a moment."""

    key: str
    address: str
    amount_fen: int
    reason: str
    until: datetime
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class PostingView:
    """A posting as it stands for ever."""

    id: int
    key: str
    kind: str
    subject: str
    currency: str
    legs: tuple[Leg, ...]
    posted_at: datetime
    reverses_id: int | None
    memo: str


@dataclass(frozen=True, slots=True)
class HoldView:
    """Money that is owed but not yet available; `remaining_fen` is what claw-backs have left of it."""

    id: int
    address: str
    currency: str
    amount_fen: int
    remaining_fen: int
    reason: str
    state: str
    placed_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed to an address, and how much of it may leave now."""

    address: str
    currency: str
    balance_fen: int
    held_fen: int

    @property
    def available_fen(self) -> int:
        """What is neither held nor owed back."""
        return max(0, self.balance_fen - self.held_fen)

    @property
    def debt_fen(self) -> int:
        """What the party owes the platform; future income is netted against it."""
        return max(0, -self.balance_fen)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a party's statement, with the balance after it."""

    posting_id: int
    kind: str
    subject: str
    memo: str
    amount_fen: int
    balance_after_fen: int
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement at an address, as a month's statement lists it."""

    posting_id: int
    kind: str
    subject: str
    memo: str
    amount_fen: int
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class MonthSum:
    """A month at an address: what came in, what went out, and the balance at its end."""

    month: date
    income_fen: int
    outgo_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class Destination:
    """The bank account a payout goes to, as it was when it was requested."""

    holder: str
    number: str
    bank: str
    branch: str = ""


@dataclass(frozen=True, slots=True)
class PayoutView:
    """Money on its way out of the market. The destination is personal: `masked` is for everybody's eyes."""

    id: int
    number: str
    address: str
    amount_fen: int
    currency: str
    state: PayoutState
    destination_masked: str
    requested_at: datetime
    moved_at: datetime
    requested_by: str
    reason: str
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """Payouts handed to the bank together in one file."""

    id: int
    made_at: datetime
    made_by: str
    payouts: int
    total_fen: int
    currency: str
    open: int  # so many still wait for the bank's answer


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What the bank's file says of one payout."""

    number: str
    is_paid: bool
    reason: str = ""
