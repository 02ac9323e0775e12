"""Which guilds a process serves, where several share a bot: Discord's shards, by ranges of their numbers.

And what these processes have to know of each other: what Discord says of a guild, and whose turn it is to identify.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from bot.domain.ids import GuildId

_RANGE = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?/(?P<count>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards from `first` to `last`, both included, of `count`. All guilds are in the default's."""

    first: int = 0
    last: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last < self.count:
            raise ValueError(f"{self} is no range of shards")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `0-3/16`, or `3/16` for one of them. Raises ValueError."""
        match = _RANGE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no range of shards")
        first = int(match["first"])
        return cls(first, int(match["last"] or first), int(match["count"]))

    def __contains__(self, guild_id: GuildId | int) -> bool:
        """Whether a guild is in one of these shards. Discord's rule: `(guild_id >> 22) % count`."""
        return self.first <= (guild_id >> 22) % self.count <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.count}"

    @property
    def ids(self) -> range:
        return range(self.first, self.last + 1)

    def overlaps(self, other: "Shards") -> bool:
        """Whether both serve the same guild. Ranges of different counts are compared as if they did."""
        return self.count != other.count or (self.first <= other.last and other.first <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildFacts:
    """`locale`: the server's language as Discord names it. `tier`: its boosts, 0 to 3, which decide about sizes."""

    locale: str
    tier: int = 0


class GuildDirectory(Protocol):
    """What Discord says of guilds."""

    async def of(self, guild_id: GuildId) -> GuildFacts | None:
        """None for a guild of which nothing is known: it was never seen, or the bot left it."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One of a bucket's, counted from 1; 0 for none. `over`: its pause is over, says whoever had it."""

    number: int = 0
    over: bool = True


class TurnBook(Protocol):
    """The turns of all processes that share a bot's token."""

    async def last(self, bucket: int) -> Turn:
        """The bucket's last turn, whoever had it."""
        ...

    async def all(self) -> Mapping[int, Turn]:
        """The last turn of each bucket that had one."""
        ...

    async def take(self, bucket: int, number: int) -> bool:
        """Takes the turn of that number. False: another process was first."""
        ...

    def end(self, bucket: int, number: int) -> None:
        """The pause after that turn is over, which nobody waits to have written."""
        ...
