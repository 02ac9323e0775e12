"""The ledger: what each guild has reserved and spent. Append-only.

Reservation, release and charge are entered by the transactions of `orders` and `endings` (`books`), never on their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import aiosqlite

from bot.domain.clock import to_millis
from bot.domain.ids import GenerationId, GuildId
from bot.domain.money import from_micro
from bot.domain.orders.generation import Generation
from bot.domain.orders.payer import Payer
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.store.database import Database
from bot.store.rows import to_generation
from bot.store.rules import Rules
from bot.store.statements import Row, Statements
from bot.store.wallet.ledger import Balances

_BATCH = 50
_STEP = 5_000  # entries: some ten milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a guild has spent, what is reserved for orders under way, and what is `unclear`. USD.

    Unclear is what was quoted for outputs that may have been made and charged, as nobody can tell.
    """

    spent: Decimal
    reserved: Decimal
    unclear: Decimal = Decimal(0)


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
        self._books = Balances(Rules(standard))
        self._sql = Statements("ledger")

    async def balance(self, guild_id: GuildId) -> Balance:
        """The sum of the guild's entries."""
        row = await self._db.read(lambda db: self._sql.one(db, "balance", guild_id=guild_id))
        if row is None:
            raise LookupError(guild_id)
        return Balance(
            spent=from_micro(row["spent"]), reserved=from_micro(row["reserved"]), unclear=from_micro(row["unclear"])
        )

    async def costs_unknown(self, since: datetime) -> Sequence[Generation]:
        """Successes since then of which the provider has not yet said what they cost, the latest first."""
        rows = await self._db.read(lambda db: self._sql.all(db, "costs_unknown", since=to_millis(since), limit=_BATCH))
        return [to_generation(row) for row in rows]

    async def charged(self, since: datetime, step: int = _STEP) -> list[Charged]:
        """Every payer with what it was charged. `since`: successes from before then count as settled, told or not.

        Reads the whole ledger, `step` entries at a time, so that nobody else waits for more than that. A success that
        comes to an end meanwhile may be missing; its payer is `unsettled` then.
        """
        unsettled = await self._unsettled(since)
        sums: defaultdict[Payer, int] = defaultdict(int)
        after: str | None = ""
        while after is not None:
            found, after = await self._charged_after(after, step)
            for payer, micro in found.items():
                sums[payer] += micro
        unsettled |= await self._unsettled(since)
        return [
            Charged(payer=payer, usd=from_micro(micro), unsettled=payer in unsettled) for payer, micro in sums.items()
        ]

    async def _charged_after(self, after: str, step: int) -> tuple[dict[Payer, int], str | None]:
        """What each payer was charged, micro-USD, for the generations of the next entries; the last of them, if any."""

        async def work(db: aiosqlite.Connection) -> tuple[list[Row], str | None]:
            last: str | None = await self._sql.value(db, "last_of", after=after, limit=step)
            return [] if last is None else await self._sql.all(db, "charged_by_payer", after=after, last=last), last

        rows, last = await self._db.read(work)
        return {_payer(row): row["micro_usd"] for row in rows}, last

    async def _unsettled(self, since: datetime) -> set[Payer]:
        rows = await self._db.read(lambda db: self._sql.all(db, "unsettled_payers", since=to_millis(since)))
        return {_payer(row) for row in rows}

    async def settle_cost(self, generation_id: GenerationId, cost: Decimal, now: datetime) -> None:
        """The provider charged `cost`: the ledger follows, whatever was quoted. Once: a later call changes nothing."""

        async def work(tx: aiosqlite.Connection) -> None:
            await self._books.adjust(tx, generation_id, cost, now)
            await self._sql.run(tx, "redraw_card", generation_id=generation_id, now=to_millis(now))

        await self._db.write(work)


def _payer(row: Row) -> Payer:
    return Payer(key=row["key_id"], namespace=row["namespace"])
