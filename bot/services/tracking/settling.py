"""How one generation stands, asked by its id, and how it ended, stored: once, whoever comes first."""

import logging
from collections.abc import Callable

from bot.domain.clock import Clock
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import Generation, GenerationState, Outcome
from bot.domain.provider import Completed, NotFound, OxenError, Providers, RemoteGeneration
from bot.services.tracking import outcomes
from bot.services.tracking.expiry import Absences, Ages
from bot.services.tracking.hints import Hints
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)


class Settling:
    """`changed` is called when rows changed that others wait for."""

    def __init__(
        self,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        changed: Callable[[], None],
        hints: Hints,
        absences: Absences,
        ages: Ages,
    ) -> None:
        self._generations = generations
        self._providers = providers
        self._clock = clock
        self._changed = changed
        self._hints = hints
        self._absences = absences
        self._ages = ages

    async def look(self, generation: Generation, event: Completed | None = None, *, cancelled: bool = False) -> bool:
        """Asks for the row of one generation and stores what it says; whether the generation is over.

        `event` and `cancelled` (a DELETE that was accepted) say how it ended where the dialect keeps no row.
        Raises `Unavailable`, `Rejected`, `KeyGone`.
        """
        if generation.remote_id is None:
            return generation.state.ended
        try:
            async with self._providers.of(generation.key) as oxen:
                # Where rows are kept, a DELETE that comes too late is accepted as well: only a row says that it worked.
                cancelled = cancelled and not oxen.keeps_rows
                row = await oxen.get(generation.remote_id)
        except NotFound:
            known = self._hints.get(generation.key, generation.remote_id)
            event = event or (known.event if known is not None else None)
            outcome = outcomes.of_vanished(event, cancelled=cancelled) or self._absences.missed(
                generation, self._clock.monotonic()
            )
        else:
            outcome = await self._seen(generation, row)
        if outcome is None:
            return False
        await self.settle(generation, outcome)
        return True

    async def look_or_expire(self, generation_id: GenerationId) -> None:
        """Looks at what left the list; when nobody answers, at least what is too old comes to its end."""
        generation = await self._generations.get(generation_id)
        if generation is None or generation.state.ended:
            return
        try:
            await self.look(generation)
        except OxenError as error:
            log.warning("look failed", extra={"generation": generation.id, "error": str(error)})
            await self.expire(generation, listed=False)

    async def take_note(self, generation_id: GenerationId, row: RemoteGeneration) -> None:
        """Stores what `row` says of the generation."""
        generation = await self._generations.get(generation_id)
        if generation is not None and (outcome := await self._seen(generation, row)) is not None:
            await self.settle(generation, outcome)

    async def look_again(self, generation: Generation, event: Completed | None = None) -> bool:
        """Asks once more for what had been given up; whether it is known now. A success is told and charged, once.

        `event` says how it ended where the dialect keeps no row. Raises as `look` does.
        """
        if generation.remote_id is None:
            return False
        try:
            async with self._providers.of(generation.key) as oxen:
                outcome = outcomes.of_row(await oxen.get(generation.remote_id))
        except NotFound:
            outcome = outcomes.of_vanished(event, cancelled=False)
        if outcome is None:
            return False
        now = self._clock.now()
        if outcome.state is GenerationState.SUCCEEDED:
            known = await self._generations.settle_late(generation.id, outcome.result_url, now)
        else:
            known = await self._generations.clarify(generation.id, now)
        if known:
            log.info("second look", extra={"generation": generation.id, "state": outcome.state.value})
            self._changed()
        return known

    async def expire(self, generation: Generation, *, listed: bool) -> None:
        """Ends it if it is older than anything that the provider keeps. `listed`: the provider has just shown it."""
        outcome = self._ages.overdue(generation, listed=listed)
        if outcome is not None:
            await self.settle(generation, outcome)

    async def settle(self, generation: Generation, outcome: Outcome) -> None:
        """Ends it so, unless it is over already."""
        now = self._clock.now()
        ended_now = await self._generations.settle(generation.id, outcome, now)
        if generation.remote_id is not None:  # not before: what is told of an end is kept until that is in the rows
            self._hints.drop(generation.key, generation.remote_id)
            self._absences.seen([generation.remote_id])
        if not ended_now:
            return
        took = (now - generation.queued_at).total_seconds() if generation.queued_at else None
        log.info(
            "generation settled",
            extra={
                "generation": generation.id,
                "order": generation.order_id,
                "state": outcome.state.value,
                "reason": outcome.reason.value if outcome.reason else None,
                "seconds": took,
            },
        )
        self._changed()

    async def _seen(self, generation: Generation, row: RemoteGeneration) -> Outcome | None:
        """The outcome that `row` tells of; None, with progress stored, while there is none."""
        if generation.remote_id is not None:
            self._absences.seen([generation.remote_id])
        outcome = outcomes.of_row(row)
        if outcome is None and row.status == "processing" and generation.state is GenerationState.QUEUED:
            now = self._clock.now()
            started_at = outcomes.began(generation.queued_at, row.started_at, now)
            await self._generations.start(generation.id, started_at, now)
            self._changed()
        return outcome
