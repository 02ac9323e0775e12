"""What is PostgreSQL's alone: broken connections, a COMMIT without an answer, who writes, servers that are wrong."""

import asyncio
import gc
import math
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack, closing, nullcontext, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome
from bot.domain.orders.order import OrderRecord
from bot.store.database import Owner, Work
from bot.store.faults import DatabaseFault
from bot.store.migrations import MigrationError
from bot.store.postgres.connections import Session, connect, conninfo, parameters
from bot.store.private import DatabaseInUse
from bot.store.statements import Connection, Single, read
from bot.store.storage import Storage, storage
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import GuildPolicyRepository
from tests.cases import for_each
from tests.postgres import MIGRATIONS, Postgres, named
from tests.store.kit import GUILD, MODERATOR, START, Store, balance_of, saying
from tests.store.test_statements import FAMILIES

_KINDS = ("BIGINT", "BIGINT", "BIGINT", "DOUBLE PRECISION", "DOUBLE PRECISION", "TEXT", "TEXT", "BIGINT")
UNLOCKED = "UPDATE writers SET unit = unit + 1 WHERE id = :writer RETURNING unit"
COUNTED = "SELECT content FROM key_values WHERE name = 'all'"

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'drover _%'"


@pytest.fixture
def place(postgres: Postgres) -> Storage:
    return storage(postgres.url)


def put(name: str, content: str = "x") -> Work[None]:
    def work(tx: Connection) -> None:
        tx.execute(
            "INSERT INTO key_values (name, content) VALUES (:name, :content)", {"name": name, "content": content}
        )

    return work


def names(db: Connection) -> list[str]:
    return [row["name"] for row in db.execute("SELECT name FROM key_values ORDER BY name").fetchall()]


# Statements.


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in {"postgres", "migrations"}])
def test_it_understands_every_statement(postgres: Postgres, family: str) -> None:
    """PostgreSQL has to tell the types of values that are NULL by itself, or all of them are numbers."""
    import psycopg

    from bot.store.postgres.connections import translated

    def refused(db: Any, statement: str, kind: int) -> str:
        values = re.findall(rb"%\((\w+)\)s", translated(statement))
        numbers = {value: b"$%d" % n for n, value in enumerate(dict.fromkeys(values), 1)}
        query = re.sub(rb"%\((\w+)\)s", lambda value: numbers[value[1]], translated(statement)).replace(b"%%", b"%")
        prepared = db.pgconn.prepare(b"", query, [kind] * len(numbers))
        return "" if prepared.status == psycopg.pq.ExecStatus.COMMAND_OK else prepared.error_message.decode()

    with closing(postgres.connect()) as db:
        found = {
            name: wrong
            for name, statement in read(family).items()
            if (wrong := refused(db, statement, 0)) and refused(db, statement, 20)
        }
    assert found == {}


async def test_values_and_rows_are_those_of_sqlite(postgres: Postgres) -> None:
    async with postgres.database() as db:
        assert db.connections().keys() == {"open", "most", "free", "waiting"}  # for the alert on an exhausted pool
        await db.write(put("100 % of :name; it's", "nothing\0here"))
        await db.write(put("b", "ä"))
        row, total, kept = await db.read(
            lambda reader: (
                reader.execute("SELECT content, name, content FROM key_values WHERE name LIKE '100 %'").fetchall()[0],
                reader.execute("SELECT SUM(CAST(LENGTH(name) AS BIGINT)) FROM key_values").fetchall()[0][0],
                reader.execute("SELECT name FROM key_values WHERE name < 'a' ORDER BY name").fetchall(),
            )
        )
    assert (row["name"], row[0], dict(row)) == (
        "100 % of :name; it's",
        "nothing\ufffdhere",
        {"content": "nothing\ufffdhere", "name": "100 % of :name; it's"},
    )
    assert (total, type(total)) == (21, int)
    assert len(kept) == 1


def test_values_are_written_as_psycopg_writes_them(postgres: Postgres) -> None:
    values = {
        "whole": 2**62, "least": -(2**63), "truth": True, "part": 0.1, "endless": math.inf, "text": "ä%s 'x' \\",
        "state": GenerationState.QUEUED, "none": None,
    }  # fmt: skip
    asked = ", ".join(f"CAST(:{name} AS {kind}) AS {name}" for name, kind in zip(values, _KINDS, strict=True))
    with connect(postgres.url) as direct, psycopg.connect(conninfo(postgres.url), **parameters()) as other:
        for again in range(3):  # before it is prepared, and after
            statement = f"SELECT {asked}, CAST(:whole AS BIGINT) - {again} AS less, 5 % 3 AS rest WHERE 1 <> 2"
            rows = [Session(each).execute(statement, values).fetchall() for each in (direct, other)]
            assert [tuple(row) for row in rows[0]] == [tuple(row) for row in rows[1]]
            assert rows[0][0]["text"] == values["text"]
            assert rows[0][0]["less"] == 2**62 - again
        assert Session(direct).execute(f"SELECT {asked}", {**values, "whole": None}).fetchone()["whole"] is None  # type: ignore[index]
        with pytest.raises(psycopg.ProgrammingError, match="no value of a statement: object"):
            direct.execute(b"SELECT %(it)s", {"it": object()})


def test_a_statement_that_failed_can_be_asked_again_and_a_lost_connection_says_so(postgres: Postgres) -> None:
    with connect(postgres.url) as db:
        for _ in range(2):
            with pytest.raises(psycopg.errors.DivisionByZero):
                Session(db).execute("SELECT 1 / CAST(:by AS INTEGER)", {"by": 0})
        assert Session(db).execute("SELECT 1 / CAST(:by AS INTEGER)", {"by": 1}).fetchall() == [(1,)]
        with closing(connect(postgres.url)) as other:
            Session(other).execute("SELECT pg_terminate_backend(CAST(:pid AS INTEGER))", {"pid": db.info.backend_pid})
        for _ in range(2):
            with pytest.raises(psycopg.OperationalError):
                Session(db).execute("SELECT 1 / CAST(:by AS INTEGER)", {"by": 1})
            assert db.closed


async def test_columns_that_a_newer_version_adds_are_no_matter(postgres: Postgres) -> None:
    async with postgres.database(connections=1) as db:
        await db.write(put("a", "1"))
        for sides in (
            Single(lambda reader: reader.execute("SELECT * FROM key_values WHERE name = :n", {"n": "a"}).fetchall()),
            lambda reader: reader.execute("SELECT * FROM key_values WHERE name = :n", {"n": "a"}).fetchall(),
        ):
            for column in ("", "ALTER TABLE key_values ADD COLUMN later{} TEXT"):
                with closing(connect(postgres.url)) as other:
                    other.execute(column.format(id(sides)))
                (row,) = await db.read(sides)
                assert (row["name"], row["content"]) == ("a", "1")


# Connections.


async def test_a_connection_that_breaks_before_the_commit_is_no_matter(postgres: Postgres) -> None:
    async with postgres.database() as db:
        runs: list[int] = []

        def work(tx: Connection) -> None:
            put("a")(tx)
            runs.append(len(runs))
            if len(runs) < 3:
                with closing(postgres.connect()) as other:
                    other.execute(f"{CUT} AND state = 'idle in transaction'")

        await db.write(work)
        assert len(runs) == 3
        assert await db.read(names) == ["a"]


async def test_when_all_connections_are_cut_off_the_next_unit_makes_new_ones(postgres: Postgres) -> None:
    async with postgres.database() as db:
        await asyncio.gather(*(db.write(put(f"{n}")) for n in range(20)))
        with closing(postgres.connect()) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'drover _%'"
            )
        await asyncio.gather(*(db.write(put(f"{n}")) for n in range(20, 40)))
        assert len(await db.read(names)) == 40


class Unanswered:
    """A connection whose next COMMIT is carried out, or not, and whose answer never comes."""

    def __init__(self, raw: Any, *, arrives: bool) -> None:
        self.raw = raw
        self.arrives = arrives

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def execute(self, statement: Any, *given: Any) -> Any:
        import psycopg

        if statement != "COMMIT":
            return self.raw.execute(statement, *given)
        if self.arrives:
            self.raw.execute(statement)
        self.raw.close()
        raise psycopg.OperationalError("the connection is lost")


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_commit_without_an_answer_is_asked_after(postgres: Postgres, arrives: bool) -> None:
    """The second time, it would count once more."""
    async with postgres.database() as db:
        lost: list[int] = []
        getconn = db._pool.getconn

        def sometimes() -> Any:
            if lost:
                return getconn()
            lost.append(1)
            return Unanswered(getconn(), arrives=arrives)

        putconn = db._pool.putconn
        db._pool.getconn = sometimes
        db._pool.putconn = lambda held: putconn(getattr(held, "raw", held))
        runs: list[int] = []

        def work(tx: Connection) -> int:
            runs.append(1)
            put("counted", "1")(tx)
            return 7

        assert await db.write(work) == 7
        assert await db.read(names) == ["counted"]
        assert len(runs) == (1 if arrives else 2)


async def test_a_unit_that_fails_is_undone_and_its_connection_goes_on(postgres: Postgres) -> None:
    async with postgres.database(connections=1) as db:

        def work(tx: Connection) -> None:
            put("a")(tx)
            raise LookupError("changed my mind")

        def passed_over(tx: Connection) -> None:
            put("b")(tx)
            with suppress(Exception):  # as nobody should
                put("b")(tx)

        with pytest.raises(LookupError):
            await db.write(work)
        with pytest.raises(Exception, match="duplicate key") as twice:
            await db.write(lambda tx: [put("c", "secret")(tx), put("c", "secret")(tx)])
        assert "DETAIL" not in str(twice.value), "it would repeat what members wrote"
        with pytest.raises(RuntimeError, match="passed over an error"):
            await db.write(passed_over)
        with pytest.raises(Exception, match="read-only"):
            await db.read(put("d"))
        assert await db.read(names) == []


async def test_a_caller_that_gives_up_gives_up_the_answer_alone(postgres: Postgres) -> None:
    def fails(_: Connection) -> None:
        raise LookupError

    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
    async with postgres.database() as db:
        asked = [asyncio.ensure_future(db.write(put(f"{n}"))) for n in range(30)]
        asked += [asyncio.ensure_future(db.write(fails)) for _ in range(3)]
        await asyncio.sleep(0)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    gc.collect()
    assert complaints == [], "nobody wants to hear of it"
    async with postgres.database() as db:
        assert len(await db.read(names)) == 30


# Who writes.


def count(name: str, between: Callable[[], object] = lambda: None) -> Work[None]:
    """One more: reads, lets something happen, and writes."""

    def work(tx: Connection) -> None:
        row = tx.execute("SELECT content FROM key_values WHERE name = :name", {"name": name}).fetchall()
        between()
        if not row:
            return put(name, "1")(tx)
        tx.execute(
            "UPDATE key_values SET content = :content WHERE name = :name",
            {"name": name, "content": str(int(row[0][0]) + 1)},
        )
        return None

    return work


async def test_one_unit_of_a_guild_at_a_time_and_of_others_meanwhile(postgres: Postgres) -> None:
    """Read, then write: nothing is lost of what the same guild's units, or all, have counted."""
    async with postgres.database() as db, asyncio.timeout(60):
        units = [db.write(count(f"{guild}"), Owner("guild", guild)) for guild in (1, 2, 3) for _ in range(30)]
        await asyncio.gather(*units, *(db.write(count("all")) for _ in range(30)))
        found = await db.read(lambda tx: tx.execute("SELECT name, content FROM key_values").fetchall())
    assert {name: int(content) for name, content in found} == {"1": 30, "2": 30, "3": 30, "all": 30}


@pytest.mark.parametrize(
    ("owner", "mutant", "counted"),
    [
        (Owner("guild", GUILD), nullcontext(), 3),
        (Owner("guild", GUILD), saying("begin_unit_of_guild", f"{UNLOCKED}, CAST(:id AS BIGINT)"), 2),
        (None, nullcontext(), 3),
        (None, saying("begin_unit_alone", UNLOCKED), 2),
    ],
    ids=["guild", "no guild's lock", "store", "no store's lock"],
)
async def test_each_lock_is_needed(
    postgres: Postgres, owner: Owner | None, mutant: AbstractContextManager[None], counted: int
) -> None:
    """Another process counts while one is between its reading and its writing."""
    read, on = threading.Event(), threading.Event()

    def between() -> None:
        read.set()
        on.wait()

    with mutant, closing(postgres.connect()) as look:
        async with postgres.database() as one, postgres.database() as other, asyncio.timeout(60):
            await one.write(count("all"), owner)
            first = asyncio.create_task(one.write(count("all", between), owner))
            await asyncio.to_thread(read.wait)
            second = asyncio.create_task(other.write(count("all"), owner))
            waits = asyncio.create_task(until_waiting(look, 1))
            await asyncio.wait({second, waits}, return_when=asyncio.FIRST_COMPLETED)
            waits.cancel()
            on.set()
            await asyncio.gather(first, second)
            assert await other.read(lambda tx: tx.execute(COUNTED).fetchall()) == [(str(counted),)]


async def test_the_guild_is_found_by_its_order_output_or_post(postgres: Postgres) -> None:
    async with postgres.database() as db:
        store = Store(db)
        record = await store.queued()
        await store.succeed(record.generations[0].id)
        post_id, _ = await store.open_post()
        held = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = :low"
        values = {"low": GUILD % 2**32}
        owners = [
            Owner("guild", GUILD),
            Owner("order", record.order.id),
            Owner("generation", record.generations[0].id),
            Owner("post", post_id),
        ]
        for owner in owners:
            assert await db.write(lambda tx: tx.execute(held, values).fetchall()[0][0], owner) == 1


async def until_waiting(db: Any, connections: int) -> None:
    """Returns when so many wait for a lock."""
    look = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while db.execute(look).fetchone()[0] < connections:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


async def test_one_guild_waits_for_itself_and_its_budget_holds(postgres: Postgres) -> None:
    """While something of one guild's is written, another orders; all at once, from four processes, orders take no more
    than there is.
    """

    def refused(error: Any) -> bool:
        return isinstance(error, Refusal) and error.key == "limit-guild-day"

    async with AsyncExitStack() as stack, asyncio.timeout(60):
        stores = [Store(await stack.enter_async_context(postgres.database())) for _ in range(4)]
        store, db = stores[0], stores[0].db
        for other_process in stores[1:]:
            other_process.new_id = store.new_id
        await GuildPolicyRepository(db).change(
            GUILD, lambda rules: replace(rules, day_budget=Decimal("3.5")), MODERATOR, START
        )
        with closing(postgres.connect()) as look, closing(postgres.connect()) as other, other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", (GUILD,))
            orders = [asyncio.create_task(store.accepted()) for _ in range(4)]
            await until_waiting(look, len(orders))
            assert (await store.accepted(guild=GUILD + 1)).order.context.guild_id == GUILD + 1
        found = await asyncio.gather(*orders, *(stores[n % 4].accepted() for n in range(36)), return_exceptions=True)
        accepted = [one for one in found if isinstance(one, OrderRecord)]
        assert (len(accepted), sum(map(refused, found))) == (10, 30)  # at $0.35
        assert (await balance_of(db, GUILD)).reserved == Decimal("3.5")


async def test_a_result_is_one_guilds_and_settling_it_holds_up_no_other(postgres: Postgres) -> None:
    """Two events name the same link, each for an output of another guild, while a third guild is busy for long."""

    def success(name: str) -> Outcome:
        return Outcome(state=GenerationState.SUCCEEDED, result_url=f"https://results.example/{name}.mp4", by_event=True)

    async with postgres.database() as db, asyncio.timeout(60):
        store = Store(db)
        first, second, third = [await store.queued(guild=GUILD + n) for n in range(3)]
        settled = store.generations.settle
        with closing(postgres.connect()) as other, other.transaction():
            other.execute("SELECT pg_advisory_xact_lock_shared(-20260101), pg_advisory_xact_lock(%s)", (GUILD + 2,))
            pair = (settled(one.generations[0].id, success("same"), store.now) for one in (first, second))
            ended = await asyncio.gather(*pair)
            assert sorted(one is None for one in ended) == [False, True]
            await Ledger(db).settle_cost(first.generations[0].id, Decimal("0.5"), store.now)
        assert await settled(third.generations[0].id, success("another"), store.now) is not None


async def test_an_id_that_two_guilds_want_at_once_is_the_firsts(postgres: Postgres) -> None:
    async with postgres.database() as db, asyncio.timeout(60):
        store = Store(db)
        first, second = await store.sending(), await store.sending(guild=GUILD + 1)
        with closing(postgres.connect()) as look, closing(postgres.connect()) as other, other.transaction():
            found = {"id": first.generations[0].id, "remote": "same"}
            other.execute("UPDATE generations SET state = 'queued', remote_id = %(remote)s WHERE id = %(id)s", found)
            adopting = asyncio.create_task(
                store.orders.adopt(second.order.id, [RemoteId("same")], store.now, complete=True)
            )
            await until_waiting(look, 1)
        assert (await adopting).ids == []
        assert await store.states(second.order.id) == [GenerationState.UNKNOWN]


async def test_a_command_that_has_to_be_alone_is_and_no_process_starts_meanwhile(
    place: Storage, postgres: Postgres
) -> None:
    with place.sole_user():
        with pytest.raises(DatabaseInUse, match="another Drover is running on postgresql://"), place.sole_user():
            pass
        with pytest.raises(DatabaseInUse, match=r"a command works on postgresql://.* alone"):
            await postgres.database().__aenter__()
    async with postgres.database(), postgres.database():
        with pytest.raises(DatabaseInUse), place.sole_user():
            pass
    with place.sole_user():
        pass


# Migrations.


def test_what_is_applied_is_known(place: Storage) -> None:
    state = place.inspect(MIGRATIONS)
    assert (len(state.applied), state.pending) == (len([*MIGRATIONS.glob("*.sql")]), ())
    assert place.migrate(MIGRATIONS) == ()


def test_a_schema_that_is_newer_or_lost_a_table(place: Storage, postgres: Postgres, tmp_path: Path) -> None:
    def said(statement: str, undo: str) -> str:
        with closing(postgres.connect()) as db:
            db.execute(statement.encode())
            try:
                with pytest.raises((MigrationError, DatabaseFault)) as refused:
                    place.inspect(MIGRATIONS)
            finally:
                db.execute(undo.encode())
        return str(refused.value)

    newer = "INSERT INTO schema_migrations VALUES ('9999.future', 'x', 0)"
    assert "newer Drover. Run that version" in said(newer, "DELETE FROM schema_migrations WHERE name = '9999.future'")
    served = "INSERT INTO schema_serves SELECT MAX(name), '9999.future' FROM schema_migrations"
    with closing(postgres.connect()) as db:
        db.execute(served.encode())
        db.execute(newer.encode())
        assert place.inspect(MIGRATIONS).pending == ()
        db.execute(b"DELETE FROM schema_migrations WHERE name = '9999.future'")
        db.execute(b"DELETE FROM schema_serves WHERE latest = '9999.future'")
    assert "table writers is missing" in said(
        "ALTER TABLE writers RENAME TO away", "ALTER TABLE away RENAME TO writers"
    )
    assert "another program's" in said(
        "ALTER TABLE schema_migrations RENAME TO away", "ALTER TABLE away RENAME TO schema_migrations"
    )


# Servers that are wrong.


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFault, match=r"no PostgreSQL answers at postgresql://127.0.0.1:1/drover.*Start it"):
        storage("postgresql://me:secret@127.0.0.1:1/drover").inspect(MIGRATIONS)
    with pytest.raises(DatabaseFault, match="no PostgreSQL answers at") as away:
        storage(f"postgresql://me:secret@/drover?host={tmp_path}").inspect(MIGRATIONS)
    assert "secret" not in str(away.value)


@for_each(
    ("change", "said"),
    [
        (("/drover_", "/nowhere"), "has no database of that name .*createdb"),
        (("postgres@", "nobody:secret@"), "does not know this user .*user and password in DROVER_DATABASE_URL"),
        (("?", "?options=-c%20default_transaction_read_only%3Don&"), "takes no changes. Name the primary"),
        (("?", "?nonsense=1&"), "is no URL of PostgreSQL's. Such as postgresql://"),
    ],
)
def test_a_server_that_does_not_let_us_work(postgres: Postgres, change: tuple[str, str], said: str) -> None:
    old, new = change
    url = named(postgres.url, "nowhere") if old == "/drover_" else postgres.url.replace(old, new, 1)
    with pytest.raises(DatabaseFault, match=said) as refused:
        storage(url).inspect(MIGRATIONS)
    assert "secret" not in str(refused.value)


def test_a_user_that_may_make_no_tables_and_a_wrong_encoding(postgres: Postgres) -> None:
    with closing(postgres.connect()) as db:
        db.execute(b"CREATE ROLE guest LOGIN")
        db.execute(b"CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(DatabaseFault, match=r"guest may not make tables .*owner of the database"):
            storage(postgres.url.replace("postgres@", "guest@", 1)).inspect(MIGRATIONS)
        with pytest.raises(DatabaseFault, match=r"encoding LATIN1\. Make one with `createdb --encoding=UTF8"):
            storage(named(postgres.url, "latin")).inspect(MIGRATIONS)
    finally:
        with closing(postgres.connect()) as db:
            db.execute(b"DROP DATABASE latin")
            db.execute(b"DROP ROLE guest")


def test_a_server_that_is_too_old_or_behind_a_pooler(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.store.postgres import faults

    with (
        pytest.raises(DatabaseFault, match=r"is version \d+. Drover needs 999 or newer"),
        faults.fit(postgres.url, 999),
    ):
        pass
    import psycopg

    monkeypatch.setattr(
        psycopg.ConnectionInfo, "backend_pid", 1
    )  # as behind PgBouncer, which tells a number of its own
    with pytest.raises(DatabaseFault, match=r"a pooler .*Name the server itself in DROVER_DATABASE_URL"):
        storage(postgres.url).inspect(MIGRATIONS)


@for_each(
    ("error", "said"),
    [
        ("DiskFull", "its disk is full .*Make room on the disk of PostgreSQL"),
        ("ReadOnlySqlTransaction", "a replica, or read-only .*Name the primary"),
        ("TooManyConnections", "has no connection left .*Raise max_connections"),
        ("AdminShutdown", "no PostgreSQL answers at .*Start it"),
    ],
)
def test_what_happens_while_it_runs_is_said_by_its_cause(error: str, said: str, place: Storage) -> None:
    import psycopg

    found = place.fault(getattr(psycopg.errors, error)("in the server's words"))
    assert found is not None
    with pytest.raises(DatabaseFault, match=said):
        raise found
    assert place.fault(psycopg.errors.UniqueViolation("a bug of ours")) is None
    assert place.fault(LookupError()) is None


async def test_a_server_that_restarts_keeps_what_was_answered(postgres: Postgres) -> None:
    if postgres.process is None:
        pytest.skip("the server of DROVER_TEST_POSTGRES is somebody else's to restart")
    async with postgres.database() as db:
        await db.write(put("before"))
        postgres.process.stop(at_once=False)
        waiting = asyncio.create_task(db.write(put("meanwhile")))
        await asyncio.to_thread(postgres.process.start)
        await waiting
        assert await db.read(names) == ["before", "meanwhile"]
