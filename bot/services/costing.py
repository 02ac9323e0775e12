"""What the provider really charged, where it tells: the ledger follows it, whatever was quoted."""

import logging
from datetime import timedelta

from bot.domain.clock import Clock
from bot.oxen.errors import KeyRefused, OxenError, Rejected
from bot.services.ports import Provider
from bot.services.supervision import IDLE
from bot.store.ledger import Ledger

log = logging.getLogger(__name__)

_AGAIN = timedelta(seconds=20)
_TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that


class Costing:
    def __init__(self, ledger: Ledger, provider: Provider, clock: Clock) -> None:
        self._ledger = ledger
        self._provider = provider
        self._clock = clock

    async def step(self) -> timedelta:
        """Asks for the cost of each success that has none yet; a dialect without history answers nothing."""
        left = 0
        for generation in await self._ledger.costs_unknown(self._clock.now() - _TOLD_WITHIN):
            if generation.remote_id is None:
                continue
            try:
                cost = await self._provider.cost(generation.remote_id)
            except OxenError as error:
                log.warning("cost not known yet", extra={"generation": generation.id, "error": str(error)})
                if not isinstance(error, Rejected) or isinstance(error, KeyRefused):
                    return _AGAIN  # it concerns them all
                left += 1
                continue
            if cost is None:
                left += 1
                continue
            await self._ledger.settle_cost(generation.id, cost, self._clock.now())
            log.info("cost settled", extra={"generation": generation.id, "usd": str(cost)})
        return _AGAIN if left else IDLE
