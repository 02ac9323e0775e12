"""Fields for files of which no option of a command says what they are for: faces, elements, a style, a mask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.kit.translation import Texts
from bot.domain.models.catalogue import Model
from bot.domain.models.slots import Role
from bot.domain.orders.inputs import Attachment

from bot.chat.kit.files import given
from bot.chat.kit.old_modal import Answers, Field, files_field, files_of

# What no option of a command gives.
ROLES = (Role.FACE, Role.ELEMENT, Role.STYLE, Role.MASK, Role.CONTROL)
_ELEMENTS = 2  # that are asked for; a form has five fields
_OF_ELEMENT = 4  # pictures: one from the front, three more (the models' schemas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """One such field. `element` numbers those of which a model takes several."""

    role: Role
    most: int
    element: int | None = None

    @property
    def name(self) -> str:
        return f"drover-{self.role.value}-{self.element or 1}"  # no model calls a parameter so

    def field(self, texts: Texts) -> Field:
        if self.element is None:
            return files_field(self.name, texts(f"tray-{self.role.value}"), most=self.most)
        number = str(self.element)
        label, hint = texts("tray-element", number=number), texts("tray-element-hint", number=number)
        return files_field(self.name, label, description=hint, most=self.most)

    def files(self, answers: Answers) -> list[Attachment]:
        """What was put in. Raises `Refusal` for what is no picture, film or sound."""
        return [replace(given(file, self.role), element=self.element) for file in files_of(answers, self.name)]


def trays_of(model: Model | None, room: int) -> Sequence[Tray]:
    """The fields that fit the model, at most `room` of them."""
    slots = {slot.role: slot for slot in model.slots} if model is not None else {}
    trays: list[Tray] = []
    for role in ROLES:
        slot = slots.get(role)
        if slot is None:
            continue
        if role is Role.ELEMENT:
            trays += [Tray(role=role, most=_OF_ELEMENT, element=n + 1) for n in range(_ELEMENTS)]
        else:
            trays.append(Tray(role=role, most=slot.most or _OF_ELEMENT))
    return trays[:room]
