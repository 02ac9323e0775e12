"""Panels and forms of several steps, which one member fills in: see `SessionStore` for how long they are kept.

The buttons carry the session's id. A press after its time, after a restart, or after the session was consumed finds
none, and the member is told so.
"""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, PersistentItem, button, select
from bot.chat.kit.context import Interaction, InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.errors import CALL_FAILED
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
        self._sessions = context.front_end.sessions
        self.id = self._sessions.open(self, context.user_id)
        self._panel: Interaction | None = None

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

    async def show(self, interaction: Interaction, **shown: Any) -> None:
        """In the session's private panel, where the interaction came from there; else in a new one."""
        shown["allowed_mentions"] = discord.AllowedMentions.none()
        if self._panel is not None and interaction.message is not None:
            await interaction.response.edit_message(**shown)
        else:
            await interaction.response.send_message(ephemeral=True, **shown)
            self._panel = interaction

    async def close(self, **last: Any) -> None:
        """Shows `last` in the place of the panel. If that fails, its buttons only say that they are used up."""
        panel, self._panel = self._panel, None
        if panel is not None:
            with contextlib.suppress(*CALL_FAILED):
                await panel.edit_original_response(**last)

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
    found = press.front_end.sessions.find(press.values["id"], UserId(press.interaction.user.id))
    if not isinstance(found, FormSession):
        raise Refusal("lapsed")
    return found


async def _act(press: Press) -> None:
    await _session(press).act(press.values["verb"], press)


CONTROLS = (Control(BUTTON, _act), Control(SELECT, _act), Control(FORM, lambda press: _session(press).filled(press)))
