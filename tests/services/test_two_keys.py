"""Two guilds on two keys never see each other's generations, prompts, prices or errors, in whatever order things go.

Real clients and the stand-in; the dice decide what is done next.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, RemoteId
from bot.domain.orders.order import ValidatedRequest
from bot.domain.orders.payer import fingerprint
from bot.domain.provider import RemoteGeneration
from bot.oxen.client import OxenClient
from bot.services.wallet.accounts import Accounts
from bot.store.database import Database
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.orders import KEY, at, video_request
from tests.sandbox_oxen.support import Blank
from tests.services.kit import GUILD, MODERATOR, OTHER_GUILD, Services
from tests.store.kit import balance_of

GUILDS = {GUILD: ("alpha", "key-of-the-guild-alpha"), OTHER_GUILD: ("beta", "key-of-the-guild-beta")}
STEPS = 60


class Witness(OxenClient):
    """Remembers which rows it asked for, and what it was shown."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.asked: set[RemoteId] = set()
        self.shown: set[RemoteId] = set()

    async def get(self, remote_id: RemoteId) -> RemoteGeneration:
        self.asked.add(remote_id)
        return await super().get(remote_id)

    async def cancel(self, remote_id: RemoteId) -> None:
        self.asked.add(remote_id)
        await super().cancel(remote_id)

    async def cost(self, remote_id: RemoteId) -> Decimal | None:
        self.asked.add(remote_id)
        return await super().cost(remote_id)

    async def list(self, namespace: str | None, *given: object, **more: object) -> list[RemoteGeneration]:  # type: ignore[override]
        rows = await super().list(namespace, *given, **more)  # type: ignore[arg-type]
        self.shown |= {row.id for row in rows}
        return rows


class Town:
    """Both guilds, their keys, and the stand-in that both keys open."""

    def __init__(self, services: Services, sandbox: OxenSandbox, clients: dict[GuildId, Witness]) -> None:
        self.services, self.sandbox, self.clients = services, sandbox, clients

    def validate(self, guild: GuildId, number: int) -> ValidatedRequest:
        """Both guilds order alike, so that nothing but the key tells their work apart."""
        marked = video_request(f"{GUILDS[guild][0]} {number}", count=2, duration=5)
        return replace(marked, estimate=at(Decimal("0.35")))

    async def does(self, dice: random.Random, number: int) -> None:
        services, guild = self.services, dice.choice([GUILD, OTHER_GUILD])
        match dice.choice(["order", "order", "send", "cancel", "track", "deliver", "cost", "stream", "wait"]):
            case "order":
                await services.order(self.validate(guild, number), guild)
            case "send":
                await services.send()
            case "cancel":
                await self._cancel(guild, dice)
            case "track":
                await services.poll()
            case "deliver":
                await services.deliver()
            case "cost":
                await services.cost_collector.step()
            case "stream":
                await services.key_listeners.step()
                await asyncio.sleep(0)
            case _:
                services.clock.advance(seconds=dice.choice([1, 15, 60]))

    async def _cancel(self, guild: GuildId, dice: random.Random) -> None:
        rows = [record for _, record in await self.services.order_service.queue(guild)]
        if rows:
            try:
                await self.services.cancel(dice.choice(rows))
            except Refusal:
                return
            await self.services.canceller.step()

    async def ends(self) -> None:
        """Everything comes to its end, and is told."""
        services = self.services
        for _ in range(20):
            await services.send()
            await services.canceller.step()
            for generation in list(self.sandbox.generations.all()):
                await self.sandbox.finished(generation.id)
            await services.poll()
            await services.cost_collector.step()
            await services.deliver()
            services.clock.advance(seconds=60)
            await services.deliver()


@asynccontextmanager
async def town(
    dialect: str, db: Database, clock: ManualClock, messenger: FakeMessenger, work_dir: Path
) -> AsyncGenerator[Town]:
    keys = {KEY: ("operator",)} | {key: (name,) for name, key in GUILDS.values()}
    async with (
        OxenSandbox(speed=1e6, dialect=dialect, renderer=Blank(), keys=keys) as sandbox,
        OxenClient(sandbox.url, KEY) as own,
        Witness(sandbox.url, GUILDS[GUILD][1]) as alpha,
        Witness(sandbox.url, GUILDS[OTHER_GUILD][1]) as beta,
    ):
        clients = {GUILD: alpha, OTHER_GUILD: beta}
        known = {GUILDS[guild][1]: client for guild, client in clients.items()}
        services = Services(db, clock, own, messenger, work_dir, known)  # type: ignore[arg-type]
        try:
            for guild, (_, key) in GUILDS.items():
                await services.accounts.set_key(guild, key, MODERATOR)
            yield Town(services, sandbox, clients)
        finally:
            await services.key_listeners.dismiss()


@pytest.mark.parametrize("dialect", ["persistent", "ephemeral", "browse"])
@pytest.mark.parametrize("seed", range(1, 3))
async def test_nothing_of_one_guild_reaches_the_other(
    db: Database, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path, dialect: str, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret: a case to be replayed
    async with town(dialect, db, clock, messenger, tmp_path / "on-the-way") as both:
        for number in range(STEPS):
            await both.does(dice, number)
        await both.ends()
        for guild, (name, key) in GUILDS.items():
            made = {g.id for g in both.sandbox.generations.all() if g.key == key}
            assert made, "this guild ordered nothing"
            # What was ordered by its key is billed to it, and holds its own prompts.
            rows = [g for g in both.sandbox.generations.all() if g.key == key]
            assert {g.namespace for g in rows} == {name}
            assert {str(g.parameters["prompt"]).split()[0] for g in rows} == {name}
            # By its key nobody asked for, or was shown, another's work.
            assert both.clients[guild].asked | both.clients[guild].shown <= made
            # What its channels were told is its own: prompts, errors, links.
            told = [m.outgoing.post for m in messenger.messages if m.outgoing.post.order.context.guild_id == guild]
            assert {post.order.request.prompt.split()[0] for post in told} == {name}
            assert {g.remote_id for post in told for g in post.generations if g.remote_id} <= made
            # And what it paid is what its own namespace was charged, where that can be known.
            balance = await balance_of(both.services.db, guild)
            assert balance.reserved == 0
            if dialect != "ephemeral":
                assert balance.spent == both.sandbox.ledger.account(name).total
        assert both.sandbox.ledger.account("operator").total == 0


async def test_a_key_that_is_revoked_at_the_provider_ends_its_own_guild_only(
    db: Database, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path
) -> None:
    async with town("persistent", db, clock, messenger, tmp_path / "on-the-way") as both:
        services = both.services
        both.sandbox.keyring.revoke(GUILDS[GUILD][1])
        services.key_janitor.suspect(fingerprint(GUILDS[GUILD][1]))
        for _ in range(5):
            await services.key_janitor.step()
            clock.advance(seconds=30)
        assert (await services.accounts.of(GUILD)).refused
        assert not (await services.accounts.of(OTHER_GUILD)).refused
        with pytest.raises(Refusal, match="key-refused"):
            await services.order(both.validate(GUILD, 1), GUILD)
        record = await services.sent(both.validate(OTHER_GUILD, 2), OTHER_GUILD)
        await both.ends()
        assert {state.value for state in await services.states(record)} == {"succeeded"}


async def test_a_foreign_namespace_is_refused_by_the_stand_in_as_well(
    db: Database, clock: ManualClock, messenger: FakeMessenger, tmp_path: Path
) -> None:
    async with town("persistent", db, clock, messenger, tmp_path / "on-the-way") as both:
        accounts: Accounts = both.services.accounts
        with pytest.raises(Refusal, match="namespace-refused"):
            await accounts.set_namespace(GUILD, "beta", MODERATOR)
        assert (await accounts.set_namespace(GUILD, "alpha", MODERATOR)).namespace == "alpha"
        assert not both.sandbox.generations.all()
