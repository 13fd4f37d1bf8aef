"""One attempt to deliver a message: one POST with a hard limit on time and on what is read of the answer."""

import asyncio
import functools
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import httpx

from laotie.events.webhooks.guard import ForbiddenAddress, UnknownHost, resolve

CONNECT_SECONDS_MAX = 5.0
ATTEMPT_SECONDS_MAX = 15.0  # the specification suggests 15 to 30
ANSWER_BYTES_READ = 16 * 1024
ANSWER_LETTERS_KEPT = 500
SUCCESS = range(200, 300)
AGENT = "laotie-webhooks/1"


class Trouble(StrEnum):
    """Why an attempt brought no answer."""

    FORBIDDEN_ADDRESS = "forbidden_address"
    UNKNOWN_HOST = "unknown_host"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to."""

    status: int | None
    trouble: str
    duration_ms: int
    answer: str

    @property
    def is_success(self) -> bool:
        """Say whether the endpoint took the message; a redirect is none."""
        return self.status is not None and self.status in SUCCESS


def post(
    url: str, *, headers: Mapping[str, str], body: bytes, seconds_max: float = ATTEMPT_SECONDS_MAX
) -> Outcome:
    """Send a message and return what came of it; never raises for what the other side does."""
    started = time.monotonic()
    status, trouble, answer = None, "", b""
    try:
        status, answer = asyncio.run(_post_within(seconds_max, url, headers, body))
    except ForbiddenAddress:
        trouble = Trouble.FORBIDDEN_ADDRESS
    except UnknownHost:
        trouble = Trouble.UNKNOWN_HOST
    except (TimeoutError, httpx.TimeoutException):
        trouble = Trouble.TIMEOUT
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        trouble = Trouble.CONNECTION
    text = answer.decode("utf-8", "replace").replace("\0", "")[:ANSWER_LETTERS_KEPT]
    return Outcome(status, trouble, int((time.monotonic() - started) * 1_000), text)


async def _post_within(seconds_max: float, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    async with asyncio.timeout(seconds_max):  # over everything: a byte now and then would pass every other limit
        return await _post(url, headers, body)


async def _post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = await resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    # The URL names the checked address, so nothing resolves the name again; Host and TLS keep the name.
    target = httpx.URL(url).copy_with(host=address)
    sent = {
        **headers,
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
    }
    async with (
        httpx.AsyncClient(verify=_tls(), trust_env=False, follow_redirects=False, timeout=_timeouts()) as client,
        client.stream("POST", target, content=body, headers=sent, extensions={"sni_hostname": host}) as response,
    ):
        return response.status_code, await _beginning_of(response)


async def _beginning_of(response: httpx.Response) -> bytes:
    """Read no more of an answer than is kept; the rest is cut off with the connection."""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= ANSWER_BYTES_READ:
            break
    return read


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what verifies certificates; reading all authorities anew for each message would cost more than it."""
    return httpx.create_ssl_context(trust_env=False)


def _timeouts() -> httpx.Timeout:
    return httpx.Timeout(ATTEMPT_SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
