"""Every refusal of orders."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from laotie.core.errors import DomainError


@dataclass(eq=False)
class BasketEmpty(DomainError):
    """There is nothing to buy."""

    status = 422
    sentence = _("There is nothing in the basket.")
    field = "lines"


@dataclass(eq=False)
class BasketTooLong(DomainError):
    """Too many lines at once."""

    status = 422
    sentence = _("At most {lines_max} different goods can be bought at once.")
    field = "lines"
    lines_max: int


@dataclass(eq=False)
class BadQuantity(DomainError):
    """Zero, negative or absurd."""

    status = 422
    sentence = _("The quantity must be from 1 to {quantity_max}.")
    field = "quantity"
    quantity_max: int


@dataclass(eq=False)
class OverLimit(DomainError):
    """The offer allows fewer per order."""

    sentence = _("At most {limit} of SKU {sku_id} can be bought in one order.")
    field = "quantity"
    sku_id: int
    limit: int


@dataclass(eq=False)
class OverPersonLimit(DomainError):
    """The person has bought, or holds unpaid, as many as the offer allows each person, or would with these."""

    sentence = _("Each person can buy at most {limit} of SKU {sku_id}; you have {bought} already.")
    field = "quantity"
    sku_id: int
    limit: int
    bought: int


@dataclass(eq=False)
class MixedCurrencies(DomainError):
    """Goods of two currencies cannot be paid at once."""

    sentence = _("Goods priced in {first} and {second} cannot be paid together.")
    field = "lines"
    first: str
    second: str


@dataclass(eq=False)
class DiscountTooLarge(DomainError):
    """Discounts exceed the price of the goods."""

    status = 422
    sentence = _("The discounts on SKU {sku_id} exceed its price.")
    field = "discounts"
    sku_id: int


@dataclass(eq=False)
class PriceChanged(DomainError):
    """The total is not what the buyer saw."""

    sentence = _(
        "The total has changed from {expected_fen} to {payable_fen} fen. Please look again before paying."
    )
    field = "expected_fen"
    expected_fen: int
    payable_fen: int


@dataclass(eq=False)
class AddressMissing(DomainError):
    """Goods need somewhere to go."""

    status = 422
    sentence = _("Please choose a delivery address.")
    field = "address_id"


@dataclass(eq=False)
class PaymentTooLate(DomainError):
    """The order was closed before the buyer went to pay."""

    sentence = _("The time to pay is over; the order is closed.")
    order_id: int


@dataclass(eq=False)
class UnknownChannel(DomainError):
    """No such way to pay."""

    status = 422
    sentence = _("There is no payment channel {channel}.")
    field = "channel"
    channel: str


@dataclass(eq=False)
class BadSignature(DomainError):
    """A callback whose signature is not the channel's."""

    status = 400
    sentence = _("The signature is not valid.")
    field = "signature"


@dataclass(eq=False)
class StaleNotice(DomainError):
    """A callback too far from now: a replay, or a clock that is wrong."""

    status = 400
    sentence = _("This notice is older or newer than {seconds_max} seconds.")
    field = "sent_at"
    seconds_max: int


@dataclass(eq=False)
class NoticeMismatch(DomainError):
    """A callback whose amount or currency is not the payment's."""

    status = 422
    sentence = _(
        "The notice says {notice_fen} {notice_currency}, the payment is {payment_fen} {payment_currency}."
    )
    field = "amount_fen"
    notice_fen: int
    notice_currency: str
    payment_fen: int
    payment_currency: str


@dataclass(eq=False)
class RefundTooLarge(DomainError):
    """More than what is left of the line or its freight."""

    status = 422
    sentence = _("At most {goods_left_fen} fen for the goods and {freight_left_fen} fen freight can be refunded.")
    field = "goods_fen"
    goods_left_fen: int
    freight_left_fen: int


@dataclass(eq=False)
class RefundEmpty(DomainError):
    """A refund of nothing."""

    status = 422
    sentence = _("A refund needs an amount.")
    field = "goods_fen"


@dataclass(eq=False)
class CaseAlreadyOpen(DomainError):
    """One request per line at a time."""

    sentence = _("A refund for this line is already waiting for an answer.")
    field = "line_id"
    line_id: int


@dataclass(eq=False)
class NotRefundable(DomainError):
    """Nothing was paid, or it is over."""

    sentence = _("An order that is {state} cannot be refunded.")
    state: str


@dataclass(eq=False)
class CaseOpen(DomainError):
    """Something must wait until an after-sale case is over."""

    sentence = _("An after-sale request for this order is still open.")
    order_id: int


@dataclass(eq=False)
class MoveInThePast(DomainError):
    """A step cannot have happened before the one it follows, nor in the future."""

    status = 422
    sentence = _("{field_name} cannot be before {earliest}.")
    field_name: str
    earliest: str


@dataclass(eq=False)
class NotYetDue(DomainError):
    """Settlement before its time."""

    sentence = _("This order cannot be settled before {settle_at}.")
    settle_at: str


@dataclass(eq=False)
class CaseRefusedOften(DomainError):
    """The shop has refused this line's refund as often as the rules let a buyer ask."""

    status = 409
    sentence = _("The shop has refused this {refused} times; you cannot ask again.")
    refused: int


@dataclass(eq=False)
class NotTheirVisitor(DomainError):
    """A creator's own price is for those who came by that creator last."""

    status = 409
    sentence = _("This price is only for people who come from the creator who offers it.")
    sku_id: int


@dataclass(eq=False)
class ShopClosed(DomainError):
    """The shop does not sell at the moment."""

    status = 409
    sentence = _("This shop does not sell at the moment.")
    shop_id: int


@dataclass(eq=False)
class CaseTooLate(DomainError):
    """Too long after settlement."""

    sentence = _("A refund can be asked for within {days} days of settlement.")
    days: int


@dataclass(eq=False)
class KindNotPossible(DomainError):
    """What has not been shipped can be refunded, not sent back, exchanged or repaired."""

    sentence = _("This kind of after-sale is possible once the goods are on their way.")
    kind: str


@dataclass(eq=False)
class NoReasonOver(DomainError):
    """The time to send goods back without a reason is over, or never was for such goods (RULES 11.3)."""

    sentence = _("Returning without a reason was possible until {until}.")
    field = "reason"
    until: str


@dataclass(eq=False)
class ExchangeDiffers(DomainError):
    """Only another variant of the same product at the same price can come instead."""

    sentence = _("Only a variant of the same product at the same price can be had in exchange.")
    field = "exchange_sku_id"
    sku_id: int


@dataclass(eq=False)
class InterceptFirst(DomainError):
    """The parcel is on its way: the shop calls it back before it can refuse (RULES 11.3)."""

    sentence = _("The parcel is still on its way: call it back first. Until {until} this cannot be refused.")
    until: str


@dataclass(eq=False)
class EvidenceClosed(DomainError):
    """The time to show evidence is over."""

    sentence = _("Evidence could be shown until {until}.")
    until: str


@dataclass(eq=False)
class EvidenceTooMuch(DomainError):
    """One side has shown as much as it can."""

    sentence = _("Each side can show {most} pieces of evidence.")
    most: int


@dataclass(eq=False)
class AppealOver(DomainError):
    """The time to appeal is over."""

    sentence = _("An appeal was possible until {until}.")
    until: str


@dataclass(eq=False)
class SameJudge(DomainError):
    """An appeal is decided by somebody else."""

    status = 403
    sentence = _("An appeal is decided by another operator than the first ruling.")


@dataclass(eq=False)
class ChargeBackTooLarge(DomainError):
    """More than the payment had, or nothing."""

    status = 422
    sentence = _("Of this payment at most {left_fen} fen can have been charged back.")
    field = "amount_fen"
    left_fen: int


@dataclass(eq=False)
class ChargeBackDiffers(DomainError):
    """The reference is known with another amount."""

    sentence = _("This charge-back is booked with {booked_fen} fen.")
    field = "amount_fen"
    booked_fen: int


@dataclass(eq=False)
class UnknownCarrier(DomainError):
    """Nobody of this name brings scans here."""

    status = 404
    sentence = _("There is no carrier {carrier}.")
    carrier: str
