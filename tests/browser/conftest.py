"""A market of its own for the browser tests, and Chromium to look at it: one server for the whole run."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "shuangji666"
START_SECONDS = 280
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and leave it out where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(START_SECONDS + 120))
            if CHROMIUM is None and os.environ.get("CI") != "true":  # what CI leaves out will rot
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here"))


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Serve the demo market with a database of its own, and return its address."""
    home = Path(tempfile.mkdtemp(prefix="laotie-browser-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"LAOTIE_HOME": str(home), "LAOTIE_URL": address, "LAOTIE_WEB_WORKERS": "1"}
    command = [str(Path(sys.executable).parent / "laotie"), "up", "--port", str(port)]
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603 - our own
    try:
        _await(address, server, home / "server.log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(site: str, chromium: Browser) -> Iterator[OpenPage]:
    """Return what opens a fresh browser, signed in as `who`; errors in its console fail the test at the end."""
    contexts = []
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Chromium logs every refused form; the tests look at what the page says of it.
        if message.type == "error" and "status of 422" not in message.text:
            errors.append(f"{message.location.get('url')}: {message.text}")

    def opened(
        *, who: str = "", size: ViewportSize = DESKTOP, language: str = "en", is_dark: bool = False
    ) -> Page:
        context = chromium.new_context(
            base_url=site,
            viewport=size,
            locale=language,
            color_scheme="dark" if is_dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: errors.append(str(error)))
        if who:
            page.goto("/accounts/login/")
            page.fill("input[name=login]", f"{who}@demo.laotie.example")
            page.fill("input[name=password]", PASSWORD)
            page.locator("main form button[type=submit]").first.click()
            page.wait_for_url(lambda url: "/login" not in url)
        code = "zh-hans" if language.startswith("zh") else "en"
        context.add_cookies([{"name": "django_language", "value": code, "url": site}])
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def assert_accessible(page: Page) -> None:
    """Let axe look at the page: nothing serious or critical."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (violation["id"], [node["html"] for node in violation["nodes"]][:3])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == [], page.url


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address + "/", timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.5)  # the server says nothing when it is ready; asking is the only way
    raise AssertionError(f"The market did not start: {log.read_text()[-2_000:]}")
