"""What members ask for: an order, a cancellation, a look at the queue. The rows are written here, work is done by
the loops, which `wake` tells that there is some.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.domain.catalogue import MediaKind
from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, OrderId, UserId
from bot.domain.order import Occasion, Order, OrderRecord, Plan, Wish
from bot.domain.planning import plan, with_seed
from bot.services.billing import Billing
from bot.services.shelf import Shelf
from bot.store.generations import Generations
from bot.store.orders import AlreadyRepeated, Orders

log = logging.getLogger(__name__)


class Ordering:
    def __init__(
        self,
        *,
        orders: Orders,
        generations: Generations,
        billing: Billing,
        shelf: Shelf,
        preferred: Mapping[MediaKind, Sequence[str]],
        new_id: Callable[[], str],
        clock: Clock,
        wake: Callable[[], None],
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._randbits = randbits
        self._orders = orders
        self._generations = generations
        self._billing = billing
        self._shelf = shelf
        self._preferred = preferred
        self._new_id = new_id
        self._clock = clock
        self._wake = wake

    def plan(self, wish: Wish) -> Plan:
        """The wish, checked against its model. From memory, at once. Raises `Refusal`."""
        catalogue = self._shelf.require()
        planned = plan(wish, catalogue, self._preferred[wish.kind])
        return with_seed(planned, catalogue.get(planned.model_id), self._randbits)

    async def check_payer(self, guild_id: GuildId) -> None:
        """Raises `Refusal` when nobody would pay for an order of the guild."""
        await self._billing.payer(guild_id)

    async def check_repeat(self, order_id: OrderId, by: UserId, guild_id: GuildId, *, moderator: bool) -> int:
        """How many outputs of the order would be ordered again. Raises `Refusal` when `by` may not, or none would."""
        record = await self._orders.get(order_id)
        if record is None or record.order.occasion.guild_id != guild_id:
            raise Refusal("again-unknown")
        if by != record.order.occasion.requester_id and not moderator:
            raise Refusal("again-not-yours")
        if await self._orders.repeated(order_id):
            raise Refusal("again-already")
        missing = sum(g.worth_repeating for g in record.generations)
        if not missing or not record.ended:
            raise Refusal("again-not-yet" if missing else "again-nothing")
        return missing

    async def repeat(self, order_id: OrderId, occasion: Occasion) -> OrderRecord:
        """Places the order again for those of its outputs that failed; once, however often it is asked for.

        The caller has asked `check_repeat`. Raises `Refusal`.
        """
        record = await self._orders.get(order_id)
        missing = sum(g.worth_repeating for g in record.generations) if record is not None else 0
        if record is None or not missing:
            raise Refusal("again-nothing")
        try:
            return await self.submit(replace(record.order.plan, count=missing), occasion, repeat_of=order_id)
        except AlreadyRepeated:
            raise Refusal("again-already") from None

    async def submit(self, plan: Plan, occasion: Occasion, repeat_of: OrderId | None = None) -> OrderRecord:
        """Accepts the order: when this returns it is in the rows, and will have one visible outcome.

        Raises `Refusal` when nobody would pay, `AlreadyRepeated` when `repeat_of` was placed again before.
        """
        namespace = await self._billing.payer(occasion.guild_id)
        order = Order(
            id=OrderId(self._new_id()),
            occasion=occasion,
            plan=plan,
            namespace=namespace,
            created_at=self._clock.now(),
            repeat_of=repeat_of,
        )
        record = await self._orders.accept(order)
        log.info(
            "order accepted",
            extra={
                "order": order.id,
                "guild": occasion.guild_id,
                "user": occasion.requester_id,
                "model": plan.model_id,
                "count": plan.count,
                "namespace": namespace,
            },
        )
        self._wake()
        return record

    async def cancel(
        self, order_id: OrderId, by: UserId, guild_id: GuildId, *, moderator: bool, only: GenerationId | None = None
    ) -> int:
        """Asks for the end of the order, or of `only` one of its generations; how many will be tried.

        Raises `Refusal` when it is not the person's to cancel, or over.
        """
        record = await self._orders.get(order_id)
        if record is None or record.order.occasion.guild_id != guild_id:
            raise Refusal("cancel-unknown")
        if by != record.order.occasion.requester_id and not moderator:
            raise Refusal("cancel-not-yours")
        chosen = [g for g in record.generations if only in (None, g.id)]
        if not chosen:
            raise Refusal("cancel-unknown")
        ids = [g.id for g in chosen if not g.state.ended and g.cancel_requested_by is None]
        if not ids:
            raise Refusal("cancel-over" if all(g.state.ended for g in chosen) else "cancel-already")
        noted = await self._generations.want_cancelled(order_id, ids, by, self._clock.now())
        log.info("cancellation asked", extra={"order": order_id, "user": by, "count": noted})
        self._wake()
        return noted

    async def card_shown(self, record: OrderRecord) -> None:
        """The person sees the card as it is in `record`."""
        await self._orders.card_shown(record.order.id, record.revision, self._clock.now())

    async def queue(self, guild_id: GuildId, of: UserId | None = None) -> list[tuple[int, OrderRecord]]:
        """What is in flight in the guild, oldest first, each with its position; only `of`'s own if given."""
        records = await self._orders.in_flight(guild_id)
        return [(n, r) for n, r in enumerate(records, 1) if of is None or r.order.occasion.requester_id == of]
