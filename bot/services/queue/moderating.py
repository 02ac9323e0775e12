"""Members who may not order: who looks after a guild bans them from the bot, and lets them back in.

A ban concerns what is ordered from then on. What was accepted before goes on, for the guild has promised it and may
have paid for it; whoever wants that ended too cancels it (`Queueing.cancel_where`).
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, UserId
from bot.store.wallet.policies import GuildPolicyRepository

log = logging.getLogger(__name__)

MOST_BANNED = 1000  # they are a part of the guild's rules, which are read whole


class Moderating:
    """`changed` is called when rows changed that loops wait for. Who may moderate is the caller's to know."""

    def __init__(self, policies: GuildPolicyRepository, clock: Clock, changed: Callable[[], None]) -> None:
        self._policies = policies
        self._clock = clock
        self._changed = changed

    async def ban(self, guild_id: GuildId, member: UserId, by: UserId) -> None:
        """From now on the member orders nothing in the guild. Raises `Refusal` if that is so, or is `by` themselves."""
        if member == by:
            raise Refusal("ban-self")
        banned = (await self._policies.get(guild_id)).banned
        if member in banned:
            raise Refusal("ban-already")
        if len(banned) >= MOST_BANNED:
            raise Refusal("ban-many", max=MOST_BANNED)
        await self._policies.change(guild_id, lambda p: replace(p, banned=p.banned | {member}), by, self._clock.now())
        self._note("banned", guild_id, member, by)

    async def unban(self, guild_id: GuildId, member: UserId, by: UserId) -> None:
        """The member may order again. Raises `Refusal` if they are not banned, or are `by` themselves."""
        if member == by:
            raise Refusal("unban-self")
        if member not in (await self._policies.get(guild_id)).banned:
            raise Refusal("ban-none")
        await self._policies.change(guild_id, lambda p: replace(p, banned=p.banned - {member}), by, self._clock.now())
        self._note("lifted", guild_id, member, by)

    def _note(self, what: str, guild_id: GuildId, member: UserId, by: UserId) -> None:
        log.info("ban changed", extra={"guild": guild_id, "member": member, "user": by, "change": what})
        self._changed()
