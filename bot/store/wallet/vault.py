"""Keys at rest: encrypted with a master key that lives outside the database.

Fernet (https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256, so that what was tampered with does not open.
Of several master keys the first seals and all of them open, which is how one takes the place of another.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.domain.orders.payer import KeyId, fingerprint
from bot.store.faults import open_to_read
from bot.store.statements import Statements

_SQL = Statements("vault")


class Unopened(Exception):
    """What was sealed opens with none of the master keys, or is not the key that its row tells of."""


def new_master_key() -> str:
    """A fresh master key: 32 random bytes, as URL-safe base64."""
    return Fernet.generate_key().decode()


def is_master_key(text: str) -> bool:
    """Whether `text` has the shape of a master key."""
    try:
        Fernet(text)
    except ValueError:
        return False
    return True


class Vault:
    """`master_keys`: the first seals, all open. Without any it is shut. Raises ValueError for one that is none."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in master_keys]) if master_keys else None

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
        try:
            key = self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            raise Unopened from None
        if fingerprint(key) != key_id:  # somebody moved it from another row
            raise Unopened
        return key


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
