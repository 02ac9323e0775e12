"""The keys that servers pay by, sealed. Each method is one transaction.

What is in a row opens nothing without a master key (`bot.store.wallet.vault`), and goes as soon as nobody needs it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.ids import GuildId, UserId
from bot.domain.money import from_micro
from bot.domain.orders.payer import KeyId
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.records.guild_log import owe
from bot.store.statements import Row, Statements
from bot.store.wallet.accounts import PayerChanges

KEY_REFUSED = "key-refused"  # the notice that a guild is owed once


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """`tail` is the last four characters, all that anybody is shown. `refused`: the provider takes it no more."""

    id: KeyId
    sealed: str
    tail: str
    refused: bool


class Keys:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._sql = Statements("keys")
        self._changes = PayerChanges(standard)

    async def get(self, key_id: KeyId) -> StoredKey | None:
        """The key, or None when it was deleted."""
        row = await self._db.read(lambda db: self._sql.one(db, "key_by_id", id=key_id))
        return _to_key(row) if row is not None else None

    async def give(self, guild_id: GuildId, key: StoredKey, namespace: str | None, by: UserId, now: datetime) -> None:
        """From now on the guild pays by `key`, from `namespace`."""

        async def work(tx: aiosqlite.Connection) -> None:
            at = to_millis(now)
            async with self._changes.noted(tx, guild_id, by, now):
                await self._sql.run(tx, "put_key", id=key.id, sealed=key.sealed, tail=key.tail, now=at)
                await self._sql.run(
                    tx, "give_key", guild_id=guild_id, key_id=key.id, namespace=namespace, by=by, now=at
                )

        await self._db.write(work)

    async def take(self, guild_id: GuildId, by: UserId, now: datetime, *, at_once: bool) -> KeyId | None:
        """The guild pays by its key no more; the key, or None when it had none.

        `at_once` deletes the key in the same transaction, unless another guild has entered the same; otherwise it
        goes with the last order under way by it (`delete_unneeded`).
        """

        async def work(tx: aiosqlite.Connection) -> KeyId | None:
            row = await self._sql.one(tx, "key_of_guild", guild_id=guild_id)
            if row is None:
                return None
            async with self._changes.noted(tx, guild_id, by, now):
                await self._sql.run(tx, "take_key", guild_id=guild_id, by=by, now=to_millis(now))
                if at_once:
                    await self._sql.run(tx, "delete_key", id=row["id"])
            return KeyId(row["id"])

        return await self._db.write(work)

    async def delete_unneeded(self) -> Sequence[KeyId]:
        """Deletes the keys that no guild has and no order needs any more; which those were."""
        if not await self._db.read(lambda db: self._sql.all(db, "keys_not_needed")):
            return []

        async def work(tx: aiosqlite.Connection) -> list[KeyId]:
            ids = [KeyId(row["id"]) for row in await self._sql.all(tx, "keys_not_needed")]
            for key_id in ids:
                await self._sql.run(tx, "delete_key", id=key_id)
            return ids

        return await self._db.write(work)

    async def refuse(self, key_id: KeyId, now: datetime) -> Sequence[GuildId]:
        """The provider takes the key no more; every guild that pays by it is owed the news, once. Which those are."""

        async def work(tx: aiosqlite.Connection) -> list[GuildId]:
            key = await self._sql.one(tx, "key_by_id", id=key_id)
            if key is None or await self._sql.one(tx, "refuse_key", id=key_id, now=to_millis(now)) is None:
                return []
            guilds = [GuildId(row["guild_id"]) for row in await self._sql.all(tx, "guilds_with_key", id=key_id)]
            for guild_id in guilds:
                once = f"{KEY_REFUSED}:{key_id}:{to_millis(now)}"
                await owe(tx, guild_id, KEY_REFUSED, once, {"tail": key["tail"]}, now)
            return guilds

        return await self._db.write(work)

    async def trial_used(self, guild_id: GuildId) -> Decimal:
        """What the guild has spent and reserved of the operator's own money. USD."""
        return await self._db.read(lambda db: trial_used(db, guild_id))


async def trial_used(db: aiosqlite.Connection, guild_id: GuildId) -> Decimal:
    """Within a transaction: what the guild has spent and reserved of the operator's own money. USD."""
    return from_micro(await Statements("keys").value(db, "trial_used", guild_id=guild_id))


def _to_key(row: Row) -> StoredKey:
    return StoredKey(id=KeyId(row["id"]), sealed=row["sealed"], tail=row["tail"], refused=row["refused_at"] is not None)
