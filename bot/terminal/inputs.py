"""The files that an order takes with it: local ones travel inside the order, addresses are passed on as they are.

"Inputs must be publicly downloadable URLs; data URIs work too" (API.md, "Result files"). Drover never fetches an
address that somebody typed: whether it leads anywhere is for Oxen to find out.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Model
from bot.domain.models.parameters import Json
from bot.domain.models.slots import Slot
from bot.domain.orders.inputs import FileProperties, plain_name
from bot.media.probe import probe_input
from bot.media.reading import MediaInfo
from bot.oxen.wire import link
from bot.terminal.endings import Ending, Failed

LARGEST = 32 * 1024 * 1024  # bytes of a local file; a third more travels, and has to arrive within the minute
_ADDRESS = ("http://", "https://")
_INLINE = "data:"


def inputs_for(model: Model, given: Sequence[tuple[str, str]]) -> tuple[dict[str, Json], dict[str, FileProperties]]:
    """The parameters that `given` (slot, path or address) make, in the shape that each slot has; and what is known of
    the first file in each. Nothing is known of what an address leads to.

    Raises `Refusal` for what the model has no place for, `Failed` for a file that cannot be used.
    """
    slots = {slot.parameter: slot for slot in model.slots}
    found: dict[str, list[str]] = {}
    facts: dict[str, FileProperties] = {}
    for name, where in given:
        if name not in slots:
            raise Refusal("slot-unknown", model=model.name, option=name, allowed=", ".join(slots))
        address, looked = _address(slots[name], where)
        if name not in found:
            facts[name] = (
                FileProperties(width=looked.width, height=looked.height, seconds=looked.seconds)
                if looked
                else FileProperties()
            )
        found.setdefault(name, []).append(address)
    return {name: _shaped(model, slots[name], addresses) for name, addresses in found.items()}, facts


def _shaped(model: Model, slot: Slot, addresses: list[str]) -> Json:
    if slot.most is not None and len(addresses) > slot.most:
        raise Refusal("input-many", model=model.name, option=slot.parameter, kind=slot.kind.value, max=slot.most)
    each: list[Json] = [{slot.field: address} if slot.field else address for address in addresses]
    return each if slot.many else each[0]


def _address(slot: Slot, where: str) -> tuple[str, MediaInfo | None]:
    if where.startswith(_INLINE):
        return where, None
    if where.lower().startswith(_ADDRESS):
        if link(where) is None:
            raise _wrong(slot, where, "is no address that could be followed")
        return where, None
    return _inline(slot, Path(where).expanduser())


def _inline(slot: Slot, path: Path) -> tuple[str, MediaInfo]:
    name = plain_name(path.name)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise _wrong(slot, str(path), f"has {size} bytes; put it online, and give its address")
        looked = probe_input(path, slot.kind, name)
        content = path.read_bytes()
    except OSError as error:
        raise _wrong(slot, str(path), f"cannot be read: {error.strerror}") from None
    if looked.animated:
        raise Refusal("file-animated", option=slot.parameter, name=name)
    return f"data:{looked.media_type};base64,{base64.b64encode(content).decode('ascii')}", looked


def _wrong(slot: Slot, where: str, what: str) -> Failed:
    return Failed(f"--input {slot.parameter}: {_printable(where)} {what}", kind="option", ending=Ending.WRONG_OPTION)


def _printable(where: str) -> str:
    """A path or an address that a terminal can show: a name may hold what moves its cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in where)
