"""The catalogue as a private panel: groups, pages of models, and one model with what it takes, makes and costs."""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.chat.controls import Interaction
from bot.chat.desk import Desk
from bot.chat.forms.pages import ModelPage, made_by
from bot.chat.forms.sheets import Sheet
from bot.chat.ordering.order_sheet import OrderSheet
from bot.chat.prices import model_price
from bot.chat.translation import Texts
from bot.chat.words import escape_markdown, option_word, readable
from bot.domain.ids import UserId
from bot.domain.models.catalogue import PROMPT, MediaKind, Model, ModelGroup
from bot.domain.models.choices import example
from bot.domain.models.parameters import allowed
from bot.domain.orders.order import GenerationRequest
from bot.services.catalogue_cache import CatalogueCache

PAGE = 10  # models
_ALL = "all"
_EVERYTHING = 100_000
_NAME, _WORDS, _VALUE = 80, 60, 150  # characters
_PARAMETERS = 20  # lines of a model's parameters
_OPTION = re.compile(r"(?<!\S)[a-z_]+(?=: )")
_GREY = 0x6B7280


class CataloguePanel(Sheet):
    """`words` and `kind` narrow what is shown; None is every kind and every group."""

    def __init__(
        self,
        desk: Desk,
        catalogue_cache: CatalogueCache,
        words: str,
        kind: MediaKind | None,
        group: ModelGroup | None = None,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._catalogue_cache = catalogue_cache
        self._words = words
        self._kind = kind
        self._group = group
        self._page = 0
        self._model: Model | None = None

    async def act(self, verb: str, values: Sequence[str], interaction: Interaction) -> None:
        if verb == "use" and self._model is not None:
            await self._form(interaction, self._model)
            return
        self._turn(verb, values)
        await interaction.response.edit_message(view=self.view(self._desk.texts(interaction)))

    def _turn(self, verb: str, values: Sequence[str]) -> None:
        match verb:
            case "group":
                self._group = ModelGroup(values[0]) if values[0] != _ALL else None
                self._page = 0
            case "model":
                self._model = self._catalogue_cache.require().get(values[0])
            case "back":
                self._model = None
            case "next":
                self._page += 1
            case _:
                self._page = max(0, self._page - 1)

    async def _form(self, interaction: Interaction, model: Model) -> None:
        request = GenerationRequest(kind=made_by(model), model=model.id)
        sheet = OrderSheet(self._desk, request, [ModelPage(model=model)])
        await self._desk.sheets.lay_out(sheet, UserId(interaction.user.id)).open(interaction)

    def view(self, texts: Texts) -> ui.LayoutView:
        """The panel as it stands. Raises `Refusal` while there is no catalogue."""
        container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_GREY))
        if self._model is not None:
            self._add_model(container, self._model, texts)
        else:
            self._add_list(container, texts)
        view = ui.LayoutView(timeout=None)
        view.add_item(container)
        return view

    def _add_list(self, container: ui.Container[ui.LayoutView], texts: Texts) -> None:
        found = self._catalogue_cache.require().find(self._words, self._kind, self._group, limit=_EVERYTHING)
        pages = max(1, -(-len(found) // PAGE))
        self._page = min(self._page, pages - 1)
        shown = found[self._page * PAGE : (self._page + 1) * PAGE]
        title = texts("models-title", count=len(found), words=escape_markdown(self._words, _WORDS) or "none")
        container.add_item(ui.TextDisplay(f"### {title}"))
        lines = [_line(model, texts) for model in shown]
        container.add_item(ui.TextDisplay("\n".join(lines) or texts("models-none")))
        container.add_item(_row(self.select("group", texts("models-choose-group"), self._groups(texts))))
        if shown:
            options = [
                discord.SelectOption(label=model.name[:_NAME], value=model.id, description=_does(model, texts)[:100])
                for model in shown
            ]
            container.add_item(_row(self.select("model", texts("models-choose"), options)))
        if pages > 1:
            container.add_item(
                _row(
                    self.button("previous", texts("models-previous"), disabled=self._page == 0),
                    self.button("next", texts("models-next"), disabled=self._page == pages - 1),
                )
            )
            container.add_item(ui.TextDisplay(f"-# {texts('models-page', page=str(self._page + 1), pages=str(pages))}"))

    def _groups(self, texts: Texts) -> list[discord.SelectOption]:
        groups = [
            discord.SelectOption(label=texts(f"group-{g.value}"), value=g.value, default=g is self._group)
            for g in ModelGroup
        ]
        everything = discord.SelectOption(label=texts("models-all"), value=_ALL, default=self._group is None)
        return [everything, *groups]

    def _add_model(self, container: ui.Container[ui.LayoutView], model: Model, texts: Texts) -> None:
        for text in (
            f"### {escape_markdown(model.name, _NAME)}\n{_does(model, texts)}",
            f"**{texts('models-takes')}**\n{_takes(model, texts)}",
            f"**{texts('models-costs')}**\n{_cost(model, texts)}",
            f"**{texts('models-example')}**\n```\n{_example(model, texts)}\n```",
        ):
            container.add_item(ui.TextDisplay(text))
        container.add_item(
            _row(
                self.button("use", texts("models-order"), discord.ButtonStyle.primary),
                self.button("back", texts("models-back")),
            )
        )
        container.add_item(ui.TextDisplay(f"-# `{model.id}`"))


def _row(*items: ui.Item[Any]) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def _does(model: Model, texts: Texts) -> str:
    groups = [group for group in ModelGroup if group in model.groups]
    return ", ".join(texts(f"group-{group.value}") for group in groups) or texts("models-other")


def _line(model: Model, texts: Texts) -> str:
    """A model in the list: what it is for, and what it costs where that is known."""
    price = model_price(model, texts)
    return " · ".join([f"**{escape_markdown(model.name, _NAME)}**", _does(model, texts), *([price] if price else [])])


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


def _example(model: Model, texts: Texts) -> str:
    """With the command and its options as Discord names them to the reader."""
    command, _, options = example(model).removeprefix("/").partition(" ")
    named = _OPTION.sub(lambda match: option_word(match[0], texts), options)
    return f"/{option_word(command, texts)} {named}"


def _cost(model: Model, texts: Texts) -> str:
    return model_price(model, texts) or texts("models-price-unknown")
