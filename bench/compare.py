"""Another commit and this one, in turn on the same stand-ins: what was promised, what is reached, as ratios.

The other commit gets a worktree, and both get an environment with what a user installs (`requirements/run.txt`). Both
bots run between today's stand-ins, and rows are written by today's SQL into the schema that each makes itself: an old
commit is driven from outside. What differs between versions stands in `_ADAPTED`.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp
from PIL import Image

from bench import delivering, limits, tracking
from bench.figures import Table, number, quantile, verdict
from bench.stage import HERE, ROOT, Code, Ended, Hall, hall
from sandbox.discord.client import Community, Interaction
from sandbox.discord.ratelimits import GLOBAL, counts_against

BUSY = 1.0  # load of the machine above which seconds are doubtful
_MANY = 10  # what is more than that is told with one digit behind the point, else with three
_QUIET = 2.5  # seconds without a request to Discord, after which an order is over
_IMAGE_TO_VIDEO = "kling-video-v2-5-turbo-pro-image-to-video"
_UV = Path(sys.executable).with_name("uv")
# Settings that commits need to behave as today's do in the measurements; a commit that does not know one ignores it.
_ADAPTED: dict[str, str] = {}

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: `measure` gives figures by their names, `rounds` times for each commit."""

    name: str
    rounds: int
    measure: Callable[[Code], Awaitable[Figures]]


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
    **{f"requests of Discord's fifty: {kind}": Aim(most=1) for kind in KINDS},
    "one /video: units of work that write": Aim(most=7),
    "one /video: statements": Aim(most=70),
    "one /video: reads": Aim(most=15),
    "orders a second under Discord's limit": Aim(least=40),
    "answers 429": Aim(most=0),
    **{f"end to post, 1,000 in {n}, p50, s": Aim(most=0.05) for n in (1, 10, 100)},
    **{f"end to post, 1,000 in {n}, p99, s": Aim(most=0.3) for n in (1, 10, 100)},
    **{f"provider requests for each end, {n} in 1": Aim(most=0.1) for n in ("10", "100", "1,000", "10,000")},
    "ms of a core for a delivery": Aim(ratio=0.45),
    "idle memory, MiB": Aim(most=78),
    "start to ready, s": Aim(most=0.5),
    "acknowledgement, 10,000 in flight, p99, ms": Aim(most=250),
}  # fmt: skip


async def starting(code: Code) -> Figures:
    """A bot that nobody has used, and the same after its first order."""
    async with hall(channels=2, code=code) as stage:
        bot = await stage.bot(await stage.provider(speed=100.0), [], **_ADAPTED)
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


async def kinds(code: Code) -> Figures:
    """What one order of each kind asks of Discord by the limit that it counts against, and a `/video` of the rows."""
    found: dict[str, float] = {}
    async with hall(channels=2, code=code) as stage, _community(stage) as community:
        fast = await stage.provider(speed=100.0, dialect="browse")
        slow = await stage.provider(dialect="browse")
        bot = await stage.bot(fast, [], probed=True, **_ADAPTED)
        await stage.at_work(bot)

        async def order(command: str, **options: object) -> Interaction:
            wanted = {"prompt": "a fox in the snow", **options}
            return await community.invoke(user="Bo", channel="lab-0", command=command, options=wanted)

        async def asked(kind: str, work: Callable[[], Awaitable[object]]) -> None:
            before = await _requests(stage)
            await work()
            counted = Counter[str]()
            for route, times in (await _when_quiet(stage) - before).items():
                counted[counts_against(route.split()[1])] += times
            found[f"requests of Discord's fifty: {kind}"] = counted[GLOBAL]
            found[f"requests to Discord in all: {kind}"] = counted.total()

        await order("image")  # what is loaded with the first order
        await _when_quiet(stage)
        before = await bot.probe()
        await asked("/video", lambda: order("video"))
        after = await bot.probe()
        for name, words in (("units", "units of work that write"), ("statements", "statements"), ("reads", "reads")):
            found[f"one /video: {words}"] = after[name] - before[name]
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

        bot = await stage.bot(slow, [], **_ADAPTED)
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


async def limited(code: Code) -> Figures:
    """Forty orders a second for a while, Discord's limits on."""
    done = await limits.orders(rate=40.0, seconds=10.0, code=code)
    return {
        "orders a second under Discord's limit": done.rate, "requests of the fifty for each": done.each,
        "answers 429": done.refused, "ms of a core for a whole order": done.cpu * 1000,
    }  # fmt: skip


async def delivered(code: Code) -> Figures:
    done = await delivering.deliver(count=600, channels=100, limits=False, code=code)
    return {"ms of a core for a delivery": done.cpu * 1000, "deliveries a second": done.rate}


def tracked(in_flight: int, namespaces: int, seconds: float) -> Callable[[Code], Awaitable[Figures]]:
    async def measure(code: Code) -> Figures:
        settle = 7.5 if in_flight > 1000 else 3.0  # noqa: PLR2004 - the first lists of ten thousand take longer
        case = tracking.Case(
            in_flight=in_flight, namespaces=namespaces, seconds=seconds, settle=settle, late=10.0, seed=1
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


async def acknowledged(code: Code) -> Figures:
    done = await delivering.acknowledge(in_flight=10_000, seconds=8.0, code=code)
    return {
        "acknowledgement, 10,000 in flight, p50, ms": quantile(done.waits, 0.5) * 1000,
        "acknowledgement, 10,000 in flight, p99, ms": quantile(done.waits, 0.99) * 1000,
        "commands unanswered": done.failed,
        "longest stall of the event loop, ms": done.stall * 1000,
    }


PARTS = {
    part.name: part
    for part in (
        Part("starting", 5, starting),
        Part("kinds", 1, kinds),
        Part("limited", 1, limited),
        Part("delivered", 4, delivered),
        Part("10", 1, tracked(10, 1, 25.0)),
        Part("100", 1, tracked(100, 1, 15.0)),
        *(Part(f"1000/{spaces}", 2 if spaces == 1 else 1, tracked(1000, spaces, 10.0)) for spaces in (1, 10, 100)),
        Part("10000", 1, tracked(10_000, 1, 10.0)),
        Part("acknowledged", 1, acknowledged),
    )
}


async def compared(base: str | None, names: Sequence[str] = ()) -> list[Table]:
    """The table of what was promised. Without `base`, of this commit alone; else in turn: that, this, that, this …"""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    left_out: list[str] = []
    began, load = time.monotonic(), os.getloadavg()[0]
    with _versions(base) as codes:
        for part in [PARTS[name] for name in names] or PARTS.values():
            if load_now := _busy():
                print(f"the load is {load_now:.1f}: seconds are doubtful, ratios less so", file=sys.stderr)
            for turn in range(part.rounds):
                for code in codes:
                    at = time.monotonic()
                    try:
                        figures = await part.measure(code)
                    except (Ended, TimeoutError, AssertionError, aiohttp.ClientError, LookupError) as error:
                        left_out.append(f"`{part.name}` of {code.name} ({type(error).__name__})")
                        print(f"left out: {left_out[-1]}: {str(error)[-2000:]}", file=sys.stderr)
                        continue
                    for name, value in figures.items():
                        found[name][code.name].append(value)
                    which = f"{part.name} {turn + 1} of {part.rounds}, {code.name}"
                    print(f"{which}: {time.monotonic() - at:.0f} s", file=sys.stderr, flush=True)
    notes = [
        f"Medians of {len(codes)} versions in turn, {time.monotonic() - began:.0f} s in all, {os.cpu_count()} cores, "
        f"load {load:.1f} at the beginning and {os.getloadavg()[0]:.1f} at the end. `1,000 in 10`: in flight, and in how "
        "many namespaces.",
    ]
    if load > BUSY:
        notes.append("**Other work shared the machine at the beginning: seconds are doubtful, ratios less so.**")
    if left_out:
        notes.append(f"Left out: {', '.join(dict.fromkeys(left_out))}.")
    return [table(found, [code.name for code in codes], notes)]


def _busy() -> float | None:
    """The load, where it is more than this bench makes by itself."""
    load = os.getloadavg()[0]
    return load if load > BUSY + 1 else None


def table(found: Mapping[str, Mapping[str, Sequence[float]]], names: Sequence[str], notes: Sequence[str]) -> Table:
    """One row for each figure; those with an aim first, in the order of the aims."""
    rows: list[tuple[str, ...]] = []
    ordered = [*(name for name in AIMS if name in found), *(name for name in found if name not in AIMS)]
    for name in ordered:
        medians = [statistics.median(found[name][code]) if found[name].get(code) else float("nan") for code in names]
        here, base = medians[-1], medians[0]
        ratio = here / base if len(names) > 1 and base else float("nan")
        aim = AIMS.get(name)
        met = aim.met(here, ratio) if aim is not None else None
        told = [number(value, 0 if value.is_integer() else 1 if value > _MANY else 3) for value in medians]
        if len(names) > 1:
            told.append(number(ratio, 2))
        rows.append((name, *told, str(aim or ""), "" if met is None else verdict(met=met)))
    head = ("measure", *names, *(("ratio",) if len(names) > 1 else ()), "aim", "")
    return Table(title="Promised and reached", head=head, rows=rows, notes=notes)


@contextlib.contextmanager
def _versions(base: str | None) -> Iterator[list[Code]]:
    """That commit, if there is one, and this checkout as it is."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, found = Path(name), list[Code]()
        tree = folder / "base"
        if base is not None:
            _run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, base)
            found.append(Code(base[:10], tree))
        found.append(HERE)
        try:
            yield [_furnished(code, folder / f"environment-{index}") for index, code in enumerate(found)]
        finally:
            if base is not None:
                _run("git", "-C", ROOT, "worktree", "remove", "--force", tree)


def _furnished(code: Code, environment: Path) -> Code:
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
