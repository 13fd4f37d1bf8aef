"""Django's view of the module."""

from django.apps import AppConfig


class AllianceConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.alliance"
    default_auto_field = "django.db.models.BigAutoField"
