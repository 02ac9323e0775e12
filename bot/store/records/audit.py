"""The audit log: who did what to a guild's rules and queue. Append-only."""

from datetime import datetime

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import GuildId, UserId
from bot.domain.records.acts import Act, ActKind, ActRecord
from bot.store.database import Database
from bot.store.records.guild_log import owe
from bot.store.statements import Row, Statements

_LAST = 2**62


async def record(tx: aiosqlite.Connection, act: Act, now: datetime, *, told: bool) -> None:
    """Within the transaction that carries it out: the act, as the guild's next. `told` owes it to the log channel."""
    row = await Statements("audit").one(
        tx,
        "record_act",
        guild_id=act.guild_id,
        now=to_millis(now),
        by=act.by,
        act=act.kind,
        subject=act.subject,
        before=act.before,
        after=act.after,
    )
    if told and row is not None:
        values = {"act": str(act.kind), "by": str(act.by), "subject": act.subject}
        change = {"before": act.before or "", "after": act.after or ""}
        await owe(tx, act.guild_id, "act", f"act:{row['ordinal']}", values | change, now)


class Audit:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("audit")

    async def page(self, guild_id: GuildId, *, below: int | None = None, limit: int = 25) -> list[ActRecord]:
        """The guild's latest acts, newest first; those before the act with the ordinal `below`."""
        rows = await self._db.read(
            lambda db: self._sql.all(db, "acts", guild_id=guild_id, below=below or _LAST, limit=limit)
        )
        return [to_act_record(row) for row in rows]


def to_act_record(row: Row) -> ActRecord:
    """A row of `audit`."""
    act = Act(
        guild_id=GuildId(row["guild_id"]),
        by=UserId(row["by_id"]),
        kind=ActKind(row["act"]),
        subject=row["subject"],
        before=row["before"],
        after=row["after"],
    )
    return ActRecord(act=act, at=from_millis(row["at"]), ordinal=row["ordinal"])
