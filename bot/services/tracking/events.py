"""The provider's event streams: kept open, and what they say kept until the rows know it.

An event alone decides nothing: it wakes the tracker, which looks for the result, or asks (`tracker.py`). A
stream belongs to a key (API.md, "The event stream"). The operator's is always open; a server's own key has one while
something that was placed by it is not over. What becomes of one stream is nothing to the others.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import names_in, result_mark
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Completed, KeyRefused, Provider, ProviderError, Providers, Suspect, Unreadable
from bot.services.supervision import IDLE, Loop, backoff
from bot.services.wakeups import Topic, Wakeups
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)

MOST_RESULTS = 4  # that events name for one generation: the first that holds counts
MOST_HINTS = 10_000  # that wait for one key; more come only from a stream that talks nonsense


@dataclass(slots=True)
class Hint:
    """What events said of a generation, when it was first heard, and from when to look (seconds, monotonic).

    `successes` are the last of them that name a result, each another, the latest first; `failure` is the last that
    names none. `doubted`: the result could
    not be had, or may be another's, so the row is asked. `looks` without an end are counted. `early`: it may be about
    one of ours whose id is still to be learnt, so look at every step.
    """

    heard_at: float
    due: float
    successes: list[Completed] = field(default_factory=list[Completed])
    failure: Completed | None = None
    doubted: bool = False
    looks: int = 0
    early: bool = False


@dataclass(slots=True)
class KeyWatch:
    """What is known of one key's stream. `next_list`: when to see about its lists (monotonic), None: nobody has to.

    `missed`: it may not have told all that ended, so all its lists are to be asked for then.
    """

    up: bool = False
    next_list: float | None = None
    missed: bool = True
    hints: dict[RemoteId, Hint] = field(default_factory=dict[RemoteId, Hint])


class EventInbox:
    """What the streams said. Each key's for itself: what one says changes nothing about what another said.

    A hint is kept until its generation is over: in the `ephemeral` dialect nothing else knows the result. One for an
    id that no row owns is kept while answers that bring ids are on their way: what is quick is over before that.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._claimed: defaultdict[int, set[RemoteId]] = defaultdict(set)  # by the mark of a result: who is said to own
        self._keys: defaultdict[KeyId | None, KeyWatch] = defaultdict(KeyWatch)

    def __len__(self) -> int:
        return sum(len(watch.hints) for watch in self._keys.values())

    def of(self, key: KeyId | None) -> KeyWatch:
        """What is known of the stream of `key` (None: the operator's)."""
        return self._keys[key]

    def set_up(self, key: KeyId | None = None, *, up: bool) -> None:
        """The stream connected or broke. What fired in between is only in the list: it is due now."""
        watch = self._keys[key]
        watch.up, watch.missed, watch.next_list = up, True, self._clock.monotonic()

    def list_again(self, keys: Collection[KeyId | None]) -> None:
        """Their lists could not be worked off: they are due at once, all of them."""
        for key in keys:
            self.of(key).missed, self.of(key).next_list = True, self._clock.monotonic()

    def missed(self, key: KeyId | None = None) -> None:
        """The stream said something that is not known now: the lists find it, when they are next seen about."""
        self._keys[key].missed = True

    def add(self, event: Completed, key: KeyId | None = None) -> None:
        """The stream said `event`: look at once."""
        hints, now = self._keys[key].hints, self._clock.monotonic()
        if event.id not in hints and len(hints) >= MOST_HINTS:
            self.drop(key, next(iter(hints)))
            self.missed(key)
        hint = hints.setdefault(event.id, Hint(now, now))
        hint.due, hint.looks, hint.doubted = now, 0, False
        if not event.succeeded or event.url is None:
            hint.failure = event
            return
        others = [each for each in hint.successes if each.url != event.url]
        self._give_up_claims(event.id, hint)
        hint.successes = [event, *others[: MOST_RESULTS - 1]]
        for each in hint.successes:
            self._claimed[result_mark(each.url or "")].add(event.id)

    def contested(self, remote_id: RemoteId, url: str) -> bool:
        """Whether others are said to have the result behind `url` as well, and the link does not say whose it is."""
        return len(self._claimed.get(result_mark(url), ())) > 1 and remote_id not in names_in(url)

    def get(self, key: KeyId | None, remote_id: RemoteId) -> Hint | None:
        return self._keys[key].hints.get(remote_id)

    def drop(self, key: KeyId | None, remote_id: RemoteId) -> None:
        """What it said is in the rows, or will never be."""
        hint = self._keys[key].hints.pop(remote_id, None)
        if hint is not None:
            self._give_up_claims(remote_id, hint)

    def _give_up_claims(self, remote_id: RemoteId, hint: Hint) -> None:
        for mark in {result_mark(each.url or "") for each in hint.successes}:
            self._claimed[mark].discard(remote_id)
            if not self._claimed[mark]:
                del self._claimed[mark]

    def put_off(self, key: KeyId | None, remote_id: RemoteId, due: float) -> None:
        """Look at it, if it is still there, no sooner than `due`."""
        hint = self.get(key, remote_id)
        if hint is not None:
            hint.due = due

    def due(self) -> list[tuple[KeyId | None, RemoteId, Hint]]:
        """Where to look now."""
        now = self._clock.monotonic()
        return [
            (key, remote_id, hint)
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
                self._wakeups.wake([Topic.EVENT])
        self._broken_in_a_row += 1
        return backoff(self._broken_in_a_row, timedelta(seconds=1), timedelta(minutes=1))

    async def _listen(self, provider: Provider) -> None:
        async with contextlib.aclosing(provider.events()) as events:
            async for event in events:
                if self._inbox.of(self._key).up:
                    self._broken_in_a_row = 0  # it connected, and said something: it works
                else:
                    self._inbox.set_up(self._key, up=True)
                    self._wakeups.wake([Topic.EVENT])
                    log.info("event stream up", extra={"key_id": self._key})
                if isinstance(event, Unreadable):
                    self._inbox.missed(self._key)
                if isinstance(event, Completed):
                    self._inbox.add(event, self._key)
                    self._wakeups.wake([Topic.EVENT])


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
