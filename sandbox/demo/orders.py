"""What was ordered in the demo, and what has to come of it."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.client import Attachment, Message

WIDE = 16 / 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`card` is the id of its message, `who` the requester, `what` its name in the demo's own words.

    `files` are posted, each of the `kind`; videos last `seconds`, in 16:9 unless `shaped` by what they are made of.
    `failed` and `cancelled` outputs leave no file. A video `opens_with` a picture, a picture `enlarges` the second
    one of another order (its card). What is `taken_back` was posted, and is gone with its card.
    """

    card: str
    who: str
    what: str
    kind: str
    files: int = 1
    seconds: int = 0
    failed: int = 0
    cancelled: int = 0
    shaped: bool = False
    opens_with: Path | None = None
    enlarges: str | None = None
    taken_back: bool = False

    @property
    def outputs(self) -> int:
        return self.files + self.failed + self.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an act leaves behind.

    `private` are answers for one member alone, by that member's name; `pictures` files among them that are kept, by
    the name under which; `made` files that came another way; `turns` single outputs in the order in which they have to
    reach the provider.
    """

    orders: tuple[Order, ...]
    private: tuple[tuple[str, Message], ...]
    pictures: tuple[tuple[str, Attachment], ...] = ()
    made: tuple[Path, ...] = ()
    turns: tuple[Order, ...] = ()
