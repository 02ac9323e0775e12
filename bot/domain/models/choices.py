"""What a member can choose for a model: the values of the common options, the rest of its parameters, an example."""

import math

from bot.domain.models.catalogue import (
    ASPECT_RATIO,
    AUDIO,
    DURATION_NAMES,
    MULTI_PROMPT,
    PROMPT,
    QUEUES_OWN,
    SEED,
    MediaKind,
    Model,
)
from bot.domain.models.checks import check_seconds
from bot.domain.models.parameters import Json, Parameter, as_seconds, text_of

_USUAL_LENGTH = 5  # seconds
_LONGEST_RUN = 600  # seconds: the most that the command lets a member type
# What the common options and the attachments of a command cover.
_COVERED = frozenset({PROMPT, MULTI_PROMPT, *QUEUES_OWN, *DURATION_NAMES, ASPECT_RATIO, SEED, AUDIO})


def length_choices(model: Model) -> list[int]:
    """The whole seconds that a member can choose for `model`, shortest first; [] when it has no say in it."""
    parameter = model.duration
    lengths: set[int] = set()
    for form in (parameter.variants or (parameter,)) if parameter is not None else ():
        if form.choices:
            seconds = (as_seconds(choice) for choice in form.choices)
            lengths |= {int(s) for s in seconds if s is not None and s.is_integer()}
        elif form.minimum is not None and form.maximum is not None:
            longest = min(math.floor(form.maximum), _LONGEST_RUN)
            lengths |= {*range(max(1, math.ceil(form.minimum)), longest + 1)}
    return sorted(lengths)


def default_settings(model: Model) -> dict[str, Json]:
    """What an order sets that sets nothing: the length nearest to five seconds, where the model would choose one."""
    parameter, lengths = model.duration, length_choices(model)
    if parameter is None or not lengths or (parameter.default is not None and as_seconds(parameter.default)):
        return {}
    return {parameter.name: check_seconds(parameter, min(lengths, key=lambda seconds: abs(seconds - _USUAL_LENGTH)))}


def ratio_choices(model: Model) -> list[str]:
    """The aspect ratios that a member can choose for `model`, in the schema's order."""
    parameter = model.parameters.get(ASPECT_RATIO)
    return [str(c) for c in parameter.choices] if parameter else []


def resolution_choices(model: Model) -> list[str]:
    """The resolutions that a member can choose for `model`, in the schema's order."""
    return [text_of(c) for c in model.resolution.choices] if model.resolution else []


def remaining(model: Model) -> list[Parameter]:
    """What a form has to ask for: the parameters that no option and no attachment covers, in the schema's order."""
    covered = {*_COVERED, *(slot.parameter for slot in model.slots)}
    if model.resolution is not None:
        covered.add(model.resolution.name)
    return [p for p in model.parameters.values() if p.name not in covered]


def example(model: Model) -> str:
    """An order for `model` as a member would type it: `/video prompt: … model: kling-o3 duration: 5 image: …`."""
    kind = next((k for k in MediaKind if k in model.makes), MediaKind.VIDEO)
    parts = [f"/{kind.value}"]
    if model.takes_prompt:
        parts.append("prompt: …")
    parts.append(f"model: {model.id}")
    options = (("duration", length_choices(model)), ("aspect_ratio", ratio_choices(model)))
    parts += [f"{name}: {choices[len(choices) // 2]}" for name, choices in options if choices]
    needed = [slot for slot in model.slots if slot.required] + [group[0] for group in model.wants]
    parts += [f"{slot.option}: …" for slot in needed]
    return " ".join(parts)
