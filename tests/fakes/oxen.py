"""The provider in memory: a `bot.domain.provider.Provider` whose time, work and troubles a test decides.

What it promises is what `tests/oxen/test_provider.py` asks of it and of the real client alike.
"""

import asyncio
import enum
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from bot.domain.clock import Clock
from bot.domain.ids import ModelId, RemoteId
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import (
    Completed,
    Connected,
    Event,
    HistoryPage,
    HistoryRow,
    KeyRefused,
    NotFound,
    ProviderError,
    Rejected,
    RemoteGeneration,
    RemoteStatus,
    Unavailable,
)
from bot.oxen.catalogue import catalogue, restored
from tests.fakes.faults import Faults

LIFETIME = timedelta(hours=24)
MOST = 4
OPEN = frozenset({"queued", "processing"})
VIDEO_MODEL = ModelId("kling-video-v2-6-pro-text-to-video")
IMAGE_MODEL = ModelId("black-forest-labs-flux-2-klein-4b")
# An MP4, all of it: its type, an index of nothing, and what the index would be about.
RESULT = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\x1bmdat" + b"what the model made"


class Dialect(enum.StrEnum):
    PERSISTENT = "persistent"
    EPHEMERAL = "ephemeral"
    BROWSE = "browse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One generation as the provider has it."""

    id: RemoteId
    request: ValidatedRequest
    namespace: str
    enqueued_at: datetime
    status: RemoteStatus = "queued"
    started_at: datetime | None = None
    completed_at: datetime | None = None
    content: bytes = RESULT
    error: str | None = None
    token: str | None = None
    body: Mapping[str, Json] = field(default_factory=dict[str, Json])  # what was sent for the plan


def small_catalogue(usd_per_second: float | None = None) -> Catalogue:
    """One model that makes video and one that makes images, with the parameters the tests speak of.

    `usd_per_second` is the price of a video.
    """
    ratio = {"type": "string", "enum": ["16:9", "1:1"]}
    common = {"prompt": {"type": "string"}, "aspect_ratio": ratio, "seed": {"type": "integer", "minimum": 0}}
    duration = {"duration": {"type": "integer", "enum": [5, 10]}}
    rows = [
        (VIDEO_MODEL, "Kling 2.6 Pro", MediaKind.VIDEO, common | duration),
        (IMAGE_MODEL, "FLUX.2 klein", MediaKind.IMAGE, common),
    ]
    price = {"method": "per_video_output_second", "cost_per_second": usd_per_second} if usd_per_second else None
    return catalogue(
        {
            "data": [
                {
                    "id": model_id,
                    "display_name": name,
                    "capabilities": {"output": [kind]},
                    "request_schema": {"properties": properties, "required": ["prompt"]},
                    "pricing": price if kind is MediaKind.VIDEO else None,
                }
                for model_id, name, kind, properties in rows
            ]
        }
    )


COST = Decimal("0.35")


Rows = list[RemoteGeneration]
Models = list[Model]


class FakeOxen:
    """`own` is the namespace of the key itself. `calls` holds each call with what it was about, in order.

    `bills` is what the key may bill, None for everything; `revoked` refuses the key. An id is `name` and the next of
    `numbers`.

    To make trouble: `faults.fail("enqueue", Ambiguous("timeout"), after=True)` is an answer that is lost after the
    order was accepted; `accepts` caps how many outputs of one order are taken; `list_lag` is how long a new row
    stays out of the list; `files` is what other links than those of results lead to.
    """

    def __init__(
        self, clock: Clock, dialect: Dialect = Dialect.PERSISTENT, own: str = "sandbox", name: str = "remote"
    ) -> None:
        self.clock = clock
        self._name = name
        self.bills: frozenset[str] | None = None
        self.revoked = False
        self._own = own
        self.dialect = dialect
        self.faults = Faults()
        self.accepts: int | None = None
        self.charges_failures = False
        self.list_lag = timedelta()
        self.models = small_catalogue()
        self.price = COST  # what each success is charged
        self.calls: list[tuple[str, object]] = []
        self.jobs: dict[RemoteId, Job] = {}
        self.files: dict[str, bytes | ProviderError] = {}
        self._listeners: set[asyncio.Queue[Event | Unavailable]] = set()
        self.numbers: Iterator[int] = count(1)
        self._link_age = 0

    # What a test does.

    def start(self, remote_id: RemoteId) -> None:
        """Work on it begins."""
        self._change(remote_id, status="processing", started_at=self.clock.now())

    def finish(self, remote_id: RemoteId, content: bytes = RESULT, *, announce: bool = True) -> None:
        """It succeeds with `content`; `announce=False` loses the event."""
        self._change(remote_id, status="succeeded", content=content)
        if announce:
            self.say(self.completed(remote_id))

    def fail(self, remote_id: RemoteId, error: str = "Insufficient credits", *, announce: bool = True) -> None:
        """It fails with the provider's words `error`."""
        self._change(remote_id, status="failed", error=error)
        if announce:
            self.say(self.completed(remote_id))

    def vanish(self, remote_id: RemoteId) -> None:
        """It is gone without a word."""
        del self.jobs[remote_id]

    def completed(self, remote_id: RemoteId) -> Completed:
        """The event that announces how it ended."""
        job = self.jobs[remote_id]
        if job.status == "succeeded":
            return Completed(id=job.id, succeeded=True, url=self.url(job.id))
        return Completed(id=job.id, succeeded=False, error=job.error or "")

    def say(self, event: Event) -> None:
        """To everybody who listens now; nobody else ever hears it."""
        for inbox in self._listeners:
            inbox.put_nowait(event)

    def hang_up(self) -> None:
        """Breaks every event stream."""
        for inbox in self._listeners:
            inbox.put_nowait(Unavailable("the event stream ended"))

    def url(self, remote_id: RemoteId) -> str:
        """The link to the result that is good now."""
        kind = self.jobs[remote_id].request.kind
        return f"https://results.invalid/{remote_id}.{'mp4' if kind is MediaKind.VIDEO else 'png'}?age={self._link_age}"

    def kill_links(self) -> None:
        """Every link handed out so far is dead from now on."""
        self._link_age += 1

    def count(self, call: str) -> int:
        """How often it was called."""
        return sum(name == call for name, _ in self.calls)

    # The port.

    @property
    def keeps_rows(self) -> bool:
        return self.dialect is not Dialect.EPHEMERAL

    @property
    def tells_costs(self) -> bool:
        return self.dialect is Dialect.BROWSE

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]:
        self.calls.append(("enqueue", namespace))
        async with self._asked("enqueue", namespace):
            if self.models.get(validated.model_id) is None:
                raise Rejected(404, f"Model not found: {validated.model_id}")
            if not 1 <= count <= MOST:
                raise Rejected(400, f"num_generations must be an integer between 1 and {MOST}")
            taken = count if self.accepts is None else min(count, self.accepts)
            if not taken:
                raise Rejected(None, "Oxen accepted nothing of this order.")
            ids = [RemoteId(f"{self._name}-{next(self.numbers)}") for _ in range(taken)]
            now = self.clock.now()
            for remote_id in ids:
                self.jobs[remote_id] = Job(
                    id=remote_id,
                    request=validated,
                    namespace=namespace or self._own,
                    enqueued_at=now,
                    token=token,
                    body=validated.body(urls),
                )
        return ids

    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]:
        self.calls.append(("list", namespace))
        async with self._asked("list", namespace):
            return [self._row(job) for job in self._alive() if self._listed(job, namespace or self._own, status)]

    async def history(self, namespace: str | None) -> "Rows":
        self.calls.append(("history", namespace))
        async with self._asked("history", namespace):
            over = ("succeeded", "failed", "cancelled")
            listed = [self._listed(job, namespace or self._own, status) for job in self._alive() for status in over]
            jobs = [job for job in self._alive() for _ in over]
            return [self._row(job) for job, there in zip(jobs, listed, strict=True) if there]

    async def history_page(self, namespace: str | None = None, *, page: int = 1, size: int = 50) -> HistoryPage:
        self.calls.append(("history_page", namespace))
        async with self._asked("history_page", namespace):
            if self.dialect is not Dialect.BROWSE:
                raise NotFound("The requested resource could not be found")
            kept = [job for job in self.jobs.values() if job.namespace == (namespace or self._own)]
            rows = [HistoryRow(generation=self._row(job), cost=self._cost(job), parameters=job.body) for job in kept]
            total = sum((row.cost or Decimal(0) for row in rows), Decimal(0))
            shown = tuple(reversed(rows))[(page - 1) * size : page * size]
            pages = max(1, -(-len(rows) // size))
            return HistoryPage(rows=shown, number=page, pages=pages, entries=len(rows), total_cost=total)

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        self.calls.append(("get", remote_id))
        async with self._asked("get"):
            return self._row(self._job(remote_id))

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        self.calls.append(("cost", remote_id))
        async with self._asked("cost"):
            return self.price if self.dialect is Dialect.BROWSE and remote_id in self.jobs else None

    async def costs(self, namespace: str | None, ids: Collection[RemoteId]) -> Mapping[RemoteId, Decimal]:
        self.calls.append(("costs", namespace))
        async with self._asked("costs", namespace):
            if self.dialect is not Dialect.BROWSE:
                return {}
            kept = [job for job in self.jobs.values() if job.id in ids and job.namespace == (namespace or self._own)]
            found = {job.id: self._cost(job) for job in kept if job.status not in OPEN}
            return {remote_id: cost or Decimal(0) for remote_id, cost in found.items()}

    async def cancel(self, remote_id: RemoteId) -> None:
        self.calls.append(("cancel", remote_id))
        async with self._asked("cancel"):
            job = self._job(remote_id)
            if job.status in OPEN:
                self._change(remote_id, status="cancelled")

    async def catalogue(self) -> Catalogue:
        self.calls.append(("catalogue", None))
        async with self.faults.around("catalogue"):
            pass
        return self.models

    def restored(self, sources: Iterable[str]) -> Models:
        return restored(sources)

    async def events(self) -> AsyncGenerator[Event]:
        self.calls.append(("events", None))
        inbox: asyncio.Queue[Event | Unavailable] = asyncio.Queue()
        async with self._asked("events"):
            self._listeners.add(inbox)
        try:
            yield Connected()
            while True:
                event = await inbox.get()
                if isinstance(event, Unavailable):
                    raise event
                yield event
        finally:
            self._listeners.discard(inbox)

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        self.calls.append(("download", url))
        async with self.faults.around("download"):
            content = next((job.content for job in self._finished() if self.url(job.id) == url), self.files.get(url))
            if isinstance(content, ProviderError):
                raise content
            if content is None:
                raise KeyRefused(403, "The link has expired or its signature is wrong")
            if len(content) > limit:
                return None
            await asyncio.to_thread(path.write_bytes, content)
        return len(content)

    # How it keeps its rows.

    @asynccontextmanager
    async def _asked(self, call: str, namespace: str | None = None) -> AsyncGenerator[None]:
        """What every call goes through: the key first, then what it may bill, then the trouble that a test wants."""
        try:
            if self.revoked:
                raise KeyRefused(401, "A valid API key is required.")
            if namespace is not None and self.bills is not None and namespace not in self.bills:
                raise KeyRefused(403, f"This key may not bill the namespace {namespace}.")
            async with self.faults.around(call):
                yield
        except ProviderError as error:
            error.call = call
            raise

    def _alive(self) -> Iterable[Job]:
        born_after = self.clock.now() - LIFETIME
        self.jobs = {job.id: job for job in self.jobs.values() if job.enqueued_at > born_after}
        return self.jobs.values()

    def _job(self, remote_id: RemoteId) -> Job:
        job = next((job for job in self._alive() if job.id == remote_id and not self._hidden(job)), None)
        if job is None:
            raise NotFound("The requested resource could not be found")
        return job

    def _finished(self) -> Iterable[Job]:
        return [job for job in self._alive() if job.status == "succeeded"]

    def _listed(self, job: Job, namespace: str, status: RemoteStatus | None) -> bool:
        if self._hidden(job) or job.namespace != namespace or self.clock.now() - job.enqueued_at < self.list_lag:
            return False
        if self.dialect is Dialect.EPHEMERAL:
            return True
        return job.status == status if status is not None else job.status in OPEN

    def _hidden(self, job: Job) -> bool:
        """Over, in the dialect that keeps no such rows. (Its file is still there.)"""
        return self.dialect is Dialect.EPHEMERAL and job.status not in OPEN

    def _row(self, job: Job) -> RemoteGeneration:
        shown = RemoteGeneration(
            id=job.id,
            status="processing",
            model=job.request.model_id,
            prompt=job.request.prompt,
            enqueued_at=job.enqueued_at.replace(microsecond=0),
            seed=seed if isinstance(seed := job.request.parameters.get("seed"), int) else None,
        )
        if self.dialect is Dialect.EPHEMERAL:
            return shown
        filed = self.dialect is Dialect.BROWSE
        return replace(
            shown,
            directory=job.token if filed else None,
            echoes_directory=filed,
            status=job.status,
            started_at=job.started_at,
            completed_at=job.completed_at,
            result_url=self.url(job.id) if job.status == "succeeded" else None,
            error=job.error,
        )

    def _cost(self, job: Job) -> Decimal | None:
        charged = job.status == "succeeded" or (self.charges_failures and job.status == "failed")
        return self.price if charged else None

    def _change(
        self,
        remote_id: RemoteId,
        *,
        status: RemoteStatus,
        started_at: datetime | None = None,
        content: bytes = RESULT,
        error: str | None = None,
    ) -> None:
        job = self.jobs[remote_id]
        self.jobs[remote_id] = replace(
            job,
            status=status,
            started_at=started_at or job.started_at,
            completed_at=None if status in OPEN else self.clock.now(),
            content=content,
            error=error,
        )
