"""The outbox in the operator's admin: how far each subscriber has read, and what it could not handle."""

from django.contrib import admin

from laotie.core.admin import ReadOnlyAdmin
from laotie.events.models import Cursor, ParkedEvent


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
