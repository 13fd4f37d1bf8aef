"""The desks in a real browser: the merchant ships, the creator sees the earning, the operator publishes a rule."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, assert_accessible

SHOP = "/desk/shops/1/"
PLACES = {
    "tan": (
        "/desk/",
        SHOP,
        SHOP + "orders",
        SHOP + "orders?state=paid",
        SHOP + "after-sale",
        SHOP + "products",
        SHOP + "plans",
        SHOP + "plans/new?kind=exclusive",
        SHOP + "money",
        "/desk/payouts/shop/1",
        SHOP + "staff",
    ),
    "mei": ("/desk/creator/", "/desk/creator/selection", "/desk/creator/showcase", "/desk/creator/money", "/join"),
    "shen": (
        "/desk/operator/",
        "/desk/operator/rules/publish",
        "/desk/operator/rules/versions",
        "/desk/operator/money",
        "/desk/operator/payouts?state=",
        "/desk/operator/applications?state=",
        "/desk/operator/shops",
        "/desk/operator/accounts",
        "/desk/operator/audit",
    ),
}


@pytest.mark.parametrize("who", ["tan", "mei", "shen"])
@pytest.mark.parametrize(
    ("size", "language", "is_dark"), [(DESKTOP, "zh-CN", False), (PHONE, "en", True)], ids=["desktop", "phone"]
)
def test_every_desk_is_accessible_and_fits(
    open_page: OpenPage, who: str, size: ViewportSize, language: str, *, is_dark: bool
) -> None:
    page = open_page(who=who, size=size, language=language, is_dark=is_dark)
    for place in PLACES[who]:
        page.goto(place)
        assert page.locator("h1").inner_text() != ""
        assert page.locator("html").get_attribute("lang") == ("zh-Hans" if language == "zh-CN" else "en")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], place
        assert_accessible(page)


def test_the_merchant_ships_an_order(open_page: OpenPage) -> None:
    page = open_page(who="tan")
    page.goto(SHOP + "orders?state=paid")
    link = page.locator("td a.figures").first
    number = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    page.get_by_label("Tracking number").fill("SF20261122001")
    page.get_by_role("button", name="Ship", exact=True).click()
    expect(page.locator("#messages")).to_contain_text(f"Order {number} is shipped.")
    expect(page.get_by_text("SF20261122001")).to_be_visible()


def test_the_merchant_ships_several_orders_at_once(open_page: OpenPage) -> None:
    page = open_page(who="tan")
    page.goto(SHOP + "orders?state=paid")
    boxes = page.locator("input[name^=tracking_]")
    boxes.nth(0).fill("SF20261122002")
    boxes.nth(1).fill("SF20261122003")
    page.get_by_role("button", name="Ship these orders").click()
    expect(page.locator("#messages")).to_contain_text("2 orders are shipped.")


def test_the_creator_sees_an_earning_move_when_the_merchant_refunds(open_page: OpenPage) -> None:
    creator = open_page(who="mei")
    creator.goto("/desk/creator/?state=paid")
    row = creator.locator("tbody tr").filter(has_text="观山茶舍").first
    number = row.locator("td").nth(1).locator(".figures").first.inner_text()
    merchant = open_page(who="tan")
    merchant.goto(f"{SHOP}orders/{number}")
    merchant.get_by_text("Give money back").first.click()
    merchant.get_by_label("For the goods").first.fill("1.00")
    merchant.get_by_label("Reason").first.fill("包装磕碰")
    merchant.get_by_role("button", name="Refund", exact=True).first.click()
    expect(merchant.locator("#messages")).to_contain_text("The refund is on its way.")
    row.locator("a").first.click()
    _await_text(creator, "Part of the goods was refunded.")


def test_the_operator_publishes_a_rule(open_page: OpenPage) -> None:
    page = open_page(who="shen")
    page.goto("/desk/operator/rules/publish")
    page.get_by_label("settle.delay_days", exact=True).fill("8")
    page.get_by_label(re.compile("Note")).fill("双十二延长售后")
    starts = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("Starts").fill(starts)
    page.get_by_role("button", name="Preview").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview of the new rules")
    expect(page.locator("tbody")).to_contain_text("8 days")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#messages")).to_contain_text("The new rules are published.")
    page.goto("/desk/operator/audit")
    expect(page.locator("tbody tr").first).to_contain_text("Published rules")


def _await_text(page: Page, text: str) -> None:
    """Reload until the worker has delivered the event."""
    for _attempt in range(30):
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{text!r} did not appear at {page.url}")
