"""Payment channels behind one port. A channel is a file here and a line in this table."""

from laotie.orders.errors import UnknownChannel
from laotie.orders.payments.port import PaymentChannel
from laotie.orders.payments.record import RecordChannel
from laotie.orders.payments.sandbox import SandboxChannel

_CHANNELS: dict[str, PaymentChannel] = {
    "sandbox": SandboxChannel(),
    "record": RecordChannel(),
}


def channel_of(name: str) -> PaymentChannel:
    """Return a payment channel by its name.

    Raises: UnknownChannel.
    """
    channel = _CHANNELS.get(name)
    if channel is None:
        raise UnknownChannel(channel=name)
    return channel
