"""The channel of imported markets: the money moved long ago elsewhere, here it is only recorded."""

from collections.abc import Mapping
from datetime import datetime

from laotie.orders.contracts import Notice
from laotie.orders.errors import BadSignature


class RecordChannel:
    """Accepts no callbacks: an import hands its notices to `apply_notice` itself."""

    def pay_url(self, number: str) -> str:  # noqa: ARG002 - the port's signature
        """Nobody pays here."""
        return ""

    def read_notice(self, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Notice:  # noqa: ARG002
        """Refuse: nobody signs for this channel."""
        raise BadSignature

    def refund(self, *, payment_number: str, refund_key: str, amount_fen: int, currency: str, attempt: int) -> str:  # noqa: ARG002
        """Record that the money went back."""
        return f"record:{refund_key}"
