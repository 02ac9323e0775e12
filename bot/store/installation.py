"""What belongs to this installation and to no guild: the providers' catalogues, and small values by name."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import OXEN, ModelId, ProviderName
from bot.domain.models.catalogue import Gone, Model
from bot.store.database import BESIDE, Database
from bot.store.statements import Connection, SqlValue, Statements

_SQL = Statements("installation")
RESTORED_AT = "restored_at"  # unix milliseconds
MOST_GONE = 2000  # models that are remembered after their end: as many as a catalogue may have


class CatalogueRepository:
    """The models that a provider offers, as it describes them, and those that it does not offer any more."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def offered(self, provider: ProviderName = OXEN) -> list[str]:
        """The provider's own entries (`Model.source`) of all models on offer, in its order."""
        rows = await self._db.read(lambda db: _SQL.all(db, "offered_models", provider=provider))
        return [row["entry"] for row in rows]

    async def gone(self, provider: ProviderName = OXEN) -> list[Gone]:
        """What is not offered any more, the latest first; at most the 2,000 latest."""
        rows = await self._db.read(lambda db: _SQL.all(db, "gone_models", provider=provider))
        return [Gone(id=ModelId(row["id"]), name=row["name"], at=from_millis(row["gone_at"])) for row in rows]

    async def put(self, models: Iterable[Model], gone: Iterable[Gone], provider: ProviderName = OXEN) -> None:
        """From now on `models` are on offer, and `gone` are not. One transaction, which writes what changed."""
        offered: list[dict[str, SqlValue]] = [
            {"provider": provider, "id": model.id, "place": place, "name": model.name, "entry": model.source}
            for place, model in enumerate(models)
        ]
        lost: list[dict[str, SqlValue]] = [
            {"provider": provider, "id": each.id, "at": to_millis(each.at)} for each in gone
        ]

        def write(tx: Connection) -> None:
            _SQL.many(tx, "offer_model", offered)
            _SQL.many(tx, "lose_model", lost)
            _SQL.run(tx, "forget_models", provider=provider, kept=MOST_GONE)

        await self._db.write(write)


class KeyValues:
    """Small values by name, such as the digest of the commands registered last."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, name: str) -> str | None:
        row = await self._db.read(lambda db: _SQL.one(db, "key_value", name=name))
        return row["content"] if row is not None else None

    async def restored_at(self) -> datetime | None:
        """When the rows were taken back from a copy: of older orders a channel may show more than the rows know."""
        restored_at = await self.get(RESTORED_AT)
        return from_millis(int(restored_at)) if restored_at is not None else None

    async def put(self, name: str, content: str) -> None:
        await self._db.write(lambda tx: _SQL.run(tx, "set_key_value", name=name, content=content), BESIDE)
