"""The whole chain against a hostile provider: real client, real store, real services, channels in memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from yarl import URL

from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.oxen.client import OxenClient, Timeouts
from bot.oxen.transport import AiohttpTransport
from bot.store.database import Database
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger, Message
from tests.fakes.orders import KEY, video_request
from tests.fakes.transport import Detour
from tests.hostile.upstream import Upstream
from tests.oxen.servers import serving
from tests.services.kit import S, Services

SHORT = Timeouts(connect=0.3, read=0.3, enqueue=0.3, download=0.3, stall=0.3, silence=0.3)
PLENTY = timedelta(minutes=1)


class Harness:
    """`up` is the provider, `services` the services; every request is written down in `up.server`."""

    def __init__(
        self, up: Upstream, services: Services, client: OxenClient, messenger: FakeMessenger, detour: Detour
    ) -> None:
        self.up, self.services, self.client, self.messenger, self.detour = up, services, client, messenger, detour

    @property
    def posts(self) -> int:
        return len(self.up.server.posts)

    async def round(self, *, passes: timedelta = PLENTY) -> None:
        """Every loop has its turn, then time passes."""
        await self.services.send()
        await self.services.reconciler.step()
        await self.services.canceller.step()
        await self.services.track()
        await self.services.deliver()
        await self.services.redraw()
        self.services.clock.advance(passes)

    async def settles(self, record: OrderRecord, *, rounds: int = 20, passes: timedelta = PLENTY) -> list[S]:
        """How the generations of the order ended, once the channel has been told of each of them."""
        for _ in range(rounds):
            await self.round(passes=passes)
            if (await self.services.record(record)).ended and self.told(record) == len(record.generations):
                break
        return await self.services.states(record)

    def told(self, record: OrderRecord) -> int:
        """Of how many generations the channel was told; of none twice."""
        ids = [g.id for message in self.services.posted(record) for g in message.outgoing.post.generations]
        assert len(ids) == len(set(ids))
        return len(ids)

    def message(self, record: OrderRecord) -> Message:
        (message,) = self.services.posted(record)
        return message

    async def ordered(self, validated: ValidatedRequest | None = None) -> OrderRecord:
        """An order on its way, the provider being as it should."""
        return await self.services.sent(validated)

    async def still_works(self) -> None:
        """The trouble is over: the next order comes as if nothing had been, and nothing is left on the disk."""
        self.up.heal()
        record = await self.services.sent(video_request(prompt="the next one"))
        self.up.finish()
        assert await self.settles(record) == [S.SUCCEEDED]
        assert self.message(record).outgoing.files
        assert not await asyncio.to_thread(self._left_over)

    def _left_over(self) -> list[Path]:
        return list(self.services.work_dir.iterdir())


@asynccontextmanager
async def staged(db: Database, clock: ManualClock, work_dir: Path, timeouts: Timeouts) -> AsyncGenerator[Harness]:
    up = Upstream(clock)
    messenger = FakeMessenger(clock)
    async with serving(up) as server:
        up.server = server
        detour = Detour(AiohttpTransport(URL(server.url)))
        async with OxenClient(server.url, KEY, timeouts=timeouts, transport=detour) as client:
            yield Harness(up, Services(db, clock, client, messenger, work_dir), client, messenger, detour)  # type: ignore[arg-type]
