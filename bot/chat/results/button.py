"""The row of buttons under a result: each is a value that says where it applies, what it is called and what it does.

A button is found by its custom_id, which carries the id of an output, so it works for as long as the message is there.
A new one is a file with a `ResultButton`, and its place in `bot.chat.results.controls.RESULT_BUTTONS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import discord

from bot.chat.kit.components import ROW_ID, CustomId, PersistentItem, button, custom_ids
from bot.chat.kit.control import Control, Handler
from bot.domain.ids import GenerationId
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import Order
from bot.texts import Texts

DETAILS_ID = CustomId("drover:details:{id}", id=ROW_ID)  # under every result
WHICH = CustomId("drover:which:{verb}:{id}", verb="[a-z]+", id=ROW_ID)  # asks which of several is meant


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a message tells of an order: how these `outputs` of it ended. `catalogue` None: it is not known yet."""

    order: Order
    outputs: Sequence[Generation]
    catalogue: Catalogue | None

    @cached_property
    def ready(self) -> Sequence[Generation]:
        return [each for each in self.outputs if each.state is GenerationState.SUCCEEDED]

    @property
    def output(self) -> Generation:
        """The one that buttons are about: the first that is there."""
        return (self.ready or self.outputs)[0]

    @property
    def kind(self) -> MediaKind | None:
        """What can be seen in the message; None where nothing came of it."""
        return self.order.request.kind if self.ready else None

    @property
    def model(self) -> Model | None:
        """The model that made it, where the provider offers it still."""
        return self.catalogue.get(self.order.request.model_id) if self.catalogue is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultButton:
    """`id` takes the output's as `id`. `applies` decides when the message is posted; whoever presses it later is told
    what has changed since. `label` has at most 50 characters; `price` stands behind it where it is known. `of_files`:
    it asks itself which of the message's files is meant.
    """

    id: CustomId
    handle: Handler
    label: Callable[[Made, Texts], str]
    applies: Callable[[Made], bool]
    price: Callable[[Made, Texts], str | None] = lambda _, __: None
    of_files: bool = False

    @property
    def verb(self) -> str:
        """The word of its custom_id that no other has."""
        return self.id.template.split(":")[1]

    def shown(self, made: Made, texts: Texts, number: str = "") -> PersistentItem:
        """The button for one order's output, behind the `number` that it has among others."""
        words = (number, self.label(made, texts), self.price(made, texts))
        return button(self.id(id=made.output.id), " · ".join(filter(None, words)))

    @property
    def control(self) -> Control:
        return Control(self.id, self.handle)


def buttons_of(compared: Sequence[Made], buttons: Sequence[ResultButton], texts: Texts) -> list[PersistentItem]:
    """Those that apply, in their order. What applies to several compared orders asks which of them is meant."""
    items: list[PersistentItem] = []
    for each in buttons:
        able = [made for made in compared if made.outputs and each.applies(made)]
        if len(able) == 1 or (able and each.of_files):
            items.append(each.shown(able[0], texts))
        elif able:
            items.append(button(WHICH(verb=each.verb, id=able[0].output.id), each.label(able[0], texts)))
    return items


def output_shown(message: discord.Message) -> GenerationId | None:
    """An output that the result message of ours is about, by its buttons."""
    found = (each for id_ in custom_ids(message) for each in (DETAILS_ID.parse(id_), WHICH.parse(id_)))
    return next((GenerationId(each["id"]) for each in found if each is not None), None)
