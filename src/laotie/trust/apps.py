"""Django's view of the module."""

from django.apps import AppConfig


class TrustConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.trust"
    default_auto_field = "django.db.models.BigAutoField"
