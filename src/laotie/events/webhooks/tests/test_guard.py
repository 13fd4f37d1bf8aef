"""The guard: nothing leads into a private network, however it is written or resolved."""

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from django.conf import settings

from laotie.core.errors import InvalidInput
from laotie.core.tests.receiver import receiver
from laotie.events.webhooks import sending
from laotie.events.webhooks.guard import ForbiddenAddress, UnknownHost, clean_url, is_public, resolve

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - not listened on
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # Alibaba Cloud's metadata
    "168.63.129.16",  # Azure's wire server
    "192.0.0.192",  # Oracle's
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo around 127.0.0.1
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS's metadata
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_network_is_told_apart(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "223.5.5.5", "2400:3200::1", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_a_public_address_passes(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:word@example.com/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://例え.com/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://example.com/\r\nX: y",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_clean_url_refuses_what_leads_nowhere_good(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean_url(url)
    assert refusal.value.field_name == "url"


def test_clean_url_takes_a_public_address() -> None:
    assert clean_url(" https://shop.example.com:8443/hooks?a=1 ") == "https://shop.example.com:8443/hooks?a=1"


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(ForbiddenAddress):
        asyncio.run(resolve("rebinding.example.com", 443))


def test_numbers_in_disguise_are_resolved_before_they_are_judged() -> None:
    """The system's resolver reads 2130706433, 0x7f.1 and 127.1 as 127.0.0.1."""
    for host in ("2130706433", "0x7f.1", "127.1", "017700000001"):
        with pytest.raises((ForbiddenAddress, UnknownHost)):
            asyncio.run(resolve(host, 443))


def test_nothing_is_sent_to_our_own_network() -> None:
    with receiver() as found:
        outcome = sending.post(found.url, headers={}, body=b"{}")
        assert (outcome.status, outcome.trouble) == (None, "forbidden_address")
        assert found.received == []


def test_a_name_is_resolved_once_and_the_checked_address_is_what_is_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that changes its mind between look and connection (DNS rebinding) gets no second look."""
    looks: list[str] = []
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host == "changing.example.com":
            looks.append(host)
            address = "127.0.0.1" if len(looks) == 1 else "127.9.9.9"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return real(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(settings, "WEBHOOKS_ALLOW_PRIVATE", True)
    with receiver() as found:
        outcome = sending.post(f"http://changing.example.com:{found.port}/hook", headers={}, body=b"{}")
        assert outcome.status == 200
        assert looks == ["changing.example.com"]
        assert found.received[0].headers["host"] == f"changing.example.com:{found.port}"
