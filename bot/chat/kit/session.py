"""Panels and forms of several steps, which one member fills in: see `Sessions` for how long they are kept.

The buttons carry the session's id. A press after its time, after a restart, or after the session was consumed finds
none, and the member is told so.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, PersistentItem, button, select
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.modal import Field, form
from bot.domain.errors import Refusal
from bot.domain.ids import UserId

BUTTON = CustomId("drover:sheet:{verb}:{id}", verb="[a-z]+", id=ROW_ID)
SELECT = CustomId("drover:pick:{verb}:{id}", verb="[a-z]+", id=ROW_ID)
FORM = CustomId("drover:form:{id}", id=ROW_ID)


class FormSession:
    """One thing that a member is filling in; its controls work for them alone. `verbs` name its buttons and selects."""

    verbs: ClassVar[Sequence[str]] = ()

    def __init__(self, context: InteractionContext) -> None:
        self._sessions = context.services.sessions
        self.id = self._sessions.open(self, context.user_id)

    async def act(self, verb: str, press: Press) -> None:  # noqa: ARG002 - a session without buttons
        """Does what the button or select named `verb` is for. Raises `Refusal`."""
        raise Refusal("lapsed")

    async def filled(self, press: Press) -> None:  # noqa: ARG002 - a session without forms
        """Takes the form that was sent in. Raises `Refusal`."""
        raise Refusal("lapsed")

    def consume(self) -> None:
        """What the session was for is done: its controls do nothing more. Raises `Refusal` when it was done before."""
        self._sessions.consume(self.id)

    def restore(self) -> None:
        """It came to nothing: the controls work again, for as long as they would have."""
        self._sessions.restore(self.id)

    def button(
        self,
        verb: str,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        *,
        disabled: bool = False,
    ) -> PersistentItem:
        return button(self._named(BUTTON, verb), label, style, disabled=disabled)

    def select(self, verb: str, placeholder: str, options: list[discord.SelectOption]) -> PersistentItem:
        return select(self._named(SELECT, verb), placeholder, options)

    def _named(self, kind: CustomId, verb: str) -> str:
        if verb not in self.verbs:
            raise ValueError(f"{type(self).__name__} does not name its control {verb}")
        return kind(verb=verb, id=self.id)

    def form(self, title: str, fields: Iterable[Field]) -> ui.Modal:
        """The form whose answers `filled` gets."""
        return form(FORM(id=self.id), title, fields)


def _session(press: Press) -> FormSession:
    """Raises `Refusal`."""
    found = press.services.sessions.find(press.values["id"], UserId(press.interaction.user.id))
    if not isinstance(found, FormSession):
        raise Refusal("lapsed")
    return found


async def _act(press: Press) -> None:
    await _session(press).act(press.values["verb"], press)


CONTROLS = (
    Control(BUTTON, _act),
    Control(SELECT, _act),
    Control(FORM, lambda press: _session(press).filled(press)),
)
