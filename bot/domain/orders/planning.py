"""From a request to a plan: everything that can be known to be wrong is said before a byte is sent.

The provider does not check parameters before it takes a job ("the generation fails silently", seed 001), so this
is the only place where a member learns at once what is wrong. Pure and fast: it runs before the acknowledgement.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import (
    ASPECT_RATIO,
    AUDIO,
    DURATION_NAMES,
    MULTI_PROMPT,
    PROMPT,
    QUEUES_OWN,
    SEED,
    Catalogue,
    MediaKind,
    Model,
    ModelGroup,
)
from bot.domain.models.parameters import Parameter, as_seconds, text_of
from bot.domain.orders.assigning import check_files
from bot.domain.orders.fitting import fit
from bot.domain.orders.order import GenerationRequest, ValidatedRequest

_SEED_BITS = 31  # every model with a limit has it at 2**31 - 1
MAX_COUNT = 4  # API.md: "send at most 4"
MAX_PROMPT = 6000  # characters: the most that Discord lets an option hold (FACTS section 3)
_LONGEST_RUN = 600  # seconds: the most that the command lets a member type
_SHOWN = 100  # characters of a name that no model has
_MOST_MENDED = 4  # things at once: more than that is another order
_OF_FILES = frozenset({"input-missing", "input-missing-any", "input-unwanted"})  # another model may take what there is
_FROM_WORDS = frozenset({ModelGroup.TEXT_TO_VIDEO, ModelGroup.TEXT_TO_IMAGE})
_MOST_TRIED = 25  # models, where none was named: the answer is due within seconds


Offered = Callable[[Model], bool]


def validate(
    request: GenerationRequest, catalogue: Catalogue, preferred: Sequence[str], offered: Offered = lambda _: True
) -> ValidatedRequest:
    """The plan for `wish`; without a model in it, the first of `preferred` that can do all that was asked.

    Such a model is one that is `offered` where the request was made, if any is; one that is named need not be.

    Raises `Refusal` for whatever the person can change; its `remedy`, if any, has been planned and would run.
    """
    try:
        return _validated(request, catalogue, preferred, offered)
    except Refusal as refusal:
        _mend(refusal, lambda request: _validated(request, catalogue, preferred, offered))
        raise


def _mend(refusal: Refusal, attempt: Callable[[GenerationRequest], ValidatedRequest]) -> None:
    """Remedy after suggestion until one runs, and what else was wrong on the way; no suggestion where none does."""
    wrong = [refusal]
    suggestion, refusal.suggestion = refusal.suggestion, None
    while suggestion is not None and len(wrong) <= _MOST_MENDED:
        try:
            refusal.cost = attempt(suggestion).cost
        except Refusal as another:
            if another.values.get("option") in {one.values.get("option") for one in wrong}:
                break  # what was said to be nearest is not
            wrong.append(another)
            suggestion = another.suggestion
        else:
            refusal.suggestion, refusal.also = suggestion, tuple(wrong[1:])
            return


def _validated(
    request: GenerationRequest, catalogue: Catalogue, preferred: Sequence[str], offered: Offered
) -> ValidatedRequest:
    if not 1 <= request.count <= MAX_COUNT:
        nearest = min(max(request.count, 1), MAX_COUNT)
        refusal = Refusal("count", option="count", given=request.count, max=MAX_COUNT, nearest=nearest)
        refusal.suggestion = replace(request, count=nearest)
        raise refusal
    if len(request.prompt.strip()) > MAX_PROMPT:
        raise Refusal("prompt-long", option=PROMPT, length=len(request.prompt.strip()), max=MAX_PROMPT)
    if request.model is not None:
        named = _named(request, request.model, catalogue)
        try:
            return fit(request, named, catalogue)
        except Refusal as refusal:
            if refusal.key in _OF_FILES:
                _offer_sibling(refusal, request, named, catalogue, offered)
            raise
    check_files(request.attachments)  # whatever the model: rather this than what the first one has to say
    found = [model for model in catalogue if offered(model)]
    within = catalogue if len(found) in {0, len(catalogue)} else Catalogue(found)
    return _first_that_fits(request, catalogue, _candidates(request, within, preferred))


def _offer_sibling(
    refusal: Refusal, request: GenerationRequest, model: Model, catalogue: Catalogue, offered: Offered
) -> None:
    """The nearest relative of `model` that makes the same of the files that there are, or of words alone."""
    family = catalogue.family(model)
    if not request.attachments:  # rather one that is made for words than one that only does with them
        family.sort(key=lambda sibling: not sibling.groups & _FROM_WORDS)
    for sibling in family:
        suggestion = replace(request, model=sibling.id)
        if request.kind not in sibling.makes or not offered(sibling):
            continue
        try:
            fit(suggestion, sibling, catalogue)
        except Refusal:
            continue
        refusal.suggestion = suggestion
        refusal.values = {**refusal.values, "nearest": sibling.name}
        if "of" in refusal.values:
            refusal.values = {**refusal.values, "of": "files" if request.attachments else "words"}
        return


def _named(request: GenerationRequest, name: str, catalogue: Catalogue) -> Model:
    model = catalogue.named(name, request.kind)
    if model is None:
        raise _unknown(request, name, catalogue)
    if request.kind not in model.makes:
        other = next((k for k in MediaKind if k in model.makes), None)
        if other is None:
            raise Refusal("model-audio-only" if "audio" in model.makes else "model-text-only", model=model.name)
        refusal = Refusal("model-wrong-kind", model=model.name, makes=other.value)
        refusal.suggestion = replace(request, kind=other)
        raise refusal
    return model


def _unknown(request: GenerationRequest, name: str, catalogue: Catalogue) -> Refusal:
    near = catalogue.nearest(name, request.kind)
    nearest = near.name if near is not None else ""
    gone = catalogue.gone(name)
    if gone is not None:
        refusal = Refusal("model-gone", model=gone.name, since=gone.at.date().isoformat(), nearest=nearest)
    else:
        refusal = Refusal("model-unknown", given=name[:_SHOWN], nearest=nearest)
    refusal.suggestion = replace(request, model=near.id) if near is not None else None
    return refusal


def _candidates(request: GenerationRequest, catalogue: Catalogue, preferred: Sequence[str]) -> list[Model]:
    """The models to try: those preferred that could do it, else the provider's first, or all that take such files."""
    known = [m for name in preferred if (m := catalogue.get(name)) is not None and request.kind in m.makes]
    if not request.attachments and not request.shots:
        return [m for m in known if m.runs_on_prompt(request.kind)] or catalogue.of_kind(request.kind)[:1]
    others = (m for m in catalogue if request.kind in m.makes and m not in known)
    return [m for m in (*known, *others) if _could_take(m, request)][:_MOST_TRIED]


def _could_take(model: Model, request: GenerationRequest) -> bool:
    if request.shots and MULTI_PROMPT not in model.parameters:
        return False
    return {a.kind for a in request.attachments} <= {slot.kind for slot in model.slots}


def _first_that_fits(request: GenerationRequest, catalogue: Catalogue, candidates: Sequence[Model]) -> ValidatedRequest:
    first_refusal: Refusal | None = None
    for model in candidates:
        try:
            return fit(request, model, catalogue)
        except Refusal as refusal:
            first_refusal = first_refusal or refusal
    raise first_refusal or Refusal("no-models", kind=request.kind.value)


def with_seed(validated: ValidatedRequest, model: Model | None, randbits: Callable[[int], int]) -> ValidatedRequest:
    """The plan with a seed of our choice, where its model takes one and the member gave none.

    It lets a member repeat a result, and tells the order's row from others when an answer was lost. Several outputs
    of one order get none: with one seed they might all be the same.
    """
    parameter = model.parameters.get(SEED) if model is not None else None
    if parameter is None or validated.count > 1 or SEED in validated.parameters:
        return validated
    seed = randbits(_SEED_BITS)
    if parameter.maximum is not None and seed > parameter.maximum:
        return validated
    return replace(validated, parameters={**validated.parameters, SEED: seed})


def length_choices(model: Model) -> list[int]:
    """The whole seconds that a member can choose for `model`, shortest first; [] when it has no say in it."""
    parameter = model.duration
    forms = (parameter.variants or (parameter,)) if parameter is not None else ()
    return sorted({seconds for form in forms for seconds in _lengths(form)})


def _lengths(parameter: Parameter) -> Iterable[int]:
    if parameter.choices:
        lengths = (as_seconds(choice) for choice in parameter.choices)
        return [int(s) for s in lengths if s is not None and s.is_integer()]
    if parameter.minimum is None or parameter.maximum is None:
        return []
    longest = min(math.floor(parameter.maximum), _LONGEST_RUN)
    return range(max(1, math.ceil(parameter.minimum)), longest + 1)


def ratio_choices(model: Model) -> list[str]:
    """The aspect ratios that a member can choose for `model`, in the schema's order."""
    parameter = model.parameters.get(ASPECT_RATIO)
    return [str(c) for c in parameter.choices] if parameter else []


def resolution_choices(model: Model) -> list[str]:
    """The resolutions that a member can choose for `model`, in the schema's order."""
    return [text_of(c) for c in model.resolution.choices] if model.resolution else []


# What the common options and the attachments of a command cover.
_COVERED = frozenset({PROMPT, MULTI_PROMPT, *QUEUES_OWN, *DURATION_NAMES, ASPECT_RATIO, SEED, AUDIO})


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
