"""The catalogue as a private panel: groups, pages of models, and one model with what it takes, makes and costs."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import layout, row
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Press
from bot.chat.kit.session import FormSession
from bot.chat.kit.words import escape_markdown, option_word, readable
from bot.chat.orders.model_search import LINE, ModelSearch
from bot.chat.orders.order_form import OrderForm
from bot.chat.orders.pages import ModelPage, made_by
from bot.domain.models.catalogue import PROMPT, MediaKind, Model, ModelGroup
from bot.domain.models.choices import example
from bot.domain.models.parameters import allowed
from bot.domain.orders.order import GenerationRequest
from bot.texts import Texts

PAGE = 10  # models
_ALL = "all"
_NAME, _WORDS, _VALUE = 80, 60, 150  # characters
_PARAMETERS = 20  # lines of a model's parameters
_OPTION = re.compile(r"(?<!\S)[a-z_]+(?=: )")


class CataloguePanel(FormSession):
    """`words` and `kind` narrow what is shown; None is every kind and every group."""

    verbs = ("group", "model", "previous", "next", "sort", "use", "back")

    def __init__(
        self, context: InteractionContext, words: str, kind: MediaKind | None, group: ModelGroup | None = None
    ) -> None:
        super().__init__(context)
        self._catalogue_cache = context.services.catalogue_cache
        self._words = words
        self._kind = kind
        self._group = group
        self._page = 0
        self._by_price = False
        self._model: Model | None = None

    async def act(self, verb: str, press: Press) -> None:
        if verb == "use" and self._model is not None:
            request = GenerationRequest(kind=made_by(self._model), model=self._model.id)
            await OrderForm(press.context, request, [ModelPage(model=self._model)]).open(press.interaction)
            return
        self.turn(verb, press.chosen)
        await press.interaction.response.edit_message(view=self.view(ModelSearch.of(press.context)))

    def turn(self, verb: str, chosen: Sequence[str]) -> None:
        """Changes what is shown, as the button or select named `verb` does."""
        match verb:
            case "group":
                self._group = ModelGroup(chosen[0]) if chosen[0] != _ALL else None
                self._page = 0
            case "model":
                self._model = self._catalogue_cache.require().get(chosen[0])
            case "back":
                self._model = None
            case "next":
                self._page += 1
            case "sort":
                self._by_price, self._page = not self._by_price, 0
            case _:
                self._page = max(0, self._page - 1)

    def view(self, search: ModelSearch) -> ui.LayoutView:
        """The panel as it stands."""
        items = self._list(search) if self._model is None else self._one(self._model, search)
        return layout(*items)

    def _list(self, search: ModelSearch) -> list[ui.Item[Any] | str]:
        texts = search.texts
        found = search.find(self._words, self._kind, self._group, by_price=self._by_price)
        pages = max(1, -(-len(found) // PAGE))
        self._page = min(self._page, pages - 1)
        shown = found[self._page * PAGE : (self._page + 1) * PAGE]
        title = texts("models-title", count=len(found), words=escape_markdown(self._words, _WORDS) or "none")
        about = {model.id: " · ".join(search.about(model)) for model in shown}
        lines = [f"**{escape_markdown(model.name, _NAME)}** · {about[model.id]}" for model in shown]
        groups = [
            discord.SelectOption(label=texts("models-all"), value=_ALL, default=self._group is None),
            *(
                discord.SelectOption(label=texts(f"group-{g.value}"), value=g.value, default=g is self._group)
                for g in ModelGroup
            ),
        ]
        items: list[ui.Item[Any] | str] = [
            f"### {title}",
            "\n".join(lines) or texts("models-none"),
            row(self.select("group", texts("models-choose-group"), groups)),
        ]
        if shown:
            options = [
                discord.SelectOption(label=model.name[:_NAME], value=model.id, description=about[model.id][:LINE])
                for model in shown
            ]
            items.append(row(self.select("model", texts("models-choose"), options)))
        buttons: list[ui.Item[Any]] = []
        if pages > 1:
            buttons = [
                self.button("previous", texts("models-previous"), disabled=self._page == 0),
                self.button("next", texts("models-next"), disabled=self._page == pages - 1),
            ]
        if len(found) > 1:
            buttons.append(
                self.button("sort", texts("models-preferred-first" if self._by_price else "models-cheap-first"))
            )
        if buttons:
            items.append(row(*buttons))
        if pages > 1:
            items.append(f"-# {texts('models-page', page=str(self._page + 1), pages=str(pages))}")
        return items

    def _one(self, model: Model, search: ModelSearch) -> list[ui.Item[Any] | str]:
        texts = search.texts
        does = ", ".join(texts(f"group-{group.value}") for group in ModelGroup if group in model.groups)
        command, _, options = example(model).removeprefix("/").partition(" ")
        named = _OPTION.sub(lambda match: option_word(match[0], texts), options)  # as Discord names them to the reader
        cost = search.price_words(model) or texts("models-price-unknown")
        return [
            f"### {escape_markdown(model.name, _NAME)}\n{does or texts('models-other')}",
            f"**{texts('models-takes')}**\n{_takes(model, texts)}",
            f"**{texts('models-costs')}**\n{cost}",
            f"**{texts('models-example')}**\n```\n/{option_word(command, texts)} {named}\n```",
            row(
                self.button("use", texts("models-order"), discord.ButtonStyle.primary),
                self.button("back", texts("models-back")),
            ),
            f"-# `{model.id}`",
        ]


def _takes(model: Model, texts: Texts) -> str:
    lines = [f"- {texts('form-prompt')}"] if model.takes_prompt else []
    slots = {slot.parameter: slot for slot in model.slots}
    for slot in slots.values():
        most = str(slot.most) if slot.most is not None else "none"
        role = texts(f"role-{slot.role.value}")
        many = most if slot.many else "one"
        needed = "yes" if model.has_to_have(slot) else "no"
        lines.append(f"- {texts('models-file', role=role, kind=slot.kind.value, most=many, needed=needed)}")
    parameters = [p for p in model.parameters.values() if p.name != PROMPT and p.name not in slots]
    for parameter in parameters[:_PARAMETERS]:
        possible = escape_markdown(allowed(parameter), _VALUE)
        lines.append(
            f"- {escape_markdown(readable(parameter.name, texts), _NAME)}{f': {possible}' if possible else ''}"
        )
    if len(parameters) > _PARAMETERS:
        lines.append(texts("models-further", count=len(parameters) - _PARAMETERS))
    return "\n".join(lines)
