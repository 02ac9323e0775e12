"""An order: what one command asked for, by whom, where, and who pays. One order is one POST upstream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.domain.catalogue import MediaKind
from bot.domain.generation import Generation
from bot.domain.ids import ChannelId, GuildId, MessageId, ModelId, OrderId, UserId
from bot.domain.parameters import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a member typed. Nothing in it has been checked."""

    kind: MediaKind
    prompt: str
    model: str | None = None
    duration: int | None = None  # seconds
    aspect_ratio: str | None = None
    seed: int | None = None
    count: int = 1
    audio: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wish that its model can fulfil: every parameter is spelled as the model's schema wants it."""

    kind: MediaKind
    model_id: ModelId
    model_name: str
    prompt: str
    parameters: Mapping[str, Scalar]
    count: int
    quote: Decimal | None = None  # USD for one output; None where the price is not public


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who asked, where, in which language, and the message that answered (it becomes the card)."""

    guild_id: GuildId
    channel_id: ChannelId
    requester_id: UserId
    locale: str
    card_message_id: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One accepted order. `namespace` pays; None is the key's own."""

    id: OrderId
    occasion: Occasion
    plan: Plan
    namespace: str | None
    created_at: datetime
    repeat_of: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order with its generations, by ordinal, as the rows have it at `revision`."""

    order: Order
    generations: Sequence[Generation]
    revision: int
    send_due_at: datetime
    send_attempts: int = 0
    sent_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return all(g.state.ended for g in self.generations)

    @property
    def cancellable(self) -> bool:
        return any(not g.state.ended and g.cancel_requested_by is None for g in self.generations)
