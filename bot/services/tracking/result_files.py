"""Results that were fetched to prove a success, on the disk until delivery takes them: nothing is fetched twice.

They are known to this process alone. After a crash the folder is cleared, the rows say what is owed, and delivery
fetches it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakValueDictionary

from bot.domain.ids import GenerationId, GuildId
from bot.domain.messenger import Limits
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.slots import InputKind
from bot.domain.provider import Provider, ProviderError
from bot.media.probe import probe
from bot.media.reading import MediaInfo
from bot.store.orders.generations import Claim
from bot.store.private import OF_THE_DISK, make_folder

MOST_KEPT = 512 * 2**20  # bytes; what exceeds them is fetched again


@dataclass(frozen=True, slots=True)
class ResultFile:
    """What is behind `url`: the file at `path` (None: more than `limit` bytes), and what was `found` in it."""

    url: str
    limit: int
    path: Path | None = None
    size: int = 0
    found: MediaInfo | None = None


def named(path: Path, found: MediaInfo | None) -> Path:
    """The path with an ending that says what was found in the file: Discord shows and declares it by that.

    Neither the link nor what was ordered tells: a video may come as a GIF, and a PNG behind a link to a JPEG.
    """
    return path.with_name(f"{path.name}.{found.suffix if found is not None else 'bin'}")


class ResultFiles:
    """`work_dir` is where they lie; `limits` says what a message to a guild may carry, and larger ones are not kept."""

    def __init__(self, work_dir: Path, limits: Callable[[GuildId], Awaitable[Limits]]) -> None:
        self._work_dir = work_dir
        self._limits = limits
        self._files: dict[GenerationId, ResultFile] = {}
        self._kept = 0  # bytes of them
        self._turns: WeakValueDictionary[GenerationId, asyncio.Lock] = WeakValueDictionary()
        self._most_kept = MOST_KEPT
        self._ready = False  # whether the folder was there; what clears it away later costs a proof, and no result

    def keep_none(self) -> None:
        """Nobody takes them here."""
        self._most_kept = 0

    async def fetch(self, provider: Provider, claim: Claim, url: str, *, any_kind: bool = False) -> bool:
        """Fetches what is behind `url`; whether it is a result of the kind that was ordered (or of `any_kind`), by its
        own bytes.

        Of what is too large for the channel, or for the disk, the first bytes are looked at, and nothing is kept.
        An event and a look may ask for the same result: one after the other. Raises as `Provider.download` does.
        """
        async with self._turns.setdefault(claim.generation.id, asyncio.Lock()):
            return await self._fetch(provider, claim, url, any_kind=any_kind)

    async def _fetch(self, provider: Provider, claim: Claim, url: str, *, any_kind: bool) -> bool:
        if not self._ready:
            await asyncio.to_thread(make_folder, self._work_dir)
            self._ready = True
        path, limit = self._path(claim.generation.id), (await self._limits(claim.guild_id)).file_bytes
        kept = None
        try:
            try:
                size = await provider.download(url, path, limit)
            except ProviderError as error:
                cause: BaseException | None = error
                while cause is not None and not (isinstance(cause, OSError) and cause.errno in OF_THE_DISK):
                    cause = cause.__cause__
                if cause is None:
                    raise
                await provider.download(url, path, 0)  # nothing is written: it is a result, or this raises
                return True
            if size is None:
                self._keep(claim.generation.id, kept := ResultFile(url, limit))
                return True
            try:
                found = await asyncio.to_thread(probe, path)
            except FileNotFoundError:  # somebody has cleared it away: that proves nothing
                return False
            if found is None or found.encrypted or not found.whole:
                return False
            moving = found.kind is InputKind.VIDEO or found.animated  # a video may come as a moving picture
            if not (any_kind or (moving if claim.kind is MediaKind.VIDEO else found.kind is InputKind.IMAGE)):
                return False
            if size <= self._most_kept - self._kept:
                self._keep(claim.generation.id, kept := ResultFile(url, limit, path, size, found))
            return True
        finally:
            if kept is None:
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def move(self, folder: Path, stems: Mapping[GenerationId, str]) -> None:
        """Makes `folder` and puts what was fetched for these into it, each under its stem. Raises `OSError`.

        What was cleared away is forgotten.
        """
        fetched = {each: file for each in stems if (file := self._files.get(each)) is not None}

        def work() -> dict[GenerationId, ResultFile]:
            make_folder(folder)
            moved: dict[GenerationId, ResultFile] = {}
            for each, file in fetched.items():
                with contextlib.suppress(OSError):
                    there = file.path and file.path.rename(named(folder / stems[each], file.found))
                    moved[each] = replace(file, path=there)
            return moved

        moved = await asyncio.to_thread(work)
        for each in fetched:
            self.take(each)
        for each, file in moved.items():
            self._keep(each, file)

    def take(self, generation_id: GenerationId) -> ResultFile | None:
        """What was fetched for it, once: the caller owns the file from then on."""
        kept = self._files.pop(generation_id, None)
        self._kept -= kept.size if kept is not None else 0
        return kept

    async def discard(self, generation_id: GenerationId) -> None:
        """Nobody wants it any more."""
        if self.take(generation_id) is not None:
            await asyncio.to_thread(self._path(generation_id).unlink, missing_ok=True)

    def _keep(self, generation_id: GenerationId, file: ResultFile) -> None:
        self.take(generation_id)
        self._files[generation_id] = file
        self._kept += file.size

    def _path(self, generation_id: GenerationId) -> Path:
        return self._work_dir / f"result-{generation_id}"
