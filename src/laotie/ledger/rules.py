"""The ledger's rules: the reserve kept back from settled commission (RULES 2.7, 13.1)."""

from django.utils.translation import gettext_noop as _

from laotie.core.money import BP_WHOLE
from laotie.core.rules import Rule, define

RESERVE_RATE_BP = define(
    Rule(
        key="reserve.rate_bp",
        default=500,
        unit="bp",
        explanation=_("Share of settled commission kept back for later refunds."),
        basis="2.7",
        most=BP_WHOLE,
    )
)
RESERVE_DAYS = define(
    Rule(
        key="reserve.days",
        default=15,
        unit="days",
        explanation=_("How long the reserve from a settlement is kept back."),
        basis="2.7",
        most=365,
    )
)
