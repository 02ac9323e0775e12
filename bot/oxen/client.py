"""The client of the provider's API, usable on its own.

    async with OxenClient("https://hub.oxen.ai", key) as oxen:
        catalogue = await oxen.catalogue()
        ids = await oxen.enqueue(validated, 1, "my-namespace")

It implements the port `bot.domain.provider.Provider`: values in and out are frozen, and everything that can go wrong
is an error of that port. What only scripts need is in its parts: `models` (a search, one model, custom ones up and
down) and `blocking` (calls that answer with the media). All of them ask through one transport, which can be swapped.
Nothing is kept between clients, so a process may have as many as it has keys.

All three dialects of the queue are spoken (API.md, "Three generations of one API"). Which one it is shows in the rows;
nothing has to be configured. The facts come from the provider's pages (`docs/sources.md`), cited as API.md,
openapi.json and seed 000 to 004; `docs/oxen.md` lists every endpoint and parameter and who uses it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yarl import URL

from bot.domain.contact import Contact
from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import (
    Completed,
    Connected,
    Event,
    HistoryPage,
    HistoryRow,
    KeepAlive,
    KeyRefused,
    MediaType,
    NotFound,
    Rejected,
    RemoteGeneration,
    RemoteStatus,
    Unavailable,
    Unreadable,
)
from bot.domain.roles import ALWAYS, Hold
from bot.oxen import catalogue, wire
from bot.oxen.blocking import BlockingCalls
from bot.oxen.calls import DEFAULT, Calls, Timeouts, check, segment, trouble
from bot.oxen.downloads import Downloads
from bot.oxen.events import SseParser
from bot.oxen.transport import AiohttpTransport, NotSent, Transport

__all__ = ["LARGEST_PAGE", "OxenClient", "Timeouts"]

log = logging.getLogger(__name__)

LARGEST_PAGE = 1000  # the most that the provider gives at once (API.md, the row "history with money")

_Models = list[Model]
_Rows = list[RemoteGeneration]
_OVER: tuple[RemoteStatus, ...] = ("succeeded", "failed", "cancelled")
_FRUITLESS = frozenset({"failed", "cancelled"})
_PAGE_FOR_COSTS = 100  # rows, at least: others use the namespace as well
_QUEUE = "/api/ai/queue"
_HISTORY = "/api/ai/generations"
_COMPLETED = "media_generation_completed"
_STREAM, _PAGE = "text/event-stream", "text/html"
_NO_CONTENT, _TOO_LATE = 204, 400


class OxenClient:
    """One key's view of the provider. Use as `async with OxenClient(url, key) as oxen:`.

    `contact` is told what becomes of requests; `transport` carries them, the real one if none is given. `hold` raises
    `NotHeld` where nothing may be asked any more.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeouts: Timeouts = DEFAULT,
        contact: Contact | None = None,
        transport: Transport | None = None,
        hold: Hold = ALWAYS,
    ) -> None:
        base = URL(base_url)
        self._calls = Calls(
            base, key, transport or AiohttpTransport(base, hold), timeouts, contact or Contact(time.monotonic)
        )
        self._downloads = Downloads(self._calls)
        self.models = catalogue.Models(self._calls)
        self.blocking = BlockingCalls(self._calls)
        self._echoes_directory = False  # until a row shows that the provider speaks `browse`
        self._dialect_known = False  # until a row was seen, or was gone when it was over
        self._keeps_rows = False  # until a row shows that it does not speak `ephemeral`

    async def __aenter__(self) -> Self:
        await self._calls.transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.transport.__aexit__(kind, error, trace)

    # The queue.

    @property
    def keeps_rows(self) -> bool:
        """Whether a row has shown that the provider keeps what is over."""
        return self._keeps_rows

    @property
    def tells_costs(self) -> bool:
        """Whether a row has shown that the provider speaks `browse`, the only dialect with a history."""
        return self._echoes_directory

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]:
        """Orders `count` outputs, billed to `namespace` (None: the key's own); their ids. One POST, never repeated.

        `token` tells the order's rows from all others where the dialect echoes it (as `target_directory`); `urls`
        has, for each of the request's inputs, the link that is valid now. At most 4 outputs: the schema says 12, the
        prose 4 (API.md, "count per request"). An empty list of generations is a rejection ("seen in the field").
        Raises `Unavailable`, `Rejected`, `KeyRefused` or `Ambiguous`.
        """
        body: dict[str, Any] = {**validated.body(urls), "model": validated.model_id, "num_generations": count}
        if namespace is not None:
            body["target_namespace"] = namespace
        if token is not None and self._echoes_directory:
            body["target_directory"] = token
        seconds = self._calls.timeouts.enqueue
        ids = await self._calls.post("enqueue", _QUEUE, body, wire.accepted, seconds=seconds)
        if not ids:
            raise Rejected(None, "Oxen accepted nothing of this order.", call="enqueue")
        return ids

    async def list(
        self,
        namespace: str | None,
        status: RemoteStatus | None = None,
        *,
        model: str | None = None,
        media_type: MediaType | None = None,
        repo: str | None = None,
        folder: str | None = None,
    ) -> list[RemoteGeneration]:
        """The rows of `namespace` (None: the key's own) in `status` (None: queued or processing).

        The other filters narrow that. The `ephemeral` dialect filters by `namespace` and `model` only and knows no
        status but being there; `repo` and `folder` are `browse`'s (API.md, "list filters").
        Raises `Unavailable`, `Rejected`.
        """
        query = {"namespace": namespace, "status": status, "model": model, "media_type": media_type}
        rows = await self._calls.read("list", "GET", _QUEUE, wire.rows, {**query, "repo": repo, "folder": folder})
        self._learn(rows)
        return [self._placed(row) for row in rows]

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        """One row, with a fresh result URL. Raises `NotFound`, `Unavailable`, `Rejected`."""
        row = await self._calls.read("get", "GET", f"{_QUEUE}/{segment(remote_id)}", wire.row)
        if row.id != remote_id:
            raise Unavailable("the row of another generation", call="get")
        self._learn([row])
        return self._placed(row)

    async def cancel(self, remote_id: RemoteId) -> None:
        """Asks to end it; no error when it is over already, so look at the row. Raises as `get` does."""
        try:
            await self._calls.read("cancel", "DELETE", f"{_QUEUE}/{segment(remote_id)}", wire.no_error)
        except Rejected as error:
            if error.status != _TOO_LATE or isinstance(error, KeyRefused):  # "some clients saw 400" (API.md)
                raise

    # The history.

    async def history(self, namespace: str | None) -> "_Rows":
        """What is over under `namespace`, as far as the dialect keeps it: at least the newest thousand rows.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:
            return [row for status in _OVER for row in await self.list(namespace, status)]
        query = {"page_size": str(LARGEST_PAGE), "namespace": namespace}
        rows = await self._calls.read("history", "GET", _HISTORY, wire.rows, query)
        return [self._placed(row) for row in rows if row.status in _OVER]

    async def history_page(
        self,
        namespace: str | None = None,
        *,
        page: int = 1,
        size: int = 50,
        status: RemoteStatus | None = None,
        model: str | None = None,
        media_type: MediaType | None = None,
        repo: str | None = None,
        folder: str | None = None,
    ) -> HistoryPage:
        """One page of what was made, with what each cost and what all that the filters let through cost together.

        `page` counts from 1, `size` is 1 to 1000 rows. Only the `browse` dialect has a history (API.md, "history
        with money"): raises `NotFound` in the others, else `Unavailable`, `Rejected`.
        """
        query = {"namespace": namespace, "status": status, "model": model, "media_type": media_type}
        query |= {"repo": repo, "folder": folder, "page": str(page), "page_size": str(size)}
        found = await self._calls.read("history_page", "GET", _HISTORY, wire.history_page, query)
        return replace(found, rows=tuple(self._placed_record(row) for row in found.rows))

    async def record(self, remote_id: RemoteId) -> HistoryRow:
        """One generation of the history, with its cost and the parameters that it was ordered with.

        Raises `NotFound` (also in dialects without a history), `Unavailable`, `Rejected`.
        """
        found = await self._calls.read("record", "GET", f"{_HISTORY}/{segment(remote_id)}", wire.history_row)
        if found.generation.id != remote_id:
            raise Unavailable("the row of another generation", call="record")
        return self._placed_record(found)

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        """What the provider charged, in USD; None while it does not tell, or where the dialect has no history.

        Raises `Unavailable`, `Rejected`.
        """
        if not await self._has_history(remote_id):
            return None
        path = f"{_HISTORY}/{segment(remote_id)}"
        try:
            return await self._calls.read("cost", "GET", path, lambda payload: wire.cost(payload, remote_id))
        except NotFound:
            return None

    async def costs(self, namespace: str | None, ids: Collection[RemoteId]) -> Mapping[RemoteId, Decimal]:
        """What the provider charged for those of `ids` that are among the newest of `namespace`, in USD: one request.

        What failed or was cancelled cost nothing, where it says no more; empty where the dialect has no history.
        Raises `Unavailable`, `Rejected`.
        """
        if not ids or not await self._has_history(next(iter(ids))):
            return {}
        page = await self.history_page(namespace, size=min(max(_PAGE_FOR_COSTS, 2 * len(ids)), LARGEST_PAGE))
        found: dict[RemoteId, Decimal] = {}
        for row in page.rows:
            cost = Decimal(0) if row.cost is None and row.generation.status in _FRUITLESS else row.cost
            if cost is not None and row.generation.id in ids:
                found[row.generation.id] = cost
        return found

    async def _has_history(self, remote_id: RemoteId) -> bool:
        """Whether the dialect has one. An event may be all that was seen of what is over: then its row is asked."""
        if not self._dialect_known and not self._echoes_directory:
            try:
                await self.get(remote_id)
            except NotFound:
                self._dialect_known = True
        return self._echoes_directory

    # The catalogue.

    async def catalogue(self) -> Catalogue:
        """All models, also those that make neither images nor video. Raises `Unavailable`, `Rejected`."""
        return await self.models.all()

    def restored(self, sources: Iterable[str]) -> "_Models":
        """The models that these entries (`Model.source`) describe. What cannot be read any more is left out."""
        return catalogue.restored(sources)

    # The event stream, and what comes of it.

    async def events(self) -> AsyncGenerator[Event]:
        """The key's event stream: `Connected`, then what comes; comments are signs of life (`KeepAlive`).

        Ends with `Unavailable` when the connection breaks, or is silent for longer than `silence` seconds
        (the provider sends a keep-alive every 15 s). Raises `Rejected` when it is refused. There is no replay
        (API.md, "The event stream"): look at the list after each connect.
        """
        contact, parser = self._calls.contact, SseParser()
        asked = {"Accept": _STREAM, "Accept-Encoding": "identity"}
        try:
            with trouble("events"):
                async with contextlib.AsyncExitStack() as stack:
                    # A head may come so slowly that it never ends.
                    async with asyncio.timeout(self._calls.timeouts.silence):
                        response = await stack.enter_async_context(self._calls.streamed("/api/events", asked))
                        await check(response, "events")
                    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                    if content_type == _PAGE:  # somebody answers in the provider's place
                        contact.failed("a page of HTML")
                    if response.status == _NO_CONTENT or content_type != _STREAM:
                        raise Unavailable("no event stream", call="events")  # noqa: TRY301 - it reads in order
                    yield Connected()
                    async for chunk in response.chunks():
                        for event in parser.feed(chunk):
                            yield _understood(event.name, event.data)
        except Unavailable as error:
            if isinstance(error.__cause__, NotSent):
                contact.failed(str(error))
            raise
        finally:
            contact.doubt()  # results come by polling then: whether that works, the next request shows
        raise Unavailable("the event stream ended", call="events")

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """Streams a result to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        The key goes to the Oxen host only, never across a redirect (API.md, "Result files").
        Raises `Unavailable`, or `Rejected` when the link does not lead to a video or an image (any more).
        """
        return await self._downloads.fetch(url, path, limit)

    def _learn(self, rows: Sequence[RemoteGeneration]) -> None:
        for row in rows:
            self._dialect_known = True
            self._echoes_directory |= row.echoes_directory
            self._keeps_rows = row.has_status

    def _placed(self, row: RemoteGeneration) -> RemoteGeneration:
        url = self._calls.placed(row.result_url)
        return row if url == row.result_url else replace(row, result_url=url)  # of ten thousand rows hardly one changes

    def _placed_record(self, row: HistoryRow) -> HistoryRow:
        return replace(row, generation=self._placed(row.generation))


def _understood(name: str, data: str) -> KeepAlive | Unreadable | Completed:
    """What the event means to us; one of ours that cannot be read is told to the log."""
    if name != _COMPLETED:
        return KeepAlive()
    try:
        return wire.completed(data)
    except ValueError as error:
        log.warning("event not understood", extra={"error": str(error)})
        return Unreadable()
