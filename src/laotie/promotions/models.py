"""Tables of promotions: coupons as offered, and each person's own."""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from laotie.core.money import FEN_MAX
from laotie.promotions.states import Audience, ClaimState, CouponState, Payer


def _known(field: str, values: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [value.value for value in values]}), name=name)


class Coupon(models.Model):
    """So much off from so much on, given out so many times, paid by one party. Its terms never change.

    Its row is the lock of those who take one, so that no more are given out than there are.
    """

    payer = models.CharField(max_length=10)
    shop = models.ForeignKey("people.Shop", models.PROTECT, null=True, related_name="+")  # the payer, or none
    creator = models.ForeignKey(
        "people.Account", models.PROTECT, null=True, related_name="+"
    )  # the payer, or none
    title = models.CharField(max_length=40)
    threshold_fen = models.BigIntegerField()  # 0: from the first fen on (a red packet)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    audience = models.CharField(max_length=10)
    total_most = models.IntegerField()
    claimed = models.IntegerField(default=0)
    per_person_most = models.SmallIntegerField()
    claim_from = models.DateTimeField()
    claim_until = models.DateTimeField()
    use_until = models.DateTimeField()
    use_days = models.SmallIntegerField(null=True)  # days after taking it, never beyond use_until
    state = models.CharField(max_length=10, default=CouponState.OPEN)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            _known("payer", Payer, "coupon_payer"),
            _known("audience", Audience, "coupon_audience"),
            _known("state", CouponState, "coupon_state"),
            models.CheckConstraint(
                condition=Q(payer=Payer.SHOP, shop__isnull=False, creator=None)
                | Q(payer=Payer.CREATOR, creator__isnull=False, shop=None)
                | Q(payer=Payer.PLATFORM, shop=None, creator=None),
                name="coupon_giver",
            ),
            models.CheckConstraint(condition=Q(amount_fen__range=(1, FEN_MAX)), name="coupon_amount"),
            models.CheckConstraint(
                condition=Q(threshold_fen=0) | Q(threshold_fen__gte=F("amount_fen")), name="coupon_threshold"
            ),
            models.CheckConstraint(condition=Q(claimed__range=(0, F("total_most"))), name="coupon_claimed"),
            models.CheckConstraint(condition=Q(per_person_most__gte=1), name="coupon_per_person"),
            models.CheckConstraint(
                condition=Q(claim_until__gt=F("claim_from"), use_until__gte=F("claim_until")), name="coupon_times"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-id"], name="coupon_shop"),
            models.Index(fields=["creator", "-id"], name="coupon_creator"),
        ]

    def __str__(self) -> str:
        return f"coupon:{self.pk} {self.title}"


class CouponProduct(models.Model):
    """A product a coupon is good for; a coupon without any is good for all its giver's goods."""

    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="products")
    product_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["coupon", "product_id"], name="coupon_product")]

    def __str__(self) -> str:
        return f"coupon:{self.coupon_id} product:{self.product_id}"


class Claim(models.Model):
    """A coupon somebody has taken. `used_for` is the opaque address of what it was spent on."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="claims")
    account = models.ForeignKey("people.Account", models.PROTECT, related_name="+", db_index=False)
    number = models.SmallIntegerField()  # the person's first, second … of this coupon
    state = models.CharField(max_length=10, default=ClaimState.HELD)
    claimed_at = models.DateTimeField()
    usable_until = models.DateTimeField()
    used_for = models.CharField(max_length=60, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            _known("state", ClaimState, "claim_state"),
            models.UniqueConstraint(fields=["coupon", "account", "number"], name="claim_number"),
            models.CheckConstraint(
                condition=Q(state=ClaimState.HELD, used_for="", used_at=None)
                | (Q(state=ClaimState.USED, used_at__isnull=False) & ~Q(used_for="")),
                name="claim_use",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state", "-id"], name="claim_account"),
            models.Index(fields=["used_for"], condition=~Q(used_for=""), name="claim_used_for"),
        ]

    def __str__(self) -> str:
        return f"claim:{self.pk}"
