"""Cancellations, carried to the provider: what became of each is asked of the row, for it may have been too late."""

import contextlib
import logging
from datetime import timedelta

from bot.domain.clock import Clock, rest_until
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import Generation
from bot.domain.provider import NotFound, ProviderError, Providers
from bot.services.supervision import IDLE
from bot.services.tracking.settler import Settler
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)

CANCEL_PAUSE = timedelta(seconds=5)


class Canceller:
    def __init__(self, generations: Generations, providers: Providers, settler: Settler, clock: Clock) -> None:
        self._generations = generations
        self._providers = providers
        self._settler = settler
        self._clock = clock
        self._accepted: set[GenerationId] = set()  # whose DELETE was accepted, until the row says how it ended

    async def step(self) -> timedelta:
        """Tries what is due; returns how long until the next is."""
        wanted = await self._generations.cancels_wanted()
        self._accepted &= {generation.id for generation, _ in wanted}
        rests: list[timedelta] = []
        for generation, due in wanted:
            now = self._clock.now()
            rest = rest_until(due, now, CANCEL_PAUSE)
            if rest:
                rests.append(rest)  # one behind it may be due: the clock may have been set back in between
            elif not await self._cancel(generation):
                await self._generations.postpone_cancel(generation.id, now + CANCEL_PAUSE)
        return min(rests, default=CANCEL_PAUSE) if await self._generations.cancels_wanted() else IDLE

    async def _cancel(self, generation: Generation) -> bool:
        """Carries it to the provider, then looks how it really ended; whether it is over."""
        if generation.remote_id is None:
            return False
        try:
            with contextlib.suppress(NotFound):
                async with self._providers.of(generation.key) as provider:
                    await provider.cancel(generation.remote_id)
                self._accepted.add(generation.id)
            return await self._settler.look(generation, cancelled=generation.id in self._accepted)
        except ProviderError as error:
            log.warning("cancel failed", extra=generation.log_fields | {"error": str(error)})
            return False
