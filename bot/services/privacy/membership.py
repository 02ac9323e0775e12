"""The bot leaves a guild, or was thrown out while it was away, or comes back."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

from bot.domain.clock import Clock
from bot.domain.ids import NOBODY, GuildId
from bot.domain.orders.waiting import Scope
from bot.domain.shards import GuildFacts, Shards
from bot.services.queue.queue_service import QueueService
from bot.services.wallet.accounts import Accounts
from bot.store.gateway import GuildFactRows
from bot.store.installation import KeyValues
from bot.store.records.privacy import LeftGuilds

log = logging.getLogger(__name__)

Gone = Callable[[GuildId], Awaitable[bool]]
"""Asks Discord: True only if it answers that the bot is not in the guild; no answer is no yes."""

EVERY = Shards()
_APPLICATION = "application"  # the fact whose servers the rows tell of


class GuildMembership:
    def __init__(
        self,
        departures: LeftGuilds,
        facts: GuildFactRows,
        accounts: Accounts,
        queue_service: QueueService,
        key_values: KeyValues,
        clock: Clock,
    ) -> None:
        self._departures = departures
        self._facts = facts
        self._key_values = key_values
        self._accounts = accounts
        self._queue_service = queue_service
        self._clock = clock

    async def left(self, guild_id: GuildId) -> None:
        """Notes the moment, deletes the guild's key, and stops what is under way: nobody there could see it.

        Every part may be done already: a process that died in between is made up for at the next start (`present`).
        """
        await self._departures.note(guild_id, self._clock.now())
        await self._accounts.left(guild_id)
        stopped = 0
        if await self._departures.under_way(guild_id):
            stopped = await self._queue_service.cancel(guild_id, NOBODY, Scope())
        log.info("guild left", extra={"guild": guild_id, "stopped": stopped})

    async def there(self, guilds: Mapping[GuildId, GuildFacts]) -> None:
        """The bot is in these guilds, and this is what they are. What is left of one that it was in before stays: all
        but the key.
        """
        for guild_id in await self._departures.returned(guilds):
            log.info("guild is back", extra={"guild": guild_id})
        await self._facts.put(guilds)
        log.info("guilds there", extra={"guilds": len(guilds)})

    async def present(
        self, guilds: Collection[GuildId], application: int | None, gone: Gone, shards: Shards = EVERY
    ) -> None:
        """READY has listed these guilds for all of `shards`, those in an outage among them.

        A guild of these shards that is not listed counts as left once Discord, asked for it, says that the bot is not
        in it (`gone`): a list may be short while Discord is in trouble, and a key that was deleted does not come back.
        Guilds of other shards are not judged: another process serves them, or they have not been listed yet.

        Rows that another application used last tell of its guilds: whoever mixed up two tokens should not lose their
        keys by it. That is logged, and nothing goes; at the next start the rows are this application's.
        """
        last = await self._key_values.get(_APPLICATION)
        await self._key_values.put(_APPLICATION, str(application))
        if last not in {None, str(application)}:
            log.warning("another application used these rows", extra={"application": application, "last": last})
            return
        for guild_id in await self._departures.returned(guilds):
            log.info("guild is back", extra={"guild": guild_id})
        noted = await self._departures.noted()
        for guild_id in sorted(await self._departures.known() - set(guilds)):
            if guild_id not in shards:
                continue
            if guild_id in noted or await gone(guild_id):
                await self.left(guild_id)
            else:
                log.warning("guild not listed", extra={"guild": guild_id})
