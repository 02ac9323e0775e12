"""The options of `/video` and `/image`, each declared once in `OPTIONS`: what Discord lists, what is offered while a
member types, and where the value goes in the request.

A new option is an entry here, a field of the request, and its texts `name-<name>` and `option-<name>`. Offers come
from memory, are 25 at most, and fit what is filled in already.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import discord
from discord import AppCommandOptionType, app_commands
from discord.app_commands import Choice

from bot.chat.client import DroverClient
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.files import given
from bot.chat.orders.model_search import ModelSearch
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.choices import length_choices, ratio_choices, resolution_choices
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.slot_assignment import assign
from bot.domain.orders.styles import Style
from bot.domain.orders.validation import MAX_COUNT, MAX_PROMPT, Offered
from bot.texts import Texts

MOST = 25  # choices; Discord shows no more
NAME = 100  # characters of a choice
_MAX_SEED = 2**53 - 1
_ANYTHING = "…"  # a prompt, while none is typed yet
_VIDEO, _IMAGE = MediaKind.VIDEO, MediaKind.IMAGE
_INTEGER, _BOOLEAN = AppCommandOptionType.integer, AppCommandOptionType.boolean

Interaction = discord.Interaction[DroverClient]
Typed = str | int | float
Choices = list[Choice[Typed]]
CallbackT = TypeVar("CallbackT", bound=Callable[..., Any])


class Offering(app_commands.Transformer[DroverClient]):
    """An option that takes what is chosen or typed as it comes; a subclass says in `autocomplete` what is offered."""

    async def transform(self, _: Interaction, value: Any, /) -> Any:
        return value


class Option(Offering):
    """An option with the name that Discord and, unless a subclass says otherwise, the request have for it.

    `describe` is the key of its description, `bounds` are the least and the most: of a number, or of the characters of
    a text. `only`: it belongs to the command for this kind.
    """

    def __init__(
        self,
        name: str,
        describe: str | Mapping[MediaKind, str],
        kind: AppCommandOptionType = AppCommandOptionType.string,
        *,
        default: str | int | bool | None = None,
        bounds: tuple[int | None, int | None] = (None, None),
        only: MediaKind | None = None,
    ) -> None:
        self.name = name
        self.describe = describe
        self.default = default
        self.only = only
        self._kind = kind
        self._bounds = bounds

    @property
    def type(self) -> AppCommandOptionType:
        return self._kind

    @property
    def min_value(self) -> int | None:
        return self._bounds[0]

    @property
    def max_value(self) -> int | None:
        return self._bounds[1]


class FormOption(Option):
    """Opens a form before the order; it is no part of the request."""


class StyleOption(Option):
    """The styles that the member can use: their own, then the server's. It is no part of the request."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context = InteractionContext.of(interaction)
        texts, styles = context.texts, context.services.style_service
        found = await styles.offers(context.guild_id, context.user_id, str(value), MOST)
        return [Choice(name=style_line(style, texts), value=style.id) for style in found]


class FileOption(Option):
    """A file for `role`. It becomes one of the request's attachments."""

    def __init__(
        self,
        name: str,
        describe: str | Mapping[MediaKind, str],
        takes: InputKind,
        role: Role,
        *,
        only: MediaKind | None = None,
    ) -> None:
        super().__init__(name, describe, AppCommandOptionType.attachment, only=only)
        self.role = role
        # While a member types, nothing is known of a file but the option that it is in.
        self.stand_in = Attachment(kind=takes, role=role, name=name, media_type="", size=1, url="")


class ModelOption(Option):
    """The models that make what is asked for of the files given so far, with their prices."""

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context, request = InteractionContext.of(interaction), _so_far(interaction)
        options: Any = interaction.namespace
        if context.services.catalogue_cache.catalogue is None:
            return []
        return model_choices(
            ModelSearch.of(context),
            request.kind,
            str(value),
            request.attachments,
            context.services.queue_service.offered(context.asked),
            references=bool(options.references),
        )


class ValueOption(Option):
    """The values of one parameter that the chosen model takes, or the one that would be taken as things stand."""

    def __init__(
        self,
        name: str,
        describe: str,
        possible: Callable[[Model], Iterable[int | str]],
        kind: AppCommandOptionType = AppCommandOptionType.string,
        **how: Any,
    ) -> None:
        super().__init__(name, describe, kind, **how)
        self._possible = possible

    async def autocomplete(self, interaction: Interaction, value: Typed, /) -> Choices:
        context, request = InteractionContext.of(interaction), _so_far(interaction)
        services, catalogue = context.services, context.services.catalogue_cache.catalogue
        if catalogue is None:
            return []
        try:
            if request.model:
                model = catalogue.named(request.model, request.kind)
            else:
                planned = services.order_service.validate(request, services.queue_service.offered(context.asked))
                model = catalogue.get(planned.model_id)
        except Refusal:  # there is no model for that, as things stand
            return []
        if model is None:
            return []
        typed, choices = str(value).strip().lower(), list[Choice[Typed]]()
        for one in self._possible(model):
            if isinstance(one, int) and str(one).startswith(typed):  # seconds
                choices.append(Choice(name=context.texts("setting-seconds", seconds=str(one)), value=one))
            elif isinstance(one, str) and typed in one.lower():
                choices.append(Choice(name=one[:NAME], value=one[:NAME]))
        return choices[:MOST]


OPTIONS: Sequence[Option] = (
    Option(
        "prompt", {_VIDEO: "option-video-prompt", _IMAGE: "option-image-prompt"}, default="", bounds=(1, MAX_PROMPT)
    ),
    ModelOption("model", "option-model"),
    ValueOption("duration", "option-duration", length_choices, _INTEGER, bounds=(1, 600), only=_VIDEO),  # seconds
    ValueOption("resolution", "option-resolution", resolution_choices),
    ValueOption("aspect_ratio", "option-aspect-ratio", ratio_choices),
    FileOption("image", {_VIDEO: "option-video-image", _IMAGE: "option-image-image"}, InputKind.IMAGE, Role.START),
    FileOption("last_frame", "option-last-frame", InputKind.IMAGE, Role.END, only=_VIDEO),
    FileOption("video", "option-video-video", InputKind.VIDEO, Role.SOURCE, only=_VIDEO),
    FileOption("sound", "option-sound", InputKind.AUDIO, Role.SOUND, only=_VIDEO),
    FileOption("reference", "option-reference", InputKind.IMAGE, Role.REFERENCE, only=_IMAGE),
    FormOption("references", "option-references", _BOOLEAN, default=False),
    StyleOption("style", "option-style"),
    Option("draft", "option-draft", _BOOLEAN, default=False),
    Option("seed", "option-seed", _INTEGER, bounds=(0, _MAX_SEED)),
    Option("count", "option-count", _INTEGER, default=1, bounds=(1, MAX_COUNT)),
    Option("audio", "option-audio", _BOOLEAN, only=_VIDEO),
    FormOption("more", "option-more", _BOOLEAN, default=False),
)
FILES: Sequence[FileOption] = [option for option in OPTIONS if isinstance(option, FileOption)]
_PLAIN = [option.name for option in OPTIONS if not isinstance(option, FileOption | FormOption | StyleOption)]


def options_for(kind: MediaKind) -> Callable[[CallbackT], CallbackT]:
    """Gives a command's callback the options for what it makes; it takes them as `**options`."""
    listed = [option for option in OPTIONS if option.only in (None, kind)]

    def decorate(callback: CallbackT) -> CallbackT:
        own = list(inspect.signature(callback).parameters.values())[:-1]
        named = [
            inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=one)
            for one in listed
        ]
        signed: Any = callback
        signed.__signature__ = inspect.Signature([*own, *named])  # where discord.py reads a command's options
        keys = {one.name: one.describe if isinstance(one.describe, str) else one.describe[kind] for one in listed}
        return app_commands.describe(**keys)(callback)

    return decorate


def request_of(kind: MediaKind, values: Mapping[str, Any]) -> GenerationRequest:
    """What a member asked for with these options. Raises `Refusal` for a file that is no image, video or sound."""
    files = [given(values[one.name], one.role) for one in FILES if values.get(one.name) is not None]
    fields: dict[str, Any] = {name: values[name] for name in _PLAIN if name in values}
    return GenerationRequest(kind=kind, attachments=tuple(files), **fields)


def _so_far(interaction: Interaction) -> GenerationRequest:
    """The request while it is typed: with its model and with stand-ins for its files. The two commands are called what
    they make.
    """
    filled = {name: value for name, value in interaction.namespace if value is not None}
    return GenerationRequest(
        kind=MediaKind(str((interaction.data or {}).get("name"))),
        prompt=_ANYTHING,
        model=filled.get("model") or None,
        attachments=stand_ins(filled),
    )


def stand_ins(filled: Iterable[str]) -> tuple[Attachment, ...]:
    """For the files of the options that are `filled` in."""
    names = set(filled)
    return tuple(option.stand_in for option in FILES if option.name in names)


def model_choices(
    search: ModelSearch,
    kind: MediaKind,
    typed: str,
    files: tuple[Attachment, ...],
    offered: Offered,
    *,
    references: bool = False,
) -> Choices:
    """The models that make `kind` of these files, need no further one, and are `offered` here, each on its line."""
    choices: Choices = []
    for model in search.find(typed, kind):
        if not offered(model):
            continue
        if references:
            fits = takes_references(model)
        elif not files:
            fits = model.runs_on_prompt(kind)
        elif fits := {file.kind for file in files} <= {slot.kind for slot in model.slots}:  # the usual reason
            try:
                assign(files, model)
            except Refusal:
                fits = False
        if fits:
            choices.append(Choice(name=search.line(model), value=model.id))
        if len(choices) == MOST:
            break
    return choices


def style_line(style: Style, texts: Texts) -> str:
    """What stands for a style where one is chosen."""
    whose = texts("style-whose", whose="server" if style.shared else "own")
    return " · ".join((style.name, whose, *([style.model_name] if style.model_name else [])))[:NAME]


def takes_references(model: Model) -> bool:
    return any(slot.many for slot in model.slots)
