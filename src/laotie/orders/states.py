"""The lifecycles of orders, payments and refunds as tables of data (RULES 11.1)."""

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
    """A refund is asked for, answered, and carried out by the payment channel."""

    REQUESTED = "requested"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    AGREED = "agreed"
    SUCCEEDED = "succeeded"


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
    start=RefundState.REQUESTED,
    moves={
        RefundState.REQUESTED: frozenset({RefundState.AGREED, RefundState.REFUSED, RefundState.WITHDRAWN}),
        RefundState.REFUSED: frozenset(),
        RefundState.WITHDRAWN: frozenset(),
        RefundState.AGREED: frozenset({RefundState.SUCCEEDED}),
        RefundState.SUCCEEDED: frozenset(),
    },
)

# Paid and not yet divided: the money of these orders lies in escrow.
OPEN_STATES = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED)
