"""Shipping and receipt. Receipt numbers orders under step commission and starts the clock of settlement."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from laotie.alliance import operations as alliance_operations
from laotie.alliance.contracts import FrozenTerms, LineReceived
from laotie.core.actor import Actor, system
from laotie.core.errors import IllegalMove, InvalidInput, NotFound
from laotie.core.rules import Rules, rules_of_version
from laotie.events.orders import OrderReceived, OrderShipped, ReceivedLine
from laotie.events.outbox import publish
from laotie.orders.carriers.sandbox import SANDBOX_CARRIER
from laotie.orders.contracts import Destination
from laotie.orders.errors import CaseOpen, MoveInThePast
from laotie.orders.models import LineDiscount, Order, OrderLine, OrderMove, Parcel
from laotie.orders.operations.cases import has_open_case
from laotie.orders.operations.moves import lock_order, move_order
from laotie.orders.operations.shares import as_events, current_shares
from laotie.orders.rules import AUTO_RECEIPT_DAYS, NEWCOMER_DAYS, RECEIPT_BY, SETTLE_DAYS, SETTLE_DAYS_NEWCOMER
from laotie.orders.states import OrderState, ScanKind
from laotie.orders.tracking import hash_tracking_number
from laotie.people import operations as people_operations
from laotie.people import queries as people

RECEIVE_BATCH = 100
ADDRESS_CHANGED = "address"
NOT_WITH_BUYER = (ScanKind.LOST, ScanKind.RETURNED)
PARCELS_MAX = 20


@transaction.atomic(savepoint=False)
def ship_order(*, actor: Actor, order_id: int, parcels: Sequence[tuple[str, str]], now: datetime) -> None:
    """Hand an order over to its carrier: one or more (carrier, tracking number).

    Raises: NotFound, IllegalMove, CaseOpen, InvalidInput.
    """
    order = lock_order(order_id)
    _enter(actor, order, "order.ship", now)
    if not 1 <= len(parcels) <= PARCELS_MAX:
        raise InvalidInput(field_name="parcels", reason=gettext("An order is shipped in 1 to 20 parcels."))
    named = [
        (_words(carrier, "carrier", 40), _words(number, "tracking_number", 60)) for carrier, number in parcels
    ]
    if has_open_case(order):
        raise CaseOpen(order_id=order_id)
    _not_before(now, order.paid_at, "shipped_at")
    rules = rules_of_version(order.rules_version)
    receive_by = now + timedelta(days=rules[AUTO_RECEIPT_DAYS]) if rules[RECEIPT_BY] == "buyer" else None
    move_order(order, OrderState.SHIPPED, actor=actor, now=now, shipped_at=now, receive_by=receive_by)
    Parcel.objects.bulk_create(
        Parcel(
            order=order,
            carrier=carrier,
            tracking_number=number,
            tracking_hash=hash_tracking_number(number),
            shipped_at=now,
        )
        for carrier, number in named
    )
    for carrier, number in named:
        if carrier == SANDBOX_CARRIER:
            _let_sandbox_carry(number)
    publish(OrderShipped(order_id=order_id, shop_id=order.shop_id, shipped_at=now), now=now)


def _let_sandbox_carry(number: str) -> None:
    from laotie.orders.jobs import schedule_sandbox_scans  # noqa: PLC0415 - jobs import this

    schedule_sandbox_scans(tracking_number=number)


@transaction.atomic(savepoint=False)
def change_destination(*, actor: Actor, order_id: int, address_id: int, now: datetime) -> None:
    """Send an order elsewhere, as the buyer, before it is shipped.

    Raises: NotFound, IllegalMove, CaseOpen.
    """
    order = lock_order(order_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="order")
    if order.state not in {OrderState.PLACED, OrderState.PAID}:
        raise IllegalMove(found=order.state, wanted="sent elsewhere")
    if has_open_case(order):
        raise CaseOpen(order_id=order_id)
    found = people.access_address(actor=actor, address_id=address_id)
    where = Destination(found.recipient, found.phone, found.region, found.street, found.postcode)
    order.address = json.dumps(asdict(where), ensure_ascii=False)
    order.save(update_fields=["address"])
    OrderMove.objects.create(
        order_id=order_id,
        old=order.state,
        new=order.state,
        actor=actor.address,
        reason=ADDRESS_CHANGED,
        moved_at=now,
    )


@transaction.atomic(savepoint=False)
def record_delivery(*, order_id: int, actor: Actor, now: datetime) -> None:
    """Note the carrier's word that all parcels are delivered; under rules that say so, that is the receipt.

    Raises: NotFound, IllegalMove, MoveInThePast.
    """
    order = lock_order(order_id)
    _not_before(now, order.shipped_at, "delivered_at")
    Parcel.objects.filter(order=order, case_id=None, delivered_at=None).update(
        delivered_at=now, state=ScanKind.DELIVERED, state_at=now
    )
    if rules_of_version(order.rules_version)[RECEIPT_BY] == "carrier":
        receive_by_carrier(order, actor=actor, now=now)


def receive_by_carrier(order: Order, *, actor: Actor, now: datetime) -> None:
    """Count a locked order as received by the carrier's word, where the rules say so.

    Raises: IllegalMove.
    """
    _receive(order, actor=actor, now=now, is_automatic=True)


@transaction.atomic(savepoint=False)
def confirm_receipt(*, actor: Actor, order_id: int, now: datetime) -> None:
    """Let the buyer confirm that everything arrived.

    Raises: NotFound, IllegalMove.
    """
    order = lock_order(order_id)
    if order.buyer_id != actor.account_id:
        raise NotFound(what="order")
    _receive(order, actor=actor, now=now, is_automatic=False)


def receive_due_orders(*, now: datetime, limit: int = RECEIVE_BATCH) -> int:
    """Count orders as received whose time is up (RULES 11.4), a transaction each.

    An open after-sale case holds it up, and a parcel that the carrier has lost or brought back: nobody has received it.
    """
    gone = Parcel.objects.filter(order=OuterRef("pk"), case_id=None, state__in=NOT_WITH_BUYER)
    due = Order.objects.filter(~Exists(gone), state=OrderState.SHIPPED, receive_by__lte=now).order_by("receive_by")
    received = 0
    for order_id in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            order = lock_order(order_id)
            held_up = has_open_case(order) or order.parcels.filter(case_id=None, state__in=NOT_WITH_BUYER).exists()
            if order.state == OrderState.SHIPPED and not held_up:
                _receive(order, actor=system("receipt-deadline"), now=now, is_automatic=True)
                received += 1
    return received


def _receive(order: Order, *, actor: Actor, now: datetime, is_automatic: bool) -> None:
    rules = rules_of_version(order.rules_version)
    days = _settle_days(order, rules)
    move_order(
        order,
        OrderState.RECEIVED,
        actor=actor,
        now=now,
        received_at=now,
        settle_days=days,
        settle_at=now + timedelta(days=days),
    )
    lines = list(order.lines.order_by("pk"))
    _number(lines, now)
    discounts = _discounts_by_line(lines)
    shares = tuple(
        share
        for line in lines
        for share in as_events(
            line.pk,
            current_shares(line=line, discounts=discounts.get(line.pk, []), shop_id=order.shop_id, rules=rules),
        )
    )
    publish(
        OrderReceived(
            order_id=order.pk,
            shop_id=order.shop_id,
            received_at=now,
            is_automatic=is_automatic,
            lines=tuple(_received(line) for line in lines),
            shares=shares,
        ),
        now=now,
    )


def _number(lines: Sequence[OrderLine], now: datetime) -> None:
    """Give lines their places in order of receipt, by which step commission counts; what came back whole has none."""
    counted = [
        LineReceived(order_line_id=line.pk, plan_id=line.terms["plan_id"], creator_id=line.terms["creator_id"])
        for line in lines
        if line.terms is not None and (line.refunded_fen < line.paid_fen or line.paid_fen == 0)
    ]
    if not counted:
        return
    numbers = alliance_operations.number_receipts(lines=counted, now=now)
    for line in lines:
        line.receipt_number = numbers.get(line.pk)
    OrderLine.objects.bulk_update([line for line in lines if line.pk in numbers], ["receipt_number"])


def _received(line: OrderLine) -> ReceivedLine:
    rate_bp = FrozenTerms.from_json(line.terms).rate_for(line.receipt_number) if line.terms else 0
    return ReceivedLine(line.pk, line.receipt_number, rate_bp)


def _settle_days(order: Order, rules: Rules) -> int:
    """Return the delay that applied when the order was paid: longer in the first days of a merchant's first shop."""
    assert order.paid_at is not None
    since = people.get_merchant_start(shop_id=order.shop_id).since
    is_newcomer = order.paid_at < since + timedelta(days=rules[NEWCOMER_DAYS])
    return rules[SETTLE_DAYS_NEWCOMER] if is_newcomer else rules[SETTLE_DAYS]


def _discounts_by_line(lines: Sequence[OrderLine]) -> dict[int, list[LineDiscount]]:
    funded = [line.pk for line in lines if line.funded_fen]
    found: dict[int, list[LineDiscount]] = {}
    for entry in LineDiscount.objects.filter(line_id__in=funded) if funded else ():
        found.setdefault(entry.line_id, []).append(entry)
    return found


def _enter(actor: Actor, order: Order, action: str, now: datetime) -> None:
    try:
        people.access_shop(actor=actor, shop_id=order.shop_id, permission="orders")
    except NotFound:
        raise NotFound(what="order") from None
    people_operations.note_operator(actor=actor, shop_id=order.shop_id, action=action, now=now, order_id=order.pk)


def _not_before(moment: datetime, earliest: datetime | None, field_name: str) -> None:
    if earliest is not None and moment < earliest:
        raise MoveInThePast(field_name=field_name, earliest=earliest.isoformat())


def _words(text: str, field_name: str, letters_max: int) -> str:
    words = text.strip()
    if not 1 <= len(words) <= letters_max or not words.isprintable():
        raise InvalidInput(
            field_name=field_name,
            reason=gettext("This must be a text of 1 to {letters_max} characters.").format(
                letters_max=letters_max
            ),
        )
    return words
