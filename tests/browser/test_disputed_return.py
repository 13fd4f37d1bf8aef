"""A disputed return in a real browser: Lin asks, Tan refuses, both show evidence, Shen rules, the money goes back."""

import re
from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import PHONE, OpenPage, assert_accessible

SHOP = "/s/1"


def open_an_order(page: Page) -> None:
    """Open one of Lin's orders from Tan's shop of which something can be sent back."""
    for state in ("received", "shipped", "settled"):
        page.goto(f"/orders?state={state}")
        addresses = (
            page.locator("article").filter(has=page.locator(f"a[href='{SHOP}']")).locator("a[href^='/orders/']")
        )
        for href in {link.get_attribute("href") for link in addresses.all()}:
            page.goto(str(href))
            if page.get_by_role("link", name="After-sale").count() and not page.get_by_text("Paid back").count():
                return
    raise AssertionError("Lin has bought nothing that could be sent back")


def photo() -> FilePayload:
    """Return a picture as a file of a form."""
    out = BytesIO()
    Image.new("RGB", (640, 480), "saddlebrown").save(out, "JPEG")
    return {"name": "tea.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_disputed_return(open_page: OpenPage) -> None:  # noqa: PLR0915 - one story, told in one piece
    lin = open_page(who="lin", size=PHONE)
    open_an_order(lin)
    lin.get_by_role("link", name="After-sale").first.click()
    assert_accessible(lin)
    lin.get_by_text("Return and refund").click()
    lin.get_by_text("It is not as described").click()
    lin.get_by_label("In your own words").fill("颜色和直播间不一样")
    lin.get_by_role("button", name="Send to the shop").click()
    expect(lin.get_by_role("heading", level=1)).to_have_text("Waiting for the shop")
    number = re.findall(r"/after-sale/(\d+)", lin.url)[0]
    assert_accessible(lin)

    tan = open_page(who="tan")
    tan.goto(f"/desk/shops/1/after-sale/{number}")
    assert_accessible(tan)
    tan.get_by_text("Refuse", exact=True).click()
    tan.get_by_label("Reason, for the buyer to read").fill("色差属于正常现象")
    tan.get_by_role("button", name="Refuse the request").click()
    expect(tan.locator("#messages")).to_contain_text("Refused.")

    lin.reload()
    expect(lin.get_by_text("色差属于正常现象").first).to_be_visible()
    lin.get_by_label("What is wrong with the refusal?").fill("这不是色差，是陈茶")
    lin.get_by_role("button", name="Ask the platform").click()
    lin.get_by_label("Show evidence").fill("看照片")
    lin.get_by_label("Pictures").set_input_files([photo()])
    lin.get_by_role("button", name="Show it").click()
    expect(lin.get_by_alt_text("Picture shown as evidence")).to_be_visible()
    assert lin.evaluate("document.querySelector('#dispute img').naturalWidth") == 640
    assert_accessible(lin)
    assert lin.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    tan.reload()
    tan.get_by_label("Show evidence").fill("发货前已抽检")
    tan.get_by_role("button", name="Show it").click()
    expect(tan.get_by_text("发货前已抽检")).to_be_visible()

    shen = open_page(who="shen")
    shen.goto("/desk/operator/disputes?state=evidence")
    shen.locator(f"a[href$='/disputes/{number}']").click()
    assert_accessible(shen)
    shen.get_by_text("For the buyer", exact=True).click()
    shen.get_by_label("Reasons both sides read").fill("照片显示茶叶与描述不符")
    shen.get_by_role("button", name="Decide").click()
    expect(shen.get_by_text("Decided for the buyer")).to_be_visible()

    lin.reload()
    expect(lin.get_by_role("heading", level=1)).to_have_text("Please send the goods back")
    lin.get_by_label("Carrier").fill("中通快递")
    lin.get_by_label("Tracking number").fill("ZT7700112233")
    lin.get_by_role("button", name="It is on its way").click()
    expect(lin.get_by_role("heading", level=1)).to_have_text("The shop checks the goods")
    tan.reload()
    tan.get_by_role("button", name="The goods are back").click()
    expect(tan.locator("#messages")).to_contain_text("The goods are back.")
    lin.reload()
    expect(lin.get_by_role("heading", level=1)).to_have_text(re.compile("Money on its way back|Done"))
