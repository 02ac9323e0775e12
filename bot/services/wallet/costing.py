"""What the provider really charged, where it tells: the ledger follows it, whatever was quoted."""

import logging
from datetime import timedelta

from bot.domain.clock import Clock, Waits, steady
from bot.domain.orders.payer import KeyId
from bot.domain.provider import KeyRefused, OxenError, Providers, Rejected
from bot.services.supervision import IDLE
from bot.store.wallet.ledger import Ledger

log = logging.getLogger(__name__)

_AGAIN = timedelta(seconds=20)
_AGAIN_LAST = timedelta(minutes=10)
_TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that
_MADE_WITHIN = timedelta(days=3)  # by a clock that may have been wrong when it ended


class Costing:
    def __init__(self, ledger: Ledger, providers: Providers, clock: Clock) -> None:
        self._ledger = ledger
        self._providers = providers
        self._clock = steady(clock)
        self._waits = Waits(self._clock)

    async def step(self) -> timedelta:
        """Asks for the cost of each success that has none yet, the more seldom the longer it has none.

        A dialect without history answers nothing.
        """
        now = self._clock.now()
        left: list[timedelta] = []  # for how long each has had no cost
        silent: set[KeyId | None] = set()  # what is wrong concerns all that was ordered by the key
        unknown = await self._ledger.costs_unknown(now - _MADE_WITHIN)
        self._waits.keep([generation.id for generation in unknown])
        for generation in unknown:
            if generation.remote_id is None or generation.ended_at is None:
                continue
            if self._waits.over(generation.id, generation.ended_at, _TOLD_WITHIN):
                continue
            if generation.key in silent:
                left.append(now - generation.ended_at)
                continue
            try:
                async with self._providers.of(generation.key) as oxen:
                    cost = await oxen.cost(generation.remote_id)
            except OxenError as error:
                log.warning("cost not known yet", extra={"generation": generation.id, "error": str(error)})
                if not isinstance(error, Rejected) or isinstance(error, KeyRefused):
                    silent.add(generation.key)
                cost = None
            if cost is None:
                left.append(now - generation.ended_at)
                continue
            await self._ledger.settle_cost(generation.id, cost, self._clock.now())
            log.info("cost settled", extra={"generation": generation.id, "usd": str(cost)})
        return min(max(min(left) / 12, _AGAIN), _AGAIN_LAST) if left else IDLE
