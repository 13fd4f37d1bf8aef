"""Prices: a new one is a new offer, an old one is never edited."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from laotie.catalog.checks import check_channel, check_currency, check_fen, check_interval, check_number
from laotie.catalog.contracts import SHELF, OfferView
from laotie.catalog.models import QUANTITY_MAX, Offer, Sku
from laotie.catalog.operations.entering import enter_sku
from laotie.catalog.operations.stock import open_pool
from laotie.catalog.viewing import view_offer
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.events.catalog import OfferPriceChanged
from laotie.events.outbox import publish


@transaction.atomic(savepoint=False)
def set_offer(
    *,
    actor: Actor,
    sku_id: int,
    channel: str,
    price_fen: int,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    limit_per_order: int | None = None,
    limit_per_person: int | None = None,
    own_stock: bool = False,
    currency: str | None = None,
) -> OfferView:
    """Price a SKU in a channel from `valid_from` (now) on, in the market's currency unless one is given.

    Of several valid offers the one that began last applies; so one with an end lies over the lasting price for its
    time, and one without an end takes the place of the lasting price. With `own_stock` the channel sells from a
    pool of its own, else from the shelf's. What a person bought at this offer counts for `limit_per_person`; a new
    offer begins to count anew.

    Raises: NotFound, InvalidInput.
    """
    sku = enter_sku(actor=actor, sku_id=sku_id, action="offer.set", now=now)
    valid_from = valid_from or now
    check_interval(valid_from, valid_to, now)
    for name, limit in (("limit_per_order", limit_per_order), ("limit_per_person", limit_per_person)):
        if limit is not None:
            check_number(name, limit, least=1, most=QUANTITY_MAX)
    pool = open_pool(sku_id=sku_id, channel=check_channel(channel) if own_stock else SHELF)
    Sku.objects.select_for_update(no_key=True).get(pk=sku_id)  # two prices set at once end each other in turn
    if valid_to is None:
        lasting = Offer.objects.filter(sku=sku, channel=channel, valid_to=None, valid_from__lte=valid_from)
        lasting.update(valid_to=valid_from)
    row = Offer.objects.create(
        sku=sku,
        pool=pool,
        channel=check_channel(channel),
        price_fen=check_fen("price_fen", price_fen, least=1),
        currency=check_currency(currency or settings.CURRENCY),
        limit_per_order=limit_per_order,
        limit_per_person=limit_per_person,
        valid_from=valid_from,
        valid_to=valid_to,
        actor=actor.address,
        made_at=now,
    )
    _tell(row, sku, price_fen, valid_from, now)
    return view_offer(row)


@transaction.atomic(savepoint=False)
def end_offer(*, actor: Actor, offer_id: int, now: datetime) -> OfferView:
    """End an offer now, or before it begins; an offer that has ended stays as it is.

    Raises: NotFound.
    """
    row = Offer.objects.select_for_update(no_key=True).filter(pk=offer_id).first()
    if row is None:
        raise NotFound(what="offer")
    try:
        sku = enter_sku(actor=actor, sku_id=row.sku_id, action="offer.end", now=now)
    except NotFound:
        raise NotFound(what="offer") from None
    ends_at = max(now, row.valid_from)
    still_open = Q(valid_to=None) | Q(valid_to__gt=ends_at)
    if Offer.objects.filter(still_open, pk=row.pk).update(valid_to=ends_at):
        row.valid_to = ends_at
        _tell(row, sku, None, ends_at, now)
    return view_offer(row)


def _tell(row: Offer, sku: Sku, price_fen: int | None, valid_from: datetime, now: datetime) -> None:
    publish(
        OfferPriceChanged(
            sku_id=sku.pk,
            product_id=sku.product_id,
            offer_id=row.pk,
            channel=row.channel,
            price_fen=price_fen,
            valid_from=valid_from,
        ),
        now=now,
    )
