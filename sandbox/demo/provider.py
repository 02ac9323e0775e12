"""What the stand-in for Oxen saw: the ends of generations as they happen, and who was charged."""

import asyncio
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, cast

import aiohttp

KEY = "sandbox"


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

    async def listen(self, listening: asyncio.Event) -> None:
        """Hears the event stream until cancelled; sets `listening` once nothing can be missed any more."""
        timeout = aiohttp.ClientTimeout(total=None)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self._session.get(f"{self._url}/api/events", headers=headers, timeout=timeout) as response:
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

    async def ordered(self) -> list[str]:
        """The ids of all generations that were ever accepted, oldest first."""
        accepted = cast("list[dict[str, Any]]", (await self._get("/sandbox/requests"))["enqueued"])
        return [generation_id for one in accepted for generation_id in one["generation_ids"]]

    def _heard(self, event: dict[str, Any], at: float) -> None:
        self.endings.append(
            Ending(generation_id=event["generation_id"], media_type=event["media_type"], status=event["status"], at=at)
        )

    async def _get(self, path: str) -> dict[str, Any]:
        async with self._session.get(f"{self._url}{path}") as response:
            response.raise_for_status()
            return cast("dict[str, Any]", await response.json())
