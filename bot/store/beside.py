"""What commands beside the bot ask of its storage, and change in it, over connections of their own.

Everything here raises `DatabaseFault`. What changes something must run alone: the bot must not.
"""

from collections.abc import Mapping

from bot.domain.ids import GuildId, ProviderName
from bot.domain.orders.payer import KeyId
from bot.store.statements import Statements
from bot.store.storage import Storage
from bot.store.wallet.vault import Unopened, Vault

_SQL = Statements("beside")


def namespaces(storage: Storage, provider: ProviderName) -> list[tuple[str, GuildId]]:
    """The namespaces that guilds have set, each with a guild."""
    with storage.reading() as db:
        rows = _SQL.all(db, "namespaces", provider=provider)
        return [(namespace, GuildId(guild_id)) for namespace, guild_id in rows]


def remote_ids(storage: Storage, provider: ProviderName) -> set[str]:
    """The provider's ids that belong to orders."""
    with storage.reading() as db:
        return {str(row[0]) for row in _SQL.all(db, "remote_ids", provider=provider)}


def orders_on_their_way(storage: Storage, provider: ProviderName) -> list[str]:
    """The orders whose ids at the provider are still to be learnt."""
    with storage.reading() as db:
        return [str(row[0]) for row in _SQL.all(db, "orders_on_their_way", provider=provider)]


def stored(storage: Storage) -> Mapping[KeyId, str]:
    """What is sealed in the database, by fingerprint, from beside the bot."""
    with storage.reading() as db:
        return {KeyId(row[0]): str(row[1]) for row in _SQL.all(db, "sealed_keys")}


def unopened(storage: Storage, vault: Vault) -> int:
    """How many of the keys in the database `vault` does not open."""
    return sum(not _opens(vault, key_id, sealed) for key_id, sealed in stored(storage).items())


def rotate(storage: Storage, vault: Vault) -> int:
    """Seals every key in the database anew with the first master key, all or none; how many. The bot must not run.

    Raises `Unopened` when one of them does not open.
    """
    with storage.changing() as db:
        sealed = [(KeyId(row[0]), str(row[1])) for row in _SQL.all(db, "sealed_keys")]
        for key_id, old in sealed:
            _SQL.run(db, "reseal_key", id=key_id, sealed=vault.seal(vault.open(old, key_id)))
    return len(sealed)


def drop_unopened(storage: Storage, vault: Vault) -> int:
    """Deletes the keys in the database that `vault` does not open; how many. The bot must not run."""
    with storage.changing() as db:
        lost = [row[0] for row in _SQL.all(db, "sealed_keys") if not _opens(vault, KeyId(row[0]), str(row[1]))]
        for key_id in lost:
            _SQL.run(db, "forget_lost_key", id=key_id)
            _SQL.run(db, "delete_lost_key", id=key_id)
    return len(lost)


def _opens(vault: Vault, key_id: KeyId, sealed: str) -> bool:
    try:
        vault.open(sealed, key_id)
    except Unopened:
        return False
    return True
