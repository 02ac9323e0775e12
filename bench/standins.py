# ruff: noqa: SLF001 - filled from inside: ten thousand orders over the wire would take longer than the measurement
"""The stand-ins, each kind in a process of its own, told what to do by lines of JSON on standard input.

python -m bench.standins oxen        {"do": "open" | "fill" | "end" | "report" | "close", …}
python -m bench.standins discord     {"do": "open" | "cards" | "limits" | "use" | "report", …}
"""

import asyncio
import io
import itertools
import json
import os
import random
import struct
import sys
import tempfile
import time
import uuid
import zlib
from collections import Counter, defaultdict, deque
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image

from sandbox.discord import state
from sandbox.discord.control import acts
from sandbox.discord.rest.pipeline import Exchange
from sandbox.discord.server import DiscordSandbox
from sandbox.oxen.api import queue
from sandbox.oxen.generations import Generation
from sandbox.oxen.render.plan import Plan, plan
from sandbox.oxen.scheduler import Outcome
from sandbox.oxen.server import OxenSandbox
from sandbox.oxen.timing import Timing

JSON = dict[str, Any]
VIDEO_MODEL = "kling-video-v2-6-pro-text-to-video"
IMAGE_MODEL = "black-forest-labs-flux-2-klein-4b"
LIST, GET = "GET /api/ai/queue", "GET /api/ai/queue/{generation_id}"
LINE = 256 * 1024 * 1024  # bytes; what ten thousand generations need is one line
_POST = "/channels/{channel_id}/messages"
_CARD = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
_PATIENCE = 60.0  # seconds for a result
_WAITING, _ACKNOWLEDGED = "waiting", "acknowledged"


class Copies:
    """A renderer that takes no time: every film is one and the same file under another name, and so is every image."""

    def __init__(self, size: int) -> None:
        noise = random.Random(0).randbytes(min(size, 1 << 20))  # noqa: S311 - any bytes will do
        with tempfile.NamedTemporaryFile(prefix="bench-result-", delete=False) as film:
            film.write(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 512))  # as much of one as anybody looks at
            film.write(struct.pack(">I4s", 8, b"moov"))
            film.write(struct.pack(">I4s", size - 24, b"mdat"))
            film.write(noise)
            film.truncate(size)
        picture = io.BytesIO()
        Image.new("RGB", (64, 64), "orange").save(picture, "PNG")
        inside = noise[: max(0, size - len(picture.getvalue()) - 12)]  # a chunk that nobody knows, before the last one
        chunk = struct.pack(">I4s", len(inside), b"noIs") + inside + struct.pack(">I", zlib.crc32(b"noIs" + inside))
        with tempfile.NamedTemporaryFile(prefix="bench-result-", delete=False) as image:
            image.write(picture.getvalue()[:-12] + chunk + picture.getvalue()[-12:])
        self._originals = {"video": Path(film.name), "image": Path(image.name)}

    async def render(self, wanted: Plan, path: Path) -> None:
        os.link(self._originals[wanted.media_type], path)

    def close(self) -> None:
        for original in self._originals.values():
            original.unlink(missing_ok=True)


class Moment:
    """Draws what is under way at any moment on a busy server: half of what is ordered is images, half is video.

    What takes long is met more often, and somewhere in its middle.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        timing = Timing(seed)
        spans = [(IMAGE_MODEL, timing.draw("image")) for _ in range(500)]
        spans += [(VIDEO_MODEL, timing.draw("video")) for _ in range(500)]
        self._spans, self._weights = spans, [seconds for _, seconds in spans]

    def new(self, index: int) -> tuple[str, float, float]:
        """One that has only begun: images and video by turns."""
        model, seconds = self._spans[(index * 500 + index // 2) % len(self._spans)]
        return model, 0.0, seconds

    def __call__(self) -> tuple[str, float, float]:
        """The model, seconds since its enqueue, seconds until its end."""
        ((model, seconds),) = self._random.choices(self._spans, self._weights)
        age = self._random.uniform(0, seconds)
        return model, age, seconds - age


class Oxen:
    """Any number of stand-ins for Oxen, told apart by number."""

    def __init__(self) -> None:
        self._open: list[OxenSandbox] = []
        self._held: defaultdict[int, deque[Generation]] = defaultdict(deque)
        self._answered: defaultdict[int, list[float]] = defaultdict(list)  # list calls, by the stand-in's parts
        listed = queue._Queue.list

        async def timed(this: Any, request: web.Request) -> web.Response:
            response = await listed(this, request)
            self._answered[id(this._parts)].append(time.time())
            return response

        queue._Queue.list = timed  # type: ignore[method-assign]

    async def open(self, asked: JSON) -> JSON:
        sandbox = OxenSandbox(
            renderer=Copies(asked.get("size", 2000)),
            concurrency=1_000_000,
            url_lifetime=100_000,
            dialect=asked.get("dialect", "persistent"),
            speed=asked.get("speed", 1.0),
        )
        await sandbox.start()
        self._open.append(sandbox)
        return {"number": len(self._open) - 1, "url": sandbox.url}

    async def fill(self, asked: JSON) -> JSON:
        """`count` generations under way in `namespaces`.

        `held` ones go on until `end` is asked for; `new` ones have only begun, half of them images, half video.
        """
        sandbox, now, draw = self._open[asked["number"]], time.time(), Moment(asked.get("seed", 0))
        made: list[list[Any]] = []
        for index in range(asked["count"]):
            model_id, age, left = draw.new(index) if asked.get("new") else draw()
            model, body = sandbox._parts.catalogue.get(model_id), {"model": model_id, "prompt": f"bench {index}"}
            if model is None:
                raise LookupError(model_id)
            generation = Generation(
                id=str(uuid.uuid4()), model=model, parameters=body, namespace=f"space-{index % asked['namespaces']}",
                key="sandbox", plan=plan(model, body, 0), refusal=None, cost=Decimal("0.35"), run_seconds=left,
                enqueued_at=now - age,
            )  # fmt: skip
            made.append([generation.id, generation.namespace, age, model_id])
            if asked.get("held"):
                sandbox.generations.add(generation)
                self._held[asked["number"]].append(generation)
            else:
                sandbox._parts.scheduler.enqueue(generation)
        return {"generations": made}

    async def end(self, asked: JSON) -> JSON:
        """`count` of the held ones succeed, evenly within so many seconds."""
        held, scheduler = self._held[asked["number"]], self._open[asked["number"]]._parts.scheduler
        loop = asyncio.get_running_loop()
        began = loop.time()
        for index in range(asked["count"]):
            generation = held.popleft()
            path = scheduler.folder / f"{generation.id}.{generation.plan.extension}"
            await scheduler.renderer.render(generation.plan, path)
            scheduler._settle(generation, Outcome(path=path, plan=generation.plan))
            await asyncio.sleep(began + asked["within"] * (index + 1) / asked["count"] - loop.time())
        return {}

    async def report(self, asked: JSON) -> JSON:
        """Requests by route, when each generation ended, when each list call was answered (unix seconds)."""
        sandbox = self._open[asked["number"]]
        ends = {row.id: row.completed_at for row in sandbox.generations.all() if row.completed_at is not None}
        return {
            "counts": dict(sandbox.traffic.counts),
            "ends": ends,
            "lists": self._answered[id(sandbox._parts)],
            "streams": sandbox.streams.count("sandbox"),
        }

    async def close(self, asked: JSON) -> JSON:
        await self._open[asked["number"]].stop()
        return {}


class Discord:
    """One stand-in for Discord."""

    def __init__(self) -> None:
        self._posts: list[list[float]] = []  # the card that a message answers to, and when it stood there
        self._statuses: Counter[str] = Counter()
        self._told = defaultdict[int, asyncio.Future[float]](asyncio.Future)  # by card: when its result stood there
        self._drawn: dict[str, float] = {}  # by the interaction's token: when its card was drawn first

    async def open(self, asked: JSON) -> JSON:
        self._sandbox = DiscordSandbox(
            community_file=Path(asked["community"]), exchange_hook=self._observe, identify_seconds=0
        )
        await self._sandbox.__aenter__()
        self._sandbox.limits.enabled = False
        self._sandbox.world.feed.watched = False
        return {"url": self._sandbox.url, "token": self._sandbox.token}

    async def cards(self, asked: JSON) -> JSON:
        """Messages of the bot's own, for results to answer to: [id, channel] each."""
        world = self._sandbox.world
        for card_id, channel_id in asked["cards"]:
            world.messages[card_id] = state.Message(
                id=card_id, channel_id=channel_id, author_id=world.application.id, created_at=world.clock.now(),
                flags=state.IS_COMPONENTS_V2,
            )  # fmt: skip
        return {}

    async def limits(self, asked: JSON) -> JSON:
        self._sandbox.limits.enabled = asked["enabled"]
        self._sandbox.limits.scale = 1.0 if asked["enabled"] else 1e6
        return {}

    async def use(self, asked: JSON) -> JSON:
        """Members use commands, `rate` a second for `seconds`, in turn those in `requests`; how long each waited."""
        loop = asyncio.get_running_loop()
        began, given = loop.time(), []
        for index in range(int(asked["rate"] * asked["seconds"])):
            await asyncio.sleep(began + index / asked["rate"] - loop.time())
            given.append(acts.invoke(self._sandbox.world, asked["requests"][index % len(asked["requests"])]))
        while any(one.state == _WAITING for one in given):  # noqa: ASYNC110 - what waits fails after 3 s
            await asyncio.sleep(0.05)
        waits = [one.acknowledged_real - one.sent_real if one.acknowledged_real is not None else None for one in given]
        return {"waits": waits, "failed": sum(one.state != _ACKNOWLEDGED for one in given)}

    async def order(self, asked: JSON) -> JSON:
        """Members order for `seconds`, in turn what is in `requests`: `rate` a second, or else so many `members`, each
        again as soon as there is a result of the last.

        Seconds from the command: until each was acknowledged, until its card showed it as accepted, until its result.
        """
        loop, requests = asyncio.get_running_loop(), asked["requests"]
        began, turns = loop.time(), itertools.count()
        waits: dict[str, list[float]] = {"acknowledged": [], "accepted": [], "told": []}

        async def one() -> None:
            sent = acts.invoke(self._sandbox.world, requests[next(turns) % len(requests)])
            while sent.state == _WAITING:  # noqa: ASYNC110 - what waits fails after 3 s
                await asyncio.sleep(0.1)
            if sent.ephemeral:  # a refusal
                await asyncio.sleep(0.2)
            elif sent.state == _ACKNOWLEDGED and sent.acknowledged_real is not None and sent.original_id is not None:
                waits["acknowledged"].append(sent.acknowledged_real - sent.sent_real)
                async with asyncio.timeout(_PATIENCE):
                    waits["told"].append(await self._told[sent.original_id] - sent.sent_real)
                waits["accepted"].append(self._drawn[sent.token] - sent.sent_real)

        async def member() -> None:
            while loop.time() < began + asked["seconds"]:
                await one()

        async with asyncio.TaskGroup() as group:
            if asked.get("rate") is None:
                for _ in range(asked["members"]):
                    group.create_task(member())
            else:
                for index in range(int(asked["rate"] * asked["seconds"])):
                    await asyncio.sleep(began + index / asked["rate"] - loop.time())
                    group.create_task(one())
        return {"asked": next(turns), **waits}

    async def report(self, _: JSON) -> JSON:
        return {"posts": self._posts, "statuses": dict(self._statuses)}

    def _observe(self, exchange: Exchange) -> None:
        self._statuses[f"{exchange.method} {exchange.template} {exchange.status}"] += 1
        if exchange.method == "POST" and exchange.template == _POST and exchange.status == 200:  # noqa: PLR2004
            card = (exchange.request or {}).get("message_reference", {}).get("message_id", 0)
            self._posts.append([int(card), time.time()])
            if not self._told[int(card)].done():
                self._told[int(card)].set_result(time.perf_counter())
        if exchange.method == "PATCH" and exchange.template == _CARD:
            self._drawn.setdefault(exchange.path.split("/")[-3], time.perf_counter())


async def serve(part: Any) -> None:
    reader = asyncio.StreamReader(limit=LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asked = json.loads(line)
        print(json.dumps(await getattr(part, asked.pop("do"))(asked)), flush=True)


if __name__ == "__main__":
    asyncio.run(serve({"oxen": Oxen, "discord": Discord}[sys.argv[1]]()))
