"""Where a link of the provider's may lead: to the provider itself, and to what everybody can reach.

A result link, or a redirect behind it, that names a machine of the operator's own network would make Drover fetch
what only Drover can see (the metadata service of a cloud, a router, a database).
"""

import re
import socket
import unicodedata
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

_Address = IPv4Address | IPv6Address


class _Wrapping(NamedTuple):
    """Addresses of IPv6 that stand for one of IPv4: `shift` bits of the address are right of it."""

    network: IPv6Network
    shift: int
    inverted: bool = False  # Teredo hides the address from translators that would rewrite it


_WRAPPINGS = (
    _Wrapping(IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped (RFC 4291, 2.5.5.2)
    _Wrapping(IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated (RFC 2765, 2.1)
    _Wrapping(IPv6Network("::/96"), 0),  # IPv4-compatible (RFC 4291, 2.5.5.1)
    _Wrapping(IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052, 2.1)
    _Wrapping(IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
    _Wrapping(IPv6Network("2001::/32"), 0, inverted=True),  # Teredo: the client (RFC 4380, section 4)
)
# What `ipaddress` calls global in some editions of Python, and what no result can come from all the same.
_NEVER: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "64:ff9b:1::/48",  # NAT64 inside one network (RFC 8215): where the IPv4 address is in it, only that one knows
        "fec0::/10",  # site-local, given up and still routed in places (RFC 3879)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing inside one network (RFC 9602)
    )
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # the middle of an address with one of IPv4 at its end (RFC 5214, 6.1)
_PART = re.compile(r"0x(?P<hex>[0-9a-f]*)|(?P<octal>0[0-7]*)|(?P<decimal>[1-9][0-9]*)")
_BASES = (("hex", 16), ("octal", 8), ("decimal", 10))
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))  # read as dots in a name (RFC 3490, 3.1)
_MOST_PARTS = 4


class BadLink(ValueError):
    """A link that leads nowhere, or where none of the provider's may lead."""


class Links:
    """Judges links of the provider whose API is at `base`: its own host is allowed wherever it is."""

    def __init__(self, base: URL) -> None:
        self._base = base
        self.host = base.host or ""
        addresses = _addresses(self.host)
        loopback = bool(addresses) and all(address.is_loopback for address in addresses)
        self._is_local = self.host == "localhost" or loopback

    def check(self, url: URL) -> URL:
        """`url`, unless it has credentials or an address that may not be reached. Raises `BadLink`.

        Names are judged when they are resolved (`PublicOnlyResolver`).
        """
        if not url.host:
            raise BadLink("a link without a host")
        if url.user is not None or url.password is not None:
            raise BadLink("a link with credentials")
        if url.host != self.host and not self.allows(url.host):
            raise BadLink("a link into a private network")
        return url

    def read(self, link: str) -> URL:
        """Where the provider's `link` leads; without a host it means the provider's. Raises `BadLink`."""
        return self._joined(self._base, link)

    def follow(self, url: URL, location: str) -> URL:
        """Where a redirect leads. Raises `BadLink`, also when it gives up the protection that `url` has."""
        there = self._joined(url, location)
        if url.scheme == "https" and there.scheme != "https":
            raise BadLink("a redirect from https to something else")
        return there

    def _joined(self, url: URL, link: str) -> URL:
        try:
            there = url.join(URL(link))
        except ValueError as error:
            raise BadLink("no link") from error
        return self.check(there)

    def allows(self, host: str) -> bool:
        """Whether `host`, if it is an address, is one that everybody can reach."""
        addresses = _addresses(host)
        if any(address.is_loopback for address in addresses):
            return self._is_local and all(address.is_loopback for address in addresses)  # the stand-in
        return all(
            address.is_global
            and not address.is_multicast
            and not any(address in network for network in _NEVER if network.version == address.version)
            for address in addresses
        )


class PublicOnlyResolver(AbstractResolver):
    """Finds only addresses that `links` allows. `inner` asks for names."""

    def __init__(self, links: Links, inner: AbstractResolver | None = None) -> None:
        self._links = links
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `BadLink` when all that the name stands for may not be reached."""
        found = await self._inner.resolve(host, port, family)
        allowed = found if host == self._links.host else [each for each in found if self._links.allows(each["host"])]
        if found and not allowed:
            raise BadLink("a link into a private network")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def _addresses(host: str) -> list[_Address]:
    """The address that `host` is, and those of IPv4 inside it; [] for a name.

    An address that only wraps another one is judged by that one: where it leads is where that one is.
    """
    text = unicodedata.normalize("NFKC", unquote(host).translate(_DOTS)).strip("[]").rstrip(".").partition("%")[0]
    try:
        address = ip_address(text)
    except ValueError:
        number = _as_inet_aton(text.lower())
        return [] if number is None else [number]
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return [address]
    value = int(address)
    for network, shift, inverted in _WRAPPINGS:
        if address in network:
            inner = value >> shift & 0xFFFFFFFF
            return [IPv4Address(inner ^ 0xFFFFFFFF if inverted else inner)]
    inside = [IPv4Address(value & 0xFFFFFFFF)] if value >> 32 & 0xFFFFFFFF in _ISATAP else []
    return [address, *inside]


def _as_inet_aton(text: str) -> IPv4Address | None:
    """An IPv4 address in one of the spellings that resolvers of the system still read: "127.1", "0x7f000001", "0177.1".

    As inet_aton(3) and the WHATWG's URL standard (host parsing, "ends in a number") have it.
    """
    parts = text.split(".")
    matches = [_PART.fullmatch(part) for part in parts]
    if len(parts) > _MOST_PARTS:
        return None
    numbers: list[int] = []
    for match in matches:
        if match is None:
            return None
        digits, base = next((match[name], base) for name, base in _BASES if match[name] is not None)
        numbers.append(int(digits or "0", base))
    *first, last = numbers
    if any(number > 0xFF for number in first) or last >= 1 << 8 * (5 - len(parts)):  # noqa: PLR2004
        return None
    return IPv4Address(sum(number << 24 - 8 * place for place, number in enumerate(first)) + last)
