"""Questions about stock: how much there is, and what happened to it."""

from collections.abc import Sequence

from django.db.models import Count, QuerySet, Sum

from laotie.catalog.checks import check_channel
from laotie.catalog.contracts import SHELF, MovementLine, StockView
from laotie.catalog.models import Movement, StockPool
from laotie.catalog.queries.products import access_product_row, access_sku
from laotie.core.actor import Actor
from laotie.core.errors import NotFound
from laotie.core.paging import Page, page_of


def get_stock(sku_id: int) -> tuple[StockView, ...]:
    """Return a SKU's pools with their buckets added up, the shelf's and those of channels with their own."""
    return tuple(_view(row) for row in _added_up(StockPool.objects.filter(sku_id=sku_id)).order_by("id"))


def access_stock(*, actor: Actor, sku_id: int) -> tuple[StockView, ...]:
    """Return a SKU's pools to those who keep its shop's catalog.

    Raises: NotFound.
    """
    access_sku(actor=actor, sku_id=sku_id)
    return get_stock(sku_id)


def list_product_stock(*, actor: Actor, product_id: int) -> tuple[StockView, ...]:
    """Return the pools of all SKUs of a product to those who keep its shop's catalog.

    Raises: NotFound.
    """
    access_product_row(actor=actor, product_id=product_id)
    pools = StockPool.objects.filter(sku__product_id=product_id)
    return tuple(_view(row) for row in _added_up(pools).order_by("sku_id", "id"))


def count_on_hand(*, product_ids: Sequence[int]) -> dict[int, int]:
    """Return how many units of each product are on hand, over all its SKUs and channels; none is missing."""
    rows = StockPool.objects.filter(sku__product_id__in=list(product_ids)).values_list("sku__product_id")
    counted = dict(rows.annotate(units=Sum("buckets__on_hand")).order_by("sku__product_id"))
    return {product_id: int(counted.get(product_id) or 0) for product_id in product_ids}


def stock_of(pool: StockPool) -> StockView:
    """Return one pool with its buckets added up."""
    return _view(_added_up(StockPool.objects.filter(pk=pool.pk)).get())


def list_movements(
    *, actor: Actor, sku_id: int, channel: str = SHELF, cursor: str = "", limit: int = 50
) -> Page[MovementLine]:
    """Return every change of a pool's stock, newest first, to those who keep its shop's catalog.

    Raises: NotFound, BadCursor.
    """
    access_sku(actor=actor, sku_id=sku_id)
    pool = StockPool.objects.filter(sku_id=sku_id, channel=check_channel(channel)).first()
    if pool is None:
        raise NotFound(what="stock pool")
    rows = Movement.objects.select_related("bucket").filter(bucket__pool=pool)
    return page_of(rows, _line, order=("-id",), cursor=cursor, limit=limit)


def _added_up(pools: QuerySet[StockPool]) -> QuerySet[StockPool]:
    return pools.annotate(
        bucket_count=Count("buckets"),
        on_hand=Sum("buckets__on_hand"),
        reserved=Sum("buckets__reserved"),
        sold=Sum("buckets__sold"),
        returned=Sum("buckets__returned"),
    )


def _view(row: StockPool) -> StockView:
    counted = vars(row)
    return StockView(
        pool_id=row.pk,
        sku_id=row.sku_id,
        channel=row.channel,
        buckets=counted["bucket_count"],
        on_hand=int(counted["on_hand"] or 0),
        reserved=int(counted["reserved"] or 0),
        sold=int(counted["sold"] or 0),
        returned=int(counted["returned"] or 0),
    )


def _line(row: Movement) -> MovementLine:
    return MovementLine(
        id=row.pk,
        pool_id=row.bucket.pool_id,
        kind=row.kind,
        quantity=row.quantity,
        reservation_id=row.reservation_id,
        reference=row.reference,
        actor=row.actor,
        moved_at=row.moved_at,
    )
