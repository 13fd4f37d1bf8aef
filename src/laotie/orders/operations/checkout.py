"""Placing an order, and closing one that is not paid in time.

Placing is the hot path: every question and every write is one prepared statement, and they travel in three trips:
address, prices and the ids to come; terms and stock; rows and events.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from psycopg.types.json import Jsonb

from laotie.alliance import queries as alliance
from laotie.alliance.contracts import Attribution, LineForTerms
from laotie.catalog import operations as catalog_operations
from laotie.catalog.contracts import Wanted
from laotie.core.actor import Actor, system
from laotie.core.crypto import encrypt
from laotie.core.errors import IllegalMove, NotFound, NotSignedIn
from laotie.core.ids import new_number
from laotie.core.rules import DEFAULT_BOOK, Rules, rules_at
from laotie.core.sql import Asked, send_prepared, together
from laotie.events.orders import OrderClosed, OrderPlaced
from laotie.events.outbox import publish
from laotie.orders.contracts import (
    LINES_PER_CHECKOUT_MAX,
    BasketLine,
    CheckoutView,
    Destination,
    PaymentState,
    PaymentView,
)
from laotie.orders.errors import (
    AddressMissing,
    NotTheirVisitor,
    PriceChanged,
    ShopClosed,
)
from laotie.orders.models import LineDiscount, Order, OrderLine
from laotie.orders.operations.limits import require_within_limits
from laotie.orders.operations.moves import move_order, return_spent_coupons
from laotie.orders.operations.refunds import return_money
from laotie.orders.payments import channel_of
from laotie.orders.pricing import (
    PricedLine,
    ask_prices,
    by_shop,
    freight_of,
    lines_for_coupons,
    payable_of,
    with_savings,
)
from laotie.orders.rules import PAY_SECONDS
from laotie.orders.states import OrderState
from laotie.people import queries as people
from laotie.people.contracts import AddressView
from laotie.promotions import operations as promotions_operations

CLOSE_BATCH = 100


@transaction.atomic(savepoint=False)
def place_order(
    *,
    buyer: Actor,
    lines: Sequence[BasketLine],
    now: datetime,
    address_id: int | None = None,
    destination: Destination | None = None,
    expected_fen: int | None = None,
    placed_from: str = "",
    payment_channel: str = "sandbox",
    book: str = DEFAULT_BOOK,
    external_ref: str | None = None,
    freights: Mapping[int, int] | None = None,
    first_payment_fen: int | None = None,
    claim_ids: Collection[int] = (),
) -> CheckoutView:
    """Turn a basket into one order per shop that holds its stock and its commission terms, and a payment.

    `expected_fen` is the total the buyer saw; another total is refused. Repetition is the caller's to guard (an
    Idempotency-Key at the API, `external_ref` in an import; each of several orders has it with its shop behind a
    slash). `freights` are what carriers quoted per shop, in the place of the goods' flat freight. With
    `first_payment_fen` the payment asks for a part, and `start_payment` for the others. `claim_ids` are the buyer's
    coupons to spend; they come back if every order of the checkout comes to nothing.

    Raises: BasketEmpty, BasketTooLong, BadQuantity, OverLimit, OverPersonLimit, MixedCurrencies, DiscountTooLarge,
    PriceChanged, AddressMissing, ShopClosed, NotTheirVisitor, catalog's SkuUnavailable and OutOfStock, people's
    NotFound for somebody else's address, promotions' CouponSpent, CouponNotFitting and CouponsDoNotStack.
    """
    if buyer.account_id is None:
        raise NotSignedIn
    rules = rules_at(now, book)
    with together():
        asked_prices = ask_prices(lines, now)
        asked_address = _ask_address(buyer, address_id) if destination is None else None
        ids = send_prepared(_IDS, [min(len(lines), LINES_PER_CHECKOUT_MAX)])
    if asked_address is not None:
        destination = _destination(asked_address.answer())
    assert destination is not None
    priced = asked_prices.answer()
    require_within_limits(buyer.account_id, priced)
    shop_ids = {line.quote.shop_id for line in priced}
    number = new_number(now)
    pay_until = now + timedelta(seconds=rules[PAY_SECONDS])
    with together():
        asked_closed = people.ask_closed_shops(shop_ids)
        asked_terms = _ask_terms(buyer.account_id, priced, now, rules)
        asked_stock = catalog_operations.ask_stock(
            wanted=[Wanted(line.quote.pool_id, line.basket.quantity) for line in priced],
            reference=f"payment:{number}",
            expires_at=pay_until,
            now=now,
        )
    for shop_id in asked_closed.answer():
        raise ShopClosed(shop_id=shop_id)
    attributions, reservations = asked_terms.answer(), asked_stock.answer()
    for line, attribution in zip(priced, attributions, strict=True):
        _require_visitor(line, attribution)
    checkout_id, payment_id, drawn_ids = ids.rows()[0]
    if claim_ids:
        savings = promotions_operations.spend_coupons(
            account_id=buyer.account_id,
            claim_ids=claim_ids,
            lines=lines_for_coupons(priced, attributions),
            used_for=f"checkout:{checkout_id}",
            now=now,
        )
        priced = with_savings(priced, savings)
    orders = by_shop(priced)
    freights = freights or {shop_id: freight_of(part) for shop_id, part in orders.items()}
    payables = {shop_id: payable_of(part, freight_fen=freights[shop_id]) for shop_id, part in orders.items()}
    payable_fen = sum(payables.values())
    if expected_fen is not None and expected_fen != payable_fen:
        raise PriceChanged(expected_fen=expected_fen, payable_fen=payable_fen)
    asked_fen = payable_fen if first_payment_fen is None else min(first_payment_fen, payable_fen)
    rows = list(zip(priced, attributions, reservations, strict=True))
    order_ids = dict(zip(orders, drawn_ids, strict=False))
    with together():
        _insert(
            checkout_id=checkout_id,
            payment_id=payment_id,
            order_ids=order_ids,
            buyer_id=buyer.account_id,
            orders=orders,
            freights=freights,
            asked_fen=asked_fen,
            rows=rows,
            destination=destination,
            number=number,
            payment_channel=payment_channel,
            pay_until=pay_until,
            rules=rules,
            placed_from=placed_from,
            external_ref=external_ref,
            now=now,
        )
        publish(
            *(
                OrderPlaced(
                    order_id=order_id,
                    shop_id=shop_id,
                    buyer_id=buyer.account_id,
                    payable_fen=payables[shop_id],
                    placed_from=placed_from,
                )
                for shop_id, order_id in order_ids.items()
            ),
            now=now,
        )
    _insert_discounts(rows, order_ids)
    currency = priced[0].quote.currency
    payment = PaymentView(
        id=payment_id,
        number=number,
        checkout_id=checkout_id,
        channel=payment_channel,
        state=PaymentState.WAITING,
        amount_fen=asked_fen,
        currency=currency,
        pay_url=channel_of(payment_channel).pay_url(number),
    )
    return CheckoutView(
        id=checkout_id,
        order_ids=tuple(order_ids.values()),
        payable_fen=payable_fen,
        currency=currency,
        pay_until=pay_until,
        payment=payment,
    )


@transaction.atomic(savepoint=False)
def close_unpaid_checkout(*, checkout_id: int, actor: Actor, now: datetime, reason: str) -> int:
    """Close what is unpaid of a checkout and release its stock; return how many orders that were.

    Money that arrives later is refunded (payment.py).
    """
    orders = list(
        Order.objects.select_for_update().filter(checkout_id=checkout_id, state=OrderState.PLACED).order_by("pk")
    )
    for order in orders:
        move_order(
            order, OrderState.CLOSED, actor=actor, now=now, reason=reason, close_reason=reason, closed_at=now
        )
    lines = OrderLine.objects.filter(order__in=orders)
    catalog_operations.release_reservations(ids=tuple(lines.values_list("reservation_id", flat=True)), now=now)
    publish(
        *(
            OrderClosed(order_id=order.pk, shop_id=order.shop_id, reason=reason, was_paid=False)
            for order in orders
        ),
        now=now,
    )
    return_spent_coupons(checkout_id)
    for order in orders:
        if order.paid_fen:  # a part was paid in time, the rest never came
            return_money(order_id=order.pk, amount_fen=order.paid_fen, actor=actor, now=now, reason=reason)
    return len(orders)


def cancel_unpaid_order(*, actor: Actor, order_id: int, now: datetime) -> None:
    """Let the buyer give up a checkout that is not paid, with all its orders.

    Raises: NotFound, IllegalMove when it is paid or closed already.
    """
    order = Order.objects.filter(pk=order_id, buyer_id=actor.account_id).first()
    if order is None:
        raise NotFound(what="order")
    if not close_unpaid_checkout(checkout_id=order.checkout_id, actor=actor, now=now, reason="cancelled"):
        raise IllegalMove(found=order.state, wanted=OrderState.CLOSED)


def close_unpaid_checkouts(*, now: datetime, limit: int = CLOSE_BATCH) -> int:
    """Close the orders whose time to pay is over, a transaction per checkout, and return how many."""
    due = Order.objects.filter(state=OrderState.PLACED, pay_until__lt=now).order_by("pay_until")
    return sum(
        close_unpaid_checkout(checkout_id=checkout_id, actor=system("unpaid"), now=now, reason="unpaid")
        for checkout_id in dict.fromkeys(due.values_list("checkout_id", flat=True)[:limit])
    )


def _ask_address(buyer: Actor, address_id: int | None) -> Asked[AddressView]:
    if address_id is None:
        raise AddressMissing
    return people.ask_address(actor=buyer, address_id=address_id)


def _destination(address: AddressView) -> Destination:
    return Destination(address.recipient, address.phone, address.region, address.street, address.postcode)


def _require_visitor(line: PricedLine, attribution: Attribution) -> None:
    """Refuse a creator's own price to whoever did not come by that creator last."""
    kind, _colon, creator = line.quote.channel.partition(":")
    if kind == "creator" and int(creator) != attribution.visited_creator_id:
        raise NotTheirVisitor(sku_id=line.quote.sku_id)


def _ask_terms(
    buyer_id: int, priced: Sequence[PricedLine], now: datetime, rules: Rules
) -> Asked[tuple[Attribution, ...]]:
    wanted = [LineForTerms(line.quote.product_id, line.quote.shop_id, line.quote.trade) for line in priced]
    return alliance.ask_terms(buyer_id=buyer_id, lines=wanted, at=now, rules=rules)


def _insert(
    *,
    checkout_id: int,
    payment_id: int,
    order_ids: Mapping[int, int],
    buyer_id: int,
    orders: dict[int, list[PricedLine]],
    freights: Mapping[int, int],
    asked_fen: int,
    rows: list[tuple[PricedLine, Attribution, int]],
    destination: Destination,
    number: str,
    payment_channel: str,
    pay_until: datetime,
    rules: Rules,
    placed_from: str,
    external_ref: str | None,
    now: datetime,
) -> None:
    """Write checkout, payment, orders, first moves and lines in one statement."""
    currency = rows[0][0].quote.currency
    send_prepared(
        _INSERT,
        {
            "checkout": checkout_id,
            "payment": payment_id,
            "orders": list(order_ids.values()),
            "buyer": buyer_id,
            "payable": sum(payable_of(part, freight_fen=freights[shop]) for shop, part in orders.items()),
            "asked": asked_fen,
            "currency": currency,
            "pay_until": pay_until,
            "now": now,
            "number": number,
            "payment_channel": payment_channel,
            "actor": f"account:{buyer_id}",
            "version": rules.version,
            "placed_from": placed_from,
            "external_refs": _references(external_ref, list(orders)),
            "address": encrypt(json.dumps(asdict(destination), ensure_ascii=False)),
            "shops": list(orders),
            "goods": [sum(line.goods_fen for line in part) for part in orders.values()],
            "discounts": [sum(line.discount_fen for line in part) for part in orders.values()],
            "freights": [freights[shop_id] for shop_id in orders],
            "line_orders": [order_ids[line.quote.shop_id] for line, _, _ in rows],
            "skus": [line.quote.sku_id for line, _, _ in rows],
            "products": [line.quote.product_id for line, _, _ in rows],
            "reservations": [reservation for _, _, reservation in rows],
            "channels": [line.quote.channel for line, _, _ in rows],
            "titles": [line.quote.title for line, _, _ in rows],
            "names": [line.quote.sku_name for line, _, _ in rows],
            "pictures": [line.quote.picture_url for line, _, _ in rows],
            "trades": [line.quote.trade for line, _, _ in rows],
            "quantities": [line.basket.quantity for line, _, _ in rows],
            "prices": [line.quote.price_fen for line, _, _ in rows],
            "shop_discounts": [line.shop_discount_fen for line, _, _ in rows],
            "fundeds": [line.funded_fen for line, _, _ in rows],
            "creators": [found.terms.creator_id if found.terms else None for _, found, _ in rows],
            "terms": [Jsonb(found.terms.to_json()) if found.terms else None for _, found, _ in rows],
            "reasons": [found.reason.value for _, found, _ in rows],
        },
    )


def _references(external_ref: str | None, shop_ids: list[int]) -> list[str | None]:
    if external_ref is None or len(shop_ids) == 1:
        return [external_ref] * len(shop_ids)
    return [f"{external_ref}/{shop_id}" for shop_id in shop_ids]


def _insert_discounts(rows: list[tuple[PricedLine, Attribution, int]], order_ids: Mapping[int, int]) -> None:
    granted = {reservation: line.basket.discounts for line, _, reservation in rows if line.basket.discounts}
    if not granted:
        return
    lines = OrderLine.objects.filter(order_id__in=order_ids.values(), reservation_id__in=granted)
    LineDiscount.objects.bulk_create(
        LineDiscount(line_id=line.pk, payer=entry.payer, kind=entry.kind, amount_fen=entry.amount_fen)
        for line in lines
        for entry in granted[line.reservation_id]
    )


# Drawn with the questions, so that rows and events can be written without waiting for ids. Spare ones leave gaps.
_IDS = """
SELECT nextval('orders_checkout_id_seq'), nextval('orders_payment_id_seq'),
       ARRAY(SELECT nextval('orders_order_id_seq') FROM generate_series(1, %s::int))
"""

_INSERT = """
WITH checkout AS (
  INSERT INTO orders_checkout (id, buyer_id, payable_fen, currency, pay_until, placed_at)
  VALUES (%(checkout)s::bigint, %(buyer)s::bigint, %(payable)s::bigint, %(currency)s::text,
          %(pay_until)s::timestamptz, %(now)s::timestamptz)
), payment AS (
  INSERT INTO orders_payment
    (id, checkout_id, number, channel, state, amount_fen, refunded_fen, surplus_fen, currency, channel_ref,
      created_at)
  VALUES (%(payment)s::bigint, %(checkout)s::bigint, %(number)s::text, %(payment_channel)s::text, 'waiting',
          %(asked)s::bigint, 0, 0, %(currency)s::text, '', %(now)s::timestamptz)
), placed AS (
  INSERT INTO orders_order
    (id, checkout_id, shop_id, buyer_id, state, rules_version, external_ref, placed_from, address, goods_fen,
     freight_fen, discount_fen, payable_fen, paid_fen, refunded_fen, freight_refunded_fen, currency, close_reason,
     placed_at, pay_until, settle_days)
  SELECT part.id, %(checkout)s::bigint, part.shop, %(buyer)s::bigint, 'placed', %(version)s::text,
         part.external_ref, %(placed_from)s::text, %(address)s::text, part.goods, part.freight, part.discount,
         part.goods - part.discount + part.freight, 0, 0, 0, %(currency)s::text, '',
         %(now)s::timestamptz, %(pay_until)s::timestamptz, 0
    FROM unnest(%(orders)s::bigint[], %(shops)s::bigint[], %(goods)s::bigint[], %(discounts)s::bigint[],
                %(freights)s::bigint[], %(external_refs)s::text[])
           AS part (id, shop, goods, discount, freight, external_ref)
), moved AS (
  INSERT INTO orders_ordermove (order_id, old, new, actor, reason, moved_at)
  SELECT id, '', 'placed', %(actor)s::text, '', %(now)s::timestamptz FROM unnest(%(orders)s::bigint[]) AS id
)
INSERT INTO orders_orderline
  (order_id, sku_id, product_id, reservation_id, channel, title, sku_name, picture_url, trade, quantity, price_fen,
   goods_fen, shop_discount_fen, funded_fen, paid_fen, refunded_fen, returned_quantity, creator_id, terms,
   attribution)
SELECT line.order_id, line.sku, line.product, line.reservation, line.channel, line.title, line.name, line.picture,
       line.trade, line.quantity, line.price, line.price * line.quantity, line.shop_discount, line.funded,
       line.price * line.quantity - line.shop_discount - line.funded, 0, 0, line.creator, line.terms, line.reason
  FROM unnest(%(line_orders)s::bigint[], %(skus)s::bigint[], %(products)s::bigint[], %(reservations)s::bigint[],
              %(channels)s::text[], %(titles)s::text[], %(names)s::text[], %(pictures)s::text[], %(trades)s::text[],
              %(quantities)s::int[], %(prices)s::bigint[], %(shop_discounts)s::bigint[], %(fundeds)s::bigint[],
              %(creators)s::bigint[], %(terms)s::jsonb[], %(reasons)s::text[])
         AS line (order_id, sku, product, reservation, channel, title, name, picture, trade, quantity, price,
                  shop_discount, funded, creator, terms, reason)
"""
