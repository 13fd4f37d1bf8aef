"""Tables of orders, one file per subject."""

from laotie.orders.models.after_sale import AfterSale, ChargeBack, Dispute, Evidence, ReturnAddress
from laotie.orders.models.trade import (
    CartItem,
    Checkout,
    LineDiscount,
    NewcomerTurnover,
    Order,
    OrderLine,
    OrderMove,
    Parcel,
    ParcelScan,
    Payment,
    PaymentNotice,
    Receipt,
    Refund,
    RefundPart,
    ReviewFact,
)

__all__ = [
    "AfterSale",
    "CartItem",
    "ChargeBack",
    "Checkout",
    "Dispute",
    "Evidence",
    "LineDiscount",
    "NewcomerTurnover",
    "Order",
    "OrderLine",
    "OrderMove",
    "Parcel",
    "ParcelScan",
    "Payment",
    "PaymentNotice",
    "Receipt",
    "Refund",
    "RefundPart",
    "ReturnAddress",
    "ReviewFact",
]
