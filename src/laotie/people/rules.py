"""The rules about people. Amounts and periods without a source in RULES are ours."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

ADDRESSES_MOST = define(
    Rule("address.most", 20, "count", _("So many entries an address book can hold."), "DESIGN 4", 1, 1_000)
)
FOLLOWS_MOST = define(
    Rule(
        "follow.most",
        5_000,
        "count",
        _("So many people and shops one account can follow."),
        "DESIGN 4",
        1,
        100_000,
    )
)
TOKENS_MOST = define(
    Rule("token.most", 20, "count", _("So many valid API tokens one account can have."), "DESIGN 4", 1, 1_000)
)
STAFF_MOST = define(
    Rule("staff.most", 200, "count", _("So many people can work for one shop."), "DESIGN 4", 1, 10_000)
)
SHOP_ACCOUNTS_MOST = define(
    Rule("shop_account.most", 50, "count", _("So many accounts can be joined to one shop."), "DESIGN 4", 1, 10_000)
)
SHOPS_MOST = define(Rule("shop.most", 20, "count", _("So many shops one person can own."), "DESIGN 4", 1, 10_000))
AGENCIES_MOST = define(
    Rule("agency.most", 10, "count", _("So many agencies one person can own."), "DESIGN 4", 1, 1_000)
)
AGENCY_NOTICE = define(
    Rule(
        "agency.notice_days",
        30,
        "days",
        _("An agency contract that one side ends runs on for this many days."),
        "RULES 13.3",
        0,
        365,
    )
)
IDENTITY_TRIES_MOST = define(
    Rule(
        "identity.tries_most",
        5,
        "count",
        _("So many times a day a person can try to verify their real name."),
        "DESIGN 4",
        1,
        100,
    )
)
BANK_REST_HOURS = define(
    Rule(
        "bank_account.rest_hours",
        24,
        "hours",
        _("A changed bank account is paid to only after this many hours."),
        "RULES 13.3",
        0,
        720,
    )
)
