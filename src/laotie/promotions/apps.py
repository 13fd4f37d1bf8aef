"""Django's view of the module."""

from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    """The module's card is its README.md."""

    name = "laotie.promotions"
    default_auto_field = "django.db.models.BigAutoField"
