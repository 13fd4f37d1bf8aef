"""Django's view of the module."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.web"
    default_auto_field = "django.db.models.BigAutoField"
