"""Keys at rest: encrypted with a master key that lives outside the database.

Fernet (https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256, so that what was tampered with does not open.
Of several master keys the first seals and all of them open, which is how one takes the place of another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.domain.orders.payer import KeyId, fingerprint
from bot.store.statements import Statements

if TYPE_CHECKING:  # cryptography weighs 7 MiB, and only a bot with a master key needs it
    from cryptography.fernet import MultiFernet

_SQL = Statements("vault")


class Unopened(Exception):
    """What was sealed opens with none of the master keys, or is not the key that its row tells of."""


def new_master_key() -> str:
    """A fresh master key: 32 random bytes, as URL-safe base64."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def is_master_key(text: str) -> bool:
    """Whether `text` has the shape of a master key."""
    from cryptography.fernet import Fernet

    try:
        Fernet(text)
    except ValueError:
        return False
    return True


class Vault:
    """`master_keys`: the first seals, all open. Without any it is shut. Raises ValueError for one that is none."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._fernet: MultiFernet | None = None
        if master_keys:
            from cryptography import fernet

            self._fernet = fernet.MultiFernet([fernet.Fernet(key) for key in master_keys])

    @property
    def shut(self) -> bool:
        """Whether there is no master key, so that nothing can be sealed or opened."""
        return self._fernet is None

    def seal(self, key: str) -> str:
        """`key`, fit to be stored. Raises `Unopened` when the vault is shut."""
        if self._fernet is None:
            raise Unopened
        return self._fernet.encrypt(key.encode()).decode()

    def open(self, sealed: str, key_id: KeyId) -> str:
        """The key with the fingerprint `key_id`. Raises `Unopened`."""
        if self._fernet is None:
            raise Unopened
        from cryptography.fernet import InvalidToken

        try:
            key = self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            raise Unopened from None
        if fingerprint(key) != key_id:  # somebody moved it from another row
            raise Unopened
        return key
