"""The evidence of attribution: which entrances a buyer came through before an order."""

from datetime import datetime

from laotie.alliance.contracts import ClickStanding, ClickView
from laotie.alliance.models import Click
from laotie.core.actor import Actor
from laotie.people.queries import require_operator

CLICKS_MAX = 100


def list_clicks_before(
    *, actor: Actor, buyer_id: int, product_id: int, at: datetime, limit: int = 20
) -> tuple[ClickView, ...]:
    """Return a buyer's last clicks on a product up to a moment, newest first: what decided an attribution.

    Raises: NotAllowed for anybody but an operator.
    """
    require_operator(actor=actor)
    clicks = Click.objects.filter(viewer_id=buyer_id, product_id=product_id, clicked_at__lte=at)
    return tuple(_view(click) for click in clicks.order_by("-clicked_at", "-id")[: max(1, min(limit, CLICKS_MAX))])


def _view(click: Click) -> ClickView:
    return ClickView(
        id=click.pk,
        product_id=click.product_id,
        shop_id=click.shop_id,
        creator_id=click.creator_id,
        entrance=click.entrance,
        standing=ClickStanding(click.standing),
        clicked_at=click.clicked_at,
    )
