"""Another commit and this one, in turn on the same stand-ins: what was promised, what is reached, as ratios.

The other commit is unpacked, and both get an environment with what a user installs (`requirements/run.txt`). Both bots
run between today's stand-ins, and rows are written by today's SQL into the schema that each makes itself: an old commit
is driven from outside, and `bench/probe.py`, which runs inside of it, knows nothing of its code.
"""

import asyncio
import contextlib
import io
import math
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp
import psutil
from PIL import Image

from bench import delivering, limits, tracking
from bench.figures import Table, number, quantile, verdict
from bench.stage import HERE, ROOT, Code, Ended, Hall, hall
from sandbox.discord.client import Community, Interaction
from sandbox.discord.ratelimits import GLOBAL, counts_against

BUSY = 1.0  # load of the machine, at the beginning, above which seconds are doubtful
OTHERS = 0.5  # cores that others keep busy while nothing of this bench runs; the same
RATE = 40.0  # orders a second
_CHANNEL_RATE = 1.0  # messages a second and channel: Discord's 5 in 5 s
_MANY = 10  # what is more than that is told with one digit behind the point, else with three
_QUIET = 2.5  # seconds without a request to Discord, after which an order is over
_IMAGE_TO_VIDEO = "kling-video-v2-5-turbo-pro-image-to-video"
_UV = Path(sys.executable).with_name("uv")

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: `measure` gives figures by their names, `rounds` times for each commit (`quick`: once).

    `alone`: of this commit only, because its aims are no ratios and time is short; by name it is measured of both.
    """

    name: str
    rounds: int
    measure: Callable[[Code, bool], Awaitable[Figures]]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Aim:
    """`most` of a figure, or of its ratio to the other commit's; `least` where more is better."""

    most: float | None = None
    least: float | None = None
    ratio: float | None = None

    def __str__(self) -> str:
        if self.ratio is not None:
            return f"ratio {self.ratio:g}"
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"

    def met(self, here: float, ratio: float) -> bool | None:
        """None where it cannot be told."""
        if self.ratio is not None:
            return None if ratio != ratio else ratio <= self.ratio  # noqa: PLR0124 - nan
        return here <= self.most if self.most is not None else here >= (self.least or 0)


KINDS = ("/video", "/image", "four images", "with a file", "failing", "cancelled")
AIMS: dict[str, Aim] = {
    **{f"{kind}: requests of Discord's fifty": Aim(most=1) for kind in KINDS},
    "/video: units of work that write": Aim(most=7),
    "/video: statements": Aim(most=70),
    "/video: reads": Aim(most=15),
    "orders a second under Discord's limit": Aim(least=0.98 * RATE),
    "answers 429": Aim(most=0),
    "end to post at 40 orders a second, p99, above what the limit imposes, s": Aim(most=0.25),
    "ten channels: share of what Discord takes": Aim(least=0.95),
    **{f"end to post, 1,000 in {n}, p50, s": Aim(most=0.05) for n in (1, 10, 100)},
    **{f"end to post, 1,000 in {n}, p99, s": Aim(most=0.3) for n in (1, 10, 100)},
    **{f"provider requests for each end, {n} in 1": Aim(most=0.1) for n in ("10", "100", "1,000", "10,000")},
    "ms of a core for a delivery": Aim(ratio=0.45),
    "acknowledgement, 10,000 in flight, p99, ms": Aim(most=250),
    "acknowledgement at 40 orders a second, p99, ms": Aim(most=250),
    "idle memory, MiB": Aim(most=78),
    "start to ready, s": Aim(most=0.5),
}  # fmt: skip


async def starting(code: Code, _: bool) -> Figures:
    """A bot that nobody has used, and the same after its first order."""
    async with hall(channels=2, code=code) as stage:
        bot = await stage.bot(await stage.provider(speed=100.0), [])
        await stage.at_work(bot)
        ready = datetime.fromisoformat(bot.said("ready")[0]["timestamp"]).timestamp() - bot.began
        cpu = bot.cpu()
        await asyncio.sleep(2)
        idle = bot.resident()
        async with _community(stage) as community:
            await community.invoke(user="Bo", channel="lab-0", command="image", options={"prompt": "a fox"})
            await stage.until(lambda: stage.posted(1))
            await asyncio.sleep(1)
        return {
            "start to ready, s": ready, "ms of a core for a start": cpu * 1000, "idle memory, MiB": idle,
            "memory after the first order, MiB": bot.resident(),
        }  # fmt: skip


async def kinds(code: Code, quick: bool) -> Figures:
    """What one order of each kind asks of Discord, by the limit that it counts against, and of the rows."""
    found: dict[str, float] = {}
    async with hall(channels=2, code=code) as stage, _community(stage) as community:
        fast = await stage.provider(speed=100.0, dialect="browse")
        slow = await stage.provider(dialect="browse")
        bot = await stage.bot(fast, [], probed=True)
        await stage.at_work(bot)

        async def order(command: str, **options: object) -> Interaction:
            wanted = {"prompt": "a fox in the snow", **options}
            return await community.invoke(user="Bo", channel="lab-0", command=command, options=wanted)

        async def asked(kind: str, work: Callable[[], Awaitable[object]]) -> None:
            requests, counts = await _requests(stage), await bot.probe()
            await work()
            counted = Counter[str]()
            for route, times in (await _when_quiet(stage) - requests).items():
                counted[counts_against(route.split()[1])] += times
            found[f"{kind}: requests of Discord's fifty"] = counted[GLOBAL]
            found[f"{kind}: requests to Discord in all"] = counted.total()
            after = await bot.probe()
            for name in ("units", "statements", "reads"):
                words = "units of work that write" if name == "units" else name
                found[f"{kind}: {words}"] = after[name] - counts[name]

        await order("image")  # what is loaded with the first order
        await _when_quiet(stage)
        await asked("/video", lambda: order("video"))
        if quick:
            return found
        await asked("/image", lambda: order("image"))
        await asked("four images", lambda: order("image", count=4))
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            picture = Path(folder) / "fox.png"
            Image.new("RGB", (640, 360), "orange").save(picture)
            await asked("with a file", lambda: order("video", model=_IMAGE_TO_VIDEO, image=picture))
        fault = {"on": "generation", "kind": "fail", "value": "out of memory", "times": 1}
        async with (
            aiohttp.ClientSession() as session,
            session.put(f"{fast['url']}/sandbox/faults", json={"faults": [fault]}) as answer,
        ):
            answer.raise_for_status()
        await asked("failing", lambda: order("image"))
        await stage.dismiss(bot)

        bot = await stage.bot(slow, [], probed=True)
        await stage.at_work(bot)

        async def cancelled() -> None:
            card = (await order("video")).response_message_id or ""
            await asyncio.sleep(1.5)
            await community.press(user="Bo", message_id=card, label="Cancel")

        await asked("cancelled", cancelled)
    return found


async def _requests(stage: Hall) -> Counter[str]:
    """Requests to Discord, by method and route."""
    found = Counter[str]()
    for what, times in (await stage.discord.ask("report"))["statuses"].items():
        found[what.rsplit(" ", 1)[0]] += times
    return found


async def _when_quiet(stage: Hall) -> Counter[str]:
    """All requests, once there have been no new ones for a while."""
    last, since = await _requests(stage), time.monotonic()
    while time.monotonic() - since < _QUIET:
        await asyncio.sleep(0.2)
        now = await _requests(stage)
        if now != last:
            last, since = now, time.monotonic()
    return last


@contextlib.asynccontextmanager
async def _community(stage: Hall) -> AsyncIterator[Community]:
    async with aiohttp.ClientSession() as session:
        yield Community(session, stage.door["url"])


async def limited(code: Code, quick: bool) -> Figures:
    """Forty orders a second, Discord's limits on; a minute of this commit, a sixth of it of one that may lag behind."""
    done = await limits.orders(rate=RATE, seconds=60.0 if code.name == HERE.name and not quick else 10.0, code=code)
    p99 = quantile(done.waits, 0.99)
    return {
        "orders a second under Discord's limit": done.rate,
        "requests of the fifty for each": done.each,
        "answers 429": done.refused,
        "end to post at 40 orders a second, p50, s": quantile(done.waits, 0.5),
        "end to post at 40 orders a second, p99, s": p99,
        "end to post at 40 orders a second, p99, above what the limit imposes, s": p99 - quantile(done.least, 0.99),
        "ms of a core for a whole order": done.cpu * 1000,
        "acknowledgement at 40 orders a second, p99, ms": quantile(done.acknowledged, 0.99) * 1000,
        "longest stall of the event loop at 40 orders a second, ms": done.stall * 1000,
    }


async def delivered(code: Code, quick: bool) -> Figures:
    """Results of 50 KB: settled, fetched, posted, marked, the card redrawn."""
    done = await delivering.deliver(count=200 if quick else 600, channels=100, limits=False, code=code)
    return {"ms of a core for a delivery": done.cpu * 1000, "deliveries a second": done.rate}


async def channels(code: Code, quick: bool) -> Figures:
    """The same, where Discord takes one message a second and channel."""
    few = 10
    done = await delivering.deliver(count=60 if quick else 120, channels=few, limits=True, code=code)
    share = done.rate / (few * _CHANNEL_RATE)
    return {"ten channels: share of what Discord takes": share, "ten channels: answers 429": done.refused}


def tracked(in_flight: int, namespaces: int, seconds: float) -> Callable[[Code, bool], Awaitable[Figures]]:
    async def measure(code: Code, quick: bool) -> Figures:
        settle, late = (7.5, 3.0) if in_flight > 1000 else (3.0, 10.0)  # noqa: PLR2004 - its first lists take longer
        case = tracking.Case(
            in_flight=in_flight, namespaces=namespaces, seconds=5.0 if quick else seconds, settle=settle, late=late
        )
        async with hall(channels=200, code=code) as stage:
            done = await tracking.run(stage, case)
        what = f"{in_flight:,} in {namespaces}"
        return {
            f"end to post, {what}, p50, s": quantile(done.waits, 0.5),
            f"end to post, {what}, p99, s": quantile(done.waits, 0.99),
            f"provider requests for each end, {what}": done.each,
            f"ms of a core for each end, {what}": done.cpu / max(1, done.ended) * 1000,
        }

    return measure


async def looped(_: Code, __: bool) -> Figures:
    """For comparison: a loop that asks for each generation every 10 s, over whole lives, whatever commit there is."""
    async with hall(channels=1) as stage:
        asked = await tracking.loop_lives(stage, 20, speed=60.0)
    return {"provider requests for each end, by a loop every 10 s": asked}


async def acknowledged(code: Code, quick: bool) -> Figures:
    """Fifty commands a second, in turn `/image`, `/video`, `/queue`, `/about`, from the dispatch by the gateway."""
    done = await delivering.acknowledge(in_flight=10_000, seconds=3.0 if quick else 8.0, code=code)
    return {
        "acknowledgement, 10,000 in flight, p50, ms": quantile(done.waits, 0.5) * 1000,
        "acknowledgement, 10,000 in flight, p99, ms": quantile(done.waits, 0.99) * 1000,
        "ms of a core for a command, 10,000 in flight": done.cpu * 1000,
        "commands unanswered": done.failed,
        "longest stall of the event loop, 10,000 in flight, ms": done.stall * 1000,
    }


PARTS = {
    part.name: part
    for part in (
        Part("starting", 3, starting),
        Part("kinds", 1, kinds),
        Part("limited", 1, limited),
        Part("channels", 1, channels, alone=True),
        Part("delivered", 3, delivered),
        Part("10", 1, tracked(10, 1, 15.0), alone=True),
        Part("100", 1, tracked(100, 1, 10.0), alone=True),
        Part("1000/1", 1, tracked(1000, 1, 10.0)),
        *(Part(f"1000/{spaces}", 1, tracked(1000, spaces, 10.0), alone=True) for spaces in (10, 100)),
        Part("10000", 1, tracked(10_000, 1, 10.0)),
        Part("looped", 1, looped, alone=True),
        Part("acknowledged", 1, acknowledged),
    )
}
QUICK = ("starting", "kinds", "limited", "delivered", "1000/1")


class Comparison:
    """What was found, by the figure's name and the commit's. `left_out` are parts that a commit could not run."""

    def __init__(self, base: str | None, *, quick: bool = False) -> None:
        self._base, self._quick = base, quick
        self._found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._left_out: dict[str, str] = {}
        self._doubts: list[str] = []
        self.failed = False  # whether this commit could not run a part

    async def run(self, names: Sequence[str] = ()) -> list[Table]:
        """Measures in turn: that, this, that, this … Without a base, this commit alone."""
        began, load = time.monotonic(), os.getloadavg()[0]
        print(f"load {load:.2f}", file=sys.stderr)
        if load > BUSY:
            self._doubt(f"load {load:.1f} at the beginning")
        with _versions(self._base) as codes:
            for name in names or (QUICK if self._quick else PARTS):
                if (others := psutil.cpu_percent(1.0) / 100 * (os.cpu_count() or 1)) > OTHERS:
                    self._doubt(f"others kept {others:.1f} cores busy before `{name}`")
                part = PARTS[name]
                await self.measure(part, codes[-1:] if part.alone and not names else codes)
        took = time.monotonic() - began
        note = (
            f"Medians, each commit in turn, {took:.0f} s in all, load {load:.1f} at the beginning. `1,000 in 10`: in "
            "flight, and in how many namespaces. What waited longer than was looked is `later`."
        )
        return self.tables(codes, note)

    def tables(self, codes: Sequence[Code], *notes: str) -> list[Table]:
        """What has an aim, and the rest, of what was measured until now."""
        told, versions = list(notes), [code.name for code in codes]
        if self._doubts:
            told += ["", f"**Seconds are doubtful, ratios less so: {'; '.join(self._doubts)}.**"]
        if self._left_out:
            told += ["", "Left out: " + ", ".join(f"{what} ({why})" for what, why in self._left_out.items()) + "."]
        aimed = [name for name in AIMS if name in self._found]
        others = [name for name in self._found if name not in AIMS]
        return [
            table("Promised and reached", aimed, self._found, versions, told),
            table("What else was measured", others, self._found, versions, ()),
        ]

    def _doubt(self, why: str) -> None:
        print(f"warning: {why}: seconds are doubtful, ratios less so", file=sys.stderr, flush=True)
        self._doubts.append(why)

    async def measure(self, part: Part, codes: Sequence[Code]) -> None:
        """Runs it for each in turn, as often as it says."""
        rounds = 1 if self._quick else part.rounds
        for turn in range(rounds):
            for code in codes:
                at, which = time.monotonic(), f"`{part.name}` of {code.name}"
                try:
                    figures = await part.measure(code, self._quick)
                except (Ended, TimeoutError, AssertionError, aiohttp.ClientError, LookupError) as error:
                    self.failed = self.failed or code.name == HERE.name
                    self._left_out[which] = type(error).__name__
                    print(f"left out: {which}: {str(error)[-2000:]}", file=sys.stderr)
                    continue
                for name, value in figures.items():
                    self._found[name][code.name].append(value)
                took = time.monotonic() - at
                print(f"{which}, {turn + 1} of {rounds}: {took:.0f} s", file=sys.stderr, flush=True)


def table(
    title: str,
    names: Sequence[str],
    found: Mapping[str, Mapping[str, Sequence[float]]],
    versions: Sequence[str],
    notes: Sequence[str],
) -> Table:
    """One row for each of the figures `names`, the last of `versions` against the first."""
    rows: list[tuple[str, ...]] = []
    for name in names:
        medians = [float(statistics.median(found[name].get(version) or [math.nan])) for version in versions]
        here, base = medians[-1], medians[0]
        ratio = here / base if len(versions) > 1 and base else math.nan
        aim = AIMS.get(name)
        met = aim.met(here, ratio) if aim is not None else None
        told = [number(value, 0 if value.is_integer() else 1 if value > _MANY else 3) for value in medians]
        if len(versions) > 1:
            told.append(number(ratio, 2))
        rows.append((name, *told, str(aim or ""), "" if met is None else verdict(met=met)))
    head = ("measure", *versions, *(("ratio",) if len(versions) > 1 else ()), "aim", "")
    return Table(title=title, head=head, rows=rows, notes=notes)


@contextlib.contextmanager
def _versions(base: str | None) -> Iterator[list[Code]]:
    """That commit, if there is one, and this checkout as it is; each with what its users install."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, found = Path(name), list[Code]()
        if base is not None:
            found.append(unpacked(base, folder / "base"))
        found.append(HERE)
        yield [furnished(code, folder / f"environment-{index}") for index, code in enumerate(found)]


def unpacked(commit: str, folder: Path) -> Code:
    """That commit's files, in a folder that is made for them, with the interpreter that runs this."""
    packed = subprocess.run(["git", "-C", ROOT, "archive", commit], check=True, stdout=subprocess.PIPE)  # noqa: S603, S607
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return Code(commit[:10], folder)


def furnished(code: Code, environment: Path) -> Code:
    """With an environment that has what that commit's users install, everything compiled."""
    python = environment / "bin" / "python"
    _run(_UV, "venv", "--quiet", "--python", sys.executable, environment)
    given = {**os.environ, "UV_COMPILE_BYTECODE": "true", "UV_SYSTEM_CERTS": "true"}
    _run(_UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "--require-hashes", "-r",
         code.root / "requirements" / "run.txt", env=given)  # fmt: skip
    _run(python, "-m", "compileall", "-q", code.root / "bot", code.root / "cogs")
    return Code(code.name, code.root, python)


def _run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    subprocess.run([str(each) for each in command], check=True, env=env, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
