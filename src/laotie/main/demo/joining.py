"""People who want to join: one application to look at, one that went back to its applicant."""

import io
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from laotie.main.demo.market import DemoMarket
from laotie.main.demo.money import verify
from laotie.main.demo.people import SHEN
from laotie.people import operations
from laotie.people.contracts import ApplicationKind

LICENCES = ("913307820000000128", "91330782000000013B")


def apply_to_join(market: DemoMarket, *, now: datetime) -> None:
    """Let a farmer's daughter apply for a shop, and an agent for an agency who forgot her licence's picture."""
    asked = now - timedelta(hours=5)
    jia = market.actor("buyer20")
    verify(jia, name="宋佳", number=8, now=asked)
    shop = operations.apply(
        actor=jia,
        kind=ApplicationKind.MERCHANT,
        agrees=True,
        business_name="金华市宋家火腿有限公司",
        licence_number=LICENCES[0],
        public_name="宋家火腿",
        public_name_en="Song's Ham",
        categories=["food"],
        now=asked,
    )
    operations.add_paper(
        actor=jia, application_id=shop.id, title="营业执照", picture=_licence(), valid_until=None, now=asked
    )
    yuan = market.actor("buyer22")
    verify(yuan, name="韩雪松", number=9, now=asked)
    agency = operations.apply(
        actor=yuan,
        kind=ApplicationKind.AGENCY,
        agrees=True,
        business_name="杭州雪松文化传媒有限公司",
        licence_number=LICENCES[1],
        public_name="雪松文化",
        now=asked,
    )
    operations.return_application(
        actor=market.actor(SHEN.key),
        application_id=agency.id,
        reason="请补充营业执照照片",
        now=now - timedelta(hours=1),
    )


def _licence() -> bytes:
    """Return a picture that looks like a licence from afar."""
    picture = Image.new("RGB", (960, 680), "#fbf7ea")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((24, 24, 936, 656), outline="#b8893b", width=6)
    draw.rectangle((36, 36, 924, 644), outline="#d8bd84", width=2)
    draw.rectangle((330, 90, 630, 130), fill="#3c3a36")
    for row in range(7):
        draw.rectangle((110, 200 + row * 52, 190, 214 + row * 52), fill="#9b958a")
        draw.rectangle((220, 200 + row * 52, 560 + row % 3 * 70, 214 + row * 52), fill="#5d5850")
    draw.ellipse((700, 440, 860, 600), outline="#c8322b", width=8)
    draw.regular_polygon((780, 520, 34), 5, fill="#c8322b")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
