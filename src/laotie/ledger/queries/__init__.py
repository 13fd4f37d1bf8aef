"""What can be asked of the ledger, one file per subject; this is the door other modules use."""

from laotie.ledger.audit import audit_ledger
from laotie.ledger.queries.books import (
    get_balance,
    get_balances,
    get_posting,
    list_holds,
    list_postings,
    list_statement,
    stream_movements,
    subject_balances,
    sum_by_kind,
    sum_by_month,
    sum_by_subject,
)
from laotie.ledger.queries.payouts import (
    count_payouts,
    find_payout,
    get_batch,
    get_payout,
    list_batch_payouts,
    list_batches,
    list_payouts,
    list_payouts_to_do,
)

__all__ = [
    "audit_ledger",
    "count_payouts",
    "find_payout",
    "get_balance",
    "get_balances",
    "get_batch",
    "get_payout",
    "get_posting",
    "list_batch_payouts",
    "list_batches",
    "list_holds",
    "list_payouts",
    "list_payouts_to_do",
    "list_postings",
    "list_statement",
    "stream_movements",
    "subject_balances",
    "sum_by_kind",
    "sum_by_month",
    "sum_by_subject",
]
