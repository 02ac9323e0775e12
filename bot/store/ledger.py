"""The ledger: what each guild has reserved and spent. Append-only.

Reservation, release and charge are entered by the transactions of `orders` and `endings`, never on their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.generation import Generation
from bot.domain.ids import GenerationId, GuildId
from bot.domain.money import from_micro, to_micro
from bot.store.database import Database
from bot.store.rows import to_generation
from bot.store.statements import Statements

_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a guild has spent, and what is reserved for orders under way. USD."""

    spent: Decimal
    reserved: Decimal


class Ledger:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("ledger")

    async def balance(self, guild_id: GuildId) -> Balance:
        """The sum of the guild's entries."""
        row = await self._db.read(lambda db: self._sql.one(db, "balance", guild_id=guild_id))
        if row is None:
            raise LookupError(guild_id)
        return Balance(spent=from_micro(row["spent"]), reserved=from_micro(row["reserved"]))

    async def costs_unknown(self, since: datetime) -> Sequence[Generation]:
        """Successes since then of which the provider has not yet said what they cost."""
        rows = await self._db.read(lambda db: self._sql.all(db, "costs_unknown", since=to_millis(since), limit=_BATCH))
        return [to_generation(row) for row in rows]

    async def settle_cost(self, generation_id: GenerationId, cost: Decimal, now: datetime) -> None:
        """The provider charged `cost`: the ledger follows, whatever was quoted."""

        async def work(tx: aiosqlite.Connection) -> None:
            at = to_millis(now)
            await self._sql.run(tx, "adjust", generation_id=generation_id, micro_usd=to_micro(cost), now=at)
            await self._sql.run(tx, "cost_known", generation_id=generation_id, now=at)

        await self._db.write(work)
