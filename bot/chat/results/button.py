"""The row of buttons under a result: each is a value that says where it applies, what it is called and what it does.

A button is found by its custom_id, which carries the id of an output, so it works for as long as the message is there.
A new one is a file with a `ResultButton`, and its place in `bot.chat.results.controls.RESULT_BUTTONS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.chat.kit.components import CustomId, PersistentItem, button
from bot.chat.kit.control import Control, Handler
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import Order
from bot.texts import Texts


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a message tells of: how these `outputs` of an order ended. `catalogue` None: it is not known yet."""

    order: Order
    outputs: Sequence[Generation]
    catalogue: Catalogue | None

    @cached_property
    def ready(self) -> Sequence[Generation]:
        return [each for each in self.outputs if each.state is GenerationState.SUCCEEDED]

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
    what has changed since. `label` has at most 80 characters.
    """

    id: CustomId
    handle: Handler
    label: Callable[[Made, Texts], str]
    applies: Callable[[Made], bool]

    @property
    def control(self) -> Control:
        return Control(self.id, self.handle)


def buttons_of(made: Made, buttons: Sequence[ResultButton], texts: Texts) -> list[PersistentItem]:
    """Those that apply, in their order. They concern the first output that is there."""
    if not made.outputs:
        return []
    output = (made.ready or made.outputs)[0]
    return [button(each.id(id=output.id), each.label(made, texts)) for each in buttons if each.applies(made)]
