"""Servers' own keys between the rows, where they lie sealed, and the clients, the only place where they are open."""

from bot.domain.orders.payer import KeyId, fingerprint
from bot.store.wallet.accounts import Keys, StoredKey
from bot.store.wallet.vault import Unopened, Vault

_TAIL = 4  # characters of a key that are ever shown


class Keyring:
    def __init__(self, keys: Keys, vault: Vault) -> None:
        self._keys = keys
        self._vault = vault

    @property
    def usable(self) -> bool:
        """Whether keys can be stored at all: only with a master key."""
        return not self._vault.shut

    def seal(self, key: str) -> StoredKey:
        """`key`, fit to be stored. Raises `bot.store.wallet.vault.Unopened` unless `usable`."""
        return StoredKey(id=fingerprint(key), sealed=self._vault.seal(key), tail=key[-_TAIL:], refused=False)

    async def reveal(self, key_id: KeyId) -> str | None:
        """The key itself, for its client; None when it is deleted, refused for good, or opens with no master key."""
        stored = await self._keys.get(key_id)
        if stored is None or stored.refused:
            return None
        try:
            return self._vault.open(stored.sealed, key_id)
        except Unopened:
            return None
