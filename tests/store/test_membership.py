"""Several processes on one PostgreSQL: who lives, who is evicted, who has which role, and who may still act outside."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.checkup import processes as processes_of
from bot.domain.clock import SharedClock
from bot.domain.ids import GuildId
from bot.domain.roles import WORK, NotHeld, Replaced, Role, WantedRoles
from bot.store.postgres.membership import Timing
from bot.store.private import DatabaseInUse
from bot.store.storage import storage
from tests.postgres import Postgres
from tests.store.test_postgres import CUT, put

LAPSE, EVERY = 10.0, 2.0


class Process:
    """One that shares the database. Its clock is its own, and it beats when the test says so."""

    def __init__(self, postgres: Postgres, *, begins: float) -> None:
        self.passed = begins
        self.day = timedelta()  # what its clock is ahead of the true time of day
        self.readings: list[timedelta] = []  # the same, for each of the next ones
        self._beats = asyncio.Semaphore(0)
        self._rests = asyncio.Semaphore(0)
        self._stopped = False
        self.rest = 0.0
        self.db: Any = postgres.database(
            timing=Timing(
                LAPSE, EVERY, now=self.now, monotonic=lambda: self.passed, sleep=self._sleep, end=lambda _: None
            )
        )

    def now(self) -> datetime:
        return datetime.now(UTC) + (self.readings.pop(0) if self.readings else self.day)

    async def _sleep(self, seconds: float) -> None:
        self.rest = seconds  # how long it wanted to
        self._rests.release()
        await self._beats.acquire()

    async def start(self) -> None:
        await self.db.__aenter__()
        self.keeping = asyncio.create_task(self.db.until_replaced())
        await self._rests.acquire()

    async def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        self.keeping.cancel()
        with suppress(asyncio.CancelledError, Replaced):
            await self.keeping
        await self.db.close()

    async def beat(self) -> None:
        """Time goes on by two seconds, and then it beats and looks once."""
        self.passed += EVERY
        self._beats.release()
        resting = asyncio.create_task(self._rests.acquire())
        await asyncio.wait({resting, self.keeping}, return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()


Start = Callable[[], Any]


@asynccontextmanager
async def processes(postgres: Postgres) -> AsyncGenerator[Start]:
    """What starts one more. Their clocks are thirty seconds apart, and more."""
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        begins = iter((1_000.0, 1_030.0, 5.0, 900_000.0, 0.0))

        async def start() -> Process:
            process = Process(postgres, begins=next(begins))
            await process.start()
            stack.push_async_callback(process.stop)
            return process

        yield start


async def beats(count: int, *each: Process) -> None:
    for _ in range(count):
        for process in each:
            await process.beat()


async def test_a_process_that_stops_beating_is_evicted_and_writes_no_more(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        dead, one, other = [await start() for _ in range(3)]
        await beats(20, dead, one, other)
        await dead.db.write(put("before"))
        await beats(4, one, other)
        await dead.db.write(put("late, but nobody has evicted it"))
        await beats(3, one, other)
        with pytest.raises(Replaced, match="counted as gone"):
            await dead.db.write(put("too late"))
        with pytest.raises(NotHeld):
            dead.db.lease.hold()
        await beats(2, dead)  # its connections were ended as well
        assert isinstance(dead.keeping.exception(), Replaced)
        for living in (one, other):
            living.db.lease.hold()
            await living.db.write(put(f"{living.passed}"))


async def test_a_process_that_could_not_look_begins_to_watch_anew(postgres: Postgres) -> None:
    """After an outage of the database, or a pause of the machine, everybody seems to be silent."""
    async with processes(postgres) as start:
        paused, watcher = await start(), await start()
        await beats(2, paused, watcher)
        await beats(4, watcher)
        for process in (paused, watcher):
            process.passed += 60
        await beats(4, watcher)
        await paused.db.write(put("still here"))
        await beats(3, watcher)
        with pytest.raises(Replaced):
            await paused.db.write(put("now it is gone"))


async def test_an_outage_ends_the_lease_and_not_the_process(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        one, other = await start(), await start()
        await beats(2, one, other)
        real, one.db._membership._connection = one.db._membership._connection, broken
        await beats(4, one)
        one.db.lease.hold()  # 8 seconds after its last beat
        await beats(3, other)
        await one.beat()
        with pytest.raises(NotHeld):
            one.db.lease.hold()
        one.db._membership._connection = real
        await one.beat()
        one.db.lease.hold()
        with closing(postgres.connect()) as db:
            db.execute(CUT)
        await beats(3, one, other)
        one.db.lease.hold()


async def test_clocks_that_differ_are_put_right_by_the_database(postgres: Postgres) -> None:
    """Else what one machine writes down as due now is due in half a minute for the other."""
    async with processes(postgres) as start:
        one, other = await start(), await start()
        for days in ((30, -30), (30, -30), (30, 3600), (0.4, -0.4)):
            for process, day in zip((one, other), days, strict=True):
                process.day = timedelta(seconds=day)
            await beats(1, one, other)
            for process in (one, other):
                shared = SharedClock(process, lambda db=process.db: db.clock_ahead)
                assert abs(shared.now() - datetime.now(UTC)) < timedelta(seconds=2)
        assert one.db.clock_ahead == other.db.clock_ahead == timedelta(), "differences that do no harm are left alone"


async def test_an_answer_that_takes_long_puts_no_clock_right(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        one = await start()
        one.readings = [timedelta(), timedelta(seconds=40)]  # it was paused while the database answered
        await beats(1, one)
        assert one.db.clock_ahead == timedelta()


def broken() -> Any:
    import psycopg

    raise psycopg.OperationalError("away")


async def test_what_a_paused_process_holds_in_a_transaction_keeps_nobody_waiting(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        paused, other = await start(), await start()
        await beats(2, paused, other)
        inside, release = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def stops(tx: Any) -> None:
            put("half")(tx)
            loop.call_soon_threadsafe(inside.set)
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

        half = asyncio.create_task(paused.db.write(stops))  # alone: nobody else can write
        await inside.wait()
        await beats(7, other)
        await other.db.write(put("whole"))
        release.set()
        with pytest.raises(Replaced):
            await half


# Roles.

WHOLE = WantedRoles()


def shards(text: str) -> WantedRoles:
    return WantedRoles.of_shards(text, 4)


async def test_a_living_process_keeps_its_role_and_a_dead_ones_is_taken_over(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        first, second = await start(), await start()
        await first.db.take(WHOLE)
        asked = asyncio.create_task(second.db.take(WHOLE))
        await beats(2, first, second)
        with pytest.raises(DatabaseInUse, match=r"another Drover is running .*`drover run --shards`"):
            await asked
        asked = asyncio.create_task(second.db.take(WHOLE))
        await beats(5, second)
        assert second.db.role == Role(None, work=False)
        await beats(2, second)
        await asked
        assert second.db.role == Role()


async def test_slices_are_taken_in_turn_and_what_is_given_up_by_who_stands_by(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        one, two, three, four, spare = [await start() for _ in range(5)]
        everybody = [one, two, three, four, spare]
        await one.db.take(shards("auto/8"))
        await two.db.take(shards("auto/8"))
        await three.db.take(WORK)
        held = [str(each.db.role) for each in everybody]
        assert held == ["shards 0-3/8", "shards 4-7/8", "work", "nothing", "nothing"]
        waiting = asyncio.create_task(spare.db.take(shards("auto/8")))
        standing_by = asyncio.create_task(four.db.take(WORK))
        await beats(3, *everybody)
        assert not waiting.done()
        await two.stop()
        await three.stop()
        await beats(1, one, four, spare)
        await asyncio.gather(waiting, standing_by)
        assert [str(each.db.role) for each in (spare, four)] == ["shards 4-7/8", "work"]
        for wanted, said in (
            (shards("auto/16"), "count their shards alike"),
            (shards("3-4/8"), r"has shards \d-\d/8 on .* take a part that is free"),
            (WHOLE, "has .*, and this one wants shards 0-0/1 and work"),
        ):
            late = Process(postgres, begins=0.0)
            await late.start()
            asked = asyncio.create_task(late.db.take(wanted))
            await beats(2, one, four, spare, late)
            with pytest.raises(DatabaseInUse, match=said):
                await asked
            await late.stop()


async def test_the_check_says_who_does_what_and_what_nobody_does(postgres: Postgres) -> None:
    def said() -> list[str]:
        found = processes_of(storage(postgres.url))
        return [
            f"{'ok' if each.right else '!!'} {each.subject}: {each.text.partition(': ')[2] or each.text}"
            for each in found
        ]

    assert said() == []
    async with processes(postgres) as start:
        one, two, three = [await start() for _ in range(3)]
        assert said()[3:] == [
            "!! shards: nobody serves any; start `drover run --shards`",
            "!! work: nobody sends orders and follows them; start `drover work`",
        ]
        await one.db.take(shards("auto/8"))
        await two.db.take(WORK)
        assert sorted(said()) == [
            "!! shards: nobody serves 4, 5, 6, 7 of 8; start another `drover run --shards auto/8`",
            "ok process: shards 0-3/8",
            "ok process: stands by",
            "ok process: work",
        ]
        await three.db.take(shards("auto/8"))
        assert [line[:2] for line in said()] == ["ok", "ok", "ok"]


async def test_who_watches_looks_when_a_lapse_is_over_and_waits_for_no_beat(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        dead, one = await start(), await start()
        await beats(2, dead, one)  # whose last beat it has seen, when
        rests: list[float] = []
        one.passed += 0.5
        for _ in range(5):
            await one.beat()
            rests.append(one.rest)
        assert rests == [EVERY, EVERY, EVERY, 1.5, EVERY / 10], "the last one: the lapse is over, and it has looked"
        with pytest.raises(Replaced):
            await dead.db.write(put("too late"))
        await one.beat()
        assert one.rest == EVERY, "nobody else is there"


async def test_other_processes_hear_what_one_tells(postgres: Postgres) -> None:
    async with processes(postgres) as start:
        one, other = await start(), await start()
        news: asyncio.Queue[Any] = asyncio.Queue()
        listening = [asyncio.create_task(each.db.listen(news.put_nowait)) for each in (one, other)]
        assert [await news.get(), await news.get()] == [(), ()]
        await beats(1, one, other)
        one.db.tell(["post", "to send"])
        one.db.tell(["card"])
        heard = list(await news.get())
        while len(heard) < 3:
            heard += await news.get()
        assert sorted(heard) == ["card", "post", "to send"]
        assert news.empty(), "nobody hears itself"
        for each in listening:
            each.cancel()


FIRST, SECOND = GuildId(4 << 22), GuildId(5 << 22)  # of two shards, one of each


@pytest.mark.parametrize(
    ("told", "hears_first", "hears_second"),
    [
        (["post", "card"], True, True),  # of nobody in particular
        ([("post", FIRST)], True, False),
        ([("post", SECOND), ("card", SECOND)], False, True),
        ([("post", FIRST), ("card", SECOND)], True, True),
        ([("post", FIRST), "catalogue"], True, True),
        ([("post", GuildId(each << 22)) for each in range(0, 400, 2)], True, True),  # too many to be named
    ],
)
async def test_processes_with_shards_hear_of_their_guilds_and_workers_of_all(
    postgres: Postgres, told: list[str | tuple[str, GuildId]], hears_first: bool, hears_second: bool
) -> None:
    async with processes(postgres) as start:
        one, first, second, work = [await start() for _ in range(4)]
        for each, wanted in ((first, shards("0/2")), (second, shards("1/2")), (work, WORK)):
            await each.db.take(wanted)
        news: dict[Any, asyncio.Queue[Any]] = {each: asyncio.Queue() for each in (first, second, work)}
        listening = [asyncio.create_task(each.db.listen(queue.put_nowait)) for each, queue in news.items()]
        assert [await queue.get() for queue in news.values()] == [()] * 3
        for each in told:
            one.db.tell(*([[each]] if isinstance(each, str) else [[each[0]], each[1]]))
        what = sorted({each if isinstance(each, str) else each[0] for each in told})
        assert await news[work].get() == what
        one.db.tell(["end"])  # what was told before it has arrived
        for each, hears in ((first, hears_first), (second, hears_second)):
            heard = await news[each].get()
            assert heard == (what if hears else ["end"])
        for each in listening:
            each.cancel()


async def test_a_loop_that_hangs_ends_its_process(postgres: Postgres) -> None:
    ended: list[int] = []
    timing = Timing(lapse=0.1, every=0.02, end=ended.append)
    async with postgres.database(timing=timing) as db:
        keeping = asyncio.create_task(db.until_replaced())
        while not ended:
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251 - the loop hangs
        assert ended == [70]
        keeping.cancel()
