"""The catalogue: read from the rows at the start, fetched again now and then, kept in memory and in the rows.

Autocomplete reads it and never waits. A model that the provider does not list any more is gone at once: orders under
way do not look here, and whoever asks for it is told since when.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import ModelId
from bot.domain.models.catalogue import Catalogue, Changes, Gone, compare, price_list
from bot.domain.money import jump
from bot.domain.provider import Provider, ProviderError
from bot.domain.rules.prices import Complaint, PriceList
from bot.store.installation import MOST_GONE, CatalogueRepository

log = logging.getLogger(__name__)

_RETRY = timedelta(seconds=15)
_JUMP = 10  # times as much, or as little: rather a mistake than a price, though it is used
_NAMED = 20  # models of one kind of change that are named in the log


class CatalogueCache:
    """`refresh` is how often the catalogue is fetched once it is there, `prices` the operator's list: the log names the
    models in it that do not exist. `changed` is called when the rows have others.
    """

    def __init__(
        self,
        provider: Provider,
        rows: CatalogueRepository,
        clock: Clock,
        refresh: timedelta,
        prices: PriceList | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed = changed
        self._prices = prices or PriceList()
        self._unknown: list[Complaint] = []  # lines of it that were named last
        self._provider = provider
        self._rows = rows
        self._clock = clock
        self._refresh = refresh
        self._catalogue: Catalogue | None = None
        self._gone: dict[ModelId, Gone] = {}
        self._kept: list[str] = []  # the entries that the rows have

    @property
    def catalogue(self) -> Catalogue | None:
        return self._catalogue

    def require(self) -> Catalogue:
        """The catalogue. Raises `Refusal` while there is none."""
        if self._catalogue is None:
            raise Refusal("catalogue-missing")
        return self._catalogue

    async def load(self) -> None:
        """What the rows have: at the start, so that members can order before the provider is asked, and later what
        another process has fetched.
        """
        offered = await self._rows.offered()
        if offered == self._kept and self._catalogue is not None:
            return
        self._kept = offered
        self._gone = {each.id: each for each in await self._rows.gone()}
        read = await asyncio.to_thread(self._from_rows, self._kept, self._gone.values())
        log.info("catalogue read from rows", extra={"models": len(read), "gone": len(self._gone)})
        if len(read):
            self._catalogue = read

    async def step(self) -> timedelta:
        """Fetches the catalogue; an old one is better than none when that fails."""
        try:
            fetched = await self._provider.catalogue()
        except ProviderError as error:
            log.warning("catalogue not fetched", extra={"error": str(error), "kept": self._catalogue is not None})
            return _RETRY
        if not len(fetched) and self._catalogue is not None:
            log.warning("catalogue came empty", extra={"kept": len(self._catalogue)})
            return _RETRY
        await self._take(fetched)
        log.info("catalogue fetched", extra={"models": len(fetched)})
        return self._refresh if len(fetched) else _RETRY

    def _from_rows(self, entries: Iterable[str], gone: Iterable[Gone]) -> Catalogue:
        return Catalogue(self._provider.restored(entries), gone)

    async def _take(self, fetched: Catalogue) -> None:
        """Into memory first: it can be ordered from even if the rows cannot be written."""
        now = self._clock.now()
        changes = compare(self._catalogue or fetched, fetched)
        lost = {model.id: Gone(id=model.id, name=model.name, at=now) for model in changes.gone}
        left = {key: each for key, each in self._gone.items() if fetched.get(key) is None and key not in lost}
        self._gone = dict([*lost.items(), *left.items()][:MOST_GONE])
        gone = self._gone.values()
        self._catalogue = await asyncio.to_thread(Catalogue, fetched, gone) if gone else fetched
        _tell(changes)
        unknown = self._prices.unknown(fetched)
        for each in unknown if unknown != self._unknown else ():
            log.warning("price line ignored", extra={"line": each.number, "entry": each.line, "why": each.why})
        self._unknown = unknown
        entries = [model.source for model in fetched]
        if entries != self._kept:
            await self._rows.put(fetched, self._gone.values())
            self._kept = entries
            self._changed()


def _tell(changes: Changes) -> None:
    if changes == Changes():
        return
    log.info(
        "catalogue changed",
        extra={"new": len(changes.new), "gone": len(changes.gone), "repriced": len(changes.repriced)},
    )
    for model in changes.new[:_NAMED]:
        log.info("model new", extra={"model": model.id, "price": price_list(model.pricing)})
    for model in changes.gone[:_NAMED]:
        log.warning("model gone", extra={"model": model.id})
    for old, model in changes.repriced[:_NAMED]:
        log.warning(
            "model price changed",
            extra={"model": model.id, "before": price_list(old.pricing), "after": price_list(model.pricing)},
        )
        if old.pricing is not None and model.pricing is not None and jump(old.pricing, model.pricing) >= _JUMP:
            log.warning("model price jumped", extra={"model": model.id})
