"""Django's view of the module."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.events"
    default_auto_field = "django.db.models.BigAutoField"
