"""What can be done in trust, one file per subject; this is the door other modules use."""

from laotie.trust.operations.bank_files import apply_bank_file, make_bank_file
from laotie.trust.operations.deposits import (
    ask_deposit_return,
    demand_deposit,
    end_deposit_return,
    record_deposit,
    top_up_deposit,
    withdraw_deposit_return,
)
from laotie.trust.operations.payouts import (
    approve_payout,
    cancel_payout,
    freeze_payouts,
    lift_freeze,
    make_payout_batch,
    refuse_payout,
    request_payout,
    return_payout,
)

__all__ = [
    "apply_bank_file",
    "approve_payout",
    "ask_deposit_return",
    "cancel_payout",
    "demand_deposit",
    "end_deposit_return",
    "freeze_payouts",
    "lift_freeze",
    "make_bank_file",
    "make_payout_batch",
    "record_deposit",
    "refuse_payout",
    "request_payout",
    "return_payout",
    "top_up_deposit",
    "withdraw_deposit_return",
]
