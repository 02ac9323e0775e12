"""What goes on by itself: the loops that send, track, deliver, keep accounts and forget."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import Clock, from_millis
from bot.services.catalogue_cache import CatalogueCache
from bot.services.ports import InputFiles, Messenger, Providers
from bot.services.supervision import Alarm, Loop, Step, Wait, WorkerPool
from bot.services.tracking.listening import Ear, Listening, Streams
from bot.services.tracking.tracking import Tracking
from bot.store.backup import RESTORED_AT
from bot.store.repositories import Repositories

from bot.services.delivery.cards import PLACES, CardUpdater, QueueCards
from bot.services.delivery.delivery import Delivery
from bot.services.delivery.notifier import Notifier
from bot.services.ordering.canceller import Canceller
from bot.services.ordering.confirmation_expirer import ConfirmationExpirer
from bot.services.ordering.late_results import LateResultChecker
from bot.services.ordering.reconciler import Reconciler
from bot.services.ordering.submitter import Submitter
from bot.services.privacy.eraser import Eraser
from bot.services.queue.policy_service import PolicyService
from bot.services.queue.queue_service import QueueService
from bot.services.reports.reports import WEEKLY, ReportService, WeeklySummary
from bot.services.wallet.costs import CostCollector, LedgerComparer
from bot.services.wallet.keys import KeyJanitor

CATALOGUE = "catalogue"
EVENTS = "events"  # its step lasts as long as the stream, which notices silence by itself
DEAF = frozenset({CATALOGUE, EVENTS, PLACES, WEEKLY})  # these wait for the provider or the clock, not for rows
_STEP_LIMIT = timedelta(minutes=10)


class Background:
    """`alarm` is what services ring when they change rows; from now on it wakes these loops.

    `poll` and `poll_quiet` are the time between two lists, without an event stream and with one, `poll_images` where
    images are in the making and there is no stream; `places_period`
    between two looks at places in the queues (None: the usual); `pause` is how loops rest.
    """

    def __init__(
        self,
        *,
        rows: Repositories,
        providers: Providers,
        input_files: InputFiles,
        messenger: Messenger,
        clock: Clock,
        alarm: Alarm,
        catalogue_cache: CatalogueCache,
        rulebook: PolicyService,
        queueing: QueueService,
        reporting: ReportService,
        work_dir: Path,
        poll: timedelta,
        poll_images: timedelta,
        poll_quiet: timedelta,
        places_period: timedelta | None,
        pause: Wait,
    ) -> None:
        self._facts = rows.facts
        wake, one = alarm.ring, alarm.bell
        self.keys = KeyJanitor(rows.keys, rows.generations, providers, clock, wake, one("keys"))
        suspect = self.keys.suspect
        self.tracking = Tracking(
            rows.generations, providers, clock, wake, suspect, poll=poll, poll_images=poll_images, poll_quiet=poll_quiet
        )
        ear = Ear(providers=providers, tracking=self.tracking, wake=wake, suspect=suspect)
        self.listening = Listening(ear)
        self.streams = Streams(ear, rows.generations, clock)
        self.reconciliation = Reconciler(rows.orders, providers, clock, wake)
        self.submission = Submitter(rows.orders, providers, input_files, clock, wake, suspect)
        self.delivery = Delivery(rows.posts, providers, messenger, clock, one("delivery"), wake=wake, work_dir=work_dir)
        self.cards = CardUpdater(rows.orders, messenger, clock, one("cards"), queueing.placed)
        self.places = QueueCards(rows.queues, rows.policies, rows.orders, clock, one("cards"), places_period)
        self.cancelling = Canceller(rows.generations, providers, self.tracking, clock)
        settling = self.tracking.settling
        self.second_looks = LateResultChecker(rows.generations, rows.orders, providers, settling, clock, wake)
        self.lapsing = ConfirmationExpirer(rows.confirmations, messenger, clock, one("drafts"))
        self.costing = CostCollector(rows.ledger, providers, clock)
        self.comparing = LedgerComparer(rows.ledger, providers, rows.facts, clock)
        self.telling = Notifier(rows.notices, rulebook, messenger, clock, one("telling"))
        self.weekly = WeeklySummary(rows.reports, reporting, rows.notices, clock)
        self.forgetter = Eraser(rows.privacy, rows.departures, clock)
        steps: dict[str, Step] = {
            CATALOGUE: catalogue_cache.step,
            EVENTS: self.listening.step,
            "streams": self.streams.step,
            "keys": self.keys.step,
            "tracking": self.tracking.step,
            "reconciliation": self.reconciliation.step,
            "cancelling": self.cancelling.step,
            "submission": self.submission.step,
            "second looks": self.second_looks.step,
            "delivery": self.delivery.step,
            "cards": self.cards.step,
            "costs": self.costing.step,
            "drafts": self.lapsing.step,
            PLACES: self.places.step,
            "comparing": self.comparing.step,
            "telling": self.telling.step,
            WEEKLY: self.weekly.step,
            "forgetting": self.forgetter.step,
        }
        self.loops: Mapping[str, Loop] = {
            name: Loop(name, step, clock, pause, limit=None if name == EVENTS else _STEP_LIMIT)
            for name, step in steps.items()
        }
        alarm.loops = self.loops
        self.pools: Sequence[WorkerPool] = (
            self.submission.pool,
            self.delivery.pool,
            self.cards.pool,
            self.lapsing.pool,
        )

    async def recover(self) -> None:
        """Once, before the loops run: takes stock of what the last process left on its way."""
        restored_at = await self._facts.get(RESTORED_AT)
        if restored_at is not None:
            self.delivery.restored_at = from_millis(int(restored_at))
        await self.reconciliation.recover()

    def start(self, names: Sequence[str]) -> list[asyncio.Task[None]]:
        """Starts these loops; cancel the tasks to stop them."""
        return [asyncio.create_task(self.loops[name].run(), name=name) for name in names]

    async def dismiss(self, patience: timedelta) -> None:
        """Lets what is between two commits finish, at most for `patience`, and stops listening."""
        await self.streams.dismiss()
        await asyncio.gather(*(pool.dismiss(patience) for pool in self.pools))
