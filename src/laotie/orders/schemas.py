"""What goes over the wire for orders."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from laotie.orders.contracts import (
    LINES_PER_CHECKOUT_MAX,
    QUANTITY_MAX,
    AfterSaleKind,
    AfterSaleView,
    BasketQuote,
    CartLineView,
    CaseDetail,
    ChargeBackView,
    CheckoutView,
    Destination,
    DisputeView,
    OrderDetail,
    OrderView,
    PaymentView,
    RefundView,
    Side,
)
from laotie.promotions.contracts import CLAIMS_PER_CHECKOUT_MAX

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Fen = Annotated[int, Field(ge=0, le=2**53 - 1)]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
Channel = Annotated[str, Field(pattern=r"^(shelf|creator:[1-9][0-9]{0,17}|room:[1-9][0-9]{0,17})$")]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(Schema):
    """Input refuses fields it does not know, so a misspelt one is named."""

    model_config = ConfigDict(extra="forbid")


class BasketLineIn(Strict):
    """A SKU wanted, in the channel whose price was seen."""

    sku_id: Id
    quantity: Quantity
    channel: Channel = "shelf"


class QuoteIn(Strict):
    """A basket to price."""

    lines: Annotated[list[BasketLineIn], Field(min_length=1, max_length=LINES_PER_CHECKOUT_MAX)]
    claim_ids: Annotated[list[Id], Field(max_length=CLAIMS_PER_CHECKOUT_MAX)] | None = None


class PlaceOrderIn(QuoteIn):
    """A basket to buy. `expected_fen` is the total the buyer saw; another total is refused.

    `claim_ids` are the coupons to spend; none are spent unless named.
    """

    address_id: Id
    expected_fen: Fen | None = None
    placed_from: Annotated[str, Field(max_length=100, pattern=r"^[\x21-\x7e]*$")] = ""
    payment_channel: Annotated[str, Field(min_length=1, max_length=20)] = "sandbox"


class CartItemIn(Strict):
    """Units of a SKU for the cart."""

    sku_id: Id
    quantity: Quantity = 1
    channel: Channel = "shelf"


class CartQuantityIn(Strict):
    """The wanted number; 0 takes the item out."""

    quantity: Annotated[int, Field(ge=0, le=QUANTITY_MAX)]


class StartPaymentIn(Strict):
    """How to pay what is still open of a checkout."""

    channel: Annotated[str, Field(min_length=1, max_length=20)] = "sandbox"


class ParcelIn(Strict):
    """A parcel handed over."""

    carrier: Annotated[str, Field(min_length=1, max_length=40)]
    tracking_number: Annotated[str, Field(min_length=1, max_length=60)]


class NewDestinationIn(Strict):
    """Where an order is to go instead."""

    address_id: Id


class ScansTaken(Schema):
    """How many scans of a callback were new."""

    taken: int


class ShipIn(Strict):
    """The parcels of an order."""

    parcels: Annotated[list[ParcelIn], Field(min_length=1, max_length=20)]


class RefundIn(Strict):
    """Money to give back on a line, and units that come back with it."""

    line_id: Id
    goods_fen: Fen
    freight_fen: Fen = 0
    quantity: Annotated[int, Field(ge=0, le=QUANTITY_MAX)] = 0
    reason: Words


class AfterSaleIn(Strict):
    """What is wished for a line: an amount, or units at their price, or (neither) all that is left."""

    line_id: Id
    kind: AfterSaleKind = AfterSaleKind.REFUND_ONLY
    goods_fen: Fen | None = None
    freight_fen: Fen = 0
    quantity: Annotated[int, Field(ge=0, le=QUANTITY_MAX)] = 0
    exchange_sku_id: Id | None = None
    reason: Words


class ConfirmReturnIn(Strict):
    """Whether what came back can be sold again."""

    is_sellable: bool


class WordsIn(Strict):
    """What somebody says."""

    words: Annotated[str, Field(min_length=1, max_length=500)]


class EvidenceIn(Strict):
    """Words, a picture (base64 of JPEG, PNG or WebP), or both."""

    words: Annotated[str, Field(max_length=500)] = ""
    picture: Annotated[str, Field(max_length=11_000_000)] = ""


class RulingIn(Strict):
    """Who is right, and why."""

    winner: Side
    ruling: Annotated[str, Field(min_length=1, max_length=500)]


class ReturnAddressIn(Strict):
    """Where goods go back to."""

    recipient: Annotated[str, Field(min_length=1, max_length=60)]
    phone: Annotated[str, Field(min_length=1, max_length=30)]
    region: Annotated[str, Field(min_length=1, max_length=100)]
    street: Words


class ChargeBackIn(Strict):
    """Money a channel took back."""

    payment_number: Annotated[str, Field(min_length=1, max_length=40)]
    amount_fen: Annotated[int, Field(ge=1, le=2**53 - 1)]
    channel_ref: Annotated[str, Field(min_length=1, max_length=100)]


class OrderReasonIn(Strict):
    """Why."""

    reason: Words


class CartLineOut(Schema):
    """A line of the cart."""

    item_id: int
    sku_id: int
    product_id: int
    shop_id: int
    channel: str
    title: str
    sku_name: str
    picture_url: str
    quantity: int
    price_fen: int
    on_hand: int
    refusal: str

    @classmethod
    def of(cls, view: CartLineView) -> "CartLineOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class CartOut(Schema):
    """The cart."""

    items: list[CartLineOut]


class QuotedOrderOut(Schema):
    """One shop's part of a basket."""

    shop_id: int
    lines: list[CartLineOut]
    goods_fen: int
    discount_fen: int
    freight_fen: int
    payable_fen: int
    currency: str


class BasketPriceOut(Schema):
    """What a basket costs, and with which coupons."""

    orders: list[QuotedOrderOut]
    payable_fen: int
    saved_fen: int
    claim_ids: list[int]

    @classmethod
    def of(cls, view: BasketQuote) -> "BasketPriceOut":
        """Return the view as sent."""
        orders = [QuotedOrderOut.model_validate(part, from_attributes=True) for part in view.orders]
        payable_fen = sum(part.payable_fen for part in view.orders)
        return cls(
            orders=orders, payable_fen=payable_fen, saved_fen=view.saved_fen, claim_ids=list(view.claim_ids)
        )


class PaymentOut(Schema):
    """A payment and where to pay it."""

    id: int
    number: str
    checkout_id: int
    channel: str
    state: str
    amount_fen: int
    currency: str
    pay_url: str

    @classmethod
    def of(cls, view: PaymentView) -> "PaymentOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class CheckoutOut(Schema):
    """What was placed at once."""

    id: int
    order_ids: list[int]
    payable_fen: int
    currency: str
    pay_until: datetime
    payment: PaymentOut

    @classmethod
    def of(cls, view: CheckoutView) -> "CheckoutOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class LineOut(Schema):
    """A line of an order."""

    id: int
    sku_id: int
    product_id: int
    title: str
    sku_name: str
    picture_url: str
    quantity: int
    price_fen: int
    goods_fen: int
    discount_fen: int
    paid_fen: int
    refunded_fen: int
    returned_quantity: int


class OrderOut(Schema):
    """An order as a list shows it."""

    id: int
    checkout_id: int
    shop_id: int
    state: str
    goods_fen: int
    freight_fen: int
    discount_fen: int
    payable_fen: int
    paid_fen: int
    refunded_fen: int
    currency: str
    close_reason: str
    rules_version: str
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    ship_by: datetime | None
    shipped_at: datetime | None
    receive_by: datetime | None
    received_at: datetime | None
    settle_at: datetime | None
    settled_at: datetime | None
    closed_at: datetime | None
    lines: list[LineOut]

    @classmethod
    def of(cls, view: OrderView) -> "OrderOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class DestinationOut(Schema):
    """Where an order goes."""

    recipient: str
    phone: str
    region: str
    street: str
    postcode: str

    @classmethod
    def of(cls, view: Destination) -> "DestinationOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class MoveOut(Schema):
    """A step of an order's life."""

    old: str
    new: str
    reason: str
    moved_at: datetime
    refund_id: int | None
    case_id: int | None


class ScanOut(Schema):
    """A carrier's word about a parcel."""

    kind: str
    place: str
    scanned_at: datetime


class ParcelOut(Schema):
    """A parcel."""

    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    state: str
    scans: list[ScanOut]


class RefundOut(Schema):
    """Money on its way back."""

    id: int
    order_id: int
    line_id: int
    state: str
    goods_fen: int
    freight_fen: int
    quantity: int
    reason: str
    agreed_at: datetime
    succeeded_at: datetime | None

    @classmethod
    def of(cls, view: RefundView) -> "RefundOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class EvidenceOut(Schema):
    """What one side of a dispute has shown."""

    id: int
    side: str
    words: str
    has_picture: bool
    shown_at: datetime


class DisputeOut(Schema):
    """A dispute before the platform."""

    id: int
    state: str
    opened_at: datetime
    evidence_by: datetime
    decide_by: datetime
    winner: str | None
    ruling: str
    ruled_at: datetime | None
    appeal_by: datetime | None
    appealed_at: datetime | None
    final_winner: str | None
    final_ruling: str
    ended_at: datetime | None
    evidence: list[EvidenceOut]

    @classmethod
    def of(cls, view: DisputeView) -> "DisputeOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class AfterSaleOut(Schema):
    """An after-sale case: whose turn it is, and until when."""

    id: int
    order_id: int
    line_id: int
    kind: str
    state: str
    goods_fen: int
    freight_fen: int
    quantity: int
    reason: str
    answer: str
    exchange_sku_id: int | None
    return_carrier: str
    return_tracking_number: str
    refund_id: int | None
    requested_at: datetime
    moved_at: datetime
    act_by: datetime | None
    dispute: DisputeOut | None

    @classmethod
    def of(cls, view: AfterSaleView) -> "AfterSaleOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class CaseOut(Schema):
    """A case with where goods go back to, while they do."""

    case: AfterSaleOut
    return_address: DestinationOut | None

    @classmethod
    def of(cls, view: CaseDetail) -> "CaseOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class ChargeBackOut(Schema):
    """Money a channel took back."""

    id: int
    payment_number: str
    channel_ref: str
    amount_fen: int
    lost_fen: int
    taken_at: datetime

    @classmethod
    def of(cls, view: ChargeBackView) -> "ChargeBackOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class OrderDetailOut(Schema):
    """An order with everything its page shows."""

    order: OrderOut
    destination: DestinationOut | None
    moves: list[MoveOut]
    parcels: list[ParcelOut]
    refunds: list[RefundOut]
    cases: list[AfterSaleOut]
    payments: list[PaymentOut]

    @classmethod
    def of(cls, view: OrderDetail) -> "OrderDetailOut":
        """Return the view as sent."""
        return cls.model_validate(view, from_attributes=True)


class NoticeEffect(Schema):
    """What a payment notice did: paid, failed, repeated, ignored or late."""

    effect: str
