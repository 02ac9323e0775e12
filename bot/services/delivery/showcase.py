"""From the stars to the showcase: a result that enough members have starred is posted there once.

Its row is claimed before the attempt and marked as shown after it. An attempt that is not the first looks for the
message that an earlier one may have left. What changes about it (its stars) is gathered: one edit for many stars, and
the more seldom the longer the post is there. What is hidden, deleted or forgotten is taken down.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.clock import SteadyClock, Waits
from bot.domain.ids import GenerationId
from bot.domain.messenger import Messenger, MessengerError, TryLater, Undeliverable, Unshowable, WordsRefused
from bot.domain.records.stars import Showpiece
from bot.services.policy import Timing
from bot.services.queue.policy_service import PolicyService
from bot.services.supervision import WorkerPool, backoff, ever_more_seldom
from bot.services.wakeups import Topic, Wakeups
from bot.store.installation import KeyValues
from bot.store.records.stars import ShowcasePosts

log = logging.getLogger(__name__)

GIVE_UP = timedelta(hours=24)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
_RETRY_LAST = timedelta(minutes=10)


class Showcase:
    def __init__(
        self,
        posts: ShowcasePosts,
        key_values: KeyValues,
        policy_service: PolicyService,
        messenger: Messenger,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
    ) -> None:
        self._posts = posts
        self._key_values = key_values
        self._policy_service = policy_service
        self._messenger = messenger
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._timing = timing
        self._restored_at: datetime | None = None
        self.pool = WorkerPool("showcase", 2, clock, wakeups, Topic.SHOWCASE)

    async def recover(self) -> None:
        """At the start: whether the rows were taken back from a copy, after which a showcase may know more."""
        self._restored_at = await self._key_values.restored_at()

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""
        due = await self._posts.open()
        return self.pool.take_up(due, self._clock.now(), self._bring_up_to_date, longest=_LONGEST_PAUSE)

    async def _bring_up_to_date(self, output: GenerationId) -> None:
        piece = await self._posts.claim(output, self._clock.now())
        if piece is None:
            return
        if self._restored_at is not None and piece.message_id is None and piece.order.created_at <= self._restored_at:
            piece = replace(piece, attempt=piece.attempt + 1, first_attempt_at=piece.order.created_at)
        try:
            if piece.because is not None or not await self._shown(piece):
                await self._messenger.take_down(piece)
                await self._over(piece, "taken down")
        except WordsRefused as error:  # this result alone: the channel is open
            await self._over(piece, str(error))
        except Undeliverable as error:
            await self._closed(piece, error)
        except MessengerError as error:
            await self._later(piece, error)
        except Exception as error:  # what nobody thought of: left due as it is, it would be tried again at once
            await self._later(piece, TryLater(type(error).__name__))
            raise  # the worker pool counts it

    async def _shown(self, piece: Showpiece) -> bool:
        """Whether it is in the showcase now. False: it may not be, or not any more."""
        if piece.original is None:
            raise TryLater("its message is not known")
        try:
            message_id = await self._messenger.show(piece)
        except Unshowable as error:
            log.info("result not shown", extra=_log_fields(piece) | {"error": str(error)})
            return False
        now = self._clock.now()
        age = now - (piece.shown_at or now)
        due = now + ever_more_seldom(age, self._timing.showcase, _LONGEST_PAUSE)
        await self._posts.shown(piece, message_id, now, due)
        self._waits.drop(piece.output)
        log.info("result shown", extra=_log_fields(piece) | {"message_id": message_id, "stars": piece.stars})
        return True

    async def _closed(self, piece: Showpiece, error: Undeliverable) -> None:
        """The channel is gone, or closed to us: the guild has no showcase, until somebody chooses another."""
        if piece.message_id is None and piece.because is None:
            await self._policy_service.showcase_lost(piece.guild_id, piece.channel_id)
            await self._posts.not_shown(piece, str(error))
            log.warning("showcase closed", extra=_log_fields(piece) | {"error": str(error)})
        else:
            await self._later(piece, TryLater(str(error), _RETRY_LAST))

    async def _later(self, piece: Showpiece, error: MessengerError) -> None:
        now = self._clock.now()
        if self._waits.over(piece.output, piece.first_attempt_at, GIVE_UP):
            if piece.message_id is not None and piece.because is None:  # it stays as it is until the next change
                await self._posts.shown(piece, piece.message_id, now, now + _LONGEST_PAUSE)
                self._waits.drop(piece.output)
            else:
                await self._over(piece, f"gave up: {error}")
            return
        pause = error.pause if isinstance(error, TryLater) else None
        pause = max(pause or timedelta(), backoff(piece.attempt, self._timing.post_again, _RETRY_LAST))
        await self._posts.postpone(piece, now + min(pause, _LONGEST_PAUSE))
        self._wakeups.notify(Topic.SHOWCASE)
        log.warning("showcase postponed", extra=_log_fields(piece) | {"error": str(error), "attempt": piece.attempt})

    async def _over(self, piece: Showpiece, because: str) -> None:
        await self._posts.over(piece, because)
        self._waits.drop(piece.output)
        log.info("result left the showcase", extra=_log_fields(piece) | {"error": piece.because or because})


def _log_fields(piece: Showpiece) -> dict[str, object]:
    return {"guild": piece.guild_id, "order": piece.order.id, "output": piece.output}
