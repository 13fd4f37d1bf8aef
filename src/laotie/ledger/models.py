"""Tables of the ledger. Postings, legs and uses of holds are only ever added to; triggers of 0002 see to it."""

from django.db import models
from django.db.models import F, Q

from laotie.core.crypto import EncryptedTextField
from laotie.ledger.contracts import ADDRESS_LETTERS_MAX
from laotie.ledger.states import HoldState, PayoutState

KEY_LETTERS_MAX = 200
KIND_LETTERS_MAX = 60
SUBJECT_LETTERS_MAX = 120
MEMO_LETTERS_MAX = 300
CURRENCY_LETTERS_MAX = 12


class Account(models.Model):
    """The running balance of a tracked address in one currency; locked in order of its address."""

    address = models.CharField(max_length=ADDRESS_LETTERS_MAX)
    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    balance_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "currency"], name="ledger_account_address")]

    def __str__(self) -> str:
        return f"{self.address} {self.currency}"


class Posting(models.Model):
    """One movement of money between accounts. Never edited: a mistake is taken back by another posting."""

    key = models.CharField(max_length=KEY_LETTERS_MAX)
    input_hash = models.CharField(max_length=64)  # of everything but the time; see entries.py
    kind = models.CharField(max_length=KIND_LETTERS_MAX)
    subject = models.CharField(max_length=SUBJECT_LETTERS_MAX)  # an address of what it is about, as order:7
    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    memo = models.CharField(max_length=MEMO_LETTERS_MAX, blank=True)
    posted_at = models.DateTimeField()
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="ledger_posting_key")]
        indexes = [
            models.Index(fields=["subject"], opclasses=["varchar_pattern_ops"], name="ledger_posting_subject"),
            models.Index(fields=["reverses"], condition=Q(reverses__isnull=False), name="ledger_posting_reverses"),
        ]

    def __str__(self) -> str:
        return f"posting:{self.pk} {self.kind}"


class Leg(models.Model):
    """What a posting moves at one address; within an account, ids follow the order of the balances."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="legs", db_index=False)
    address = models.CharField(max_length=ADDRESS_LETTERS_MAX)
    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    amount_fen = models.BigIntegerField()
    balance_after_fen = models.BigIntegerField(null=True)  # null at untracked addresses

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "address"], name="ledger_leg_posting_address"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="ledger_leg_amount"),
        ]
        indexes = [
            models.Index(fields=["address", "currency", "id"], include=["amount_fen"], name="ledger_leg_statement")
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.amount_fen:+d}"


class Hold(models.Model):
    """Money at an address that may not leave yet. It says what is available, and moves nothing itself."""

    key = models.CharField(max_length=KEY_LETTERS_MAX)
    input_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=ADDRESS_LETTERS_MAX)
    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    amount_fen = models.BigIntegerField()
    remaining_fen = models.BigIntegerField()
    reason = models.CharField(max_length=KIND_LETTERS_MAX)
    state = models.CharField(max_length=10, default=str(HoldState.ACTIVE))
    placed_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=MEMO_LETTERS_MAX, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_hold_key"),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in HoldState]), name="ledger_hold_state"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_hold_amount"),
            models.CheckConstraint(
                condition=Q(remaining_fen__gte=0, remaining_fen__lte=F("amount_fen")), name="ledger_hold_remaining"
            ),
            models.CheckConstraint(
                condition=Q(state=str(HoldState.ACTIVE), ended_at__isnull=True)
                | (~Q(state=str(HoldState.ACTIVE)) & Q(ended_at__isnull=False)),
                name="ledger_hold_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["address", "currency", "id"],
                include=["remaining_fen"],
                condition=Q(state=str(HoldState.ACTIVE)),
                name="ledger_hold_active",
            ),
            models.Index(fields=["until"], condition=Q(state=str(HoldState.ACTIVE)), name="ledger_hold_until"),
            models.Index(fields=["address", "-id"], name="ledger_hold_address"),
        ]

    def __str__(self) -> str:
        return f"hold:{self.pk} {self.reason}"


class HoldUse(models.Model):
    """How much of a hold a claw-back took."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="uses")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "posting"], name="ledger_holduse_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_holduse_amount"),
        ]

    def __str__(self) -> str:
        return f"hold:{self.hold_id} {self.amount_fen}"


class PayoutBatch(models.Model):
    """Payouts handed to the bank together."""

    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"payout batch:{self.pk}"


class Payout(models.Model):
    """Money on its way from a balance to a bank account. Its postings have the subject `payout:ID`."""

    key = models.CharField(max_length=KEY_LETTERS_MAX)
    input_hash = models.CharField(max_length=64)
    number = models.CharField(max_length=30)  # what the bank sees and answers with
    address = models.CharField(max_length=ADDRESS_LETTERS_MAX)
    currency = models.CharField(max_length=CURRENCY_LETTERS_MAX)
    amount_fen = models.BigIntegerField()
    destination = EncryptedTextField()  # a Destination as JSON
    destination_masked = models.CharField(max_length=120)
    state = models.CharField(max_length=10, default=str(PayoutState.REQUESTED))
    reason = models.CharField(max_length=MEMO_LETTERS_MAX, blank=True)
    requested_by = models.CharField(max_length=100)
    requested_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    batch = models.ForeignKey(PayoutBatch, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_payout_key"),
            models.UniqueConstraint(fields=["number"], name="ledger_payout_number"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="ledger_payout_amount"),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in PayoutState]), name="ledger_payout_state"
            ),
            models.CheckConstraint(
                condition=Q(batch__isnull=False) | ~Q(state__in=["sent", "paid", "failed", "returned"]),
                name="ledger_payout_batched",
            ),
        ]
        indexes = [
            models.Index(fields=["address", "-id"], name="ledger_payout_address"),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["requested", "approved", "sent"]),
                name="ledger_payout_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"payout:{self.pk} {self.state}"


class PayoutMove(models.Model):
    """One move of a payout's life: when, who and why. Only ever added to."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="moves")
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10)
    actor = models.CharField(max_length=100)
    reason = models.CharField(max_length=MEMO_LETTERS_MAX, blank=True)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"payout {self.payout_id}: {self.old} → {self.new}"
