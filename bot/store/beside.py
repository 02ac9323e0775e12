"""What commands beside the bot ask of a database file, and change in it, over connections of their own.

Everything here raises `sqlite3.Error`. What changes something must run alone: the bot must not.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from bot.domain.ids import GuildId, ProviderName
from bot.domain.orders.payer import KeyId
from bot.store.faults import open_to_read
from bot.store.statements import Statements
from bot.store.wallet.vault import Unopened, Vault

_SQL = Statements("beside")


def namespaces(database: Path, provider: ProviderName) -> list[tuple[str, GuildId]]:
    """The namespaces that guilds have set, each with a guild."""
    with closing(open_to_read(database)) as db:
        rows = db.execute(_SQL.text("namespaces"), {"provider": provider})
        return [(namespace, GuildId(guild_id)) for namespace, guild_id in rows]


def remote_ids(database: Path, provider: ProviderName) -> set[str]:
    """The provider's ids that belong to orders."""
    with closing(open_to_read(database)) as db:
        return {str(row[0]) for row in db.execute(_SQL.text("remote_ids"), {"provider": provider})}


def orders_on_their_way(database: Path, provider: ProviderName) -> list[str]:
    """The orders whose ids at the provider are still to be learnt."""
    with closing(open_to_read(database)) as db:
        return [str(row[0]) for row in db.execute(_SQL.text("orders_on_their_way"), {"provider": provider})]


def stored(database: Path) -> Mapping[KeyId, str]:
    """What is sealed in the database, by fingerprint, from beside the bot. Raises `sqlite3.Error`."""
    with closing(open_to_read(database)) as db:
        return {KeyId(row[0]): str(row[1]) for row in db.execute(_SQL.text("sealed_keys"))}


def unopened(database: Path, vault: Vault) -> int:
    """How many of the keys in the database `vault` does not open. Raises `sqlite3.Error`."""
    return sum(not _opens(vault, key_id, sealed) for key_id, sealed in stored(database).items())


def rotate(database: Path, vault: Vault) -> int:
    """Seals every key in the database anew with the first master key, all or none; how many. The bot must not run.

    Raises `Unopened` when one of them does not open, `sqlite3.Error`.
    """
    with closing(_open(database)) as db, db:
        sealed = [(KeyId(row[0]), str(row[1])) for row in db.execute(_SQL.text("sealed_keys"))]
        for key_id, old in sealed:
            db.execute(_SQL.text("reseal_key"), {"id": key_id, "sealed": vault.seal(vault.open(old, key_id))})
    return len(sealed)


def drop_unopened(database: Path, vault: Vault) -> int:
    """Deletes the keys in the database that `vault` does not open; how many. The bot must not run.

    Raises `sqlite3.Error`.
    """
    with closing(_open(database)) as db, db:
        lost = [row[0] for row in db.execute(_SQL.text("sealed_keys")) if not _opens(vault, KeyId(row[0]), str(row[1]))]
        for key_id in lost:
            db.execute(_SQL.text("forget_lost_key"), {"id": key_id})
            db.execute(_SQL.text("delete_lost_key"), {"id": key_id})
    return len(lost)


def _opens(vault: Vault, key_id: KeyId, sealed: str) -> bool:
    try:
        vault.open(sealed, key_id)
    except Unopened:
        return False
    return True


def _open(database: Path) -> sqlite3.Connection:
    db = sqlite3.connect(database)
    db.execute("PRAGMA secure_delete = ON")
    return db
