"""Getting an input onto the disk: from allowed hosts, within limits, never further than it was sent."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import aiohttp

from sandbox.oxen.inputs.values import Kind

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
MEGABYTE = 1024 * 1024
MOST_BYTES = {Kind.IMAGE: 30 * MEGABYTE, Kind.VIDEO: 200 * MEGABYTE, Kind.AUDIO: 50 * MEGABYTE}
SECONDS = 30.0
MOST_REDIRECTS = 3
FIRST_SERVER_ERROR = 500
CHUNK = 64 * 1024


class Unfetchable(Exception):
    """Why an input could not be had, to follow the name of its parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`hosts` that inputs may come from; `seconds` for each input, all in all; `most_bytes` by kind."""

    hosts: frozenset[str] = frozenset(LOOPBACK_HOSTS)
    seconds: float = SECONDS
    most_bytes: dict[Kind, int]

    @classmethod
    def of(cls, *, hosts: Iterable[str] = (), seconds: float = SECONDS, most_bytes: int | None = None) -> "Limits":
        """`hosts` beside the loopback ones; one `most_bytes` for every kind, or the usual ones."""
        most = MOST_BYTES if most_bytes is None else dict.fromkeys(Kind, most_bytes)
        return cls(hosts=frozenset((*LOOPBACK_HOSTS, *hosts)), seconds=seconds, most_bytes=most)


async def fetch(uri: str, path: Path, *, kind: Kind, limits: Limits) -> None:
    """Writes what the URI names. Raises Unfetchable."""
    most = limits.most_bytes[kind]
    try:
        async with asyncio.timeout(limits.seconds):
            if uri.startswith("data:"):
                await asyncio.to_thread(_unpack, uri, path, most)
            else:
                await _download(uri, path, most, limits.hosts)
    except TimeoutError:
        raise Unfetchable(f"could not be fetched within {limits.seconds:g} seconds") from None
    except (aiohttp.ClientError, ValueError):
        raise Unfetchable("could not be fetched") from None


def unpacked(uri: str) -> bytes:
    """The content of a data URI. Raises ValueError."""
    head, comma, body = uri.partition(",")
    if not comma:
        raise ValueError("no content")
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None


def _unpack(uri: str, path: Path, most: int) -> None:
    content = unpacked(uri)
    check_size(len(content), most)
    path.write_bytes(content)


async def _download(url: str, path: Path, most: int, hosts: frozenset[str]) -> None:
    # No cookies, no key, no proxy of the environment: what comes is what anybody would get.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for _ in range(MOST_REDIRECTS + 1):
            _check_host(url, hosts)
            async with session.get(url, allow_redirects=False) as reply:
                if not (location := _location(reply)):
                    await _save(reply, path, most)
                    return
                url = _same_host(url, location)
    raise Unfetchable("is redirected too often")


async def _save(reply: aiohttp.ClientResponse, path: Path, most: int) -> None:
    if not reply.ok:
        raise Unfetchable(f"could not be fetched: {_http_error(reply)}")
    check_size(reply.content_length or 0, most)
    size = 0
    with path.open("wb") as file:
        async for chunk in _chunks(reply):
            size += len(chunk)
            check_size(size, most)
            file.write(chunk)


def _http_error(reply: aiohttp.ClientResponse) -> str:
    """In the words of Python's `requests`, as the page "Image Editing" quotes them."""
    whose = "Client" if reply.status < FIRST_SERVER_ERROR else "Server"
    return f"{reply.status} {whose} Error: {reply.reason} for url: {reply.url}"


async def _chunks(reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for chunk in reply.content.iter_chunked(CHUNK):
        yield chunk


def _check_host(url: str, hosts: frozenset[str]) -> None:
    host = urlsplit(url).hostname or ""
    if host not in hosts:
        raise Unfetchable(f"could not be fetched: the host {host} is not allowed")


def check_size(size: int, most: int) -> None:
    if size > most:
        raise Unfetchable(f"is too large: at most {most} bytes are taken")


def _location(reply: aiohttp.ClientResponse) -> str | None:
    return reply.headers.get("Location") if reply.status in {301, 302, 303, 307, 308} else None


def _same_host(url: str, location: str) -> str:
    target = urljoin(url, location)
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise Unfetchable("is redirected to another host")
    return target
