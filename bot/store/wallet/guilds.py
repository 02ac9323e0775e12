"""Who pays for each guild, and small facts about this installation."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, UserId
from bot.domain.orders.payer import Account, KeyId
from bot.domain.records.acts import Act, ActKind
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.records.guild_log import record
from bot.store.rules import Rules
from bot.store.statements import Statements


class Guilds:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._sql = Statements("guilds")
        self._changes = PayerChanges(standard)

    async def account(self, guild_id: GuildId) -> Account:
        """What the guild has settled about its money; nothing, if it has settled nothing."""
        return await self._db.read(lambda db: _account(db, self._sql, guild_id))

    async def set_namespace(self, guild_id: GuildId, namespace: str | None, by: UserId, now: datetime) -> None:
        """From now on `namespace` pays for the guild's orders."""
        await self._db.write(lambda tx: self._set_namespace(tx, guild_id, namespace, by, now))

    async def claim_namespace(
        self, guild_id: GuildId, namespace: str, key: KeyId | None, by: UserId, now: datetime
    ) -> None:
        """The same for a namespace that `key` (None: the operator's) was found to be allowed to bill.

        Raises `Refusal` when the guild has another key by now; by the operator's key also when another guild pays from
        the namespace so, and somebody else than `by` set that.
        """

        async def work(tx: aiosqlite.Connection) -> None:
            if (await _account(tx, self._sql, guild_id)).key != key:
                raise Refusal("namespace-unchecked", namespace=namespace)
            if key is None and await self._sql.one(tx, "claimed", namespace=namespace, guild_id=guild_id, by=by):
                raise Refusal("namespace-taken", namespace=namespace)
            await self._set_namespace(tx, guild_id, namespace, by, now)

        await self._db.write(work)

    async def _set_namespace(
        self, tx: aiosqlite.Connection, guild_id: GuildId, namespace: str | None, by: UserId, now: datetime
    ) -> None:
        async with self._changes.noted(tx, guild_id, by, now):
            await self._sql.run(tx, "set_namespace", guild_id=guild_id, namespace=namespace, by=by, now=to_millis(now))


class PayerChanges:
    """Changes of who pays, as acts in the audit log: the key by its last four characters."""

    def __init__(self, standard: GuildPolicy) -> None:
        self._rules = Rules(standard)
        self._sql = Statements("guilds")

    @asynccontextmanager
    async def noted(
        self, tx: aiosqlite.Connection, guild_id: GuildId, by: UserId, now: datetime
    ) -> AsyncGenerator[None]:
        """Within a transaction: notes what the block changes, if it changes anything."""
        before = await _account(tx, self._sql, guild_id)
        yield
        after = await _account(tx, self._sql, guild_id)
        if before != after:
            act = Act(guild_id=guild_id, by=by, kind=ActKind.PAYER_CHANGED, before=_shown(before), after=_shown(after))
            told = (await self._rules.of(tx, guild_id)).acts_told
            await record(tx, act, now, told=told)


class Facts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("guilds")

    async def get(self, name: str) -> str | None:
        row = await self._db.read(lambda db: self._sql.one(db, "fact", name=name))
        return row["content"] if row is not None else None

    async def put(self, name: str, content: str) -> None:
        await self._db.write(lambda tx: self._sql.run(tx, "set_fact", name=name, content=content))


async def _account(db: aiosqlite.Connection, sql: Statements, guild_id: GuildId) -> Account:
    row = await sql.one(db, "account_of_guild", guild_id=guild_id)
    if row is None:
        return Account()
    refused = row["refused_at"] is not None
    return Account(namespace=row["namespace"], key=row["id"], tail=row["tail"], refused=refused)


def _shown(account: Account) -> str:
    return json.dumps({"namespace": account.namespace, "key": account.tail})
