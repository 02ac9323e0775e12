"""What members like best: stars on results, a member's own favourites, and the showcase of a server. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, UserId
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import Order
from bot.domain.records.reports import PastOrder

BEST = 3  # of a week that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """A member likes what the message with this output shows."""

    output: GenerationId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """A result that a member has starred; so have `stars` members in all."""

    output: GenerationId
    past: PastOrder
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourites:
    """A page of them, the latest first. Pages count from 1; there is one where there are no favourites."""

    entries: Sequence[Favourite]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A result that got `stars` from others in some time, and where it is."""

    stars: int
    model: str
    requester: UserId
    channel_id: ChannelId
    message_id: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Showpiece:
    """A result on its way into the showcase, in it, or on its way out (then `because` says why).

    `original` is the message with the result, None while that is not known; `message_id` the one in the showcase.
    `revision` is what is known of it here. `attempt` counts from 1 since the last success, which was at `shown_at`
    for the first time.
    """

    generation: Generation
    order: Order
    original: MessageId | None
    stars: int
    channel_id: ChannelId
    message_id: MessageId | None = None
    because: str | None = None
    revision: int = 0
    attempt: int = 1
    first_attempt_at: datetime
    shown_at: datetime | None = None

    @property
    def output(self) -> GenerationId:
        return self.generation.id

    @property
    def guild_id(self) -> GuildId:
        return self.order.context.guild_id
