"""What anybody may see: home, mall, product, shop, showcase; and the entrances that are kept."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from laotie.alliance import operations as alliance
from laotie.alliance.models import Click
from laotie.catalog import operations as catalog
from laotie.catalog.tests.makers import make_product
from laotie.core.actor import person
from laotie.core.clock import utc_now
from laotie.orders.tests.makers import LONG_AGO, Market, make_market, open_plan

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def market() -> Market:
    return make_market(price_fen=12_800)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/mall", "/p/{product}", "/s/{shop}"])
def test_goods_are_shown_to_everybody(client: Client, market: Market, address: str) -> None:
    shown = text_of(client, address.format(product=market.product.id, shop=market.shop.id))
    assert market.product.title in shown
    assert "<c-" not in shown


@pytest.mark.parametrize(
    "address", ["/p/999999", "/s/999999", "/c/999999", "/p/0", "/p/9999999999999999999", "/p/abc"]
)
@pytest.mark.usefixtures("market")
def test_what_is_not_there_is_a_404(client: Client, address: str) -> None:
    text_of(client, address, 404)


def test_a_product_that_is_not_on_sale_is_a_404(client: Client, market: Market) -> None:
    catalog.take_off_sale(actor=market.merchant, product_id=market.product.id, now=utc_now())
    text_of(client, f"/p/{market.product.id}", 404)


def test_somebody_who_is_no_creator_has_no_showcase(client: Client, market: Market) -> None:
    text_of(client, f"/c/{market.lin.id}", 404)


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("low=128&high=128", True),
        ("low=129", False),
        ("high=127", False),
        ("low=128.5&high=-3", True),
        ("text=%00", True),
        ("text=nothing-like-it", False),
        ("free=1", True),
        ("sort=sideways&category=abc", True),
        ("category=999999999", False),
    ],
)
def test_the_mall_narrows_what_it_shows(client: Client, market: Market, asked: str, *, is_found: bool) -> None:
    assert (market.product.title in text_of(client, f"/mall?{asked}")) is is_found


@pytest.mark.usefixtures("market")
def test_a_forged_cursor_is_told_not_a_crash(client: Client) -> None:
    assert "start again" in text_of(client, "/mall?cursor=abc", 422)


def test_the_mall_gives_the_next_cards_to_htmx(client: Client, market: Market) -> None:
    for _ in range(24):
        make_product(shop_id=market.shop.id, now=LONG_AGO)
    first = client.get("/mall?sort=newest")
    cursor = first.context["next_cursor"]
    more = client.get(f"/mall?sort=newest&cursor={cursor}", headers={"HX-Request": "true", "HX-Target": "more"})
    assert more.status_code == 200
    assert "<html" not in more.content.decode()
    assert more.content.decode().count('class="product-card') == 5


@pytest.mark.parametrize("address", ["/", "/mall", "/s/{shop}", "/c/{creator}"])
def test_a_page_asks_as_much_for_twenty_goods_as_for_one(client: Client, market: Market, address: str) -> None:
    address = address.format(shop=market.shop.id, creator=market.mei.id)
    alliance.add_to_showcase(actor=person(market.mei.id), product_id=_open(market), now=LONG_AGO)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(address)
    for _ in range(19):
        added = make_product(shop_id=market.shop.id, now=LONG_AGO)
        plan_market = Market(market.lin, market.mei, market.tan, market.shop, added)
        alliance.add_to_showcase(actor=person(market.mei.id), product_id=_open(plan_market), now=LONG_AGO)
    with CaptureQueriesContext(connection) as twenty:
        client.get(address)
    assert len(twenty) == len(one)


def _open(market: Market) -> int:
    open_plan(market)
    return market.product.id


def test_a_creators_link_keeps_a_visitors_click(client: Client, market: Market) -> None:
    open_plan(market)
    answer = client.get(f"/p/{market.product.id}?c={market.mei.id}")
    click = Click.objects.get()
    assert (click.creator_id, click.viewer_id, click.standing) == (market.mei.id, None, "counts")
    assert click.entrance == f"link:{market.mei.id}"
    assert answer.cookies["visitor"]["httponly"]


def test_changing_the_sku_is_no_visit(client: Client, market: Market) -> None:
    client.get(f"/p/{market.product.id}?c={market.mei.id}&sku=1", headers={"HX-Request": "true"})
    client.get(f"/p/{market.product.id}?c={market.mei.id}", headers={"Sec-Purpose": "prefetch"})
    client.get(f"/p/{market.product.id}")
    assert Click.objects.count() == 0


def test_the_shops_own_page_is_its_own_entrance(client: Client, market: Market) -> None:
    assert f"/p/{market.product.id}?from=shop" in text_of(client, f"/s/{market.shop.id}")
    client.get(f"/p/{market.product.id}?from=shop")
    click = Click.objects.get()
    assert (click.creator_id, click.standing) == (None, "own")


@pytest.mark.parametrize("creator", ["0", "-1", "abc", "99999999", "99999999999999999999"])
def test_a_link_that_names_no_creator_is_an_ordinary_visit(client: Client, market: Market, creator: str) -> None:
    text_of(client, f"/p/{market.product.id}?c={creator}")
    assert Click.objects.count() == 0


def test_signing_in_takes_the_visitors_clicks_along(client: Client, market: Market) -> None:
    client.get(f"/p/{market.product.id}?c={market.mei.id}")
    sign_in(client, market.lin.id)
    answer = client.get("/")
    assert Click.objects.get().viewer_id == market.lin.id
    assert answer.cookies["visitor"]["max-age"] == 0


def test_a_forged_visitor_cookie_is_nobodys(client: Client, market: Market) -> None:
    client.cookies["visitor"] = "account-0000000000000001:forged"
    sign_in(client, market.lin.id)
    assert client.get("/").status_code == 200


def test_a_showcase_link_carries_the_creator(client: Client, market: Market) -> None:
    alliance.add_to_showcase(actor=person(market.mei.id), product_id=_open(market), now=LONG_AGO)
    assert f"/p/{market.product.id}?c={market.mei.id}&amp;from=showcase" in text_of(client, f"/c/{market.mei.id}")


def test_following_needs_an_account_and_can_be_undone(client: Client, market: Market) -> None:
    followed = {"followed": f"shop:{market.shop.id}", "next": f"/s/{market.shop.id}"}
    sent_away = client.post("/follow", followed)
    assert sent_away.headers["Location"] == f"/accounts/login/?next=%2Fs%2F{market.shop.id}"
    sign_in(client, market.lin.id)
    assert client.post("/follow", followed).headers["Location"] == f"/s/{market.shop.id}"
    assert "1 follower" in text_of(client, f"/s/{market.shop.id}")
    client.post("/follow", {**followed, "wanted": "no"})
    assert "0 followers" in text_of(client, f"/s/{market.shop.id}")


@pytest.mark.parametrize("followed", ["", "shop:0", "shop:999999", "order:1", "shop:99999999999999999999"])
def test_what_cannot_be_followed_is_a_404(client: Client, market: Market, followed: str) -> None:
    sign_in(client, market.lin.id)
    assert client.post("/follow", {"followed": followed}).status_code == 404


def test_a_title_with_markup_stays_text(client: Client, market: Market) -> None:
    bad = make_product(shop_id=market.shop.id, title="<script>alert(1)</script>", now=LONG_AGO)
    for address in ("/", "/mall", f"/p/{bad.id}"):
        assert "<script>alert" not in text_of(client, address)


def test_the_lowest_price_of_thirty_days_is_shown(client: Client, market: Market) -> None:
    now = utc_now()
    catalog.set_offer(
        actor=market.merchant,
        sku_id=market.sku_id,
        channel="shelf",
        price_fen=9_900,
        valid_from=now - timedelta(days=10),
        valid_to=now - timedelta(days=5),
        own_stock=False,
        now=now - timedelta(days=10),
    )
    assert "Lowest in 30 days ¥99.00" in text_of(client, f"/p/{market.product.id}")


def sign_in(client: Client, account_id: int) -> None:
    client.force_login(get_user_model().objects.get(pk=account_id))
