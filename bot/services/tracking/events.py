"""The provider's event streams: kept open, and what they say kept until the rows know it.

Events are hints and the list is the truth: an event only says where to look, wakes the tracker and decides nothing. A
stream belongs to a key (API.md, "The event stream"). The operator's is always open; a server's own key has one while
something that was placed by it is not over. What becomes of one stream is nothing to the others.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.ids import RemoteId
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Completed, KeyRefused, Provider, ProviderError, Providers, Suspect
from bot.services.supervision import IDLE, Loop, backoff
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)

MOST_HINTS = 10_000  # that wait for one key; more come only from a stream that talks nonsense


@dataclass(slots=True)
class Hint:
    """What an event said of a generation, when it was heard, and from when to look (seconds, monotonic).

    `early`: it may be about one of ours whose id is still to be learnt, so look at every step.
    """

    event: Completed
    heard_at: float
    due: float
    early: bool = False


@dataclass(slots=True)
class KeyWatch:
    """What is known of one key's stream. `next_list`: when to ask for its lists (monotonic), None: nobody has to."""

    up: bool = False
    next_list: float | None = None
    hints: dict[RemoteId, Hint] = field(default_factory=dict[RemoteId, Hint])


class EventInbox:
    """What the streams said. Each key's for itself: what one says changes nothing about what another said.

    A hint is kept until its generation is over: in the `ephemeral` dialect nothing else knows the result. One for an
    id that no row owns is kept while answers that bring ids are on their way: what is quick is over before that.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: defaultdict[KeyId | None, KeyWatch] = defaultdict(KeyWatch)

    def __len__(self) -> int:
        return sum(len(watch.hints) for watch in self._keys.values())

    def of(self, key: KeyId | None) -> KeyWatch:
        """What is known of the stream of `key` (None: the operator's)."""
        return self._keys[key]

    def set_up(self, key: KeyId | None = None, *, up: bool) -> None:
        """The stream connected or broke. What fired in between is only in the list: it is due now."""
        watch = self._keys[key]
        watch.up, watch.next_list = up, self._clock.monotonic()

    def add(self, event: Completed, key: KeyId | None = None) -> None:
        """The stream said `event`: look at once."""
        hints, now = self._keys[key].hints, self._clock.monotonic()
        if len(hints) >= MOST_HINTS:  # the list finds what is forgotten here
            del hints[next(iter(hints))]
        hints[event.id] = Hint(event, now, now)

    def get(self, key: KeyId | None, remote_id: RemoteId) -> Hint | None:
        return self._keys[key].hints.get(remote_id)

    def drop(self, key: KeyId | None, remote_id: RemoteId) -> None:
        """What it said is in the rows, or will never be."""
        self._keys[key].hints.pop(remote_id, None)

    def put_off(self, key: KeyId | None, ids: Iterable[RemoteId], due: float) -> None:
        """Look at those that are still there no sooner than `due`."""
        hints = self._keys[key].hints
        for remote_id in ids:
            if remote_id in hints:
                hints[remote_id].due = due

    def due(self) -> list[tuple[KeyId | None, RemoteId]]:
        """Where to look now."""
        now = self._clock.monotonic()
        return [
            (key, remote_id)
            for key, watch in self._keys.items()
            for remote_id, hint in watch.hints.items()
            if hint.due <= now or hint.early
        ]

    def next_due(self) -> float | None:
        """When the next is due (monotonic); None when there is none."""
        return min((hint.due for watch in self._keys.values() for hint in watch.hints.values()), default=None)

    def keep_lists(self, keys: Collection[KeyId | None]) -> None:
        """Nothing is in flight by any other key: no list of theirs is due."""
        for key, watch in list(self._keys.items()):
            if key not in keys:
                watch.next_list = None
                if not watch.up and not watch.hints:
                    del self._keys[key]


class EventListener:
    """Keeps the event stream of `key` open and puts what it says into the inbox. `suspect` hears of a refused key."""

    def __init__(
        self,
        providers: Providers,
        inbox: EventInbox,
        wakeups: Wakeups,
        suspect: Suspect,
        key: KeyId | None = None,
    ) -> None:
        self._providers = providers
        self._inbox = inbox
        self._wakeups = wakeups
        self._suspect = suspect
        self._key = key
        self._broken_in_a_row = 0

    async def step(self) -> timedelta:
        """Listens until the stream breaks; returns how long to wait before connecting again."""
        try:
            async with self._providers.of(self._key) as provider:
                await self._listen(provider)
        except ProviderError as error:
            log.warning("event stream down", extra={"key_id": self._key, "error": str(error)})
            if isinstance(error, KeyRefused):
                self._suspect(self._key)
        finally:
            if self._inbox.of(self._key).up:
                self._inbox.set_up(self._key, up=False)
                self._wakeups.notify(Topic.EVENT)
        self._broken_in_a_row += 1
        return backoff(self._broken_in_a_row, timedelta(seconds=1), timedelta(minutes=1))

    async def _listen(self, provider: Provider) -> None:
        async with contextlib.aclosing(provider.events()) as events:
            async for event in events:
                if self._inbox.of(self._key).up:
                    self._broken_in_a_row = 0  # it connected, and said something: it works
                else:
                    self._inbox.set_up(self._key, up=True)
                    self._wakeups.notify(Topic.EVENT)
                    log.info("event stream up", extra={"key_id": self._key})
                if isinstance(event, Completed):
                    self._inbox.add(event, self._key)
                    self._wakeups.notify(Topic.EVENT)


class KeyListeners:
    """A listener for each key of a server by which something is not over, each in a loop of its own."""

    def __init__(
        self,
        providers: Providers,
        inbox: EventInbox,
        wakeups: Wakeups,
        suspect: Suspect,
        generations: Generations,
        clock: Clock,
    ) -> None:
        self._for_a_listener = (providers, inbox, wakeups, suspect)
        self._generations = generations
        self._clock = clock
        self._loops: dict[KeyId, asyncio.Task[None]] = {}

    @property
    def open(self) -> frozenset[KeyId]:
        """The keys that are listened to."""
        return frozenset(self._loops)

    async def step(self) -> timedelta:
        """Opens the streams that are needed and closes those that are not. Raises what one of them died of."""
        needed = set(await self._generations.keys_in_use())
        dead = {key for key, task in self._loops.items() if task.done()}
        for task in [self._loops.pop(key) for key in dead]:
            task.result()
        for key in needed - self._loops.keys():
            loop = Loop("events", EventListener(*self._for_a_listener, key).step, self._clock)
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
