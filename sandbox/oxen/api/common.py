"""What every group of routes shares: the stand-in's parts, and the way from a function to a route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.oxen.admission import Admission
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.clock import Clock
from sandbox.oxen.dialects import Dialect
from sandbox.oxen.faults import Faults
from sandbox.oxen.generations import Generation, Generations, State
from sandbox.oxen.inputs.uploads import Uploads
from sandbox.oxen.keys import ApiKey, Keyring
from sandbox.oxen.ledger import Ledger
from sandbox.oxen.pricing import Tariff
from sandbox.oxen.scheduler import Scheduler
from sandbox.oxen.signing import Signer
from sandbox.oxen.streams import Streams
from sandbox.oxen.traffic import Traffic
from sandbox.oxen.wire import forbidden, not_found, unauthenticated

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`keep_alive` in seconds of silence; `base_url` is known once the socket is bound."""

    dialect: Dialect
    catalogue: Catalogue
    keyring: Keyring
    tariff: Tariff
    uploads: Uploads
    generations: Generations
    ledger: Ledger
    faults: Faults
    streams: Streams
    traffic: Traffic
    signer: Signer
    admission: Admission
    scheduler: Scheduler
    clock: Clock
    keep_alive: float
    base_url: Callable[[], str]

    def key(self, request: web.Request) -> ApiKey:
        """Raises Rejection (401)."""
        key = self.keyring.find(request.headers.get("Authorization"))
        if key is None:
            raise unauthenticated()
        return key

    def visible(self, request: web.Request) -> Generation:
        """The generation named in the path. Raises Rejection: 401, or 404 for one the key may not see."""
        key = self.key(request)
        row = self.generations.get(request.match_info["generation_id"])
        if row is None or not row.listed or not key.may_bill(row.namespace) or not self.dialect.keeps(row):
            raise not_found()
        return row

    def listed(self, key: ApiKey, place: str) -> list[Generation]:
        """Oldest first: what the key may see in the lists of this place, without what a `lag` still hides."""
        fault = self.faults.strike(place, "lag")
        latest = self.clock.now() - (fault.value if fault else 0)
        rows = (row for row in self.generations.all() if row.listed and key.may_bill(row.namespace))
        return [row for row in rows if row.enqueued_at <= latest]

    def reader(self, request: web.Request) -> ApiKey:
        """The key, which may look into the namespace that is asked for. Raises Rejection: 401 or 403."""
        key = self.key(request)
        namespace = request.query.get("namespace")
        if namespace is not None and not key.may_bill(namespace):
            raise forbidden(namespace)
        return key

    def reworded(self, place: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows as this place answers them: with another status, where a `word` is set and the dialect has one."""
        fault = self.faults.strike(place, "word")
        return [{**row, "status": fault.value} if fault and "status" in row else row for row in rows]

    def result_url(self, generation: Generation) -> str | None:
        """Freshly signed; None unless it succeeded."""
        if generation.state is not State.SUCCEEDED or generation.result is None:
            return None
        name = generation.result.name
        return f"{self.base_url()}/results/{name}?{self.signer.query(name, self.clock.now())}"


@dataclass(frozen=True, slots=True)
class Route:
    """`place` is the name under which faults know it; None for a route that no fault touches."""

    method: str
    path: str
    place: str | None
    handler: Handler
