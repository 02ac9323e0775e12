"""What one process does of the whole, where several share a bot, and for how long it may take itself for the one.

A role is a range of Discord's shards, or the work for all payers, or both. It is held by one process at a time, under a
lease: who could not renew it for a while does nothing outside any more, because another process may do it by then.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from bot.domain.errors import OperatorError
from bot.domain.shards import Shards

_ALL = Shards()


@dataclass(frozen=True, slots=True)
class Role:
    """`shards`: for the guilds of these, what is shown and answered. `work`: what is ordered from the provider, for all
    guilds, and the chores. The default does everything.
    """

    shards: Shards | None = _ALL
    work: bool = True

    def clashes(self, other: "Role") -> bool:
        """Whether both would do the same, or count their shards differently."""
        if self.work and other.work:
            return True
        return self.shards is not None and other.shards is not None and self.shards.overlaps(other.shards)

    def __str__(self) -> str:
        parts = [f"shards {self.shards}" if self.shards is not None else "", "work" if self.work else ""]
        return " and ".join(part for part in parts if part) or "nothing"


WHOLE = Role()
NO_ROLE = Role(shards=None, work=False)
_OF_WORK = 1 / 9  # of Discord's limit: the work needs few requests, such as those for links that are valid now
NEWCOMER = 1 / 18  # the same, of a process of which the others may not know yet


def part_of_limit(mine: Role, others: Sequence[Role]) -> float:
    """The part of Discord's limit for a token that this process may use, between 0 and 1.

    Processes with shards divide it by the number of their shards. Together all parts are 1; a newcomer's comes on top.
    """
    served = sum(len(each.shards.ids) for each in (mine, *others) if each.shards is not None)
    if mine == NO_ROLE:
        return NEWCOMER if others else 1.0
    if mine.shards is None:
        return _OF_WORK if served else 1.0
    apart = any(each.work and each.shards is None for each in others)
    return (1 - _OF_WORK if apart else 1.0) * len(mine.shards.ids) / served


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningProcess:
    """One of those that share a database. `connected`: it has a connection there at this moment."""

    id: str
    role: Role
    host: str
    version: str
    connected: bool


@dataclass(frozen=True, slots=True)
class WantedRoles:
    """Any one of `roles`; the first that nobody holds. `waits`: for as long as living processes hold all of them."""

    roles: tuple[Role, ...] = (WHOLE,)
    waits: bool = False

    @classmethod
    def of_shards(cls, text: str, each: int) -> Self:
        """From `0-3/16`, or `auto/16` for any `each` neighbours. Raises ValueError."""
        if not text.startswith("auto/"):
            return cls((Role(Shards.parse(text), work=False),))
        count = Shards.parse(f"0/{text.removeprefix('auto/')}").count
        starts = range(0, count, each)
        return cls(
            tuple(Role(Shards(first, min(first + each, count) - 1, count), work=False) for first in starts), waits=True
        )


EVERYTHING = WantedRoles()
WORK = WantedRoles((Role(shards=None),), waits=True)


class NotHeld(ConnectionError):
    """This process may not act now: nothing was sent."""


class Replaced(OperatorError):
    """This process is counted as gone: others may do what it did. It has to end, and tells nobody anything any more."""


class Lease:
    """Until when this process may act outside: `lapse` seconds from the last renewal, by its own monotonic clock."""

    def __init__(self, lapse: float = math.inf, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.lapse = lapse
        self._monotonic = monotonic
        self._until = math.inf if lapse == math.inf else -math.inf

    @property
    def held(self) -> bool:
        return self._monotonic() < self._until

    def hold(self) -> None:
        """Right before anything is done outside. Raises `NotHeld`."""
        if not self.held:
            raise NotHeld("the lease is over")

    def answer(self) -> None:
        """Right before a member is answered. Raises `NotHeld` once this process is counted as gone.

        A lease that has only run out, as while the database is away, is no reason: members hear that it did not work.
        """
        if self.lapse == -math.inf:
            raise NotHeld("another process answers")

    def renew(self, since: float) -> None:
        """The database knew this process at `since` (monotonic) or later."""
        self._until = since + self.lapse

    def end(self) -> None:
        """For good: another process may act in this one's place."""
        self._until = -math.inf
        self.lapse = -math.inf


Hold = Callable[[], None]
ALWAYS: Hold = Lease().hold
