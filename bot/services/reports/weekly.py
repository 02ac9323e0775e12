"""The week's summary for log channels: once for each ISO week, by the guild's clock, after the week is over."""

import logging
from datetime import datetime, timedelta

from bot.domain.clock import CONFIRMED_AFTER, Clock, steady
from bot.domain.errors import Value
from bot.domain.ids import GuildId
from bot.domain.records.reports import Usage
from bot.domain.rules.limits import usd
from bot.domain.rules.periods import week_before
from bot.domain.rules.policy import GuildPolicy
from bot.services.reports.reports import Reporting
from bot.store.records.guild_log import Notices
from bot.store.wallet.policies import GuildPolicyRepository

log = logging.getLogger(__name__)

WEEKLY = "weekly"  # the kind of the notice
_REST = timedelta(minutes=15)  # every zone's midnight is at a quarter hour


class Weekly:
    def __init__(self, policies: GuildPolicyRepository, reporting: Reporting, notices: Notices, clock: Clock) -> None:
        self._policies = policies
        self._reporting = reporting
        self._notices = notices
        self._clock = steady(clock)

    async def step(self) -> timedelta:
        """Writes down what guilds are owed. The key of the notice is the week, so each is told once, restart or not."""
        now = self._clock.sure()
        if now is None:
            return CONFIRMED_AFTER
        for guild_id, policy in await self._policies.with_weekly_summary():
            if policy.log_channel is not None:
                await self._summarise(guild_id, policy, now)
        return _REST

    async def _summarise(self, guild_id: GuildId, policy: GuildPolicy, now: datetime) -> None:
        week = week_before(now, policy.time_zone)
        key = f"{WEEKLY}-{week.label}"
        if await self._notices.told(guild_id, key):
            return
        usage = await self._reporting.of_period(guild_id, week, policy.time_zone)
        if usage.orders and await self._notices.owe(guild_id, WEEKLY, key, _values(usage), now):
            log.info("weekly summary owed", extra={"guild": guild_id, "week": week.label})


def _values(usage: Usage) -> dict[str, Value]:
    """Texts where the notice chooses among words: "none" is what there is none of."""
    rate, took = usage.success_rate, usage.took
    return {
        "week": usage.period.label,
        "spent": usd(usage.spent),
        "count": usage.orders,
        "ready": usage.succeeded,
        "failed": str(usage.failed),
        "cancelled": str(usage.cancelled),
        "rate": f"{rate * 100:.0f} %" if rate is not None else "none",
        "half": _seconds(took.half) if took is not None else "none",
        "most": _seconds(took.most) if took is not None else "none",
        "model": usage.models[0].name if usage.models else "none",
        "member": usage.members[0].name if usage.members else "none",
    }


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))
