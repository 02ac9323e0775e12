"""What a guild is told and what is kept of its managers' acts: the audit log, and the outbox of its log channel.

Each method of a repository is one transaction; `owe` and `record` work inside a transaction that one has opened.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Value
from bot.domain.ids import GuildId, MessageId, UserId
from bot.domain.records.guild_log import Act, ActKind, ActRecord, Notice, NoticeKey
from bot.store.database import Database, of_shards
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("guild_log")
_BATCH = 100
_LAST = 2**62


def owe(
    tx: Connection,
    guild_id: GuildId,
    kind: str,
    key: str,
    values: Mapping[str, Value],
    now: datetime,
    *,
    needless: bool = False,
) -> bool:
    """Within a transaction: the guild is owed this notice. False: its key was told, or is being told, already.

    `needless` uses the key up without a word: something that says more is told in its place.
    """
    added = _SQL.run(
        tx,
        "owe_notice",
        guild_id=guild_id,
        key=key,
        kind=kind,
        content=json.dumps(dict(values), default=str),  # amounts as text
        state="needless" if needless else "waiting",
        now=to_millis(now),
    )
    return bool(added)


def record(tx: Connection, act: Act, now: datetime, *, told: bool) -> None:
    """Within the transaction that carries it out: the act, as the guild's next. `told` owes it to the log channel."""
    row = _SQL.one(
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
        owe(tx, act.guild_id, "act", f"act:{row['ordinal']}", values | change, now)


class Notices:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def owe(self, guild_id: GuildId, kind: str, key: str, values: Mapping[str, Value], now: datetime) -> bool:
        """The guild is owed this notice; once per key. False: it was told, or is being told, already."""
        return await self._db.write(lambda tx: owe(tx, guild_id, kind, key, values, now))

    async def told(self, guild_id: GuildId, key: str) -> bool:
        """Whether the guild was told, or is owed, the notice of this key."""
        return await self._db.read(lambda db: _SQL.one(db, "told_already", guild_id=guild_id, key=key)) is not None

    async def open(self) -> list[tuple[NoticeKey, datetime]]:
        """Notices not yet delivered, each with the moment from which to try, soonest first."""
        rows = await self._db.read(_SQL.rows("notices_open", limit=_BATCH, **of_shards(self._db)))
        return [
            (NoticeKey(guild_id=GuildId(row["guild_id"]), key=row["notice_key"]), from_millis(row["due_at"]))
            for row in rows
        ]

    async def claim(self, notice: NoticeKey, now: datetime) -> Notice | None:
        """Counts an attempt; None when it is over already."""
        row = await self._db.write(
            lambda tx: _SQL.one(tx, "claim_notice", guild_id=notice.guild_id, key=notice.key, now=to_millis(now))
        )
        if row is None:
            return None
        return Notice(
            id=notice,
            kind=row["kind"],
            values=json.loads(row["content"]),
            created_at=from_millis(row["created_at"]),
            attempt=row["attempts"],
            first_attempt_at=from_millis(row["first_attempt_at"]),
        )

    async def delivered(self, notice: NoticeKey, message_id: MessageId, now: datetime) -> None:
        """The log channel has it, as `message_id`."""
        await self._db.write(
            lambda tx: _SQL.run(
                tx,
                "notice_delivered",
                guild_id=notice.guild_id,
                key=notice.key,
                message_id=message_id,
                now=to_millis(now),
            )
        )

    async def dead_letter(self, notice: NoticeKey, because: str, now: datetime) -> None:
        """It can never be delivered, `because`: no log channel, or one that is gone."""
        await self._db.write(
            lambda tx: _SQL.run(
                tx, "dead_letter_notice", guild_id=notice.guild_id, key=notice.key, because=because, now=to_millis(now)
            )
        )

    async def postpone(self, notice: NoticeKey, due: datetime) -> None:
        """Try again no sooner than `due`."""
        await self._db.write(
            lambda tx: _SQL.run(tx, "postpone_notice", guild_id=notice.guild_id, key=notice.key, due=to_millis(due))
        )


class Audit:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, guild_id: GuildId, *, below: int | None = None, limit: int = 25) -> list[ActRecord]:
        """The guild's latest acts, newest first; those before the act with the ordinal `below`."""
        rows = await self._db.read(
            lambda db: _SQL.all(db, "acts", guild_id=guild_id, below=below or _LAST, limit=limit)
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
