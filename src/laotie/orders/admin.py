"""Orders in the operator's admin: to be read. Addresses are encrypted and not shown: nobody here ships anything."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from laotie.core.admin import ReadOnlyAdmin
from laotie.core.crypto import mask_number
from laotie.orders.models import (
    AfterSale,
    ChargeBack,
    Checkout,
    Dispute,
    NewcomerTurnover,
    Order,
    OrderLine,
    OrderMove,
    Parcel,
    Payment,
    PaymentNotice,
    Receipt,
    Refund,
    RefundPart,
    ReviewFact,
)
from laotie.orders.tracking import hash_tracking_number


class OrderLineInline(TabularInline):  # type: ignore[misc]  # unfold is not typed
    """The lines of an order."""

    model = OrderLine
    extra = 0
    can_delete = False
    fields = (
        "title",
        "sku_name",
        "quantity",
        "price_fen",
        "paid_fen",
        "refunded_fen",
        "creator_id",
        "attribution",
    )
    readonly_fields = fields


class OrderMoveInline(TabularInline):  # type: ignore[misc]  # unfold is not typed
    """What happened to an order."""

    model = OrderMove
    extra = 0
    can_delete = False
    fields = ("old", "new", "actor", "reason", "refund_id", "moved_at")
    readonly_fields = fields


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    """What buyers pay at once."""

    list_display = ("id", "buyer_id", "payable_fen", "currency", "placed_at", "pay_until")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders with their lines and moves."""

    list_display = ("id", "shop_id", "buyer_id", "state", "paid_fen", "refunded_fen", "currency", "placed_at")
    list_filter = ("state",)
    search_fields = ("=id", "=external_ref")
    exclude = ("address",)
    inlines = (OrderLineInline, OrderMoveInline)


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    """Lines with their frozen terms and what was divided."""

    list_display = ("id", "order_id", "title", "quantity", "paid_fen", "refunded_fen", "creator_id", "attribution")
    list_filter = ("attribution",)
    search_fields = ("=id", "=order__id")


@admin.register(OrderMove)
class OrderMoveAdmin(ReadOnlyAdmin):
    """Moves of orders and refunds."""

    list_display = ("id", "order_id", "refund_id", "old", "new", "actor", "reason", "moved_at")
    search_fields = ("=order__id",)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Payments."""

    list_display = (
        "number",
        "checkout_id",
        "channel",
        "state",
        "amount_fen",
        "refunded_fen",
        "currency",
        "paid_at",
    )
    list_filter = ("state", "channel")
    search_fields = ("=number", "=checkout__id")


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    """Callbacks of the payment channels, kept as evidence."""

    list_display = ("notice_id", "channel", "payment_id", "outcome", "amount_fen", "effect", "received_at")
    list_filter = ("effect", "channel")
    search_fields = ("=notice_id",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds."""

    list_display = ("id", "order_id", "state", "goods_fen", "freight_fen", "reason", "agreed_at", "succeeded_at")
    list_filter = ("state",)
    search_fields = ("=id", "=order__id")


@admin.register(AfterSale)
class AfterSaleAdmin(ReadOnlyAdmin):
    """After-sale cases; with which parcel goods went back is not shown."""

    list_display = ("id", "order_id", "kind", "state", "goods_fen", "quantity", "requested_at", "act_by")
    list_filter = ("state", "kind")
    search_fields = ("=id", "=order__id")
    exclude = ("return_tracking_number",)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Disputes before the platform."""

    list_display = ("id", "case_id", "state", "winner", "ruled_by", "final_winner", "decide_by")
    list_filter = ("state", "winner")


@admin.register(ChargeBack)
class ChargeBackAdmin(ReadOnlyAdmin):
    """What payment channels took back."""

    list_display = ("payment", "channel_ref", "amount_fen", "lost_fen", "taken_at")
    list_select_related = ("payment",)


@admin.register(RefundPart)
class RefundPartAdmin(ReadOnlyAdmin):
    """What each payment gives back of a refund."""

    list_display = ("id", "refund_id", "payment_id", "amount_fen", "attempts", "last_error", "done_at")


@admin.register(Parcel)
class ParcelAdmin(ReadOnlyAdmin):
    """Parcels."""

    list_display = ("carrier", "masked_number", "order_id", "shipped_at", "delivered_at")
    search_fields = ("=order__id",)
    search_help_text = _("A tracking number or an order.")
    exclude = ("tracking_number", "tracking_hash")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find a tracking number by its hash."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term:
            found |= queryset.filter(tracking_hash=hash_tracking_number(search_term))
        return found, may_repeat

    @admin.display(description=_("tracking number"))
    def masked_number(self, parcel: Parcel) -> str:
        """Show the end of the number."""
        return mask_number(parcel.tracking_number)


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Money that came in without an order."""

    list_display = ("external_ref", "reason", "amount_fen", "currency", "received_at", "refunded_at")
    list_filter = ("reason",)


@admin.register(NewcomerTurnover)
class NewcomerTurnoverAdmin(ReadOnlyAdmin):
    """How much of a new merchant's turnover has had the newcomer's fee."""

    list_display = ("owner_id", "counted_fen")
    ordering = ("owner_id",)


@admin.register(ReviewFact)
class ReviewFactAdmin(ReadOnlyAdmin):
    """Reviews as they came."""

    list_display = ("id", "order_id", "stars", "title", "written_at")
    list_filter = ("stars",)
