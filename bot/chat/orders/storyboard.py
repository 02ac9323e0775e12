"""A storyboard: shots in a form, a private preview with length and price, then one order, or one for each shot."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import AMBER, BLUE, layout, row
from bot.chat.kit.context import Interaction, InteractionContext, front_end_of
from bot.chat.kit.control import Press
from bot.chat.kit.files import given
from bot.chat.kit.modal import Field, choice_field, files_field, files_of, text_field, text_of
from bot.chat.kit.replies import told
from bot.chat.kit.session import FormSession
from bot.chat.kit.words import escape_markdown, estimate_words, shots_lines, size_words
from bot.chat.orders.model_search import LINE, ModelSearch
from bot.chat.orders.names import names_for
from bot.chat.orders.placing import place, place_further
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MULTI_PROMPT, MediaKind, Model
from bot.domain.models.choices import ratio_choices
from bot.domain.orders.estimate import together
from bot.domain.orders.markup import plain
from bot.domain.orders.order import DEFAULT_SHOT, GenerationRequest, PendingConfirmation, Shot, ValidatedRequest
from bot.domain.orders.shots import format_shots, parse_shots, total_seconds
from bot.domain.orders.validation import Offered
from bot.domain.rules.alternatives import WITH_ALTERNATIVES
from bot.texts import Texts

_SHOTS, _MODEL, _RATIO, _FILES = "shots", "model", "aspect_ratio", "files"
_MODELS = 25
MOST_ORDERS = 15  # shots of one storyboard that is ordered piece by piece
_SHOWN = 3000  # characters of the shots


def storyboard_models(search: ModelSearch, offered: Offered, typed: str = "") -> list[Model]:
    """The `offered` models for a storyboard: those that take all shots at once, then those for a prompt each."""
    videos = [model for model in search.find(typed, MediaKind.VIDEO) if offered(model)]
    together = [model for model in videos if MULTI_PROMPT in model.parameters]
    one_by_one = [m for m in videos if m not in together and m.runs_on_prompt(MediaKind.VIDEO) and m.duration]
    return [*together, *one_by_one][:_MODELS]


class Storyboard(FormSession):
    """`models` can be chosen; the first is what the form proposes. `request` has what was filled in so far."""

    verbs = ("edit", "mend", "order", "cancel")

    def __init__(self, context: InteractionContext, models: Sequence[Model], request: GenerationRequest) -> None:
        super().__init__(context)
        self._order_service = context.services.order_service
        self._search = ModelSearch.of(context)
        self._offered = context.services.queue_service.offered(context.asked)
        self._guild_id = context.guild_id
        self._models = {str(model.id): model for model in models}
        self._request = request
        self._written = ""

    async def open(self, interaction: Interaction) -> None:
        texts = front_end_of(interaction).texts(interaction)
        await interaction.response.send_modal(self.form(texts("board-title"), self._fields(texts)))

    def _fields(self, texts: Texts) -> list[Field]:
        one_by_one = f" {texts('board-one-by-one')}"
        models = [
            (model.id, line if _together(model) else f"{line[: LINE - len(one_by_one)]}{one_by_one}")
            for model in self._models.values()
            for line in [self._search.line(model)]
        ]
        chosen = self._request.aspect_ratio
        shape = [(ratio, ratio) for ratio in ratio_choices(self._model)]
        return [
            text_field(
                _SHOTS,
                texts("board-shots"),
                description=texts("board-shots-hint"),
                value=self._written,
                long=True,
                required=True,
            ),
            choice_field(_MODEL, texts("form-model"), models, chosen=[str(self._request.model)], required=True),
            *([choice_field(_RATIO, texts("board-ratio"), shape, chosen=[chosen] if chosen else [])] if shape else []),
            files_field(_FILES, texts("form-references"), description=texts("board-files-hint"), most=4),
        ]

    async def filled(self, press: Press) -> None:
        answers = press.answers
        written = text_of(answers, _SHOTS)
        self._written = plain(written, await names_for(press.context, [written]))
        files = tuple(given(file) for file in files_of(answers, _FILES))
        self._request = replace(
            self._request,
            model=text_of(answers, _MODEL),
            aspect_ratio=text_of(answers, _RATIO) or None,
            attachments=files or self._request.attachments,
        )
        await self._preview(press)

    async def _preview(self, press: Press) -> None:
        try:
            shots = parse_shots(self._written)
            validated_requests = [
                self._order_service.validate(request, self._offered, self._guild_id)
                for request in self._requests(shots)
            ]
        except Refusal as refusal:
            await self.show(press.interaction, view=self._mending(refusal, press.interaction))
            return
        await self.show(press.interaction, view=self._board(shots, validated_requests, press.texts))

    def _requests(self, shots: tuple[Shot, ...]) -> list[GenerationRequest]:
        """One request where the model takes all shots at once, else one for each. Raises `Refusal`."""
        if not shots:
            raise Refusal("shots-none")
        if _together(self._model):
            return [replace(self._request, shots=shots, prompt="")]
        if len(shots) > MOST_ORDERS:
            raise Refusal("shots-many", given=len(shots), max=MOST_ORDERS)
        return [replace(self._request, prompt=shot.prompt, duration=shot.duration) for shot in shots]

    @property
    def _model(self) -> Model:
        return self._models[str(self._request.model)]

    async def act(self, verb: str, press: Press) -> None:
        if verb == "edit":
            await self.open(press.interaction)
        elif verb == "mend":
            # What would run takes the place of what would not.
            mended: list[GenerationRequest] = []
            for request in self._requests(parse_shots(self._written)):
                try:
                    self._order_service.validate(request, self._offered, self._guild_id)
                except Refusal as refusal:
                    mended.append(refusal.suggestion or request)
                else:
                    mended.append(request)
            shots: list[Shot] = []
            for request in mended:  # a request for each shot has that shot's words and length
                one = Shot(prompt=request.prompt, duration=request.duration or DEFAULT_SHOT)
                shots += request.shots or [one]
            self._written = format_shots(shots)
            model = mended[0].model if mended[0].model in self._models else self._request.model
            self._request = replace(self._request, aspect_ratio=mended[0].aspect_ratio, model=model)
            await self._preview(press)
        elif verb == "cancel":
            self.consume()
            await press.interaction.response.edit_message(view=layout(press.texts("board-cancelled")))
        else:
            await self._order(press.context)

    async def _order(self, context: InteractionContext) -> None:
        """The answer to the press becomes the first order's card; each further order gets a message of its own."""
        texts = context.texts
        self.consume()
        try:
            first, *others = self._requests(parse_shots(self._written))
            accepted = await place(context, first)
        except Refusal as refusal:
            self.restore()
            await self.show(context.interaction, view=self._mending(refusal, context.interaction))
            return
        if not accepted:
            self.restore()
            return
        ordered, asks = 1, isinstance(accepted, PendingConfirmation)
        for request in others:
            further = await place_further(context, request)
            if further is None:
                break
            asks = asks or isinstance(further, PendingConfirmation)
            ordered += 1
        told = texts("board-asked" if asks else "board-ordered", count=ordered, all=str(1 + len(others)))
        await self.close(view=layout(told if asks or others else texts("form-done")))

    def _mending(self, refusal: Refusal, interaction: Interaction) -> ui.LayoutView:
        """What is wrong; a way to the form, and one to the nearest storyboard that would run, or order that fits."""
        texts = front_end_of(interaction).texts(interaction)
        text, run = told(interaction, refusal)
        buttons: list[ui.Item[Any]] = [self.button("edit", texts("board-edit"))]
        if run is not None:
            fits = refusal.key in WITH_ALTERNATIVES
            buttons.append(run if fits else self.button("mend", texts("board-mend"), discord.ButtonStyle.primary))
        return layout(text, row(*buttons), colour=AMBER)

    def _board(
        self, shots: Sequence[Shot], validated_requests: Sequence[ValidatedRequest], texts: Texts
    ) -> ui.LayoutView:
        orders = len(validated_requests)
        known = [one.total for one in validated_requests if one.total is not None]
        title = f"### {texts('board-title')} · {escape_markdown(self._model.name, 80)}"
        cost = texts("board-price", estimate=estimate_words(together(known), texts))
        length = texts("board-length", seconds=str(total_seconds(shots)), cost=cost)
        shape = " · ".join(size_words(validated_requests[0], texts))
        items: list[ui.Item[Any] | str] = [
            title,
            shots_lines(shots, texts)[:_SHOWN],
            f"{length}\n{texts('board-shape', shape=shape)}" if shape else length,
        ]
        if orders > 1:
            items.append(texts("board-separate", count=orders))
        label = texts("board-order-all", count=orders) if orders > 1 else texts("board-order")
        buttons = row(
            self.button("order", label, discord.ButtonStyle.primary),
            self.button("edit", texts("board-edit")),
            self.button("cancel", texts("board-cancel")),
        )
        return layout(*items, buttons, colour=BLUE)


def _together(model: Model) -> bool:
    return MULTI_PROMPT in model.parameters
