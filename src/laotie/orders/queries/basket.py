"""The cart and the total of a basket before it is placed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from laotie.alliance import queries as alliance
from laotie.alliance.contracts import LineForTerms
from laotie.catalog import queries as catalog
from laotie.catalog.contracts import Quote
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.rules import rules_at
from laotie.orders.contracts import BasketLine, BasketQuote, CartLineView, QuotedOrder
from laotie.orders.models import CartItem
from laotie.orders.pricing import (
    PricedLine,
    by_shop,
    freight_of,
    lines_for_coupons,
    payable_of,
    price_lines,
    with_savings,
)
from laotie.orders.rules import SHIP_HOURS
from laotie.promotions import queries as promotions


def get_cart(*, actor: Actor, now: datetime) -> tuple[CartLineView, ...]:
    """Return the cart with today's prices, newest first; what cannot be bought now says why."""
    items = list(CartItem.objects.filter(account=actor.account_id).order_by("-added_at", "-id"))
    quotes = catalog.find_quotes(wanted=[(item.sku_id, item.channel) for item in items], at=now)
    return tuple(_cart_line(item, quotes.get((item.sku_id, item.channel))) for item in items)


def count_cart_items(*, actor: Actor) -> int:
    """Return how many different goods wait in the cart."""
    return CartItem.objects.filter(account=actor.account_id).count()


def ship_hours_promised(*, at: datetime) -> int:
    """Return within how many hours after payment a shop ships an order placed now."""
    return rules_at(at)[SHIP_HOURS]


def quote_basket(*, lines: Sequence[BasketLine], now: datetime) -> tuple[QuotedOrder, ...]:
    """Return what a basket costs, per shop, with freight and discounts. Same refusals as place_order."""
    return _by_shop(price_lines(lines, now))


def quote_with_coupons(
    *, actor: Actor, lines: Sequence[BasketLine], now: datetime, claim_ids: Collection[int] | None = None
) -> BasketQuote:
    """Return what a basket costs this buyer with coupons: `claim_ids`, or the ones that take most off.

    Raises: what quote_basket raises; promotions' CouponNotFitting and CouponsDoNotStack, NotFound for claims asked
    for that are not the buyer's to spend.
    """
    priced = price_lines(lines, now)
    if actor.account_id is None:
        return BasketQuote(_by_shop(priced), (), (), 0)
    wanted = [LineForTerms(line.quote.product_id, line.quote.shop_id, line.quote.trade) for line in priced]
    attributions = alliance.freeze_terms(buyer_id=actor.account_id, lines=wanted, at=now, rules=rules_at(now))
    bare = lines_for_coupons(priced, attributions)
    held = promotions.list_usable(account_id=actor.account_id, at=now)
    usable = tuple(claim for claim in held if promotions.preview_savings(claims=[claim], lines=bare))
    chosen = promotions.choose_coupons(claims=usable, lines=bare) if claim_ids is None else tuple(claim_ids)
    spent = [claim for claim in held if claim.id in chosen]
    if len(spent) < len(set(chosen)):
        raise NotFound(what="coupon")
    savings = promotions.savings_of(claims=spent, lines=bare)
    return BasketQuote(
        orders=_by_shop(with_savings(priced, savings)),
        claim_ids=tuple(sorted(chosen)),
        usable=usable,
        saved_fen=sum(saving.amount_fen for line in savings for saving in line),
    )


def _by_shop(priced: Sequence[PricedLine]) -> tuple[QuotedOrder, ...]:
    return tuple(_quoted(shop_id, part) for shop_id, part in by_shop(priced).items())


def _cart_line(item: CartItem, quote: Quote | None) -> CartLineView:
    if quote is None:
        return CartLineView(
            item.pk, item.sku_id, 0, 0, item.channel, "", "", "", item.quantity, 0, 0, refusal="unavailable"
        )
    refusal = "" if quote.on_hand >= item.quantity else "out_of_stock"
    return CartLineView(
        item_id=item.pk,
        sku_id=quote.sku_id,
        product_id=quote.product_id,
        shop_id=quote.shop_id,
        channel=item.channel,
        title=quote.title,
        sku_name=quote.sku_name,
        picture_url=quote.picture_url,
        quantity=item.quantity,
        price_fen=quote.price_fen,
        on_hand=quote.on_hand,
        refusal=refusal,
    )


def _quoted(shop_id: int, part: list[PricedLine]) -> QuotedOrder:
    goods_fen = sum(line.goods_fen for line in part)
    discount_fen = sum(line.discount_fen for line in part)
    freight_fen = freight_of(part)
    return QuotedOrder(
        shop_id=shop_id,
        lines=tuple(
            CartLineView(
                0,
                line.quote.sku_id,
                line.quote.product_id,
                shop_id,
                line.quote.channel,
                line.quote.title,
                line.quote.sku_name,
                line.quote.picture_url,
                line.basket.quantity,
                line.quote.price_fen,
                line.quote.on_hand,
            )
            for line in part
        ),
        goods_fen=goods_fen,
        discount_fen=discount_fen,
        freight_fen=freight_fen,
        payable_fen=payable_of(part),
        currency=part[0].quote.currency,
    )
