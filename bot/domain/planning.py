"""From a wish to a plan: everything that can be known to be wrong is said before a byte is sent.

The provider does not check parameters before it takes a job ("the generation fails silently", seed 001), so this
is the only place where a member learns at once what is wrong. Pure and fast: it runs before the acknowledgement.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.catalogue import (
    ASPECT_RATIO,
    AUDIO,
    DURATION_NAMES,
    PROMPT,
    SEED,
    Catalogue,
    MediaKind,
    Model,
)
from bot.domain.errors import Refusal
from bot.domain.money import quote
from bot.domain.order import Plan, Wish
from bot.domain.parameters import Parameter, Scalar, as_seconds, check_choice, check_integer, check_seconds

_SEED_BITS = 31  # every model with a limit has it at 2**31 - 1
MAX_COUNT = 4  # API.md: "send at most 4"
MAX_PROMPT = 6000  # characters: the most that Discord lets an option hold (FACTS section 3)
_LONGEST_RUN = 600  # seconds: the most that the command lets a member type


def plan(wish: Wish, catalogue: Catalogue, preferred: Sequence[str]) -> Plan:
    """The plan for `wish`; without a model in it, the first of `preferred` that can do all that was asked.

    Raises `Refusal` for whatever the person can change.
    """
    prompt = _prompt(wish.prompt)
    if not 1 <= wish.count <= MAX_COUNT:
        raise Refusal("count", given=wish.count, max=MAX_COUNT)
    if wish.model is not None:
        return _fit(wish, prompt, _named(wish.model, wish.kind, catalogue))
    return _first_that_fits(wish, prompt, _candidates(wish.kind, catalogue, preferred))


def _prompt(text: str) -> str:
    prompt = text.strip()
    if not prompt:
        raise Refusal("prompt-empty")
    if len(prompt) > MAX_PROMPT:
        raise Refusal("prompt-long", length=len(prompt), max=MAX_PROMPT)
    return prompt


def _named(name: str, kind: MediaKind, catalogue: Catalogue) -> Model:
    model = catalogue.named(name, kind)
    if model is None:
        near = catalogue.nearest(name, kind)
        raise Refusal("model-unknown", given=name[:100], nearest=near.name if near else "")
    if kind not in model.makes:
        other = next((k for k in MediaKind if k in model.makes), None)
        if other is None:
            raise Refusal("model-text-only", model=model.name)
        raise Refusal("model-wrong-kind", model=model.name, makes=other.value)
    if model.needs or not model.takes_prompt:
        raise Refusal("model-needs-input", model=model.name, needs=", ".join(model.needs))
    return model


def _candidates(kind: MediaKind, catalogue: Catalogue, preferred: Sequence[str]) -> list[Model]:
    known = [m for name in preferred if (m := catalogue.get(name)) is not None and m.runs_on_prompt(kind)]
    return known or catalogue.of_kind(kind)[:1]


def _first_that_fits(wish: Wish, prompt: str, candidates: Sequence[Model]) -> Plan:
    first_refusal: Refusal | None = None
    for model in candidates:
        try:
            return _fit(wish, prompt, model)
        except Refusal as refusal:
            first_refusal = first_refusal or refusal
    raise first_refusal or Refusal("no-models", kind=wish.kind.value)


def _fit(wish: Wish, prompt: str, model: Model) -> Plan:
    limit = model.parameters[PROMPT].max_length
    if limit is not None and len(prompt) > limit:
        raise Refusal("prompt-long", length=len(prompt), max=limit)
    given: dict[str, Scalar] = {}
    if wish.duration is not None:
        parameter = model.duration
        if parameter is None:
            raise _missing(model, DURATION_NAMES[0])
        given[parameter.name] = check_seconds(parameter, wish.duration)
    if wish.aspect_ratio is not None:
        given[ASPECT_RATIO] = check_choice(_parameter(model, ASPECT_RATIO), wish.aspect_ratio)
    if wish.seed is not None:
        given[SEED] = check_integer(_parameter(model, SEED), wish.seed)
    if wish.audio is not None:
        _sound(model, given, wanted=wish.audio)
    return Plan(
        kind=wish.kind,
        model_id=model.id,
        model_name=model.name,
        prompt=prompt,
        parameters=given,
        count=wish.count,
        quote=quote(model.pricing, model.parameters, given),
    )


def _sound(model: Model, given: dict[str, Scalar], *, wanted: bool) -> None:
    if AUDIO in model.parameters:
        given[AUDIO] = wanted
    elif wanted:  # a model that makes no sound fulfils "no sound" as it is
        raise _missing(model, "audio")  # the member's word for it


def _parameter(model: Model, name: str) -> Parameter:
    parameter = model.parameters.get(name)
    if parameter is None:
        raise _missing(model, name)
    return parameter


def _missing(model: Model, option: str) -> Refusal:
    return Refusal("option-unknown", model=model.name, option=option)


def with_seed(plan: Plan, model: Model | None, randbits: Callable[[int], int]) -> Plan:
    """The plan with a seed of our choice, where its model takes one and the member gave none.

    It lets a member repeat a result, and tells the order's row from others when an answer was lost. Several outputs
    of one order get none: with one seed they might all be the same.
    """
    parameter = model.parameters.get(SEED) if model is not None else None
    if parameter is None or plan.count > 1 or SEED in plan.parameters:
        return plan
    seed = randbits(_SEED_BITS)
    if parameter.maximum is not None and seed > parameter.maximum:
        return plan
    return replace(plan, parameters={**plan.parameters, SEED: seed})


def length_choices(model: Model) -> list[int]:
    """The whole seconds that a member can choose for `model`, shortest first; [] when it has no say in it."""
    parameter = model.duration
    if parameter is None:
        return []
    if parameter.choices:
        lengths = (as_seconds(choice) for choice in parameter.choices)
        return sorted({int(s) for s in lengths if s is not None and s.is_integer()})
    if parameter.minimum is None or parameter.maximum is None:
        return []
    longest = min(math.floor(parameter.maximum), _LONGEST_RUN)
    return list(range(max(1, math.ceil(parameter.minimum)), longest + 1))


def ratio_choices(model: Model) -> list[str]:
    """The aspect ratios that a member can choose for `model`, in the schema's order."""
    parameter = model.parameters.get(ASPECT_RATIO)
    return [str(c) for c in parameter.choices] if parameter else []
