"""What was ordered once, as somebody looks back on it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.ids import GenerationId, MessageId, OrderId
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import Order
from bot.domain.records.privacy import NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order with its generations. `cost` is USD, None where nobody knows; `posts` tells which message has which.

    `wordless`: its prompt was deleted.
    """

    order: Order
    generations: tuple[Generation, ...]
    cost: Decimal | None
    posts: Mapping[GenerationId, MessageId]
    wordless: bool = False

    @property
    def forgotten(self) -> bool:
        """Whether the person who ordered it asked to be forgotten."""
        return self.order.context.requester_id == NOBODY


class Way(enum.StrEnum):
    """From where a page goes on; the values are what the buttons carry."""

    NEWEST = "n"
    OLDER = "o"
    NEWER = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, newest first. `newer` and `older` are orders from which to go on; None: there is nothing there."""

    entries: tuple[PastOrder, ...]
    newer: OrderId | None
    older: OrderId | None
