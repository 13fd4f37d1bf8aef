"""Django's view of the module."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.orders"
    default_auto_field = "django.db.models.BigAutoField"
