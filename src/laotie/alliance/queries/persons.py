"""What the alliance knows of one person, for their export."""

from typing import Any

from laotie.alliance.models import Click, Earning, ShowcaseEntry
from laotie.core.personal import export_rows


def export_creator(*, account_id: int) -> dict[str, Any]:
    """Return a person's rows; of each table the newest 10,000. Who may ask is the caller's business."""
    return {
        "showcase": export_rows(
            ShowcaseEntry.objects.filter(creator_id=account_id), "product_id", "position", "added_at"
        ),
        "clicks": export_rows(
            Click.objects.filter(viewer_id=account_id),
            "product_id",
            "shop_id",
            "creator_id",
            "entrance",
            "clicked_at",
        ),
        "earnings": export_rows(
            Earning.objects.filter(role__in=("creator", "leader"), party_id=account_id),
            *("role", "order_id", "product_id", "shop_id", "base_fen", "rate_bp", "state"),
            *("estimated_fen", "settled_fen", "paid_at"),
        ),
    }
