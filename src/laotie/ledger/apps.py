"""Django's view of the module."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.ledger"
    default_auto_field = "django.db.models.BigAutoField"
