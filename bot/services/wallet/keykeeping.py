"""Keys of servers that the provider refuses, or that were deleted: what was placed by them comes to its end.

A refusal may be a mistake of the moment. The key is asked again, and only when it was refused several times while the
operator's own is not, it is taken for revoked: then every server that pays by it is told once, and can enter another.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.orders.generation import GenerationState as State
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.payer import KeyId
from bot.domain.provider import KeyGone, KeyRefused, OxenError, Providers
from bot.services.supervision import IDLE
from bot.store.orders.generations import Generations
from bot.store.wallet.accounts import Keys

log = logging.getLogger(__name__)

SURE_AFTER = 3  # refusals in a row (API.md: "Three failed polls in a row before telling anyone")
ASK_AGAIN = timedelta(seconds=20)

_ENDS = {
    State.INTENDED: Outcome(state=State.FAILED, reason=Reason.KEY_UNUSABLE),
    State.UNKNOWN: Outcome(state=State.ABSENT, reason=Reason.FORGOTTEN),
    State.QUEUED: Outcome(state=State.FAILED, reason=Reason.KEY_LOST),
    State.PROCESSING: Outcome(state=State.FAILED, reason=Reason.KEY_LOST),
}  # what is being sent right now is in one of these in a moment


@dataclass(slots=True)
class _Suspicion:
    """How often in a row it was refused when asked, and when to ask again (seconds, monotonic)."""

    due: float
    refusals: int = 0


class KeyKeeping:
    """`changed` is called when rows changed that other loops wait for, `wake` when this loop has something to do."""

    def __init__(
        self,
        keys: Keys,
        generations: Generations,
        providers: Providers,
        clock: Clock,
        changed: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._generations = generations
        self._providers = providers
        self._clock = clock
        self._changed = changed
        self._wake = wake
        self._suspects: dict[KeyId, _Suspicion] = {}

    def suspect(self, key: KeyId | None) -> None:
        """The provider refused `key` just now. The operator's own is the operator's to mend: the log says it."""
        if key is not None and key not in self._suspects:
            self._suspects[key] = _Suspicion(self._clock.monotonic())
            self._wake()

    async def step(self) -> timedelta:
        """Asks by the keys that are suspected, ends what nobody can follow, deletes the keys that nobody needs."""
        for key, suspicion in list(self._suspects.items()):
            if suspicion.due <= self._clock.monotonic():
                suspicion.due = self._clock.monotonic() + ASK_AGAIN.total_seconds()
                await self._ask(key, suspicion)
        left = await self._end_what_nobody_follows()
        for key in await self._keys.delete_unneeded():
            await self._providers.retire(key)
            log.info("key deleted", extra={"key_id": key})
        return ASK_AGAIN if self._suspects or left else IDLE

    async def _ask(self, key: KeyId, suspicion: _Suspicion) -> None:
        try:
            async with self._providers.of(key) as oxen:
                await oxen.list(None)
        except KeyRefused:
            suspicion.refusals += 1
            log.warning("key refused", extra={"key_id": key, "in_a_row": suspicion.refusals})
            if suspicion.refusals >= SURE_AFTER and await self._others_are_accepted():
                await self._revoked(key)
        except KeyGone:
            del self._suspects[key]
        except OxenError as error:  # says nothing about the key
            log.warning("key not checked", extra={"key_id": key, "error": str(error)})
        else:
            del self._suspects[key]

    async def _others_are_accepted(self) -> bool:
        """Whether the provider accepts the operator's key: if not even that, it is not about this one."""
        try:
            async with self._providers.of(None) as oxen:
                await oxen.list(None)
        except OxenError:
            return False
        return True

    async def _revoked(self, key: KeyId) -> None:
        guilds = await self._keys.refuse(key, self._clock.now())
        await self._providers.retire(key)
        del self._suspects[key]
        log.warning("key revoked", extra={"key_id": key, "guilds": len(guilds)})
        self._changed()

    async def _end_what_nobody_follows(self) -> bool:
        """Ends what was placed by keys that are deleted or revoked; whether something of that is left."""
        left = False
        for key in await self._generations.keys_in_use():
            stored = await self._keys.get(key)
            if stored is not None and not stored.refused:
                continue
            ended = 0
            for generation in await self._generations.open_by_key(key):
                outcome = _ENDS.get(generation.state)
                if outcome is None:
                    left = True
                else:
                    ended += await self._generations.settle(generation.id, outcome, self._clock.now())
            if ended:
                log.warning("orders ended with their key", extra={"key_id": key, "generations": ended})
                self._changed()
        return left
