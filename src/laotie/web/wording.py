"""The words buyers read for states, reasons and refusals: names and amounts instead of ids and fen."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from laotie.catalog.errors import OutOfStock, SkuUnavailable
from laotie.core.errors import DomainError, IllegalMove, InvalidInput
from laotie.orders.contracts import AfterSaleKind, AfterSaleState, Behaviour, OrderState, RefundState
from laotie.orders.errors import OverLimit, PriceChanged, RefundTooLarge
from laotie.promotions.errors import CouponNotFitting
from laotie.web.templatetags.laotie import fen

# state → what the buyer reads, the pill's tone, and what it means for them
ORDER_STATES: Mapping[str, tuple[Any, str, Any]] = {
    OrderState.PLACED: (_("To pay"), "hot", _("Please pay before the time is over.")),
    OrderState.PAID: (_("To ship"), "waiting", _("The shop is packing your goods.")),
    OrderState.SHIPPED: (_("On its way"), "moving", _("The parcel is on its way to you.")),
    OrderState.RECEIVED: (_("Received"), "good", _("We hope you like it.")),
    OrderState.SETTLED: (_("Completed"), "good", _("The purchase is complete.")),
    OrderState.CLOSED: (_("Closed"), "", _("This order is closed.")),
}
CLOSE_REASONS: Mapping[str, Any] = {
    "unpaid": _("It was not paid in time."),
    "cancelled": _("It was cancelled."),
    "refunded": _("Everything was refunded."),
    "late_payment": _("The payment came too late and goes back."),
    "unshipped": _("The shop did not ship in time; everything goes back."),
    "refunded otherwise": _("It was refunded in another way."),
}
MOVE_SENTENCES: Mapping[str, Any] = {
    OrderState.PLACED: _("Order placed"),
    OrderState.PAID: _("Paid"),
    OrderState.SHIPPED: _("Shipped"),
    OrderState.RECEIVED: _("Received"),
    OrderState.SETTLED: _("Completed"),
    OrderState.CLOSED: _("Closed"),
    RefundState.AGREED: _("Refund agreed"),
    RefundState.SUCCEEDED: _("Refund paid back"),
}
CASE_MOVE_SENTENCES: Mapping[str, Any] = {
    AfterSaleState.REQUESTED: _("After-sale requested"),
    AfterSaleState.REFUSED: _("Refused by the shop"),
    AfterSaleState.DISPUTED: _("The platform is asked"),
    AfterSaleState.RETURNING: _("Agreed: send the goods back"),
    AfterSaleState.RETURNED: _("Goods sent back"),
    AfterSaleState.TO_SHIP: _("The shop sends goods"),
    AfterSaleState.RESHIPPED: _("Sent by the shop"),
    AfterSaleState.REFUNDING: _("Money on its way back"),
    AfterSaleState.DONE: _("After-sale done"),
    AfterSaleState.CLOSED: _("After-sale closed"),
}
CASE_REASONS: Mapping[str, Any] = {
    "withdrawn": _("It was withdrawn."),
    "refusal accepted": _("The refusal was not disputed in time."),
    "not sent back": _("The goods were not sent back in time."),
    "refunded otherwise": _("It was refunded in another way."),
    "ruled for the shop": _("The platform decided for the shop."),
}
AFTER_SALE_KINDS: Mapping[str, tuple[Any, Any]] = {
    AfterSaleKind.REFUND_ONLY: (_("Refund only"), _("Money back, nothing to send.")),
    AfterSaleKind.RETURN_REFUND: (_("Return and refund"), _("Send the goods back, then get the money.")),
    AfterSaleKind.EXCHANGE: (_("Exchange"), _("Send them back and get others.")),
    AfterSaleKind.RESEND: (_("Send what is missing"), _("Something was not in the parcel.")),
    AfterSaleKind.REPAIR: (_("Repair"), _("Send it in and get it back mended.")),
}
# state → what the buyer reads, the pill's tone, and what happens next
CASE_STATES: Mapping[str, tuple[Any, str, Any]] = {
    AfterSaleState.REQUESTED: (
        _("Waiting for the shop"),
        "waiting",
        _("Without an answer in time it counts as agreed."),
    ),
    AfterSaleState.REFUSED: (_("Refused by the shop"), "bad", _("If you do not agree, ask the platform.")),
    AfterSaleState.DISPUTED: (
        _("With the platform"),
        "waiting",
        _("Both sides show evidence; then the platform decides."),
    ),
    AfterSaleState.RETURNING: (
        _("Please send the goods back"),
        "hot",
        _("Fill in the tracking number once they are on their way."),
    ),
    AfterSaleState.RETURNED: (
        _("The shop checks the goods"),
        "moving",
        _("Without an answer in time the shop has accepted them."),
    ),
    AfterSaleState.TO_SHIP: (
        _("The shop sends goods"),
        "waiting",
        _("If it does not in time, you get the money."),
    ),
    AfterSaleState.RESHIPPED: (_("On its way to you"), "moving", _("Confirm once it has arrived.")),
    AfterSaleState.REFUNDING: (_("Money on its way back"), "moving", _("The payment channel gives it back.")),
    AfterSaleState.DONE: (_("Done"), "good", ""),
    AfterSaleState.CLOSED: (_("Closed"), "", ""),
}
ORDER_TABS = (
    ("", _("All")),
    (OrderState.PLACED, _("To pay")),
    (OrderState.PAID, _("To ship")),
    (OrderState.SHIPPED, _("To receive")),
    (OrderState.RECEIVED, _("Received")),
    (OrderState.SETTLED, _("Completed")),
    (OrderState.CLOSED, _("Closed")),
)
# Stored as their code, with the buyer's own words behind a colon, so that everybody reads them in their language.
REFUND_REASONS: Mapping[str, Any] = {
    "unwanted": _("I do not want it any more"),
    "faulty": _("It is broken or faulty"),
    "not_as_described": _("It is not as described"),
    "incomplete": _("Something is missing"),
    "other": _("Something else"),
}
BEHAVIOURS: Mapping[Behaviour, tuple[Any, Any]] = {
    Behaviour.PAY: (_("Pay"), _("The provider confirms at once.")),
    Behaviour.PAY_SLOWLY: (_("Pay slowly"), _("The confirmation comes after ten seconds.")),
    Behaviour.FAIL: (_("Fail"), _("The provider refuses the payment.")),
    Behaviour.FAIL_THEN_PAY: (_("Fail, then pay"), _("A refusal, and two seconds later the money.")),
    Behaviour.REPEAT: (_("Confirm four times"), _("The same confirmation four times over.")),
    Behaviour.REORDER: (_("Confirm out of order"), _("The money first, an old refusal after it.")),
}


def refund_reason_in_words(reason: str) -> str:
    """Return why money goes back: a code in the reader's language, people's own words as they are."""
    code, _colon, words = reason.partition(": ")
    known = REFUND_REASONS.get(code) or CLOSE_REASONS.get(code) or CASE_REASONS.get(code)
    if known is None:
        return reason
    return f"{known}: {words}" if words else str(known)


def refusal_in_words(refusal: DomainError, titles: Mapping[int, str] | None = None) -> str:
    """Return a refusal as a buyer understands it; `titles` names the SKUs in question."""
    if isinstance(refusal, OutOfStock | SkuUnavailable | OverLimit):
        return _about_goods(refusal, (titles or {}).get(refusal.sku_id, ""))
    if isinstance(refusal, CouponNotFitting):
        sentence = gettext("The coupon needs {amount} more of the goods it is meant for.")
        return sentence.format(amount=fen(refusal.missing_fen))
    if isinstance(refusal, PriceChanged | RefundTooLarge):
        return _about_amounts(refusal)
    if isinstance(refusal, IllegalMove):
        return gettext("This is not possible any more: the order has moved on. Here is how it stands now.")
    return refusal.reason if isinstance(refusal, InvalidInput) else refusal.message()


def _about_amounts(refusal: PriceChanged | RefundTooLarge) -> str:
    if isinstance(refusal, PriceChanged):
        sentence = gettext("The total has changed from {before} to {after}. Please look again before paying.")
        return sentence.format(before=fen(refusal.expected_fen), after=fen(refusal.payable_fen))
    sentence = gettext("At most {goods} for the goods and {freight} freight can be refunded.")
    return sentence.format(goods=fen(refusal.goods_left_fen), freight=fen(refusal.freight_left_fen))


def _about_goods(refusal: OutOfStock | SkuUnavailable | OverLimit, title: str) -> str:
    name = f"“{title}”" if title else gettext("one of the goods")
    if isinstance(refusal, SkuUnavailable):
        return gettext("{name} is not for sale at the moment.").format(name=name)
    if isinstance(refusal, OverLimit):
        sentence = ngettext(
            "At most {limit} of {name} can be bought in one order.",
            "At most {limit} of {name} can be bought in one order.",
            refusal.limit,
        )
        return sentence.format(limit=refusal.limit, name=name)
    if not refusal.left:
        return gettext("{name} is sold out.").format(name=name)
    return gettext("Only {left} left of {name}.").format(left=refusal.left, name=name)
