"""What the trust API takes and gives."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from laotie.core.money import FEN_MAX
from laotie.ledger.contracts import BatchView, PayoutView
from laotie.trust.contracts import DepositView, PayoutDesk

Amount = Annotated[int, Field(ge=1, le=FEN_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class Input(Schema):
    """A request body: a field it does not know is a mistake, named in the answer."""

    model_config = ConfigDict(extra="forbid")


class AmountIn(Input):
    """An amount."""

    amount_fen: Amount


class PayoutReasonIn(Input):
    """Why something is done."""

    reason: Reason


class DepositReceiptIn(AmountIn):
    """A deposit that arrived at the platform's bank account."""

    reference: Reason


class DemandIn(PayoutReasonIn):
    """How much deposit a shop keeps, and why."""

    required_fen: Annotated[int, Field(ge=0, le=FEN_MAX)]


class AnswerIn(Input):
    """The bank's file."""

    content: Annotated[str, Field(max_length=1_000_000)]


class PayoutOut(Schema):
    """Money on its way out."""

    id: int
    number: str
    address: str
    amount_fen: int
    currency: str
    state: str
    destination_masked: str
    requested_at: datetime
    moved_at: datetime
    reason: str
    batch_id: int | None

    @classmethod
    def of(cls, view: PayoutView) -> "PayoutOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class BatchOut(Schema):
    """Payouts handed to the bank together."""

    id: int
    made_at: datetime
    payouts: int
    total_fen: int
    currency: str
    open: int

    @classmethod
    def of(cls, view: BatchView) -> "BatchOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class NewBatchOut(Schema):
    """The batch made, or none where every payout waiting was put back because of a debt."""

    batch: BatchOut | None


class AppliedOut(Schema):
    """What the bank's file said."""

    paid: int
    failed: int


class DepositOut(Schema):
    """A shop's deposit."""

    shop_id: int
    held_fen: int
    required_fen: int
    missing_fen: int
    reason: str
    return_state: str | None
    return_due_at: datetime | None
    return_reason: str

    @classmethod
    def of(cls, view: DepositView) -> "DepositOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class PayoutDeskOut(Schema):
    """What decides whether a party can be paid out now."""

    party: str
    available_fen: int
    debts_fen: int
    payable_fen: int
    left_today: int
    left_today_fen: int
    is_identity_verified: bool
    bank_account_masked: str
    bank_account_usable_from: datetime | None
    deposit: DepositOut | None
    frozen_because: str

    @classmethod
    def of(cls, desk: PayoutDesk) -> "PayoutDeskOut":
        """Return the view as sent."""
        account = desk.bank_account
        return cls(
            party=desk.party.name,
            available_fen=desk.balance.available_fen,
            debts_fen=desk.debts_fen,
            payable_fen=desk.payable_fen,
            left_today=desk.left_today,
            left_today_fen=desk.left_today_fen,
            is_identity_verified=desk.identity is not None,
            bank_account_masked=f"{account.bank} {account.number_masked}" if account else "",
            bank_account_usable_from=account.usable_from if account else None,
            deposit=DepositOut.of(desk.deposit) if desk.deposit else None,
            frozen_because=desk.frozen_because,
        )
