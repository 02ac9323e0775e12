"""What presses, choices and forms do: each feature lists its `CONTROLS`, and the client has all of them.

A control is found by its custom_id alone, so it works in messages that were posted before the process was started.
Nothing that a person can see tells who they are or what they may do: each handler asks the rows, at each press.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, cast

from bot.chat.kit.components import CustomId
from bot.chat.kit.context import FrontEnd, Interaction, InteractionContext, front_end_of
from bot.chat.kit.modal import Answers, answers_in
from bot.chat.kit.replies import explain, refuse
from bot.domain.errors import Refusal
from bot.services.engine import Engine
from bot.texts import Texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Press:
    """A button was pressed, something chosen in a select, or a form sent in.

    `values` is what the custom_id says, `chosen` what was chosen (ids as text), `answers` what was written.
    """

    interaction: Interaction
    front_end: FrontEnd
    values: Mapping[str, str]
    chosen: Sequence[str] = ()
    answers: Answers

    @property
    def services(self) -> Engine:
        return self.front_end.services

    @property
    def texts(self) -> Texts:
        return self.front_end.texts(self.interaction)

    @cached_property
    def context(self) -> InteractionContext:
        """Who did it, and where. Raises `Refusal` outside a guild."""
        return InteractionContext.of(self.interaction)


Handler: TypeAlias = Callable[[Press], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Control:
    """All buttons, selects or forms with such ids, and what they do. The handler raises `Refusal` for the person."""

    id: CustomId
    handle: Handler

    @property
    def name(self) -> str:
        """For the log: "drover:cancel"."""
        return self.id.template.partition(":{")[0]


class Controls:
    """Every control of the bot."""

    def __init__(self, controls: Iterable[Control]) -> None:
        self._controls = tuple(controls)

    def __iter__(self) -> Iterator[Control]:
        return iter(self._controls)

    def find(self, custom_id: str) -> tuple[Control, Mapping[str, str]] | None:
        """The control with such an id, and what the id says."""
        for control in self._controls:
            values = control.id.parse(custom_id)
            if values is not None:
                return control, values
        return None

    async def handle(self, interaction: Interaction) -> None:
        """Does what was pressed, chosen or sent in. Nobody is left without a word, whatever goes wrong.

        What no control knows was left in a message by an earlier version, or by another program with the same token.
        """
        data = cast("Mapping[str, Any]", interaction.data or {})
        found = self.find(str(data.get("custom_id", "")))
        if found is None:
            log.warning("control unknown")
            await refuse(interaction, Refusal("control-gone"))
            return
        front_end = front_end_of(interaction)
        if front_end.closing.is_set():
            await refuse(interaction, Refusal("closing"))
            return
        control, values = found
        press = Press(
            interaction=interaction,
            front_end=front_end,
            values=values,
            chosen=[str(each) for each in data.get("values", ())],
            answers=answers_in(data),
        )
        try:
            await control.handle(press)
        except Exception as error:  # noqa: BLE001 - the one place: discord.py would log it and say nothing
            await explain(interaction, error, command=control.name)
