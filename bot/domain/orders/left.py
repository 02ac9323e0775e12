"""What a limit leaves: an order's card says it when it is little. `bot.domain.rules.remaining` works it out.

Little is at most a fifth of the limit: then the log channel has heard of a budget at 80 % too.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.ids import RoleId

_LITTLE = 5  # the share of a limit, as one in so many


class Whose(enum.StrEnum):
    """Who a limit is for: the member, the whole server, or what the operator gives the server as a trial."""

    MEMBER = "member"
    SERVER = "server"
    TRIAL = "trial"


class Per(enum.StrEnum):
    DAY = "day"
    MONTH = "month"
    ALL = "all"  # it does not begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one limit leaves. USD, or orders where `orders`.

    `role` grants it where a role does; None: it is for everybody. `resets`: when it begins anew, if it does.
    """

    whose: Whose
    per: Per
    limit: Decimal
    used: Decimal
    orders: bool = False
    role: RoleId | None = None
    resets: datetime | None = None

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    @property
    def little(self) -> bool:
        return self.left * _LITTLE <= self.limit
