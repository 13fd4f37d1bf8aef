"""The alliance's numbers of RULES 13.1: caps and floors of commission, the platform's shares, the window."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

COMMISSION_MAX_NORMAL = define(
    Rule(
        key="commission.max_normal_bp",
        default=5_000,
        unit="bp",
        explanation=_("The highest commission of a normal plan or a normal recruiting."),
        basis="RULES 2.4",
        most=9_000,
    )
)
COMMISSION_MAX_EXCLUSIVE = define(
    Rule(
        key="commission.max_exclusive_bp",
        default=9_000,
        unit="bp",
        explanation=_("The highest commission of targeted and exclusive plans, the leader's fee included."),
        basis="RULES 2.4",
        most=9_000,
    )
)
COMMISSION_MIN: Rule[dict[str, int]] = define(
    Rule(
        key="commission.min_bp",
        default={"general": 100, "jewellery": 500, "medical": 500},
        unit="bp",
        explanation=_("The lowest commission a plan may offer, by trade."),
        basis="RULES 2.4, 13.1",
        most=9_000,
    )
)
LEADER_MIN = define(
    Rule(
        key="leader.min_bp",
        default=100,
        unit="bp",
        explanation=_("The lowest service fee of a leader who recruits goods."),
        basis="RULES 2.4",
        most=9_000,
    )
)
PLATFORM_COMMISSION_SHARE = define(
    Rule(
        key="platform.commission_share_bp",
        default=1_000,
        unit="bp",
        explanation=_("The platform's share of a creator's commission."),
        basis="RULES 2.7",
        most=10_000,
    )
)
PLATFORM_LEADER_SHARE = define(
    Rule(
        key="platform.leader_share_bp",
        default=1_000,
        unit="bp",
        explanation=_("The platform's share of a leader's service fee."),
        basis="RULES 2.7",
        most=10_000,
    )
)
ATTRIBUTION_WINDOW = define(
    Rule(
        key="attribution.window_days",
        default=7,
        unit="days",
        explanation=_("An order belongs to the creator of the last click if that click is no older than this."),
        basis="RULES 2.6",
        least=1,
        most=90,
    )
)
