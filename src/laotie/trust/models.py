"""Tables of trust: what deposit a shop owes and gets back, whose payouts are frozen. The money is in the ledger."""

from django.db import models
from django.db.models import Q

from laotie.trust.states import ReturnState

REASON_LETTERS_MAX = 300


class DepositDemand(models.Model):
    """An operator's decision how much deposit a shop keeps; the newest counts, without one the rules'."""

    shop = models.ForeignKey("people.Shop", models.PROTECT, related_name="+", db_index=False)
    required_fen = models.BigIntegerField()
    reason = models.CharField(max_length=REASON_LETTERS_MAX)
    set_by = models.CharField(max_length=100)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(required_fen__gte=0), name="deposit_demand_amount")]
        indexes = [models.Index(fields=["shop", "-id"], name="deposit_demand_shop")]

    def __str__(self) -> str:
        return f"deposit of shop {self.shop_id}: {self.required_fen}"


class DepositReturn(models.Model):
    """A closing shop's deposit on its way back."""

    shop = models.ForeignKey("people.Shop", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, default=ReturnState.NOTICE)
    asked_by = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    amount_fen = models.BigIntegerField(null=True)  # what was returned
    reason = models.CharField(max_length=REASON_LETTERS_MAX, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ReturnState]), name="deposit_return_state"
            ),
            models.UniqueConstraint(
                fields=["shop"], condition=Q(state=ReturnState.NOTICE.value), name="deposit_return_once"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-id"], name="deposit_return_shop"),
            models.Index(
                fields=["due_at"], condition=Q(state=ReturnState.NOTICE.value), name="deposit_return_due"
            ),
        ]

    def __str__(self) -> str:
        return f"deposit return of shop {self.shop_id}: {self.state}"


class Freeze(models.Model):
    """Nothing leaves a party's balance until it is lifted. `party` as shop:3, creator:7."""

    party = models.CharField(max_length=40)
    reason = models.CharField(max_length=REASON_LETTERS_MAX)
    set_by = models.CharField(max_length=100)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=100, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(lifted_at__isnull=True), name="freeze_once")
        ]

    def __str__(self) -> str:
        return f"freeze of {self.party}"
