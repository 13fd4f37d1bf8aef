"""The guard against requests into our own network.

A name is resolved once, every address it has must be public, and the connection goes to the address that was looked
at. Redirects are not followed at all.
"""

import asyncio
import ipaddress
import socket
from typing import NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from laotie.core.errors import InvalidInput

URL_LETTERS_MAX = 2_000
PORTS_LEAST_UNPRIVILEGED = 1_024
PORTS_OF_THE_WEB = frozenset({80, 443})
# Public by number, but served to guests of a cloud only: Azure's wire server.
CLOUD_SERVICES = frozenset({ipaddress.ip_address("168.63.129.16")})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(Exception):
    """A name leads into a network that is no business of webhooks."""


class UnknownHost(Exception):
    """A name leads nowhere."""


def clean_url(text: str) -> str:
    """Return the address of an endpoint.

    Raises: InvalidInput, also for a host written as a number that is not public.
    """
    url = text.strip()
    if len(url) > URL_LETTERS_MAX or not url.isascii() or any(letter.isspace() for letter in url):
        _refuse(_("This is not a web address."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        _refuse(_("This is not a web address."))
    if not host or not url.isprintable():
        _refuse(_("This is not a web address."))
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.WEBHOOKS_ALLOW_PRIVATE):
        _refuse(_("The address must begin with https://."))
    if parts.username is not None or parts.password is not None:
        _refuse(_("The address must not hold a name or a password."))
    if port is not None and port < PORTS_LEAST_UNPRIVILEGED and port not in PORTS_OF_THE_WEB:
        _refuse(_("The web is not served on this port."))
    if not settings.WEBHOOKS_ALLOW_PRIVATE:
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            literal = None
        if host == "localhost" or (literal is not None and not is_public(literal)):
            _refuse(_("This address is inside a private network."))
    return url


async def resolve(host: str, port: int) -> str:
    """Return one checked address of a host.

    Raises: ForbiddenAddress when any of its addresses is not public, UnknownHost.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHost from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise UnknownHost
    if not settings.WEBHOOKS_ALLOW_PRIVATE:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise ForbiddenAddress(address)
    return addresses[0]


def is_public(address: Address) -> bool:
    """Say whether an address is on the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64_LOCAL:
            return False
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is not None:
            return is_public(wrapped)
        if int(address) >> 32 == 0:  # the old "IPv4-compatible" form, ::127.0.0.1
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not address.is_link_local
        and address not in CLOUD_SERVICES
    )


def _refuse(reason: str) -> NoReturn:
    raise InvalidInput(field_name="url", reason=gettext(reason))
