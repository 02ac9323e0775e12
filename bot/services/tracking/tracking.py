"""From the provider back to the rows: how each generation stands, and how it ended.

Events are hints and the list is the truth: an event only says where to look first (`following`). One list call for
each payer with work in flight finds what the stream missed (`survey`); what left the list is looked at by its id. Each
key has its own pace, because each has its own stream.
"""

import logging
from collections.abc import Callable, Collection, Container, Sequence
from datetime import timedelta

from bot.domain.clock import Clock, steady
from bot.domain.ids import RemoteId
from bot.domain.orders.generation import Generation
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import Completed, OxenError, Providers, Suspect
from bot.services.supervision import IDLE, side_by_side
from bot.services.tracking.expiry import Absences, Ages
from bot.services.tracking.following import Following
from bot.services.tracking.hints import Hints
from bot.services.tracking.lists import Lists, Rows
from bot.services.tracking.orphans import OrphanReports
from bot.services.tracking.settling import Settling
from bot.services.tracking.survey import survey
from bot.store.orders.generations import Generations, InFlight

log = logging.getLogger(__name__)

_EXPIRE_EVERY = timedelta(hours=1)
_MANY = 20  # that left the list without a word: fewer are looked at one by one


class Tracking:
    """`poll` is the pace of list calls while a key's event stream is down, `poll_quiet` while it is up.

    While it is down, those for whom images are made have their lists asked for at the pace of `poll_images`: images
    take seconds where videos take minutes (API.md, "Polling, timing, price"). Without it, there is no difference.
    `suspect` is told of a key that the provider refused.
    """

    def __init__(
        self,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        changed: Callable[[], None],
        suspect: Suspect,
        *,
        poll: timedelta,
        poll_quiet: timedelta,
        poll_images: timedelta | None = None,
    ) -> None:
        self._generations = generations
        self._providers = providers
        self._clock = clock = steady(clock)
        self._poll = poll
        self._poll_quiet = poll_quiet
        self._poll_images = poll_images if poll_images is not None and poll_images < poll else None
        self._hints = Hints()
        self._ages = Ages(clock)
        self._absences = Absences(self._ages)
        self._lists = Lists(providers, clock, suspect)
        self._settling = Settling(generations, providers, clock, changed, self._hints, self._absences, self._ages)
        self._following = Following(generations, self._settling, self._lists, self._hints, clock)
        self._orphans = OrphanReports(generations)
        self._next_list: dict[KeyId | None, float] = {}  # monotonic, as are the lines below
        self._next_images: dict[Payer, float] = {}
        self._next_expiry: dict[Payer, float] = {}
        self._streams_up: set[KeyId | None] = set()

    @property
    def stream_up(self) -> bool:
        """Whether the operator's key is listened to."""
        return self.hears(None)

    def hears(self, key: KeyId | None) -> bool:
        """Whether the event stream of `key` is up."""
        return key in self._streams_up

    def hint(self, event: Completed, key: KeyId | None = None) -> None:
        """The stream of `key` said something about this generation: look at it in the next step."""
        self._hints.add(key, event, self._clock.monotonic())

    def stream(self, key: KeyId | None = None, *, up: bool) -> None:
        """The event stream of `key` connected or broke. What fired in between is only in the list: ask for it now."""
        (self._streams_up.add if up else self._streams_up.discard)(key)
        self._next_list[key] = self._clock.monotonic()

    @property
    def settling(self) -> Settling:
        """What stores how a generation stands."""
        return self._settling

    async def look(self, generation: Generation, *, cancelled: bool = False) -> bool:
        """Asks for the row of one generation and stores what it says; whether the generation is over.

        `cancelled` (a DELETE that was accepted) says how it ended where the dialect keeps no row.
        Raises `Unavailable`, `Rejected`, `KeyGone`.
        """
        return await self._settling.look(generation, cancelled=cancelled)

    async def step(self) -> timedelta:
        """Looks where events pointed, then lists what it is time for; returns how long until the next list."""
        await self._following.step()
        if not await self._generations.any_in_flight():
            self._next_list.clear()
            self._next_images.clear()
            self._absences.clear()
            self._ages.keep([])
            self._keep([])
            return IDLE
        now = self._clock.monotonic()
        due = self._due({None, *await self._generations.keys_in_use()}, now)
        images = await self._images_due(now)
        if due or images:
            await self._survey_all(due, images)
        soonest = min([*self._next_list.values(), *self._next_images.values()])
        hinted = self._hints.next_due()
        return timedelta(seconds=max(0.0, min(soonest, soonest if hinted is None else hinted) - now))

    def _pace(self, key: KeyId | None) -> timedelta:
        return self._poll_quiet if self.hears(key) else self._poll

    def _due(self, keys: Collection[KeyId | None], now: float) -> set[KeyId | None]:
        """Those of the keys in use that are to be listed for now; when the next time is, is settled with it."""
        for key in self._next_list.keys() - set(keys):
            del self._next_list[key]
        for key in keys:
            self._next_list.setdefault(key, now + self._pace(key).total_seconds())
        due = {key for key, moment in self._next_list.items() if moment <= now}
        self._next_list |= {key: now + self._pace(key).total_seconds() for key in due}
        return due

    async def _images_due(self, now: float) -> set[Payer]:
        """Those for whom images are made, whose stream is down, and whose list is to be asked for now."""
        if self._poll_images is None or all(map(self.hears, self._next_list)):
            self._next_images.clear()
            return set()
        waiting = {payer for payer in await self._generations.payers_of_images() if not self.hears(payer.key)}
        soon = now + self._poll_images.total_seconds()
        self._next_images = {payer: self._next_images.get(payer, soon) for payer in waiting}
        due = {payer for payer, moment in self._next_images.items() if moment <= now}
        self._next_images |= dict.fromkeys(due, soon)
        return due

    def _keep(self, payers: Collection[Payer]) -> None:
        for memory in (self._lists, self._following, self._orphans):
            memory.keep(payers)
        for payer in self._next_expiry.keys() - set(payers):
            del self._next_expiry[payer]

    async def _survey_all(self, keys: Collection[KeyId | None], payers: Collection[Payer]) -> None:
        ours = await self._generations.under_way()
        self._keep(ours.keys())
        self._ages.keep([generation.id for rows in ours.values() for generation in rows])
        due = [(payer, rows) for payer, rows in ours.items() if payer.key in keys or payer in payers]
        await side_by_side(self._survey, due)

    async def _survey(self, payer: Payer, ours: Sequence[InFlight]) -> None:
        rows = await self._lists.ask(payer)
        if rows is None:
            await self._expire(payer, ())
            return
        found = survey(rows, ours)
        self._absences.seen(found.there)
        for generation, row in found.news:
            await self._settling.take_note(generation.id, row)
        gone = await self._without_history(payer, found.gone)
        await side_by_side(self._settling.look_or_expire, [(generation.id,) for generation in gone])
        await self._expire_now_and_then(payer, rows)
        await self._orphans.report(payer, rows, found.foreign)

    async def _without_history(self, payer: Payer, gone: Sequence[InFlight]) -> Sequence[InFlight]:
        """Settles what the history knows of, where that costs less than to look at each; returns what is left."""
        if len(gone) <= _MANY:
            return gone
        try:
            async with self._providers.of(payer.key) as oxen:
                if not oxen.keeps_rows:
                    return gone
                over = {row.id: row for row in await oxen.history(payer.namespace)}
        except OxenError as error:
            log.warning("history failed", extra={"namespace": payer.namespace, "error": str(error)})
            return gone
        await side_by_side(self._settling.take_note, [(g.id, over[g.remote_id]) for g in gone if g.remote_id in over])
        return [generation for generation in gone if generation.remote_id not in over]

    async def _expire(self, payer: Payer, listed: Container[RemoteId | None]) -> None:
        """Even when the provider says nothing any more, nothing is in flight for ever."""
        for generation in await self._generations.upstream(payer):
            await self._settling.expire(generation, listed=generation.remote_id in listed)

    async def _expire_now_and_then(self, payer: Payer, listed: Rows) -> None:
        """Nor when the provider says for ever that it is at work."""
        now = self._clock.monotonic()
        if self._next_expiry.get(payer, now) <= now:
            self._next_expiry[payer] = now + _EXPIRE_EVERY.total_seconds()
            await self._expire(payer, listed.keys())
