"""The calls of one key: what is asked, what the answer means, and what trouble is called.

`trouble` is the one place where a failure becomes an error of the port (`bot.domain.provider`), with the name of the
call that failed. What a POST orders is paid for, and there is no idempotency key (API.md, "Errors"). So its failures
are sorted into "surely nothing happened" (`Unavailable`), "it said no" (`Rejected`) and "nobody knows" (`Ambiguous`).
"""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote

from yarl import URL

from bot.domain.contact import Contact
from bot.domain.provider import Ambiguous, KeyRefused, NotFound, ProviderError, Rejected, Unavailable
from bot.oxen import wire
from bot.oxen.links import BadLink
from bot.oxen.transport import Broken, NotSent, Patience, Pool, Request, Response, Transport

_T = TypeVar("_T")

_MOST_JSON = 16 * 1024 * 1024  # bytes, unpacked; the catalogue has 140 thousand
_LONG = 64 * 1024  # bytes; what is longer is read in a thread, and keeps nobody waiting
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_NO_CONTENT, _UNKNOWN_KEY, _NOT_FOUND, _TIMED_OUT, _BUSY = 204, 401, 404, 408, 429
_REFUSED_KEY = frozenset({_UNKNOWN_KEY, 403})
_NOT_HERE = frozenset({307, 308})  # redirects that say: not here, and nothing was done (RFC 9110, 15.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: for a connection to stand, for a whole answer, and for a download to say nothing (`stall`).

    `silence` is how long the event stream may say nothing; the provider sends a keep-alive every 15 s. `blocking`
    is for a call that answers when the media is there: 5 to 15 minutes for a video (seed 003).
    """

    connect: float = 10
    read: float = 30
    enqueue: float = 60
    blocking: float = 1200
    download: float = 600
    stall: float = 60
    silence: float = 45


DEFAULT = Timeouts()


class Calls:
    """Asks by one key at `base`. The key goes to that host only. `contact` is told what becomes of requests."""

    def __init__(self, base: URL, key: str, transport: Transport, timeouts: Timeouts, contact: Contact) -> None:
        self.base = base
        self.auth = {"Authorization": f"Bearer {key}"}
        self.transport = transport
        self.timeouts = timeouts
        self.contact = contact

    async def read(
        self,
        call: str,
        method: str,
        path: str,
        parse: Callable[[object], _T],
        query: Mapping[str, str | None] | None = None,
    ) -> _T:
        """What `parse` makes of the answer's JSON (None when there is none). What is None in `query` is left out.

        `parse` raises `ValueError` for an answer of another shape. Raises `NotFound`, `Unavailable`, `Rejected`.
        """
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        request = self._request(method, path, self._patience(self.timeouts.read), query=asked)
        with self.contact.waiting(), self._heard(), trouble(call):
            async with self.transport.send(request) as response:
                await check(response, call)
                body = b"null" if response.status == _NO_CONTENT else await _whole(response)
                payload = await _in_time(body, _json, body)
        with trouble(call):
            return await _in_time(body, parse, payload)

    async def post(
        self, call: str, path: str, body: Mapping[str, Any] | None, parse: Callable[[object], _T], *, seconds: float
    ) -> _T:
        """What `parse` makes of the answer to one POST, which is never repeated. `seconds`: for all of it.

        Raises `Unavailable` when surely nothing happened, `Rejected`, `KeyRefused`, or `Ambiguous`.
        """
        with trouble(call, paid=True):
            async with self.posted(call, path, body, seconds=seconds) as response:
                payload = await read_json(response)
            return parse(payload)

    @asynccontextmanager
    async def posted(
        self, call: str, path: str, body: Mapping[str, Any] | None, *, seconds: float, words: float | None = None
    ) -> AsyncGenerator[Response]:
        """The answer to one POST, a success, to be read inside. Raises as `post` does.

        `words`: how long the provider's words for an error are waited for, seconds; None: as long as for all of it,
        and not at all where they change nothing.
        """
        request = self._request("POST", path, self._patience(seconds), body=body, pool=Pool.FRESH)
        with self._heard(), trouble(call, paid=True):
            async with self.transport.send(request) as response:
                await check(response, call, paid=True, words=words)
                yield response

    @asynccontextmanager
    async def streamed(self, path: str, headers: Mapping[str, str]) -> AsyncGenerator[Response]:
        """An answer without end, which may fall silent for `Timeouts.silence`. To be used inside `trouble`."""
        silence = Patience(total=None, connect=self.timeouts.connect, silence=self.timeouts.silence)
        async with self.transport.send(self._request("GET", path, silence, headers=headers)) as response:
            yield response

    def placed(self, link: str | None) -> str | None:
        """A link that leaves out the host means the provider's; whoever gets it in a message could not know."""
        return f"{self.base.origin()}{link}" if link and link.startswith("/") else link

    @contextlib.contextmanager
    def _heard(self) -> Generator[None]:
        """Tells `contact` how the block ends."""
        try:
            yield
        except (Unavailable, Ambiguous) as error:
            if str(error) != f"status {_BUSY}":  # it is there, and asks for patience
                self.contact.failed(str(error))
            raise
        except KeyRefused as error:
            self.contact.refuses() if error.status == _UNKNOWN_KEY else self.contact.reached()
            raise
        except (Rejected, NotFound):
            self.contact.reached()
            raise
        else:
            self.contact.reached()

    def _patience(self, seconds: float) -> Patience:
        return Patience(total=seconds, connect=self.timeouts.connect)

    def _request(
        self, method: str, path: str, patience: Patience, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Request:
        url = self.base.join(URL(path, encoded=True))
        return Request(method=method, url=url, headers={**self.auth, **(headers or {})}, patience=patience, **more)


@contextlib.contextmanager
def trouble(call: str, *, paid: bool = False, link: bool = False) -> Generator[None]:
    """Turns whatever goes wrong inside into an error of the port. The message has nothing of the request or answer.

    `paid`: a POST, which may have happened. `link`: the URL was the provider's, so a bad one is its refusal.
    """
    try:
        yield
    except ProviderError:
        raise
    except BadLink as error:
        if link:
            raise Rejected(None, "The link leads nowhere.", call=call) from error
        raise Unavailable(str(error), call=call) from error
    except NotSent as error:
        raise Unavailable(str(error), call=call) from error
    except (Broken, TimeoutError, OSError, ValueError) as error:
        # Our own errors name the foreign one or the fields; whatever else it is may quote what was said.
        said = str(error) if isinstance(error, Broken | wire.Unexpected) else type(error).__name__
        raise (Ambiguous(said, call=call) if paid else Unavailable(said, call=call)) from error


async def check(response: Response, call: str, *, paid: bool = False, words: float | None = None) -> None:
    """Raises what the status means, unless it is a success. `paid` and `words`: as `trouble` and `posted` have it."""
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004
        return
    said = f"status {status}"
    passed_on = status >= 500 or status == _TIMED_OUT  # noqa: PLR2004 - a gateway may have passed it on
    elsewhere = status < 200 or (300 <= status < 400 and status not in _NOT_HERE)  # noqa: PLR2004 - "see other": done?
    if paid and (passed_on or elsewhere):
        raise Ambiguous(said, "" if words is None else await _words(response, words), call=call)
    if passed_on or status == _BUSY or status < 400:  # noqa: PLR2004
        raise Unavailable(said, call=call)
    detail = await _words(response, words)
    if status in _REFUSED_KEY:
        raise KeyRefused(status, detail, call=call)
    if status == _NOT_FOUND and not paid:
        raise NotFound("no such generation, model or file", call=call)
    raise Rejected(status, detail, call=call)


async def _words(response: Response, seconds: float | None) -> str:
    """The provider's own words for an error, else its status; they are waited for `seconds` at most."""
    text = ""
    with contextlib.suppress(Broken, ValueError, TimeoutError):
        async with asyncio.timeout(seconds):
            text = wire.error_text(await read_json(response))
    return text or f"status {response.status}"


async def read_json(response: Response) -> object:
    """The body; what JSON does not know (NaN, infinities) is null. Raises `ValueError` when it is no JSON."""
    body = await _whole(response)
    return await _in_time(body, _json, body)


async def _whole(response: Response) -> bytes:
    """At most `_MOST_JSON` bytes: what is announced, and what unpacks, may be anything."""
    body = bytearray()
    if announced(response) <= _MOST_JSON:
        async for chunk in response.chunks():
            body += chunk
            if len(body) > _MOST_JSON:
                break
        else:
            return bytes(body)
    raise wire.Unexpected("an answer without end")


def announced(response: Response) -> int:
    """The bytes that the answer says it has; 0 when it does not say, or nothing that makes sense."""
    length = response.headers.get("Content-Length", "")
    return int(length) if re.fullmatch(r"[0-9]{1,18}", length) else 0


async def _in_time(body: bytes, work: Callable[[Any], _T], value: Any) -> _T:
    """`work(value)`, in a thread if `body` is long: ten thousand rows take half a second."""
    return await asyncio.to_thread(work, value) if len(body) > _LONG else work(value)


def _json(body: bytes) -> object:
    text = body.decode("utf-8-sig")
    try:
        payload: object = json.loads(text, parse_constant=lambda _: None)
        return _mended(payload) if _HALF.search(text) else payload
    except RecursionError:
        raise wire.Unexpected("nested too deeply") from None


def _mended(value: Any) -> Any:
    """Half characters (lone surrogates) can be neither stored nor sent."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in cast("dict[str, Any]", value).items()}
    return value


def segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it; one of nothing but dots would lead upwards."""
    escaped = quote(name, safe="")
    return escaped if escaped.strip(".") else escaped.replace(".", "%2E")
