"""Links to results that are still at the provider: they expire, and are asked for anew whenever somebody wants one."""

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, UserId
from bot.domain.orders.order import Order, RequestContext, ValidatedRequest
from bot.domain.provider import KeyGone, NotFound, ProviderError, Providers
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders


class Links:
    def __init__(self, generations: Generations, orders: Orders, providers: Providers) -> None:
        self._generations = generations
        self._orders = orders
        self._providers = providers

    async def fresh_in(self, guild_id: GuildId, generation_id: GenerationId) -> str:
        """`fresh`, of an order of the guild: any other guild's is unknown there, however its id came by."""
        context = await self._context(generation_id)
        if context is None or context.guild_id != guild_id:
            raise Refusal("link-unknown")
        return await self.fresh(generation_id)

    async def fresh_for(self, requester: UserId, generation_id: GenerationId) -> str:
        """`fresh`, of an order of their own: what anybody may ask for outside a guild."""
        context = await self._context(generation_id)
        if context is None or context.requester_id != requester:
            raise Refusal("link-unknown")
        return await self.fresh(generation_id)

    async def request_in(self, guild_id: GuildId, generation_id: GenerationId) -> ValidatedRequest | None:
        """What was ordered with it; None for what is no order of the guild."""
        order = await self._order(generation_id)
        return order.request if order is not None and order.context.guild_id == guild_id else None

    async def covered(self, generation_id: GenerationId) -> bool:
        """Whether the result is only shown covered."""
        order = await self._order(generation_id)
        return order is not None and order.request.spoiler

    async def fresh(self, generation_id: GenerationId) -> str:
        """A link to the result that works now. The caller checks who may have it.

        Raises `Refusal` when there is none (any more).
        """
        generation = await self._generations.get(generation_id)
        if generation is None or generation.remote_id is None:
            raise Refusal("link-unknown")
        record = await self._orders.get(generation.order_id)
        if record is not None and record.order.deleted_at is not None:
            raise Refusal("result-deleted")
        try:
            async with self._providers.of(generation.key) as oxen:
                url = (await oxen.get(generation.remote_id)).result_url
        except (NotFound, KeyGone):
            url = None
        except ProviderError as error:
            raise Refusal("link-later") from error
        if url is None:
            raise Refusal("link-gone")
        return url

    async def _context(self, generation_id: GenerationId) -> RequestContext | None:
        order = await self._order(generation_id)
        return order.context if order is not None else None

    async def _order(self, generation_id: GenerationId) -> Order | None:
        generation = await self._generations.get(generation_id)
        record = await self._orders.get(generation.order_id) if generation is not None else None
        return record.order if record is not None else None
