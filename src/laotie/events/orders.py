"""What the orders module tells the others: the life of an order, line by line."""

from dataclasses import dataclass
from datetime import datetime

from laotie.events.event import Event


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of a paid order: its commission base and, where one is owed, to whom."""

    line_id: int
    product_id: int
    sku_id: int
    quantity: int
    base_fen: int  # goods after the shop's own discounts, without freight (RULES 2.7)
    creator_id: int | None = None
    plan_id: int | None = None
    rate_bp: int = 0
    leader_id: int | None = None
    leader_rate_bp: int = 0
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class LineShare:
    """What one party earns on one line; `address` is its ledger account."""

    line_id: int
    role: str  # creator, agency, leader, platform_commission, platform_fee, shop
    address: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A received line, its place in order of receipt, and the commission rate that place earns."""

    line_id: int
    receipt_number: int | None = None
    rate_bp: int = 0


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """A buyer has placed an order with one shop; its stock is held."""

    name = "orders.order_placed.v1"
    order_id: int
    shop_id: int
    buyer_id: int
    payable_fen: int
    placed_from: str = ""


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """An order is paid in full; `shares` are what its parties may expect."""

    name = "orders.order_paid.v1"
    order_id: int
    shop_id: int
    buyer_id: int
    paid_at: datetime
    lines: tuple[PaidLine, ...]
    shares: tuple[LineShare, ...]
    placed_from: str = ""


@dataclass(frozen=True, slots=True)
class OrderShipped(Event):
    """The shop has handed over every parcel of an order."""

    name = "orders.order_shipped.v1"
    order_id: int
    shop_id: int
    shipped_at: datetime


@dataclass(frozen=True, slots=True)
class OrderReceived(Event):
    """The buyer has the goods, by their word or by the deadline; `shares` follow the step schedule."""

    name = "orders.order_received.v1"
    order_id: int
    shop_id: int
    received_at: datetime
    is_automatic: bool
    lines: tuple[ReceivedLine, ...]
    shares: tuple[LineShare, ...]


@dataclass(frozen=True, slots=True)
class OrderSettled(Event):
    """An order's money has left escrow for the accounts of its parties."""

    name = "orders.order_settled.v1"
    order_id: int
    shop_id: int
    settled_at: datetime
    shares: tuple[LineShare, ...]


@dataclass(frozen=True, slots=True)
class OrderRefunded(Event):
    """Money of one line went back to the buyer; `shares` are what its parties keep."""

    name = "orders.order_refunded.v1"
    order_id: int
    shop_id: int
    refund_id: int
    line_id: int
    quantity: int  # units taken back into stock or never sent; 0 when only money moved
    goods_fen: int
    freight_fen: int
    is_settled: bool
    reason: str
    remaining_base_fen: int
    shares: tuple[LineShare, ...]


@dataclass(frozen=True, slots=True)
class OrderClosed(Event):
    """An order ended without success: unpaid in time, cancelled, or refunded whole."""

    name = "orders.order_closed.v1"
    order_id: int
    shop_id: int
    reason: str
    was_paid: bool


@dataclass(frozen=True, slots=True)
class AfterSaleMoved(Event):
    """An after-sale case was opened or has moved: `state` says whose turn it is, `act_by` until when."""

    name = "orders.after_sale_moved.v1"
    case_id: int
    order_id: int
    line_id: int
    shop_id: int
    buyer_id: int
    kind: str
    state: str
    act_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class LateCompensated(Event):
    """A shop has paid a buyer for shipping late; the order goes on."""

    name = "orders.late_compensated.v1"
    order_id: int
    shop_id: int
    buyer_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DisputeEnded(Event):
    """The platform has decided for good between a buyer and a shop about an after-sale case."""

    name = "orders.dispute_ended.v1"
    case_id: int
    order_id: int
    shop_id: int
    kind: str
    winner: str  # buyer or shop
    was_appealed: bool
