"""From a stored line to the shares of its parties; the arithmetic itself is in amounts.py."""

from collections.abc import Iterable
from typing import Any

from laotie.alliance import queries as alliance
from laotie.alliance.contracts import FrozenTerms
from laotie.core.rules import Rules
from laotie.events.orders import LineShare
from laotie.ledger.contracts import creator_address, shop_address
from laotie.orders.amounts import MARKETING_ADDRESS, Funding, LineMoney, divide_line, service_fee, shrink_line
from laotie.orders.contracts import LineSettlement, Share
from laotie.orders.models import LineDiscount, OrderLine
from laotie.orders.rules import FEE_SCHEDULE


def funding_address(payer: str) -> str:
    """Return the ledger account a discount's payer pays from."""
    kind, _colon, creator_id = payer.partition(":")
    return creator_address(int(creator_id)) if kind == "creator" else MARKETING_ADDRESS


def money_of(line: OrderLine, discounts: Iterable[LineDiscount]) -> LineMoney:
    """Return a line's money with the discounts others fund."""
    fundings = tuple(
        Funding(funding_address(entry.payer), entry.amount_fen) for entry in discounts if entry.payer != "shop"
    )
    return LineMoney(paid_fen=line.paid_fen, refunded_fen=line.refunded_fen, fundings=fundings)


def fee_rate(trade: str, rules: Rules) -> int:
    """Return the technical service fee's rate for a line of trade."""
    schedule = rules[FEE_SCHEDULE]
    return schedule.get(trade, schedule["general"])


def commissions_of(base_fen: int, terms: dict[str, Any] | None, receipt_number: int | None) -> tuple[Share, ...]:
    """Return the alliance's shares of a base under frozen terms."""
    if terms is None:
        return ()
    frozen = FrozenTerms.from_json(terms)
    return tuple(
        Share(share.role.value, share.address, share.amount_fen)
        for share in alliance.split_commission(base_fen=base_fen, terms=frozen, receipt_number=receipt_number)
    )


def current_shares(
    *, line: OrderLine, discounts: Iterable[LineDiscount], shop_id: int, rules: Rules
) -> tuple[Share, ...]:
    """Return what each party has of a line now: by its settlement if there was one, else as expected."""
    money = money_of(line, discounts)
    if line.settlement is not None:
        return shrink_line(settled=LineSettlement.from_json(line.settlement), money=money)
    return divide_line(
        money=money,
        commissions=commissions_of(money.base_fen, line.terms, line.receipt_number),
        fee_fen=service_fee(base_fen=money.base_fen, rate_bp=fee_rate(line.trade, rules)),
        shop_address=shop_address(shop_id),
    )


def as_events(line_id: int, shares: Iterable[Share]) -> tuple[LineShare, ...]:
    """Return shares as events carry them."""
    return tuple(LineShare(line_id, share.role, share.address, share.amount_fen) for share in shares)
