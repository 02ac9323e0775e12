"""The stand-in as a server: parts put together, on a real loopback socket.

In a test:

    async with OxenSandbox(speed=600) as sandbox:
        await client.post(f"{sandbox.url}/api/ai/queue", ...)
"""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.oxen.admission import Admission
from sandbox.oxen.api import control, events, generate, history, models, queue, results
from sandbox.oxen.api.common import Parts
from sandbox.oxen.api.trouble import guarded, plain_answers
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.clock import Clock, SystemClock
from sandbox.oxen.dialects import DIALECTS
from sandbox.oxen.faults import Faults
from sandbox.oxen.generations import Generation, Generations
from sandbox.oxen.inputs.fetching import SECONDS, Limits
from sandbox.oxen.inputs.reception import Reception
from sandbox.oxen.inputs.uploads import Uploads
from sandbox.oxen.keys import DEFAULT_KEYS, Keyring
from sandbox.oxen.ledger import Ledger
from sandbox.oxen.pricing import Tariff
from sandbox.oxen.render.renderer import MediaRenderer, Renderer
from sandbox.oxen.scheduler import Scheduler
from sandbox.oxen.signing import Signer
from sandbox.oxen.streams import Streams
from sandbox.oxen.timing import Timing
from sandbox.oxen.traffic import Traffic

LOOPBACK = "127.0.0.1"
# Inputs may come inline, as data URIs.
LARGEST_REQUEST = 256 * 1024 * 1024
GROUPS = (queue, history, events, models, generate, results, control)


def create_app(parts: Parts) -> web.Application:
    app = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[plain_answers])
    for group in GROUPS:
        for route in group.routes(parts):
            app.router.add_route(route.method, route.path, guarded(route, parts.faults, parts.traffic))
    return app


class OxenSandbox:
    """A running stand-in: `async with`, then `url`.

    `dialect` is a name from `dialects.py`; `speed` divides all run times; `keep_alive` and `url_lifetime` are
    seconds; `keys` maps a key to the namespaces that it may bill, None for any. Inputs are fetched from this machine
    and from `input_hosts`, for at most `input_seconds` and `input_bytes` each (None: by their kind). `ledger`,
    `faults`, `traffic`, `keyring`, `tariff` and `generations` may be looked at and changed directly by a test that
    runs in the same process.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        dialect: str = "persistent",
        keys: Mapping[str, tuple[str, ...] | None] = DEFAULT_KEYS,
        seed: int = 0,
        concurrency: int = 4,
        keep_alive: float = 15.0,
        url_lifetime: float = 3600.0,
        input_hosts: Iterable[str] = (),
        input_seconds: float = SECONDS,
        input_bytes: int | None = None,
        clock: Clock | None = None,
        catalogue: Catalogue | None = None,
        renderer: Renderer | None = None,
    ) -> None:
        self._port, self._speed, self._seed, self._concurrency = port, speed, seed, concurrency
        self._keep_alive, self._url_lifetime = keep_alive, url_lifetime
        self._dialect = DIALECTS[dialect]
        self._limits = Limits.of(hosts=input_hosts, seconds=input_seconds, most_bytes=input_bytes)
        self._clock = clock or SystemClock()
        self._catalogue = catalogue
        self._renderer = renderer
        self.url = ""
        self.keyring, self.tariff = Keyring(keys), Tariff()
        self.ledger, self.faults, self.traffic, self.streams = Ledger(), Faults(), Traffic(), Streams()
        self.generations = Generations(self._clock.now, self._forget)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Accepts connections when it returns. Raises OSError if the port is taken."""
        self._rendering = self._renderer or MediaRenderer()
        self.folder = Path(tempfile.mkdtemp(prefix="oxen-sandbox-"))
        self._parts = self._assemble()
        self._runner = web.AppRunner(create_app(self._parts), access_log=None, shutdown_timeout=1.0)
        try:
            await self._runner.setup()
            site = web.TCPSite(self._runner, LOOPBACK, self._port)
            await site.start()
        except BaseException:
            await self.stop()
            raise
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Ends streams, stops the work, removes the files."""
        self.streams.hang_up_all()
        await self._parts.scheduler.close()
        await self._runner.cleanup()
        await asyncio.to_thread(self._rendering.close)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def finished(self, generation_id: str) -> Generation | None:
        """Waits for the end of a generation, whichever; None if it is unknown."""
        return await self._parts.scheduler.finished(generation_id)

    def _assemble(self) -> Parts:
        catalogue = self._catalogue or Catalogue.from_file()
        uploads = Uploads(self.folder / "uploads")
        admission = Admission(
            catalogue=catalogue,
            tariff=self.tariff,
            generations=self.generations,
            ledger=self.ledger,
            timing=Timing(self._seed),
            clock=self._clock,
        )
        return Parts(
            dialect=self._dialect,
            catalogue=catalogue,
            keyring=self.keyring,
            tariff=self.tariff,
            uploads=uploads,
            generations=self.generations,
            ledger=self.ledger,
            faults=self.faults,
            streams=self.streams,
            traffic=self.traffic,
            signer=Signer(secrets.token_bytes(32), lifetime=self._url_lifetime),
            admission=admission,
            scheduler=self._scheduler(catalogue, Reception(uploads=uploads, limits=self._limits)),
            clock=self._clock,
            keep_alive=self._keep_alive,
            base_url=lambda: self.url,
        )

    def _scheduler(self, catalogue: Catalogue, reception: Reception) -> Scheduler:
        return Scheduler(
            catalogue=catalogue,
            tariff=self.tariff,
            reception=reception,
            generations=self.generations,
            ledger=self.ledger,
            faults=self.faults,
            traffic=self.traffic,
            renderer=self._rendering,
            folder=self.folder,
            clock=self._clock,
            speed=self._speed,
            slots=asyncio.Semaphore(self._concurrency),
            ended=lambda generation: events.announce(self._parts, generation),
        )

    def _forget(self, expired: Generation) -> None:
        self._parts.scheduler.abandon(expired.id)
        if expired.result is not None:
            expired.result.unlink(missing_ok=True)
