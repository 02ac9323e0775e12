"""What goes on by itself: the loops that send, track, deliver, keep accounts and forget."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import Clock, from_millis
from bot.domain.messenger import Messenger
from bot.domain.orders.inputs import InputFiles
from bot.domain.provider import Providers
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.delivery import CardKeeping, Delivery
from bot.services.delivery.placekeeping import PLACES, PlaceKeeping
from bot.services.delivery.telling import Telling
from bot.services.ordering.cancelling import Cancelling
from bot.services.ordering.lapsing import Lapsing
from bot.services.ordering.reconciliation import Reconciliation
from bot.services.ordering.second_looks import SecondLooks
from bot.services.ordering.submission import Submission
from bot.services.privacy.forgetting import Forgetter
from bot.services.queue.queueing import Queueing
from bot.services.queue.rulebook import Rulebook
from bot.services.reports.reports import Reporting
from bot.services.reports.weekly import WEEKLY, Weekly
from bot.services.supervision import Alarm, Loop, Step, Wait, WorkerPool
from bot.services.tracking.listening import Ear, Listening, Streams
from bot.services.tracking.tracking import Tracking
from bot.services.wallet.comparing import Comparing
from bot.services.wallet.costing import Costing
from bot.services.wallet.keykeeping import KeyKeeping
from bot.store.backup import RESTORED_AT
from bot.store.repositories import Repositories

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
        rulebook: Rulebook,
        queueing: Queueing,
        reporting: Reporting,
        work_dir: Path,
        poll: timedelta,
        poll_images: timedelta,
        poll_quiet: timedelta,
        places_period: timedelta | None,
        pause: Wait,
    ) -> None:
        self._facts = rows.key_values
        wake, one = alarm.ring, alarm.bell
        keys = KeyKeeping(rows.keys, rows.generations, providers, clock, wake, one("keys"))
        suspect = keys.suspect
        self.tracking = Tracking(
            rows.generations, providers, clock, wake, suspect, poll=poll, poll_images=poll_images, poll_quiet=poll_quiet
        )
        ear = Ear(providers=providers, tracking=self.tracking, wake=wake, suspect=suspect)
        self._streams = Streams(ear, rows.generations, clock)
        self._reconciliation = Reconciliation(rows.orders, providers, clock, wake)
        submission = Submission(rows.orders, providers, input_files, clock, wake, suspect, catalogue_cache)
        self.delivery = Delivery(rows.posts, providers, messenger, clock, one("delivery"), wake=wake, work_dir=work_dir)
        cards = CardKeeping(rows.orders, messenger, clock, one("cards"), queueing.placed)
        places = PlaceKeeping(rows.queues, rows.policies, rows.orders, clock, one("cards"), places_period)
        settling = self.tracking.settling
        second_looks = SecondLooks(rows.generations, rows.orders, providers, settling, clock, wake)
        lapsing = Lapsing(rows.confirmations, messenger, clock, one("drafts"))
        self.comparing = Comparing(rows.ledger, providers, rows.key_values, clock)
        steps: dict[str, Step] = {
            CATALOGUE: catalogue_cache.step,
            EVENTS: Listening(ear).step,
            "streams": self._streams.step,
            "keys": keys.step,
            "tracking": self.tracking.step,
            "reconciliation": self._reconciliation.step,
            "cancelling": Cancelling(rows.generations, providers, self.tracking, clock).step,
            "submission": submission.step,
            "second looks": second_looks.step,
            "delivery": self.delivery.step,
            "cards": cards.step,
            "costs": Costing(rows.ledger, providers, clock).step,
            "drafts": lapsing.step,
            PLACES: places.step,
            "comparing": self.comparing.step,
            "telling": Telling(rows.notices, rulebook, messenger, clock, one("telling")).step,
            WEEKLY: Weekly(rows.policies, reporting, rows.notices, clock).step,
            "forgetting": Forgetter(rows.privacy, rows.left_guilds, clock).step,
        }
        self.loops: Mapping[str, Loop] = {
            name: Loop(name, step, clock, pause, limit=None if name == EVENTS else _STEP_LIMIT)
            for name, step in steps.items()
        }
        alarm.loops = self.loops
        self.pools: Sequence[WorkerPool] = (submission.pool, self.delivery.pool, cards.pool, lapsing.pool)

    async def recover(self) -> None:
        """Once, before the loops run: takes stock of what the last process left on its way."""
        restored_at = await self._facts.get(RESTORED_AT)
        if restored_at is not None:
            self.delivery.restored_at = from_millis(int(restored_at))
        await self._reconciliation.recover()

    def start(self, names: Sequence[str]) -> list[asyncio.Task[None]]:
        """Starts these loops; cancel the tasks to stop them."""
        return [asyncio.create_task(self.loops[name].run(), name=name) for name in names]

    async def dismiss(self, patience: timedelta) -> None:
        """Lets what is between two commits finish, at most for `patience`, and stops listening."""
        await self._streams.dismiss()
        await asyncio.gather(*(pool.dismiss(patience) for pool in self.pools))
