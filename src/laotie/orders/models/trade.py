"""Tables of orders: cart, checkout, order and its lines, payments, parcels, refunds, settlement, review facts.

Commission terms are frozen on the line when it is placed and never looked up again.
"""

from django.db import models
from django.db.models import F, Q

from laotie.core.crypto import EncryptedTextField
from laotie.orders.states import OrderState, PaymentState, RefundState, ScanKind


def _one_of(states: type[OrderState] | type[PaymentState] | type[RefundState]) -> Q:
    return Q(state__in=[state.value for state in states])


class CartItem(models.Model):
    """A SKU a person means to buy, in the channel whose price they saw."""

    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=40)
    quantity = models.IntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "sku", "channel"], name="cart_account_sku_channel"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × sku:{self.sku_id}"


class Checkout(models.Model):
    """What a buyer pays at once: one order per shop."""

    buyer = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    payable_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    pay_until = models.DateTimeField()
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(payable_fen__gte=0), name="checkout_payable")]

    def __str__(self) -> str:
        return f"checkout:{self.pk}"


class Order(models.Model):
    """One shop's part of a checkout, from placing to the last fen."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="+")
    # Shop and buyer are the first columns of indexes below; every index is written with every order.
    shop = models.ForeignKey("people.Shop", on_delete=models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, default=OrderState.PLACED)
    rules_version = models.CharField(max_length=50)
    external_ref = models.CharField(max_length=80, null=True, unique=True)  # an imported order's own number
    placed_from = models.CharField(max_length=100, blank=True)  # opaque address of the scene (DESIGN 2)
    address = EncryptedTextField(blank=True)  # as it was when placing; JSON
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    discount_fen = models.BigIntegerField(default=0)
    payable_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)  # goods and freight, agreed or done
    freight_refunded_fen = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    close_reason = models.CharField(max_length=40, blank=True)
    placed_at = models.DateTimeField()
    pay_until = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    shipped_at = models.DateTimeField(null=True)
    receive_by = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    late_fen = models.BigIntegerField(db_default=0)  # paid to the buyer because the shop shipped late (RULES 11.2)
    settle_days = models.IntegerField(default=0)  # decided when the order is paid (RULES 11.4)
    settle_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_one_of(OrderState), name="order_state"),
            models.CheckConstraint(
                condition=Q(payable_fen=F("goods_fen") - F("discount_fen") + F("freight_fen"))
                & Q(payable_fen__gte=0),
                name="order_payable",
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=0) & Q(paid_fen__lte=F("payable_fen")), name="order_paid"
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("paid_fen")), name="order_refunded"
            ),
            models.CheckConstraint(
                condition=Q(freight_refunded_fen__gte=0) & Q(freight_refunded_fen__lte=F("freight_fen")),
                name="order_freight_refunded",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-placed_at", "-id"], name="order_buyer"),
            models.Index(fields=["shop", "-placed_at", "-id"], name="order_shop"),
            models.Index(fields=["pay_until"], condition=Q(state="placed"), name="order_pay_until"),
            models.Index(fields=["ship_by"], condition=Q(state="paid", late_fen=0), name="order_ship_by"),
            models.Index(fields=["receive_by"], condition=Q(state="shipped"), name="order_receive_by"),
            models.Index(fields=["settle_at"], condition=Q(state="received"), name="order_settle_at"),
        ]

    def __str__(self) -> str:
        return f"order:{self.pk}"


class OrderLine(models.Model):
    """A SKU bought: what it was then, what it cost, who shares in it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, related_name="+")
    product_id = models.BigIntegerField()
    reservation_id = models.BigIntegerField()
    channel = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    sku_name = models.CharField(max_length=200, blank=True)
    picture_url = models.CharField(max_length=500, blank=True)
    trade = models.CharField(max_length=20)
    quantity = models.IntegerField()
    price_fen = models.BigIntegerField()
    goods_fen = models.BigIntegerField()
    shop_discount_fen = models.BigIntegerField(default=0)
    funded_fen = models.BigIntegerField(default=0)  # discounts that a creator or the platform pays
    paid_fen = models.BigIntegerField()  # what the buyer pays for these goods, without freight
    refunded_fen = models.BigIntegerField(default=0)
    returned_quantity = models.IntegerField(default=0)
    creator_id = models.BigIntegerField(null=True)  # also inside the terms; here to be asked for
    terms = models.JSONField(null=True)  # alliance.contracts.FrozenTerms
    attribution = models.CharField(max_length=20)  # why there are terms or none (alliance.contracts.Reason)
    receipt_number = models.BigIntegerField(null=True)
    settlement = models.JSONField(null=True)  # contracts.LineSettlement: what was divided at settlement

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity"),
            models.CheckConstraint(condition=Q(goods_fen=F("price_fen") * F("quantity")), name="order_line_goods"),
            models.CheckConstraint(
                condition=Q(
                    paid_fen=F("goods_fen") - F("shop_discount_fen") - F("funded_fen"),
                    paid_fen__gte=0,
                ),
                name="order_line_paid",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("paid_fen")), name="order_line_refunded"
            ),
            models.CheckConstraint(
                condition=Q(returned_quantity__gte=0) & Q(returned_quantity__lte=F("quantity")),
                name="order_line_returned",
            ),
        ]
        indexes = [models.Index(fields=["creator_id", "-id"], name="order_line_creator")]

    def __str__(self) -> str:
        return f"line:{self.pk}"


class LineDiscount(models.Model):
    """A discount on a line and who pays it (RULES 11.1); promotions decide, orders account."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="discounts")
    payer = models.CharField(max_length=40)  # shop, creator:7, platform
    kind = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="line_discount_amount")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen} by {self.payer}"


class OrderMove(models.Model):
    """When, who and why an order, one of its refunds or of its after-sale cases moved. Only ever added to."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="moves")
    refund_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10)
    actor = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, blank=True)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"order:{self.order_id} {self.old} → {self.new}"


class Payment(models.Model):
    """Money asked for through a payment channel; a checkout may be paid in several parts."""

    checkout = models.ForeignKey(Checkout, on_delete=models.PROTECT, related_name="payments")
    number = models.CharField(max_length=40, unique=True)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default=PaymentState.WAITING)
    amount_fen = models.BigIntegerField()
    refunded_fen = models.BigIntegerField(default=0)
    surplus_fen = models.BigIntegerField(default=0)  # of it no order needed this; refunded at once
    currency = models.CharField(max_length=3)
    channel_ref = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_one_of(PaymentState), name="payment_state"),
            models.CheckConstraint(
                condition=Q(surplus_fen__gte=0)
                & Q(refunded_fen__gte=F("surplus_fen"))
                & Q(amount_fen__gte=F("refunded_fen")),
                name="payment_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"payment:{self.number}"


class PaymentNotice(models.Model):
    """A verified callback, kept as evidence; the same notice twice is one row."""

    channel = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=100)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="notices")
    outcome = models.CharField(max_length=10)
    amount_fen = models.BigIntegerField()
    effect = models.CharField(max_length=20)  # paid, failed, repeated, late, ignored
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "notice_id"], name="notice_channel_id")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.notice_id}"


class Receipt(models.Model):
    """Money that came in without an order it could belong to; it is refunded (an imported market has some)."""

    external_ref = models.CharField(max_length=80, unique=True)
    reason = models.CharField(max_length=60)
    detail = models.TextField(blank=True)
    amount_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_at = models.DateTimeField()
    refunded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"receipt:{self.pk}"


class Parcel(models.Model):
    """A parcel handed to a carrier."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcels")
    carrier = models.CharField(max_length=40)
    tracking_number = EncryptedTextField()
    tracking_hash = models.CharField(max_length=64, blank=True)  # by it a number is found
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    case_id = models.BigIntegerField(null=True)  # the after-sale case it was sent for, to the buyer
    state = models.CharField(max_length=12, blank=True)  # a ScanKind; empty until the carrier has spoken
    state_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["", *(kind.value for kind in ScanKind)]), name="parcel_state"
            )
        ]
        indexes = [models.Index(fields=["tracking_hash"], name="parcel_tracking_hash")]

    def __str__(self) -> str:
        return f"parcel:{self.pk} by {self.carrier}"


class ParcelScan(models.Model):
    """A carrier's word about a parcel; the same word twice is one row."""

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="scans", db_index=False)
    scan_id = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    place = models.CharField(max_length=100, blank=True)
    scanned_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parcel", "scan_id"], name="parcel_scan_once")]

    def __str__(self) -> str:
        return f"scan of parcel {self.parcel_id}: {self.kind}"


class Refund(models.Model):
    """Money of one line (and freight with it) on its way back to the buyer; why is told by its after-sale case."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, default=RefundState.AGREED)
    goods_fen = models.BigIntegerField()
    freight_fen = models.BigIntegerField()
    quantity = models.IntegerField()  # units that come back with it
    shop_fen = models.BigIntegerField(default=0)  # what of it the shop bears; the rest is others' shares
    reason = models.CharField(max_length=200)
    is_after_settlement = models.BooleanField(default=False)
    agreed_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_one_of(RefundState), name="refund_state"),
            models.CheckConstraint(
                condition=Q(goods_fen__gte=0) & Q(freight_fen__gte=0) & Q(quantity__gte=0), name="refund_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"refund:{self.pk}"


class RefundPart(models.Model):
    """The part of a refund that one payment gives back through its channel; a payment's surplus has no refund."""

    refund = models.ForeignKey(Refund, null=True, on_delete=models.PROTECT, related_name="parts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    channel_ref = models.CharField(max_length=100, blank=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True)  # after a refusal by the channel
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_part_amount")]
        indexes = [models.Index(fields=["id"], condition=Q(done_at=None), name="refund_part_open")]

    def __str__(self) -> str:
        return f"refund:{self.refund_id or '-'} part {self.pk}"


class NewcomerTurnover(models.Model):
    """How much settled turnover of a person's shops has had the newcomer's fee: one benefit a person (RULES 7.3)."""

    owner = models.OneToOneField("people.Account", primary_key=True, on_delete=models.PROTECT, related_name="+")
    counted_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(counted_fen__gte=0), name="newcomer_counted")]

    def __str__(self) -> str:
        return f"account:{self.owner_id} {self.counted_fen}"


class ReviewFact(models.Model):
    """A review as a fact: stars and words about an order, as they came."""

    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    external_ref = models.CharField(max_length=120, null=True, unique=True)
    stars = models.SmallIntegerField()
    title = models.TextField(blank=True)
    words = models.TextField(blank=True)
    written_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(stars__gte=1) & Q(stars__lte=5), name="review_stars")]

    def __str__(self) -> str:
        return f"{self.stars} stars"
