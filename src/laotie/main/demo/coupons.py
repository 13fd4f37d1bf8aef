"""The demo market's coupons: one of a shop, one of Mei's, one of the platform; Lin has taken two."""

from datetime import datetime, timedelta
from typing import Any

from laotie.core.actor import person
from laotie.main.demo.market import DemoMarket
from laotie.promotions import operations
from laotie.promotions.contracts import Audience, Payer

WEEKS = timedelta(days=28)


def offer_coupons(market: DemoMarket, *, now: datetime) -> None:
    """Let a shop, Mei and the platform each give something, and Lin take the first and the last."""
    period: dict[str, Any] = {"claim_from": now, "claim_until": now + WEEKS, "use_until": now + WEEKS, "now": now}
    lin = person(market.accounts["lin"])
    shops = operations.offer_coupon(
        actor=market.staff("guanshan"),
        payer=Payer.SHOP,
        shop_id=market.shops["guanshan"],
        title="观山新客礼",
        threshold_fen=100_00,
        amount_fen=12_00,
        total_most=2_000,
        **period,
    )
    operations.offer_coupon(
        actor=person(market.accounts["mei"]),
        payer=Payer.CREATOR,
        title="梅子红包",
        threshold_fen=0,
        amount_fen=3_00,
        total_most=500,
        audience=Audience.FOLLOWERS,
        **period,
    )
    platform = operations.offer_coupon(
        actor=person(market.accounts["shen"]),
        payer=Payer.PLATFORM,
        title="老铁周末券",
        threshold_fen=80_00,
        amount_fen=8_00,
        total_most=10_000,
        **period,
    )
    for coupon in (shops, platform):
        operations.claim_coupon(actor=lin, coupon_id=coupon.id, now=now)
