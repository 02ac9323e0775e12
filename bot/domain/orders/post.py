"""A post: one message that a channel is owed, with how some generations of an order ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import PostId
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One row of the outbox, claimed, with what it has to say. `part` counts from 1 within the order.

    `direct`: an earlier attempt may have left a direct message.
    """

    id: PostId
    order: Order
    part: int
    generations: Sequence[Generation]
    attempt: int
    first_attempt_at: datetime
    direct: bool = False
