"""Which file goes into which slot of a model; what does not fit is refused before anything is sent.

A role that the member gave wins; without one a file goes where the model naturally takes it: a single image is the
start, several are references where the model takes those, a video is what is worked on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind, Role, Slot, option_of
from bot.domain.orders.inputs import Attachment, Input

# No schema says how large a file may be. These are the limits of Oxen's page of Seedance 2.0 reference to video, the
# most generous that we know of (there, 50 MB is for all videos together; here it bounds each).
MEGABYTE = 1024 * 1024
MOST_MEGABYTES: Mapping[InputKind, int] = {InputKind.IMAGE: 30, InputKind.VIDEO: 50, InputKind.AUDIO: 15}

KINDS: Mapping[Role, InputKind] = {  # the others take whatever there is a slot for
    Role.START: InputKind.IMAGE,
    Role.END: InputKind.IMAGE,
    Role.STYLE: InputKind.IMAGE,
    Role.MASK: InputKind.IMAGE,
    Role.ELEMENT: InputKind.IMAGE,
    Role.SOURCE: InputKind.VIDEO,
    Role.CONTROL: InputKind.VIDEO,
    Role.SOUND: InputKind.AUDIO,
}
# What may serve instead where a model has no slot for the role itself.
_INSTEAD: Mapping[Role, tuple[Role, ...]] = {
    Role.START: (Role.REFERENCE,),
    Role.SOURCE: (Role.REFERENCE,),
    Role.FACE: (Role.REFERENCE,),
}
# What every command takes such a file by, whatever the model does with it (`_INSTEAD`).
_OPTION_OF: Mapping[InputKind, str] = {
    InputKind.IMAGE: option_of(Role.START),
    InputKind.VIDEO: option_of(Role.SOURCE),
    InputKind.AUDIO: option_of(Role.SOUND),
}
_NATURAL = (Role.START, Role.SOURCE, Role.SOUND, Role.REFERENCE, Role.STYLE, Role.FACE, Role.END)
_MENTION = re.compile(r"@(Image|Video|Audio|Element)\s?(\d{1,6})\b", re.IGNORECASE)

_GIF = "image/gif"
_NOBODY_ELSE = {"nearest": "", "of": "words"}  # which other model would do, and what of

_Filled = dict[str, list[Attachment]]  # by the slot's parameter


def assign(
    attachments: Sequence[Attachment], model: Model, texts: Iterable[str] = (), given: Mapping[str, Json] | None = None
) -> tuple[Input, ...]:
    """Every attachment in a slot of `model`, in the schema's order; `given` are parameters that have a value already.

    `texts` are the prompts, in which `@Image2` has to mean something. Raises `Refusal` for a file that no model
    takes, for one that this model does not take, and for a slot that has to be filled and is not.
    """
    check_files(attachments)
    slots = [slot for slot in model.slots if slot.parameter not in (given or {})]
    filled: _Filled = {slot.parameter: [] for slot in slots}
    for attachment in attachments:
        if attachment.role is not None:
            _place(attachment, _wanted(attachment, attachment.role, slots, model), filled, model)
    free = [attachment for attachment in attachments if attachment.role is None]
    for attachment in free:
        several = sum(other.kind is attachment.kind for other in free) > 1
        _place(attachment, _natural(attachment, slots, filled, several=several), filled, model)
    _check_filled(slots, filled, model)
    _check_purpose(filled, model, given or {})
    inputs = tuple(given for slot in slots for given in _inputs(slot, filled[slot.parameter]))
    _check_mentions(texts, inputs, model, given or {})
    return inputs


def check_files(attachments: Sequence[Attachment]) -> None:
    """Raises `Refusal` for a file that no model takes for what it was given as."""
    for attachment in attachments:
        option, name, kind = _word(attachment), attachment.called[:100], attachment.kind
        most = MOST_MEGABYTES[kind]
        if attachment.size <= 0:
            raise Refusal("file-empty", option=option, name=name)
        wanted = KINDS.get(attachment.role) if attachment.role is not None else None
        if wanted is InputKind.VIDEO and (attachment.animated or attachment.media_type == _GIF):
            raise Refusal("file-gif", option=option, name=name)
        if wanted is not None and kind is not wanted:
            raise Refusal("file-kind", option=option, name=name, kind=kind.value, wanted=wanted.value)
        if attachment.animated and kind is InputKind.IMAGE:
            raise Refusal("file-animated", option=option, name=name)
        if attachment.size > most * MEGABYTE:
            megabytes = -(-attachment.size // MEGABYTE)
            raise Refusal("file-large", option=option, name=name, size=megabytes, max=most, kind=kind.value)


def _word(attachment: Attachment) -> str:
    """The member's word for what an attachment was given as."""
    role = attachment.role
    return attachment.kind.value if role is None else option_of(role)


def _wanted(attachment: Attachment, role: Role, slots: Sequence[Slot], model: Model) -> list[Slot]:
    """The slots for `role`, the best first."""
    if attachment.kind is InputKind.AUDIO:  # whatever for: no model tells sounds apart
        return [slot for slot in slots if slot.kind is InputKind.AUDIO]
    roles = (role, *_INSTEAD.get(role, ()))
    if role is Role.REFERENCE and MediaKind.IMAGE in model.makes:  # what is edited is what is referred to
        roles = (*roles, Role.START)
    return [slot for wanted in roles for slot in slots if (slot.kind, slot.role) == (attachment.kind, wanted)]


def _natural(attachment: Attachment, slots: Sequence[Slot], filled: _Filled, *, several: bool) -> list[Slot]:
    fitting = [slot for slot in slots if slot.kind is attachment.kind and slot.role in _NATURAL]
    return sorted(
        fitting,
        key=lambda slot: (
            not (slot.required and not filled[slot.parameter]),
            not (several and slot.many),
            _NATURAL.index(slot.role),
        ),
    )


def _place(attachment: Attachment, fitting: Sequence[Slot], filled: _Filled, model: Model) -> None:
    """Into the first of the `fitting` slots that has room. Raises `Refusal` when none has."""
    for slot in fitting:
        there = [*filled[slot.parameter], attachment]
        elements = _elements(there) if slot.role is Role.ELEMENT else []
        has_room = slot.most is None or len(elements or there) <= slot.most
        if has_room and all(len(images) - 1 <= (slot.most_further or 0) for images in elements):
            filled[slot.parameter] = there
            return
    option, kind = _word(attachment), attachment.kind.value
    if fitting:
        most = sum(slot.most or 0 for slot in fitting)
        raise Refusal("input-many", model=model.name, option=option, kind=kind, max=most)
    takes = ", ".join(dict.fromkeys(slot.option for slot in model.slots))
    raise Refusal("input-unwanted", model=model.name, option=option, kind=kind, allowed=takes, nearest="")


def _elements(images: Sequence[Attachment]) -> list[list[Attachment]]:
    """The images of each element; one without a number is an element of its own."""
    elements: dict[object, list[Attachment]] = {}
    for position, image in enumerate(images):
        key = ("its own", position) if image.element is None else image.element
        elements.setdefault(key, []).append(image)
    return list(elements.values())


def _check_filled(slots: Sequence[Slot], filled: _Filled, model: Model) -> None:
    for slot in slots:
        if slot.required and not filled[slot.parameter]:
            option = slot.option
            raise Refusal("input-missing", model=model.name, option=option, kind=slot.kind.value, **_NOBODY_ELSE)
    used = {slot.role for slot in slots if filled[slot.parameter]}
    if Role.END in used and any(slot.role is Role.START for slot in slots) and not used & {Role.START, Role.SOURCE}:
        raise Refusal("last-frame-alone", model=model.name, option=option_of(Role.END))


def _check_purpose(filled: _Filled, model: Model, given: Mapping[str, Json]) -> None:
    """What the model is for counts, also where its schema asks for nothing but a prompt."""
    for group in model.wants:
        if any(filled.get(slot.parameter) or slot.parameter in given for slot in group):
            continue
        kinds = list(dict.fromkeys(slot.kind for slot in group))
        kind, option = kinds[0], _OPTION_OF[kinds[0]]
        if len(kinds) > 1:
            raise Refusal("input-missing-any", model=model.name, option=option, **_NOBODY_ELSE)
        raise Refusal("input-missing", model=model.name, option=option, kind=kind.value, **_NOBODY_ELSE)


def _inputs(slot: Slot, attachments: Sequence[Attachment]) -> Iterable[Input]:
    if slot.role is Role.ELEMENT and slot.field is not None and slot.further is not None:
        for position, (frontal, *rest) in enumerate(_elements(attachments)):
            yield Input(slot=slot.parameter, position=position, within=(slot.field,), attachment=frontal)
            for number, image in enumerate(rest):
                within = (slot.further, number)
                yield Input(slot=slot.parameter, position=position, within=within, attachment=image)
        return
    within = (slot.field,) if slot.field is not None else ()
    for position, attachment in enumerate(attachments):
        yield Input(slot=slot.parameter, position=position if slot.many else None, within=within, attachment=attachment)


def _check_mentions(texts: Iterable[str], inputs: Sequence[Input], model: Model, given: Mapping[str, Json]) -> None:
    """`@Image3` needs three images (API.md, "Multi-shot")."""
    found = [match for text in texts for match in _MENTION.finditer(text)]
    if not found:
        return
    # How many there are of what a prompt can name, attached or given by a link.
    counts: dict[str, int] = dict.fromkeys(("image", "video", "audio", "element"), 0)
    roles = {slot.parameter: slot.role for slot in model.slots}
    for entry in inputs:
        if roles[entry.slot] is not Role.ELEMENT:
            counts[entry.attachment.kind.value] += 1
    counts["element"] = len({entry.position for entry in inputs if roles[entry.slot] is Role.ELEMENT})
    for slot in model.slots:
        if slot.parameter in given:
            value = given[slot.parameter]
            what = "element" if slot.role is Role.ELEMENT else slot.kind.value
            counts[what] += len(value) if isinstance(value, list) else 1
    for match in found:
        what, number = match[1].lower(), int(match[2])
        if not 1 <= number <= counts[what]:
            name = match[1].title()
            known = ", ".join(f"@{name}{n}" for n in range(1, counts[what] + 1))
            raise Refusal("mention", option="prompt", given=match[0], kind=what, count=counts[what], allowed=known)
