"""The world outside the bot: one seed decides everything that can go wrong in it."""

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from bot.domain.roles import ALWAYS
from tests.simulation.virtual import Timeline


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely each kind of trouble is, between 0 and 1, drawn once for a seed."""

    refused: float
    lost_before: float
    lost_after: float
    rejected: float
    partial: float
    read_fails: float
    stream_breaks: float
    event_lost: float
    event_twice: float
    lies: float
    fails: float
    discord_down: float
    discord_after: float
    too_large: float
    channel_gone: float
    channel_back: float
    clock_jumps: float
    clock_wrong: float
    hidden: float
    very_late: float
    slow: float
    key_revoked: float
    token_dies: float = 0.0
    token_silent: float = 0.0


def draw_weather(rng: random.Random) -> Weather:
    """Some seeds are calm, most have a few kinds of trouble, some have all of them."""
    stormy = rng.choice([0.0, 0.3, 0.6, 1.0])

    def chance(most: float) -> float:
        return rng.random() * most if rng.random() < stormy else 0.0

    weather = Weather(
        refused=chance(0.5), lost_before=chance(0.4), lost_after=chance(0.5), rejected=chance(0.2),
        partial=chance(0.3), read_fails=chance(0.4), stream_breaks=chance(0.5), event_lost=chance(0.8),
        event_twice=chance(0.5), lies=chance(0.6),
        fails=chance(0.4), discord_down=chance(0.4), discord_after=chance(0.4),
        too_large=chance(0.3), channel_gone=chance(0.1), channel_back=chance(0.5),
        clock_jumps=chance(0.5), key_revoked=chance(0.2),
        clock_wrong=chance(0.5), hidden=chance(0.4), very_late=chance(0.6), slow=chance(1.0),
    )  # fmt: skip
    return replace(weather, token_dies=chance(0.8), token_silent=chance(0.3))


@dataclass(slots=True)
class World:
    """Time, dice and trouble. `calm` ends all trouble: from then on everything must come to its end.

    `over`: the run has ended, and only what its lives left behind is cleared away. `owned`: the ids in the bot's rows.
    `expected`: what the bot's work may fail with, beside what its services expect.
    """

    seed: int
    timeline: Timeline = field(default_factory=Timeline)
    calm: bool = False
    over: bool = False
    expected: tuple[type[Exception], ...] = ()
    signed: int = 0  # links to results, each of its own
    owned: Callable[[], Collection[str]] = frozenset
    violations: list[str] = field(default_factory=list)
    rng: random.Random = field(init=False)
    weather: Weather = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.weather = draw_weather(self.rng)

    def happens(self, chance: float) -> bool:
        """Whether this trouble strikes now."""
        return self.rng.random() < chance and not self.calm

    @staticmethod
    def leaves() -> None:
        """Right before a request takes effect. Raises `NotHeld` where its process may not make it any more."""
        getattr(asyncio.get_running_loop(), "may_act", ALWAYS)()

    async def takes(self, least: float, most: float) -> None:
        """A call to the outside takes this many seconds, at random."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.timeline.at(self.rng.uniform(least, most), lambda: _resolve(done))
        await done

    def later(self, least: float, most: float, happen: Callable[[], None]) -> None:
        """Lets something happen whether the bot lives or not."""
        self.timeline.at(self.rng.uniform(least, most), happen)

    def violated(self, what: str) -> None:
        """An invariant is broken; the run goes on, to show what comes of it."""
        self.violations.append(f"at {self.timeline.seconds:.3f} s: {what}")


def _resolve(future: "asyncio.Future[None]") -> None:
    # The loop of a life that has ended takes no more calls; its futures belong to nobody.
    if not getattr(future.get_loop(), "dead", False) and not future.done():
        future.set_result(None)
