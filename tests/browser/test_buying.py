"""A purchase from a creator's link to a paid order, in Chromium: on a phone in Chinese, on a desktop in English.

The server, its worker and its database are processes of their own, started as `make run` starts them.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS_MAX = 120
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 860}, "locale": "en-US"}


@dataclass(frozen=True, slots=True)
class Site:
    """A running market."""

    url: str
    ids: dict[str, int]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start an empty market with web and worker, and fill it."""
    home = tmp_path_factory.mktemp("market")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"LAOTIE_HOME": str(home), "LAOTIE_WEB_WORKERS": "1", "LAOTIE_URL": f"http://127.0.0.1:{port}"}
    laotie = str(Path(sys.executable).parent / "laotie")
    with (home / "up.log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603 - our own command
            [laotie, "up", "--no-demo", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, home / "up.log")
            filled = subprocess.run(
                [sys.executable, "-m", "tests.browser.market"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            yield Site(url, json.loads(filled.stdout))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)


def test_on_a_phone_in_chinese(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, PHONE)
    page.goto(f"{site.url}/p/{site.ids['product']}?c={site.ids['mei']}")
    expect(page.get_by_text("梅子 推荐")).to_be_visible()
    check_accessible(page)
    page.get_by_text("浓香 500g").click()
    expect(page.locator("#offer")).to_contain_text("199")
    page.get_by_role("button", name="加入购物车").last.click()
    sign_in(page)
    page.get_by_text("浓香 500g").click()
    page.get_by_role("button", name="加入购物车").last.click()
    expect(page.locator("#cart-count-bar")).to_have_text("1")
    page.goto(f"{site.url}/cart")
    expect(page.get_by_text("205").first).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="结算(1)").click()
    page.get_by_role("link", name="新增地址").first.click()
    page.get_by_label("收货人").fill("林晓")
    page.get_by_label("手机号").fill("13800005678")
    page.get_by_label("省、市、区").fill("浙江省 杭州市 西湖区")
    page.get_by_label("详细地址").fill("文三路 1 号")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("文三路 1 号")).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="提交订单").last.click()
    pay(page, "不会产生真实扣款", "支付 ¥205.00", "查看订单")
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")
    check_accessible(page)
    expect(page.get_by_text("商家正在备货")).to_be_visible()
    finish(page)


def test_on_a_desktop_in_english(chromium: Browser, site: Site) -> None:
    page = open_page(chromium, site, DESKTOP)
    page.goto(f"{site.url}/c/{site.ids['mei']}")
    page.goto(f"{site.url}/p/{site.ids['product']}?c={site.ids['mei']}")
    sign_in_first(page, site)
    page.goto(f"{site.url}/p/{site.ids['product']}?c={site.ids['mei']}")
    check_accessible(page)
    page.get_by_role("button", name="Buy now").first.click()
    page.wait_for_url("**/checkout?*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    check_accessible(page)
    page.get_by_role("button", name="Place the order").first.click()
    pay(page, "no real money moves", "Pay ¥134.00", "See the order")
    expect(page.get_by_role("heading", level=1)).to_have_text("To ship")
    check_accessible(page)
    page.goto(f"{site.url}/orders")
    check_accessible(page)
    page.goto(f"{site.url}/cart")
    check_accessible(page)
    finish(page)


def open_page(browser: Browser, site: Site, device: dict[str, Any]) -> Page:
    """Open a page that remembers what its console says."""
    context: BrowserContext = browser.new_context(**device, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(site.url)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.said = said  # type: ignore[attr-defined]
    return page


def sign_in(page: Page) -> None:
    """Sign Lin in on the page that asks for it."""
    page.wait_for_url("**/accounts/login/**")
    page.locator("input[name=login]").fill("lin@example.test")
    page.locator("input[name=password]").fill("shuangji666")
    page.locator("main form button:not([type=button])").first.click()
    page.wait_for_url("**/p/**")


def sign_in_first(page: Page, site: Site) -> None:
    """Sign Lin in and keep English, whatever her account prefers."""
    page.goto(f"{site.url}/accounts/login/?next=/p/{site.ids['product']}")
    sign_in(page)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    if not page.locator("input[name=address]").count():
        page.goto(f"{site.url}/me/addresses/add")
        for name, value in {
            "recipient": "Lin",
            "phone": "13800005678",
            "region": "Zhejiang",
            "street": "1",
        }.items():
            page.locator(f"#id_{name}").fill(value)
        page.get_by_role("button", name="Save").click()


def pay(page: Page, warning: str, button: str, onwards: str) -> None:
    """Pay in the sandbox and wait until the worker has brought the provider's word."""
    page.wait_for_url("**/pay/sandbox/**")
    expect(page.get_by_text(warning)).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name=button).click()
    page.get_by_role("link", name=onwards).click(timeout=30_000)
    page.wait_for_url("**/orders/*")


def check_accessible(page: Page) -> None:
    """Let axe look at the page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    faults = [(fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in found["violations"]]
    assert faults == [], page.url


def finish(page: Page) -> None:
    """Close the page; its console must have been silent."""
    said = page.said  # type: ignore[attr-defined]
    page.context.close()
    assert said == []


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()[-2_000:]
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError(log.read_text()[-2_000:])
