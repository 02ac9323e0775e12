"""Unclear money as whoever manages a guild sees and clears it: estimates of outputs of which the provider never told.

Who may do it is the caller's to know. The history and the daily comparison of totals clear it too, by themselves
(`bot.services.ordering.late_results`, `bot.services.wallet.costs`).
"""

import logging
from collections.abc import Sequence

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, UserId
from bot.domain.records.guild_log import Act, ActKind
from bot.services.wakeups import Topic, Wakeups
from bot.store.wallet.ledger import Ledger, Unclear

log = logging.getLogger(__name__)


class UnclearMoney:
    def __init__(self, ledger: Ledger, clock: Clock, wakeups: Wakeups) -> None:
        self._ledger = ledger
        self._clock = clock
        self._wakeups = wakeups

    async def of(self, guild_id: GuildId) -> Sequence[Unclear]:
        """The guild's outputs that may have been charged, the latest first; as many as a select can show."""
        return await self._ledger.unclear(guild_id)

    async def settle(self, guild_id: GuildId, generation_id: GenerationId, by: UserId, *, charged: bool) -> Unclear:
        """`by` says that the output was charged, then it is booked by its estimate, or that it was not.

        With an entry in the audit log. Raises `Refusal` when it is not unclear any more.
        """
        one = next((each for each in await self.of(guild_id) if each.generation_id == generation_id), None)
        if one is None:
            raise Refusal("unclear-settled")
        kind = ActKind.UNCLEAR_CHARGED if charged else ActKind.UNCLEAR_FREE
        act = Act(guild_id=guild_id, by=by, kind=kind, subject=one.order_id)
        if not await self._ledger.settle_unclear(generation_id, act, self._clock.now(), charged=charged):
            raise Refusal("unclear-settled")
        log.info("unclear settled", extra={"generation": generation_id, "user": by, "charged": charged})
        self._wakeups.notify(Topic.CARD, Topic.NOTICE)
        return one
