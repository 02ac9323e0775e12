"""From the rows to the provider: one POST for one order, sent once.

The row before the call: `sending` is committed before the first byte leaves, so that whatever happens next is
either known or known to be unknown. Only what surely had no effect is sent again.
"""

import logging
from collections.abc import Coroutine, Mapping
from datetime import timedelta

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import OrderId
from bot.domain.messenger import TryLater
from bot.domain.orders.failure_words import reason_for
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.inputs import InputFiles, InputGone
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Ambiguous, KeyGone, KeyRefused, Providers, Rejected, Suspect, Unavailable
from bot.services.catalogue_cache import CatalogueCache
from bot.services.policy import Timing
from bot.services.supervision import WorkerPool, backoff
from bot.services.wakeups import AN_END, Topic, Wakeups, of_adoption, of_end
from bot.store.orders.orders import Orders

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=1)
GIVE_UP_UNSENT = timedelta(minutes=10)  # a member would rather know than wait longer for a provider that is down
_INPUT_AGAIN = timedelta(seconds=10)
_NAMED = 20  # ids that one line of the log names


class Submitter:
    """`suspect` is called when a key was refused; `input_files` finds the files that were given with an order.

    `catalogue_cache` has the model by whose schema the order has to be right.
    """

    def __init__(
        self,
        orders: Orders,
        providers: Providers,
        input_files: InputFiles,
        clock: SteadyClock,
        wakeups: Wakeups,
        suspect: Suspect,
        catalogue_cache: CatalogueCache,
        timing: Timing,
    ) -> None:
        self._orders = orders
        self._providers = providers
        self._input_files = input_files
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._suspect = suspect
        self._catalogue_cache = catalogue_cache
        self._timing = timing
        self._unwritten: set[OrderId] = set()  # what became of the POST could not be written: the database was away
        self.pool = WorkerPool("submission", 8, clock, wakeups, Topic.TO_SEND)

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        for order_id in list(self._unwritten):
            await self._lost(order_id)
        if self.pool.full:
            return self.pool.when_free()
        waiting = await self._orders.to_send()
        if not waiting:
            self._waits.keep([])
        with_files = {each.id for each in waiting if each.with_files}
        due = [(each.id, each.due) for each in waiting]

        def send(order_id: OrderId) -> Coroutine[None, None, None]:
            return self._send(order_id, with_files=order_id in with_files)

        return self.pool.take_up(due, self._clock.now(), send, longest=LONGEST_PAUSE)

    async def _send(self, order_id: OrderId, *, with_files: bool) -> None:
        # The links of the order's files, while it is still known that nothing has left.
        urls: Mapping[str, str] = {}
        record = await self._orders.get(order_id) if with_files else None
        if record is not None:
            try:
                urls = await self._input_files.fresh(record.order.request.inputs)
            except InputGone as error:
                log.warning("input gone", extra={"order": order_id, "position": error.position})
                await self._failed(order_id, Reason.INPUT_GONE)
                return
            except TryLater as error:
                await self._later(record, error, Reason.INPUT_UNREACHABLE, error.pause or _INPUT_AGAIN)
                return
            except Exception:  # left due as it is, it would be tried again at once
                await self._postpone(order_id, LONGEST_PAUSE)
                raise

        # The row, then the call. Outputs that were cancelled meanwhile end here.
        record = await self._orders.mark_sending(order_id, self._clock.now())
        if record is None or len(record.generations) < record.order.request.count:
            self._wakeups.notify(*AN_END)
        if record is not None:
            try:
                await self._post(record, urls)
            except Exception:  # what nobody thought of: `sending` for ever would be no end
                self._unwritten.add(order_id)
                await self._lost(order_id)
                raise

    async def _post(self, record: OrderRecord, urls: Mapping[str, str]) -> None:
        """The POST, and what its answer says."""
        order, catalogue = record.order, self._catalogue_cache.catalogue
        model = catalogue.get(order.request.model_id) if catalogue is not None else None
        violation = model.violation(order.request.body(urls)) if model is not None else None
        if violation is not None:  # the schema has changed since the order was accepted: it would fail, and be paid
            log.warning("body refused", extra={"order": order.id, "keyword": violation.keyword})
            await self._failed(order.id, Reason.SETTINGS_REFUSED)
            return
        try:
            async with self._providers.of(order.payer.key) as provider:
                remote_ids = await provider.enqueue(
                    order.request, len(record.generations), order.namespace, token=order.id, urls=urls
                )
        except Unavailable as error:
            pause = backoff(record.send_attempts, self._timing.send_again, LONGEST_PAUSE)
            await self._later(record, error, Reason.UNREACHABLE, pause)
            return
        except KeyGone:
            await self._failed(order.id, Reason.KEY_UNUSABLE)
            return
        except Rejected as error:
            log.warning("order rejected", extra={"order": order.id, "status": error.status})
            reason = reason_for(error.detail)
            if isinstance(error, KeyRefused):
                reason = Reason.KEY_REFUSED if order.payer.key is None else Reason.KEY_UNUSABLE
                self._suspect(order.payer.key)
            elif reason is Reason.PROVIDER:
                reason = Reason.REJECTED
            await self._failed(order.id, reason, error.detail)
            return
        except Ambiguous as error:
            log.warning("answer lost", extra={"order": order.id, "error": str(error)})
            await self._lost(order.id)
            return

        self._waits.drop(order.id)
        adopted, to_cancel = await self._orders.adopt(order.id, remote_ids, self._clock.now(), complete=True)
        self._wakeups.notify(*of_adoption(to_cancel=to_cancel), of=order.context.guild_id)
        if len(adopted) < len(record.generations):  # the others were not taken, or under an id that is not known
            self._wakeups.notify(Topic.ANSWER_LOST, *AN_END)
        waited = (self._clock.now() - order.created_at).total_seconds()
        log.info(
            "order sent",
            extra={"order": order.id, "kind": order.request.kind.value, "seconds": waited, "generations": len(adopted)},
        )
        orphans = [remote_id for remote_id in remote_ids if remote_id not in adopted]
        if orphans:  # more than were ordered, or another order's: the operator's to judge, and never touched
            log.warning("ids not taken", extra={"order": order.id, "remote": orphans[:_NAMED], "ids": len(orphans)})

    async def _later(
        self, record: OrderRecord, error: Unavailable | TryLater, reason: Reason, pause: timedelta
    ) -> None:
        """Surely nothing left: it may after `pause`. When that lasts too long, `reason` is why the order failed."""
        order = record.order
        log.warning("order not sent", extra={"order": order.id, "error": str(error)})
        if self._waits.over(order.id, record.admitted_at or order.created_at, GIVE_UP_UNSENT):
            await self._failed(order.id, reason)
        else:
            await self._postpone(order.id, min(pause, LONGEST_PAUSE))

    async def _postpone(self, order_id: OrderId, pause: timedelta) -> None:
        now = self._clock.now()
        await self._orders.postpone(order_id, now + pause, now)
        self._wakeups.notify(Topic.TO_SEND, Topic.CARD)

    async def _lost(self, order_id: OrderId) -> None:
        await self._orders.lose(order_id, self._clock.now())
        self._unwritten.discard(order_id)
        self._wakeups.notify(Topic.ANSWER_LOST, Topic.CARD)

    async def _failed(self, order_id: OrderId, reason: Reason, detail: str | None = None) -> None:
        outcome = Outcome(state=GenerationState.FAILED, reason=reason, detail=detail)
        await self._orders.fail_unsent(order_id, outcome, self._clock.now())
        self._wakeups.notify(*of_end(outcome))
        self._waits.drop(order_id)
