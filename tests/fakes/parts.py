"""What an engine needs around it, in memory."""

from typing import Any

from bot.domain.provider import Provider
from bot.services.wallet.keyring import Keyring
from bot.store.database import Database
from bot.store.wallet.accounts import Keys
from bot.store.wallet.vault import Vault
from tests.fakes.input_files import FakeInputFiles
from tests.fakes.providers import FakeProviders


def parts(db: Database, provider: Provider) -> dict[str, Any]:
    """For `Engine(**parts(db, oxen), ...)`: one provider, no server with a key of its own, files always there."""
    return {
        "db": db,
        "provider": provider,
        "providers": FakeProviders(provider),
        "keyring": Keyring(Keys(db), Vault([])),
        "input_files": FakeInputFiles(),
    }
