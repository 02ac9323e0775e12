"""*Again* and *Vary*: the same order with a new seed, or with other words and settings.

By today's price and rules, and paid for by those of whoever presses.
"""

from dataclasses import dataclass, replace

from bot.chat.kit.components import ROW_ID, CustomId
from bot.chat.kit.control import Press
from bot.chat.kit.files import FileShown, files_in, given
from bot.chat.kit.modal import Answers, Field, choice_field, text_of
from bot.chat.kit.words import short_price
from bot.chat.orders.order_form import OrderForm
from bot.chat.orders.pages import ModelPage, OfModel
from bot.chat.orders.placing import place
from bot.chat.results.button import Made, ResultButton
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.domain.messenger import TryLater
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.generation import Reason
from bot.domain.orders.inputs import InputGone
from bot.domain.orders.order import GenerationRequest
from bot.texts import Texts

_HOW, _LITTLE, _MUCH = "drover-how", "little", "much"  # no model calls a parameter so


async def request_for(press: Press, output: GenerationId) -> GenerationRequest:
    """What was ordered when the output was made, with its files as they can be fetched now. Raises `Refusal`."""
    services, guild_id = press.services, press.context().guild_id
    past = await services.order_history.of_output(guild_id, output)
    if past.wordless:
        raise Refusal("again-forgotten")
    validated = past.order.request
    try:
        urls = await services.input_files.fresh(validated.inputs)
    except InputGone as gone:
        raise Refusal("again-input-gone", number=str(gone.position)) from gone
    except TryLater as later:
        raise Refusal("input-files-unseen") from later
    request = validated.asked_again(output)
    # A result of ours keeps its name in place of a link: its link is asked for when the order is sent.
    files = [replace(one, url=urls[one.url]) if one.place is not None else one for one in request.attachments]
    return replace(request, attachments=tuple(replace(one, name=one.called, place=None) for one in files))


def _label(made: Made, texts: Texts) -> str:
    total, words = made.order.request.total, texts("result-again")
    return f"{words} · {short_price(total, texts)}" if total is not None and total.known else words


async def order_again(press: Press, output: GenerationId) -> None:
    """Orders once more what the output was made for. Raises `Refusal`."""
    await place(press.context(), await request_for(press, output))


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
    context, services = press.context(), press.services
    request = await request_for(press, GenerationId(press.values["id"]))
    catalogue = services.catalogue_cache.require()
    model = catalogue.get(request.model or "")
    if model is None:  # says since when it is gone, and what is nearest
        services.order_service.validate(request, services.queue_service.offered(context.asked), context.guild_id)
        raise Refusal("control-gone")
    picture = None
    goes_on = any(slot.kind is InputKind.IMAGE and slot.role is Role.START for slot in model.slots)
    if press.interaction.message is not None and not request.attachments and goes_on:
        shown = files_in(press.interaction.message)
        picture = next((file for file in shown if file.kind is InputKind.IMAGE), None)
    await OrderForm(context, request, [_Variation(model=model, picture=picture)]).open(press.interaction)


AGAIN = ResultButton(
    id=CustomId("drover:anew:{id}", id=ROW_ID),
    handle=lambda press: order_again(press, GenerationId(press.values["id"])),
    label=_label,
    applies=lambda made: bool(made.ready),
)
VARY = ResultButton(
    id=CustomId("drover:vary:{id}", id=ROW_ID),
    handle=_vary,
    label=lambda made, texts: texts("result-vary" if made.ready else "result-edit-prompt"),
    applies=lambda made: bool(made.ready) or any(each.reason is Reason.PROMPT_REFUSED for each in made.outputs),
)
