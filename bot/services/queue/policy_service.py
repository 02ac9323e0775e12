"""A guild's rules as those who manage it see and change them. The caller checks who may."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from bot.domain.clock import Clock, to_millis
from bot.domain.errors import Refusal, Value
from bot.domain.ids import NOBODY, ChannelId, GuildId, UserId
from bot.domain.records.guild_log import ActRecord
from bot.domain.rules.policy import GuildPolicy
from bot.services.wakeups import Topic, Wakeups
from bot.store.records.guild_log import Audit, Notices
from bot.store.wallet.policies import GuildPolicyRepository

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some acts, newest first; `older` is where the next page begins (`PolicyService.acts`), None on the last one."""

    acts: Sequence[ActRecord]
    older: int | None


class PolicyService:
    def __init__(
        self, policies: GuildPolicyRepository, audit: Audit, notices: Notices, clock: Clock, wakeups: Wakeups
    ) -> None:
        self._policies = policies
        self._notices = notices
        self._audit = audit
        self._clock = clock
        self._wakeups = wakeups

    def known(self, guild_id: GuildId) -> GuildPolicy:
        """The guild's rules, from memory."""
        return self._policies.known(guild_id)

    async def of(self, guild_id: GuildId) -> GuildPolicy:
        """The guild's rules."""
        return await self._policies.get(guild_id)

    async def change(self, guild_id: GuildId, change: Callable[[GuildPolicy], GuildPolicy], by: UserId) -> GuildPolicy:
        """What `change` makes of the rules is in force when this returns, and in the audit log as `by`'s doing."""
        after = await self._policies.change(guild_id, change, by, self._clock.now())
        log.info("rules changed", extra={"guild": guild_id, "user": by})
        self._wakeups.notify(Topic.TO_SEND, Topic.NOTICE)
        return after

    async def channel_lost(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Nothing can be posted in the guild's log channel any more: it has none, until somebody chooses another."""

        def without(policy: GuildPolicy) -> GuildPolicy:
            if policy.log_channel != channel_id:
                return policy
            return replace(policy, log_channel=None, log_channel_lost=channel_id)

        await self._policies.change(guild_id, without, NOBODY, self._clock.now())
        log.warning("log channel lost", extra={"guild": guild_id, "channel": channel_id})

    async def showcase_lost(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """The same for its showcase; the log channel hears of it."""
        now = self._clock.now()

        def without(policy: GuildPolicy) -> GuildPolicy:
            if policy.showcase_channel != channel_id:
                return policy
            return replace(policy, showcase_channel=None, showcase_channel_lost=channel_id)

        await self._policies.change(guild_id, without, NOBODY, now)
        key = f"showcase-lost:{channel_id}:{to_millis(now)}"
        await self._notices.owe(guild_id, "showcase-lost", key, {"channel": str(channel_id)}, now)
        self._wakeups.notify(Topic.NOTICE)
        log.warning("showcase lost", extra={"guild": guild_id, "channel": channel_id})

    async def compare(self, guild_id: GuildId, roles: Collection[int], channels: Collection[int]) -> None:
        """The guild has these roles and channels: its log channel hears, once, of each that its rules name in vain.

        The rules are from memory: after a login thousands of guilds are compared.
        """
        policy, now = self.known(guild_id), self._clock.now()
        told = False
        for rule, named, there in (
            ("roles", policy.roles, roles),
            ("channels", policy.channels, channels),
            ("limits", policy.by_role.keys(), roles),
        ):
            left = sum(each in there for each in named)
            for each in sorted(each for each in named if each not in there):
                values: dict[str, Value] = {"rule": rule, "left": left}
                told |= await self._notices.owe(guild_id, "deleted", f"deleted:{rule}:{each}", values, now)
        if told:
            self._wakeups.notify(Topic.NOTICE)

    async def acts(self, guild_id: GuildId, *, below: int | None, size: int) -> AuditPage:
        """The guild's audit log: its latest acts, or those before the act with the ordinal `below`."""
        found = await self._audit.page(guild_id, below=below, limit=size + 1)
        acts = found[:size]
        return AuditPage(acts=acts, older=acts[-1].ordinal if len(found) > size else None)


MOST_BANNED = 1000  # they are a part of the guild's rules, which are read whole


class ModerationService:
    """The caller checks who may moderate."""

    def __init__(self, policies: GuildPolicyRepository, clock: Clock, wakeups: Wakeups) -> None:
        self._policies = policies
        self._clock = clock
        self._wakeups = wakeups

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
        self._wakeups.notify(Topic.NOTICE)
