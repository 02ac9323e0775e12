"""A look into the database from beside the bot: read-only, at one moment, without its connections."""

from contextlib import closing
from pathlib import Path

from bot.domain.ids import GuildId, ProviderName
from bot.store.faults import open_to_read
from bot.store.statements import Statements

_SQL = Statements("peek")


def namespaces(database: Path, provider: ProviderName) -> list[tuple[str, GuildId]]:
    """The namespaces that guilds have set, each with a guild. Raises `sqlite3.Error`."""
    with closing(open_to_read(database)) as db:
        rows = db.execute(_SQL.text("namespaces"), {"provider": provider})
        return [(namespace, GuildId(guild_id)) for namespace, guild_id in rows]


def remote_ids(database: Path, provider: ProviderName) -> set[str]:
    """The provider's ids that belong to orders. Raises `sqlite3.Error`."""
    with closing(open_to_read(database)) as db:
        return {str(row[0]) for row in db.execute(_SQL.text("remote_ids"), {"provider": provider})}


def orders_on_their_way(database: Path, provider: ProviderName) -> list[str]:
    """The orders whose ids at the provider are still to be learnt. Raises `sqlite3.Error`."""
    with closing(open_to_read(database)) as db:
        return [str(row[0]) for row in db.execute(_SQL.text("orders_on_their_way"), {"provider": provider})]
