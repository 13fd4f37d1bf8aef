"""Fills an empty database with the smallest market in which something can be bought, and prints its ids as JSON.

Run as a program of its own, beside the server under test: `python -m tests.browser.market`.
"""

import json
import os
from datetime import timedelta


def fill() -> dict[str, int]:
    """Open Tan's shop with a tea, Mei who recommends it, and Lin who buys."""
    from laotie.alliance import operations as alliance  # noqa: PLC0415 - Django is set up first
    from laotie.alliance.contracts import PlanKind  # noqa: PLC0415
    from laotie.catalog import operations as catalog  # noqa: PLC0415
    from laotie.core.actor import person, system  # noqa: PLC0415
    from laotie.core.clock import utc_now  # noqa: PLC0415
    from laotie.people import operations as people  # noqa: PLC0415

    now = utc_now() - timedelta(days=1)
    opened = {
        name: people.open_account(
            email=f"{name}@example.test",
            display_name=shown,
            password="shuangji666",
            now=now,
            verified=True,
        )
        for name, shown in {"lin": "林晓", "mei": "梅子", "tan": "谭志远"}.items()
    }
    tan, mei = person(opened["tan"].id), person(opened["mei"].id)
    people.become_creator(actor=mei, now=now, introduction="爱喝茶的安溪姑娘。")
    shop = people.open_shop(actor=tan, name="观山茶舍", name_en="Guanshan Tea", now=now)
    parent = None
    for level, (code, name, english) in enumerate(
        [("food", "食品", "Food"), ("tea", "茶", "Tea"), ("oolong", "乌龙茶", "Oolong")], start=1
    ):
        parent = catalog.add_category(
            actor=system("test"),
            code=code,
            name=name,
            name_en=english,
            parent_id=parent.id if parent else None,
            trade="food",
            now=now,
        )
        assert parent.level == level
    assert parent is not None
    product = catalog.create_product(
        actor=tan,
        shop_id=shop.id,
        category_id=parent.id,
        title="安溪铁观音 清香型 兰花香",
        description="秋茶头采，兰花香。",
        attributes={"产地": "福建安溪"},
        freight_fen=600,
        now=now,
    )
    catalog.add_picture(actor=tan, product_id=product.id, url="/static/demo/tieguanyin.svg", now=now)
    for code, name, price_fen in (("A", "清香 250g", 12_800), ("B", "浓香 500g", 19_900)):
        sku = catalog.add_sku(actor=tan, product_id=product.id, code=code, name=name, attributes={}, now=now)
        catalog.set_offer(
            actor=tan,
            sku_id=sku.id,
            channel="shelf",
            price_fen=price_fen,
            valid_from=now,
            own_stock=False,
            now=now,
        )
        catalog.receive_stock(actor=tan, sku_id=sku.id, quantity=50, now=now)
    catalog.put_on_sale(actor=tan, product_id=product.id, now=now)
    alliance.open_plan(
        actor=tan,
        shop_id=shop.id,
        kind=PlanKind.NORMAL,
        product_id=product.id,
        rate_bp=2_000,
        starts_at=now,
        now=now,
    )
    return {"product": product.id, "shop": shop.id, "mei": opened["mei"].id, "lin": opened["lin"].id}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laotie.main.settings")
    import django

    django.setup()
    print(json.dumps(fill()))  # noqa: T201 - the answer to the test that started this
