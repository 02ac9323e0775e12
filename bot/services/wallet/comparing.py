"""The ledger held against the provider's own books, once a day: what differs is the operator's to look into.

A namespace may be used by others than Drover. Therefore a difference is told when it changes, not day after day, and
what was compared last is remembered across restarts.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from bot.domain.clock import Clock, from_millis, to_millis
from bot.domain.orders.payer import Payer
from bot.domain.provider import NotFound, OxenError, Providers
from bot.services.supervision import IDLE
from bot.store.installation import KeyValues
from bot.store.wallet.ledger import Charged, Ledger

log = logging.getLogger(__name__)

DAILY = timedelta(days=1)
_LEAST = Decimal("0.01")  # USD; below lies the rounding of the provider's prices
_COMPARED_AT = "compared_at"
_DRIFT = "drift"


class Comparing:
    """`drift` is what the provider's books show above the ledger's (USD), by payer, as of the last comparison."""

    def __init__(self, ledger: Ledger, providers: Providers, facts: KeyValues, clock: Clock) -> None:
        self._ledger = ledger
        self._providers = providers
        self._facts = facts
        self._clock = clock
        self._drift: dict[Payer, Decimal] = {}

    @property
    def drift(self) -> Mapping[Payer, Decimal]:
        return self._drift

    async def step(self) -> timedelta:
        """Compares what is due; how long to rest until it is again."""
        last = await self._facts.get(_COMPARED_AT)
        now = self._clock.now()
        if last is not None and timedelta() <= now - from_millis(int(last)) < DAILY:
            return IDLE
        for charged in await self._ledger.charged(now - DAILY):
            await self._compare(charged)
        await self._facts.put(_COMPARED_AT, str(to_millis(now)))
        return IDLE

    async def _compare(self, charged: Charged) -> None:
        if charged.unsettled:
            return  # the provider has not told all its prices yet: tomorrow
        payer = charged.payer
        try:
            async with self._providers.of(payer.key) as oxen:
                total = (await oxen.history_page(payer.namespace, size=1)).total_cost
        except NotFound:
            return  # this provider keeps no books
        except OxenError as error:
            log.warning("not compared", extra={"namespace": payer.namespace, "error": str(error)})
            return
        if total is not None:
            await self._judge(payer, total, charged.usd)

    async def _judge(self, payer: Payer, theirs: Decimal, ours: Decimal) -> None:
        self._drift[payer] = drift = theirs - ours
        name = f"{_DRIFT}:{payer.key or ''}:{payer.namespace or ''}"
        told = Decimal(await self._facts.get(name) or 0)
        if abs(drift - told) < _LEAST:
            return
        await self._facts.put(name, str(drift))
        log.warning(
            "ledger and provider differ",
            extra={"namespace": payer.namespace, "ours": str(ours), "theirs": str(theirs), "change": str(drift - told)},
        )
