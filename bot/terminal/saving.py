"""A result from its link to the disk, looked at and compared with what was asked for."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.models.catalogue import ASPECT_RATIO, DURATION_NAMES, MULTI_PROMPT, RESOLUTION_NAMES
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import OxenError, Rejected, Unavailable
from bot.media.probe import probe
from bot.media.reading import MediaInfo
from bot.terminal import files
from bot.terminal.shell import Shell

LARGEST = 2 * 1024**3  # bytes
_TRIES = 3
_PAUSE = 2.0  # seconds between two
_LENGTH_OFF = 0.5  # seconds; a codec cannot stop between two frames
_SHAPE_OFF = 0.03  # of the ratio; sides are rounded to what a codec takes
_SIDES = re.compile(r"(\d{3,4})p|(\d{2,5})[x*](\d{2,5})", re.ASCII)
_SIDE_OFF = 8  # pixels, for the same reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A result on the disk. `differs` says in what it is not what was asked for; `right_kind`: a video is one."""

    path: Path
    size: int  # bytes
    look: MediaInfo
    right_kind: bool = True
    differs: tuple[str, ...] = ()


class NotSaved(Exception):
    """The file could not be had. The message says why."""


async def download(
    shell: Shell,
    url: str,
    folder: Path,
    name: str,
    validated: ValidatedRequest | None,
    fresh: Callable[[], Awaitable[str | None]] | None = None,
) -> Kept:
    """Fetches `url` to a new file in `folder`. `fresh` gives another link to the same when this one does not work.

    Raises `NotSaved`, or `Failed` when the disk does not take it.
    """
    last: OxenError | None = None
    for attempt in range(_TRIES):
        if attempt:
            await shell.sleep(_PAUSE)
            url = (await fresh() if fresh is not None else None) or url
        with files.unfinished(folder) as path:
            try:
                size = await shell.oxen.download(url, path, LARGEST)
            except (Unavailable, Rejected) as error:
                disk = files.of_the_disk(error)
                if disk is not None:
                    raise files.disk_failed(folder, disk) from error
                last = error
                continue
            if size is None:
                raise NotSaved("it is larger than 2 GiB")
            return await keep(path, folder, name, validated)
    raise NotSaved(last.detail if isinstance(last, Rejected) else str(last))


async def keep(path: Path, folder: Path, name: str, validated: ValidatedRequest | None) -> Kept:
    """Looks at what was written to `path`, and gives it its name. Raises `NotSaved`, or `Failed`."""
    try:
        looked, size = await asyncio.to_thread(_looked_at, path)
        if looked is None:
            raise NotSaved("it is no film and no picture")
        target = await asyncio.to_thread(files.keep, path, folder, name, f".{looked.suffix}")
    except OSError as error:
        raise files.disk_failed(folder, error) from error
    if validated is None:
        return Kept(path=target, size=size, look=looked)
    right = looked.kind.value == validated.kind.value
    return Kept(path=target, size=size, look=looked, right_kind=right, differs=differences(validated, looked))


def _looked_at(path: Path) -> tuple[MediaInfo | None, int]:
    return probe(path), path.stat().st_size


def differences(validated: ValidatedRequest, made: MediaInfo) -> tuple[str, ...]:
    """In what a file is not what `plan` asks for, as far as both say it."""
    asked = validated.parameters
    found = [
        f"asked for {validated.kind.value}, this is {made.kind.value}"
        if made.kind.value != validated.kind.value
        else None,
        _length(asked, made.seconds),
        _shape(asked.get(ASPECT_RATIO), made),
        _side(next((asked[name] for name in RESOLUTION_NAMES if name in asked), None), made),
    ]
    return tuple(each for each in found if each is not None)


def described(made: MediaInfo) -> str:
    """What a file is, in a few words: "video/mp4, 1280x720, 5.0 s"."""
    size = f"{made.width}x{made.height}" if made.width and made.height else ""
    length = f"{made.seconds:.1f} s" if made.seconds is not None else ""
    return ", ".join(part for part in (made.media_type, size, length) if part)


def _length(asked: Mapping[str, Json], seconds: float | None) -> str | None:
    wanted = _seconds(asked)
    if wanted is None or seconds is None or abs(wanted - seconds) <= _LENGTH_OFF:
        return None
    return f"asked for {wanted:g} s, this has {seconds:.1f} s"


def _seconds(asked: Mapping[str, Json]) -> float | None:
    shots = asked.get(MULTI_PROMPT)
    if isinstance(shots, list):
        return sum(as_seconds(shot["duration"]) or 0.0 for shot in shots if isinstance(shot, dict))
    chosen = next((asked[name] for name in DURATION_NAMES if name in asked), None)
    return as_seconds(chosen) if isinstance(chosen, str | int | float) else None


def _shape(asked: Json | None, made: MediaInfo) -> str | None:
    wide, _, high = str(asked).partition(":")
    if not (wide.isdecimal() and high.isdecimal() and int(high) and made.width and made.height):
        return None
    wanted, ratio = int(wide) / int(high), made.width / made.height
    return None if abs(ratio / wanted - 1) <= _SHAPE_OFF else f"asked for {asked}, this is {made.width}x{made.height}"


def _side(asked: Json | None, made: MediaInfo) -> str | None:
    """Of "720p" the shorter side, of "1024x1024" both. Words and "4k" are not judged."""
    match = _SIDES.fullmatch(str(asked).lower())
    if match is None or not (made.width and made.height):
        return None
    lines, wide, high = match.groups()
    wanted = (int(lines),) if lines else (int(wide), int(high))
    sides = (min(made.width, made.height),) if lines else (made.width, made.height)
    if all(abs(side - want) <= _SIDE_OFF for side, want in zip(sides, wanted, strict=True)):
        return None
    return f"asked for {asked}, this is {made.width}x{made.height}"
