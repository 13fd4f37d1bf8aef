"""Becoming a creator, and a merchant, in a real browser: the name first, then the form, then the operator's yes."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, assert_accessible

ID_NUMBER = "330782199006121015"
LICENCE = "913307820000000216"


def test_a_buyer_becomes_a_creator_and_asks_for_a_shop(open_page: OpenPage, tmp_path: Path) -> None:
    guo = open_page(who="guo", size=PHONE)
    guo.goto("/me")
    guo.get_by_role("link", name="Join as creator or merchant").click()
    assert_accessible(guo)
    guo.get_by_role("link", name="Creator", exact=False).first.click()
    expect(guo.get_by_text("First verify your real name")).to_be_visible()
    assert_accessible(guo)
    guo.get_by_label("Name in the document").fill("郭敏")
    guo.get_by_label("Document number").fill(ID_NUMBER)
    guo.get_by_role("button", name="Verify").click()
    expect(guo.locator("#identity")).to_contain_text("郭*", timeout=60_000)
    guo.get_by_label("I have read the terms").check()
    guo.get_by_role("button", name="Become a creator").click()
    expect(guo.locator("#messages")).to_contain_text("you are a creator now")
    guo.get_by_role("link", name="Go to the desk").click()
    expect(guo.locator("h1")).to_be_visible()
    assert "/desk/creator/" in guo.url

    guo.goto("/join/merchant")
    guo.get_by_label("Name that is shown").fill("郭家茶")
    guo.get_by_label("Name in the business licence").fill("杭州郭家茶业有限公司")
    guo.get_by_label("Unified social credit code").fill(LICENCE[:-1] + "0")
    guo.get_by_label("I have read the terms").check()
    guo.get_by_role("button", name="Send the application").click()
    expect(guo.get_by_text("This is not a business licence's number.").first).to_be_visible()
    guo.get_by_label("Unified social credit code").fill(LICENCE)
    guo.get_by_role("button", name="Send the application").click()
    expect(guo.get_by_text("nobody is let in without one")).to_be_visible()
    paper = tmp_path / "licence.png"
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "beige").save(out, "PNG")
    paper.write_bytes(out.getvalue())
    guo.locator("input[type=file]").set_input_files(paper)
    guo.get_by_role("button", name="Add the picture").click()
    expect(guo.locator("#messages")).to_contain_text("The picture is added.")
    assert_accessible(guo)
    assert guo.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    shen = open_page(who="shen", size=DESKTOP)
    shen.goto("/desk/operator/applications")
    assert_accessible(shen)
    shen.get_by_role("link", name="郭敏").click()
    assert_accessible(shen)
    expect(shen.get_by_text("Confirmed")).to_be_visible(timeout=30_000)
    shen.get_by_role("button", name="Let in").click()
    expect(shen.locator("#messages")).to_contain_text("The applicant is let in.")

    guo.reload()
    expect(guo.get_by_text("You are in.")).to_be_visible()
    guo.get_by_role("link", name="Go to the desk").click()
    expect(guo.get_by_text("郭家茶").first).to_be_visible()
