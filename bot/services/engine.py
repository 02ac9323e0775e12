"""All services of one process, connected to each other, with the loops that drive them.

Knows the ports only: the composition root gives it the real ones, the simulation gives it models of them.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.domain.catalogue import MediaKind
from bot.domain.clock import Clock, from_millis
from bot.services.billing import Billing
from bot.services.cancelling import Cancelling
from bot.services.costing import Costing
from bot.services.delivery import CardKeeping, Delivery
from bot.services.links import Links
from bot.services.listening import Listening
from bot.services.ordering import Ordering
from bot.services.ports import Messenger, Provider
from bot.services.shelf import Shelf
from bot.services.submission import Reconciliation, Submission
from bot.services.supervision import Crew, Loop
from bot.services.tracking import Tracking
from bot.store.backup import RESTORED_AT
from bot.store.database import Database
from bot.store.endings import Endings
from bot.store.generations import Generations
from bot.store.guilds import Facts, Guilds
from bot.store.ledger import Ledger
from bot.store.orders import Orders
from bot.store.posts import Posts

CATALOGUE = "catalogue"
EVENTS = "events"  # its step lasts as long as the stream, which notices silence by itself
_STEP_LIMIT = timedelta(minutes=10)
_DEAF = frozenset({CATALOGUE, EVENTS})  # these wait for the provider, not for rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator decides about the services."""

    own_pays: bool
    preferred: Mapping[MediaKind, Sequence[str]]
    work_dir: Path
    grace: timedelta = timedelta(seconds=30)
    poll: timedelta = timedelta(seconds=10)
    poll_quiet: timedelta = timedelta(seconds=30)
    catalogue_refresh: timedelta = timedelta(hours=1)


class Engine:
    """Submission, tracking, delivery and the rest, on one database, one provider and one messenger."""

    def __init__(
        self,
        *,
        db: Database,
        provider: Provider,
        messenger: Messenger,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        endings = Endings(new_id, policy.grace)
        orders, generations = Orders(db, endings, new_id), Generations(db, endings)
        self.guilds = Guilds(db)
        self.ledger = Ledger(db)
        self.billing = Billing(self.guilds, own_pays=policy.own_pays)
        self.shelf = Shelf(provider, policy.catalogue_refresh)
        self.ordering = Ordering(
            orders=orders,
            generations=generations,
            billing=self.billing,
            shelf=self.shelf,
            preferred=policy.preferred,
            new_id=new_id,
            clock=clock,
            wake=self.wake,
            randbits=randbits,
        )
        self.links = Links(generations, provider)
        self.tracking = Tracking(
            generations, provider, clock, self.wake, poll=policy.poll, poll_quiet=policy.poll_quiet
        )
        self._reconciliation = Reconciliation(orders, provider, clock, self.wake)
        submission = Submission(orders, provider, clock, self.wake)
        self._facts = Facts(db)
        self._delivery = delivery = Delivery(
            Posts(db), provider, messenger, clock, lambda: self._wake_one("delivery"), work_dir=policy.work_dir
        )
        cards = CardKeeping(orders, messenger, clock, lambda: self._wake_one("cards"))
        steps = {
            CATALOGUE: self.shelf.step,
            EVENTS: Listening(provider, self.tracking, self.wake).step,
            "tracking": self.tracking.step,
            "reconciliation": self._reconciliation.step,
            "cancelling": Cancelling(generations, provider, self.tracking, clock).step,
            "submission": submission.step,
            "delivery": delivery.step,
            "cards": cards.step,
            "costs": Costing(self.ledger, provider, clock).step,
        }
        self.loops: Mapping[str, Loop] = {
            name: Loop(name, step, clock, limit=None if name == EVENTS else _STEP_LIMIT) for name, step in steps.items()
        }
        self._crews: Sequence[Crew] = (submission.crew, delivery.crew, cards.crew)

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
        await self._reconciliation.recover()

    def start(self, names: Sequence[str]) -> list[asyncio.Task[None]]:
        """Starts these loops; cancel the tasks to stop them."""
        return [asyncio.create_task(self.loops[name].run(), name=name) for name in names]

    async def dismiss(self, patience: timedelta) -> None:
        """Lets what is between two commits finish, at most for `patience`."""
        await asyncio.gather(*(crew.dismiss(patience) for crew in self._crews))
