"""The queue and its history, in all three dialects, and the event stream (API.md, "Three generations of one API").

Which dialect is spoken shows in the rows; nothing has to be configured.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.domain.contact import Contact
from bot.domain.ids import RemoteId
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import (
    Ambiguous,
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
)
from bot.oxen import records, wire
from bot.oxen.answers import FAULTS, check, enqueue_answer
from bot.oxen.sse import ServerSentEvent, SseParser
from bot.oxen.transport import NO_CONTENT, UNSENT, USUAL, Timeouts, Transport, segment, shaped

log = logging.getLogger(__name__)

_COMPLETED = "media_generation_completed"
LARGEST_PAGE = 1000  # the most that the provider gives at once (API.md, the row "history with money")

_Rows = list[RemoteGeneration]
_OVER: tuple[RemoteStatus, ...] = ("succeeded", "failed", "cancelled")
_QUEUE = "/api/ai/queue"
_HISTORY = "/api/ai/generations"
_STREAM = "text/event-stream"
_PAGE = "text/html"


class QueueCalls(Transport):
    """The queue: order, look, cancel, listen."""

    def __init__(self, base_url: str, key: str, *, timeouts: Timeouts = USUAL, contact: Contact | None = None) -> None:
        super().__init__(base_url, key, timeouts=timeouts, contact=contact)
        self._echoes_directory = False  # until a row shows that the provider speaks `browse`
        self._keeps_rows = False  # until a row shows that it does not speak `ephemeral`

    @property
    def keeps_rows(self) -> bool:
        """Whether a row has shown that the provider keeps what is over."""
        return self._keeps_rows

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
        has, for each of the plan's inputs, the link that is valid now. At most 4 outputs: the schema says 12, the
        prose 4 (API.md, "count per request"). An empty list of generations is a rejection ("seen in the field").
        Raises `Unavailable`, `Rejected`, `KeyRefused` or `Ambiguous`.
        """
        body: dict[str, Any] = {**validated.body(urls), "model": validated.model_id, "num_generations": count}
        if namespace is not None:
            body["target_namespace"] = namespace
        if token is not None and self._echoes_directory:
            body["target_directory"] = token
        async with self._posted(_QUEUE, body, self._timeouts.enqueue) as response:
            payload = await enqueue_answer(response)
        return _ids(payload)

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
        rows = await _rows(await self._read("GET", _QUEUE, {**query, "repo": repo, "folder": folder}))
        self._learn(rows)
        return [self._placed(row) for row in rows]

    async def history(self, namespace: str | None) -> "_Rows":
        """What is over under `namespace`, as far as the dialect keeps it: at least the newest thousand rows.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:
            return [row for status in _OVER for row in await self.list(namespace, status)]
        query = {"page_size": str(LARGEST_PAGE), "namespace": namespace}
        rows = await _rows(await self._read("GET", _HISTORY, query))
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
        payload = await self._read("GET", _HISTORY, query)
        found = await asyncio.to_thread(shaped, records.page, payload)
        return replace(found, rows=tuple(self._placed_record(row) for row in found.rows))

    async def record(self, remote_id: RemoteId) -> HistoryRow:
        """One generation of the history, with its cost and the parameters that it was ordered with.

        Raises `NotFound` (also in dialects without a history), `Unavailable`, `Rejected`.
        """
        found = shaped(records.record, await self._read("GET", f"{_HISTORY}/{segment(remote_id)}"))
        if found.generation.id != remote_id:
            raise Unavailable("the row of another generation")
        return self._placed_record(found)

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        """One row, with a fresh result URL. Raises `NotFound`, `Unavailable`, `Rejected`."""
        row = shaped(wire.row, await self._read("GET", f"{_QUEUE}/{segment(remote_id)}"))
        if row.id != remote_id:
            raise Unavailable("the row of another generation")
        self._learn([row])
        return self._placed(row)

    async def cancel(self, remote_id: RemoteId) -> None:
        """Asks to end it; no error when it is over already, so look at the row. Raises as `get` does."""
        try:
            answer = await self._read("DELETE", f"{_QUEUE}/{segment(remote_id)}")
            if wire.is_error(answer):
                raise Unavailable("a success that tells of an error")
        except Rejected as error:
            if error.status != 400 or isinstance(error, KeyRefused):  # noqa: PLR2004 - "some clients saw 400" (API.md)
                raise

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        """What the provider charged, in USD; None while it does not tell, or where the dialect has no history.

        Raises `Unavailable`, `Rejected`.
        """
        if not self._echoes_directory:  # the mark of `browse`, the only dialect with a history
            return None
        try:
            return wire.cost(await self._read("GET", f"{_HISTORY}/{segment(remote_id)}"), remote_id)
        except NotFound:
            return None

    async def events(self) -> AsyncGenerator[Event]:
        """The key's event stream from the first yield on (`Connected`); comments are signs of life (`KeepAlive`).

        Ends with `Unavailable` when the connection breaks, or is silent for longer than `silence` seconds
        (the provider sends a keep-alive every 15 s). Raises `Rejected` when it is refused. There is no replay
        (API.md, "The event stream"): look at the list after each connect.
        """
        parser = SseParser()
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(self._timeouts.silence):  # a head may come so slowly that it never ends
                    response = await stack.enter_async_context(
                        self._session.get(
                            self._url("/api/events"),
                            headers=self._auth() | {"Accept": _STREAM, "Accept-Encoding": "identity"},
                            timeout=self._listening,
                            allow_redirects=False,
                        )
                    )
                    await check(response)
                if response.content_type == _PAGE:  # somebody answers in the provider's place
                    self._contact.failed("a page of HTML")
                if response.status == NO_CONTENT or response.content_type != _STREAM:
                    raise Unavailable("no event stream")
                yield Connected()
                async for chunk in response.content.iter_any():
                    for event in parser.feed(chunk):
                        yield _understood(event)
        except (*FAULTS, ValueError) as error:
            if isinstance(error, UNSENT):
                self._contact.failed(type(error).__name__)
            raise Unavailable(type(error).__name__) from error
        finally:
            self._contact.doubt()  # results come by polling then: whether that works, the next request shows
        raise Unavailable("the event stream ended")

    def _learn(self, rows: Sequence[RemoteGeneration]) -> None:
        for row in rows:
            self._echoes_directory |= row.echoes_directory
            self._keeps_rows = row.has_status

    def _placed(self, row: RemoteGeneration) -> RemoteGeneration:
        return replace(row, result_url=self._placed_link(row.result_url))

    def _placed_record(self, row: HistoryRow) -> HistoryRow:
        return replace(row, generation=self._placed(row.generation))


def _understood(event: ServerSentEvent) -> Event:
    """What the event means to us; one that cannot be read is a sign of life, and is told to the log."""
    if event.name != _COMPLETED:
        return KeepAlive()
    try:
        return wire.completed(event.data)
    except ValueError as error:
        log.warning("event not understood", extra={"error": str(error)})
        return KeepAlive()


def _ids(payload: object) -> list[RemoteId]:
    try:
        ids = wire.accepted(payload)
    except ValueError as error:
        raise Ambiguous(str(error)) from error
    if not ids:
        raise Rejected(200, "Oxen accepted nothing of this order.")  # seen in the field (API.md, "Errors")
    return ids


async def _rows(payload: object) -> list[RemoteGeneration]:
    """In a thread: ten thousand rows take half a second, in which members would wait for an answer."""
    return await asyncio.to_thread(shaped, wire.rows, payload)
