"""What was asked for on the command line, as a request and then as an order that its model can fulfil.

The files that an order takes with it: local ones travel inside the order, addresses are passed on as they are. "Inputs
must be publicly downloadable URLs; data URIs work too" (API.md, "Result files"). Drover never fetches an address that
somebody typed: whether it leads anywhere is for Oxen to find out.
"""

import base64
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.models.slots import Slot
from bot.domain.orders.inputs import FileProperties, plain_name
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.shots import parse_shots
from bot.domain.orders.validation import validate, with_seed
from bot.media.probe import probe_input
from bot.media.reading import MediaInfo
from bot.oxen.wire import link
from bot.settings import Settings
from bot.terminal.shell import ExitCode, Failed, WithSuggestion

LARGEST = 32 * 1024 * 1024  # bytes of a local file; a third more travels, and has to arrive within the minute
_STDIN = "-"
_ADDRESS = ("http://", "https://")
_INLINE = "data:"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateOptions:
    """The options of one `drover generate`, as they were typed. `shots` is a path, or "-" for standard input."""

    output: Path
    model: str | None = None
    kind: MediaKind | None = None
    prompt: str = ""
    parameters: Sequence[tuple[str, str]] = ()
    inputs: Sequence[tuple[str, str]] = ()
    shots: str | None = None
    count: int = 1
    namespace: str | None = None
    sync: bool = False
    inline: bool = False


def validated_request(options: GenerateOptions, catalogue: Catalogue, settings: Settings) -> ValidatedRequest:
    """What can be ordered, with a seed of our own where that helps to find it again.

    Raises `Refusal` or `WithSuggestion` for what the model cannot do, `Failed` for a file that cannot be read.
    """
    model, given, properties = None, dict[str, Json](options.parameters), dict[str, FileProperties]()
    if options.model is not None:
        model = next((m for kind in MediaKind if (m := catalogue.named(options.model, kind)) is not None), None)
    if model is not None:
        files, properties = inputs_for(model, options.inputs)
        given |= files
    kind = options.kind or next((k for k in MediaKind if model is not None and k in model.makes), MediaKind.VIDEO)
    request = GenerationRequest(
        kind=kind,
        prompt=_text(options.prompt, "--prompt") if options.prompt == _STDIN else options.prompt,
        model=options.model,
        count=options.count,
        more=given,
        facts=properties,
        shots=parse_shots(_text(options.shots, "--shots")) if options.shots is not None else (),
    )
    preferred = settings.video_models if kind is MediaKind.VIDEO else settings.image_models
    try:
        validated = validate(request, catalogue, preferred)
    except Refusal as refusal:
        nearest = change(request, refusal.suggestion) if refusal.suggestion is not None else ""
        if not nearest:
            raise
        raise WithSuggestion(refusal, nearest) from None
    return with_seed(validated, catalogue.get(validated.model_id), secrets.randbits)


def _text(source: str, option: str) -> str:
    try:
        return sys.stdin.read() if source == _STDIN else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        message = f"{option}: {source} cannot be read: {why}"
        raise Failed(message, kind="option", code=ExitCode.WRONG_OPTION) from None


def change(request: GenerationRequest, suggestion: GenerationRequest) -> str:
    """What to type differently so that it runs: "--param seed=0", "no --param wings". No prompt is repeated."""
    parts = [f"--model {suggestion.model}"] if suggestion.model != request.model else []
    parts += [f"--kind {suggestion.kind.value}"] if suggestion.kind is not request.kind and not suggestion.model else []
    parts += [f"--count {suggestion.count}"] if suggestion.count != request.count else []
    parts += ["no --prompt"] if request.prompt and not suggestion.prompt else []
    parts += [
        f"--param {name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in suggestion.more.items()
        if request.more.get(name) != value
    ]
    parts += [f"no --param {name}" for name in request.more if name not in suggestion.more]
    return ", ".join(parts)


def summary(validated: ValidatedRequest) -> Mapping[str, Json]:
    """The parameters of an order as they can be shown: a file that travels inline is cut to what it is."""
    return {name: _shown(value) for name, value in validated.parameters.items()}


def _shown(value: Json) -> Json:
    if isinstance(value, str) and value.startswith(_INLINE):
        return value.partition(",")[0] + ",…"
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return value


# Files that go along.


def inputs_for(model: Model, given: Sequence[tuple[str, str]]) -> tuple[dict[str, Json], dict[str, FileProperties]]:
    """The parameters that `given` (slot, path or address) make, in the shape that each slot has; and what is known of
    the first file in each. Nothing is known of what an address leads to.

    Raises `Refusal` for what the model has no place for, `Failed` for a file that cannot be used.
    """
    slots = {slot.parameter: slot for slot in model.slots}
    found: dict[str, list[str]] = {}
    properties: dict[str, FileProperties] = {}
    for name, where in given:
        if name not in slots:
            raise Refusal("slot-unknown", model=model.name, option=name, allowed=", ".join(slots))
        address, info = where, None
        if where.lower().startswith(_ADDRESS):
            if link(where) is None:
                raise _wrong(slots[name], where, "is no address that could be followed")
        elif not where.startswith(_INLINE):
            address, info = _read(slots[name], Path(where).expanduser())
        if name not in found:
            properties[name] = FileProperties()
            if info is not None:
                properties[name] = FileProperties(width=info.width, height=info.height, seconds=info.seconds)
        found.setdefault(name, []).append(address)

    parameters: dict[str, Json] = {}
    for name, addresses in found.items():
        slot = slots[name]
        if slot.most is not None and len(addresses) > slot.most:
            raise Refusal("input-many", model=model.name, option=name, kind=slot.kind.value, max=slot.most)
        each: list[Json] = [{slot.field: address} if slot.field else address for address in addresses]
        parameters[name] = each if slot.many else each[0]
    return parameters, properties


def _read(slot: Slot, path: Path) -> tuple[str, MediaInfo]:
    """A local file as a data URI, and what it is."""
    name = plain_name(path.name)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise _wrong(slot, str(path), f"has {size} bytes; put it online, and give its address")
        info = probe_input(path, slot.kind, name)
        content = path.read_bytes()
    except OSError as error:
        raise _wrong(slot, str(path), f"cannot be read: {error.strerror}") from None
    if info.animated:
        raise Refusal("file-animated", option=slot.parameter, name=name)
    return f"data:{info.media_type};base64,{base64.b64encode(content).decode('ascii')}", info


def _wrong(slot: Slot, where: str, what: str) -> Failed:
    return Failed(f"--input {slot.parameter}: {where} {what}", kind="option", code=ExitCode.WRONG_OPTION)
