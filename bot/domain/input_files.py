"""The files that members give with their orders: the port by which the services find them again.

`bot.chat.inputs.input files.DiscordLuggage` implements it, `tests/fakes/input files.py` in memory.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.orders.inputs import Input


class InputFiles(Protocol):
    """Finds the files that members gave with their orders, wherever they wait."""

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
