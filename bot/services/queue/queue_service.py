"""The fair queue as people see it: places, estimates, and what moderators do. The caller checks who may."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, ModelId, OrderId, UserId
from bot.domain.models.catalogue import Model
from bot.domain.orders.generation import UPSTREAM
from bot.domain.orders.order import Order, OrderRecord, RequestContext
from bot.domain.orders.validation import Offered
from bot.domain.orders.waiting import TYPICAL, Forecast, QueuePosition, Scope, Weight, forecast, waves
from bot.domain.records.guild_log import Act, ActKind
from bot.domain.rules.policy import GuildPolicy
from bot.services.wakeups import AN_END, Topic, Wakeups
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues

log = logging.getLogger(__name__)

FRONT, BACK = 1, 2**31
_FRESH = timedelta(minutes=1)  # for so long, what was found out about a model's times is taken as it was
_MOST_KNOWN = 2000  # kinds of orders whose times are kept
_Kind = tuple[GuildId, ModelId, str]


class QueueService:
    def __init__(
        self,
        *,
        queues: Queues,
        policies: GuildPolicyRepository,
        orders: Orders,
        generations: Generations,
        clock: Clock,
        wakeups: Wakeups,
    ) -> None:
        self._queues = queues
        self._policies = policies
        self._orders = orders
        self._generations = generations
        self._clock = clock
        self._wakeups = wakeups
        self._known: dict[_Kind, tuple[float, Forecast]] = {}  # with the moment until which it is fresh (monotonic)

    def offered(self, context: RequestContext) -> Offered:
        """Tells of a model whether the guild's rules let it be ordered in this context. From memory."""
        rules = self._policies.known(context.guild_id)

        def offered(model: Model) -> bool:
            if model.id in rules.restricted_models and not context.age_restricted:
                return False
            return rules.offers(model.id, model.groups)

        return offered

    async def place(self, guild_id: GuildId, order_id: OrderId) -> QueuePosition | None:
        """Where the order stands, and how long it will take; None when it is over, or another guild's."""
        counts, record = await self._queues.position(guild_id, order_id), await self._orders.get(order_id)
        if counts is None or record is None:
            return None
        policy = await self._policies.get(guild_id)
        now = self._clock.now()
        expected, since = await self.forecast(record.order), now
        if counts.admitted:
            since = record.sent_at or now
        else:
            # Those before it are taken to last as long as it does: the queue mixes models, and so does luck.
            fillings = waves(
                running=counts.running, ahead=counts.generations_ahead, own=counts.outputs, limit=policy.running
            )
            expected = Forecast(likely=expected.likely * fillings, at_most=expected.at_most * fillings)
        return QueuePosition(
            order_id=order_id,
            at=now,
            since=since,
            admitted=counts.admitted,
            ahead=counts.orders_ahead,
            estimate=None if policy.paused and not counts.admitted else expected,
            paused=policy.paused,
        )

    async def placed(self, record: OrderRecord) -> OrderRecord:
        """The order with its place in its guild's own queue, or with how long it takes where it is being made."""
        if record.ended:
            return record
        if record.admitted_at is None:
            return replace(record, place=await self.place(record.order.context.guild_id, record.order.id))
        if record.sent_at is None or not any(g.state in UPSTREAM for g in record.all_generations):
            return record
        now, expected = self._clock.now(), await self.forecast(record.order)
        for other in record.others:  # compared results come together, with the slowest
            expected = max(expected, await self.forecast(other.order), key=lambda each: each.likely)
        place = QueuePosition(
            order_id=record.order.id, at=now, since=record.sent_at, admitted=True, ahead=0, estimate=expected
        )
        return replace(record, place=place)

    async def forecast(self, order: Order) -> Forecast:
        """How long such an order takes once it is sent.

        By what drives the time, from the guild's own history of the model and then from everybody's; without enough of
        it, what the provider says of such models. From memory, if somebody asked a moment ago.
        """
        request, now = order.request, self._clock.monotonic()
        kind = order.context.guild_id, request.model_id, request.estimate.drivers if request.estimate else ""
        until, known = self._known.get(kind, (now, None))
        if known is not None and until > now:
            return known
        scopes = await self._queues.took(*kind)
        found = next((told for took in scopes if (told := forecast(took)) is not None), TYPICAL[request.kind])
        self._known.pop(kind, None)
        self._known[kind] = now + _FRESH.total_seconds(), found
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return found

    async def weigh(self, guild_id: GuildId, scope: Scope) -> Weight:
        """What `cancel` would try to end now, and what is reserved for that."""
        return await self._queues.weigh(guild_id, scope)

    async def move(self, order_id: OrderId, guild_id: GuildId, to: int, by: UserId) -> None:
        """Puts a waiting order at a place: `FRONT`, `BACK`, or counted from 1. Raises `Refusal` if it does not wait."""
        if to < 1:
            raise Refusal("place", given=to)
        act = Act(guild_id=guild_id, by=by, kind=ActKind.MOVED, subject=order_id)
        if not await self._queues.move(order_id, to, act, self._clock.now()):
            raise Refusal("not-waiting")
        self._wakeups.notify(Topic.TO_SEND, Topic.NOTICE)

    async def pause(self, guild_id: GuildId, by: UserId) -> GuildPolicy:
        """Nothing more is sent until `resume`; what the provider has goes on."""
        return await self._set(guild_id, by, {"paused": True})

    async def drain(self, guild_id: GuildId, by: UserId) -> GuildPolicy:
        """Nothing new is accepted until `resume`; what was accepted goes on."""
        return await self._set(guild_id, by, {"drained": True})

    async def resume(self, guild_id: GuildId, by: UserId) -> GuildPolicy:
        """The end of `pause` and `drain`."""
        return await self._set(guild_id, by, {"paused": False, "drained": False})

    async def cancel(self, guild_id: GuildId, by: UserId, scope: Scope) -> int:
        """Asks for the end of what the scope says, in this guild.

        How many generations will be tried. The act is in the audit log before the first of them ends. In steps of some
        orders each: others are served in between, and what is ordered meanwhile is not spared.
        """
        if scope.order is not None:
            record = await self._orders.get(scope.order)
            if record is None or record.order.context.guild_id != guild_id:
                return 0
        act = Act(guild_id=guild_id, by=by, kind=ActKind(f"cancelled-{scope.kind}"), subject=scope.subject)
        await self._queues.note(act, self._clock.now())
        self._wakeups.notify(Topic.NOTICE)
        if scope.order is not None:
            return await self._cancel(guild_id, scope.order, by)
        count, after = 0, ""
        while found := await self._queues.open(guild_id, scope, after):
            for order_id in found:
                count += await self._cancel(guild_id, order_id, by)
            after = found[-1]
        return count

    async def _cancel(self, guild_id: GuildId, order_id: OrderId, by: UserId) -> int:
        record = await self._orders.get(order_id)
        if record is None or record.order.context.guild_id != guild_id:
            return 0
        ids = [g.id for g in record.generations if not g.state.ended and g.cancel_requested_by is None]
        noted = await self._generations.want_cancelled(order_id, ids, by, self._clock.now()) if ids else 0
        log.info("cancellation asked", extra={"order": order_id, "user": by, "count": noted})
        self._wakeups.notify(Topic.CANCELLATION, *AN_END)  # what was never sent is over
        return noted

    async def _set(self, guild_id: GuildId, by: UserId, values: Mapping[str, bool]) -> GuildPolicy:
        policy = await self._policies.change(guild_id, lambda p: replace(p, **values), by, self._clock.now())
        log.info(
            "queue set",
            extra={"guild": guild_id, "user": by, "paused": policy.paused, "drained": policy.drained},
        )
        self._wakeups.notify(Topic.TO_SEND, Topic.NOTICE)
        return policy
