"""Where links may lead: addresses inside addresses, and every spelling that a resolver of the system reads."""

import socket
from ipaddress import IPv4Address, IPv4Network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.oxen.links import BadLink, Links, PublicOnlyResolver
from tests.cases import for_each

OXEN = URL("https://hub.oxen.ai/x")
LINKS = Links(OXEN)
ADDRESSES = [
    "127.0.0.1",
    "[fe80::1%eth0]",
    "192.88.99.1",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
    "[ff02::1]",
    "[fec0::1]",
]
# One of IPv4 inside one of IPv6: NAT64, that of one network alone, compatible, translated, 6to4, Teredo, ISATAP.
ADDRESSES += ["[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::1.1.1.1]"]
ADDRESSES += ["[::127.0.0.1]", "[::169.254.169.254]", "[::ffff:0:10.0.0.1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]"]
ADDRESSES += ["[2001:0:1:2:3:4:f5ff:fffe]", "[2001:0:1:2:3:4:80ff:fffe]"]
ADDRESSES += ["[2600::5efe:10.0.0.1]", "[2600::200:5efe:169.254.169.254]", "[::ffff:127.0.0.1]", "[::ffff:100.64.0.1]"]
# Spellings that resolvers of the system read as 127.0.0.1, 10.0.0.1 or 169.254.169.254.
ADDRESSES += [
    "0177.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.1",
    "127.0.1",
    "017700000001",
    "0x7F.0x0.0x0.0x1",
]
ADDRESSES += ["127.0.0.1.", "10.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0", "0x"]
ADDRESSES += ["%31%32%37.0.0.1", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1"]
OUTSIDE = [
    "93.184.215.14",
    "[2606:4700::1111]",
    "[64:ff9b::1.1.1.1]",
    "[::ffff:1.1.1.1]",
    "[2002:101:101::]",
    "16843009",
]


@for_each("host", ADDRESSES)
def test_an_address_that_only_we_can_reach(host: str) -> None:
    with pytest.raises(BadLink, match="private network"):
        LINKS.read(f"http://{host}/x")
    with pytest.raises(BadLink, match="private network"):
        LINKS.follow(OXEN, f"https://{host}/x")
    assert LINKS.check(OXEN) == OXEN


@for_each("host", OUTSIDE)
def test_an_address_that_everybody_can_reach(host: str) -> None:
    assert LINKS.read(f"https://{host}/x")


@for_each("host", ["256.1", "1.2.3.4.5", "x.1", "08.1", "1.2.3.999", "4294967296", "0x7g.1"])
def test_what_only_looks_like_an_odd_address_is_a_name(host: str) -> None:
    assert LINKS.read(f"https://{host}/x")


def judged_as(address: IPv4Address, host: str) -> None:
    """`host` may be reached if `address` may."""
    relay = address in IPv4Network("192.88.99.0/24")
    if address.is_global and not address.is_multicast and not relay:
        LINKS.read(f"https://{host}/x")
    else:
        with pytest.raises(BadLink):
            LINKS.read(f"https://{host}/x")


@given(inner=st.ip_addresses(v=4), form=st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "2600::5efe:{}"]))
def test_an_address_is_judged_by_the_one_inside(inner: IPv4Address, form: str) -> None:
    judged_as(inner, f"[{form.format(inner)}]")


@given(inner=st.integers(0, 2**32 - 1), parts=st.integers(1, 4), bases=st.lists(st.sampled_from("dox"), min_size=4))
def test_every_spelling_of_an_address_is_judged_as_the_address(inner: int, parts: int, bases: list[str]) -> None:
    """As inet_aton(3) reads it: parts in any base, the last one for all that is left."""
    numbers = [*inner.to_bytes(4)[: parts - 1], inner & (1 << 8 * (5 - parts)) - 1]
    spell = {"d": str, "o": lambda number: f"0{number:o}", "x": hex}
    host = ".".join(spell[base](number) for number, base in zip(numbers, bases, strict=False))
    assert socket.inet_aton(host) == inner.to_bytes(4)
    judged_as(IPv4Address(inner), host)


class Names(AbstractResolver):
    """A server of names that gives the same answer to every question."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self._address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None: ...


@for_each("address", ["64:ff9b::a00:1", "::a00:1", "2002:a00:1::", "fe80::1%2", "100.64.0.1"])
async def test_what_a_name_stands_for_is_judged_by_the_address_inside(address: str) -> None:
    with pytest.raises(BadLink):
        await PublicOnlyResolver(LINKS, Names(address)).resolve("x.example", 80)


async def test_a_name_that_stands_for_an_address_outside() -> None:
    [found] = await PublicOnlyResolver(LINKS, Names("64:ff9b::101:101")).resolve("x.example", 80)
    assert found["host"] == "64:ff9b::101:101"
