"""The rules of orders (RULES 13.1, 11.2–11.5, 7.3). Values are defaults; the rulebook holds what applies when."""

from django.utils.translation import gettext_noop as _

from laotie.core.rules import Rule, define

PAY_SECONDS = define(
    Rule(
        "pay.seconds",
        900,
        "seconds",
        _("An unpaid order is closed and its stock released after this time."),
        "RULES 12",
        least=30,
        most=366 * 86_400,  # an imported market's bank slips were paid months later
    )
)
SHIP_HOURS = define(
    Rule(
        "ship.promise_hours",
        48,
        "hours",
        _("The shop ships within this time after payment."),
        "RULES 11.2",
        least=1,
        most=24 * 60,
    )
)
AUTO_RECEIPT_DAYS = define(
    Rule(
        "receipt.auto_days",
        10,
        "days",
        _("An order counts as received this long after shipping."),
        "RULES 11.4",
        least=1,
        most=60,
    )
)
RECEIPT_BY = define(
    Rule(
        "receipt.by",
        "buyer",
        "text",
        _("What ends delivery: the buyer's word or deadline, or the carrier's scan."),
        "RULES 11.4",
        choices=("buyer", "carrier"),
    )
)
SETTLE_DAYS = define(
    Rule(
        "settle.delay_days",
        7,
        "days",
        _("Money is divided among the parties this long after receipt."),
        "RULES 11.4",
        most=90,
    )
)
SETTLE_DAYS_NEWCOMER = define(
    Rule(
        "settle.delay_days_newcomer",
        10,
        "days",
        _("The same for a shop in its first days."),
        "RULES 13.1",
        most=90,
    )
)
FEE_SCHEDULE = define(
    Rule(
        "fee.schedule_bp",
        {"general": 500, "food": 200, "education": 100, "sim": 300},
        "bp",
        _("The technical service fee by line of trade; trades not named pay the general rate."),
        "RULES 11.5",
        most=5_000,
    )
)
NEWCOMER_FEE_BP = define(
    Rule(
        "newcomer.fee_bp",
        100,
        "bp",
        _("A new shop's technical service fee on its first turnover."),
        "RULES 7.3",
        most=5_000,
    )
)
NEWCOMER_DAYS = define(
    Rule(
        "newcomer.days",
        30,
        "days",
        _("Orders paid this long after a shop's activation count as a newcomer's."),
        "RULES 7.3",
        most=365,
    )
)
NEWCOMER_LIMIT_FEN = define(
    Rule(
        "newcomer.limit_fen",
        100_000_000,
        "fen",
        _("Turnover up to which the newcomer's fee applies."),
        "RULES 7.3",
    )
)
CHANNEL_COST_BP = define(
    Rule(
        "payment.channel_cost_bp",
        60,
        "bp",
        _("What the payment channel keeps; the platform bears it."),
        "RULES 11.4",
        most=500,
    )
)
CASE_ANSWER_HOURS = define(
    Rule(
        "after_sale.answer_hours",
        48,
        "hours",
        _("A shop that does not answer an after-sale request within this time has agreed."),
        "RULES 11.3",
        least=1,
        most=24 * 30,
    )
)
INTERCEPT_DAYS = define(
    Rule(
        "after_sale.intercept_days",
        5,
        "days",
        _("So long a shop has to call back a parcel on its way; it cannot refuse meanwhile."),
        "RULES 11.3",
        least=1,
        most=30,
    )
)
RETURN_DAYS = define(
    Rule(
        "after_sale.return_days",
        10,
        "days",
        _("So long a buyer has to send goods back once the shop has agreed."),
        "RULES 11.3",
        least=1,
        most=60,
    )
)
CONFIRM_DAYS = define(
    Rule(
        "after_sale.confirm_days",
        7,
        "days",
        _("So long a shop has to look at goods sent back, or to send goods out; then the buyer gets the money."),
        "RULES 11.3",
        least=1,
        most=60,
    )
)
ESCALATE_DAYS = define(
    Rule(
        "after_sale.escalate_days",
        3,
        "days",
        _("So long a buyer has to ask the platform after a refusal."),
        "RULES 8.8",
        least=1,
        most=30,
    )
)
NO_REASON_HOURS = define(
    Rule(
        "after_sale.no_reason_hours",
        {"general": 168, "food": 0, "education": 0, "sim": 0},
        "hours",
        _("So long goods can be sent back without a reason, from 00:00 of the day after receipt; 0: not at all."),
        "RULES 11.3",
        most=24 * 90,
    )
)
EVIDENCE_HOURS = define(
    Rule(
        "dispute.evidence_hours",
        48,
        "hours",
        _("So long both sides of a dispute can show evidence; a silent shop has lost."),
        "RULES 8.8",
        least=1,
        most=24 * 30,
    )
)
DECIDE_HOURS = define(
    Rule(
        "dispute.decide_hours",
        72,
        "hours",
        _("The platform decides a dispute within this time after the evidence."),
        "RULES 8.8",
        least=1,
        most=24 * 30,
    )
)
APPEAL_DAYS = define(
    Rule(
        "dispute.appeal_days",
        7,
        "days",
        _("So long the losing side can appeal once."),
        "RULES 8.8",
        least=1,
        most=60,
    )
)
REFUND_DAYS_SETTLED = define(
    Rule(
        "refund.days_after_settlement",
        15,
        "days",
        _("A buyer may ask for a refund this long after settlement; the shop may give one at any time."),
        "RULES 2.7",
        most=365,
    )
)
REFUND_REFUSALS_MOST = define(
    Rule(
        "refund.refusals_most",
        3,
        "count",
        _("After so many refusals a buyer cannot ask for a refund of the same goods again."),
        "RULES 11.4",
        least=1,
        most=20,
    )
)
LATE_BP = define(
    Rule(
        "ship.late_bp",
        1_000,
        "bp",
        _("A shop that ships late pays the buyer this share of the order."),
        "RULES 11.2",
        most=10_000,
    )
)
LATE_LEAST_FEN = define(
    Rule("ship.late_least_fen", 500, "fen", _("Late shipping costs a shop at least this much."), "RULES 11.2")
)
LATE_MOST_FEN = define(
    Rule("ship.late_most_fen", 50_000, "fen", _("Late shipping costs a shop at most this much."), "RULES 11.2")
)
AUTO_CANCEL_DAYS = define(
    Rule(
        "ship.auto_cancel_days",
        30,
        "days",
        _("A paid order that is not shipped within this time is cancelled and refunded."),
        "RULES 11.2",
        least=1,
        most=365,
    )
)

DEPOSIT_QUIET_DAYS = define(
    Rule(
        "deposit.quiet_days",
        30,
        "days",
        _("A closing shop's last order was done so many days before its deposit comes back."),
        "RULES 8.5",
        least=0,
        most=365,
    )
)
