"""The catalog in the admin: to be read. Whoever wants to change it does so by an operation."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from laotie.catalog.models import (
    Category,
    Movement,
    Offer,
    Product,
    ProductMove,
    Reservation,
    Sku,
    StockBucket,
)


class ReadOnly(ModelAdmin):  # type: ignore[misc] # unfold is untyped
    """Takes the right to add, change and delete from everyone."""

    show_full_result_count = False
    ordering: tuple[str, ...] = ("-id",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds a row here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody changes a row here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody deletes a row here."""
        return False


@admin.register(Category)
class CategoryAdmin(ReadOnly):
    """The category tree."""

    list_display = ("code", "name", "name_en", "level", "parent_id", "trade")
    search_fields = ("code", "name")
    ordering = ("level", "id")


@admin.register(Product)
class ProductAdmin(ReadOnly):
    """Products."""

    list_display = ("id", "title", "shop_id", "category_id", "state", "sold_count", "created_at")
    list_filter = ("state",)
    search_fields = ("title", "=id")


@admin.register(ProductMove)
class ProductMoveAdmin(ReadOnly):
    """Moves of products: when, who, why."""

    list_display = ("product_id", "old", "new", "reason", "actor", "moved_at")
    search_fields = ("=product__id",)


@admin.register(Sku)
class SkuAdmin(ReadOnly):
    """SKUs."""

    list_display = ("id", "product_id", "code", "name")
    search_fields = ("code", "=id", "=product__id")


@admin.register(Offer)
class OfferAdmin(ReadOnly):
    """Offers: the price history."""

    list_display = ("id", "sku_id", "channel", "price_fen", "currency", "valid_from", "valid_to", "actor")
    search_fields = ("=sku__id", "=channel")


@admin.register(StockBucket)
class StockBucketAdmin(ReadOnly):
    """Stock, bucket by bucket."""

    list_display = ("pool", "no", "on_hand", "reserved", "sold", "returned")
    list_select_related = ("pool",)
    search_fields = ("=pool__sku__id",)


@admin.register(Reservation)
class ReservationAdmin(ReadOnly):
    """Reservations."""

    list_display = ("id", "bucket_id", "quantity", "returned", "reference", "state", "expires_at")
    search_fields = ("=id", "=reference")


@admin.register(Movement)
class MovementAdmin(ReadOnly):
    """Movements of stock."""

    list_display = ("id", "bucket_id", "kind", "quantity", "reservation_id", "reference", "actor", "moved_at")
    search_fields = ("=bucket__id", "=reference")
