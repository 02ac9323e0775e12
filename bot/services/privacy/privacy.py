"""What members may ask about themselves: what is stored, a copy of it, and that it be forgotten."""

import logging
from dataclasses import dataclass

from bot.domain.clock import Clock
from bot.domain.ids import GuildId, UserId
from bot.domain.records.privacy import Holding, Holdings, OrderShown
from bot.services.privacy.export import DataExport
from bot.services.wakeups import Topic, Wakeups
from bot.store.records.privacy import PrivacyRepository, cursor
from bot.store.wallet.policies import GuildPolicyRepository

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """`retention` is the days for which this guild keeps prompts; None: for good. `banned`: from ordering, here."""

    here: Holding
    everywhere: Holdings
    retention: int | None
    banned: bool


class PrivacyService:
    def __init__(
        self, rows: PrivacyRepository, policies: GuildPolicyRepository, clock: Clock, wakeups: Wakeups
    ) -> None:
        self._rows = rows
        self._policies = policies
        self._clock = clock
        self._wakeups = wakeups

    async def stored(self, user_id: UserId, guild_id: GuildId) -> Stored:
        """What is stored about the member, in this guild and in all."""
        holdings = await self._rows.holdings(user_id)
        policy = await self._policies.get(guild_id)
        return Stored(
            here=holdings.here(guild_id),
            everywhere=holdings,
            retention=policy.retention,
            banned=user_id in policy.banned,
        )

    async def export(self, user_id: UserId) -> DataExport:
        """Everything that is stored about the member, of all guilds: it is theirs, and nobody else gets to see it."""
        now = self._clock.now()
        holdings = await self._rows.holdings(user_id)
        export = DataExport(user_id, now)
        guilds = {*holdings.by_guild, *holdings.asked_at, *await self._rows.guilds_of(user_id)}
        for guild_id in sorted(guilds):
            beside = await self._rows.beside(user_id, guild_id)
            policy = await self._policies.get(guild_id)
            export.add(
                holdings.here(guild_id),
                await self._orders(user_id, guild_id),
                beside,
                banned=user_id in policy.banned,
                asked_at=holdings.asked_at.get(guild_id),
            )
        log.info("data exported", extra={"user": user_id, "guilds": len(guilds)})
        return export

    async def forget(self, user_id: UserId, only: GuildId | None = None) -> int:
        """From now on the member is being forgotten, in one guild or in all; in how many of them there is anything.

        Up to this moment: what they order after it is kept like anybody's. What is under way ends first.
        """
        guilds = await self._rows.guilds_of(user_id)
        chosen = [guild_id for guild_id in guilds if only in (None, guild_id)]
        await self._rows.ask(user_id, chosen, self._clock.now())
        for guild_id in chosen:  # whoever takes a backup back finds here who has to be forgotten again
            log.info("to be forgotten", extra={"user": user_id, "guild": guild_id})
        self._wakeups.notify(Topic.ERASURE)
        return len(chosen)

    async def _orders(self, user_id: UserId, guild_id: GuildId) -> list[OrderShown]:
        orders: list[OrderShown] = []
        page = await self._rows.orders(user_id, guild_id)
        while page:
            orders += page
            page = await self._rows.orders(user_id, guild_id, cursor(page[-1]))
        return orders
