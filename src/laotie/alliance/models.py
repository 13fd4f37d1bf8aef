"""Tables of the alliance: plans and their steps, showcases, clicks, the order of receipt, earnings.

The vocabulary (kinds, states, roles) is in `contracts` and `states`.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from laotie.alliance.contracts import ClickStanding, EarningReason, PlanKind, Role
from laotie.alliance.states import EarningState, PlanState
from laotie.core.money import BP_WHOLE


def _one_of(field: str, words: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [word.value for word in words]}), name=name)


class Plan(models.Model):
    """A commission plan. Rates never change: a new rate is a new plan."""

    shop = models.ForeignKey("people.Shop", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", null=True)
    rate_bp = models.IntegerField()
    leader = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+", null=True)
    leader_rate_bp = models.IntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=PlanState.OPEN.value)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=100)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=100, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            _one_of("kind", PlanKind, "plan_kind"),
            _one_of("state", PlanState, "plan_state"),
            models.CheckConstraint(
                condition=Q(rate_bp__gt=0, leader_rate_bp__gte=0) & Q(rate_bp__lte=BP_WHOLE - F("leader_rate_bp")),
                name="plan_rates",
            ),
            models.CheckConstraint(
                condition=Q(kind="shop_targeted", product=None)
                | ~Q(kind="shop_targeted") & Q(product__isnull=False),
                name="plan_product",
            ),
            models.CheckConstraint(
                condition=Q(kind__startswith="recruit_", leader__isnull=False)
                | ~Q(kind__startswith="recruit_") & Q(leader=None, leader_rate_bp=0),
                name="plan_leader",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="plan_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | Q(state="closed", closed_at__isnull=False),
                name="plan_closed_at",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="plan_open_ends_at", condition=Q(state="open")),
            models.Index(fields=["shop"], name="plan_shop_wide", condition=Q(product=None)),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} ({self.kind})"


class PlanCreator(models.Model):
    """A creator named by a targeted or exclusive plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="named")
    creator = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "creator"], name="plan_creator")]

    def __str__(self) -> str:
        return f"{self.plan_id}: creator {self.creator_id}"


class Step(models.Model):
    """Step commission on a normal plan; never edited, only dropped."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="steps")
    threshold = models.IntegerField()
    rate_bp = models.IntegerField()
    is_for_everyone = models.BooleanField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=100)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(dropped_at=None), name="step_one_per_plan"),
            models.CheckConstraint(
                condition=Q(threshold__gt=0, rate_bp__gt=0, rate_bp__lte=BP_WHOLE), name="step_numbers"
            ),
        ]

    def __str__(self) -> str:
        return f"step of plan {self.plan_id} after {self.threshold}"


class StepCreator(models.Model):
    """A creator selected for a step."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="selected")
    creator = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "creator"], name="step_creator")]

    def __str__(self) -> str:
        return f"{self.step_id}: creator {self.creator_id}"


class ReceiptCounter(models.Model):
    """How many received lines a creator has under a plan; its row is the lock of the numbering."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "creator"], name="receipt_counter"),
            models.CheckConstraint(condition=Q(last_number__gte=0), name="receipt_counter_number"),
        ]

    def __str__(self) -> str:
        return f"plan {self.plan_id}, creator {self.creator_id}: {self.last_number}"


class Receipt(models.Model):
    """A received line's place in order of receipt. Kept through refunds, never renumbered."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    order_line_id = models.BigIntegerField(unique=True)
    number = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "creator", "number"], name="receipt_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="receipt_number_positive"),
        ]

    def __str__(self) -> str:
        return f"line {self.order_line_id} is number {self.number}"


class Listing(models.Model):
    """A product as the selection needs it: on sale or not, and its trade. Kept up to date by catalog's events."""

    product_id = models.BigIntegerField(primary_key=True)
    shop_id = models.BigIntegerField()
    trade = models.CharField(max_length=20)
    is_on_sale = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["product_id"], name="listing_on_sale", condition=Q(is_on_sale=True))]

    def __str__(self) -> str:
        return f"product {self.product_id}"


class ShowcaseEntry(models.Model):
    """A product in a creator's showcase (橱窗); a smaller position is further up."""

    creator = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["creator", "product"], name="showcase_creator_product")]
        indexes = [models.Index(fields=["creator", "position", "id"], name="showcase_order")]

    def __str__(self) -> str:
        return f"creator {self.creator_id}: product {self.product_id}"


class Click(models.Model):
    """Somebody came to a product page through an entrance: the evidence of attribution. Only ever added to.

    A visitor's clicks get their viewer at login. The visitor's key is a secret of the browser, so only its keyed
    hash is here.
    """

    viewer = models.ForeignKey(
        "people.Account", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    visitor_hash = models.CharField(max_length=64)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    shop = models.ForeignKey("people.Shop", on_delete=models.PROTECT, related_name="+", db_index=False)
    creator = models.ForeignKey(
        "people.Account", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    entrance = models.CharField(max_length=100)  # an opaque address, as showcase:7 or content:session:42@1830s
    standing = models.CharField(max_length=10)
    clicked_at = models.DateTimeField()

    class Meta:
        constraints = [
            _one_of("standing", ClickStanding, "click_standing"),
            models.CheckConstraint(
                condition=Q(creator__isnull=False) | Q(standing="own"), name="click_without_creator_is_own"
            ),
        ]
        indexes = [
            models.Index(fields=["viewer", "product", "-clicked_at", "-id"], name="click_last"),
            models.Index(fields=["visitor_hash"], name="click_of_visitor", condition=Q(viewer=None)),
        ]

    def __str__(self) -> str:
        return f"click {self.pk} on product {self.product_id}"


class Earning(models.Model):
    """The CPS order record (RULES 2.4): one party's part of one order line, as the order's events tell it."""

    role = models.CharField(max_length=20)
    party_id = models.BigIntegerField()  # an account (creator, leader) or an agency
    order_id = models.BigIntegerField()
    order_line_id = models.BigIntegerField()
    product_id = models.BigIntegerField()
    shop_id = models.BigIntegerField()
    plan_id = models.BigIntegerField()
    base_fen = models.BigIntegerField()
    rate_bp = models.IntegerField()
    receipt_number = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10)
    estimated_fen = models.BigIntegerField()
    settled_fen = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=40)
    paid_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_line_id", "role"], name="earning_line_role"),
            _one_of("role", Role, "earning_role"),
            _one_of("state", EarningState, "earning_state"),
            _one_of("reason", EarningReason, "earning_reason"),
            models.CheckConstraint(
                condition=Q(base_fen__gte=0, rate_bp__gte=0, estimated_fen__gte=0, settled_fen__gte=0),
                name="earning_amounts",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "received"], settled_fen=0)
                | Q(state="settled", estimated_fen=0)
                | Q(state="void", estimated_fen=0, settled_fen=0),
                name="earning_amount_fits_state",
            ),
        ]
        indexes = [
            models.Index(fields=["role", "party_id", "-paid_at", "-id"], name="earning_party"),
            models.Index(fields=["order_id"], name="earning_order"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.party_id} on line {self.order_line_id}"


class EarningMove(models.Model):
    """A change of an earning: when, by what, and what it was worth afterwards. Only ever added to."""

    earning = models.ForeignKey(Earning, on_delete=models.PROTECT, related_name="moves")
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10)
    base_fen = models.BigIntegerField()
    estimated_fen = models.BigIntegerField()
    settled_fen = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [_one_of("new", EarningState, "earning_move_state")]

    def __str__(self) -> str:
        return f"earning {self.earning_id}: {self.old} → {self.new}"
