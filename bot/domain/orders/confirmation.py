"""An order whose price its requester has to say yes to. It costs nothing, and lapses by itself."""

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.orders.order import Order

LIFETIME = timedelta(minutes=2)


class ConfirmationState(enum.StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """`order.id` is the pending confirmation's, and becomes the order's.

    `before` is what one output cost when that was told last, `above` the amount from which its guild asks; USD.
    """

    order: Order
    lapses_at: datetime
    state: ConfirmationState = ConfirmationState.OPEN
    before: Decimal | None = None
    above: Decimal | None = field(default=None, compare=False)  # whoever opened it knows it; no row does

    @property
    def cost(self) -> Decimal | None:
        """What all outputs cost together, USD; None when nobody knows."""
        return self.order.request.cost
