"""`laotie import olist`: lives Olist's orders through again, by the operations and at the times they happened.

Orders come in by time of purchase, so that prices and stock are those of the moment. The whole life of an order is
in one transaction: whoever looks, and whatever job of the running market looks with today's clock, sees it either
not at all or as Olist left it. An interrupted run continues behind the last order written; a whole one repeats
nothing.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from laotie.core.actor import Actor, system
from laotie.core.clock import utc_now
from laotie.core.rules import establish_book
from laotie.events.delivery import deliver_all, list_lags
from laotie.main.importing.olist_judging import (
    BOOK,
    CURRENCY,
    GIVEN_UP,
    RULES,
    RULES_NOTE,
    channel_of_means,
    judge,
    last_moment,
    paid_at,
)
from laotie.main.importing.olist_market import IMPORTER, Market
from laotie.main.importing.olist_source import (
    SourceItem,
    SourceOrder,
    SourcePayment,
    read_source,
    stream_reviews,
)
from laotie.main.subscriptions import SUBSCRIPTIONS
from laotie.orders import operations, queries, rules
from laotie.orders.contracts import (
    BasketLine,
    CheckoutView,
    Destination,
    Discount,
    Notice,
    PaymentView,
    WrittenReview,
)

PREFIX = "olist:"
ORDERS_PER_TRANSACTION = 10  # about 0.2 s, far below the second a writing transaction may last
REVIEWS_PER_TRANSACTION = 500
SETTLE_DELAY = timedelta(days=RULES[rules.SETTLE_DAYS.key])
DELIVERY_TRIES = 100
DELIVERY_PAUSE_SECONDS = 0.1
CARRIER = system("carrier")
SETTLEMENT = system("settlement")
CANCELLED = "Cancelled at Olist"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """What the folder has, and what of it the database now holds; `placed` + `listed` = `read`."""

    read: int
    placed: int
    listed: int
    reasons: dict[str, int]
    new: int  # of the read ones, those this run brought in
    orders: int  # one per shop of a placed one
    payments: int
    payments_fen: int
    receipts_fen: int
    money_in_fen: int
    reviews: int
    currency: str = CURRENCY


@dataclass(slots=True)
class Basket:
    """An order's lines as `place_order` wants them, and each shop's freight."""

    lines: list[BasketLine] = field(default_factory=list)
    freights: dict[int, int] = field(default_factory=dict)


def import_olist(directory: Path, *, show_progress: bool) -> Report:
    """Bring Olist's orders, money and reviews in from a folder, as far as they are not there yet.

    Raises: UnreadableSource, before anything is written.
    """
    source = read_source(directory)
    establish_book(book=BOOK, values=RULES, note=RULES_NOTE, now=utc_now())
    known = queries.list_imported_orders(prefix=PREFIX)
    done = {reference.partition("/")[0] for reference in known} | queries.list_imported_receipts(prefix=PREFIX)
    missing = [order for order in source.orders if _reference(order.number) not in done]
    market = Market(source)
    with _progress(show_progress=show_progress) as progress:
        task = progress.add_task("Orders", total=len(source.orders), completed=len(source.orders) - len(missing))
        for batch in _batches(missing, ORDERS_PER_TRANSACTION):
            with transaction.atomic():
                market.prepare(batch)
                for order in batch:
                    _bring_in(order, market)
            progress.advance(task, len(batch))
        _bring_in_reviews(directory, progress)
        progress.add_task("Events", total=None)
        _deliver_events()
    return _report(read=len(source.orders), new=len(missing))


def _bring_in(order: SourceOrder, market: Market) -> None:
    verdict = judge(order)
    if verdict is not None:
        _list(order, *verdict)
        return
    basket = _basket(order, market)
    buyer = market.buyer_of(order)
    parts = _parts(order)
    place = market.place_of(order)
    checkout = operations.place_order(
        buyer=buyer,
        lines=basket.lines,
        destination=Destination(
            recipient=f"Olist {place.person[:8]}",
            phone="",
            region=f"{place.state} {place.city}",
            street="",
            postcode=place.postcode,
        ),
        payment_channel=channel_of_means(parts[0].means),
        first_payment_fen=parts[0].fen,
        freights=basket.freights,
        book=BOOK,
        external_ref=_reference(order.number),
        placed_from="olist",
        now=order.purchased_at,
    )
    _pay(order, parts, checkout, buyer)
    for order_id in checkout.order_ids:
        _live_through(order, order_id)


def _list(order: SourceOrder, reason: str, detail: str) -> None:
    """Keep an order's money as a receipt without an order."""
    received: dict[str, int] = defaultdict(int)
    for part in order.payments:
        received[channel_of_means(part.means)] += part.fen
    operations.record_receipt_without_order(
        external_ref=_reference(order.number),
        received=received,
        currency=CURRENCY,
        reason=reason,
        detail=detail,
        now=max(paid_at(order), order.purchased_at),
    )


def _basket(order: SourceOrder, market: Market) -> Basket:
    """Put an order's goods on their shelves and into a basket; the units of one product are one line.

    Where units of one product cost differently, the dearest is the price and the rest the shop's discount.
    """
    units: dict[tuple[str, str], list[SourceItem]] = defaultdict(list)
    for item in order.items:
        units[item.seller, item.product].append(item)
    basket = Basket()
    for items in units.values():
        price_fen = max(item.price_fen for item in items)
        quantity = len(items)
        sku_id = market.take(items[0], price_fen=price_fen, quantity=quantity, at=order.purchased_at)
        less_fen = price_fen * quantity - sum(item.price_fen for item in items)
        discounts = (Discount("shop", "olist", less_fen),) if less_fen else ()
        basket.lines.append(BasketLine(sku_id, quantity, discounts=discounts))
        shop_id = market.shop_id_of(items[0].seller)
        freight_fen = sum(item.freight_fen for item in items)
        basket.freights[shop_id] = basket.freights.get(shop_id, 0) + freight_fen
    return basket


def _parts(order: SourceOrder) -> list[SourcePayment]:
    """Return an order's payments, those of nothing first: once all is paid, another would count as too late."""
    return sorted(order.payments, key=lambda part: (part.fen > 0, part.number))


def _pay(order: SourceOrder, parts: Sequence[SourcePayment], checkout: CheckoutView, buyer: Actor) -> None:
    others = [
        operations.start_payment(
            actor=buyer,
            checkout_id=checkout.id,
            channel=channel_of_means(part.means),
            amount_fen=part.fen,
            now=order.purchased_at,
        )
        for part in parts[1:]
    ]
    for part, payment in zip(parts, [checkout.payment, *others], strict=True):
        _take_in(order, part, payment)


def _take_in(order: SourceOrder, part: SourcePayment, payment: PaymentView) -> None:
    at = paid_at(order)
    effect = operations.apply_notice(
        notice=Notice(
            channel=payment.channel,
            notice_id=f"{_reference(order.number)}:{part.number}",
            payment_number=payment.number,
            channel_ref=f"{order.number}:{part.number}",
            is_paid=True,
            amount_fen=part.fen,
            currency=CURRENCY,
            sent_at=at,
        ),
        now=at,
    )
    assert effect == "paid", f"payment {part.number} of {order.number} came out as {effect}"


def _live_through(order: SourceOrder, order_id: int) -> None:
    """Take a paid order as far as its dates go: handed over, delivered, settled or given up."""
    if order.handed_over_at is not None:
        operations.ship_order(
            actor=IMPORTER, order_id=order_id, parcels=[("Olist", order.number)], now=order.handed_over_at
        )
    if order.delivered_at is not None:
        operations.record_delivery(actor=CARRIER, order_id=order_id, now=order.delivered_at)
    if order.status in GIVEN_UP:
        _give_up(order, order_id)
    elif order.delivered_at is not None:
        operations.settle_order(actor=SETTLEMENT, order_id=order_id, now=order.delivered_at + SETTLE_DELAY)


def _give_up(order: SourceOrder, order_id: int) -> None:
    """Refund everything; what had left its shop counts as come back."""
    at = last_moment(order)
    if order.handed_over_at is None:
        operations.cancel_paid_order(actor=IMPORTER, order_id=order_id, reason=CANCELLED, now=at)
        return
    found = queries.get_order(order_id)
    freight_fen = found.freight_fen
    for line in found.lines:
        operations.refund_line(
            actor=IMPORTER,
            order_id=order_id,
            line_id=line.id,
            goods_fen=line.paid_fen,
            freight_fen=freight_fen,
            quantity=line.quantity,
            reason=CANCELLED,
            now=at,
        )
        freight_fen = 0


def _bring_in_reviews(directory: Path, progress: Progress) -> None:
    order_ids = queries.list_imported_orders(prefix=PREFIX)
    first_ids: dict[str, int] = {}
    for reference, order_id in order_ids.items():
        number = reference.partition("/")[0]
        first_ids[number] = min(order_id, first_ids.get(number, order_id))
    task = progress.add_task("Reviews", total=None)
    for batch in _batches(stream_reviews(directory), REVIEWS_PER_TRANSACTION):
        operations.record_reviews(
            reviews=[
                WrittenReview(
                    external_ref=f"{_reference(review.number)}/{review.order}",
                    order_id=first_ids.get(_reference(review.order)),
                    stars=review.stars,
                    title=review.title,
                    words=review.words,
                    written_at=review.written_at,
                    answered_at=review.answered_at,
                )
                for review in batch
            ]
        )
        progress.advance(task, len(batch))


def _deliver_events() -> None:
    """Deliver all events; a reader waits for transactions still open, as those of autovacuum, so look again."""
    for _ in range(DELIVERY_TRIES):
        deliver_all(SUBSCRIPTIONS, now=utc_now())
        if not any(lag.events for lag in list_lags(SUBSCRIPTIONS)):
            return
        time.sleep(DELIVERY_PAUSE_SECONDS)  # what stays is the worker's, with its retries


def _report(*, read: int, new: int) -> Report:
    totals = queries.count_imported(prefix=PREFIX)
    return Report(
        read=read,
        placed=totals.checkouts,
        listed=sum(totals.receipts_by_reason.values()),
        reasons=totals.receipts_by_reason,
        new=new,
        orders=totals.orders,
        payments=totals.payments,
        payments_fen=totals.payments_fen,
        receipts_fen=totals.receipts_fen,
        money_in_fen=totals.payments_fen + totals.receipts_fen,
        reviews=totals.reviews,
    )


def _reference(number: str) -> str:
    return f"{PREFIX}{number}"


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch


@contextmanager
def _progress(*, show_progress: bool) -> Iterator[Progress]:
    """Show bars on a terminal, on stderr, and nothing elsewhere."""
    columns = (TextColumn("{task.description:8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), disable=not (show_progress and sys.stderr.isatty())
    ) as progress:
        yield progress
