"""Copies without a codec: a `bot.media.transcoder.Transcoder` that goes the `way` it is told, as fast as it is let."""

import asyncio
from pathlib import Path

from bot.media.transcoder import Playable, Way
from tests.fakes.faults import Faults

COPY = b"copy of "


class FakeTranscoder:
    """A copy is as large as it may be. `way`: None makes none; `limits` are those that were asked for, in turn."""

    def __init__(self, way: Way | None = None) -> None:
        self.way = way
        self.limits: list[int] = []
        self.faults = Faults()

    async def playable(self, source: Path, limit: int) -> Playable | None:
        self.limits.append(limit)
        async with self.faults.around("playable"):
            if self.way is None or self.way is Way.AS_IT_IS:
                return Playable(source, self.way) if self.way is not None else None
            target = source.with_suffix(".copy")
            content = await asyncio.to_thread(source.read_bytes)
            await asyncio.to_thread(target.write_bytes, (COPY + content)[:limit])
        return Playable(target, self.way)
