"""The catalogue, kept in memory and fetched again now and then. Autocomplete reads it and never waits."""

import logging
from datetime import timedelta

from bot.domain.catalogue import Catalogue
from bot.domain.errors import Refusal
from bot.oxen.errors import OxenError
from bot.services.ports import Provider

log = logging.getLogger(__name__)

_RETRY = timedelta(seconds=15)


class Shelf:
    """`refresh` is how often the catalogue is fetched once it is there."""

    def __init__(self, provider: Provider, refresh: timedelta) -> None:
        self._provider = provider
        self._refresh = refresh
        self._catalogue: Catalogue | None = None

    @property
    def catalogue(self) -> Catalogue | None:
        return self._catalogue

    def require(self) -> Catalogue:
        """The catalogue. Raises `Refusal` while it could not be fetched."""
        if self._catalogue is None:
            raise Refusal("catalogue-missing")
        return self._catalogue

    async def step(self) -> timedelta:
        """Fetches the catalogue; an old one is better than none when that fails."""
        try:
            fetched = await self._provider.catalogue()
        except OxenError as error:
            log.warning("catalogue not fetched", extra={"error": str(error), "kept": self._catalogue is not None})
            return _RETRY
        if not len(fetched) and self._catalogue is not None:
            log.warning("catalogue came empty", extra={"kept": len(self._catalogue)})
            return _RETRY
        self._catalogue = fetched
        log.info("catalogue fetched", extra={"models": len(fetched)})
        return self._refresh if len(fetched) else _RETRY
