"""All services of one process, connected to each other, with the loops that drive them.

Knows the ports only: the composition root gives it the real ones, the simulation gives it models of them.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import Clock, from_millis
from bot.domain.models.catalogue import MediaKind
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.services.delivery.delivery import CardKeeping, Delivery
from bot.services.delivery.placekeeping import PLACES, PlaceKeeping
from bot.services.delivery.telling import Telling
from bot.services.ordering.cancelling import Cancelling
from bot.services.ordering.lapsing import Lapsing
from bot.services.ordering.links import Links
from bot.services.ordering.looking_back import LookingBack
from bot.services.ordering.ordering import Ordering
from bot.services.ordering.reconciliation import Reconciliation
from bot.services.ordering.submission import Submission
from bot.services.ports import Luggage, Messenger, Provider, Providers
from bot.services.privacy.forgetting import Forgetter
from bot.services.privacy.leaving import Leaving
from bot.services.privacy.privacy import Privacy
from bot.services.queue.moderating import Moderating
from bot.services.queue.queueing import Queueing
from bot.services.queue.rulebook import Rulebook
from bot.services.reports.reports import Reporting
from bot.services.reports.weekly import WEEKLY, Weekly
from bot.services.shelf import Shelf
from bot.services.supervision import Crew, Loop, Wait, wait
from bot.services.tracking.listening import Ear, Listening, Streams
from bot.services.tracking.tracking import Tracking
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing, Hospitality
from bot.services.wallet.comparing import Comparing
from bot.services.wallet.costing import Costing
from bot.services.wallet.keykeeping import KeyKeeping
from bot.services.wallet.keyring import Keyring
from bot.store.backup import RESTORED_AT
from bot.store.catalogue import ShelfRows
from bot.store.database import Database
from bot.store.orders.drafts import Drafts
from bot.store.orders.endings import Endings
from bot.store.orders.generations import Generations
from bot.store.orders.history import History
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.records.audit import Audit
from bot.store.records.departures import Departures
from bot.store.records.notices import Notices
from bot.store.records.privacy import PrivacyRows
from bot.store.wallet.guilds import Facts, Guilds
from bot.store.wallet.keys import Keys
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import Policies
from bot.store.wallet.queueing import Queues
from bot.store.wallet.reports import Reports

CATALOGUE = "catalogue"
EVENTS = "events"  # its step lasts as long as the stream, which notices silence by itself
_STEP_LIMIT = timedelta(minutes=10)
_DEAF = frozenset({CATALOGUE, EVENTS, PLACES, WEEKLY})  # these wait for the provider or the clock, not for rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator decides about the services."""

    hospitality: Hospitality
    preferred: Mapping[MediaKind, Sequence[str]]
    work_dir: Path
    grace: timedelta = timedelta(seconds=30)
    poll: timedelta = timedelta(seconds=10)
    poll_quiet: timedelta = timedelta(seconds=30)
    catalogue_refresh: timedelta = timedelta(hours=1)
    places_period: timedelta | None = None  # between two looks at places in the queues; None: the usual
    standard: GuildPolicy = STANDARD  # the rules of guilds that have set none


class Engine:
    """Submission, tracking, delivery and the rest, on one database and one messenger.

    `provider` is the operator's; `providers` has it and those of servers with keys of their own, which `keyring` opens.
    `pause` is how its loops rest.
    """

    def __init__(
        self,
        *,
        db: Database,
        provider: Provider,
        providers: Providers,
        keyring: Keyring,
        luggage: Luggage,
        messenger: Messenger,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        randbits: Callable[[int], int] = secrets.randbits,
        pause: Wait = wait,
    ) -> None:
        endings = Endings(new_id, policy.grace, policy.standard)
        orders, generations = Orders(db, endings, new_id), Generations(db, endings)
        guilds, keys = Guilds(db, policy.standard), Keys(db, policy.standard)
        self.ledger = Ledger(db, policy.standard)
        self.policies, self.audit = Policies(db, policy.standard), Audit(db)
        self.rulebook = Rulebook(self.policies, self.audit, clock, self.wake)
        self.billing = Billing(guilds, keys, policy.hospitality)
        self.accounts = Accounts(guilds, keys, keyring, self.billing, providers, clock, self.wake)
        self.shelf = Shelf(provider, ShelfRows(db), clock, policy.catalogue_refresh)
        drafts, queues = Drafts(db), Queues(db, policy.standard)
        self.ordering = Ordering(
            orders=orders,
            generations=generations,
            drafts=drafts,
            billing=self.billing,
            shelf=self.shelf,
            preferred=policy.preferred,
            new_id=new_id,
            clock=clock,
            wake=self.wake,
            randbits=randbits,
        )
        self.queueing = Queueing(
            queues=queues,
            policies=self.policies,
            orders=orders,
            generations=generations,
            clock=clock,
            wake=self.wake,
        )
        self.moderating = Moderating(self.policies, clock, self.wake)
        privacy_rows, departures = PrivacyRows(db, policy.standard), Departures(db)
        self.privacy = Privacy(privacy_rows, self.policies, clock, lambda: self._wake_one("forgetting"))
        self.leaving = Leaving(departures, self.accounts, self.queueing, Facts(db), clock)
        self.links = Links(generations, orders, providers)
        self.looking_back = LookingBack(History(db))
        reports = Reports(db, policy.standard)
        self.reporting = Reporting(reports, self.policies, clock)
        keeping = KeyKeeping(keys, generations, providers, clock, self.wake, lambda: self._wake_one("keys"))
        self.tracking = Tracking(
            generations,
            providers,
            clock,
            self.wake,
            keeping.suspect,
            poll=policy.poll,
            poll_quiet=policy.poll_quiet,
        )
        self._reconciliation = Reconciliation(orders, providers, clock, self.wake)
        submission = Submission(orders, providers, luggage, clock, self.wake, keeping.suspect)
        ear = Ear(providers=providers, tracking=self.tracking, wake=self.wake, suspect=keeping.suspect)
        self._streams = Streams(ear, generations, clock)
        self._facts = Facts(db)
        self.comparing = Comparing(self.ledger, providers, self._facts, clock)
        self._delivery = delivery = Delivery(
            Posts(db), providers, messenger, clock, lambda: self._wake_one("delivery"), work_dir=policy.work_dir
        )
        cards = CardKeeping(orders, messenger, clock, lambda: self._wake_one("cards"), self.queueing.placed)
        lapsing = Lapsing(drafts, messenger, clock, lambda: self._wake_one("drafts"))
        steps = {
            CATALOGUE: self.shelf.step,
            EVENTS: Listening(ear).step,
            "streams": self._streams.step,
            "keys": keeping.step,
            "tracking": self.tracking.step,
            "reconciliation": self._reconciliation.step,
            "cancelling": Cancelling(generations, providers, self.tracking, clock).step,
            "submission": submission.step,
            "delivery": delivery.step,
            "cards": cards.step,
            "costs": Costing(self.ledger, providers, clock).step,
            "drafts": lapsing.step,
            PLACES: PlaceKeeping(
                queues, self.policies, orders, clock, lambda: self._wake_one("cards"), policy.places_period
            ).step,
            "comparing": self.comparing.step,
            "telling": Telling(Notices(db), self.rulebook, messenger, clock, lambda: self._wake_one("telling")).step,
            WEEKLY: Weekly(reports, self.reporting, Notices(db), clock).step,
            "forgetting": Forgetter(privacy_rows, departures, clock).step,
        }
        self.loops: Mapping[str, Loop] = {
            name: Loop(name, step, clock, pause, limit=None if name == EVENTS else _STEP_LIMIT)
            for name, step in steps.items()
        }
        self._crews: Sequence[Crew] = (submission.crew, delivery.crew, cards.crew, lapsing.crew)

    def wake(self) -> None:
        """Rows changed: every loop that reads them looks whether that concerns it."""
        for name, loop in self.loops.items():
            if name not in _DEAF:
                loop.wake.set()

    def _wake_one(self, name: str) -> None:
        self.loops[name].wake.set()

    async def recover(self) -> None:
        """Once, before the loops run: takes stock of what the last process left on its way."""
        restored_at = await self._facts.get(RESTORED_AT)
        if restored_at is not None:
            self._delivery.restored_at = from_millis(int(restored_at))
        await self.policies.load()
        await self.shelf.load()
        await self._reconciliation.recover()

    def start(self, names: Sequence[str]) -> list[asyncio.Task[None]]:
        """Starts these loops; cancel the tasks to stop them."""
        return [asyncio.create_task(self.loops[name].run(), name=name) for name in names]

    async def dismiss(self, patience: timedelta) -> None:
        """Lets what is between two commits finish, at most for `patience`, and stops listening."""
        await self._streams.dismiss()
        await asyncio.gather(*(crew.dismiss(patience) for crew in self._crews))
