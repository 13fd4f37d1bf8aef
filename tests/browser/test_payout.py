"""A payout in a real browser: Mei proves who she is, says where her money goes, and the bank pays it."""

import re
from pathlib import Path

from playwright.sync_api import expect

from laotie.core.money import plain_yuan
from tests.browser.conftest import PHONE, OpenPage, assert_accessible

ID_NUMBER = "11010519491231002X"  # the example of GB 11643-1999


def test_a_creators_money_reaches_the_bank(open_page: OpenPage, tmp_path: Path) -> None:
    mei = open_page(who="mei", size=PHONE)
    mei.goto("/desk/creator/money")
    mei.get_by_role("link", name="Withdraw money").click()
    expect(mei.get_by_text("finish the open steps")).to_be_visible()
    assert_accessible(mei)
    mei.get_by_label("Name in the document").fill("梅晓红")
    mei.get_by_label("Document number").fill("110105194912310021")
    mei.get_by_role("button", name="Verify").click()
    expect(mei.get_by_text("This is not a valid identity number.")).to_be_visible()
    mei.get_by_label("Document number").fill(ID_NUMBER)
    mei.get_by_role("button", name="Verify").click()
    expect(mei.locator("#identity")).to_contain_text("梅**", timeout=30_000)
    mei.get_by_label("Account holder").fill("梅晓红")
    mei.get_by_label("Bank", exact=True).fill("招商银行")
    mei.get_by_label("Account number").fill("6222021234567890128")
    mei.get_by_role("button", name="Keep").click()
    mei.get_by_label("Amount").fill("88.80")
    mei.get_by_role("button", name="Withdraw money").click()
    expect(mei.locator("#messages")).to_contain_text("The payout is asked for.")
    expect(mei.get_by_text("Approved")).to_be_visible()
    assert mei.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    shen = open_page(who="shen")
    shen.goto("/desk/operator/payouts?state=approved")
    assert_accessible(shen)
    shen.get_by_role("button", name="Make a batch for the bank").click()
    expect(shen.locator("#messages")).to_contain_text("The batch is made")
    batch = shen.locator("tr").filter(has_text="not answered").first
    with shen.expect_download() as download:
        batch.get_by_role("button", name="Download").click()
    rows = [line.split(",") for line in Path(download.value.path()).read_text("utf-8-sig").splitlines()[1:]]
    mine = next(row for row in rows if row[5] == plain_yuan(8_880))
    assert mine[1:4] == ["梅晓红", "6222021234567890128", "招商银行"]
    answer = tmp_path / "answer.csv"
    answer.write_text("number,amount,result,reason\n" + "".join(f"{row[0]},{row[5]},paid,\n" for row in rows))
    batch.locator("input[type=file]").set_input_files(answer)
    batch.get_by_role("button", name="Book the answer").click()
    expect(shen.locator("#messages")).to_contain_text("The bank's answers are booked.")

    mei.reload()
    expect(mei.locator("tbody tr").first).to_contain_text(re.compile("88.80.*Paid out", re.DOTALL))
