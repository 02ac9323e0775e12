"""What can be made of the files in a message: by the commands of its menu, and by the buttons under a result.

Each opens one form: which file, the prompt, the model with its price, the length.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import discord

from bot.chat.kit.components import ROW_ID, CustomId
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Press
from bot.chat.kit.files import FileShown, files_in, stem
from bot.chat.orders.messages import large_results
from bot.chat.orders.model_search import ModelSearch
from bot.chat.orders.order_form import OrderForm
from bot.chat.orders.pages import MessagePage, made_by
from bot.chat.results.button import Made, ResultButton, output_shown
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import Offered
from bot.services.delivery.delivery import file_stem
from bot.texts import Texts

_MOST = 25  # models in a select
_KINDS = {MediaKind.VIDEO: InputKind.VIDEO, MediaKind.IMAGE: InputKind.IMAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The files it takes, what the models have to do with them; those with `words` in their name come first."""

    kinds: Sequence[InputKind]
    groups: Sequence[ModelGroup]
    role: Role | None
    several: bool = False
    words: str = ""


_IMAGE, _VIDEO = InputKind.IMAGE, InputKind.VIDEO
ANIMATION = Use(kinds=(_IMAGE,), groups=(ModelGroup.IMAGE_TO_VIDEO,), role=Role.START)
EDITING = Use(kinds=(_IMAGE,), groups=(ModelGroup.IMAGE_EDITING,), role=Role.START)
REFERENCE = Use(kinds=(_IMAGE, _VIDEO), groups=(ModelGroup.REFERENCE_TO_VIDEO,), role=Role.REFERENCE, several=True)
EXTENSION = Use(kinds=(_VIDEO,), groups=(ModelGroup.VIDEO_TO_VIDEO,), role=Role.SOURCE, words="extend")
UPSCALING = Use(kinds=(_IMAGE, _VIDEO), groups=(ModelGroup.UPSCALE,), role=None)
INPUT = Use(
    kinds=(_IMAGE, _VIDEO),
    groups=(ModelGroup.IMAGE_EDITING, ModelGroup.REFERENCE_TO_VIDEO, ModelGroup.VIDEO_TO_VIDEO),
    role=None,
    several=True,
)


async def open_use(context: InteractionContext, message: discord.Message, use: Use, heading: str) -> None:
    """Answers the interaction with the form. Raises `Refusal` where there is no such file, or no model for it."""
    services = context.services
    catalogue = services.catalogue_cache.require()
    large = await large_results(message, context.guild_id, services.links)
    files = [*await _known(context, message, files_in(message)), *large]
    files = [file for file in files if file.kind in use.kinds]
    if not files:
        raise Refusal("menu-nothing", kinds="both" if len(use.kinds) > 1 else use.kinds[0].value)
    kinds = {file.kind for file in files if file.kind is not None}
    offered = services.queue_service.offered(context.asked)
    models = use_models(catalogue, use, kinds if len(kinds) == 1 else (), offered)
    rank = services.order_service.rank
    models.sort(key=lambda model: (use.words not in model.id, rank(model)))
    del models[_MOST:]  # by what they need and not by what they tell: a price may be announced any day
    models.sort(key=lambda model: (use.words not in model.id, rank(model), model.pricing is None))
    if not models:
        raise Refusal("no-models", kind=MediaKind.VIDEO.value)
    search = ModelSearch.of(context)
    shown = {search.line(model): model for model in models}
    page = MessagePage(heading=heading, files=files, models=shown, role=use.role, several=use.several)
    await OrderForm(context, GenerationRequest(kind=made_by(models[0])), [page]).open(context.interaction)


def use_models(catalogue: Catalogue, use: Use, kinds: Iterable[InputKind], offered: Offered) -> list[Model]:
    """The `offered` models for the use that take a file of each of `kinds`, those first that need no more."""
    wanted = set(kinds)
    found = {
        model.id: model
        for group in use.groups
        for model in catalogue.by_group[group]
        if wanted <= {slot.kind for slot in model.slots} and offered(model)
    }
    return sorted(found.values(), key=lambda model: len(model.needs))


async def _known(
    context: InteractionContext, message: discord.Message, files: Sequence[FileShown]
) -> Sequence[FileShown]:
    """The files, each with the output of ours that it is, where the message is a result."""
    output = output_shown(message)
    if output is None or message.author.id != context.interaction.application_id:
        return files
    compared = await context.services.order_history.compared(context.guild_id, output)
    stems = {file_stem(compared[0].order, one): one.id for past in compared for one in past.generations}
    return [replace(file, result=stems.get(stem(file.name))) for file in files]


def _button(custom_id: CustomId, use: Use, label: Callable[[Texts], str]) -> ResultButton:
    """Under whatever a model can be found for."""

    async def handle(press: Press) -> None:
        if press.interaction.message is None:
            raise Refusal("control-gone")
        await open_use(press.context, press.interaction.message, use, label(press.texts))

    def applies(made: Made) -> bool:
        kind = _KINDS[made.order.request.kind]
        if not made.ready or kind not in use.kinds or made.catalogue is None:
            return False
        models = (model for group in use.groups for model in made.catalogue.by_group[group])
        return any(use.words in model.id and any(slot.kind is kind for slot in model.slots) for model in models)

    return ResultButton(
        id=custom_id, handle=handle, label=lambda _, texts: label(texts), applies=applies, of_files=True
    )


ANIMATE = _button(CustomId("drover:animate:{id}", id=ROW_ID), ANIMATION, lambda texts: texts("result-animate"))
EXTEND = _button(CustomId("drover:extend:{id}", id=ROW_ID), EXTENSION, lambda texts: texts("result-extend"))
UPSCALE = _button(CustomId("drover:upscale:{id}", id=ROW_ID), UPSCALING, lambda texts: texts("result-upscale"))
USE_AS_INPUT = _button(CustomId("drover:use:{id}", id=ROW_ID), INPUT, lambda texts: texts("result-use"))
