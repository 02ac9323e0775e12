"""An order that is asked for in forms: page by page, with a private panel between them.

A modal cannot be answered with a modal (FACTS section 1), so each further page is opened by a button.
"""

import contextlib
from collections.abc import Sequence
from typing import Any, Protocol

import discord
from discord import ui

from bot.chat.answers import BROKEN
from bot.chat.controls import Interaction
from bot.chat.desk import Desk
from bot.chat.forms.modal import Answers, Field, Form
from bot.chat.forms.sheets import Sheet
from bot.chat.ordering.naming import named
from bot.chat.ordering.placing import order
from bot.chat.ordering.suggestions import SuggestionSheet, suggestion_label
from bot.chat.translation import Texts
from bot.chat.words import escape_markdown, readable, refusal_text, value_word
from bot.domain.errors import Refusal
from bot.domain.ids import UserId
from bot.domain.orders.order import GenerationRequest, PendingConfirmation

_VALUE = 200  # characters of a value in the summary
_LINES = 20


class Page(Protocol):
    """One form: at most five fields, and what a request becomes when they are filled in."""

    def title(self, texts: Texts) -> str: ...

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]: ...

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        """Raises `Refusal`."""
        ...


class OrderSheet(Sheet):
    """A request that grows from page to page. The last page orders it, as does the panel's button before that."""

    def __init__(self, desk: Desk, request: GenerationRequest, pages: Sequence[Page]) -> None:
        super().__init__()
        self._desk = desk
        self._request = request
        self._pages = pages
        self._page = 0
        self._panel: Interaction | None = None

    async def open(self, interaction: Interaction) -> None:
        """Answers the interaction with the form of the present page."""
        texts = self._desk.texts(interaction)
        page = self._pages[self._page]
        form = Form(self, page.title(texts), page.fields(self._request, texts), self._filled)
        await interaction.response.send_modal(form)

    async def act(self, verb: str, values: Sequence[str], interaction: Interaction) -> None:  # noqa: ARG002 - buttons only
        if verb == "order":
            await self._order(interaction)
        else:
            await self.open(interaction)

    async def _filled(self, interaction: Interaction, answers: Answers) -> None:
        self._request = await named(interaction, self._pages[self._page].filled(self._request, answers))
        if self._page + 1 == len(self._pages):
            await self._order(interaction)
            return
        self._page += 1
        texts = self._desk.texts(interaction)
        view = ui.View(timeout=None)
        view.add_item(self.button("next", texts("form-next"), discord.ButtonStyle.primary))
        view.add_item(self.button("order", texts("form-order")))
        head = texts("form-summary", page=str(self._page), pages=str(len(self._pages)))
        await self._show(interaction, "\n".join([head, *_summary(self._request, texts)]), view)

    async def _order(self, interaction: Interaction) -> None:
        self._desk.sheets.use_up(self)
        try:
            accepted = await order(interaction, self._request)
        except Refusal as refusal:
            await self._refused(interaction, refusal)
            return
        if accepted:
            asked = isinstance(accepted, PendingConfirmation)
            await self._close(self._desk.texts(interaction)("form-asked" if asked else "form-done"))
        else:
            self._desk.sheets.restore(self)

    async def _refused(self, interaction: Interaction, refusal: Refusal) -> None:
        """What was written is not lost: the same page can be opened again, as it was filled in."""
        by = UserId(interaction.user.id)
        texts = self._desk.texts(interaction)
        self._desk.sheets.restore(self)
        view = ui.View(timeout=None)
        view.add_item(self.button("change", texts("form-change")))
        if refusal.suggestion is not None:
            mended = self._desk.sheets.lay_out(SuggestionSheet(self._desk, refusal.suggestion), by)
            view.add_item(mended.button("run", suggestion_label(refusal, texts), discord.ButtonStyle.primary))
        await self._show(interaction, refusal_text(refusal, texts), view)

    async def _show(self, interaction: Interaction, text: str, view: ui.View) -> None:
        """In the panel, where the interaction came from there; else in a new one."""
        nobody = discord.AllowedMentions.none()
        if self._panel is not None and interaction.message is not None:
            await interaction.response.edit_message(content=text, view=view, allowed_mentions=nobody)
        else:
            await interaction.response.send_message(text, view=view, ephemeral=True, allowed_mentions=nobody)
            self._panel = interaction

    async def _close(self, text: str) -> None:
        panel, self._panel = self._panel, None
        if panel is not None:
            await close_panel(panel, content=text, view=None)


async def close_panel(panel: Interaction, **last: Any) -> None:
    """Shows `last` in the place of a private panel. If that fails, its buttons only say that they are used up."""
    with contextlib.suppress(discord.HTTPException, *BROKEN):
        await panel.edit_original_response(**last)


def _summary(request: GenerationRequest, texts: Texts) -> list[str]:
    lines = [
        f"- {escape_markdown(readable(name, texts), _VALUE)}: {escape_markdown(value_word(value, texts), _VALUE)}"
        for name, value in request.more.items()
    ]
    if request.attachments:
        lines.append(f"- {texts('form-files', count=len(request.attachments))}")
    return lines[:_LINES]
