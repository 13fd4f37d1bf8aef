"""What can be done in the ledger, one file per subject; this is the door other modules use."""

from laotie.ledger.operations.payouts import (
    approve_payout,
    cancel_payout,
    end_payout,
    make_payout_batch,
    refuse_payout,
    request_payout,
    return_payout,
)
from laotie.ledger.operations.postings import (
    ask_posting,
    place_hold,
    place_holds,
    post,
    post_many,
    release_due_holds,
    release_hold,
    reserve_of,
    reverse_posting,
)

__all__ = [
    "approve_payout",
    "ask_posting",
    "cancel_payout",
    "end_payout",
    "make_payout_batch",
    "place_hold",
    "place_holds",
    "post",
    "post_many",
    "refuse_payout",
    "release_due_holds",
    "release_hold",
    "request_payout",
    "reserve_of",
    "return_payout",
    "reverse_posting",
]
