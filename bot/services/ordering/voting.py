"""Votes for compared results: counted in rows, shown at a pace.

A message with many votes at once is edited for the first, and then once in a while for all that came meanwhile.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, MessageId, UserId
from bot.store.records.votes import Votes

_PACE = timedelta(seconds=2)  # between two edits of one message
_MOST = 1000  # messages whose pace is remembered


class Voting:
    def __init__(
        self,
        votes: Votes,
        clock: Clock,
        pace: timedelta = _PACE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._votes = votes
        self._clock = clock
        self._pace = pace.total_seconds()
        self._sleep = sleep
        self._numbers = itertools.count()
        self._due: dict[MessageId, float] = {}  # from when on each message may be edited again
        self._latest: dict[MessageId, int] = {}  # who waits to edit it

    async def cast(self, generation_id: GenerationId, guild_id: GuildId, user_id: UserId) -> None:
        """The member's one vote of the comparison is for this result now. Raises `Refusal` where it is none."""
        if not await self._votes.cast(generation_id, guild_id, user_id, self._clock.now()):
            raise Refusal("vote-unknown")

    async def counts(self, generation_id: GenerationId) -> Mapping[GenerationId, int]:
        """The votes of each result of the comparison."""
        return await self._votes.counts(generation_id)

    async def turn(self, message_id: MessageId) -> bool:
        """Waits until the message may be edited for a vote; False: somebody who voted later edits it for both."""
        now = self._clock.monotonic()
        if len(self._due) >= _MOST:
            self._due = {each: due for each, due in self._due.items() if due > now}
        due = self._due.get(message_id, now)
        if due > now:
            number = self._latest[message_id] = next(self._numbers)
            await self._sleep(due - now)
            if self._latest.get(message_id) != number:
                return False
            del self._latest[message_id]
        self._due[message_id] = self._clock.monotonic() + self._pace
        return True
