"""The processes that `bench.dispatchers` kills: Drover's roles, pgqueuer and procrastinate, with the same rows to send.

Started as `python -m bench.contestants NAME DATABASE OUTSIDE PAUSE`. All of them keep the truth in `sends`, through
Drover's store, with one guard; they differ in who is handed which id. A dispatcher comes twice: with nothing but its
own heartbeat, and with a lease in each row, which is the least that keeps a process that was paused from acting
outside. Neither dispatcher is among the requirements: they are imported where they are used.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import aiohttp
import psycopg

from bot.domain.roles import WORK, NotHeld
from bot.store.database import Owner
from bot.store.postgres.connections import conninfo
from bot.store.postgres.database import PostgresDatabase
from bot.store.postgres.membership import EVERY, LAPSE, application
from bot.store.statements import Connection

log = logging.getLogger("trial")

TABLES = """
    CREATE TABLE sends (
        id BIGINT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'accepted', attempt BIGINT NOT NULL DEFAULT 0,
        process TEXT, held_until TIMESTAMPTZ
    );
    CREATE INDEX sends_open ON sends (id) WHERE state <> 'sent'
"""
_OPEN = "SELECT id FROM sends WHERE state <> 'sent' ORDER BY id LIMIT :limit"
_CLAIM = """
    UPDATE sends SET state = 'sending', process = :process, attempt = attempt + 1,
        held_until = clock_timestamp() + CAST(:lease AS DOUBLE PRECISION) * INTERVAL '1 second'
    WHERE id = :id AND state <> 'sent' AND (held_until IS NULL OR held_until < clock_timestamp())
    RETURNING attempt
"""
_SENT = "UPDATE sends SET state = 'sent' WHERE id = :id AND attempt = :attempt"
_STATE = "SELECT state FROM sends WHERE id = :id"
AT_ONCE = 16  # calls of one process
_GUILDS = 24
_POLL, _AGAIN = 0.1, 1.0  # seconds
_NAME = "send"


class Held(Exception):
    """Another process has this row, and is not done with it."""


class Worker:
    """One process: claims a row, calls outside, and says in the row that it did. `pause`: a file that says when to."""

    def __init__(self, url: str, db: PostgresDatabase, outside: aiohttp.ClientSession, pause: Path) -> None:
        self.url, self.db = url, db
        self._outside, self._pause = outside, pause

    async def send(self, row: int, may_act: Callable[[float], None], lease: float = 0.0) -> None:
        """`may_act` is asked right before the call, with the time before the claim. Raises `Held` and its errors."""
        began = time.monotonic()
        values = {"id": row, "process": str(self.db.process), "lease": lease}
        of = Owner("guild", row % _GUILDS)
        claimed = await self.db.write(lambda db: db.execute(_CLAIM, values).fetchall(), of)
        if not claimed:
            if (await self.db.read(lambda db: db.execute(_STATE, {"id": row}).fetchall()))[0]["state"] != "sent":
                raise Held
            return
        self._pause_if_asked()
        attempt = claimed[0]["attempt"]
        if attempt == 1 or not await self._was_sent(row):
            may_act(began)
            sender = {"process": str(self.db.process), "pid": str(os.getpid())}
            async with self._outside.post(f"/send/{row}", params=sender) as answer:
                answer.raise_for_status()
        if not await self.db.write(lambda db: db.execute(_SENT, {"id": row, "attempt": attempt}).rowcount, of):
            raise Held

    async def open(self, limit: int) -> list[int]:
        def rows(db: Connection) -> list[int]:
            return [row["id"] for row in db.execute(_OPEN, {"limit": limit}).fetchall()]

        return await self.db.read(rows)

    async def _was_sent(self, row: int) -> bool:
        async with self._outside.get(f"/sent/{row}") as answer:
            return answer.ok

    def _pause_if_asked(self) -> None:
        try:
            self._pause.rename(self._pause.with_suffix(f".{os.getpid()}"))
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGSTOP)


class Contestant:
    """`install` makes its tables, `enqueue` hands over ids in the transaction of `db`, `work` is one process.

    `settings` are those of the store's connections.
    """

    settings = ""

    async def install(self, db: "psycopg.AsyncConnection[Any]") -> None: ...
    async def enqueue(self, db: "psycopg.AsyncConnection[Any]", ids: Sequence[int]) -> None: ...
    async def work(self, worker: Worker) -> None: ...

    async def send(self, worker: Worker, row: int) -> None:
        """Whoever is handed a row may act."""
        await worker.send(row, lambda _: None)


class Roles(Contestant):
    """The rows are the queue. Who holds the work sends them; the others stand by, and one of them takes it over."""

    async def work(self, worker: Worker) -> None:
        in_hand: set[int] = set()

        async def send(each: int) -> None:
            try:
                await worker.send(each, lambda _: worker.db.lease.hold())
            except (NotHeld, Held):
                pass
            finally:
                in_hand.discard(each)
                slots.release()

        async with asyncio.TaskGroup() as group:
            group.create_task(worker.db.until_replaced())
            await worker.db.take(WORK)
            slots = asyncio.Semaphore(AT_ONCE)
            while True:
                found = [each for each in await worker.open(4 * AT_ONCE) if each not in in_hand]
                for each in found:
                    await slots.acquire()
                    in_hand.add(each)
                    group.create_task(send(each))
                if not found:
                    await asyncio.sleep(_POLL)


class PgQueuer(Contestant):
    """pgqueuer: a job is a row of its own, picked again by any process when its heartbeat is older than the lapse.

    On asyncpg: with psycopg each of its statements waits for the LISTEN on the same connection.
    """

    async def install(self, db: "psycopg.AsyncConnection[Any]") -> None:
        from pgqueuer.db import PsycopgDriver
        from pgqueuer.queries import Queries

        await Queries(PsycopgDriver(db)).install()

    async def enqueue(self, db: "psycopg.AsyncConnection[Any]", ids: Sequence[int]) -> None:
        from pgqueuer.db import PsycopgDriver
        from pgqueuer.queries import Queries

        payloads = [str(each).encode() for each in ids]
        await Queries(PsycopgDriver(db)).enqueue([_NAME] * len(ids), payloads, [0] * len(ids))

    async def work(self, worker: Worker) -> None:
        import asyncpg
        from pgqueuer import PgQueuer as Queue
        from pgqueuer.errors import RetryRequested
        from pgqueuer.models import Job

        async def send(job: Job) -> None:
            try:
                await self.send(worker, int(job.payload or b""))
            except Exception as error:  # else the job is deleted
                raise RetryRequested(timedelta(seconds=_AGAIN), repr(error)) from error

        name = application(str(worker.db.process))
        while True:  # it does not connect again by itself
            try:
                db = await asyncpg.connect(worker.url, server_settings={"application_name": name})
                try:
                    queue = Queue.from_asyncpg_connection(db)
                    queue.entrypoint(_NAME)(send)
                    await queue.run(
                        dequeue_timeout=timedelta(seconds=EVERY),
                        batch_size=AT_ONCE // 2,
                        max_concurrent_tasks=AT_ONCE,
                        heartbeat_timeout=timedelta(seconds=LAPSE),
                        shutdown_on_listener_failure=True,
                    )
                finally:
                    db.terminate()
            except Exception:
                log.exception("pgqueuer ended")
            await asyncio.sleep(_AGAIN)


class Procrastinate(Contestant):
    """procrastinate: a job is a row of its own; those of a worker that beats no more are put back by a task of ours."""

    def _app(self, worker: Worker | None = None) -> Any:
        from procrastinate import App, PsycopgConnector, RetryStrategy

        if worker is None:
            return App(connector=PsycopgConnector())
        kwargs = {"application_name": application(str(worker.db.process))}
        app = App(connector=PsycopgConnector(conninfo=conninfo(worker.url), kwargs=kwargs, max_size=AT_ONCE // 2))

        @app.task(name=_NAME, retry=RetryStrategy(wait=int(_AGAIN)))
        async def send(row: int) -> None:
            await self.send(worker, row)

        @app.periodic(cron=f"* * * * * */{int(EVERY)}")
        @app.task(queueing_lock="stalled", queue="stalled")
        async def retry_stalled(timestamp: int) -> None:
            del timestamp
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=cast("int", LAPSE)):
                await app.job_manager.retry_job(job)

        return app

    async def install(self, db: "psycopg.AsyncConnection[Any]") -> None:
        from procrastinate.schema import SchemaManager

        await db.execute(SchemaManager.get_schema().encode())

    async def enqueue(self, db: "psycopg.AsyncConnection[Any]", ids: Sequence[int]) -> None:
        jobs = self._app().configure_task(_NAME, connection=db)
        await jobs.batch_defer_async(*({"row": each} for each in ids))

    async def work(self, worker: Worker) -> None:
        while True:  # it ends when a beat fails
            try:
                app = self._app(worker)
                async with app.open_async():
                    await app.run_worker_async(
                        concurrency=AT_ONCE,
                        fetch_job_polling_interval=EVERY,
                        update_heartbeat_interval=EVERY,
                        stalled_worker_timeout=LAPSE,
                        install_signal_handlers=False,
                    )
            except Exception:
                log.exception("procrastinate ended")
            await asyncio.sleep(_AGAIN)


class RowLease:
    """A claim holds its row for a lapse: so long nobody else claims it, and only so long its process may act.

    What a paused process has locked in the middle of a transaction keeps others waiting as long, and no longer.
    """

    settings = f"-c idle_in_transaction_session_timeout={LAPSE:g}s"

    async def send(self, worker: Worker, row: int) -> None:
        def may_act(began: float) -> None:
            if time.monotonic() - began > LAPSE:
                raise NotHeld

        await worker.send(row, may_act, LAPSE)


class LeasedPgQueuer(RowLease, PgQueuer):
    pass


class LeasedProcrastinate(RowLease, Procrastinate):
    pass


CONTESTANTS: dict[str, Contestant] = {
    "roles": Roles(),
    "pgqueuer": PgQueuer(),
    "procrastinate": Procrastinate(),
    "pgqueuer and leases": LeasedPgQueuer(),
    "procrastinate and leases": LeasedProcrastinate(),
}


async def _main(name: str, url: str, outside: str, pause: str) -> None:
    contestant = CONTESTANTS[name]
    database = PostgresDatabase(f"{url}&options={quote(contestant.settings)}")
    async with database as db, aiohttp.ClientSession(outside) as session:
        await contestant.work(Worker(url, db, session, Path(pause)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_main(*sys.argv[1:]))
