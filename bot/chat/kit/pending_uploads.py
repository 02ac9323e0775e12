"""Files of orders on their way into cards: when the bot stops, they are waited for, or the order is taken back.

Until its files are kept an order has no row, so nobody would go on with it after the restart.
"""

import asyncio
import contextlib
from collections.abc import Generator
from datetime import timedelta
from typing import Any

from bot.domain.errors import Refusal

_LAST_WORDS = timedelta(seconds=2)  # for telling the member, once an order is broken off


class PendingUploads:
    """Whoever keeps files does it within `keeping`; who stops the bot calls `finish`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._broken_off: set[asyncio.Task[Any]] = set()

    @contextlib.contextmanager
    def keeping(self) -> Generator[None]:
        """The present task keeps files until the block ends. Raises `Refusal` when it is broken off by `finish`."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("no task")
        self._tasks.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._broken_off:
                raise
            task.uncancel()
            raise Refusal("closing") from None
        finally:
            self._tasks.discard(task)

    async def finish(self, patience: timedelta) -> None:
        """Waits for what is on its way, at most for `patience`; then breaks it off, and lets that be told."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=patience.total_seconds())
        self._broken_off |= late & self._tasks
        for task in self._broken_off:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_LAST_WORDS.total_seconds())
