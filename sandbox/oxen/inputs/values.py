"""An input, as a request names it and as it is once it lies on the disk."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Role(StrEnum):
    """START and END are frames of the result (START also: the picture to edit), SOURCE is the film to rework."""

    START = "start"
    END = "end"
    SOURCE = "source"
    SOUND = "sound"
    MASK = "mask"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`name` says where the request names it (`elements[0].frontal_image_url`); `uri` is http(s) or data."""

    name: str
    kind: Kind
    role: Role
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A fetched file and what is in it. `seconds` and `rate` (frames a second) are 0 where there are none."""

    name: str
    kind: Kind
    role: Role
    path: Path
    width: int = 0
    height: int = 0
    seconds: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    sounds: bool = False


def first(inputs: tuple[Input, ...], role: Role) -> Input | None:
    return next((each for each in inputs if each.role is role), None)
