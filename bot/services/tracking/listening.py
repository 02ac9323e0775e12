"""The provider's event streams: kept open, and what they hint at passed on. They wake the tracker and decide nothing.

A stream belongs to a key (API.md, "The event stream"). The operator's is always open; a server's own key has one
while something that was placed by it is not over. What becomes of one stream is nothing to the others.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Completed, KeyRefused, OxenError, Provider, Providers, Suspect
from bot.services.supervision import IDLE, Loop, backoff
from bot.services.tracking.tracking import Tracking
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What every listener needs. `wake` is called when there is something to follow."""

    providers: Providers
    tracking: Tracking
    wake: Callable[[], None]
    suspect: Suspect


class Listening:
    """Keeps the event stream of `key` open and passes on what it hints at."""

    def __init__(self, ear: Ear, key: KeyId | None = None) -> None:
        self._ear = ear
        self._key = key
        self._broken_in_a_row = 0

    async def step(self) -> timedelta:
        """Listens until the stream breaks; returns how long to wait before connecting again."""
        ear, key = self._ear, self._key
        try:
            async with ear.providers.of(key) as oxen:
                await self._listen(oxen)
        except OxenError as error:
            log.warning("event stream down", extra={"key_id": key, "error": str(error)})
            if isinstance(error, KeyRefused):
                ear.suspect(key)
        finally:
            if ear.tracking.hears(key):
                ear.tracking.stream(key, up=False)
                ear.wake()
        self._broken_in_a_row += 1
        return backoff(self._broken_in_a_row, timedelta(seconds=1), timedelta(minutes=1))

    async def _listen(self, oxen: Provider) -> None:
        ear, key = self._ear, self._key
        async with contextlib.aclosing(oxen.events()) as events:
            async for event in events:
                if ear.tracking.hears(key):
                    self._broken_in_a_row = 0  # it connected, and said something: it works
                else:
                    ear.tracking.stream(key, up=True)
                    ear.wake()
                    log.info("event stream up", extra={"key_id": key})
                if isinstance(event, Completed):
                    ear.tracking.hint(event, key)
                    ear.wake()


class Streams:
    """A stream for each key of a server by which something is under way, each in a loop of its own."""

    def __init__(self, ear: Ear, generations: Generations, clock: Clock) -> None:
        self._ear = ear
        self._generations = generations
        self._clock = clock
        self._loops: dict[KeyId, asyncio.Task[None]] = {}

    @property
    def open(self) -> frozenset[KeyId]:
        """The keys that are listened to."""
        return frozenset(self._loops)

    async def step(self) -> timedelta:
        """Opens the streams that are needed and closes those that are not. To be woken when rows changed."""
        needed = set(await self._generations.keys_in_use())
        for key in needed - self._loops.keys():
            loop = Loop("events", Listening(self._ear, key).step, self._clock)
            self._loops[key] = asyncio.create_task(loop.run(), name=f"events {key}")
        await self._close(self._loops.keys() - needed)
        return IDLE

    async def dismiss(self) -> None:
        """Closes all of them."""
        await self._close(set(self._loops))

    async def _close(self, keys: set[KeyId]) -> None:
        tasks = [self._loops.pop(key) for key in keys]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
