"""The provider's list of each payer's work, asked for and remembered: what it last showed has been there."""

import logging
from collections.abc import Collection, Mapping

from bot.domain.clock import Clock
from bot.domain.ids import RemoteId
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.provider import KeyRefused, OxenError, Providers, RemoteGeneration, Suspect

log = logging.getLogger(__name__)

Rows = Mapping[RemoteId, RemoteGeneration]


class Lists:
    """`suspect` is told of a key that the provider refused."""

    def __init__(self, providers: Providers, clock: Clock, suspect: Suspect) -> None:
        self._providers = providers
        self._clock = clock
        self._suspect = suspect
        self._shown: dict[Payer, set[RemoteId]] = {}
        self._took: dict[Payer, float] = {}

    async def ask(self, payer: Payer) -> Rows | None:
        """What is under way for `payer`; None when nobody can say."""
        began = self._clock.monotonic()
        try:
            async with self._providers.of(payer.key) as oxen:
                rows = {row.id: row for row in await oxen.list(payer.namespace)}
        except OxenError as error:
            log.warning("list failed", extra={"key_id": payer.key, "namespace": payer.namespace, "error": str(error)})
            if isinstance(error, KeyRefused):
                self._suspect(payer.key)
            return None
        finally:
            self._took[payer] = self._clock.monotonic() - began
        self._shown[payer] = set(rows)
        return rows

    def took(self, payer: Payer) -> float:
        """Seconds that the last list of `payer` took."""
        return self._took.get(payer, 0.0)

    def shown_to(self, key: KeyId | None, remote_id: RemoteId) -> Payer | None:
        """Whose last list, of those asked for by `key`, showed it; None when none did."""
        return next((p for p, ids in self._shown.items() if p.key == key and remote_id in ids), None)

    def keep(self, payers: Collection[Payer]) -> None:
        """Forgets all others."""
        for memory in (self._shown, self._took):
            for payer in memory.keys() - set(payers):
                del memory[payer]
