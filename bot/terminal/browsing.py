"""`drover models` and `drover model`: what can be ordered, what each model takes, and what it costs."""

import shlex
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import PROMPT, MediaKind, Model, ModelGroup
from bot.domain.models.parameters import Parameter, allowed
from bot.domain.money import Pricing
from bot.oxen.wire import plain
from bot.terminal.endings import Ending
from bot.terminal.results import usd
from bot.terminal.shell import Shell, unless_stopped
from bot.terminal.tables import table

_ALL = 10_000


async def models(shell: Shell, words: str, kind: MediaKind | None, group: ModelGroup | None) -> Ending:
    """Shows the models in which every word occurs. Raises `OxenError`."""
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    found = catalogue.find(words, kind=kind, group=group, limit=_ALL)
    lines = [(plain(m.id), _makes(m), _groups(m), price(m.pricing)) for m in found]
    shell.screen.show(table([("model", "makes", "does", "price"), *lines]) if found else "No model fits.")
    shell.screen.document({"models": [_document(model) for model in found]})
    return Ending.DONE


async def model(shell: Shell, name: str) -> Ending:
    """Shows one model and its parameters. Raises `Refusal` when there is none of that name, or `OxenError`."""
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    found = next((m for kind in MediaKind if (m := catalogue.named(name, kind)) is not None), None)
    if found is None:
        near = next((m for kind in MediaKind if (m := catalogue.nearest(name, kind)) is not None), None)
        raise Refusal("model-unknown", given=name[:100], nearest=near.id if near else "")
    shell.screen.show(_page(found))
    shell.screen.document(_document(found) | {"parameters": [_parameter(p) for p in found.parameters.values()]})
    return Ending.DONE


def example(model: Model) -> str:
    """An order for `model` as it would be typed, with all that it needs."""
    slots = {slot.parameter for slot in model.slots}
    parts = ["drover", "generate", "--model", model.id]
    parts += ["--prompt", "…"] if model.takes_prompt else []
    for parameter in model.parameters.values():
        if parameter.required and parameter.name != PROMPT:
            option = "--input" if parameter.name in slots else "--param"
            value = "FILE" if parameter.name in slots else str(next(iter(parameter.choices), "…"))
            parts += [option, f"{parameter.name}={value}"]
    return " ".join(part if part == "…" else shlex.quote(part) for part in parts)


def price(pricing: Pricing | None) -> str:
    """What one image or one second costs, from the least to the most."""
    if pricing is None:
        return "-"
    images = [pricing.per_image, *(usd for row in pricing.image_grid.values() for usd in row.values())]
    seconds = [pricing.per_second, *pricing.by_resolution.values(), pricing.with_audio, pricing.high_resolution]
    return _span(images, "image") or _span(seconds, "second") or "-"


def _span(amounts: "list[Decimal | None]", unit: str) -> str:
    known = sorted({usd for usd in amounts if usd is not None})
    if not known:
        return ""
    return f"{usd(known[0])}{f' - {usd(known[-1])}' if len(known) > 1 else ''} USD/{unit}"


def _page(model: Model) -> str:
    slots = {slot.parameter: slot for slot in model.slots}
    head = ("parameter", "type", "may be", "usually", "")
    lines = [
        (
            plain(p.name),
            f"{slots[p.name].kind.value}{'s' if slots[p.name].many else ''}" if p.name in slots else _type(p),
            plain(allowed(p)),
            "" if p.default is None else plain(str(p.default)),
            "needed" if p.required else "",
        )
        for p in model.parameters.values()
    ]
    title = f"{model.name} ({plain(model.id)}): {_groups(model) or _makes(model)}, {price(model.pricing)}"
    return f"{title}\n\n{table([head, *lines])}\n\n{example(model)}"


def _type(parameter: Parameter) -> str:
    names = parameter.types or tuple(name for variant in parameter.variants for name in variant.types)
    return " or ".join(dict.fromkeys(plain(name) for name in names if name != "null")) or "any"


def _makes(model: Model) -> str:
    return ", ".join(kind.value for kind in MediaKind if kind in model.makes)


def _groups(model: Model) -> str:
    return ", ".join(group.value for group in ModelGroup if group in model.groups)


def _document(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "makes": sorted(model.makes),
        "groups": sorted(group.value for group in model.groups),
        "price": None if model.pricing is None else price(model.pricing),
        "example": example(model),
    }


def _parameter(parameter: Parameter) -> Mapping[str, Any]:
    return {
        "name": parameter.name,
        "types": list(parameter.types),
        "choices": list(parameter.choices),
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "max_length": parameter.max_length,
        "default": parameter.default,
        "required": parameter.required,
    }
