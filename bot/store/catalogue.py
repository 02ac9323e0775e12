"""The provider's catalogue as it was last seen, and what it does not offer any more."""

from collections.abc import Iterable

import aiosqlite
from bot.domain.clock import from_millis, to_millis
from bot.domain.models.catalogue import Gone, Model
from bot.store.database import Database

from bot.domain.ids import OXEN, ModelId, ProviderName
from bot.store.statements import SqlValue, Statements

MOST_GONE = 2000  # models that are remembered after their end: as many as a catalogue may have


class CatalogueRepository:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("catalogue")

    async def offered(self, provider: ProviderName = OXEN) -> list[str]:
        """The provider's own entries (`Model.source`) of all models on offer, in its order."""
        rows = await self._db.read(lambda db: self._sql.all(db, "offered_models", provider=provider))
        return [row["entry"] for row in rows]

    async def gone(self, provider: ProviderName = OXEN) -> list[Gone]:
        """What is not offered any more, the latest first; at most the 2,000 latest."""
        rows = await self._db.read(lambda db: self._sql.all(db, "gone_models", provider=provider))
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

        async def write(tx: aiosqlite.Connection) -> None:
            await self._sql.many(tx, "offer_model", offered)
            await self._sql.many(tx, "lose_model", lost)
            await self._sql.run(tx, "forget_models", provider=provider, kept=MOST_GONE)

        await self._db.write(write)
