"""The files that a member gives along with an order, and where each goes in what the model is asked."""

import itertools
from dataclasses import dataclass
from typing import cast

from bot.domain.ids import ChannelId, MessageId
from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Discord keeps a file, so that it can be fetched again when its URL has expired."""

    channel_id: ChannelId
    message_id: MessageId
    attachment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a file's own bytes say: pixels as it is shown, seconds. None: nobody knows."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file, as it turned out to be when somebody looked at it. `role` None: whatever is natural for the model.

    `element` groups the pictures of one element (1, 2, …); the first of them is its frontal one. `spoiler`: whoever
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
    place: Place | None = None
    spoiler: bool = False

    @property
    def facts(self) -> Facts:
        return Facts(width=self.width, height=self.height, seconds=self.seconds)


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
