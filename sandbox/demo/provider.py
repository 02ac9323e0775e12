"""What the stand-in for Oxen saw: ends of generations as they happen, and who was charged. And trouble, on demand."""

import asyncio
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, cast

import aiohttp

KEY = "operators-key-of-the-demo"
CLUB_KEY = "film-clubs-own-key-7f3a"
OPERATOR = "drover"  # the namespace of the operator's key
NAMESPACES = {"Film Club": "film-club", "Game Night": "game-night"}  # by server
KEYS = {KEY: (OPERATOR, *NAMESPACES.values()), CLUB_KEY: (NAMESPACES["Film Club"],)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A generation that succeeded or failed, at a unix time with fractions."""

    generation_id: str
    media_type: str
    status: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`cost` in USD, `at` in whole unix seconds."""

    generation_id: str
    model: str
    cost: Decimal
    at: int

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        return cls(generation_id=raw["generation_id"], model=raw["model"], cost=Decimal(raw["cost"]), at=int(raw["at"]))


class Provider:
    """Asks the stand-in at that address. `endings` grows while `listen` runs."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.endings: list[Ending] = []

    async def listen(self, key: str, listening: asyncio.Event) -> None:
        """Hears the key's event stream until cancelled; sets `listening` once nothing can be missed any more."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(f"{self._url}/api/events", headers=_bearer(key), timeout=timeout) as response:
            response.raise_for_status()
            listening.set()
            async for line in response.content:
                name, _, data = line.decode().partition(": ")
                if name == "data":
                    self._heard(json.loads(data), time.time())

    async def charges(self) -> dict[str, list[Charge]]:
        """By namespace; those that were charged nothing are left out."""
        accounts = cast("dict[str, dict[str, Any]]", (await self._get("/sandbox/ledger"))["namespaces"])
        found = {name: [Charge.read(entry) for entry in account["entries"]] for name, account in accounts.items()}
        return {name: charges for name, charges in found.items() if charges}

    async def total_cost(self, namespace: str, key: str) -> Decimal:
        """What the namespace was charged in all, as the provider's own history tells whoever has the key."""
        found = await self._get(f"/api/ai/generations?namespace={namespace}&page_size=1", _bearer(key))
        return Decimal(found["total_cost"])

    async def ordered(self) -> list[str]:
        """The ids of all generations that were ever accepted, oldest first."""
        accepted = cast("list[dict[str, Any]]", (await self._get("/sandbox/requests"))["enqueued"])
        return [generation_id for one in accepted for generation_id in one["generation_ids"]]

    async def spoil(self, kind: str = "fail") -> None:
        """Makes the next generation that begins fail, or (`vanish`) leave the queue without a word, and uncharged."""
        fault = {"on": "generation", "kind": kind, "value": "The renderer ran out of ink.", "times": 1}
        async with self._session.put(f"{self._url}/sandbox/faults", json={"faults": [fault]}) as response:
            response.raise_for_status()

    async def hide_price(self, model_id: str) -> None:
        """The catalogue does not say any more what the model costs."""
        async with self._session.put(f"{self._url}/sandbox/models/{model_id}", json={"pricing": None}) as response:
            response.raise_for_status()

    def _heard(self, event: dict[str, Any], at: float) -> None:
        self.endings.append(
            Ending(generation_id=event["generation_id"], media_type=event["media_type"], status=event["status"], at=at)
        )

    async def _get(self, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        async with self._session.get(f"{self._url}{path}", headers=headers) as response:
            response.raise_for_status()
            return cast("dict[str, Any]", await response.json())


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
