"""The values that cross the border of orders: what is asked for, and what others may see."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from laotie.alliance.contracts import FrozenTerms
from laotie.orders.states import OPEN_CASES as OPEN_CASES  # noqa: PLC0414 - part of the border
from laotie.orders.states import AfterSaleKind as AfterSaleKind  # noqa: PLC0414 - part of the border
from laotie.orders.states import AfterSaleState as AfterSaleState  # noqa: PLC0414 - part of the border
from laotie.orders.states import Behaviour as Behaviour  # noqa: PLC0414 - part of the border
from laotie.orders.states import DisputeState as DisputeState  # noqa: PLC0414 - part of the border
from laotie.orders.states import OrderState as OrderState  # noqa: PLC0414 - part of the border
from laotie.orders.states import PaymentState as PaymentState  # noqa: PLC0414 - part of the border
from laotie.orders.states import RefundState as RefundState  # noqa: PLC0414 - part of the border
from laotie.orders.states import ScanKind as ScanKind  # noqa: PLC0414 - part of the border
from laotie.orders.states import Side as Side  # noqa: PLC0414 - part of the border
from laotie.promotions.contracts import ClaimView

LINES_PER_CHECKOUT_MAX = 100
QUANTITY_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount that promotions granted on a basket line; `payer` is shop, creator:7 or platform."""

    payer: str
    kind: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BasketLine:
    """What a buyer wants: a SKU in the channel whose price they saw."""

    sku_id: int
    quantity: int
    channel: str = "shelf"
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes, as it was when placing."""

    recipient: str
    phone: str
    region: str
    street: str
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line of the cart with today's price; `refusal` says why it cannot be bought now."""

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
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class QuotedOrder:
    """One shop's part of a basket with its total."""

    shop_id: int
    lines: tuple[CartLineView, ...]
    goods_fen: int
    discount_fen: int
    freight_fen: int
    payable_fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class BasketQuote:
    """What a basket costs with coupons: those asked for or, where none are named, those that take most off.

    `usable` are all the buyer has that would fit by themselves.
    """

    orders: tuple[QuotedOrder, ...]
    claim_ids: tuple[int, ...]
    usable: tuple[ClaimView, ...]
    saved_fen: int


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment; `pay_url` is where the buyer goes to pay."""

    id: int
    number: str
    checkout_id: int
    channel: str
    state: PaymentState
    amount_fen: int
    currency: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """What was placed at once."""

    id: int
    order_ids: tuple[int, ...]
    payable_fen: int
    currency: str
    pay_until: datetime
    payment: PaymentView


@dataclass(frozen=True, slots=True)
class LineView:
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
    creator_id: int | None
    attribution: str


@dataclass(frozen=True, slots=True)
class MoveView:
    """A step in an order's life."""

    old: str
    new: str
    actor: str
    reason: str
    moved_at: datetime
    refund_id: int | None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class ScanView:
    """A carrier's word about a parcel."""

    kind: ScanKind
    place: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelView:
    """A parcel on its way."""

    carrier: str
    tracking_number: str
    shipped_at: datetime
    delivered_at: datetime | None
    state: str = ""  # a ScanKind, or empty until the carrier has spoken
    scans: tuple[ScanView, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money on its way back, and where it stands."""

    id: int
    order_id: int
    line_id: int
    state: RefundState
    goods_fen: int
    freight_fen: int
    quantity: int
    reason: str
    agreed_at: datetime
    succeeded_at: datetime | None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What one side of a dispute has shown."""

    id: int
    side: Side
    words: str
    has_picture: bool
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute before the platform."""

    id: int
    case_id: int
    state: DisputeState
    opened_at: datetime
    evidence_by: datetime
    decide_by: datetime
    winner: Side | None
    ruling: str
    ruled_at: datetime | None
    appeal_by: datetime | None
    appealed_at: datetime | None
    final_winner: Side | None
    final_ruling: str
    ended_at: datetime | None
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class AfterSaleView:
    """An after-sale case: whose turn it is, and until when."""

    id: int
    order_id: int
    line_id: int
    kind: AfterSaleKind
    state: AfterSaleState
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
    title: str = ""  # of the line's goods; in lists
    dispute: DisputeView | None = None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its order's state, its moves, and where goods go back to."""

    case: AfterSaleView
    shop_id: int
    buyer_id: int
    order_state: OrderState
    currency: str
    moves: tuple[MoveView, ...]
    parcels: tuple[ParcelView, ...]  # sent to the buyer for it
    return_address: Destination | None


@dataclass(frozen=True, slots=True)
class ChargeBackView:
    """Money a channel took back by itself."""

    id: int
    payment_number: str
    channel_ref: str
    amount_fen: int
    lost_fen: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as a list shows it."""

    id: int
    checkout_id: int
    shop_id: int
    buyer_id: int
    state: OrderState
    goods_fen: int
    freight_fen: int
    discount_fen: int
    payable_fen: int
    paid_fen: int
    refunded_fen: int
    freight_refunded_fen: int
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
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with everything its page shows. `destination` is masked unless the viewer ships it."""

    order: OrderView
    destination: Destination | None
    moves: tuple[MoveView, ...]
    parcels: tuple[ParcelView, ...]
    refunds: tuple[RefundView, ...]
    cases: tuple[AfterSaleView, ...]
    payments: tuple[PaymentView, ...]


@dataclass(frozen=True, slots=True)
class PaymentDetail:
    """A payment with the orders it pays, for its buyer."""

    payment: PaymentView
    orders: tuple[OrderView, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What one party has of a line: its role, ledger address and amount; a funded discount is negative."""

    role: str  # creator, agency, leader, platform_commission, platform_fee, funding, shop
    address: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineSettlement:
    """What was divided when a line settled; refunds afterwards scale it down and never look anything up."""

    base_fen: int
    newcomer_base_fen: int
    shares: tuple[Share, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the value as stored on the line."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read the value back."""
        return cls(
            base_fen=stored["base_fen"],
            newcomer_base_fen=stored["newcomer_base_fen"],
            shares=tuple(Share(**share) for share in stored["shares"]),
        )


@dataclass(frozen=True, slots=True)
class WrittenReview:
    """A review of an imported market; `order_id` is None where its order was not placed."""

    external_ref: str
    order_id: int | None
    stars: int
    title: str
    words: str
    written_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportedTotals:
    """What the database holds of an imported market: counts, and fen as its currency has them."""

    checkouts: int
    orders: int
    payments: int
    payments_fen: int
    receipts_by_reason: dict[str, int]
    receipts_fen: int
    reviews: int


@dataclass(frozen=True, slots=True)
class LineDivision:
    """How a line's money divides, with the rates that made it so; `fee_bp` is the trade's technical service fee."""

    line_id: int
    title: str
    sku_name: str
    picture_url: str
    quantity: int
    paid_fen: int
    refunded_fen: int
    funded_fen: int
    base_fen: int
    fee_bp: int
    newcomer_base_fen: int  # the part of the settled base that paid the newcomer's fee instead
    newcomer_fee_bp: int
    terms: FrozenTerms | None
    rate_bp: int  # the creator's rate, with its step
    receipt_number: int | None
    attribution: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class OrderDivision:
    """How an order's money divides: as settled, or as expected while it is open."""

    order_id: int
    shop_id: int
    is_settled: bool
    kept_fen: int
    freight_fen: int
    lines: tuple[LineDivision, ...]
    totals: tuple[Share, ...]  # with the freight in the shop's


@dataclass(frozen=True, slots=True)
class ShopMoney:
    """A shop's money on its way: paid and not refunded, before commission and fees."""

    escrow_fen: int
    settled_fen: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified word from a payment channel about one of our payments."""

    channel: str
    notice_id: str
    payment_number: str
    channel_ref: str
    is_paid: bool
    amount_fen: int
    currency: str
    sent_at: datetime
