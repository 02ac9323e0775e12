"""What the provider answers, as errors and as JSON: bounded in size, whatever comes."""

import asyncio
import contextlib
import json
import re
from typing import Any, cast

import aiohttp

from bot.domain.provider import Ambiguous, KeyRefused, NotFound, Rejected, Unavailable
from bot.oxen import wire

FAULTS = (aiohttp.ClientError, TimeoutError, OSError)
MOST_JSON = 16 * 1024 * 1024  # bytes, unpacked; the catalogue has 140 thousand
_LONG = 256 * 1024  # bytes; what is longer is read in a thread, and keeps nobody waiting
_UNDECIDED = frozenset({307, 308})  # redirects that say: not here, and nothing was done (RFC 9110, 15.4)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


async def enqueue_answer(response: aiohttp.ClientResponse) -> object:
    """The body of the answer to an enqueue. Raises `Rejected`, `KeyRefused`, `Unavailable` or `Ambiguous`."""
    if undecided(response):
        raise Ambiguous(f"status {response.status}")
    await check(response, missing=Rejected)
    try:
        return await read_json(response)
    except ValueError as error:
        raise Ambiguous("no JSON in the answer") from error


def undecided(response: aiohttp.ClientResponse) -> bool:
    """Whether nobody can tell from the status what became of a POST."""
    status = response.status
    passed_on = status >= 500 or status == 408  # noqa: PLR2004 - a gateway may have passed it on
    elsewhere = status < 200 or (300 <= status < 400 and status not in _UNDECIDED)  # noqa: PLR2004 - "see other": done?
    return passed_on or elsewhere


async def check(
    response: aiohttp.ClientResponse, missing: type[Rejected] | None = None, patience: float | None = None
) -> None:
    """Raises what the status means, unless it is a success. `patience`: as `words` has it."""
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004
        return
    if status >= 500 or status in {408, 429} or status < 400:  # noqa: PLR2004
        raise Unavailable(f"status {status}")
    detail = await words(response, patience)
    if status in {401, 403}:
        raise KeyRefused(status, detail)
    if status == 404 and missing is None:  # noqa: PLR2004
        raise NotFound("no such generation, model or file")
    raise Rejected(status, detail)


async def words(response: aiohttp.ClientResponse, patience: float | None = None) -> str:
    """The provider's own words for an error, else its status; they are waited for `patience` seconds at most."""
    text = ""
    with contextlib.suppress(ValueError, *FAULTS):
        async with asyncio.timeout(patience):
            text = wire.error_text(await read_json(response))
    return text or f"status {response.status}"


async def read_json(response: aiohttp.ClientResponse) -> object:
    """The body; what JSON does not know (NaN, infinities) is null. Raises `ValueError` when it is no JSON."""
    body = await _body(response)
    return await asyncio.to_thread(_parsed, body) if len(body) > _LONG else _parsed(body)


def _parsed(body: bytes) -> object:
    text = body.decode("utf-8-sig")
    try:
        payload: object = json.loads(text, parse_constant=lambda _: None)
        return _mended(payload) if _HALF.search(text) else payload
    except RecursionError:
        raise ValueError("nested too deeply") from None


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """At most `MOST_JSON` bytes: what is announced, and what unpacks, may be anything."""
    body = bytearray()
    if (response.content_length or 0) <= MOST_JSON:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MOST_JSON:
                break
        else:
            return bytes(body)
    raise ValueError("an answer without end")


def _mended(value: Any) -> Any:
    """Half characters (lone surrogates) can be neither stored nor sent."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in cast("dict[str, Any]", value).items()}
    return value
