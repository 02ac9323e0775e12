"""`drover keys`: the master keys, and the keys of servers that they seal. None of the latter is ever shown."""

from collections.abc import Callable

from bot.domain.errors import OperatorError
from bot.settings import MIGRATIONS
from bot.store import beside
from bot.store.storage import Storage
from bot.store.wallet.vault import Vault

_TABLE = "0006.keys"  # the migration that makes it


class KeysLost(OperatorError):
    """Keys in the database open with none of the master keys, or there is none."""

    setting = True


def check_opened(storage: Storage, vault: Vault) -> int:
    """How many servers' keys are in the database, all of which open. Raises `KeysLost`."""
    stored, lost = len(beside.stored(storage)), beside.unopened(storage, vault)
    if lost:
        which = "there is no master key" if vault.shut else "no master key opens them"
        raise KeysLost(
            f"DROVER_MASTER_KEY: the database holds {stored} encrypted keys of servers, and {lost} stay shut: {which}; "
            "set the one that they were stored with, or delete them with `drover keys drop`"
        )
    return stored


def stored_keys(storage: Storage, vault: Vault) -> int:
    """As `check_opened`; none, where there is no database yet, or one from before there were keys.

    Raises `bot.store.migrations.MigrationError` for one that is not ours.
    """
    return check_opened(storage, vault) if _there(storage) else 0


def check(storage: Storage, vault: Vault, say: Callable[[str], None]) -> None:
    """Says how many keys there are, and that all of them open. Raises as `stored_keys` does."""
    stored = stored_keys(storage, vault)
    if vault.shut:
        say("No master key is set: servers cannot enter keys of their own. `drover keys new` makes one.")
    say(f"{stored} keys of servers are stored" + ("; all of them open." if stored else "."))


def rotate(storage: Storage, vault: Vault, say: Callable[[str], None]) -> None:
    """Seals every key anew with the first master key. Raises `KeysLost`, `bot.store.private.DatabaseInUse`."""
    if vault.shut:
        raise KeysLost("DROVER_MASTER_KEY: is missing; set the new one first, then the old one behind a comma")
    with storage.sole_user():
        count = 0
        if _there(storage):
            check_opened(storage, vault)
            count = beside.rotate(storage, vault)
    say(f"{count} keys are encrypted with the first master key now; the others are not needed any more.")


def drop(storage: Storage, vault: Vault, say: Callable[[str], None]) -> None:
    """Deletes what opens with no master key. Raises `bot.store.private.DatabaseInUse`."""
    with storage.sole_user():
        count = beside.drop_unopened(storage, vault) if _there(storage) else 0
    say(f"{count} keys deleted; their servers have to enter them again.")


def _there(storage: Storage) -> bool:
    """Whether there is a database, as new as its table of keys. Raises `OperatorError` for one that is not ours."""
    return _TABLE in storage.inspect(MIGRATIONS).applied
