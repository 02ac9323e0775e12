"""What is known about a person, and how long what has to be kept is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.ids import NOBODY, GenerationId, GuildId, UserId
from bot.domain.orders.order import OrderRecord, PendingConfirmation
from bot.domain.orders.styles import Style
from bot.domain.orders.taking_back import Complaint
from bot.domain.records.guild_log import ActRecord
from bot.domain.records.stars import Star

# What a member has ordered counts towards a month's limit until the month is over, in any time zone (31 days, and an
# hour where clocks change); and so long the audit log says who did what.
KEPT_FOR = timedelta(days=32)
GONE_AFTER = timedelta(days=30)  # since the bot left a guild


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one guild's rows have about a member. `spent` is USD; `prompts` are orders whose words are kept."""

    guild_id: GuildId
    orders: int = 0
    videos: int = 0
    prompts: int = 0
    files: int = 0  # orders that were given files
    open: int = 0  # orders that are not over
    acts: int = 0  # entries of the audit log
    styles: int = 0  # of their own
    stars: int = 0  # that they gave
    complaints: int = 0  # results that they reported
    spent: Decimal = Decimal(0)
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """By guild. `asked_at`: since when a deletion waits for what is not over or still counts, where one does."""

    by_guild: Mapping[GuildId, Holding]
    asked_at: Mapping[GuildId, datetime]

    def here(self, guild_id: GuildId) -> Holding:
        return self.by_guild.get(guild_id, Holding(guild_id=guild_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShown:
    """An order as its requester may take it along. `cost` is what an output has cost or reserves (USD), if known."""

    record: OrderRecord
    cost: Mapping[GenerationId, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a guild's rows have about a member besides orders. `votes`: for which results of comparisons, and when."""

    confirmations: Sequence[PendingConfirmation]
    acts: Sequence[ActRecord]
    styles: Sequence[Style] = ()
    stars: Sequence[Star] = ()
    complaints: Sequence[Complaint] = ()
    votes: Sequence[tuple[GenerationId, datetime]] = ()


def without(text: str, user_id: UserId) -> str:
    """`text` with the number `user_id`, wherever it stands by itself, turned into nobody's."""
    return re.sub(rf"(?<!\d){user_id}(?!\d)", str(NOBODY), text)
