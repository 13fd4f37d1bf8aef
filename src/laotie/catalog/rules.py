"""The catalog's rules."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

LOWEST_PRICE_DAYS = define(
    Rule(
        key="price.lowest_days",
        default=30,
        unit="days",
        explanation=_("A product shows the lowest price it was offered at during this many days."),
        basis="8.3",
        least=1,
        most=365,
    )
)
