"""Tables of after-sale: cases, disputes with their evidence, charge-backs, where shops want goods sent back."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from laotie.core.crypto import EncryptedTextField
from laotie.orders.models.trade import Order, OrderLine, Payment, Refund
from laotie.orders.states import OPEN_CASES, AfterSaleKind, AfterSaleState, DisputeState, Side


def _known(field: str, values: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [value.value for value in values]}), name=name)


class AfterSale(models.Model):
    """A buyer's wish about a line they bought (售后): money, goods against goods, or a repair.

    `act_by` is when the side whose turn it is has to have acted; what silence means is in operations.case_deadlines.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="cases")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=15)
    state = models.CharField(max_length=10, default=AfterSaleState.REQUESTED)
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    quantity = models.IntegerField()
    reason = models.CharField(max_length=200)
    answer = models.CharField(max_length=200, blank=True)  # the shop's words when it refused
    refusals = models.SmallIntegerField(default=0)
    exchange_sku_id = models.BigIntegerField(null=True)
    reservation_id = models.BigIntegerField(null=True)  # units set aside to be sent for it
    return_carrier = models.CharField(max_length=40, blank=True)
    return_tracking_number = EncryptedTextField(blank=True)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    act_by = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            _known("kind", AfterSaleKind, "after_sale_kind"),
            _known("state", AfterSaleState, "after_sale_state"),
            models.CheckConstraint(
                condition=Q(goods_fen__gte=0, freight_fen__gte=0, quantity__gte=0), name="after_sale_amounts"
            ),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(state__in=[state.value for state in OPEN_CASES]),
                name="after_sale_one_open_per_line",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "-id"], name="after_sale_line"),
            models.Index(
                fields=["act_by"],
                condition=Q(act_by__isnull=False, state__in=[state.value for state in OPEN_CASES]),
                name="after_sale_act_by",
            ),
        ]

    def __str__(self) -> str:
        return f"after-sale:{self.pk} {self.kind} {self.state}"


class ReturnAddress(models.Model):
    """Where a shop wants goods sent back to."""

    shop = models.OneToOneField("people.Shop", primary_key=True, on_delete=models.PROTECT, related_name="+")
    recipient = EncryptedTextField()
    phone = EncryptedTextField()
    region = models.CharField(max_length=100)
    street = EncryptedTextField()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"return address of shop {self.shop_id}"


class Dispute(models.Model):
    """The platform is asked (平台介入): evidence from both sides, a ruling, one appeal (RULES 8.8)."""

    case = models.OneToOneField(AfterSale, on_delete=models.PROTECT, related_name="dispute")
    state = models.CharField(max_length=10, default=DisputeState.EVIDENCE)
    opened_at = models.DateTimeField()
    evidence_by = models.DateTimeField()
    decide_by = models.DateTimeField()
    winner = models.CharField(max_length=10, blank=True)
    ruling = models.CharField(max_length=500, blank=True)
    ruled_by = models.CharField(max_length=100, blank=True)
    ruled_at = models.DateTimeField(null=True)
    appeal_by = models.DateTimeField(null=True)
    appealed_at = models.DateTimeField(null=True)
    final_winner = models.CharField(max_length=10, blank=True)
    final_ruling = models.CharField(max_length=500, blank=True)
    final_by = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            _known("state", DisputeState, "dispute_state"),
            models.CheckConstraint(
                condition=Q(winner__in=["", *(side.value for side in Side)])
                & Q(final_winner__in=["", *(side.value for side in Side)]),
                name="dispute_winner",
            ),
        ]
        indexes = [models.Index(fields=["state", "decide_by"], name="dispute_state_decide_by")]

    def __str__(self) -> str:
        return f"dispute:{self.pk} {self.state}"


class Evidence(models.Model):
    """What one side shows: words, and a picture if there is one (re-encoded, without what cameras write into it)."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="evidence")
    side = models.CharField(max_length=10)
    author = models.CharField(max_length=100)
    words = models.CharField(max_length=500, blank=True)
    picture = EncryptedTextField(blank=True)  # WebP in base64
    shown_at = models.DateTimeField()

    class Meta:
        constraints = [_known("side", Side, "evidence_side")]

    def __str__(self) -> str:
        return f"evidence:{self.pk} of {self.side}"


class ChargeBack(models.Model):
    """Money a payment channel took back by itself; `lost_fen` of it had been refunded before or had no order left."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="charge_backs")
    channel_ref = models.CharField(max_length=100)
    amount_fen = models.BigIntegerField()
    lost_fen = models.BigIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "channel_ref"], name="charge_back_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, lost_fen__gte=0, lost_fen__lte=models.F("amount_fen")),
                name="charge_back_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"charge-back:{self.pk}"
