"""What a member may still order: what each limit leaves of the day and the month, and who has set it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.errors import Refusal
from bot.domain.ids import RoleId
from bot.domain.orders.left import Left, Per, Whose
from bot.domain.rules.limits import Standing
from bot.domain.rules.periods import day_of, month_of
from bot.domain.rules.policy import Allowance, GuildPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """All limits that hold for one member now.

    `refusal` is why they may order nothing at all here, if so. `in_flight` orders of theirs are under way; the
    `allowance` says how many may be, and how large one order is. `running`: outputs that the server makes at a time.
    """

    refusal: Refusal | None
    limits: tuple[Left, ...]
    in_flight: int
    allowance: Allowance
    running: int | None

    def tightest(self, *per: Per) -> Left | None:
        """Of the amounts for these periods the one of which least is left."""
        return least(one for one in self.limits if one.per in per and not one.orders)


def least(limits: Iterable[Left]) -> Left | None:
    return min(limits, key=lambda one: one.left, default=None)


def limits_of(policy: GuildPolicy, roles: frozenset[RoleId], standing: Standing, at: datetime) -> Iterator[Left]:
    """What each limit on a day or a month leaves of it, the member's own first."""
    day, month = day_of(at, policy.time_zone).end, month_of(at, policy.time_zone).end
    allowance, given = policy.allowance(roles), [role for role in sorted(roles) if role in policy.by_role]

    def granted_by(name: str) -> RoleId | None:
        most = getattr(allowance, name)
        if getattr(policy.everyone, name) == most:
            return None
        return next((role for role in given if getattr(policy.by_role[role], name) == most), None)

    if allowance.per_day is not None:
        limit, used = Decimal(allowance.per_day), Decimal(standing.member_orders)
        role = granted_by("per_day")
        yield Left(whose=Whose.MEMBER, per=Per.DAY, limit=limit, used=used, orders=True, role=role, resets=day)
    for per, name, used, resets in (
        (Per.DAY, "spend_per_day", standing.member_day, day),
        (Per.MONTH, "spend_per_month", standing.member_month, month),
    ):
        limit = getattr(allowance, name)
        if limit is not None:
            yield Left(whose=Whose.MEMBER, per=per, limit=limit, used=used, role=granted_by(name), resets=resets)
    for per, limit, used, resets in (
        (Per.DAY, policy.day_budget, standing.guild_day, day),
        (Per.MONTH, policy.month_budget, standing.guild_month, month),
    ):
        if limit is not None:
            yield Left(whose=Whose.SERVER, per=per, limit=limit, used=used, resets=resets)
