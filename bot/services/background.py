"""What goes on by itself: the loops that send, track, deliver, keep accounts and forget.

`Background.loops` is the table that says which change of rows is for which loop.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from bot.domain.clock import SteadyClock
from bot.domain.messenger import Messenger
from bot.domain.orders.inputs import InputFiles
from bot.domain.orders.order import OrderRecord
from bot.domain.provider import Providers
from bot.domain.roles import WHOLE, Role
from bot.media.transcoder import Transcoder
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.card_editor import CardEditor
from bot.services.delivery.cards import CardUpdater, QueueCards, ShownCards
from bot.services.delivery.delivery import Delivery
from bot.services.delivery.notifier import Notifier
from bot.services.delivery.showcase import Showcase
from bot.services.delivery.takeback import TakeBackService
from bot.services.ordering.canceller import Canceller
from bot.services.ordering.confirmation_expirer import ConfirmationExpirer
from bot.services.ordering.late_results import LateResultChecker
from bot.services.ordering.reconciler import Reconciler
from bot.services.ordering.submitter import Submitter
from bot.services.policy import Policy
from bot.services.privacy.eraser import Eraser
from bot.services.queue.policy_service import PolicyService
from bot.services.queue.queue_service import QueueService
from bot.services.reports.limits import LimitsService
from bot.services.reports.reports import ReportService, WeeklySummary
from bot.services.supervision import IDLE, Loop, Step, Wait, WorkerPool
from bot.services.tracking.events import EventInbox, EventListener, KeyListeners
from bot.services.tracking.result_files import ResultFiles
from bot.services.tracking.settler import HeldCards, Settler
from bot.services.tracking.tracker import Tracker
from bot.services.wakeups import Topic, Wakeups
from bot.services.wallet.costs import CostCollector, LedgerComparer
from bot.services.wallet.keys import KeyJanitor
from bot.store.repositories import Repositories

CATALOGUE = "catalogue"
EVENTS = "events"
REFRESH = "refresh"
OF_SHARDS = frozenset(  # what is shown to guilds, by the process that has their shards; all others are the work for all
    {"delivery", "taking back", "cards", "progress", "confirmations", "queue positions", "notices", "showcase"}
)
_NO_CATALOGUE = timedelta(seconds=2)  # nobody can order: whoever fetches it may have told us too early
STEP_LIMIT = timedelta(minutes=10)


class Background:
    """The agents and their loops: `wakeups` is what services notify when they change rows, `pause` how loops rest."""

    def __init__(
        self,
        *,
        rows: Repositories,
        providers: Providers,
        input_files: InputFiles,
        messenger: Messenger,
        clock: SteadyClock,
        wakeups: Wakeups,
        catalogue_cache: CatalogueCache,
        policy_service: PolicyService,
        queue_service: QueueService,
        shown_cards: ShownCards,
        report_service: ReportService,
        limits_service: LimitsService,
        policy: Policy,
        transcoder: Transcoder | None,
        pause: Wait,
    ) -> None:
        timing = policy.timing
        self._clock = clock
        self._rows = rows
        self._providers = providers
        self._catalogue_cache = catalogue_cache
        self.key_janitor = KeyJanitor(rows.keys, rows.generations, providers, clock, wakeups, timing)
        suspect = self.key_janitor.suspect
        self.inbox = EventInbox(clock)
        self.held_cards = held_cards = HeldCards(clock, timing.card_cost)
        self.result_files = result_files = ResultFiles(policy.work_dir, messenger.limits)
        self.settler = Settler(rows.generations, providers, clock, wakeups, self.inbox, held_cards, result_files)
        self.tracker = Tracker(
            rows.generations, providers, clock, self.inbox, self.settler, suspect, policy.polling, wakeups
        )
        self.listener = EventListener(providers, self.inbox, wakeups, suspect)
        self.key_listeners = KeyListeners(providers, self.inbox, wakeups, suspect, rows.generations, clock)
        self.submitter = Submitter(
            rows.orders, providers, input_files, clock, wakeups, suspect, catalogue_cache, timing
        )
        self.reconciler = Reconciler(rows.orders, providers, clock, wakeups)
        self.late_results = LateResultChecker(rows.generations, rows.orders, providers, self.settler, clock, wakeups)
        self.canceller = Canceller(rows.generations, providers, self.settler, clock)
        self.delivery = Delivery(
            rows.posts,
            rows.key_values,
            providers,
            messenger,
            clock,
            wakeups,
            result_files,
            held_cards,
            policy_service,
            work_dir=policy.work_dir,
            timing=timing,
            transcoder=transcoder,
        )
        self.takeback = TakeBackService(
            rows.takebacks, rows.posts, rows.generations, policy_service, messenger, clock, wakeups, timing
        )
        self.card_editor = CardEditor(messenger, clock, timing)

        async def noted(record: OrderRecord) -> OrderRecord:
            return await limits_service.noted(await queue_service.placed(record))

        self.cards = CardUpdater(rows.orders, self.card_editor, shown_cards, held_cards, clock, wakeups, timing, noted)
        self.queue_cards = QueueCards(rows.queues, rows.policies, rows.orders, clock, wakeups, timing)
        self.confirmation_expirer = ConfirmationExpirer(rows.confirmations, self.card_editor, clock, wakeups, timing)
        self.notifier = Notifier(rows.notices, policy_service, messenger, clock, timing)
        self.showcase = Showcase(
            rows.showcase_posts, rows.key_values, policy_service, messenger, clock, wakeups, timing
        )
        self.cost_collector = CostCollector(rows.ledger, providers, clock, wakeups, timing, held_cards)
        self.ledger_comparer = LedgerComparer(
            rows.ledger, rows.guilds, rows.notices, providers, rows.key_values, clock, wakeups
        )
        self.weekly_summary = WeeklySummary(rows.policies, report_service, rows.notices, rows.stars, clock)
        self.eraser = Eraser(rows.privacy, rows.left_guilds, clock)
        self.pools: Sequence[WorkerPool] = (
            self.tracker.pool,
            self.submitter.pool,
            self.delivery.pool,
            self.cards.pool,
            self.confirmation_expirer.pool,
            self.showcase.pool,
            self.takeback.pool,
        )

        # Each loop: its step, and the topics that wake it. Between two steps it rests for as long as the step says,
        # `IDLE` where nothing is due; those without a topic wait for the provider or for the clock, not for rows.
        no: Collection[Topic] = ()
        table: Mapping[str, tuple[Step, Collection[Topic]]] = {
            CATALOGUE: (catalogue_cache.step, no),
            EVENTS: (self.listener.step, no),
            "streams": (self.key_listeners.step, [Topic.KEY_IN_USE]),
            "keys": (self.key_janitor.step, [Topic.KEYS]),
            "submission": (self.submitter.step, [Topic.TO_SEND]),
            "reconciliation": (self.reconciler.step, [Topic.ANSWER_LOST]),
            "tracking": (self.tracker.step, [Topic.IN_FLIGHT, Topic.EVENT]),
            "cancelling": (self.canceller.step, [Topic.CANCELLATION]),
            "late results": (self.late_results.step, [Topic.GIVEN_UP]),
            "delivery": (self.delivery.step, [Topic.POST]),
            "taking back": (self.takeback.step, [Topic.TIDY]),
            "cards": (self.cards.step, [Topic.CARD]),
            "progress": (self.cards.move_bars, no),
            "confirmations": (self.confirmation_expirer.step, [Topic.CONFIRMATION]),
            "queue positions": (self.queue_cards.step, no),
            "costs": (self.cost_collector.step, [Topic.COST]),
            "comparing": (self.ledger_comparer.step, no),
            "notices": (self.notifier.step, [Topic.NOTICE]),
            "showcase": (self.showcase.step, [Topic.SHOWCASE]),
            "weekly": (self.weekly_summary.step, no),
            "forgetting": (self.eraser.step, [Topic.ERASURE]),
            REFRESH: (self.refresh, [Topic.CATALOGUE, Topic.KEYS]),
        }
        self.loops: Mapping[str, Loop] = {
            name: Loop(
                name,
                step,
                clock,
                pause,
                # A step of the events lasts as long as the stream, which notices silence by itself.
                limit=None if name == EVENTS else STEP_LIMIT,
                wake=wakeups.subscribe(topics),
            )
            for name, (step, topics) in table.items()
        }

    def of(self, role: Role) -> frozenset[str]:
        """The loops of a role."""
        if role == WHOLE:
            return frozenset(self.loops) - {REFRESH}
        mine = {name for name in self.loops if (role.shards is not None if name in OF_SHARDS else role.work)}
        return frozenset(mine) | {REFRESH}

    async def refresh(self) -> timedelta:
        """What memory holds of rows that other processes change: the models, what they really cost, servers' keys."""
        await self._catalogue_cache.load()
        await self._rows.learnt_costs.load()
        for key in self._providers.opened:
            stored = await self._rows.keys.get(key)
            if stored is None or stored.refused:
                await self._providers.retire(key)
        return IDLE if self._catalogue_cache.catalogue is not None else _NO_CATALOGUE

    async def recover(self, role: Role) -> None:
        """Once, before the loops run: takes stock of what the last process of this role left on its way."""
        if role.shards is not None:
            await self.delivery.recover()
            await self.showcase.recover()
        else:
            self.result_files.keep_none()  # another process posts them, and draws the cards
            self.held_cards.leave_to_others()
        if role.work:
            await self.reconciler.recover()

    async def run(self, names: Collection[str]) -> None:
        """Runs these loops until it is cancelled. No step ends a loop; whatever does ends all of them and is raised."""
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self.loops[name].run(), name=name)

    async def dismiss(self, patience: timedelta) -> None:
        """Lets what is between two commits finish, at most for `patience`, and stops listening."""
        await self.key_listeners.dismiss()
        if self.tracker.pool.busy:  # results on their way are posted yet
            began = self._clock.monotonic()
            await self.tracker.pool.dismiss(patience)
            patience -= timedelta(seconds=min(self._clock.monotonic() - began, patience.total_seconds()))
            await self.delivery.step()
        await asyncio.gather(*(pool.dismiss(patience) for pool in self.pools))
