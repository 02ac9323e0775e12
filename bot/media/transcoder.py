"""Runs `bot.media.encoding` in a process with limits, so that every result plays where it is posted."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from bot.domain.models.slots import InputKind
from bot.media.probe import probe
from bot.media.reading import MediaInfo

log = logging.getLogger(__name__)

LONGEST = 300.0  # seconds for one file; a minute of 1080p takes less than half a minute on two cores
_COMMAND = (sys.executable, "-m", "bot.media.encoding")
_ENVIRONMENT = {  # nothing of ours: no key, no address
    "PATH": os.defpath,
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "PYTHONDONTWRITEBYTECODE": "1",
    "MALLOC_ARENA_MAX": "2",  # arenas cost memory, and its threads need none
}
_H264_8_BITS = frozenset({66, 77, 88, 100})  # profile_idc: Baseline, Main, Extended, High (ITU-T H.264, A.2)
_BOXES = frozenset({"mp4", "mov", "3gp"})
_PLAYED_SOUNDS = frozenset({"", "mp4a", ".mp3", "Opus"})


class Way(IntEnum):
    """What was done to a file; the process ends with it, and says nothing else."""

    AS_IT_IS = 10
    REMUXED = 11  # the same pictures and sound in another container
    ENCODED = 12
    PREVIEW = 13  # the beginning: all of it does not fit


@dataclass(frozen=True, slots=True)
class Playable:
    """A file that plays; `path` is the source itself when it does."""

    path: Path
    way: Way


class Transcoder(Protocol):
    """Makes files playable."""

    async def playable(self, source: Path, limit: int) -> Playable | None:
        """A file of at most `limit` bytes that a channel shows, under `source`'s name; None when none can be made."""
        ...


def plays(found: MediaInfo | None) -> bool | None:
    """Whether a channel shows the file as it is, by what was `found` in its header; None when only a decoder can tell.

    Images are shown, or offered for download where Discord does not know their format. So is a file without a codec:
    nobody could make anything else of it.
    """
    if found is None or found.kind is not InputKind.VIDEO or (found.suffix in _BOXES and not found.codec):
        return True
    if found.suffix == "mp4" and found.codec.startswith("avc") and found.whole:
        return int(found.codec[5:7], 16) in _H264_8_BITS and found.sound in _PLAYED_SOUNDS
    return None


class SubprocessTranscoder:
    """Two threads for each file, at low priority: the bot has to answer meanwhile."""

    def __init__(self, longest: float = LONGEST, command: Sequence[str] = _COMMAND) -> None:
        self._longest = longest
        self._command = command

    async def playable(self, source: Path, limit: int) -> Playable | None:
        found = await asyncio.to_thread(probe, source)
        still = found is not None and found.kind is InputKind.IMAGE and not found.animated
        target = source.parent / "playable" / f"{source.stem}.{'webp' if still else 'mp4'}"
        await asyncio.to_thread(target.parent.mkdir, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *(str(source), str(target), str(limit)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
        )
        try:
            async with asyncio.timeout(self._longest):
                await process.wait()
        except TimeoutError:
            log.warning("file took too long", extra={"seconds": self._longest})
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode not in set(Way):
            log.warning("file not made playable", extra={"status": process.returncode})
            return None
        way = Way(process.returncode)
        return Playable(source if way is Way.AS_IT_IS else target, way)
