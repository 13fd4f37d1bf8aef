"""Template tags of the desks: states as pills, words for codes, deadlines, forms that act once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.alliance.contracts import (
    EARNING_REASON_SENTENCES,
    EARNING_STATE_NAMES,
    PLAN_KIND_NAMES,
    REASON_SENTENCES,
    EarningState,
    PlanState,
    Reason,
    Role,
)
from laotie.catalog.contracts import ProductState
from laotie.core.ids import new_secret
from laotie.ledger.contracts import PayoutState
from laotie.orders.contracts import (
    AfterSaleKind,
    AfterSaleState,
    DisputeState,
    OrderState,
    RefundState,
    ScanKind,
    Side,
)
from laotie.people.contracts import ContractState, ShopState
from laotie.web.templatetags.laotie import fen
from laotie.web.wording import refund_reason_in_words

register = template.Library()

TONES: dict[type[StrEnum], dict[str, str]] = {
    OrderState: {
        "placed": "waiting",
        "paid": "hot",
        "shipped": "moving",
        "received": "moving",
        "settled": "good",
        "closed": "",
    },
    RefundState: {"agreed": "moving", "succeeded": "good"},
    AfterSaleState: {
        "requested": "hot",
        "refused": "bad",
        "disputed": "waiting",
        "returning": "moving",
        "returned": "hot",
        "to_ship": "hot",
        "reshipped": "moving",
        "refunding": "moving",
        "done": "good",
        "closed": "",
    },
    DisputeState: {
        "evidence": "waiting",
        "deciding": "hot",
        "ruled": "moving",
        "appealed": "hot",
        "final": "good",
    },
    EarningState: {"paid": "waiting", "received": "moving", "settled": "good", "void": ""},
    ProductState: {"on_sale": "good", "draft": "waiting", "off": ""},
    PlanState: {"open": "good", "closed": ""},
    ShopState: {"open": "good", "suspended": "bad"},
    PayoutState: {
        "requested": "hot",
        "approved": "waiting",
        "sent": "moving",
        "paid": "good",
        "failed": "bad",
        "returned": "bad",
        "refused": "bad",
        "cancelled": "",
    },
    ContractState: {
        "proposed": "waiting",
        "accepted": "good",
        "declined": "",
        "withdrawn": "",
        "terminated": "bad",
    },
}
WORDS: dict[type[StrEnum], dict[Any, str]] = {
    OrderState: {
        "placed": _("To be paid"),
        "paid": _("To ship"),
        "shipped": _("On its way"),
        "received": _("Delivered"),
        "settled": _("Money settled"),
        "closed": _("Order closed"),
    },
    RefundState: {"agreed": _("Money on its way back"), "succeeded": _("Refunded")},
    AfterSaleState: {
        "requested": _("To answer"),
        "refused": _("Refused"),
        "disputed": _("With the platform"),
        "returning": _("Buyer sends back"),
        "returned": _("To check"),
        "to_ship": _("To send"),
        "reshipped": _("On its way to the buyer"),
        "refunding": _("Money on its way back"),
        "done": _("Done"),
        "closed": _("Closed"),
    },
    AfterSaleKind: {
        "return_refund": _("Return and refund"),
        "refund_only": _("Refund only"),
        "exchange": _("Exchange"),
        "resend": _("Send what is missing"),
        "repair": _("Repair"),
    },
    ScanKind: {
        "picked_up": _("Picked up by the carrier"),
        "in_transit": _("On its way"),
        "delivered": _("Delivered"),
        "returned": _("Sent back to the shop"),
        "lost": _("Lost by the carrier"),
    },
    DisputeState: {
        "evidence": _("Evidence"),
        "deciding": _("To decide"),
        "ruled": _("Ruled, may be appealed"),
        "appealed": _("Appealed"),
        "final": _("Final"),
    },
    Side: {"buyer": _("Buyer"), "shop": _("Shop")},
    EarningState: dict(EARNING_STATE_NAMES),
    ProductState: {"on_sale": _("On sale"), "draft": _("Draft"), "off": _("Off sale")},
    PlanState: {"open": _("Open"), "closed": _("Plan closed")},
    ShopState: {"open": _("Open"), "suspended": _("Suspended")},
    PayoutState: {
        "requested": _("Being looked at"),
        "approved": _("Approved"),
        "sent": _("At the bank"),
        "paid": _("Paid out"),
        "failed": _("Failed at the bank"),
        "returned": _("Came back"),
        "refused": _("Payout refused"),
        "cancelled": _("Taken back"),
    },
    ContractState: {
        "proposed": _("Proposed"),
        "accepted": _("In force"),
        "declined": _("Declined"),
        "withdrawn": _("Withdrawn"),
        "terminated": _("Notice given"),
    },
    Role: {
        "creator": _("Creator's commission"),
        "agency": _("Agency's share"),
        "leader": _("Leader's fee"),
        "platform_commission": _("Platform's part of the commission"),
    },
}
CODES = {
    "payment": _("Payment received"),
    "settlement": _("Order settled"),
    "refund": _("Refund after settlement"),
    "reversal": _("Reversal"),
    "payout": _("Withdrawal"),
    "payout_back": _("Withdrawal came back"),
    "late_compensation": _("Compensation for late shipping"),
    "netting": _("Debt netted"),
    "debt": _("The balance was in debt by then"),
    "deposit_top_up": _("Deposit topped up"),
    "deposit_return": _("Deposit returned"),
    "funding": _("Discount paid by others"),
    "platform_fee": _("Technical service fee"),
    "platform_commission": _("Platform's part of the commission"),
    "shop": _("The shop's part"),
    "creator": _("Creator's commission"),
    "agency": _("Agency's share"),
    "leader": _("Leader's fee"),
    "reserve": _("Reserve against refunds"),
    "cancelled": _("Cancelled before shipping"),
    "refunded": _("Refunded in full"),
    "unpaid": _("Not paid in time"),
    "late_payment": _("Paid too late"),
    "unshipped": _("Not shipped in time"),
    "in_words": _("By agreement"),
    "refunded otherwise": _("Refunded in another way"),
    "catalog": _("Products and stock"),
    "orders": _("Orders and shipping"),
    "refunds": _("Refunds"),
    "alliance": _("Commission plans"),
    "promotions": _("Promotions"),
    "coupon.change": _("Changed a coupon"),
    "title": _("Title"),
    "money": _("Money"),
    "staff": _("Staff"),
    "bp": _("percent"),
    "fen": _("amount"),
    "seconds": _("seconds"),
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
    "count": _("number"),
    "text": _("text"),
    "general": _("General goods"),
    "food": _("Food"),
    "education": _("Education"),
    "sim": _("SIM cards"),
    "jewellery": _("Jewellery"),
    "medical": _("Medical"),
    "shelf": _("Shelf"),
    "rules.publish": _("Published rules"),
    "shop.suspend": _("Suspended a shop"),
    "shop.reinstate": _("Reinstated a shop"),
    "account.block": _("Blocked an account"),
    "account.reinstate": _("Reinstated an account"),
    "account.grant_operator": _("Made somebody an operator"),
    "account.revoke_operator": _("Ended an operator's role"),
    "category.add": _("Added a category"),
    "product.edit": _("Edited a product"),
    "product.create": _("Drafted a product"),
    "product.add_sku": _("Added a SKU"),
    "product.add_picture": _("Added a picture"),
    "product.put_on_sale": _("Put a product on sale"),
    "product.take_off_sale": _("Took a product off sale"),
    "product.bring_in": _("Brought in products"),
    "offer.set": _("Set a price"),
    "offer.end": _("Ended a price"),
    "stock.receive": _("Received stock"),
    "stock.adjust": _("Corrected stock"),
    "stock.spread": _("Spread stock"),
    "plan.open": _("Opened a commission plan"),
    "plan.close": _("Closed a commission plan"),
    "plan.set_step": _("Set step commission"),
    "plan.drop_step": _("Dropped step commission"),
    "order.ship": _("Shipped an order"),
    "order.cancel": _("Cancelled an order"),
    "after_sale.agree": _("Agreed to an after-sale request"),
    "after_sale.refuse": _("Refused an after-sale request"),
    "after_sale.miss_interception": _("Could not call a parcel back"),
    "after_sale.confirm_return": _("Confirmed returned goods"),
    "after_sale.ship": _("Sent goods for an after-sale case"),
    "after_sale.set_return_address": _("Set a return address"),
    "dispute.show_evidence": _("Showed evidence"),
    "dispute.appeal": _("Appealed a ruling"),
    "dispute.rule": _("Ruled a dispute"),
    "dispute.rule_appeal": _("Ruled an appeal"),
    "charge_back.record": _("Booked a charge-back"),
    "charge_back": _("Charge-back"),
    "guarantee": _("Made good by the platform"),
    "winner": _("For"),
    "buyer": _("Buyer"),
    "silent shop": _("The shop showed nothing."),
    "refund.give": _("Gave money back"),
    "payout.approve": _("Approved a payout"),
    "payout.refuse": _("Refused a payout"),
    "payout.return": _("Booked a payout that came back"),
    "payout.batch": _("Made a batch of payouts"),
    "payout.file": _("Downloaded a bank file"),
    "payout.answer": _("Booked the bank's answer"),
    "payout.freeze": _("Froze payouts"),
    "payout.lift_freeze": _("Lifted a freeze of payouts"),
    "deposit.top_up": _("Topped up a deposit"),
    "deposit.record": _("Booked a deposit"),
    "deposit.demand": _("Set a shop's deposit"),
    "identity.withdraw": _("Withdrew a verification"),
    "brand.register": _("Registered a brand"),
    "brand.authorise": _("Authorised a brand"),
    "brand.revoke": _("Revoked a brand's authorisation"),
    "brand_authorisation_ended": _("The brand's authorisation has ended"),
    "product_id": _("Product"),
    "sku_id": _("SKU"),
    "order_id": _("Order"),
    "plan_id": _("Commission plan"),
    "brand_id": _("Brand"),
    "authorisation_id": _("Authorisation"),
    "name": _("Name"),
    "shop.add_staff": _("Let somebody work for a shop"),
    "shop.remove_staff": _("Ended somebody's work for a shop"),
    "shop.link_account": _("Joined an account to a shop"),
    "shop.unlink_account": _("Parted an account from a shop"),
    "account": _("Account"),
    "category": _("Category"),
    "product": _("Product"),
    "rules": _("Rules"),
    "code": _("Code"),
    "reason": _("Reason"),
    "reference": _("Reference"),
    "amount_fen": _("Amount"),
    "required_fen": _("Required"),
    "paid": _("Paid out"),
    "failed": _("Failed"),
    "valid_from": _("Starts"),
    "account_id": _("Account"),
    "permissions": _("Permissions"),
}
SENTENCES: dict[type[StrEnum], dict[Any, str]] = {Reason: dict(REASON_SENTENCES)}


@register.simple_tag
def state_pill(state: StrEnum, name: str = "") -> SafeString:
    """Write a state as a pill: its word in the reader's language, its tone by what it asks of people."""
    tone = TONES.get(type(state), {}).get(state, "")
    return format_html('<span class="pill{}">{}</span>', f" pill-{tone}" if tone else "", name or words(state))


@register.simple_tag
def product_pill(state: str) -> SafeString:
    """Write a product's state, which the catalog tells as text, as a pill."""
    return state_pill(ProductState(state))


@register.filter
def words(code: Any) -> str:
    """Return the reader's words for a member of an enumeration or a stored code; an unknown one as it is."""
    for tables in (WORDS, SENTENCES):
        table = tables.get(type(code), {})
        if code in table:
            return gettext(table[code])
    for table in (PLAN_KIND_NAMES, EARNING_REASON_SENTENCES):
        if type(code) in {type(key) for key in table}:
            return gettext(table[code])
    return gettext(CODES[code]) if isinstance(code, str) and code in CODES else str(code)


@register.filter
def scan_words(state: str) -> str:
    """Return how a parcel stands, which its view tells as text."""
    return words(ScanKind(state)) if state else ""


@register.filter
def refund_reason(reason: str) -> str:
    """Return why money goes back, in the reader's language."""
    return refund_reason_in_words(reason)


@register.filter
def why(attribution: str) -> str:
    """Return why an order line has, or has not, a creator to pay."""
    return gettext(REASON_SENTENCES[Reason(attribution)]) if attribution in {*Reason} else ""


@register.filter
def moment(at: datetime | None) -> str:
    """Return a moment in the platform's zone, to the minute: 2026-11-20 20:15."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


@register.simple_tag(takes_context=True)
def time_left(context: template.Context, deadline: datetime | None) -> SafeString | str:
    """Write how long there still is, and in red when it is less than six hours or over."""
    if deadline is None:
        return ""
    seconds = int((deadline - context["now"]).total_seconds())
    days, hours, minutes = abs(seconds) // 86_400, abs(seconds) % 86_400 // 3_600, abs(seconds) % 3_600 // 60
    if days:
        span = gettext("{days} d {hours} h").format(days=days, hours=hours)
    elif hours:
        span = gettext("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    else:
        span = gettext("{minutes} min").format(minutes=minutes)
    sentence = gettext("{span} left") if seconds >= 0 else gettext("{span} late")
    return format_html(
        '<span class="figures whitespace-nowrap{}">{}</span>',
        " font-semibold text-error" if seconds < 6 * 3_600 else "",
        sentence.format(span=span),
    )


@register.simple_tag
def once() -> SafeString:
    """Write a hidden token by which the same form sent twice acts once."""
    return format_html('<input type="hidden" name="once" value="{}">', new_secret())


@register.filter
def signed(amount_fen: int) -> str:
    """Return an amount with its sign, as a statement shows it: +¥12.00."""
    return f"+{fen(amount_fen)}" if amount_fen > 0 else fen(amount_fen)


@register.filter
def order_of(subject: str) -> str:
    """Return the order's number of a subject such as order:7, else ""."""
    kind, _colon, number = subject.partition(":")
    return number if kind == "order" and number.isdigit() else ""


@register.filter
def about(subject: str) -> str:
    """Return a subject's address as people read it: category:44 → "Category 44"."""
    kind, _colon, name = subject.partition(":")
    return f"{words(kind)} {name}" if kind in CODES else subject


@register.filter
def lookup(table: dict[Any, Any], key: Any) -> Any:
    """Return a table's entry, or ""."""
    return table.get(key, "")
