"""What became of an order, output by output: on the disk, in lines for a person, in one document for a script.

A file on the disk is named for what it shows, is never put over one that is there, and is never half a file.
"""

import asyncio
import os
import re
import tempfile
import unicodedata
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Self

from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import ASPECT_RATIO, DURATION_NAMES, MULTI_PROMPT, RESOLUTION_NAMES
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import ProviderError, Rejected, Unavailable
from bot.media.probe import probe
from bot.media.reading import MediaInfo
from bot.store.private import OF_THE_DISK
from bot.terminal.request import summary
from bot.terminal.screen import Screen
from bot.terminal.shell import ExitCode, Failed, Shell

LARGEST = 2 * 1024**3  # bytes
MAY_BE_PAID = "What Oxen had begun, it may still charge; `drover history --cost` shows it where Oxen tells."
_TRIES = 3
_PAUSE = 2.0  # seconds between two
_LONGEST_NAME = 40  # characters of the words in a name
_ID = 6  # characters of a generation's id in a name

_LENGTH_OFF = 0.5  # seconds; a codec cannot stop between two frames
_SHAPE_OFF = 0.03  # of the ratio; sides are rounded to what a codec takes
_SIDES = re.compile(r"(\d{3,4})p|(\d{2,5})[x*](\d{2,5})", re.ASCII)
_SIDE_OFF = 8  # pixels, for the same reason

_WHY = {
    Reason.PROMPT_REFUSED: "Oxen's moderation refused the prompt",
    Reason.NO_CREDIT: "the namespace that pays has no credit left",
    Reason.LOST: "it left Oxen's queue, and Oxen does not say what became of it; it may have been made and charged: "
    "if so, it is in the namespace on Oxen.ai",
    Reason.EXPIRED: "Oxen had nothing to show for it within 24 hours",
    Reason.CANCELLED: "cancelled",
    Reason.SHORT: "Oxen accepted fewer than were ordered; what it did not accept is not paid",
}
_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))


class NotSaved(Exception):
    """The file could not be had. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """A result on the disk. `differs` says in what it is not what was asked for; `right_kind`: a video is one."""

    path: Path
    size: int  # bytes
    info: MediaInfo
    right_kind: bool = True
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output. `problem` says why there is no file, or why it is not what was ordered."""

    number: int  # from 1
    id: RemoteId | None = None
    state: GenerationState | None = None  # None: nobody knows
    file: SavedFile | None = None
    problem: str | None = None
    url: str | None = None
    cost: Decimal | None = None  # USD; None where Oxen does not tell
    price: Decimal | None = None  # USD, as the catalogue has it

    @property
    def good(self) -> bool:
        """Whether there is a file of the kind that was ordered."""
        return self.file is not None and self.file.right_kind

    def with_file(self, file: SavedFile, cost: Decimal | None = None) -> Self:
        return replace(self, file=file, cost=cost, problem=None if file.right_kind else "; ".join(file.differs))

    def without_file(self, problem: str) -> Self:
        return replace(self, problem=problem)


# From a link to the disk.


def prepare(folder: Path) -> None:
    """Makes the folder, and shows that it can be written: before anything is paid, results have a place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"--output: cannot write in {folder} ({error.strerror})"
        raise Failed(message, kind="option", code=ExitCode.WRONG_OPTION) from error


def stem(prompt: str, model_id: str, tail: str) -> str:
    """The name of a result without its ending: words of the prompt (else the model), and `tail`."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", prompt or model_id).lower())
    name = ""
    for word in words:
        if name and len(name) + 1 + len(word) > _LONGEST_NAME:
            break
        name = f"{name}-{word}" if name else word[:_LONGEST_NAME]
    return f"{name or 'result'}-{tail}"


def tail(generation_id: str) -> str:
    """The end of a generation's id: by it, a file is found in the history, and one in the history on the disk."""
    return re.sub(r"\W", "", generation_id)[-_ID:]


async def download(shell: Shell, url: str, folder: Path, name: str, validated: ValidatedRequest) -> SavedFile:
    """Fetches `url` to a new file in `folder`. Raises `NotSaved`, or `Failed` when the disk does not take it."""
    last: ProviderError | None = None
    for attempt in range(_TRIES):
        if attempt:
            await shell.sleep(_PAUSE)
        with unfinished(folder) as path:
            try:
                size = await shell.oxen.download(url, path, LARGEST)
            except (Unavailable, Rejected) as error:
                disk = of_the_disk(error)
                if disk is not None:
                    raise _disk_failed(folder, disk) from error
                last = error
                continue
            if size is None:
                raise NotSaved("it is larger than 2 GiB")
            return await keep(path, folder, name, validated)
    raise NotSaved(last.detail if isinstance(last, Rejected) else str(last))


async def keep(path: Path, folder: Path, name: str, validated: ValidatedRequest | None) -> SavedFile:
    """Looks at what was written to `path`, and gives it its name. Raises `NotSaved`, or `Failed`."""
    try:
        info, size = await asyncio.to_thread(lambda: (probe(path), path.stat().st_size))
        if info is None:
            raise NotSaved("it is no video and no image")
        target = await asyncio.to_thread(move_in, path, folder, name, f".{info.suffix}")
    except OSError as error:
        raise _disk_failed(folder, error) from error
    if validated is None:
        return SavedFile(path=target, size=size, info=info)
    right = info.kind.value == validated.kind.value
    return SavedFile(path=target, size=size, info=info, right_kind=right, differs=differences(validated, info))


@contextmanager
def unfinished(folder: Path) -> Generator[Path]:
    """A path in `folder` to write to; whatever is still there at the end is removed."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".drover-", suffix=".part")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108 - a path that may be gone


def move_in(path: Path, folder: Path, name: str, suffix: str) -> Path:
    """Moves what was written to `path` into `folder`, under the first name that is free. Raises `OSError`."""
    mask = os.umask(0o077)  # there is no way to ask for it but to set it
    os.umask(mask)
    mode = 0o666 & ~mask
    for number in count(1):
        target = folder / (f"{name}{suffix}" if number == 1 else f"{name}-{number}{suffix}")
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))  # the name is ours from here on
        except FileExistsError:
            continue
        path.chmod(mode)
        path.replace(target)
        return target
    raise AssertionError("numbers do not end")


def of_the_disk(error: BaseException) -> OSError | None:
    """The disk's error that `error` is, or came from."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return cause if isinstance(cause, OSError) and cause.errno in OF_THE_DISK else None


def _disk_failed(folder: Path, error: OSError) -> Failed:
    return Failed(f"cannot write in {folder} ({error.strerror})", kind="disk")


# What it is, and what was asked for.


def described(info: MediaInfo) -> str:
    """What a file is, in a few words: "video/mp4, 1280x720, 5.0 s"."""
    sides = f"{info.width}x{info.height}" if info.width and info.height else ""
    length = f"{info.seconds:.1f} s" if info.seconds is not None else ""
    return ", ".join(part for part in (info.media_type, sides, length) if part)


def differences(validated: ValidatedRequest, info: MediaInfo) -> tuple[str, ...]:
    """In what a file is not what was asked for, as far as both say it: kind, length, shape and size."""
    asked, found = validated.parameters, list[str]()
    if info.kind.value != validated.kind.value:
        found.append(f"asked for {validated.kind.value}, this is {info.kind.value}")

    wanted = _seconds(asked)
    if wanted is not None and info.seconds is not None and abs(wanted - info.seconds) > _LENGTH_OFF:
        found.append(f"asked for {wanted:g} s, this has {info.seconds:.1f} s")

    if not (info.width and info.height):
        return tuple(found)
    sides = f"{info.width}x{info.height}"
    shape = asked.get(ASPECT_RATIO)
    wide, _, high = str(shape).partition(":")
    if wide.isdecimal() and high.isdecimal() and int(wide) and int(high):
        ratio = (info.width / info.height) / (int(wide) / int(high))
        if abs(ratio - 1) > _SHAPE_OFF:
            found.append(f"asked for {shape}, this is {sides}")

    # Of "720p" the shorter side counts, of "1024x1024" both. Words and "4k" are not judged.
    size = next((asked[name] for name in RESOLUTION_NAMES if name in asked), None)
    match = _SIDES.fullmatch(str(size).lower())
    if match is not None:
        lines, wide, high = match.groups()
        asked_sides = (int(lines),) if lines else (int(wide), int(high))
        made_sides = (min(info.width, info.height),) if lines else (info.width, info.height)
        if any(abs(made - want) > _SIDE_OFF for made, want in zip(made_sides, asked_sides, strict=True)):
            found.append(f"asked for {size}, this is {sides}")
    return tuple(found)


def _seconds(asked: Mapping[str, Json]) -> float | None:
    shots = asked.get(MULTI_PROMPT)
    if isinstance(shots, list):
        return sum(as_seconds(shot["duration"]) or 0.0 for shot in shots if isinstance(shot, dict))
    chosen = next((asked[name] for name in DURATION_NAMES if name in asked), None)
    return as_seconds(chosen) if isinstance(chosen, str | int | float) else None


def why(outcome: Outcome) -> str:
    """Why a generation ended without a result."""
    known = _WHY.get(outcome.reason) if outcome.reason is not None else None
    said = f"Oxen says: {outcome.detail}" if outcome.detail else None
    return known or said or "Oxen gave no reason"


# The report.


def report(
    screen: Screen,
    outputs: Sequence[Output],
    validated: ValidatedRequest | None = None,
    namespace: str | None = None,
    *,
    stopped: bool = False,
) -> ExitCode:
    """Shows a line for each file on standard output, one for each failure on standard error, and the document.

    `stopped`: somebody pressed Ctrl-C. The exit code says how many of the outputs are good.
    """
    for each in outputs:
        name = f" ({each.id})" if each.id else ""
        if each.file is None:
            screen.tell(f"no. {each.number}{name}: {each.problem}")
            continue
        paid = f"; {shown_money(each.price)} by the price list" if each.price is not None else ""
        paid = f"; {shown_money(each.cost)}" if each.cost is not None else paid
        screen.show(f"{each.file.path}  {described(each.file.info)}, {size(each.file.size)}{paid}")
        for difference in each.file.differs:
            screen.tell(f"no. {each.number}{name}: {difference}")

    good = sum(each.good for each in outputs)
    if stopped and good < len(outputs):
        code = ExitCode.INTERRUPTED
    elif any(each.state is None and not each.good for each in outputs):
        code = ExitCode.UNKNOWN
    elif good == len(outputs):
        code = ExitCode.DONE
    else:
        code = ExitCode.SOME_FAILED if good else ExitCode.FAILED

    order: dict[str, Any] = {}
    if validated is not None:
        order = {
            "model": validated.model_id,
            "kind": validated.kind.value,
            "count": validated.count,
            "namespace": namespace,
            "parameters": summary(validated),
            "quote_usd": as_text(validated.total.usd if validated.total is not None else None),
        }
    screen.document({**order, "outputs": [_document(each) for each in outputs], "exit": int(code)})
    return code


def _document(output: Output) -> dict[str, Any]:
    """Amounts are texts in USD; `state` is null where nobody knows what became of an output."""
    file = output.file
    return {
        "number": output.number,
        "id": output.id,
        "state": output.state.value if output.state is not None else None,
        "file": str(file.path) if file else None,
        "bytes": file.size if file else None,
        "media_type": file.info.media_type if file else None,
        "width": file.info.width if file else None,
        "height": file.info.height if file else None,
        "seconds": file.info.seconds if file else None,
        "differs": list(file.differs) if file else [],
        "problem": output.problem,
        "url": output.url,
        "cost_usd": as_text(output.cost),
        "price_usd": as_text(output.price),
    }


def as_text(amount: Decimal | None) -> str | None:
    """An amount as a document has it."""
    return None if amount is None else f"{amount:f}"


def shown_money(amount: Decimal) -> str:
    """An amount for a person, as everywhere. Loads the texts, which takes longer than all else here: when needed."""
    from bot.texts import money

    return money(amount)


def size(count: int) -> str:
    """Bytes for a person."""
    return next((f"{count / unit:.1f} {name}" for unit, name in _UNITS if count >= unit), f"{count} bytes")
