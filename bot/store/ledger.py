"""The ledger: what each guild has reserved and spent. Append-only.

Reservation, release and charge are entered by the transactions of `orders` and `endings` (`books`), never on their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.generation import Generation
from bot.domain.ids import GenerationId, GuildId
from bot.domain.money import from_micro
from bot.domain.payer import Payer
from bot.domain.policy import STANDARD, GuildPolicy
from bot.store.books import Books
from bot.store.database import Database
from bot.store.rows import to_generation
from bot.store.rules import Rules
from bot.store.statements import Statements

_BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a guild has spent, and what is reserved for orders under way. USD."""

    spent: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What a payer was charged in all, USD. `unsettled`: some prices of the last day are still the quotes."""

    payer: Payer
    usd: Decimal
    unsettled: bool


class Ledger:
    """`standard` holds for what a guild has said nothing about."""

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._books = Books(Rules(standard))
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

    async def charged(self, since: datetime) -> list[Charged]:
        """Every payer with what it was charged. `since`: successes from before then count as settled, told or not."""

        async def work(db: aiosqlite.Connection) -> list[Charged]:
            waiting = await self._sql.all(db, "unsettled_payers", since=to_millis(since))
            unsettled = {(row["key_id"], row["namespace"]) for row in waiting}
            return [
                Charged(
                    payer=Payer(key=row["key_id"], namespace=row["namespace"]),
                    usd=from_micro(row["micro_usd"]),
                    unsettled=(row["key_id"], row["namespace"]) in unsettled,
                )
                for row in await self._sql.all(db, "charged_by_payer")
            ]

        return await self._db.read(work)

    async def settle_cost(self, generation_id: GenerationId, cost: Decimal, now: datetime) -> None:
        """The provider charged `cost`: the ledger follows, whatever was quoted. Once: a later call changes nothing."""

        async def work(tx: aiosqlite.Connection) -> None:
            await self._books.adjust(tx, generation_id, cost, now)
            await self._sql.run(tx, "redraw_card", generation_id=generation_id, now=to_millis(now))

        await self._db.write(work)
