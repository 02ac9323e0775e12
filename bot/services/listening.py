"""The provider's event stream: kept open, and what it hints at passed on. It wakes the tracker and decides nothing."""

import logging
from collections.abc import Callable
from datetime import timedelta

from bot.oxen.client import COMPLETED
from bot.oxen.errors import OxenError
from bot.oxen.wire import completed
from bot.services.ports import Provider
from bot.services.supervision import backoff
from bot.services.tracking import Tracking

log = logging.getLogger(__name__)


class Listening:
    """Keeps the event stream open and passes on what it hints at."""

    def __init__(self, provider: Provider, tracking: Tracking, wake: Callable[[], None]) -> None:
        self._provider = provider
        self._tracking = tracking
        self._wake = wake
        self._broken_in_a_row = 0

    async def step(self) -> timedelta:
        """Listens until the stream breaks; returns how long to wait before connecting again."""
        try:
            async for event in self._provider.events():
                if self._tracking.stream_up:
                    self._broken_in_a_row = 0  # it connected, and said something: it works
                else:
                    self._tracking.stream(up=True)
                    self._wake()
                    log.info("event stream up")
                if event.name == COMPLETED:
                    self._pass_on(event.data)
        except OxenError as error:
            log.warning("event stream down", extra={"error": str(error)})
        finally:
            if self._tracking.stream_up:
                self._tracking.stream(up=False)
                self._wake()
        self._broken_in_a_row += 1
        return backoff(self._broken_in_a_row, timedelta(seconds=1), timedelta(minutes=1))

    def _pass_on(self, data: str) -> None:
        try:
            self._tracking.hint(completed(data))
        except ValueError as error:
            log.warning("event not understood", extra={"error": str(error)})
            return
        self._wake()
