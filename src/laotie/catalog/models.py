"""Tables of the catalog: what is sold, at which price, and how much there is of it.

An offer's price is never edited, so the offers are the price history.
"""

from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from laotie.catalog.states import SIGNED_KINDS, MovementKind, ProductState, ReservationState, Trade
from laotie.core.money import FEN_MAX

QUANTITY_MAX = 10_000_000  # of one request; keeps every sum far inside BIGINT


def _known(field: str, values: type[StrEnum], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [value.value for value in values]}), name=name)


class Category(models.Model):
    """A node of the tree: three levels, products hang on the third."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    level = models.SmallIntegerField()
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    trade = models.CharField(max_length=10, default=Trade.GENERAL)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="category_level"),
            models.CheckConstraint(
                condition=Q(level=1, parent=None) | Q(level__gt=1, parent__gt=0), name="category_parent"
            ),
            _known("trade", Trade, "category_trade"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a shop sells; the SKUs are what a buyer can choose of it."""

    shop = models.ForeignKey("people.Shop", models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    brand = models.ForeignKey("people.Brand", models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=dict)
    freight_fen = models.BigIntegerField(default=0)  # a shop order pays the largest among its products
    state = models.CharField(max_length=10, default=ProductState.DRAFT)
    sold_count = models.BigIntegerField(default=0)  # units ever paid for; refunds do not lower it
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            _known("state", ProductState, "product_state"),
            models.CheckConstraint(condition=Q(freight_fen__range=(0, FEN_MAX)), name="product_freight"),
            models.CheckConstraint(condition=Q(sold_count__gte=0), name="product_sold_count"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="product_newest", condition=Q(state="on_sale")),
            models.Index(fields=["-sold_count", "-id"], name="product_best_sold", condition=Q(state="on_sale")),
            models.Index(fields=["shop", "-created_at", "-id"], name="product_of_shop"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductMove(models.Model):
    """One move of a product's lifecycle: when, who, why. Only ever added to."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    old = models.CharField(max_length=10)
    new = models.CharField(max_length=10)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            _known("new", ProductState, "product_move_new"),
            _known("old", ProductState, "product_move_old"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.old} → {self.new}"


class Picture(models.Model):
    """A picture of a product; the first one stands on its card."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="pictures")
    position = models.SmallIntegerField()
    url = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "position"], name="picture_position")]

    def __str__(self) -> str:
        return self.url


class Sku(models.Model):
    """One thing that can be bought of a product."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="skus")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    attributes = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "code"], name="sku_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StockPool(models.Model):
    """The stock of a SKU for one channel. Its row is the lock of those who look at all its buckets."""

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="pools")
    channel = models.CharField(max_length=40)
    spread = models.SmallIntegerField(default=1)  # arriving units go to this many of the buckets

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sku", "channel"], name="pool_sku_channel"),
            models.CheckConstraint(condition=Q(spread__gt=0), name="pool_spread"),
        ]

    def __str__(self) -> str:
        return f"SKU {self.sku_id} ({self.channel})"


class StockBucket(models.Model):
    """A share of a pool's stock; several of them let several buyers reserve at once.

    None of the counters is indexed and the rows leave room on their page, so that PostgreSQL updates them in place
    (fillfactor is set in migration 0002).
    """

    pool = models.ForeignKey(StockPool, models.PROTECT, related_name="buckets")
    no = models.SmallIntegerField()
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    sold = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "no"], name="bucket_no"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="bucket_on_hand"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="bucket_reserved"),
            models.CheckConstraint(condition=Q(sold__gte=0), name="bucket_sold"),
            models.CheckConstraint(condition=Q(returned__gte=0, returned__lte=F("sold")), name="bucket_returned"),
        ]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.no}"


class Reservation(models.Model):
    """Units set aside for somebody, from one bucket, until they are confirmed, released or expire."""

    bucket = models.ForeignKey(StockBucket, models.PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    returned = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=100)  # whose, as order:17
    state = models.CharField(max_length=10, default=ReservationState.HELD)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            _known("state", ReservationState, "reservation_state"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity"),
            models.CheckConstraint(condition=Q(returned__range=(0, F("quantity"))), name="reservation_returned"),
            models.CheckConstraint(
                condition=Q(returned=0) | Q(state=ReservationState.CONFIRMED), name="reservation_returned_state"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="reservation_due", condition=Q(state="held"))]

    def __str__(self) -> str:
        return f"{self.reference}: {self.quantity} ({self.state})"


class Movement(models.Model):
    """One change of a bucket, never edited (a trigger refuses it). The buckets are the sum of these rows."""

    bucket = models.ForeignKey(StockBucket, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    quantity = models.BigIntegerField()  # signed only for the kinds adjusted and moved
    reservation = models.ForeignKey(Reservation, models.PROTECT, null=True, related_name="+", db_index=False)
    reference = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100, blank=True)  # empty: the owner of the reservation's reference
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            _known("kind", MovementKind, "movement_kind"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | (Q(kind__in=[kind.value for kind in SIGNED_KINDS]) & ~Q(quantity=0)),
                name="movement_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"


class Offer(models.Model):
    """A SKU's price in a channel for a time. Of several valid ones the one that began last applies.

    Only its end may be brought forward (a trigger refuses all else): the offers are the price history.
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="offers")
    pool = models.ForeignKey(StockPool, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=40)
    price_fen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    limit_per_order = models.IntegerField(null=True)
    limit_per_person = models.IntegerField(null=True)  # while this offer is in force
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    actor = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(price_fen__range=(1, FEN_MAX)), name="offer_price"),
            models.CheckConstraint(
                condition=Q(limit_per_order=None) | Q(limit_per_order__gt=0), name="offer_limit_per_order"
            ),
            models.CheckConstraint(
                condition=Q(limit_per_person=None) | Q(limit_per_person__gt=0), name="offer_limit_per_person"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="offer_validity"
            ),
        ]
        indexes = [models.Index(fields=["sku", "channel", "-valid_from", "-id"], name="offer_in_force")]

    def __str__(self) -> str:
        return f"SKU {self.sku_id} ({self.channel}): {self.price_fen} fen"
