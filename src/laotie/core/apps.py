"""Django's view of the module."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Core: money, ids, clock, errors, paging, idempotency, rules, the audit log."""

    name = "laotie.core"
    default_auto_field = "django.db.models.BigAutoField"
