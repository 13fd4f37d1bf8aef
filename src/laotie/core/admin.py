"""The rulebook's versions and the audit log in the operator's admin: to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from laotie.core.models import AuditEntry, PersonalAccess, RuleVersion


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is not typed
    """Shows rows and changes none: whoever wants to change them runs an operation."""

    ordering: tuple[str, ...] = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - see above
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - see above
        """Refuse."""
        return False


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnlyAdmin):
    """Versions of the rulebooks."""

    list_display = ("book", "number", "valid_from", "note", "actor", "created_at")
    list_filter = ("book",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What operators did."""

    list_display = ("acted_at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("=actor", "=subject")


@admin.register(PersonalAccess)
class PersonalAccessAdmin(ReadOnlyAdmin):
    """Who saw whose personal data in clear."""

    list_display = ("seen_at", "actor", "subject", "fields")
    search_fields = ("=actor", "=subject")
