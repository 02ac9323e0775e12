"""The files that a member gives along with an order, and where each goes in what the model is asked."""

import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, cast
from urllib.parse import urlsplit

from bot.domain.ids import ChannelId, MessageId
from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind, Role

_LONGEST_NAME = 100  # characters of a file's name that are kept
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # categories of Unicode: controls, line breaks, nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLocation:
    """Where Discord keeps a file, so that it can be fetched again when its URL has expired."""

    channel_id: ChannelId
    message_id: MessageId
    attachment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProperties:
    """What a file's own bytes say: pixels as it is shown, seconds. None: nobody knows."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file, as it turned out to be when somebody looked at it. `role` None: whatever is natural for the model.

    `name` is what the file is called where it is kept; `given_name` is what its giver called it, where that differs.
    `element` groups the images of one element (1, 2, …); the first of them is its frontal one. `spoiler`: whoever
    gave it keeps it covered.
    """

    kind: InputKind
    name: str
    media_type: str
    size: int  # bytes
    url: str
    role: Role | None = None
    width: int | None = None  # pixels, as it is shown
    height: int | None = None
    seconds: float | None = None
    animated: bool = False
    element: int | None = None
    place: FileLocation | None = None
    spoiler: bool = False
    given_name: str | None = None

    @property
    def properties(self) -> FileProperties:
        return FileProperties(width=self.width, height=self.height, seconds=self.seconds)

    @property
    def called(self) -> str:
        """The name by which its giver knows it: no other is shown to anybody."""
        return self.given_name or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One attachment in one slot of a model.

    `position` counts from 0 in a slot that takes a list; `within` is the way from there into an object. `leads`: the
    result gets this one's own shape.
    """

    slot: str
    attachment: Attachment
    position: int | None = None
    within: tuple[str | int, ...] = ()
    leads: bool = False


def plain_name(name: str) -> str:
    """A file's name fit to be shown: not endless, no line breaks, and nothing that turns the writing around."""
    shown = "".join(sign for sign in name if unicodedata.category(sign) not in _UNSEEN).strip() or "?"
    if len(shown) <= _LONGEST_NAME:
        return shown
    suffix = PurePosixPath(shown).suffix[:10]
    return f"{shown[: _LONGEST_NAME - 1 - len(suffix)]}…{suffix}"


def with_given_names(words: str, inputs: Sequence[Input]) -> str:
    """The provider's `words`, with what its giver called a file in place of the name and the link that it was sent by.

    A link to the same host that is no file's any more (the words may be cut) becomes an ellipsis.
    """
    for file in (given.attachment for given in inputs):
        name, stem = re.escape(file.name), re.escape(file.url.partition("?")[0])
        stems = [rf"\bhttps?://[^\s\"'<>]*/{name}(?:\?[^\s\"'<>]*)?", rf"(?<![\w-]){name}(?!\w)"]
        if file.url.startswith(("http://", "https://")):
            stems.insert(0, rf"{stem}(?:\?[^\s\"'<>]*)?")
        words = re.sub("|".join(stems), lambda _, file=file: file.called, words)
    hosts = {host for given in inputs if (host := urlsplit(given.attachment.url).netloc)}
    for host in hosts:
        words = re.sub(rf"\bhttps?://{re.escape(host)}/[^\s\"'<>]*", "…", words)
    return words


def put(body: dict[str, Json], given: Input, url: str) -> None:
    """Puts `url` where `given` goes, making the lists and objects on the way."""
    way: tuple[str | int, ...] = (given.slot, *(() if given.position is None else (given.position,)), *given.within)
    here: Json = body
    for step, following in itertools.pairwise(way):
        here = _enter(here, step, [] if isinstance(following, int) else {})
    _enter(here, way[-1], url)


def _enter(here: Json, step: str | int, new: Json) -> Json:
    """What is at `step` of a list or an object; `new`, when there is nothing yet."""
    if isinstance(step, str):
        return cast("dict[str, Json]", here).setdefault(step, new)
    entries = cast("list[Json]", here)
    if step >= len(entries):
        entries.append(new)
    return entries[step]


class InputFiles(Protocol):
    """The port by which the services find the files that members gave with their orders, wherever they wait.

    `bot.chat.kit.input_files.DiscordInputFiles` implements it, `tests/fakes/input_files.py` in memory.
    """

    async def fresh(self, inputs: Sequence[Input]) -> Mapping[str, str]:
        """For each input's `attachment.url` the URL under which the provider can fetch it from now on.

        Raises `InputGone` when a file was deleted meanwhile, `TryLater` (`bot.domain.messenger`) when that cannot be
        told at the moment.
        """
        ...


class InputGone(Exception):
    """A file that the order needs was deleted before it could be sent. `position` counts the inputs from 1."""

    def __init__(self, position: int) -> None:
        super().__init__(f"input {position}")
        self.position = position
