"""Looks every few seconds at what members need, so that whoever asks for the bot's health never waits for a disk."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.domain.clock import Clock, Sleep
from bot.domain.contact import Contact
from bot.domain.provider import KeyRefused, NotFound, Provider, ProviderError, Rejected
from bot.ops import reasons
from bot.store.database import Database, SqliteDatabase
from bot.store.faults import fault
from bot.store.installation import KeyValues
from bot.store.private import try_folder, unwritable
from bot.store.storage import Storage

log = logging.getLogger(__name__)

EVERY = 3.0  # seconds between two looks
WRITES_EVERY = 5.0  # each of them is a commit, with a wait for the disk
LATE = 3.0  # seconds that a look may take
OXEN_EVERY = 2.0
MEASURES_EVERY = 10.0
ASKS_EVERY = 30.0  # between two questions to Oxen that are only asked to see whether it answers
OLD_NEWS = 5.0  # of Oxen: whoever looks at the bot's readiness then wants it asked
WRITTEN_AT = "written_at"  # the fact that is written to see whether anything can be


@dataclass(slots=True)
class Check:
    """`look` says in words what is wrong, or None. `late` is what is wrong while it takes longer than `LATE`."""

    look: Callable[[], Awaitable[str | None]]
    late: str | None
    every: float = EVERY
    found: str | None = None
    began: float | None = None


class Watch:
    """What is wrong, by what was seen last. `run` goes on until it is cancelled."""

    def __init__(self, checks: Sequence[Check], clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._checks = checks
        self._clock = clock
        self._sleep = sleep
        self._told: list[str] = []

    @property
    def reasons(self) -> list[str]:
        """Each thing that is wrong, once."""
        now = self._clock.monotonic()
        found: dict[str, None] = {}
        for check in self._checks:
            late = check.late is not None and check.began is not None and now - check.began > LATE
            reason = check.late if late else check.found
            if reason is not None:
                found[reason] = None
        return list(found)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for check in self._checks:
                group.create_task(self._keep_looking(check))

    async def _keep_looking(self, check: Check) -> None:
        while True:
            check.began = self._clock.monotonic()
            try:
                check.found = await check.look()
            except Exception:  # a bug in the look says nothing about what it looks at
                log.exception("look failed")
            check.began = None
            found = self.reasons
            for reason in found:  # the log has what is wrong once, not every few seconds
                if reason not in self._told:
                    log.warning("not ready", extra={"reason": reason})
            self._told = found
            await self._sleep(check.every)


def database(db: Database, storage: Storage, now: Callable[[], datetime]) -> list[Check]:
    """A tiny commit: the disk may be full, the file locked, the server away. A file has to be the one that was opened,
    too, and sound as far as anybody has read it.
    """

    async def write() -> str | None:
        try:
            await KeyValues(db).put(WRITTEN_AT, now().isoformat())
            if storage.file is None:
                return None
            return await asyncio.to_thread(reasons.no_room, "database", storage.file.absolute().parent)
        except Exception as error:
            found = storage.fault(error)
            if found is None:
                raise
            return f"database: {found}"

    writes = Check(write, reasons.database_waits(storage), WRITES_EVERY)
    if not isinstance(db, SqliteDatabase):
        return [writes]

    async def look() -> str | None:
        if not await asyncio.to_thread(lambda: db.is_there):
            return reasons.file_gone(db.path)
        return f"database: {fault(db.path, db.damage)}" if db.damage is not None else None

    return [Check(look, None), writes]


@dataclass(frozen=True, slots=True)
class Sizes:
    """In bytes, as they were last seen: what is `free` on the disk of each folder, and the `files` of a database."""

    free: dict[str, float] = field(default_factory=dict[str, float])
    files: dict[str, float] = field(default_factory=dict[str, float])


def sizes(storage: Storage, folder: Path, seen: Sizes) -> Check:
    """Measures, for whoever draws curves; it says nothing of what is too little, as the others do."""

    def measure() -> None:
        seen.free["work"] = shutil.disk_usage(folder).free
        if storage.file is not None:
            seen.free["database"] = shutil.disk_usage(storage.file.absolute().parent).free
            seen.files["database"] = storage.file.stat().st_size
            log_file = storage.file.with_name(f"{storage.file.name}-wal")
            seen.files["log"] = log_file.stat().st_size if log_file.exists() else 0

    async def look() -> None:
        with contextlib.suppress(OSError):  # somebody else's news
            await asyncio.to_thread(measure)

    return Check(look, None, MEASURES_EVERY)


def work_folder(folder: Path) -> Check:
    """A file that is written and removed; the folder is made again where somebody has cleared it away."""

    def tried() -> str | None:
        try:
            try_folder(folder)
            return reasons.no_room("work folder", folder)
        except OSError as error:
            return f"work folder: {unwritable(folder, error)}"

    return Check(lambda: asyncio.to_thread(tried), reasons.folder_waits(folder))


def oxen(provider: Provider, contact: Contact, clock: Clock, url: str) -> Check:
    """Asks when somebody wants to know (`Contact.doubt`) or until a trouble is over; what comes of it is in `contact`.

    That it refuses to list our own work is no news of any single request: it is told here, until it does list.
    """
    asked: float | None = None
    refused: str | None = None

    async def look() -> str | None:
        nonlocal asked, refused
        now = clock.monotonic()
        wanted = contact.doubted or contact.trouble is not None or refused is not None
        if wanted and (asked is None or now - asked >= ASKS_EVERY):
            asked = now
            try:
                await provider.list(None)
                refused = None
            except KeyRefused:
                refused = reasons.KEY_REFUSED
            except (Rejected, NotFound) as error:
                refused = reasons.oxen_away(url, str(error))
            except ProviderError as error:
                refused = None
                log.info("oxen asked in vain", extra={"error": type(error).__name__})
        return refused

    return Check(look, None, OXEN_EVERY)
