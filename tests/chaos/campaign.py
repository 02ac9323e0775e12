"""One long campaign: members of many servers order all the time, while blows fall on several processes and PostgreSQL.

Blows are spread over the orders, not over the time: so many orders later the next one falls, however long these take.
The first tenth of the orders is left in peace: what these take is what the others are compared with. At the end one
waits until all is over, and looks at all of it at once (`table.py`).
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random

import click

from bot.store.faults import DatabaseFault
from sandbox.demo.processes import Processes
from tests.chaos import evidence, members
from tests.chaos.evidence import Patience
from tests.chaos.harness import Crew, Harness, Keeper, raised
from tests.chaos.members import OWNER
from tests.chaos.table import EVERYBODY, Hit, Played, Table, takeover, tell
from tests.chaos.trouble import ACKNOWLEDGE, DELETE, ENQUEUE, POST
from tests.chaos.wire import Trap

KILL, RESTART, PAUSE, CUT = "SIGKILL", "restart of PostgreSQL", "SIGSTOP", "cut"
UPGRADE, BACK = "upgrade", "way back"
_PEACE = 0.1  # of the orders
_SEVERAL, _CANCELLED, _CHANGED_MIND = 0.1, 0.05, 0.4  # of the orders; seconds after which one is cancelled
_TRAP = 5.0  # seconds within which what a process is to be killed at comes by, else it is killed without
_EVERY = 1.0  # seconds between two looks into the database
_READY = 60.0  # seconds until all roles are held, at first
_OVER, _LOOKING = 120.0, 130.0  # seconds after which all is over; as many more where what never arrived is looked for
_LOOK = 3.0  # seconds between two looks whether it is
_COUNTS = """
    SELECT (SELECT COUNT(*) FROM orders) AS orders, (SELECT COUNT(*) FROM generations) AS generations,
        (SELECT COUNT(*) FROM departures) AS departures
"""
_CONNECTED = """
    SELECT COUNT(*) AS open FROM pg_stat_activity WHERE application_name LIKE 'drover _%' GROUP BY application_name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`rate`: orders a second, of `guilds` servers. `wait`: also for orders that never arrived, for two minutes."""

    orders: int
    kills: int
    rate: float
    guilds: int = 40
    seed: int = 0
    wait: bool = True

    @property
    def blows(self) -> list[str]:
        """With a hundred kills five restarts of the database, three long pauses, and ten cuts of connections."""
        others = {RESTART: self.kills // 20, PAUSE: self.kills * 3 // 100, CUT: self.kills // 10}
        found = [KILL] * self.kills + [kind for kind, times in others.items() for _ in range(max(1, times))]
        Random(self.seed).shuffle(found)  # noqa: S311 - seeded
        return found


async def play(
    campaign: Campaign, crew: Crew, *, keep: Path | None = None, before: Callable[[Path], Processes] | None = None
) -> Table:
    """What came of it. `keep`: where the folder goes if something is broken.

    `before`: instead of being killed, the processes begin as those of another version and are replaced by the present
    one in turn; then those for the work go back and forth once more.
    """
    folder = Path(tempfile.mkdtemp(prefix="drover-chaos-"))
    try:
        old = before(folder) if before is not None else None
        async with raised(folder, "browse", crew, campaign.guilds, old) as harness:
            game = _Campaign(harness, campaign, crew, old)
            async with game.watched():
                table = await game.play()
        if table.failed and keep is not None:
            await asyncio.to_thread(shutil.copytree, folder, keep / folder.name)
        return table
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Campaign:
    """`old`: what starts processes of the version before."""

    def __init__(self, harness: Harness, campaign: Campaign, crew: Crew, old: Processes | None) -> None:
        self._harness = harness
        self._campaign = campaign
        self._crew = crew
        self._old = old
        self._dice = Random(campaign.seed)  # noqa: S311 - seeded
        self._interactions: dict[str, str] = {}
        self._hits: list[Hit] = []
        self._struck: list[str] = []
        self._in_peace = 0, 0  # requests to Oxen and generations
        self._orders, self._generations, self._departures = 0, 0, 0  # rows, when they were last looked at
        self._connections = 0  # the most of a process
        self._upgraded_at = 0.0  # unix seconds

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        """Somebody looks into the database meanwhile."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def play(self) -> Table:
        """Orders and blows, then calm, then a look at everything."""
        campaign, harness = self._campaign, self._harness
        async with asyncio.timeout(_READY):
            while not await self._is_served():  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.1)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._order())
            group.create_task(self._strike(self._renewals if self._old is not None else campaign.blows))
        seconds = time.monotonic() - began
        await harness.calm()
        patience = Patience(cards=True, looking=campaign.wait)
        until = _OVER + (_LOOKING if campaign.wait else 0)
        late = await evidence.settled(harness, patience, until, min(_LOOK, campaign.orders / 1000))
        requests = await harness.requests()
        return tell(
            Played(
                seen=await evidence.gather(harness, self._interactions),
                late=late,
                wanted=campaign.orders,
                seconds=seconds,
                lapse=self._crew.lapse,
                struck=self._struck,
                hits=self._hits,
                in_peace=self._in_peace,
                requests=requests,
                refused=(await harness.community.requests())["refused"],
                connections=self._connections,
                departures=self._departures,
                complaints=evidence.complaints(harness.folder),
                by_the_old=None if self._old is None else self._by_the_old(),
            )
        )

    async def _is_served(self) -> bool:
        """Whether all roles are held, and the commands are there."""
        some, held = self._harness.guilds[0], {each.role for each in self._harness.keepers} - {None}
        offered = await self._harness.community.commands(user=OWNER, channel=some["channel"], guild=some["name"])
        return len(held) > self._crew.shards and bool(offered)

    @property
    def _renewals(self) -> list[str]:
        workers = sum(each.works for each in self._harness.keepers)
        return [UPGRADE] * len(self._harness.keepers) + [BACK] * workers + [UPGRADE] * workers

    async def _order(self) -> None:
        """Returns when there are so many, the last takeover has been seen, and nobody waits for an answer any more."""
        guilds, number = self._harness.guilds, 0
        async with asyncio.TaskGroup() as group:
            start = time.monotonic()
            while self._orders < self._campaign.orders or self._is_being_replaced:
                drawn = members.draw_one(self._dice, f"chaos-{self._campaign.seed}-0-{number}", 0)
                several, cancelled = self._dice.random() < _SEVERAL, self._dice.random() < _CANCELLED
                where = guilds[number % len(guilds)]
                asked = replace(
                    drawn, user=OWNER, guild=where["name"], channel=where["channel"], patient=False,
                    options={name: value for name, value in drawn.options.items() if name != "count" or several},
                    cancel_after=_CHANGED_MIND if cancelled else None,
                )  # fmt: skip
                group.create_task(members.ask(self._harness.community, asked, self._interactions))
                number += 1
                await asyncio.sleep(start + number / self._campaign.rate - time.monotonic())

    @property
    def _is_being_replaced(self) -> bool:
        return bool(self._hits) and time.time() < self._hits[-1].at + takeover(self._crew.lapse)

    async def _strike(self, blows: list[str]) -> None:
        """All of them, each when its share of the orders is there."""
        acts = {
            KILL: self._kill, RESTART: self._restart, CUT: self._cut,
            UPGRADE: lambda: self._renew(old=False), BACK: lambda: self._renew(old=True),
        }  # fmt: skip
        peace, began = self._campaign.orders * _PEACE, time.monotonic()
        await self._ordered(peace)
        self._in_peace = await self._harness.requests(), self._generations
        async with asyncio.TaskGroup() as group:
            for number, kind in enumerate(blows):
                await self._ordered(peace + (self._campaign.orders - peace) * number / len(blows))
                at, known = f"{self._orders:,} orders, {time.monotonic() - began:.0f} s", len(self._hits)
                if kind == PAUSE:  # others go on meanwhile
                    group.create_task(self._pause())
                    await asyncio.sleep(0)
                else:
                    await acts[kind]()
                self._struck.append(kind)
                whose = " of ".join([kind, *(hit.role for hit in self._hits[known:])])
                click.echo(f"{at}: {whose}, {number + 1} of {len(blows)}", err=True)

    async def _ordered(self, count: float) -> None:
        while self._orders < count:  # noqa: ASYNC110 - the rows do not tell
            await asyncio.sleep(0.1)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(DatabaseFault):  # it is being started
                await asyncio.to_thread(self._look)
            await asyncio.sleep(_EVERY)

    def _look(self) -> None:
        with self._harness.database.reading() as db:
            counts = db.execute(_COUNTS).fetchall()[0]
            self._orders, self._generations = counts["orders"], counts["generations"]
            self._departures = counts["departures"]
            self._connections = max([self._connections, *(row["open"] for row in db.execute(_CONNECTED).fetchall())])

    # Blows.

    async def _kill(self) -> None:
        """Anybody at any moment; or who does something right when it leaves, or when its answer comes."""
        dice = self._dice
        request = dice.choice([None, None, None, ENQUEUE, POST, ACKNOWLEDGE, DELETE])
        on_answer, later = dice.random() < 0.5, dice.choice([0.0, 0.0, 0.005, 0.03, 0.1])
        swallow = on_answer or dice.random() < 0.25
        if request is None:
            await self._killed(lambda _: True)
            return
        over = asyncio.Event()
        of_discord = request in {POST, ACKNOWLEDGE}

        async def spring() -> None:
            await asyncio.sleep(0 if swallow else later)
            await self._killed(lambda each: (each.role or "").startswith("shards" if of_discord else "work"))
            over.set()

        wire = self._harness.to_discord if of_discord else self._harness.to_oxen
        wire.traps.append(Trap(request=request, on_answer=on_answer, swallow=swallow, spring=spring))
        try:
            await asyncio.wait_for(over.wait(), _TRAP)
        except TimeoutError:
            wire.calm()
            await self._killed(lambda _: True)

    async def _killed(self, fits: Callable[[Keeper], bool]) -> None:
        """One that runs and fits; where none does, any that runs."""
        while not (running := [each for each in self._harness.keepers if each.alive]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        keeper = self._dice.choice([each for each in running if fits(each)] or running)
        self._hit(keeper)
        keeper.kill(self._dice.choice([0.3, 0.3, 1.0]))

    async def _pause(self) -> None:
        """Of who has a role, for twice as long as it may be silent."""
        keepers = self._harness.keepers
        keeper = self._dice.choice([each for each in keepers if each.role] or keepers)
        self._hit(keeper)
        await keeper.freeze(2 * self._crew.lapse)

    async def _restart(self) -> None:
        self._hits.append(Hit(time.time(), EVERYBODY))
        await self._harness.restart_postgres(at_once=self._dice.random() < 0.5, away=self._dice.uniform(0, 1))

    async def _cut(self) -> None:
        """All connections: to the database, or one side's, which then refuses new ones, or is silent, for a moment."""
        wire = self._dice.choice([None, self._harness.to_oxen, self._harness.to_discord])
        if wire is None:
            await self._harness.cut_postgres()
        elif self._dice.random() < 0.5:
            wire.cut()
        else:
            await self._dice.choice([wire.refuse, wire.hold])(self._dice.uniform(0.2, 1.5))

    async def _renew(self, *, old: bool) -> None:
        """One process ends in good order and comes back as the present version: first those that stand by.

        Or, if it is for the work, as the `old` one again. Returns when it is there.
        """
        harness = self._harness
        self._upgraded_at = self._upgraded_at or time.time()
        keepers = [each for each in harness.keepers if (each.processes is self._old) is not old and each.works >= old]
        keeper = min(keepers, key=lambda each: each.role is not None)
        self._hit(keeper)
        await keeper.replace(self._old if old and self._old is not None else harness.processes)
        async with asyncio.timeout(_READY):
            while len(await asyncio.to_thread(harness.database.processes)) < len(harness.keepers):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    def _by_the_old(self) -> Counter[str]:
        """What processes of the version before logged after the first of the present one was started."""
        found = Counter[str]()
        for log in [log for each in self._harness.keepers for started, log in each.logs if started is self._old]:
            for line in log.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if datetime.fromisoformat(said["timestamp"]).timestamp() > self._upgraded_at:
                        found[said["event"]] += 1
        return found

    def _hit(self, keeper: Keeper) -> None:
        if keeper.role is not None:
            self._hits.append(Hit(time.time(), keeper.role))
