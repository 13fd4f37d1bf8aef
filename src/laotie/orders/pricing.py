"""What a basket costs: lines merged, quoted, checked against limits, and put together by shop."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from laotie.alliance.contracts import Attribution
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import Quote
from laotie.core.sql import Asked
from laotie.orders.contracts import LINES_PER_CHECKOUT_MAX, QUANTITY_MAX, BasketLine, Discount
from laotie.orders.errors import (
    BadQuantity,
    BasketEmpty,
    BasketTooLong,
    DiscountTooLarge,
    MixedCurrencies,
    OverLimit,
)
from laotie.promotions.contracts import LineForCoupons, Saving


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A basket line with its quote and what the buyer pays for it."""

    quote: Quote
    basket: BasketLine

    @property
    def goods_fen(self) -> int:
        """Price times quantity."""
        return self.quote.price_fen * self.basket.quantity

    @property
    def shop_discount_fen(self) -> int:
        """Discounts the shop pays itself."""
        return sum(entry.amount_fen for entry in self.basket.discounts if entry.payer == "shop")

    @property
    def funded_fen(self) -> int:
        """Discounts that others pay."""
        return sum(entry.amount_fen for entry in self.basket.discounts if entry.payer != "shop")

    @property
    def discount_fen(self) -> int:
        """All discounts."""
        return self.shop_discount_fen + self.funded_fen


def price_lines(lines: Sequence[BasketLine], now: datetime) -> list[PricedLine]:
    """Return a basket's lines with their prices, repeated SKUs added up, in the order in which stock is locked.

    Raises: BasketEmpty, BasketTooLong, BadQuantity, OverLimit, MixedCurrencies, DiscountTooLarge, SkuUnavailable.
    """
    return ask_prices(lines, now).answer()


def ask_prices(lines: Sequence[BasketLine], now: datetime) -> Asked[list[PricedLine]]:
    """Ask as `price_lines` does, in a trip shared with others."""
    basket = _merge_lines(lines)
    asked = catalog.ask_quotes(wanted=[(line.sku_id, line.channel) for line in basket], at=now)
    return Asked(asked.reply, lambda rows: _price(basket, asked.read(rows)))


def _price(basket: Sequence[BasketLine], quotes: Sequence[Quote]) -> list[PricedLine]:
    priced = [PricedLine(quote, line) for quote, line in zip(quotes, basket, strict=True)]
    for line in priced:
        limit = line.quote.limit_per_order
        if limit is not None and line.basket.quantity > limit:
            raise OverLimit(sku_id=line.quote.sku_id, limit=limit)
        if line.discount_fen > line.goods_fen or any(entry.amount_fen <= 0 for entry in line.basket.discounts):
            raise DiscountTooLarge(sku_id=line.quote.sku_id)
        if line.quote.currency != priced[0].quote.currency:
            raise MixedCurrencies(first=priced[0].quote.currency, second=line.quote.currency)
    return priced


def by_shop(priced: Sequence[PricedLine]) -> dict[int, list[PricedLine]]:
    """Put lines together that one shop sells."""
    orders: dict[int, list[PricedLine]] = defaultdict(list)
    for line in priced:
        orders[line.quote.shop_id].append(line)
    return dict(orders)


def payable_of(part: Sequence[PricedLine], *, freight_fen: int | None = None) -> int:
    """Return what a shop's part costs with freight: the carrier's if it was quoted, else the goods' own."""
    freight_fen = freight_of(part) if freight_fen is None else freight_fen
    return sum(line.goods_fen - line.discount_fen for line in part) + freight_fen


def freight_of(part: Sequence[PricedLine]) -> int:
    """Return a shop order's freight: the dearest of its goods' flat freights."""
    return max(line.quote.freight_fen for line in part)


def _merge_lines(lines: Sequence[BasketLine]) -> list[BasketLine]:
    """Add up repeated SKUs and put the basket in SKU order, the order in which stock is locked."""
    if not lines:
        raise BasketEmpty
    if len(lines) > LINES_PER_CHECKOUT_MAX:
        raise BasketTooLong(lines_max=LINES_PER_CHECKOUT_MAX)
    merged: dict[tuple[int, str], BasketLine] = {}
    for line in lines:
        if not 1 <= line.quantity <= QUANTITY_MAX:
            raise BadQuantity(quantity_max=QUANTITY_MAX)
        key = (line.sku_id, line.channel)
        before = merged.get(key)
        if before is None:
            merged[key] = line
            continue
        whole = before.quantity + line.quantity
        if whole > QUANTITY_MAX:
            raise BadQuantity(quantity_max=QUANTITY_MAX)
        merged[key] = BasketLine(line.sku_id, whole, line.channel, before.discounts + line.discounts)
    return [merged[key] for key in sorted(merged)]


def lines_for_coupons(priced: Sequence[PricedLine], attributions: Sequence[Attribution]) -> list[LineForCoupons]:
    """Return a basket as coupons see it, after the discounts it has already."""
    return [
        LineForCoupons(
            shop_id=line.quote.shop_id,
            product_id=line.quote.product_id,
            goods_fen=line.goods_fen - line.discount_fen,
            currency=line.quote.currency,
            creator_id=attribution.visited_creator_id,
        )
        for line, attribution in zip(priced, attributions, strict=True)
    ]


def with_savings(priced: Sequence[PricedLine], savings: Sequence[Sequence[Saving]]) -> list[PricedLine]:
    """Return a basket with what its coupons take off each line."""
    return [
        replace(
            line,
            basket=replace(
                line.basket,
                discounts=line.basket.discounts
                + tuple(Discount(saving.payer, saving.kind, saving.amount_fen) for saving in saved),
            ),
        )
        for line, saved in zip(priced, savings, strict=True)
    ]
