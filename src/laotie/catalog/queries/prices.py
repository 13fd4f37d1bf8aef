"""Questions about prices: quotes for an order, the prices a SKU has had, the lowest of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q

from laotie.catalog.checks import check_channel
from laotie.catalog.contracts import SHELF, OfferView, PricePoint, Quote
from laotie.catalog.errors import SkuUnavailable
from laotie.catalog.models import Offer
from laotie.catalog.queries.products import access_product_row, access_sku
from laotie.catalog.rules import LOWEST_PRICE_DAYS
from laotie.catalog.viewing import view_offer
from laotie.core.actor import Actor
from laotie.core.paging import Page, page_of
from laotie.core.rules import rules_at
from laotie.core.sql import Asked, Reply, Rows, fetch_all, send_prepared

LINES_MAX = 200
OFFERS_MAX = 1_000

# Each table is entered by its key, row by row (OFFSET 0 insists): a plan made while the tables were small read them
# whole, and prepared statements keep their plans.
_QUOTES = """
SELECT {place}, s.id, p.id, p.shop_id, o.id, o.pool_id, o.channel, p.title, s.name,
       coalesce((SELECT url FROM catalog_picture WHERE product_id = p.id ORDER BY position LIMIT 1), ''),
       o.price_fen, o.currency, p.category_id, c.trade, p.freight_fen, o.limit_per_order,
       o.limit_per_person, o.valid_from,
       (SELECT coalesce(sum(b.on_hand), 0)::bigint FROM catalog_stockbucket b WHERE b.pool_id = o.pool_id)
FROM {source}
CROSS JOIN LATERAL (SELECT * FROM catalog_product WHERE id = s.product_id AND state = 'on_sale' OFFSET 0) p
CROSS JOIN LATERAL (SELECT trade FROM catalog_category WHERE id = p.category_id OFFSET 0) c
CROSS JOIN LATERAL (
    SELECT * FROM catalog_offer f
    WHERE f.sku_id = s.id AND f.channel IN (w.channel, 'shelf')
      AND f.valid_from <= %s::timestamptz AND (f.valid_to IS NULL OR f.valid_to > %s::timestamptz)
    ORDER BY f.channel = 'shelf', f.valid_from DESC, f.id DESC LIMIT 1
) o
ORDER BY {order}
"""
_WANTED = _QUOTES.format(
    source="unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS w (sku_id, channel, place)"
    " CROSS JOIN LATERAL (SELECT * FROM catalog_sku WHERE id = w.sku_id OFFSET 0) s",
    place="w.place",
    order="w.place",
)
_OF_PRODUCT = _QUOTES.format(
    source="(SELECT %s::bigint AS product_id, %s::text AS channel) AS w JOIN catalog_sku s USING (product_id)",
    place="0",
    order="s.id",
)


def quote(*, wanted: Sequence[tuple[int, str]], at: datetime) -> tuple[Quote, ...]:
    """Price SKUs for an order, each in a channel (its own offer there, else the shelf's), in one query.

    Raises: SkuUnavailable for the first that cannot be bought.
    """
    return ask_quotes(wanted=wanted, at=at).answer()


def ask_quotes(*, wanted: Sequence[tuple[int, str]], at: datetime) -> Asked[tuple[Quote, ...]]:
    """Ask as `quote` does, in a trip shared with others."""
    assert len(wanted) <= LINES_MAX

    def read(rows: Rows) -> tuple[Quote, ...]:
        found = {wanted[place - 1]: Quote(*values) for place, *values in rows}
        for pair in wanted:
            if pair not in found:
                raise SkuUnavailable(sku_id=pair[0])
        return tuple(found[pair] for pair in wanted)

    return Asked(_send(wanted, at), read)


def find_quotes(*, wanted: Sequence[tuple[int, str]], at: datetime) -> dict[tuple[int, str], Quote]:
    """Price SKUs as `quote` does, leaving out what cannot be bought, as a cart shows it."""
    pairs = list(dict.fromkeys(wanted))[:LINES_MAX]
    if not pairs:
        return {}
    return {pairs[place - 1]: Quote(*values) for place, *values in _send(pairs, at).rows()}


def list_quotes(*, product_id: int, at: datetime, channel: str = SHELF) -> tuple[Quote, ...]:
    """Price every SKU of a product that can be bought in a channel."""
    rows = fetch_all(_OF_PRODUCT, [product_id, check_channel(channel), at, at])
    return tuple(Quote(*values) for _place, *values in rows)


def price_history(
    *, sku_id: int, at: datetime, channel: str = SHELF, days: int | None = None
) -> tuple[PricePoint, ...]:
    """Return the prices a buyer in the channel was quoted during the days before `at`, oldest first.

    Without `days`, the rule price.lowest_days decides.
    """
    span = timedelta(days=days or rules_at(at)[LOWEST_PRICE_DAYS])
    since = at - span
    rows = Offer.objects.filter(sku_id=sku_id, channel__in={check_channel(channel), SHELF}, valid_from__lt=at)
    # The newest ones bound the work; nobody changes a price a thousand times in the window.
    offers = [
        row
        for row in rows.order_by("-valid_from", "-id")[:OFFERS_MAX]
        if row.valid_to is None or row.valid_to > since
    ]
    return prices_in_force([view_offer(row) for row in offers], since=since, until=at)


def lowest_price_fen(*, sku_id: int, at: datetime, channel: str = SHELF, days: int | None = None) -> int | None:
    """Return the lowest price quoted in the channel during the days before `at` (RULES 8.3), or None."""
    points = price_history(sku_id=sku_id, at=at, channel=channel, days=days)
    return min((point.price_fen for point in points if point.price_fen is not None), default=None)


def prices_in_force(offers: Sequence[OfferView], *, since: datetime, until: datetime) -> tuple[PricePoint, ...]:
    """Cut [since, until) into intervals of one price each; pure.

    A channel's own offer goes before the shelf's, then the one that began last.
    """
    moments = {moment for offer in offers for moment in (offer.valid_from, offer.valid_to) if moment is not None}
    cuts = sorted({since, until} | {moment for moment in moments if since < moment < until})
    points: list[PricePoint] = []
    for starts_at, ends_at in pairwise(cuts):
        valid = [
            offer
            for offer in offers
            if offer.valid_from <= starts_at and (offer.valid_to is None or offer.valid_to > starts_at)
        ]
        best = max(valid, key=lambda offer: (offer.channel != SHELF, offer.valid_from, offer.id), default=None)
        price_fen = best.price_fen if best else None
        if points and points[-1].price_fen == price_fen:
            points[-1] = replace(points[-1], ends_at=ends_at)
        else:
            points.append(PricePoint(price_fen, starts_at, ends_at))
    return tuple(points)


def list_product_offers(*, actor: Actor, product_id: int, at: datetime) -> tuple[OfferView, ...]:
    """Return the offers of a product's SKUs that are or will be valid, to those who keep its shop's catalog.

    Raises: NotFound.
    """
    access_product_row(actor=actor, product_id=product_id)
    rows = Offer.objects.filter(Q(valid_to=None) | Q(valid_to__gt=at), sku__product_id=product_id)
    return tuple(view_offer(row) for row in rows.order_by("sku_id", "channel", "valid_from", "id")[:OFFERS_MAX])


def list_offers(*, actor: Actor, sku_id: int, cursor: str = "", limit: int = 20) -> Page[OfferView]:
    """Return every offer a SKU has had, newest first, to those who keep its shop's catalog.

    Raises: NotFound, BadCursor.
    """
    access_sku(actor=actor, sku_id=sku_id)
    rows = Offer.objects.filter(sku_id=sku_id)
    return page_of(rows, view_offer, order=("-valid_from", "-id"), cursor=cursor, limit=limit)


def _send(wanted: Sequence[tuple[int, str]], at: datetime) -> Reply:
    skus, channels = [sku_id for sku_id, _ in wanted], [channel for _, channel in wanted]
    return send_prepared(_WANTED, [skus, channels, at, at])
