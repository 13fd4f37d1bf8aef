"""Payment channels behind one port. A channel is a file here and a line in this table.

What an imported market was paid with has a name of its own each, so that the ledger tells card from boleto; all of
them are only recorded.
"""

from laotie.orders.errors import UnknownChannel
from laotie.orders.payments.port import PaymentChannel
from laotie.orders.payments.record import RecordChannel
from laotie.orders.payments.sandbox import SandboxChannel

_CHANNELS: dict[str, PaymentChannel] = {
    "sandbox": SandboxChannel(),
    **dict.fromkeys(
        ("record", "record:boleto", "record:card", "record:debit", "record:voucher"),
        RecordChannel(),
    ),
}


def channel_of(name: str) -> PaymentChannel:
    """Return a payment channel by its name.

    Raises: UnknownChannel.
    """
    channel = _CHANNELS.get(name)
    if channel is None:
        raise UnknownChannel(channel=name)
    return channel


def is_only_recorded(name: str) -> bool:
    """Say whether money moves through a channel elsewhere, so that what the books say of it is done already."""
    return isinstance(_CHANNELS.get(name), RecordChannel)
