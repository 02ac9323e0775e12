"""From the outbox to the log channels: what a guild is owed besides its results, each notice once.

A notice is claimed in its row before the attempt and marked delivered after it. The messenger sends it under a nonce,
and an attempt that is not the first looks for what an earlier one may have left.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.clock import SteadyClock, Waits, rest_until
from bot.domain.ids import GuildId
from bot.domain.messenger import Messenger, MessengerError, TryLater, Undeliverable, WordsRefused
from bot.domain.records.guild_log import Notice, NoticeKey
from bot.services.policy import Timing
from bot.services.queue.policy_service import PolicyService
from bot.services.supervision import IDLE, backoff, side_by_side
from bot.store.records.guild_log import Notices

log = logging.getLogger(__name__)

GIVE_UP = timedelta(hours=24)  # older news is none
_RETRY_LAST = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
NO_CHANNEL = "no log channel"


class Notifier:
    def __init__(
        self, notices: Notices, policy_service: PolicyService, messenger: Messenger, clock: SteadyClock, timing: Timing
    ) -> None:
        self._notices = notices
        self._policy_service = policy_service
        self._messenger = messenger
        self._clock = clock
        self._waits = Waits(clock)
        self._timing = timing

    async def step(self) -> timedelta:
        """Tells what is due: guilds side by side, each guild's news in order. How long until the next is due."""
        now = self._clock.now()
        due: dict[GuildId, list[NoticeKey]] = {}
        rest = IDLE
        for notice, moment in await self._notices.open():
            left = rest_until(moment, now, _LONGEST_PAUSE)
            if left:
                rest = min(rest, left)
            else:
                due.setdefault(notice.guild_id, []).append(notice)
        if not due:
            return rest
        await side_by_side(self._tell_all, due.items())
        return timedelta()  # there may be more to tell at once

    async def _tell_all(self, guild_id: GuildId, keys: Sequence[NoticeKey]) -> None:
        """A notice that has to wait holds up the next ones: the channel will not take those now, either."""
        for position, key in enumerate(keys):
            notice = await self._notices.claim(key, self._clock.now())
            due = await self._tell(guild_id, notice) if notice is not None else None
            if due is not None:
                for left in keys[position + 1 :]:
                    await self._notices.postpone(left, due)
                return

    async def _tell(self, guild_id: GuildId, notice: Notice) -> datetime | None:
        """When to try again; None when the notice is over, one way or the other."""
        channel_id = (await self._policy_service.of(guild_id)).log_channel
        if channel_id is None:
            await self._dead_letter(notice, NO_CHANNEL)
            return None
        try:
            message_id = await self._messenger.tell(guild_id, channel_id, notice)
        except WordsRefused as error:  # this notice alone: the channel is open
            await self._dead_letter(notice, str(error))
            return None
        except Undeliverable as error:
            await self._policy_service.channel_lost(guild_id, channel_id)
            await self._dead_letter(notice, str(error))
            return None
        except MessengerError as error:
            return await self._later(notice, error)
        except Exception as error:  # what nobody thought of: left due as it is, it would be tried again at once
            log.exception("notice not delivered", extra=_log_fields(notice))
            return await self._later(notice, TryLater(type(error).__name__))
        await self._notices.delivered(notice.id, message_id, self._clock.now())
        self._waits.drop(notice.id)
        log.info("notice delivered", extra=_log_fields(notice) | {"message_id": message_id})
        return None

    async def _later(self, notice: Notice, error: MessengerError) -> datetime | None:
        now = self._clock.now()
        if self._waits.over(notice.id, notice.first_attempt_at, GIVE_UP):
            await self._dead_letter(notice, f"gave up: {error}")
            return None
        pause = error.pause if isinstance(error, TryLater) else None
        due = now + min(pause or backoff(notice.attempt, self._timing.notice_again, _RETRY_LAST), _LONGEST_PAUSE)
        await self._notices.postpone(notice.id, due)
        log.warning("notice postponed", extra=_log_fields(notice) | {"error": str(error), "attempt": notice.attempt})
        return due

    async def _dead_letter(self, notice: Notice, because: str) -> None:
        await self._notices.dead_letter(notice.id, because, self._clock.now())
        self._waits.drop(notice.id)
        log.info("notice given up", extra=_log_fields(notice) | {"error": because})


def _log_fields(notice: Notice) -> dict[str, object]:
    return {"guild": notice.id.guild_id, "notice": notice.kind}
