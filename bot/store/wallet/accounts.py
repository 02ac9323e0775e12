"""Who pays for each guild: a namespace and a key of its own, sealed. Each method is one transaction.

A key's row opens nothing without a master key (`bot.store.wallet.vault`), and goes as soon as nobody needs it.
`standard` are the rules of a guild that has set none.
"""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.clock import to_millis
from bot.domain.errors import Refusal
from bot.domain.ids import OXEN, GuildId, ProviderName, UserId
from bot.domain.money import from_micro
from bot.domain.orders.payer import Account, KeyId, Payer
from bot.domain.records.guild_log import Act, ActKind
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.records.guild_log import owe, record
from bot.store.rows import policy_of, to_payer
from bot.store.statements import Connection, Row, Statements

_SQL = Statements("accounts")
KEY_REFUSED = "key-refused"  # the notice that a guild is owed once


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """`tail` is the last four characters, all that anybody is shown. `refused`: the provider takes it no more."""

    id: KeyId
    provider: ProviderName = OXEN
    sealed: str
    tail: str
    refused: bool


class Guilds:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard

    async def account(self, guild_id: GuildId, provider: ProviderName = OXEN) -> Account:
        """What the guild has settled about its money; nothing, if it has settled nothing."""
        return _to_account(await self._db.read(_SQL.row("account_of_guild", guild_id=guild_id, provider=provider)))

    async def payers(self) -> dict[GuildId, Payer]:
        """Who pays for each guild that has settled something."""
        rows = await self._db.read(lambda db: _SQL.all(db, "payers"))
        return {GuildId(row["guild_id"]): to_payer(row) for row in rows}

    async def set_namespace(
        self, guild_id: GuildId, namespace: str | None, by: UserId, now: datetime, provider: ProviderName = OXEN
    ) -> None:
        """From now on `namespace` pays for the guild's orders."""
        await self._db.write(lambda tx: self._set_namespace(tx, guild_id, provider, namespace, by, now))

    async def claim_namespace(
        self,
        guild_id: GuildId,
        namespace: str,
        key: KeyId | None,
        by: UserId,
        now: datetime,
        provider: ProviderName = OXEN,
    ) -> None:
        """The same for a namespace that `key` (None: the operator's) was found to be allowed to bill.

        Raises `Refusal` when the guild has another key by now; by the operator's key also when another guild pays from
        the namespace so, and somebody else than `by` set that.
        """

        def work(tx: Connection) -> None:
            if account_of(tx, guild_id, provider).key != key:
                raise Refusal("namespace-unchecked", namespace=namespace)
            asked = {"namespace": namespace, "guild_id": guild_id, "provider": provider, "by": by}
            if key is None and _SQL.one(tx, "claimed", **asked):
                raise Refusal("namespace-taken", namespace=namespace)
            self._set_namespace(tx, guild_id, provider, namespace, by, now)

        await self._db.write(work)

    def _set_namespace(
        self,
        tx: Connection,
        guild_id: GuildId,
        provider: ProviderName,
        namespace: str | None,
        by: UserId,
        now: datetime,
    ) -> None:
        row = {"guild_id": guild_id, "provider": provider, "namespace": namespace, "by": by, "now": to_millis(now)}
        with _noted(tx, guild_id, provider, by, now, self._standard):
            _SQL.run(tx, "set_namespace", **row)


class Keys:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._standard = standard

    async def get(self, key_id: KeyId) -> StoredKey | None:
        """The key, or None when it was deleted."""
        row = await self._db.read(lambda db: _SQL.one(db, "key_by_id", id=key_id))
        if row is None:
            return None
        return StoredKey(
            id=KeyId(row["id"]),
            provider=ProviderName(row["provider"]),
            sealed=row["sealed"],
            tail=row["tail"],
            refused=row["refused_at"] is not None,
        )

    async def give(self, guild_id: GuildId, key: StoredKey, namespace: str | None, by: UserId, now: datetime) -> None:
        """From now on the guild pays by `key`, from `namespace`."""

        def work(tx: Connection) -> None:
            at, provider = to_millis(now), key.provider
            row = {"guild_id": guild_id, "provider": provider, "key_id": key.id, "namespace": namespace}
            with _noted(tx, guild_id, provider, by, now, self._standard):
                _SQL.run(tx, "put_key", id=key.id, provider=provider, sealed=key.sealed, tail=key.tail, now=at)
                _SQL.run(tx, "give_key", by=by, now=at, **row)

        await self._db.write(work)

    async def take(
        self, guild_id: GuildId, by: UserId, now: datetime, *, at_once: bool, provider: ProviderName = OXEN
    ) -> KeyId | None:
        """The guild pays by its key no more; the key, or None when it had none.

        `at_once` deletes the key in the same transaction, unless another guild has entered the same; otherwise it
        goes with the last order under way by it (`delete_unneeded`).
        """

        def work(tx: Connection) -> KeyId | None:
            row = _SQL.one(tx, "key_of_guild", guild_id=guild_id, provider=provider)
            if row is None:
                return None
            with _noted(tx, guild_id, provider, by, now, self._standard):
                _SQL.run(tx, "take_key", guild_id=guild_id, provider=provider, by=by, now=to_millis(now))
                if at_once:
                    _SQL.run(tx, "delete_key", id=row["id"])
            return KeyId(row["id"])

        return await self._db.write(work)

    async def delete_unneeded(self) -> Sequence[KeyId]:
        """Deletes the keys that no guild has and no order needs any more; which those were."""
        if not await self._db.read(lambda db: _SQL.all(db, "keys_not_needed")):
            return []

        def work(tx: Connection) -> list[KeyId]:
            ids = [KeyId(row["id"]) for row in _SQL.all(tx, "keys_not_needed")]
            for key_id in ids:
                _SQL.run(tx, "delete_key", id=key_id)
            return ids

        return await self._db.write(work)

    async def refuse(self, key_id: KeyId, now: datetime) -> Sequence[GuildId]:
        """The provider takes the key no more; every guild that pays by it is owed the news, once. Which those are."""

        def work(tx: Connection) -> list[GuildId]:
            key = _SQL.one(tx, "key_by_id", id=key_id)
            if key is None or _SQL.one(tx, "refuse_key", id=key_id, now=to_millis(now)) is None:
                return []
            guilds = [GuildId(row["guild_id"]) for row in _SQL.all(tx, "guilds_with_key", id=key_id)]
            for guild_id in guilds:
                once = f"{KEY_REFUSED}:{key_id}:{to_millis(now)}"
                owe(tx, guild_id, KEY_REFUSED, once, {"tail": key["tail"]}, now)
            return guilds

        return await self._db.write(work)

    async def trial_used(self, guild_id: GuildId) -> Decimal:
        """What the guild has spent and reserved of the operator's own money. USD."""
        return await self._db.read(lambda db: trial_used(db, guild_id))


def trial_used(db: Connection, guild_id: GuildId) -> Decimal:
    """Within a transaction: what the guild has spent and reserved of the operator's own money. USD."""
    return from_micro(_SQL.value(db, "trial_used", guild_id=guild_id))


@contextmanager
def _noted(
    tx: Connection,
    guild_id: GuildId,
    provider: ProviderName,
    by: UserId,
    now: datetime,
    standard: GuildPolicy,
) -> Generator[None]:
    """Writes what the block changes about who pays into the audit log: the key by its last four characters."""
    before = account_of(tx, guild_id, provider)
    yield
    after = account_of(tx, guild_id, provider)
    if before != after:
        was, now_is = (json.dumps({"namespace": each.namespace, "key": each.tail}) for each in (before, after))
        act = Act(guild_id=guild_id, by=by, kind=ActKind.PAYER_CHANGED, before=was, after=now_is)
        record(tx, act, now, told=(policy_of(tx, guild_id, standard)).acts_told)


def account_of(db: Connection, guild_id: GuildId, provider: ProviderName = OXEN) -> Account:
    """What the guild has settled about its money; nothing, if it has settled nothing."""
    return _to_account(_SQL.one(db, "account_of_guild", guild_id=guild_id, provider=provider))


def _to_account(row: Row | None) -> Account:
    if row is None:
        return Account()
    refused = row["refused_at"] is not None
    return Account(namespace=row["namespace"], key=row["id"], tail=row["tail"], refused=refused)
