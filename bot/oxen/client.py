"""The client of the provider's API, usable on its own.

    async with OxenClient("https://hub.oxen.ai", key) as oxen:
        catalogue = await oxen.catalogue()
        ids = await oxen.enqueue(plan, 1, "my-namespace")

Values in and out are frozen; everything that can go wrong is an `OxenError` (`bot.domain.provider`). What the calls do
is said where they are: `bot.oxen.queue`, `bot.oxen.models`, `bot.oxen.blocking`. Nothing is kept between clients,
so a process may have as many as it has keys. The facts come from the provider's pages (`docs/sources.md`), cited as
API.md, openapi.json and seed 000 to 004; `docs/oxen.md` lists every endpoint and parameter and who uses it.
"""

from pathlib import Path

from bot.oxen.blocking import BlockingCalls
from bot.oxen.models import ModelCalls
from bot.oxen.queue import QueueCalls
from bot.oxen.transport import Timeouts

__all__ = ["OxenClient", "Timeouts"]


class OxenClient(QueueCalls, ModelCalls, BlockingCalls):
    """One key's view of the provider. Use as `async with OxenClient(url, key) as oxen:`."""

    async def download(self, url: str, path: Path, limit: int) -> int | None:
        """Streams a result to `path`; its size in bytes, or None (and no file) when it is more than `limit`.

        The key goes to the Oxen host only, never across a redirect (API.md, "Result files").
        Raises `Unavailable`, or `Rejected` when the link does not lead to a film or a picture (any more).
        """
        return await self._fetcher.fetch(url, path, limit)
