"""Where a link of the provider's may lead: to the provider itself, and to what everybody can reach.

A result link, or a redirect behind it, that names a machine of the operator's own network would make Drover fetch
what only Drover can see (the metadata service of a cloud, a router, a database).
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL


class Forbidden(ValueError):
    """A link leads where none of the provider's may."""


class Reach(AbstractResolver):
    """A resolver for links. `base` is the provider: its own host is allowed wherever it is."""

    def __init__(self, base: URL) -> None:
        self._host = base.host or ""
        self._is_local = self._host == "localhost" or _is_loopback(self._host)
        self._inner = ThreadedResolver()

    def check(self, url: URL) -> URL:
        """`url`, unless its host is an address that may not be reached. Names are judged when they are resolved.

        Raises `ValueError`.
        """
        if url.user is not None or url.password is not None:
            raise Forbidden("a link with credentials")
        if url.host != self._host and not self._may(url.host or ""):
            raise Forbidden("a link into a private network")
        return url

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = found if host == self._host else [each for each in found if self._may(each["host"])]
        if found and not allowed:
            raise Forbidden("a link into a private network")
        return allowed

    async def close(self) -> None:
        await self._inner.close()

    def _may(self, host: str) -> bool:
        address = _address(host)
        if address is None:
            return True
        if address.is_loopback:
            return self._is_local  # the stand-in
        return address.is_global and not address.is_multicast


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback
