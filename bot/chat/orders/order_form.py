"""An order that is asked for in forms: page by page, with a private panel between them.

A modal cannot be answered with a modal (FACTS section 1), so each further page is opened by a button.
"""

from collections.abc import Sequence
from typing import Protocol

import discord

from bot.chat.kit.components import AMBER, BLUE, layout, row
from bot.chat.kit.context import Interaction, InteractionContext, front_end_of
from bot.chat.kit.control import Press
from bot.chat.kit.modal import Answers, Field
from bot.chat.kit.replies import told
from bot.chat.kit.session import FormSession
from bot.chat.kit.words import escape_markdown, readable, value_word
from bot.chat.orders.names import names_for
from bot.chat.orders.placing import place
from bot.domain.errors import Refusal
from bot.domain.orders.markup import plain_request, texts_of
from bot.domain.orders.order import GenerationRequest, PendingConfirmation
from bot.texts import Texts

_VALUE = 200  # characters of a value in the summary
_LINES = 20


class Page(Protocol):
    """One form: at most five fields, and what a request becomes when they are filled in."""

    def title(self, texts: Texts) -> str: ...

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]: ...

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        """Raises `Refusal`."""
        ...


class OrderForm(FormSession):
    """A request that grows from page to page. The last page orders it, as does the panel's button before that."""

    verbs = ("next", "order", "change")

    def __init__(self, context: InteractionContext, request: GenerationRequest, pages: Sequence[Page]) -> None:
        super().__init__(context)
        self._request = request
        self._pages = pages
        self._page = 0

    async def open(self, interaction: Interaction) -> None:
        """Answers the interaction with the form of the present page."""
        texts, page = front_end_of(interaction).texts(interaction), self._pages[self._page]
        form = self.form(page.title(texts), page.fields(self._request, texts))
        await interaction.response.send_modal(form)

    async def act(self, verb: str, press: Press) -> None:
        if verb == "order":
            await self._order(press.context)
        else:
            await self.open(press.interaction)

    async def filled(self, press: Press) -> None:
        context, texts = press.context, press.texts
        request = self._pages[self._page].filled(self._request, press.answers)
        self._request = plain_request(request, await names_for(context, texts_of(request)))
        if self._page + 1 == len(self._pages):
            await self._order(context)
            return
        self._page += 1
        lines = [texts("form-summary", page=str(self._page), pages=str(len(self._pages)))]
        for name, value in self._request.more.items():
            shown = escape_markdown(value_word(value, texts), _VALUE)
            lines.append(f"- {escape_markdown(readable(name, texts), _VALUE)}: {shown}")
        if self._request.attachments:
            lines.append(f"- {texts('form-files', count=len(self._request.attachments))}")
        buttons = row(
            self.button("next", texts("form-next"), discord.ButtonStyle.primary),
            self.button("order", texts("form-order")),
        )
        await self.show(context.interaction, view=layout("\n".join(lines[: _LINES + 1]), buttons, colour=BLUE))

    async def mend(self, interaction: Interaction, refusal: Refusal, label: str) -> None:
        """Says what is wrong, with a button of that label to the present page as it was filled in."""
        text, run = told(interaction, refusal)
        buttons = row(self.button("change", label), *([run] if run is not None else []))
        await self.show(interaction, view=layout(text, buttons, colour=AMBER))

    async def _order(self, context: InteractionContext) -> None:
        """When it is refused, what was written is not lost: the same page can be opened again, as it was filled in."""
        self.consume()
        try:
            accepted = await place(context, self._request)
        except Refusal as refusal:
            self.restore()
            await self.mend(context.interaction, refusal, context.texts("form-change"))
            return
        if not accepted:
            self.restore()
            return
        asked = isinstance(accepted, PendingConfirmation)
        await self.close(view=layout(context.texts("form-asked" if asked else "form-done")))
