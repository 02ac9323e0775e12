"""The engine on a real database, with the provider and the channels in memory and time in the test's hand."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, IdMaker, MessageId, OrderId, RemoteId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.order import (
    ConfirmationState,
    OrderRecord,
    PendingConfirmation,
    RequestContext,
    ValidatedRequest,
)
from bot.domain.orders.payer import OpenNamespaces, Unbilled
from bot.domain.provider import Provider
from bot.domain.rules.policy import GuildPolicy
from bot.services.engine import Engine
from bot.services.policy import Policy
from bot.services.supervision import Wait, wait
from bot.services.tracking.tracker import Polling
from bot.services.wallet.billing import BillingPolicy
from bot.services.wallet.keys import Keyring
from bot.store.database import Database
from bot.store.wallet.accounts import Keys
from bot.store.wallet.vault import Vault, new_master_key
from tests.fakes.clock import ManualClock
from tests.fakes.faults import Held
from tests.fakes.input_files import FakeInputFiles
from tests.fakes.messenger import FakeMessenger, Message
from tests.fakes.orders import KEY, PROMPT, at, video_request
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL, Dialect, FakeOxen
from tests.fakes.providers import FakeProviders
from tests.fakes.transcoder import FakeTranscoder
from tests.store.kit import written

GUILD, OTHER_GUILD = GuildId(100), GuildId(200)
MEMBER, OTHER_MEMBER, MODERATOR = UserId(1), UserId(2), UserId(3)
GRACE = timedelta(seconds=10)
POLL, POLL_IMAGES, POLL_QUIET = timedelta(seconds=10), timedelta(seconds=3), timedelta(seconds=60)
VAULT = Vault([new_master_key()])
S = GenerationState
PRICE = Decimal("0.50")
HERE = RequestContext(guild_id=GUILD, channel_id=ChannelId(9), requester_id=MEMBER, locale="en-US")
EVERY_DIALECT = pytest.mark.parametrize("dialect", list(Dialect))
WITH_AND_WITHOUT_ROWS = pytest.mark.parametrize("dialect", [Dialect.PERSISTENT, Dialect.EPHEMERAL])
EPHEMERAL = pytest.mark.parametrize("dialect", [Dialect.EPHEMERAL])
BROWSE = pytest.mark.parametrize("dialect", [Dialect.BROWSE])
OPEN_BILLING = BillingPolicy(unbilled=Unbilled.OWN, namespaces=OpenNamespaces(everything=True))


class Services:
    """One engine, the fakes around it, and its parts by their names. No loop runs: a test takes each step itself.

    `oxen` goes by the operator's key; `known` are keys that servers may enter, with who answers by them. `policy` are
    fields of the engine's `Policy` that differ from what the tests usually have.
    """

    def __init__(
        self,
        db: Database,
        clock: ManualClock,
        oxen: FakeOxen,
        messenger: FakeMessenger,
        work_dir: Path,
        known: Mapping[str, Provider] | None = None,
        vault: Vault = VAULT,
        pause: Wait = wait,
        transcoder: FakeTranscoder | None = None,
        **policy: Any,
    ) -> None:
        self.transcoder = transcoder if transcoder is not None else FakeTranscoder()
        self.db, self.clock, self.oxen, self.messenger, self.work_dir = db, clock, oxen, messenger, work_dir
        self._given: dict[str, Any] = {
            "known": known,
            "vault": vault,
            "pause": pause,
            "transcoder": self.transcoder,
            **policy,
        }
        self._cards = count(5001)
        self.providers, self.input_files = FakeProviders(oxen, known), FakeInputFiles()
        self.keyring = Keyring(Keys(db), vault)
        default: dict[str, Any] = {
            "billing_policy": OPEN_BILLING,
            "preferred": {MediaKind.VIDEO: [VIDEO_MODEL], MediaKind.IMAGE: [IMAGE_MODEL]},
            "work_dir": work_dir,
            "grace": GRACE,
            "polling": Polling(lists=POLL, lists_images=POLL_IMAGES, lists_quiet=POLL_QUIET),
        }
        self.engine = engine = Engine(
            db=db,
            provider=oxen,
            providers=self.providers,
            keyring=self.keyring,
            input_files=self.input_files,
            messenger=messenger,
            clock=clock,
            new_id=IdMaker(clock),
            pause=pause,
            policy=Policy(**default | policy),
            transcoder=self.transcoder,
        )
        self.background = background = engine.background
        rows = engine.rows
        self.orders, self.generations, self.posts, self.queues = rows.orders, rows.generations, rows.posts, rows.queues
        self.guilds, self.keys, self.policies = rows.guilds, rows.keys, rows.policies
        self.ledger, self.notices, self.audit = rows.ledger, rows.notices, rows.audit
        self.order_service, self.queue_service, self.moderation_service = (
            engine.order_service,
            engine.queue_service,
            engine.moderation_service,
        )
        self.accounts, self.billing, self.catalogue_cache = engine.accounts, engine.billing, engine.catalogue_cache
        self.links = engine.links
        self.submitter, self.reconciler = background.submitter, background.reconciler
        self.tracker, self.settler, self.inbox = background.tracker, background.settler, background.inbox
        self.canceller = background.canceller
        self.listener, self.key_listeners = background.listener, background.key_listeners
        self.late_results, self.expirer = background.late_results, background.confirmation_expirer
        self.delivery, self.cards, self.queue_cards = background.delivery, background.cards, background.queue_cards
        self.key_janitor, self.cost_collector = background.key_janitor, background.cost_collector
        self.ledger_comparer = background.ledger_comparer
        self.takeback = background.takeback

    def again(self, **given: Any) -> "Services":
        """Another engine on the same rows, channels and provider; what is not `given` is as before."""
        return Services(self.db, self.clock, self.oxen, self.messenger, self.work_dir, **self._given | given)

    async def killed(self) -> "Services":
        """The process dies where it stands; another one starts on the same rows."""
        await self.background.dismiss(timedelta())
        again = self.again()
        await again.reconciler.recover()
        return again

    def woken(self) -> set[str]:
        """The loops that were woken since this was last asked."""
        woken = {name for name, loop in self.background.loops.items() if loop.wake.is_set()}
        for name in woken:
            self.background.loops[name].wake.clear()
        return woken

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
        return await self.order_service.submit(validated or video_request(), context)

    async def sent(self, validated: ValidatedRequest | None = None, guild: GuildId = GUILD) -> OrderRecord:
        """An order that the provider has taken."""
        record = await self.order(validated, guild)
        await self.send()
        return await self.record(record)

    async def made(self, validated: ValidatedRequest | None = None, guild: GuildId = GUILD) -> OrderRecord:
        """An order all of whose outputs are made, and the rows know it."""
        record = await self.sent(validated, guild)
        for remote_id in await self.remote_ids(record):
            self.oxen.finish(remote_id)
        await self.poll()
        return await self.record(record)

    async def membership(self, validated: ValidatedRequest | None = None) -> tuple[OrderRecord, Held]:
        """An order that has reached the provider, whose answer is held back."""
        held = self.oxen.faults.hold("enqueue")
        record = await self.order(validated)
        await self.submitter.step()
        await held.reached.wait()
        return record, held

    async def answered(self, held: Held) -> None:
        held.release.set()
        await self.submitter.pool.drain()

    async def cancel(self, record: OrderRecord) -> None:
        await self.order_service.cancel(record.order.id, MEMBER, record.order.context.guild_id, moderator=False)

    async def pays(self, guild: GuildId, namespace: str) -> None:
        await self.guilds.set_namespace(guild, namespace, MODERATOR, self.clock.now())

    async def rules(self, guild: GuildId = GUILD, **values: Any) -> GuildPolicy:
        """What the guild's moderators set."""
        return await self.policies.change(guild, lambda p: replace(p, **values), MODERATOR, self.clock.now())

    async def pending(self, validated: ValidatedRequest | None = None) -> PendingConfirmation:
        """An order that waits for its requester's yes."""
        found = await self.order_service.submit(validated or priced(), HERE)
        assert isinstance(found, PendingConfirmation)
        return found

    async def with_key(self, guild: GuildId, dialect: Dialect = Dialect.PERSISTENT) -> "tuple[Services, FakeOxen]":
        """The guild pays by a key of its own, and this is the provider as that key sees it."""
        theirs = FakeOxen(self.clock, dialect, name="theirs")
        services = self.again(known={KEY: theirs})
        await services.accounts.set_key(guild, KEY, MODERATOR)
        return services, theirs

    # One step of each loop, and what it started.

    async def send(self) -> timedelta:
        rest = await self.submitter.step()
        await self.submitter.pool.drain()
        return rest

    async def deliver(self) -> timedelta:
        rest = await self.delivery.step()
        await self.delivery.pool.drain()
        return rest

    async def tidy(self) -> timedelta:
        rest = await self.takeback.step()
        await self.takeback.pool.drain()
        return rest

    async def redraw(self) -> timedelta:
        rest = await self.cards.step()
        await self.cards.pool.drain()
        return rest

    async def written(self) -> None:
        """Whatever nobody waits for is in the rows."""
        await written(self.db)

    async def lapse(self) -> timedelta:
        rest = await self.expirer.step()
        await self.expirer.pool.drain()
        return rest

    async def track(self) -> timedelta:
        """A step of the tracker, the proofs that it began, and what is in doubt after them."""
        await self.tracker.step()
        await self.tracker.pool.drain()
        return await self.tracker.step()

    async def poll(self) -> None:
        """Long enough for the next list, and the list."""
        await self.track()
        self.clock.advance(POLL_QUIET)
        await self.track()

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[asyncio.Task[timedelta]]:
        """The event stream, connected."""
        task = asyncio.create_task(self.listener.step())
        await until(lambda: self.inbox.of(None).up)
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

    async def confirmation_state(self, confirmation_id: OrderId) -> ConfirmationState:
        confirmation = await self.engine.rows.confirmations.get(confirmation_id)
        assert confirmation is not None
        return confirmation.state

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


def priced(count: int = 1, price: Decimal | None = PRICE) -> ValidatedRequest:
    return replace(video_request(count=count), estimate=at(price))


async def refused(call: Awaitable[object]) -> str:
    """Why it is not done: the key of the words."""
    with pytest.raises(Refusal) as caught:
        await call
    assert not {PROMPT, KEY} & {str(caught.value), *map(str, caught.value.values.values())}
    return caught.value.key


async def until(holds: Callable[[], bool]) -> None:
    """Lets everything else run until `holds`."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a turn for the others, and no waiting
            await asyncio.sleep(0)
