"""A model of Oxen: the `Provider` port with everything that the real one does to a client.

Answers get lost before and after the work was accepted, work is accepted late, lists lag, only a part of the count
is taken, the stream breaks, forgets, repeats and lies, rows vanish in `ephemeral`, everything expires after 24 hours.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Self, cast
from urllib.parse import urlsplit

from bot.domain.ids import ModelId, RemoteId
from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.models.parameters import Parameter
from bot.domain.money import Pricing
from bot.domain.orders.order import ValidatedRequest
from bot.domain.orders.payer import KeyId, fingerprint
from bot.domain.provider import (
    Ambiguous,
    Connected,
    Event,
    HistoryPage,
    KeyRefused,
    NotFound,
    Rejected,
    RemoteGeneration,
    RemoteStatus,
    Unavailable,
)
from bot.domain.roles import NotHeld
from bot.oxen.wire import completed
from tests.simulation.virtual import EPOCH
from tests.simulation.world import World

DIALECTS = ("persistent", "ephemeral", "browse")
OPEN = ("queued", "processing")
SURPRISE = 0.3
DEARER = Decimal("0.01")
NEVER = 0.001  # of all generations are not made within 24 hours
LIST_LAG = 20.0  # seconds after which an accepted row is in every list
LATE = 40.0  # seconds after which a request that was sent has been accepted, or never will be
VERY_LATE = 100.0, 240.0  # the same, where a request stood in a queue for longer than anybody looks for it
SLOW = 55.0  # seconds that an answer may take, at most
HIDDEN = 400.0  # seconds for which a row may be missing, at most
Ids = list[RemoteId]
Models = list[Model]
Rows = list[RemoteGeneration]
LIFETIME = timedelta(hours=24).total_seconds()
PICTURE = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
    "48afa4710000000049454e44ae426082"
)
PAGE, CUT, OTHER_KIND = "https://oxen.test/page.html", "https://oxen.test/cut.mp4", "https://oxen.test/picture.png"

PLAIN = Model(  # without a price
    id=ModelId("plain-video"),
    name="Plain",
    source="plain",
    makes=frozenset({"video"}),
    parameters={"prompt": Parameter(name="prompt", types=("string",), required=True)},
)
MODELS = Catalogue(
    [
        Model(
            id=ModelId("seeded-video"),
            name="Seeded",
            source="seeded",
            pricing=Pricing(per_second=Decimal("0.07")),
            makes=frozenset({"video"}),
            parameters={
                "prompt": Parameter(name="prompt", types=("string",), required=True),
                "seed": Parameter(name="seed", types=("integer",)),
                "duration": Parameter(name="duration", types=("integer",), choices=(5, 10), default=5),
            },
        ),
        PLAIN,
    ]
)
# What an output of 5 s costs: by the price list, and of the other one, which has none.
USUAL = {ModelId("seeded-video"): Decimal("0.35"), ModelId("plain-video"): Decimal("0.5")}


@dataclass(slots=True)
class Row:
    """One generation upstream, whoever it belongs to."""

    id: RemoteId
    tag: str  # which order's POST made it
    token: str | None
    request: ValidatedRequest
    namespace: str | None
    key: KeyId | None  # by which it was ordered
    enqueued_at: float
    visible_at: float
    hidden_until: float = 0.0  # nobody is shown it: a replica that lags, a cache
    status: RemoteStatus = "queued"
    started_at: float | None = None
    ended_at: float | None = None
    error: str | None = None
    cost: Decimal | None = None


def film_of(remote_id: RemoteId) -> bytes:
    """The result of a generation: a video that says whose it is."""
    data = remote_id.encode()
    return b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + (8 + len(data)).to_bytes(4, "big") + b"mdat" + data


def owner_of(film: bytes) -> RemoteId:
    """Whose result `film_of` made."""
    return RemoteId(film.rpartition(b"mdat")[2].decode())


def owner_of_link(url: str) -> RemoteId:
    return RemoteId(Path(urlsplit(url).path).stem)


class OxenModel:
    """Implements `bot.domain.provider.Provider`. Lives as long as the world; the bot's lives come and go.

    One of them is what one key sees. Those that `by` makes share the rows, and see none of each other's.
    """

    def __init__(self, world: World, key: KeyId | None = None) -> None:
        self._world = world
        self._key = key
        self.dialect = world.rng.choice(DIALECTS)
        self.rows: dict[RemoteId, Row] = {}
        self.posts: Counter[str] = Counter()
        self.revoked = False
        self._others: dict[str, OxenModel] = {}
        self._maybe_accepted: set[str] = set()
        self._listeners: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[str | None]]] = []

    def by(self, key: str) -> "OxenModel":
        """The same provider, as the holder of another key sees it."""
        if key not in self._others:
            other = self._others[key] = OxenModel(self._world, fingerprint(key))
            other.dialect, other.rows, other.posts, other._maybe_accepted = (
                self.dialect,
                self.rows,
                self.posts,
                self._maybe_accepted,
            )
        return self._others[key]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open: connections are not part of the model."""

    @property
    def keeps_rows(self) -> bool:
        return self.dialect != "ephemeral"

    @property
    def tells_costs(self) -> bool:
        return self.dialect == "browse"

    async def enqueue(
        self,
        validated: ValidatedRequest,
        count: int,
        namespace: str | None,
        token: str | None = None,
        *,
        urls: Mapping[str, str] | None = None,
    ) -> list[RemoteId]:
        world, weather, tag = self._world, self._world.weather, validated.prompt
        await world.takes(0.0, 0.05)
        self._leave()
        if self.revoked:
            raise KeyRefused(401, "A valid API key is required.")
        self._count_post(tag)
        if world.happens(weather.refused):
            raise Unavailable("refused")
        self._maybe_accepted.add(tag)
        if world.happens(weather.rejected):
            self._maybe_accepted.discard(tag)
            raise Rejected(400, "no such thing")
        taken = world.rng.randint(1, count) if count > 1 and world.happens(weather.partial) else count
        if world.happens(weather.lost_before):
            await world.takes(0.1, 60)
            raise Ambiguous("timeout")
        if world.happens(weather.lost_after):
            least, most = VERY_LATE if world.happens(weather.very_late) else (0.0, LATE)
            world.later(least, most, lambda: self._accept(validated, taken, namespace, tag, token))
            await world.takes(0.0, 60)
            raise Ambiguous("reset")
        ids = self._accept(validated, taken, namespace, tag, token)
        await world.takes(0.0, SLOW if world.happens(weather.slow) else 2.0)
        return ids

    async def list(self, namespace: str | None, status: RemoteStatus | None = None) -> list[RemoteGeneration]:
        await self._read()
        now = self._world.timeline.seconds
        rows = [r for r in self._mine() if r.namespace == namespace and r.visible_at <= now and self._kept(r)]
        if self.dialect == "ephemeral":
            return [self._shown(r) for r in rows if r.status in OPEN]
        wanted: Sequence[str] = OPEN if status is None else (status,)
        return [self._shown(r) for r in rows if r.status in wanted]

    async def history(self, namespace: str | None) -> "Rows":
        await self._read()
        if self.dialect == "ephemeral":
            return []
        return [
            self._shown(r)
            for r in self._mine()
            if r.namespace == namespace and r.visible_at <= self._world.timeline.seconds and self._kept(r)
            if r.status not in OPEN
        ]

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        await self._read()
        row = self._row(remote_id)
        if row is None or not self._kept(row) or (self.dialect == "ephemeral" and row.status not in OPEN):
            raise NotFound("gone")
        return self._shown(row)

    async def cancel(self, remote_id: RemoteId) -> None:
        await self._read()
        row = self._row(remote_id)
        if row is None or (self.dialect == "ephemeral" and row.status not in OPEN):
            raise NotFound("gone")
        if row.status in OPEN:
            row.status, row.ended_at = "cancelled", self._world.timeline.seconds
        if self._world.happens(self._world.weather.read_fails):
            raise Unavailable("the answer was lost")

    async def catalogue(self) -> Catalogue:
        await self._read()
        return MODELS

    def restored(self, sources: Iterable[str]) -> Models:
        return [model for model in MODELS if model.source in set(sources)]

    async def events(self) -> AsyncGenerator[Event]:
        await self._read()
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._listeners.append((loop, queue))
        yield Connected()
        if self._world.happens(self._world.weather.stream_breaks):
            self._world.later(1, 120, lambda: self._put(queue, loop, None))
        while (data := await queue.get()) is not None:
            yield completed(data)
        raise Unavailable("the stream broke")

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        await self._read()
        if url == CUT:
            raise Unavailable("the file is cut short")
        row = self.rows.get(owner_of_link(url))
        if url != OTHER_KIND and (row is None or row.status != "succeeded"):
            raise Rejected(200, "The link leads to no video and no image.")
        content = PICTURE if url == OTHER_KIND or row is None else film_of(row.id)
        if len(content) > limit:
            return None
        path.write_bytes(content)
        return len(content)

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        await self._read()
        row = self._row(remote_id)
        return row.cost if row is not None and self.dialect == "browse" else None

    async def costs(self, namespace: str | None, ids: Collection[RemoteId]) -> Mapping[RemoteId, Decimal]:
        await self._read()
        if self.dialect != "browse":
            return {}
        over = [r for r in self._mine() if r.namespace == namespace and r.id in ids and r.status not in OPEN]
        return {row.id: row.cost or Decimal(0) for row in over if self._kept(row)}

    async def history_page(self, namespace: str | None = None, *, page: int = 1, size: int = 50) -> HistoryPage:
        await self._read()
        if self.dialect != "browse":
            raise NotFound("no history")
        costs = [row.cost or Decimal(0) for row in self._mine() if row.namespace == namespace]
        return HistoryPage(rows=(), number=1, pages=1, entries=len(costs), total_cost=sum(costs, Decimal(0)))

    def _mine(self) -> Sequence[Row]:
        return [row for row in self.rows.values() if row.key == self._key]

    def _row(self, remote_id: RemoteId) -> Row | None:
        """The row, for its own key. Nobody should ever ask for another's."""
        row = self.rows.get(remote_id)
        if row is not None and row.key != self._key:
            self._world.violated(f"{row.id} of {row.tag} was asked for by another key")
            return None
        return row

    def _count_post(self, tag: str) -> None:
        self.posts[tag] += 1
        if tag in self._maybe_accepted:
            self._world.violated(f"a second POST for {tag}, though the first may have been accepted")

    async def _read(self) -> None:
        await self._world.takes(0.0, 0.3)
        self._leave()
        if self.revoked:
            raise KeyRefused(401, "A valid API key is required.")
        if self._world.happens(self._world.weather.read_fails):
            raise Unavailable("503")

    def _leave(self) -> None:
        try:
            self._world.leaves()
        except NotHeld as error:
            raise Unavailable("nothing was sent") from error

    def _accept(
        self, validated: ValidatedRequest, count: int, namespace: str | None, tag: str, token: str | None
    ) -> "Ids":
        world = self._world
        now, ids = world.timeline.seconds, []
        for _ in range(count):
            row = Row(
                id=RemoteId(f"r{len(self.rows)}"),
                tag=tag,
                token=token if self.dialect == "browse" else None,
                request=validated,
                namespace=namespace,
                key=self._key,
                enqueued_at=now,
                visible_at=now + world.rng.uniform(0, 0 if world.calm else LIST_LAG),
            )
            self.rows[row.id] = row
            ids.append(row.id)
            world.later(0.5, 60, lambda row=row: self._start(row))
        return ids

    def _start(self, row: Row) -> None:
        if self._world.happens(self._world.weather.hidden):
            row.hidden_until = self._world.timeline.seconds + self._world.rng.uniform(0, HIDDEN)
        if row.status == "queued":
            row.status, row.started_at = "processing", self._world.timeline.seconds
            # Some take fifteen minutes, and a few are never made: those expire.
            most = 90_000 if self._world.rng.random() < NEVER else self._world.rng.choice([5, 60, 300, 900])
            self._world.later(0.1, most, lambda: self._end(row))
            if self._world.happens(self._world.weather.lies):
                self._world.later(0.1, most, lambda: self._lie(row))

    def _end(self, row: Row) -> None:
        if row.status != "processing" or self._world.timeline.seconds - row.enqueued_at >= LIFETIME:
            return
        world = self._world
        row.ended_at = world.timeline.seconds
        if world.happens(world.weather.fails):
            row.status, row.error = "failed", "Insufficient credits"
        else:
            row.status, row.cost = "succeeded", self._price(row)
        event = {"generation_id": row.id, "status": row.status, "media_type": "video", "model": "m"}
        event |= {"url": self._link(row)} if row.status == "succeeded" else {"error": row.error}
        if not world.happens(world.weather.event_lost):
            for _ in range(2 if world.happens(world.weather.event_twice) else 1):
                self._broadcast(json.dumps(event))
                self._broadcast(json.dumps({**event, "generation_id": "somebody-elses"}))
            if row.status == "succeeded" and world.happens(world.weather.lies):
                self._broadcast(json.dumps({**event, "status": "failed", "url": None, "error": "Insufficient credits"}))

    def _lie(self, row: Row) -> None:
        """An event of success that is not true, for what still runs or is over, on the stream of its key or another.

        The link may be that of another output whose id the bot knows: of one that it never heard of, nobody could tell.
        """
        owned = self._world.owned()
        others = [self._link(other) for other in self.rows.values() if other is not row and other.id in owned]
        url = self._world.rng.choice([self._link(row), PAGE, CUT, OTHER_KIND, *others])
        event = {"generation_id": row.id, "status": "succeeded", "media_type": "video", "model": "m", "url": url}
        self._broadcast(json.dumps(event))
        for other in self._others.values():
            other._broadcast(json.dumps(event))

    def _link(self, row: Row) -> str:
        """Each is signed anew."""
        self._world.signed += 1
        return f"https://oxen.test/{row.id}.mp4?signature={self._world.signed}"

    def _price(self, row: Row) -> Decimal:
        """What is charged: by the price list or, of a model without one, as usual; `browse` is sometimes dearer."""
        usual = USUAL[row.request.model_id]
        return usual + DEARER if self.dialect == "browse" and self._world.rng.random() < SURPRISE else usual

    def _broadcast(self, data: str) -> None:
        for loop, queue in self._listeners:
            self._put(queue, loop, data)

    @staticmethod
    def _put(queue: "asyncio.Queue[str | None]", loop: asyncio.AbstractEventLoop, data: str | None) -> None:
        if not getattr(loop, "dead", False) and not loop.is_closed():
            queue.put_nowait(data)

    def _kept(self, row: Row) -> bool:
        now = self._world.timeline.seconds
        return now - row.enqueued_at < LIFETIME and now >= row.hidden_until

    def _shown(self, row: Row) -> RemoteGeneration:
        return RemoteGeneration(
            id=row.id,
            status="processing" if self.dialect == "ephemeral" else row.status,
            model=row.request.model_id,
            prompt=row.request.prompt,
            seed=cast("int | None", row.request.parameters.get("seed")),
            directory=row.token,
            enqueued_at=_moment(row.enqueued_at),
            started_at=_moment(row.started_at) if row.started_at is not None else None,
            result_url=self._link(row) if row.status == "succeeded" else None,
            error=row.error,
        )


def _moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=int(seconds))
