"""Makes the smallest valid things of the ledger."""

from datetime import UTC, datetime

from laotie.ledger.contracts import Leg
from laotie.ledger.operations import post

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
MEI = "creator:7:commission"
TAN = "shop:3:payable"
LEADER = "leader:9:fee"
CHANNEL = "channel:sandbox"
ESCROW = "platform:escrow:1"
COMMISSION = "platform:commission"
FEE = "platform:fee"


def legs(**amounts: int) -> list[Leg]:
    """Return legs at addresses named in this file, as `legs(ESCROW=-1, MEI=1)`."""
    return [Leg(globals()[name], amount) for name, amount in amounts.items()]


def make_posting(
    *,
    key: str = "p1",
    kind: str = "payment",
    subject: str = "order:1",
    now: datetime = NOW,
    currency: str = "CNY",
    **amounts: int,
) -> int:
    """Post the given amounts; by default a payment of 100.00 into escrow."""
    return post(
        key=key,
        kind=kind,
        subject=subject,
        legs=legs(**(amounts or {"CHANNEL": -10_000, "ESCROW": 10_000})),
        now=now,
        currency=currency,
    )


def make_income(*, fen: int = 1_800, key: str = "income", subject: str = "order:1") -> int:
    """Pay Mei a commission out of escrow."""
    return make_posting(key=key, kind="settlement", subject=subject, ESCROW=-fen, MEI=fen)
