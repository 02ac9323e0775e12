"""What the provider really charged, where it tells: collected for each success, and compared in sum once a day."""

import logging
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.clock import Clock, SteadyClock, Waits, from_millis, to_millis
from bot.domain.errors import Refusal, Value
from bot.domain.ids import GenerationId, GuildId, RemoteId, UserId
from bot.domain.orders.estimate import is_plausible
from bot.domain.orders.generation import Generation
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import KeyRefused, NotFound, ProviderError, Providers, Rejected
from bot.domain.records.guild_log import Act, ActKind
from bot.services.policy import Timing
from bot.services.supervision import IDLE, ever_more_seldom
from bot.services.tracking.settler import HeldCards
from bot.services.wakeups import Topic, Wakeups
from bot.store.installation import KeyValues
from bot.store.records.guild_log import Notices
from bot.store.wallet.accounts import Guilds
from bot.store.wallet.ledger import Charged, Ledger, Suspects, Unclear, Why

log = logging.getLogger(__name__)

SPARE = 30.0  # requests for few costs that may follow each other: an evening of a small server
MANY = 40  # successes of one payer: as many are worth a request
_PATIENCE = timedelta(hours=1)  # that fewer have, while others are asked for
_AGAIN_LAST = timedelta(minutes=10)
_TOLD_WITHIN = timedelta(hours=24)  # the provider forgets its rows after that
_MADE_WITHIN = timedelta(days=3)  # by a clock that may have been wrong when it ended
DAILY = timedelta(days=1)
_LEAST = Decimal("0.01")  # USD; below lies the rounding of the provider's prices
_COMPARED_AT = "compared_at"
_DRIFT = "drift"
_PRICES_AGAIN, _MOST_PUT_OFF = timedelta(hours=1), 3
DIFFERENCE = "difference"  # the notice of it


@dataclass(slots=True)
class _Asked:
    """From when to ask (monotonic). `alone`: a page did not tell, so it is asked for by its id."""

    due: float
    alone: bool = False


class CostCollector:
    """Asks what each success really cost, where the provider tells: the ledger follows it, whatever was quoted.

    A page of the history tells the costs of all that a payer's members have made lately. Where little is made, it is
    asked for at once; where much is, once for many, so that these requests stay few for each of them.
    """

    def __init__(
        self,
        ledger: Ledger,
        providers: Providers,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
        held_cards: HeldCards,
    ) -> None:
        self._ledger = ledger
        self._providers = providers
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._timing = timing
        self._held_cards = held_cards
        self._asked: dict[GenerationId, _Asked] = {}
        self._tells = False  # whether any provider does
        self._look_at = -math.inf  # from when to read what is unknown, monotonic
        self._spare, self._spare_at = SPARE, clock.monotonic()  # requests that are no burden, as of then

    async def step(self) -> timedelta:
        """Asks for the costs that are due; how long until the next are, the more seldom the longer one is not told.

        A dialect without history answers nothing.
        """
        monotonic = self._clock.monotonic()
        if self._look_at > monotonic:
            return timedelta(seconds=self._look_at - monotonic)
        now = self._clock.now()
        refill = (monotonic - self._spare_at) / self._timing.costs_spare.total_seconds()
        self._spare, self._spare_at = min(self._spare + refill, SPARE), monotonic
        unknown = [
            (payer, generation)
            for payer, generation in await self._ledger.costs_unknown(now - _MADE_WITHIN)
            if not self._waits.over(generation.id, generation.ended_at or now, _TOLD_WITHIN)
        ]
        self._waits.keep([generation.id for _, generation in unknown])
        self._asked = {each.id: self._asked.get(each.id, _Asked(monotonic)) for _, each in unknown}

        waiting: defaultdict[Payer, list[Generation]] = defaultdict(list)
        for payer, generation in unknown:
            if self._asked[generation.id].due <= monotonic:
                waiting[payer].append(generation)
        silent: set[KeyId | None] = set()  # what is wrong concerns all that was ordered by the key
        for payer, each in sorted(waiting.items(), key=lambda one: len(one[1]), reverse=True):
            waited = now - min(generation.ended_at or now for generation in each)
            if len(each) < MANY and waited < _PATIENCE and self._spare < 1:
                continue
            if payer.key not in silent and not await self._ask(payer, each):
                silent.add(payer.key)
            for generation in each:
                if generation.id in self._asked:
                    waited = now - (generation.ended_at or now)
                    again = ever_more_seldom(waited, self._timing.cost_again, _AGAIN_LAST)
                    self._asked[generation.id].due = monotonic + again.total_seconds()
        if self._held_cards.asked({generation.order_id for each in waiting.values() for generation in each}):
            self._wakeups.notify(Topic.CARD)
        pause = self._timing.costs if self._tells else self._timing.cost_again
        self._look_at = monotonic + pause.total_seconds()
        if not self._asked:
            return IDLE
        rest = min(each.due for each in self._asked.values()) - monotonic
        spare = (1 - self._spare) * self._timing.costs_spare.total_seconds() if rest <= 0 else 0.0
        return timedelta(seconds=max(rest, min(spare, IDLE.total_seconds())))

    async def _ask(self, payer: Payer, waiting: Sequence[Generation]) -> bool:
        """Asks for the costs of these, and books them; False when something is wrong that concerns the whole key."""
        costs: dict[RemoteId, Decimal] = {}
        ids = {each.remote_id for each in waiting if each.remote_id is not None}
        alone = {each.remote_id for each in waiting if each.remote_id is not None and self._asked[each.id].alone}
        try:
            async with self._providers.of(payer.key) as provider:
                if ids - alone:
                    costs |= await provider.costs(payer.namespace, ids)
                for remote_id in alone - costs.keys() if provider.tells_costs else ():
                    cost = await provider.cost(remote_id)
                    costs |= {remote_id: cost} if cost is not None else {}
                if provider.tells_costs:
                    self._tells, self._spare = True, max(0.0, self._spare - 1)
        except ProviderError as error:
            log.warning("costs not known yet", extra={"namespace": payer.namespace, "error": str(error)})
            if not isinstance(error, Rejected) or isinstance(error, KeyRefused):
                return False
        for generation in waiting:
            cost = costs.get(generation.remote_id) if generation.remote_id is not None else None
            if cost is not None and not is_plausible(cost):  # neither booked nor learnt from: the estimate stands
                if not self._asked[generation.id].alone:  # said once
                    log.warning("cost ignored", extra=generation.log_fields | {"usd": str(cost)})
                cost = None
            if cost is None:
                self._asked[generation.id].alone = True
                continue
            del self._asked[generation.id]
            await self._ledger.settle_cost(generation.id, cost, self._clock.now())
            log.info("cost settled", extra=generation.log_fields | {"usd": str(cost)})
        if costs:
            self._wakeups.notify(Topic.NOTICE)
        return True


class LedgerComparer:
    """Holds the ledger against the provider's own books, once a day and for every payer that can be asked.

    A namespace may be used by others than Drover. Therefore a difference is told when it changes, not day after day,
    with the orders that can be behind it; what was compared last is remembered across restarts. The operator reads it
    in the log. A server that pays itself reads it in its log channel, but not at the first comparison, which finds what
    was before Drover, and not where no order can be behind it. Where there is no difference although every cost was
    told, what was unclear for a day has cost nothing, and is cleared. `drift` is what the provider's books show above
    the ledger's (USD), by payer, as of the last comparison.
    """

    def __init__(
        self,
        ledger: Ledger,
        guilds: Guilds,
        notices: Notices,
        providers: Providers,
        key_values: KeyValues,
        clock: Clock,
        wakeups: Wakeups,
    ) -> None:
        self._ledger = ledger
        self._guilds = guilds
        self._notices = notices
        self._providers = providers
        self._key_values = key_values
        self._clock = clock
        self._wakeups = wakeups
        self._drift: dict[Payer, Decimal] = {}
        self._put_off: dict[Payer, int] = {}  # whose prices were not all told, and how often they were put off
        self._again_at: datetime | None = None

    @property
    def drift(self) -> Mapping[Payer, Decimal]:
        return self._drift

    async def step(self) -> timedelta:
        """Compares what is due; how long to rest until it is again.

        A payer with prices that are not told yet is looked at an hour later, a few times; then with them.
        """
        now, last = self._clock.now(), await self._key_values.get(_COMPARED_AT)
        daily = last is None or not timedelta() <= now - from_millis(int(last)) < DAILY
        if daily:
            self._put_off.clear()
        elif not self._put_off or (self._again_at is not None and now < self._again_at):
            return IDLE
        payers = await self._guilds.payers()
        charged = {one.payer: one for one in await self._ledger.charged(now - DAILY)}
        for payer in {*charged, *payers.values()} if daily else {*self._put_off}:
            one = charged.get(payer) or Charged(payer=payer, usd=Decimal(0), unsettled=False)
            if one.unsettled and self._put_off.get(payer, 0) < _MOST_PUT_OFF:
                self._put_off[payer] = self._put_off.get(payer, 0) + 1
                continue
            self._put_off.pop(payer, None)
            since = from_millis(int(last)) if last is not None else now - DAILY
            await self._compare(one, [guild for guild, each in payers.items() if each == payer], since, now)
        self._again_at = now + _PRICES_AGAIN
        if daily:
            await self._key_values.put(_COMPARED_AT, str(to_millis(now)))
        return IDLE

    async def _compare(self, charged: Charged, guilds: Sequence[GuildId], since: datetime, now: datetime) -> None:
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
        if abs(drift) < _LEAST and not charged.estimates:
            cleared = await self._ledger.clear_unclear(payer, now - DAILY, now)
            if cleared:
                log.info("unclear cleared", extra={"namespace": payer.namespace, "outputs": cleared})
        name = f"{_DRIFT}:{payer.key or ''}:{payer.namespace or ''}"
        told = await self._key_values.get(name)
        change = drift - Decimal(told or 0)
        if told is None or abs(change) >= _LEAST:
            await self._key_values.put(name, str(drift))
        if abs(change) < _LEAST:
            return
        behind = await self._ledger.behind(payer, min(since, now - DAILY))
        log.warning(
            "ledger and provider differ",
            extra={
                "namespace": payer.namespace,
                "ours": str(charged.usd),
                "theirs": str(total),
                "change": str(change),
                "behind": {why.value: (one.outputs, str(one.usd)) for why, one in behind.items()},
            },
        )
        if told is None or not behind:
            return
        none = Suspects(outputs=0, usd=Decimal(0))
        values: dict[str, Value] = {"change": abs(change), "side": "more" if change > 0 else "less"}
        for why in Why:
            one = behind.get(why, none)
            values |= {f"{why}_outputs": one.outputs, f"{why}_usd": one.usd}
        for guild_id in guilds:
            await self._notices.owe(guild_id, DIFFERENCE, f"{DIFFERENCE}:{to_millis(now)}", values, now)
        self._wakeups.notify(Topic.NOTICE)


class UnclearMoney:
    """Estimates of outputs of which the provider never told, as whoever manages a guild sees and clears them.

    The caller checks who may do it. The history (`bot.services.ordering.late_results`) and the daily comparison
    clear them too, by themselves.
    """

    def __init__(self, ledger: Ledger, clock: Clock, wakeups: Wakeups) -> None:
        self._ledger = ledger
        self._clock = clock
        self._wakeups = wakeups

    async def of(self, guild_id: GuildId) -> Sequence[Unclear]:
        """The guild's outputs that may have been charged, the latest first; as many as a select can show."""
        return await self._ledger.unclear(guild_id)

    async def settle(self, guild_id: GuildId, generation_id: GenerationId, by: UserId, *, charged: bool) -> Unclear:
        """`by` says that the output was charged, then it is booked by its estimate, or that it was not.

        With an entry in the audit log. Raises `Refusal` when it is not unclear any more.
        """
        act = Act(guild_id=guild_id, by=by, kind=ActKind.UNCLEAR_CHARGED if charged else ActKind.UNCLEAR_FREE)
        one = await self._ledger.settle_unclear(generation_id, act, self._clock.now(), charged=charged)
        if one is None:
            raise Refusal("unclear-settled")
        log.info("unclear settled", extra={"generation": generation_id, "user": by, "charged": charged})
        self._wakeups.notify(Topic.CARD, Topic.NOTICE)
        return one
