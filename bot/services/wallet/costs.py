"""What the provider really charged, where it tells: collected for each success, and compared in sum once a day."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from bot.domain.clock import Clock, SteadyClock, Waits, from_millis, to_millis
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import KeyRefused, NotFound, ProviderError, Providers, Rejected
from bot.services.policy import Timing
from bot.services.supervision import IDLE, ever_more_seldom
from bot.services.tracking.settler import AwaitedCosts
from bot.services.wakeups import Topic, Wakeups
from bot.store.installation import KeyValues
from bot.store.wallet.ledger import Charged, Ledger

log = logging.getLogger(__name__)

_AGAIN_LAST = timedelta(minutes=10)
_TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that
_MADE_WITHIN = timedelta(days=3)  # by a clock that may have been wrong when it ended
DAILY = timedelta(days=1)
_LEAST = Decimal("0.01")  # USD; below lies the rounding of the provider's prices
_COMPARED_AT = "compared_at"
_DRIFT = "drift"


class CostCollector:
    """Asks what each success really cost, where the provider tells: the ledger follows it, whatever was quoted."""

    def __init__(
        self,
        ledger: Ledger,
        providers: Providers,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
        awaited: AwaitedCosts,
    ) -> None:
        self._ledger = ledger
        self._providers = providers
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._timing = timing
        self._awaited = awaited

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
            cost = None
            if generation.key not in silent:
                try:
                    async with self._providers.of(generation.key) as provider:
                        cost = await provider.cost(generation.remote_id)
                except ProviderError as error:
                    log.warning("cost not known yet", extra={"generation": generation.id, "error": str(error)})
                    if not isinstance(error, Rejected) or isinstance(error, KeyRefused):
                        silent.add(generation.key)
            if cost is None:
                left.append(now - generation.ended_at)
                continue
            await self._ledger.settle_cost(generation.id, cost, self._clock.now())
            self._wakeups.notify(Topic.CARD, Topic.NOTICE)
            log.info("cost settled", extra={"generation": generation.id, "usd": str(cost)})
        if self._awaited.asked(generation.order_id for generation in unknown):
            self._wakeups.notify(Topic.CARD)
        return ever_more_seldom(min(left), self._timing.cost_again, _AGAIN_LAST) if left else IDLE


class LedgerComparer:
    """Holds the ledger against the provider's own books, once a day: what differs is the operator's to look into.

    A namespace may be used by others than Drover. Therefore a difference is told when it changes, not day after day,
    and what was compared last is remembered across restarts. `drift` is what the provider's books show above the
    ledger's (USD), by payer, as of the last comparison.
    """

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
            async with self._providers.of(payer.key) as provider:
                total = (await provider.history_page(payer.namespace, size=1)).total_cost
        except NotFound:
            return  # this provider keeps no books
        except ProviderError as error:
            log.warning("not compared", extra={"namespace": payer.namespace, "error": str(error)})
            return
        if total is None:
            return
        self._drift[payer] = drift = total - charged.usd
        name = f"{_DRIFT}:{payer.key or ''}:{payer.namespace or ''}"
        told = Decimal(await self._facts.get(name) or 0)
        if abs(drift - told) >= _LEAST:
            await self._facts.put(name, str(drift))
            change = str(drift - told)
            log.warning(
                "ledger and provider differ",
                extra={
                    "namespace": payer.namespace,
                    "ours": str(charged.usd),
                    "theirs": str(total),
                    "change": change,
                },
            )
