"""The lifecycle of a message to an endpoint."""

from enum import StrEnum

from laotie.core.lifecycle import Lifecycle


class MessageState(StrEnum):
    """A message waits for its next attempt until it is delivered or given up; both can be sent again by hand."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class DisabledReason(StrEnum):
    """Why an endpoint gets nothing."""

    OWNER = "owner"  # switched off by hand, or its owner is shut out
    FAILING = "failing"  # nothing could be delivered for days
    GONE = "gone"  # it answered 410


MESSAGE_LIFE = Lifecycle(
    MessageState.WAITING,
    {
        MessageState.WAITING: frozenset({MessageState.DELIVERED, MessageState.FAILED}),
        MessageState.DELIVERED: frozenset({MessageState.WAITING}),
        MessageState.FAILED: frozenset({MessageState.WAITING}),
    },
)
