"""What every payment channel offers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from laotie.orders.contracts import Notice

NOTICE_AGE_MAX = timedelta(minutes=5)  # a replayed callback is older (RULES; STACK 9: libraries do not check)


class ChannelUnavailable(Exception):
    """The channel could not be reached or refused for now; the same request may be sent again."""


class PaymentChannel(Protocol):
    """A way to pay. Requests carry keys that make repetition harmless."""

    def pay_url(self, number: str) -> str:
        """Return where the buyer pays the payment of this number."""

    def read_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:
        """Return a callback's content once its signature and age are proven.

        Raises: BadSignature, StaleNotice, InvalidInput.
        """

    def refund(self, *, payment_number: str, refund_key: str, amount_fen: int, currency: str, attempt: int) -> str:
        """Give money back and return the channel's own number for it.

        Raises: ChannelUnavailable.
        """
