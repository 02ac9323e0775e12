"""Rendering off the event loop: a few threads, and a way to stop them.

Threads are enough, and leave no process behind whatever kills this one: x264, swscale, numpy and Pillow's
encoders all let go of the interpreter lock while they work.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from sandbox.oxen.render.plan import Plan

Stopped = Callable[[], bool]


class Renderer(Protocol):
    async def render(self, plan: Plan, path: Path) -> None:
        """Write the planned media to the path. Cancelling stops the work."""
        ...

    def close(self) -> None: ...


class MediaRenderer:
    """The real renderer. `workers` renderings go on at once, the rest wait. `sketch`: as in `video.py`."""

    def __init__(self, workers: int = 2, *, sketch: bool = False) -> None:
        self._sketch = sketch
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="oxen-render")
        self._closing = threading.Event()

    async def render(self, plan: Plan, path: Path) -> None:
        cancelled = threading.Event()
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, _render, plan, path, lambda: cancelled.is_set() or self._closing.is_set(), self._sketch
        )
        work.add_done_callback(_read)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def close(self) -> None:
        """Stops at the next frame and waits for that."""
        self._closing.set()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _read(work: "asyncio.Future[None]") -> None:
    """After a cancellation nobody waits any more, and an exception that nobody reads is reported as lost."""
    if not work.cancelled():
        work.exception()


def _render(plan: Plan, path: Path, stopped: Stopped, sketch: bool) -> None:
    """Imports late: reading the codecs takes a good part of a second, and starting up must not."""
    if stopped():
        return
    if plan.media_type == "image":
        from sandbox.oxen.render.image import write_image

        write_image(plan, path)
    else:
        from sandbox.oxen.render.video import write_video

        write_video(plan, path, stopped, sketch=sketch)
    if stopped():
        path.unlink(missing_ok=True)
