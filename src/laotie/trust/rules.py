"""The rules of deposits and payouts."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

DEPOSIT_LEAST_FEN = define(
    Rule(
        "deposit.least_fen",
        50_000,
        "fen",
        _("A shop keeps at least this much as its deposit; below it nothing is paid out."),
        "8.5",
    )
)
DEPOSIT_NOTICE_DAYS = define(
    Rule(
        "deposit.notice_days",
        30,
        "days",
        _("A shop that closes gets its deposit back after a public notice of so many days."),
        "8.5",
        0,
        365,
    )
)
PAYOUT_LEAST_FEN = define(
    Rule("payout.least_fen", 100, "fen", _("The smallest amount that is paid out."), "11.4", 1)
)
PAYOUTS_A_DAY_MOST = define(
    Rule("payout.a_day_most", 5, "count", _("So many payouts a day can be asked for."), "2.7", 1, 1_000)
)
PAYOUT_DAY_FEN_MOST = define(
    Rule(
        "payout.day_fen_most",
        10_000_000,
        "fen",
        _("So much a day can be paid out to a person; a shop may ask for ten times as much."),
        "11.4",
        1,
    )
)
PAYOUT_REVIEW_FROM_FEN = define(
    Rule(
        "payout.review_from_fen",
        2_000_000,
        "fen",
        _("From this amount on an operator looks at a payout before it goes to the bank."),
        "2.7",
    )
)
