"""Work at the provider, in our namespaces, that no order owns: the operator's to judge, said once, never touched."""

import logging
from collections.abc import Collection

from bot.domain.ids import RemoteId
from bot.domain.orders.payer import Payer
from bot.services.tracking.lists import Rows
from bot.store.orders.generations import Generations

log = logging.getLogger(__name__)

_NAMED = 20  # that one list adds to the log, one by one


class OrphanReports:
    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._said: dict[Payer, set[RemoteId]] = {}

    async def report(self, payer: Payer, rows: Rows, foreign: Collection[RemoteId]) -> None:
        """Says which of `foreign` no order owns. What a server does by its own key besides is its own affair."""
        if payer.key is not None:
            return
        known = self._said.get(payer, set[RemoteId]()) & rows.keys()
        new = set(foreign) - known
        orphans = await self._generations.orphans(new) if new else set[RemoteId]()
        if orphans is None:
            return
        self._said[payer] = known | orphans
        for remote_id in sorted(orphans)[:_NAMED]:
            model = rows[remote_id].model
            log.warning("stray generation", extra={"remote": remote_id, "model": model, "namespace": payer.namespace})
        if len(orphans) > _NAMED:
            log.warning("more stray generations", extra={"ids": len(orphans), "namespace": payer.namespace})

    def keep(self, payers: Collection[Payer]) -> None:
        """Forgets all others."""
        for payer in self._said.keys() - set(payers):
            del self._said[payer]
