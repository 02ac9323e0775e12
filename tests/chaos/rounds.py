"""Rounds on one stage: members order while blows fall, then calm, then everything must have come to its end."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.chaos import evidence, members, trouble
from tests.chaos.evidence import Evidence, Patience
from tests.chaos.harness import Crew, Harness, raised
from tests.chaos.invariants import check

_TROUBLE = 2.2  # seconds in which members order and blows fall
_TAKEOVERS = 3  # for so many there is time in a round with several processes
_BOUND = 40.0  # seconds of calm after which all that was accepted is over
_LOOKING = 150.0  # seconds after which an order that never arrived is known to be absent
_OXEN_RESTARTS = 0.3  # how likely before a round
_DIALECTS = ("persistent", "browse", "ephemeral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: what was done, what came of it, and what was broken. Counts are of the round alone."""

    seed: int
    number: int
    blows: list[str]
    orders: int
    pressed: int  # orders among these that a press made
    posts: int
    charged: float
    looking: int
    unanswered: int
    seconds: float
    violations: list[str]
    complaints: list[str]  # what the bot logged as errors since the stage was raised

    def __str__(self) -> str:
        counts = f"{self.orders} orders ({self.pressed} by a press), {self.posts} posts, ${self.charged:.2f}"
        notes = f", {self.looking} looked for" if self.looking else ""
        notes += f", {self.unanswered} without an order" if self.unanswered else ""
        verdict = "ok" if not self.violations else f"{len(self.violations)} VIOLATIONS"
        done = " ".join(self.blows)
        return f"seed {self.seed}, round {self.number}: {counts}{notes} · {done} · {self.seconds:.1f} s · {verdict}"

    @property
    def report(self) -> str:
        """The violations, and how to see them again."""
        again = f"python -m tests.chaos.run --seed {self.seed} --rounds {self.number}"
        return "\n".join(
            [
                str(self),
                *(f"  {one}" for one in self.violations),
                *(f"  logged: {one}" for one in self.complaints),
                f"  replay: {again}",
            ]
        )


async def play(
    seed: int, rounds: int, *, wait: bool = False, keep: Path | None = None, crew: Crew | None = None
) -> AsyncGenerator[Round]:
    """Rounds 1 to `rounds` of that seed, one after the other on one stage, up to the first that breaks something.

    `wait`: the last one waits for orders that are looked for, two minutes and more. `keep`: where the folder of a
    stage goes on which something broke, with what the bot wrote down, its rows and the channel.
    """
    folder = Path(tempfile.mkdtemp(prefix="drover-chaos-"))
    try:
        async with raised(folder, _DIALECTS[seed % len(_DIALECTS)], crew) as harness:
            game = _Rounds(harness, seed)
            for number in range(1, rounds + 1):
                one = await game.round(number, last=number == rounds, wait=wait)
                yield one
                if one.violations:
                    await _keep(folder, keep, game.channel)
                    return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _keep(folder: Path, keep: Path | None, channel: str) -> None:
    if keep is not None:
        await asyncio.to_thread(shutil.copytree, folder, keep / folder.name)
        await asyncio.to_thread((keep / folder.name / "channel.txt").write_text, channel, encoding="utf-8")


class _Rounds:
    def __init__(self, harness: Harness, seed: int) -> None:
        self._harness = harness
        self._seed = seed
        self._interactions: dict[str, str] = {}
        self._before: Evidence | None = None

    @property
    def channel(self) -> str:
        """The channel at the end of the last round."""
        return "\n\n".join(
            f"{one.id} {one.created} {one.text}" for one in (self._before.messages if self._before else ())
        )

    async def round(self, number: int, *, last: bool, wait: bool) -> Round:
        """The round of that number; the `last` one also waits for what the bot does not hurry with."""
        harness, started = self._harness, time.monotonic()
        dice = Random(f"{self._seed}/{number}")  # noqa: S311 - seeded, so that a seed replays
        if number > 1 and dice.random() < _OXEN_RESTARTS:
            await harness.restart_oxen()
        crew = harness.crew
        seconds = _TROUBLE if crew is None else _TAKEOVERS * crew.lapse
        blows = trouble.draw(dice, seconds, crew)
        asked = members.draw(dice, f"{self._seed}-{number}", seconds)
        presses = members.draw_presses(dice, f"{self._seed}-{number}", seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(trouble.strike(harness, blows))
            group.create_task(members.act(harness.community, asked, presses, self._interactions))
        await harness.calm()
        patience = Patience(cards=last, looking=last and wait)
        late = await evidence.settled(harness, patience, (_LOOKING if patience.looking else 0) + _BOUND)
        seen = await evidence.gather(harness, self._interactions)
        return self._told(number, blows, seen, time.monotonic() - started, [*late, *check(seen)])

    def _told(self, number: int, blows: list[trouble.Blow], seen: Evidence, seconds: float, wrong: list[str]) -> Round:
        before, self._before = self._before, seen
        accepted = {seen.tag(order_id) for order_id in seen.orders}
        return Round(
            seed=self._seed,
            number=number,
            blows=[blow.name for blow in blows],
            orders=len(seen.orders) - (len(before.orders) if before else 0),
            pressed=len(seen.children) - (len(before.children) if before else 0),
            posts=len(seen.posts) - (len(before.posts) if before else 0),
            charged=seen.total - (before.total if before else 0),
            looking=seen.looking,
            unanswered=len(
                [
                    tag
                    for tag in seen.interactions
                    if tag not in accepted and tag.startswith(f"chaos-{self._seed}-{number}-")
                ]
            ),
            seconds=seconds,
            violations=wrong,
            complaints=evidence.complaints(self._harness.folder),
        )
