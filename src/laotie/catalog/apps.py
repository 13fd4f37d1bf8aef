"""Django's view of the module."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.catalog"
    default_auto_field = "django.db.models.BigAutoField"
