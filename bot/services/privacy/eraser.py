"""The loop that forgets: members who asked for it, prompts that a guild does not keep, guilds that are gone.

All of it follows from rows, so that a restart goes on where it was; each transaction takes some orders and no more.
What is gone from the rows goes from the database's files too: SQLite overwrites what is deleted (`secure_delete`), and
the log, which has the rows as they were, is emptied.
"""

import logging
from datetime import datetime, timedelta

from bot.domain.clock import SteadyClock
from bot.domain.ids import GuildId
from bot.domain.records.privacy import GONE_AFTER
from bot.services.supervision import IDLE
from bot.store.records.privacy import FIRST, Erasure, LeftGuilds, PrivacyRepository

log = logging.getLogger(__name__)

HOURLY = timedelta(hours=1)  # for what is counted in days
AGAIN = timedelta(seconds=5)  # while somebody reads what was there before
_MOST_DAYS = 36_500


class Eraser:
    def __init__(self, rows: PrivacyRepository, departures: LeftGuilds, clock: SteadyClock) -> None:
        self._rows = rows
        self._departures = departures
        self._clock = clock
        self._swept: float | None = None  # seconds, monotonic
        self._traces = True  # whether files may have what the rows have not: also what a killed process left

    async def step(self) -> timedelta:
        """Forgets what is due; how long to rest."""
        for erasure in await self._rows.due(self._clock.now()):
            self._traces = True
            await self._forget(erasure)
        swept = self._swept is not None and self._clock.monotonic() - self._swept < HOURLY.total_seconds()
        if not swept and (now := self._clock.sure()) is not None:  # what is deleted never comes back
            await self._forget_old_prompts(now)
            await self._forget_guilds(now)
            self._swept = self._clock.monotonic()
            self._traces = True  # whatever was deleted within the hour, such as keys that were taken away
        if self._traces:
            self._traces = not await self._rows.leave_no_trace()
        return AGAIN if self._traces else IDLE

    async def _forget(self, erasure: Erasure) -> None:
        orders = 0
        while some := await self._rows.forget_some(erasure, self._clock.now()):
            orders += some
        over = await self._rows.forget_rest(erasure, self._clock.now())
        if orders or over:
            log.info("member forgotten", extra={"guild": erasure.guild_id, "orders": orders, "over": over})

    async def _forget_old_prompts(self, now: datetime) -> None:
        after = GuildId(0)
        while (found := await self._rows.next_guild(after)) is not None:
            after, days = found
            if days is None:
                continue
            orders, before = 0, now - timedelta(days=min(days, _MOST_DAYS))
            while some := await self._rows.forget_words_of_guild(after, before, now):
                orders += some
            if orders:
                log.info("prompts forgotten", extra={"guild": after, "orders": orders})

    async def _forget_guilds(self, now: datetime) -> None:
        for guild_id in await self._departures.due(now - GONE_AFTER):
            if await self._departures.under_way(guild_id):
                log.warning("guild not forgotten yet", extra={"guild": guild_id})
                continue
            after = FIRST
            while (following := await self._departures.purge_orders(guild_id, after, now)) is not None:
                after = following
            if await self._departures.purge_rest(guild_id, now):
                log.info("guild forgotten", extra={"guild": guild_id})
