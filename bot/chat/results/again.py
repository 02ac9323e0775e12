"""*Again*, *Vary*, *Make it properly*: the same with a new seed or with other words, and what a draft stands for.

By today's price and rules, and paid for by those of whoever presses.
"""

from dataclasses import dataclass, replace

from bot.chat.kit.components import ROW_ID, CustomId
from bot.chat.kit.control import Press
from bot.chat.kit.files import FileShown, files_in, given
from bot.chat.kit.modal import Answers, Field, choice_field, text_of
from bot.chat.kit.words import short_price
from bot.chat.orders.messages import result_shown
from bot.chat.orders.order_form import OrderForm
from bot.chat.orders.pages import ModelPage, OfModel
from bot.chat.orders.placing import place
from bot.chat.results.button import ResultButton
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.domain.messenger import TryLater
from bot.domain.models.catalogue import SEED, MediaKind
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.generation import Reason
from bot.domain.orders.inputs import InputGone
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.texts import Texts

_HOW, _LITTLE, _MUCH = "drover-how", "little", "much"  # no model calls a parameter so


async def request_for(press: Press, output: GenerationId) -> GenerationRequest:
    """What was ordered when the output was made, with its files as they can be fetched now. Raises `Refusal`."""
    validated = await _ordered(press, output)
    return await _with_files(press, validated.asked_again(output), validated)


async def _ordered(press: Press, output: GenerationId) -> ValidatedRequest:
    past = await press.services.order_history.of_output(press.context.reader, output)
    if past.wordless:
        raise Refusal("again-forgotten")
    return past.order.request


async def _with_files(press: Press, request: GenerationRequest, validated: ValidatedRequest) -> GenerationRequest:
    try:
        urls = await press.front_end.input_files.fresh(validated.inputs)
    except InputGone as gone:
        raise Refusal("again-input-gone", number=str(gone.position)) from gone
    except TryLater as later:
        raise Refusal("input-files-unseen") from later
    # A result of ours keeps its name in place of a link: its link is asked for when the order is sent.
    files = [replace(one, url=urls[one.url]) if one.place is not None else one for one in request.attachments]
    return replace(request, attachments=tuple(replace(one, name=one.called, place=None) for one in files))


async def order_again(press: Press, output: GenerationId) -> None:
    """Orders once more what the output was made for. Raises `Refusal`."""
    await place(press.context, await request_for(press, output))


async def _properly(press: Press) -> None:
    """Orders what a draft stands for, of the same prompt, files and seed."""
    output = GenerationId(press.values["id"])
    draft = await _ordered(press, output)
    if draft.proper is None:
        raise Refusal("properly-unknown")
    model = press.services.catalogue_cache.require().get(draft.proper.model)
    meant = draft.proper.asked(draft, output, seeded=model is not None and SEED in model.parameters)
    await place(press.context, await _with_files(press, meant, draft))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variation(OfModel):
    """The order as it was, to be changed. `picture`: what was made, which a little change goes on from."""

    picture: FileShown | None

    def fields(self, request: GenerationRequest, texts: Texts) -> list[Field]:
        fields = self._page.fields(request, texts)
        if self.picture is not None:
            choices = [(_LITTLE, texts("vary-little")), (_MUCH, texts("vary-much"))]
            fields.append(choice_field(_HOW, texts("vary-how"), choices, chosen=[_MUCH], required=True))
        return fields

    def filled(self, request: GenerationRequest, answers: Answers) -> GenerationRequest:
        varied = self._page.filled(request, answers)
        if self.picture is not None and text_of(answers, _HOW) == _LITTLE and not varied.attachments:
            varied = replace(varied, attachments=(given(self.picture, Role.START),))
        return varied

    @property
    def _page(self) -> ModelPage:
        return ModelPage(model=self.model, beside=int(self.picture is not None))


async def _vary(press: Press) -> None:
    """The form with everything filled in: what was made is varied, or what was refused is put differently."""
    context, services = press.context, press.services
    output = GenerationId(press.values["id"])
    request = await request_for(press, output)
    catalogue = services.catalogue_cache.require()
    model = catalogue.get(request.model or "")
    if model is None:  # says since when it is gone, and what is nearest
        services.order_service.validate(request, services.queue_service.offered(context.asked), context.guild_id)
        raise Refusal("control-gone")
    picture: FileShown | None = None
    goes_on = any(slot.kind is InputKind.IMAGE and slot.role is Role.START for slot in model.slots)
    if goes_on and not request.attachments and request.kind is MediaKind.IMAGE:
        shown = files_in(press.interaction.message) if press.interaction.message is not None else ()
        picture = next((file for file in shown if file.kind is InputKind.IMAGE), None)
        past = await services.order_history.of_output(context.reader, output)
        if picture is None and any(each.id == output and each.result_url is not None for each in past.generations):
            picture = result_shown(output, past.order.request)  # of a comparison, or behind a link
    await OrderForm(context, request, [_Variation(model=model, picture=picture)]).open(press.interaction)


AGAIN = ResultButton(
    id=CustomId("drover:anew:{id}", id=ROW_ID),
    handle=lambda press: order_again(press, GenerationId(press.values["id"])),
    label=lambda _, texts: texts("result-again"),
    price=lambda made, texts: short_price(it, texts) if (it := made.order.request.total) and it.known else None,
    applies=lambda made: bool(made.ready),
)
PROPERLY = ResultButton(
    id=CustomId("drover:properly:{id}", id=ROW_ID),
    handle=_properly,
    label=lambda _, texts: texts("result-properly"),
    price=lambda made, texts: texts.money(it.price) if (it := made.order.request.proper) and it.price else None,
    applies=lambda made: bool(made.ready) and made.order.request.proper is not None,
)
VARY = ResultButton(
    id=CustomId("drover:vary:{id}", id=ROW_ID),
    handle=_vary,
    label=lambda made, texts: texts("result-vary" if made.ready else "result-edit-prompt"),
    applies=lambda made: bool(made.ready) or any(each.reason is Reason.PROMPT_REFUSED for each in made.outputs),
)
