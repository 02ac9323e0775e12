"""The provider of generations, as the services see it: its port, its values and its errors.

`bot.oxen.client.OxenClient` implements `Provider` and `bot.oxen.providers.OxenProviders` implements `Providers`. Fakes
in memory live in `tests/fakes`; one suite (`tests/oxen/test_provider.py`) runs on the client and on the fake.

Every error says what the caller should do next:

ProviderError        the provider could not be asked, or did not do what it was asked for
├── Unavailable      nothing happened there: ask again later
├── Rejected         it said no, and will say no again: tell the person
│   └── KeyRefused   the key is wrong or may not do this: tell the operator
├── KeyGone          the key is deleted or refused for good: nobody can ask by it any more
├── NotFound         there is no such generation, model or history, or not any more
└── Ambiguous        it may or may not have happened: look before asking again
"""

import builtins
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.models.parameters import Json
from bot.domain.orders.order import ValidatedRequest
from bot.domain.orders.payer import KeyId

# Errors.


class ProviderError(Exception):
    """Base of all. The message never holds a key or a prompt. `call` is the call that failed, where it was a call."""

    def __init__(self, message: str = "", *, call: str | None = None) -> None:
        super().__init__(message)
        self.call = call


class Unavailable(ProviderError):
    """Surely nothing happened: refused, no such host, TLS failed, 429, or a read that failed."""


class Rejected(ProviderError):
    """The provider said no. `status` is the HTTP status that it sent, None when it said no in another way.

    `detail` is its own text, for the person and for no log: it may quote the prompt.
    """

    def __init__(self, status: int | None, detail: str, *, call: str | None = None) -> None:
        super().__init__("refused" if status is None else f"status {status}", call=call)
        self.status = status
        self.detail = detail


class KeyRefused(Rejected):
    """401 or 403."""


class KeyGone(ProviderError):
    """The key that an order was placed by is deleted, or was found to be refused for good. Nothing was sent."""


class NotFound(ProviderError):
    """404 for a read: no such generation (in the `ephemeral` dialect also when it is over), model or history."""


class Ambiguous(ProviderError):
    """A POST left, and what became of it is not known: timeout, reset, 5xx, an answer that makes no sense.

    `detail` is the provider's own text where it gave any, for the person and for no log.
    """

    def __init__(self, message: str, detail: str = "", *, call: str | None = None) -> None:
        super().__init__(message, call=call)
        self.detail = detail


# Values.

RemoteStatus = Literal["queued", "processing", "succeeded", "failed", "cancelled"]
MediaType = Literal["image", "video"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGeneration:
    """One row of the provider's queue. `status` is `processing` where the dialect has no status."""

    id: RemoteId
    status: RemoteStatus
    model: str = ""
    media_type: MediaType | None = None
    prompt: str = ""
    seed: int | None = None
    namespace: str | None = None  # what was given as `target_namespace`, where it is told
    repo: str | None = None  # what was given as `target_repo`
    directory: str | None = None  # what was given as `target_directory`
    echoes_directory: bool = False  # whether the dialect has such a field at all
    has_status: bool = True  # a dialect without it forgets what is over
    enqueued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    result_url: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One generation of the history. `cost` is USD, None while (or where) the provider does not tell."""

    generation: RemoteGeneration
    cost: Decimal | None = None
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Page `number` of `pages`, newest rows first. `entries` and `total_cost` (USD) are over the filter."""

    rows: tuple[HistoryRow, ...]
    number: int
    pages: int
    entries: int
    total_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """The event stream stands from now on. Nothing is repeated to who was not connected: look at the list."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A sign of life: a comment, an event about something else, or one that could not be read."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something ended, and what was said of it cannot be read: the list knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What the event stream says of a generation that ended: the file behind `url` proves it, else the row decides."""

    id: RemoteId
    succeeded: bool
    url: str | None = None
    error: str | None = None


Event = Connected | KeepAlive | Unreadable | Completed

# Ports.


class Provider(Protocol):
    """The queue, the catalogue and the event stream of one key. Every call may raise `Unavailable` or `KeyRefused`."""

    @property
    def keeps_rows(self) -> bool:
        """Whether it is known to keep the rows of what is over: only then can looking prove an absence."""
        ...

    @property
    def tells_costs(self) -> bool:
        """Whether it is known to tell what a generation cost."""
        ...

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]:
        """Orders `count` outputs, billed to `namespace` (None: the key's own); the ids of those that were accepted.

        `token` is a mark by which the order's rows can be found, where the provider echoes it; `urls` has, for each
        of the request's inputs, the link that is valid now. Raises `Rejected`, or `Ambiguous`: then look for the rows.
        """
        ...

    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]:
        """The rows of `namespace` (None: the key's own) in `status` (None: queued or processing)."""
        ...

    async def history(self, namespace: str | None) -> builtins.list[RemoteGeneration]:
        """The rows of what is over, as far as the provider keeps them."""
        ...

    async def history_page(self, namespace: str | None = None, *, page: int = 1, size: int = 50) -> HistoryPage:
        """One page of what was made, with costs. Raises `NotFound` where the provider has no history."""
        ...

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        """One row, with a fresh link to the result. Raises `NotFound`."""
        ...

    async def cancel(self, remote_id: RemoteId) -> None:
        """Asks to end it. No error when it is over already, so look at the row. Raises `NotFound`."""
        ...

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        """What was charged, in USD; None while the provider does not tell, and where it never does."""
        ...

    async def costs(self, namespace: str | None, ids: Collection[RemoteId]) -> Mapping[RemoteId, Decimal]:
        """The same for those of `ids` that are among the newest of `namespace`: one request, none where it never tells.

        What came to nothing cost nothing.
        """
        ...

    async def catalogue(self) -> Catalogue:
        """All models. Each has the provider's own entry in `Model.source`."""
        ...

    def restored(self, sources: Iterable[str]) -> builtins.list[Model]:
        """The models that these entries (`Model.source`) describe; without what cannot be read any more. No call."""
        ...

    def events(self) -> AsyncGenerator[Event]:
        """The key's event stream: `Connected` first, then what comes. Ends with `Unavailable` when it breaks."""
        ...

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """Streams a result to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        Raises `Rejected` when the link does not lead to a video or an image (any more).
        """
        ...


class Providers(Protocol):
    """The provider, as the holder of each key sees it. Who speaks by one key learns nothing about another's work."""

    def of(self, key: KeyId | None) -> AbstractAsyncContextManager[Provider]:
        """The provider by `key` (None: the operator's, which is always there), for as long as the block lasts.

        Entering raises `KeyGone` when the key is deleted or refused for good.
        """
        ...

    def trial(self, key: str) -> AbstractAsyncContextManager[Provider]:
        """The provider by a key that nobody has entered yet, to find out what it may do."""
        ...

    @property
    def opened(self) -> Collection[KeyId]:
        """The keys that are in memory."""
        ...

    async def retire(self, key: KeyId) -> None:
        """The key was deleted or is refused: nobody begins another call by it."""
        ...


Suspect = Callable[[KeyId | None], None]
"""Told of a key that the provider refused just now: whether that is for good has to be found out."""
