"""Posting to an address that a browser named: https to a public host only, never to what stands inside.

The name is looked up once, every address of it must be public, and the connection goes to the very address that was
looked at, so a name that changes its mind in between leads nowhere. Redirects and proxies are not followed.
"""

import ipaddress
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT_S: Final = 5
MOST_SIGNS: Final = 1000


class NotPublic(ValueError):
    """The address is not one of a public https service."""


def check(url: str) -> SplitResult:
    """Returns the parts of `url` when it may be that of a public https service; asks no name server.

    Raises NotPublic.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NotPublic("not an address") from error
    if len(url) > MOST_SIGNS or not host or parts.username is not None or not url.isascii():
        raise NotPublic("not an address")
    if settings.WEB_PUSH_LOCAL:
        return parts
    if parts.scheme != "https" or port not in {None, 443}:
        raise NotPublic("not https")
    if "." not in host or _is_number(host):
        raise NotPublic("not a public name")
    return parts


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Returns the status that the service answers with. Raises NotPublic, and OSError when it cannot be reached."""
    parts = check(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _look_up(host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Pinned(host, port, address) if secure else HTTPConnection(address, port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except HTTPException as error:
        raise OSError(f"{type(error).__name__}") from error
    finally:
        connection.close()


class _Pinned(HTTPSConnection):
    """Connects to an address that was looked at before; the certificate must be that of the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT_S, context=self._tls)
        self._address = address

    def connect(self) -> None:
        line = socket.create_connection((self._address, self.port), TIMEOUT_S)
        self.sock = self._tls.wrap_socket(line, server_hostname=self.host)


def _look_up(host: str, port: int) -> str:
    """Returns an address of `host`. Raises NotPublic when one of them is not public, OSError when there is none."""
    found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not settings.WEB_PUSH_LOCAL and not all(_is_public(each) for each in addresses):
        raise NotPublic(f"{host} leads to an address inside")
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_public(str(inner))
        if address in _NAT64:
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def _is_number(host: str) -> bool:
    """Whether `host` is an address instead of a name, in any notation that resolvers take (0x7f.1 too)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdecimal() or last.startswith("0x")
    return True
