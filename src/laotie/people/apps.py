"""Django's view of the module."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.people"
    default_auto_field = "django.db.models.BigAutoField"
