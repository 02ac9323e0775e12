"""The services on a real database, with the provider and the channels in memory and time in the test's hand."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.domain.clock import steady
from bot.domain.ids import ChannelId, GuildId, IdMaker, MessageId, OrderId, RemoteId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.order import OrderRecord, RequestContext, ValidatedRequest
from bot.domain.orders.payer import OpenNamespaces, Unbilled
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.delivery import CardKeeping, Delivery
from bot.services.delivery.placekeeping import PlaceKeeping
from bot.services.ordering.cancelling import Cancelling
from bot.services.ordering.lapsing import Lapsing
from bot.services.ordering.ordering import Ordering
from bot.services.ordering.reconciliation import Reconciliation
from bot.services.ordering.second_looks import SecondLooks
from bot.services.ordering.submission import Submission
from bot.services.queue.queueing import Queueing
from bot.services.tracking.listening import Ear, Listening, Streams
from bot.services.tracking.tracking import Tracking
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing, Hospitality
from bot.services.wallet.keykeeping import KeyKeeping
from bot.services.wallet.keyring import Keyring
from bot.store.database import Database
from bot.store.installation import CatalogueRepository
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.orders.settlement import Settlement
from bot.store.wallet.accounts import Guilds, Keys
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues
from bot.store.wallet.vault import Vault, new_master_key
from tests.fakes.clock import ManualClock
from tests.fakes.input_files import FakeInputFiles
from tests.fakes.messenger import FakeMessenger, Message
from tests.fakes.orders import video_request
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL, FakeOxen
from tests.fakes.providers import FakeProviders

GUILD, OTHER_GUILD = GuildId(100), GuildId(200)
MEMBER, OTHER_MEMBER, MODERATOR = UserId(1), UserId(2), UserId(3)
GRACE = timedelta(seconds=10)
POLL, POLL_IMAGES, POLL_QUIET = timedelta(seconds=10), timedelta(seconds=3), timedelta(seconds=60)
MASTER_KEY = new_master_key()
S = GenerationState
HOSPITABLE = Hospitality(unbilled=Unbilled.OWN, namespaces=OpenNamespaces(everything=True))


class Bench:
    """`wakes` counts how often a service said that rows changed. `known` are keys that servers may enter."""

    def __init__(
        self,
        db: Database,
        clock: ManualClock,
        oxen: FakeOxen,
        messenger: FakeMessenger,
        work_dir: Path,
        known: Mapping[str, FakeOxen] | None = None,
        hospitality: Hospitality = HOSPITABLE,
    ) -> None:
        self.known, self.hospitality = dict(known or {}), hospitality
        self.db, self.clock, self.oxen, self.messenger, self.work_dir = db, clock, oxen, messenger, work_dir
        self.wakes = 0
        self._cards = count(5001)
        new_id = IdMaker(clock)
        clock = steady(clock)  # type: ignore[assignment]  # the services share one, as the engine's do
        endings = Settlement(new_id, GRACE)
        self.orders, self.generations = Orders(db, endings, new_id), Generations(db, endings)
        self.posts, self.guilds, self.keys = Posts(db), Guilds(db), Keys(db)
        self.providers = FakeProviders(oxen, self.known)
        self.input_files = FakeInputFiles()
        self.keyring = Keyring(self.keys, Vault([MASTER_KEY]))
        self.billing = Billing(self.guilds, self.keys, hospitality)
        self.accounts = Accounts(self.guilds, self.keys, self.keyring, self.billing, self.providers, clock, self.wake)
        self.keeping = KeyKeeping(self.keys, self.generations, self.providers, clock, self.wake, self.wake)
        self.catalogue_cache = CatalogueCache(oxen, CatalogueRepository(db), clock, timedelta(hours=1))
        self.confirmations, self.queues = PendingConfirmations(db), Queues(db)
        self.ordering = Ordering(
            orders=self.orders,
            generations=self.generations,
            confirmations=self.confirmations,
            billing=self.billing,
            catalogue_cache=self.catalogue_cache,
            preferred={MediaKind.VIDEO: [VIDEO_MODEL], MediaKind.IMAGE: [IMAGE_MODEL]},
            new_id=new_id,
            clock=clock,
            wake=self.wake,
        )
        self.policies = GuildPolicyRepository(db)
        self.queueing = Queueing(
            queues=self.queues,
            policies=self.policies,
            orders=self.orders,
            generations=self.generations,
            clock=clock,
            wake=self.wake,
        )
        providers, suspect = self.providers, self.keeping.suspect
        self.submission = Submission(
            self.orders, providers, self.input_files, clock, self.wake, suspect, self.catalogue_cache
        )
        self.reconciliation = Reconciliation(self.orders, providers, clock, self.wake)
        self.tracking = Tracking(
            self.generations,
            providers,
            clock,
            self.wake,
            suspect,
            poll=POLL,
            poll_images=POLL_IMAGES,
            poll_quiet=POLL_QUIET,
        )
        self.ear = Ear(providers=providers, tracking=self.tracking, wake=self.wake, suspect=suspect)
        self.listening = Listening(self.ear)
        self.streams = Streams(self.ear, self.generations, clock)
        self.second_looks = SecondLooks(
            self.generations, self.orders, providers, self.tracking.settling, clock, self.wake
        )
        self.cancelling = Cancelling(self.generations, providers, self.tracking, clock)
        self.delivery = Delivery(self.posts, providers, messenger, clock, self.wake, wake=self.wake, work_dir=work_dir)
        self.cards = CardKeeping(self.orders, messenger, clock, self.wake, self.queueing.placed)
        self.lapsing = Lapsing(self.confirmations, messenger, clock, self.wake)
        self.places = PlaceKeeping(self.queues, self.policies, self.orders, clock, self.wake)

    def wake(self) -> None:
        self.wakes += 1

    async def killed(self) -> "Bench":
        """The process dies where it stands; another one starts on the same rows."""
        for pool in (self.submission.pool, self.delivery.pool, self.cards.pool, self.lapsing.pool):
            await pool.dismiss(timedelta())
        await self.streams.dismiss()
        again = Bench(self.db, self.clock, self.oxen, self.messenger, self.work_dir, self.known, self.hospitality)
        await again.reconciliation.recover()
        return again

    # What members do.

    async def order(
        self, validated: ValidatedRequest | None = None, guild: GuildId = GUILD, by: UserId = MEMBER
    ) -> OrderRecord:
        context = RequestContext(
            guild_id=guild,
            channel_id=ChannelId(9),
            requester_id=by,
            locale="en-US",
            card_message_id=MessageId(next(self._cards)),
        )
        return await self.ordering.submit(validated or video_request(), context)

    async def sent(self, validated: ValidatedRequest | None = None, guild: GuildId = GUILD) -> OrderRecord:
        """An order that the provider has taken."""
        record = await self.order(validated, guild)
        await self.send()
        return await self.record(record)

    async def cancel(self, record: OrderRecord) -> None:
        await self.ordering.cancel(record.order.id, MEMBER, record.order.context.guild_id, moderator=False)

    async def pays(self, guild: GuildId, namespace: str) -> None:
        await self.guilds.set_namespace(guild, namespace, MODERATOR, self.clock.now())

    # One step of each loop, and what it started.

    async def send(self) -> timedelta:
        rest = await self.submission.step()
        await self.submission.pool.drain()
        return rest

    async def deliver(self) -> timedelta:
        rest = await self.delivery.step()
        await self.delivery.pool.drain()
        return rest

    async def redraw(self) -> timedelta:
        rest = await self.cards.step()
        await self.cards.pool.drain()
        return rest

    async def lapse(self) -> timedelta:
        rest = await self.lapsing.step()
        await self.lapsing.pool.drain()
        return rest

    async def poll(self) -> None:
        """Long enough for the next list, and the list."""
        await self.tracking.step()
        self.clock.advance(POLL_QUIET)
        await self.tracking.step()

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[asyncio.Task[timedelta]]:
        """The event stream, connected."""
        task = asyncio.create_task(self.listening.step())
        await until(lambda: self.tracking.stream_up)
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    # What the rows say.

    async def record(self, record: OrderRecord | OrderId) -> OrderRecord:
        found = await self.orders.get(record.order.id if isinstance(record, OrderRecord) else record)
        assert found is not None
        return found

    async def rows(self, record: OrderRecord) -> list[Generation]:
        return list((await self.record(record)).generations)

    async def states(self, record: OrderRecord) -> list[GenerationState]:
        return [g.state for g in await self.rows(record)]

    async def reaches(self, record: OrderRecord, *states: GenerationState) -> None:
        """Lets everything else run until the order's generations are in these states."""
        async with asyncio.timeout(5):
            while await self.states(record) != list(states):
                pass  # reading the rows is a turn for the others

    async def outcome(self, record: OrderRecord) -> tuple[GenerationState, Reason | None, str | None]:
        """How the only generation of the order stands, and the reason and the provider's words for it."""
        (row,) = await self.rows(record)
        return row.state, row.reason, row.detail

    async def remote_ids(self, record: OrderRecord) -> list[RemoteId]:
        return [g.remote_id for g in await self.rows(record) if g.remote_id is not None]

    async def remote_id(self, record: OrderRecord) -> RemoteId:
        (remote_id,) = await self.remote_ids(record)
        return remote_id

    def posted(self, record: OrderRecord) -> list[Message]:
        return [m for m in self.messenger.messages if m.outgoing.post.order.id == record.order.id]

    async def announce(self, record: OrderRecord) -> list[Message]:
        """What the channel was told of the order once everything is due."""
        await self.deliver()
        self.clock.advance(GRACE)
        await self.deliver()
        return self.posted(record)


async def until(holds: Callable[[], bool]) -> None:
    """Lets everything else run until `holds`."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a turn for the others, and no waiting
            await asyncio.sleep(0)
