"""python -m tests.chaos.crowd: many orders at once for one guild, from several processes on one PostgreSQL.

The guild has a budget that holds only part of them and runs few at a time; its members take turns. All processes
accept, and all of them send and settle what was accepted, each as if it were alone. PostgreSQL looks on: a trigger
writes down, at each commit, what is spent and what runs, and at each admission whose turn it is and who waits before.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from bot.domain.clock import SystemClock
from bot.domain.errors import Refusal
from bot.domain.ids import IdMaker, RemoteId, UserId
from bot.domain.money import from_micro
from bot.store.postgres.connections import connect
from bot.store.postgres.database import PostgresDatabase
from bot.store.postgres.schema import migrate
from bot.store.wallet.policies import GuildPolicyRepository
from sandbox.postgres import server
from tests.cli.processes import fork
from tests.store.kit import GUILD, MIGRATIONS, MODERATOR, START, Store

EACH = Decimal("0.35")  # USD, of every order
_START, _IDLE = 4711, 0.05  # the lock that holds all back until all are there; seconds
_WITNESS = """
    CREATE TABLE answers (accepted BIGINT NOT NULL, refused BIGINT NOT NULL);
    CREATE TABLE commits (running BIGINT NOT NULL, micro_usd BIGINT NOT NULL);
    CREATE TABLE turns (number BIGSERIAL, requester_id BIGINT NOT NULL, event TEXT NOT NULL, before BIGINT NOT NULL);
    CREATE FUNCTION commit_seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO commits SELECT
            (SELECT COALESCE(SUM(open), 0) FROM queue_positions WHERE stage <> 'waiting'),
            (SELECT COALESCE(SUM(micro_usd), 0) FROM entries);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER commit_seen AFTER INSERT OR UPDATE OR DELETE ON queue_positions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_seen();
    CREATE FUNCTION turn_seen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.stage = 'waiting' THEN
            INSERT INTO turns (requester_id, event, before) VALUES (NEW.requester_id, 'waits', 0);
        ELSIF NEW.stage = 'admitted' THEN
            INSERT INTO turns (requester_id, event, before) SELECT NEW.requester_id,
                CASE WHEN TG_OP = 'INSERT' THEN 'at once' ELSE 'admitted' END, COUNT(*)
            FROM queue_positions AS p WHERE p.stage = 'waiting'
            AND (p.round, p.position, p.order_id) < (NEW.round, NEW.position, NEW.order_id);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER turn_seen AFTER INSERT OR UPDATE OF stage ON queue_positions
        FOR EACH ROW EXECUTE FUNCTION turn_seen();
"""
_NO_WITNESS = """
    DROP TABLE answers, commits, turns;
    DROP FUNCTION commit_seen CASCADE;
    DROP FUNCTION turn_seen CASCADE;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """`orders` at once, of so many `members` in turn, from so many `processes`; the budget holds `held` of them."""

    orders: int = 1000
    processes: int = 4
    members: int = 25
    held: int = 600
    running: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`spent` (USD) and `running` at most at any of `commits`, `left` open at the end.

    `passed_over`: admissions while somebody waited whose turn was before; `in_a_row`: the most turns that one member
    had while another one waited for a turn.
    """

    accepted: int
    refused: int
    commits: int
    spent: Decimal
    running: int
    left: int
    passed_over: int
    in_a_row: int

    def wrong(self, crowd: Crowd) -> list[str]:
        """What is not as it has to be."""
        found = {
            f"{self.accepted} accepted, though the budget holds {crowd.held}": self.accepted != crowd.held,
            f"{self.refused} refused": self.refused != crowd.orders - crowd.held,
            f"${self.spent} spent of ${EACH * crowd.held}": self.spent > EACH * crowd.held,
            f"{self.running} ran of {crowd.running}": self.running > crowd.running,
            f"{self.left} are not over": self.left > 0,
            f"{self.passed_over} admitted before their turn": self.passed_over > 0,
            f"{self.in_a_row} turns of one member while another waited": self.in_a_row > 2,
        }
        return [what for what, holds in found.items() if holds]


async def play(url: str, crowd: Crowd) -> Seen:
    """On a migrated database with nothing in it."""
    async with PostgresDatabase(url) as db:
        rules = {"day_budget": EACH * crowd.held, "running": crowd.running}
        await GuildPolicyRepository(db).change(GUILD, lambda before: replace(before, **rules), MODERATOR, START)
    with closing(connect(url)) as look, tempfile.TemporaryDirectory() as folder:
        look.execute(_WITNESS.encode())
        look.execute(f"SELECT pg_advisory_lock({_START})".encode())
        each = crowd.orders // crowd.processes
        arguments = [url, str(crowd.orders), str(each), str(crowd.members)]
        environment = {"PATH": os.environ["PATH"]}
        children = [
            await fork((str(number), *arguments), Path(folder), environment, module=f"{__package__}.crowd")
            for number in range(crowd.processes)
        ]
        waiting = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while look.execute(waiting.encode()).fetchall()[0][0] < crowd.processes:
            if any(child.returncode is not None for child in children):
                break
            await asyncio.sleep(_IDLE)
        look.execute(f"SELECT pg_advisory_unlock({_START})".encode())
        said = await asyncio.gather(*(child.communicate() for child in children))
        if any(child.returncode for child in children):
            raise RuntimeError("\n".join(error.decode() for _, error in said))
        seen = _seen(look)
        look.execute(_NO_WITNESS.encode())
        return seen


def _seen(look: Any) -> Seen:
    (accepted, refused), *_ = look.execute(b"SELECT SUM(accepted), SUM(refused) FROM answers").fetchall()
    (commits, spent, running), *_ = look.execute(
        b"SELECT COUNT(*), MAX(micro_usd), MAX(running) FROM commits"
    ).fetchall()
    (left,), *_ = look.execute(b"SELECT COUNT(*) FROM generations WHERE ended_at IS NULL").fetchall()
    turns = look.execute(b"SELECT requester_id, event, before FROM turns ORDER BY number").fetchall()
    return Seen(
        accepted=accepted, refused=refused, commits=commits, spent=from_micro(spent), running=running, left=left,
        passed_over=sum(before > 0 for _, _, before in turns), in_a_row=_row(turns),
    )  # fmt: skip


def _row(turns: list[tuple[int, str, int]]) -> int:
    """The most turns that one member had while another one waited, since that one's last turn.

    One is fair, and two where somebody's first order comes between them.
    """
    waits, most = Counter[int](), 0
    had: dict[int, Counter[int]] = {}  # by who waits: the turns of the others since
    for member, event, _ in turns:
        if event == "waits":
            waits[member] += 1
            had.setdefault(member, Counter())
            continue
        if event == "admitted":
            waits[member] -= 1
        for other, theirs in had.items():
            if other != member and waits[other]:
                theirs[member] += 1
                most = max(most, theirs[member])
        had[member] = Counter()
    return most


async def _take_part(number: int, url: str, orders: int, each: int, members: int) -> None:
    """One process: orders, and then has sent and settled whatever is there to be, until all is over."""
    async with PostgresDatabase(url) as db:
        store = Store(db, SystemClock())  # type: ignore[arg-type] - it only has to tell the time
        store.new_id = IdMaker(store.clock)
        with closing(connect(url)) as held_back:
            await asyncio.to_thread(held_back.execute, f"SELECT pg_advisory_lock_shared({_START})".encode())
        found = await asyncio.gather(
            *(store.accepted(by=UserId(1000 + (number + n) % members)) for n in range(each)), return_exceptions=True
        )
        refused = [one for one in found if isinstance(one, Refusal) and one.key == "limit-guild-day"]
        accepted = [one for one in found if not isinstance(one, BaseException)]
        for one in found:
            if isinstance(one, BaseException) and one not in refused:
                raise one
        with closing(connect(url)) as told:
            told.execute(b"INSERT INTO answers VALUES (%s, %s)", (len(accepted), len(refused)))
            over = "SELECT COALESCE(SUM(accepted + refused), 0) FROM answers"
            while True:
                due = await store.orders.to_send()
                if not due and told.execute(over.encode()).fetchall()[0][0] == orders:
                    if not told.execute(b"SELECT 1 FROM queue_positions").fetchall():
                        return
                    await asyncio.sleep(_IDLE)
                await asyncio.gather(*(_send(store, one.id) for one in due))


async def _send(store: Store, order_id: Any) -> None:
    sent = await store.orders.mark_sending(order_id, store.now)
    if sent is None:  # another process did
        return
    await store.orders.adopt(order_id, [RemoteId(f"remote-{order_id}")], store.now, complete=True)
    for generation in sent.generations:
        await store.succeed(generation.id)


@click.command()
@click.option("--orders", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--processes", type=click.IntRange(1), default=4, show_default=True)
@click.option("--members", type=click.IntRange(1), default=25, show_default=True)
@click.option("--running", type=click.IntRange(1), default=7, show_default=True, help="How many the guild has at once.")
def main(*, orders: int, processes: int, members: int, running: int) -> None:
    """Order at once for one guild; see that no budget and no limit is exceeded, and that everybody has their turn."""
    crowd = Crowd(
        orders=orders - orders % processes, processes=processes, members=members, held=orders * 3 // 5, running=running
    )
    began = time.monotonic()
    with server("max_connections=100") as postgres:
        migrate(postgres.url(), MIGRATIONS, SystemClock())
        seen = asyncio.run(play(postgres.url(), crowd))
    click.echo(f"{crowd.orders:,} orders at once for one guild, of {members} members, from {processes} processes")
    for what, found, most in (
        ("accepted", f"{seen.accepted}", f"the budget holds {crowd.held}"),
        ("refused for the budget", f"{seen.refused}", f"{crowd.orders - crowd.held}"),
        ("most spent and set aside", f"${seen.spent}", f"of ${EACH * crowd.held}"),
        ("most at once", f"{seen.running}", f"of {running}"),
        ("admitted before their turn", f"{seen.passed_over}", "0"),
        ("turns of one while another waits", f"{seen.in_a_row}", "1, or 2 beside somebody's first"),
    ):
        click.echo(f"  {what:34}{found:>10}   {most}")
    click.echo(
        f"  looked at in each of {seen.commits:,} changes of the queue, at its commit; {time.monotonic() - began:.0f} s"
    )
    if wrong := seen.wrong(crowd):
        click.echo("\n".join(wrong))
        sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) == 6 and sys.argv[1].isdigit():
        asyncio.run(_take_part(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])))
    else:
        main()
