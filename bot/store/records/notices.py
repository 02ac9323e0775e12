"""The outbox of log channels: what a guild is owed besides its results. Each method is one transaction."""

import json
from collections.abc import Mapping
from datetime import datetime

import aiosqlite

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Value
from bot.domain.ids import GuildId, MessageId
from bot.domain.records.notice import Notice, NoticeKey
from bot.store.database import Database
from bot.store.statements import Statements

_BATCH = 100


async def owe(
    tx: aiosqlite.Connection,
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
    added = await Statements("notices").run(
        tx,
        "owe_notice",
        guild_id=guild_id,
        key=key,
        kind=kind,
        content=json.dumps(dict(values)),
        state="needless" if needless else "waiting",
        now=to_millis(now),
    )
    return bool(added)


class Notices:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("notices")

    async def owe(self, guild_id: GuildId, kind: str, key: str, values: Mapping[str, Value], now: datetime) -> bool:
        """The guild is owed this notice; once per key. False: it was told, or is being told, already."""
        return await self._db.write(lambda tx: owe(tx, guild_id, kind, key, values, now))

    async def open(self) -> list[tuple[NoticeKey, datetime]]:
        """Notices not yet delivered, each with the moment from which to try, soonest first."""
        rows = await self._db.read(lambda db: self._sql.all(db, "notices_open", limit=_BATCH))
        return [
            (NoticeKey(guild_id=GuildId(row["guild_id"]), key=row["notice_key"]), from_millis(row["due_at"]))
            for row in rows
        ]

    async def claim(self, notice: NoticeKey, now: datetime) -> Notice | None:
        """Counts an attempt; None when it is over already."""
        row = await self._db.write(
            lambda tx: self._sql.one(tx, "claim_notice", guild_id=notice.guild_id, key=notice.key, now=to_millis(now))
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
            lambda tx: self._sql.run(
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
            lambda tx: self._sql.run(
                tx, "bury_notice", guild_id=notice.guild_id, key=notice.key, because=because, now=to_millis(now)
            )
        )

    async def postpone(self, notice: NoticeKey, due: datetime) -> None:
        """Try again no sooner than `due`."""
        await self._db.write(
            lambda tx: self._sql.run(
                tx, "postpone_notice", guild_id=notice.guild_id, key=notice.key, due=to_millis(due)
            )
        )
