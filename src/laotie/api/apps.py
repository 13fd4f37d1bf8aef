"""Django's view of the module."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.api"
    default_auto_field = "django.db.models.BigAutoField"
