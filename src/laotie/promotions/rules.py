"""The rules of promotions."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

COUPONS_OPEN_MOST = define(
    Rule(
        "coupon.open_most",
        50,
        "count",
        _("So many open coupons one shop, one creator or the platform can have."),
        "DESIGN 4",
        least=1,
        most=1_000,
    )
)
COUPON_TOTAL_MOST = define(
    Rule(
        "coupon.total_most",
        1_000_000,
        "count",
        _("So many times one coupon can be given out."),
        "DESIGN 4",
        least=1,
        most=100_000_000,
    )
)
