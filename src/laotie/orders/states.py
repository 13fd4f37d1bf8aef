"""The lifecycles of orders, payments, refunds, after-sale cases and disputes as tables of data (RULES 11.1)."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class OrderState(StrEnum):
    """待付款 → 待发货 → 待收货 → 已收货 → 交易成功; 已关闭."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    SETTLED = "settled"
    CLOSED = "closed"


class PaymentState(StrEnum):
    """A payment waits for its channel; money may still arrive after a failure."""

    WAITING = "waiting"
    FAILED = "failed"
    PAID = "paid"


class RefundState(StrEnum):
    """Money on its way back: out of the books, then carried out by the payment channel."""

    AGREED = "agreed"
    SUCCEEDED = "succeeded"


class ScanKind(StrEnum):
    """What a carrier tells of a parcel; the latest by its own time says how the parcel stands."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    RETURNED = "returned"  # back at the shop
    LOST = "lost"


class AfterSaleKind(StrEnum):
    """退货退款, 仅退款, 换货, 补寄, 维修."""

    RETURN_REFUND = "return_refund"
    REFUND_ONLY = "refund_only"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"


class AfterSaleState(StrEnum):
    """Whose turn it is in an after-sale case."""

    REQUESTED = "requested"  # the shop answers
    REFUSED = "refused"  # the buyer asks the platform, or it is over
    DISPUTED = "disputed"  # the platform decides
    RETURNING = "returning"  # the buyer sends the goods back
    RETURNED = "returned"  # the shop looks at what came back
    TO_SHIP = "to_ship"  # the shop sends goods
    RESHIPPED = "reshipped"  # the buyer waits for them
    REFUNDING = "refunding"  # the channel gives the money back
    DONE = "done"
    CLOSED = "closed"  # withdrawn, refused for good, or left undone


class DisputeState(StrEnum):
    """Evidence is shown, a ruling is made, one appeal is heard."""

    EVIDENCE = "evidence"
    DECIDING = "deciding"
    RULED = "ruled"  # may be appealed
    APPEALED = "appealed"
    FINAL = "final"


class Side(StrEnum):
    """The two sides of a dispute."""

    BUYER = "buyer"
    SHOP = "shop"


class Behaviour(StrEnum):
    """What the buyer of the sandbox may make happen."""

    PAY = "pay"
    PAY_SLOWLY = "pay_slowly"
    FAIL = "fail"
    FAIL_THEN_PAY = "fail_then_pay"
    REPEAT = "repeat"
    REORDER = "reorder"


ORDER_LIFE = Lifecycle(
    start=OrderState.PLACED,
    moves={
        OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CLOSED}),
        OrderState.PAID: frozenset({OrderState.SHIPPED, OrderState.CLOSED}),
        OrderState.SHIPPED: frozenset({OrderState.RECEIVED, OrderState.CLOSED}),
        OrderState.RECEIVED: frozenset({OrderState.SETTLED, OrderState.CLOSED}),
        OrderState.SETTLED: frozenset(),
        OrderState.CLOSED: frozenset(),
    },
)

PAYMENT_LIFE = Lifecycle(
    start=PaymentState.WAITING,
    moves={
        PaymentState.WAITING: frozenset({PaymentState.PAID, PaymentState.FAILED}),
        PaymentState.FAILED: frozenset({PaymentState.PAID}),
        PaymentState.PAID: frozenset(),
    },
)

REFUND_LIFE = Lifecycle(
    start=RefundState.AGREED,
    moves={
        RefundState.AGREED: frozenset({RefundState.SUCCEEDED}),
        RefundState.SUCCEEDED: frozenset(),
    },
)

_CASE = AfterSaleState
AFTER_SALE_LIFE = Lifecycle(
    start=_CASE.REQUESTED,
    moves={
        _CASE.REQUESTED: frozenset({_CASE.REFUSED, _CASE.RETURNING, _CASE.TO_SHIP, _CASE.REFUNDING, _CASE.CLOSED}),
        _CASE.REFUSED: frozenset({_CASE.DISPUTED, _CASE.CLOSED}),
        _CASE.DISPUTED: frozenset({_CASE.RETURNING, _CASE.TO_SHIP, _CASE.REFUNDING, _CASE.CLOSED}),
        _CASE.RETURNING: frozenset({_CASE.RETURNED, _CASE.CLOSED}),
        _CASE.RETURNED: frozenset({_CASE.REFUSED, _CASE.TO_SHIP, _CASE.REFUNDING, _CASE.CLOSED}),
        _CASE.TO_SHIP: frozenset({_CASE.RESHIPPED, _CASE.REFUNDING, _CASE.CLOSED}),
        _CASE.RESHIPPED: frozenset({_CASE.DONE}),
        _CASE.REFUNDING: frozenset({_CASE.DONE}),
        _CASE.DONE: frozenset(),
        _CASE.CLOSED: frozenset({_CASE.REFUNDING}),  # an appeal that the buyer wins
    },
)

# While one of these is open, the order's money stays where it is; refunding is done as far as the order is concerned.
OPEN_CASES = (
    _CASE.REQUESTED,
    _CASE.REFUSED,
    _CASE.DISPUTED,
    _CASE.RETURNING,
    _CASE.RETURNED,
    _CASE.TO_SHIP,
    _CASE.RESHIPPED,
)

DISPUTE_LIFE = Lifecycle(
    start=DisputeState.EVIDENCE,
    moves={
        DisputeState.EVIDENCE: frozenset({DisputeState.DECIDING, DisputeState.RULED, DisputeState.FINAL}),
        DisputeState.DECIDING: frozenset({DisputeState.RULED, DisputeState.FINAL}),
        DisputeState.RULED: frozenset({DisputeState.APPEALED, DisputeState.FINAL}),
        DisputeState.APPEALED: frozenset({DisputeState.FINAL}),
        DisputeState.FINAL: frozenset(),
    },
)

# Paid and not yet divided: the money of these orders lies in escrow.
OPEN_STATES = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED)
