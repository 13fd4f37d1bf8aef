"""The outbox in the operator's admin: how far each subscriber has read, what it could not handle; and the webhooks."""

from django.contrib import admin

from laotie.core.admin import ReadOnlyAdmin
from laotie.events.models import Cursor, ParkedEvent, WebhookAttempt, WebhookEndpoint, WebhookMessage


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    """How far subscribers have read."""

    list_display = ("subscriber", "event_id", "attempts", "retry_at", "last_error", "moved_at")
    ordering = ("subscriber",)


@admin.register(ParkedEvent)
class ParkedEventAdmin(ReadOnlyAdmin):
    """Events that could not be handled; `laotie replay` tries them again."""

    list_display = ("subscriber", "event_id", "attempts", "error", "parked_at")
    search_fields = ("=subscriber",)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Where owners' events go; never the secrets."""

    list_display = ("id", "owner", "url", "created_at", "failing_since", "disabled_at", "disabled_reason")
    list_filter = ("disabled_reason",)
    search_fields = ("=owner", "url")


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    """What was sent, and what waits to be."""

    list_display = ("number", "endpoint_id", "event", "state", "attempts", "next_attempt_at", "delivered_at")
    list_filter = ("state", "event")
    search_fields = ("=number", "=endpoint__id")
    exclude = ("body",)  # a shop's business, not the operator's


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    """Each attempt to deliver."""

    list_display = ("message_id", "attempted_at", "status", "trouble", "duration_ms")
    search_fields = ("=message__id",)
