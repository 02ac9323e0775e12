"""From a request to a validated one: everything that can be known to be wrong is said before a byte is sent.

The provider does not check parameters before it takes a job ("the generation fails silently", seed 001), so this
is the only place where a member learns at once what is wrong. Pure and fast: it runs before the acknowledgement.

`validate` bounds the request, finds the model and, where something is wrong, the nearest request that would run. `fit`
is one request on one model: every option against the schema, every file in its slot (`slot_assignment`), what the files
decide (`derived_settings`), and the whole body by a validator. Nothing that the schema does not know comes out of here.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import (
    ASPECT_RATIO,
    AUDIO,
    DURATION_NAMES,
    MULTI_PROMPT,
    PROMPT,
    QUEUES_OWN,
    RESOLUTION_NAMES,
    SEED,
    Catalogue,
    MediaKind,
    Model,
    ModelGroup,
)
from bot.domain.models.checks import InvalidValue, check, check_seconds, from_text, refused
from bot.domain.models.parameters import Json, Parameter, allowed, as_seconds, text_of
from bot.domain.orders.derived_settings import derive_settings
from bot.domain.orders.estimate import Estimate, EstimateSource, cost_drivers, settings_of
from bot.domain.orders.inputs import Input
from bot.domain.orders.order import GenerationRequest, Shot, ValidatedRequest
from bot.domain.orders.shots import check_shots, format_shots, mended
from bot.domain.orders.slot_assignment import assign, check_files

_SEED_BITS = 31  # every model with a limit has it at 2**31 - 1
MAX_COUNT = 4  # API.md: "send at most 4"
MAX_PROMPT = 6000  # characters: the most that Discord lets an option hold (FACTS section 3)
_SHOWN = 100  # characters of a name that no model has
_MOST_MENDED = 4  # things at once: more than that is another order
_TOLD = frozenset(
    {*DURATION_NAMES, ASPECT_RATIO, *RESOLUTION_NAMES, AUDIO}
)  # members are told what these are by default
_OF_FILES = frozenset({"input-missing", "input-missing-any", "input-unwanted"})  # another model may take what there is
_FROM_WORDS = frozenset({ModelGroup.TEXT_TO_VIDEO, ModelGroup.TEXT_TO_IMAGE})
_MOST_TRIED = 25  # models, where none was named: the answer is due within seconds
_NAMED = 3  # models that a refusal suggests

Offered = Callable[[Model], bool]
Pricer = Callable[[Model, Mapping[str, Json], Sequence[Input]], Estimate | None]
"""What one output of the model will cost, with these parameters and files."""


def listed(model: Model, given: Mapping[str, Json], inputs: Sequence[Input] = ()) -> Estimate | None:
    """By the provider's own price list; None where that does not tell."""
    price = model.quote(given, (entry.slot for entry in inputs))
    if price is None:
        return None
    drivers = cost_drivers(model, settings_of(model, given), inputs)
    return Estimate.of_price(price, EstimateSource.LISTED, drivers)


def validate(
    request: GenerationRequest,
    catalogue: Catalogue,
    preferred: Sequence[str],
    offered: Offered = lambda _: True,
    price: Pricer = listed,
) -> ValidatedRequest:
    """The request as its model takes it; without a model in it, the first of `preferred` that can do all of it.

    Such a model is one that is `offered` where the request was made, if any is; one that is named need not be. `price`
    says what it will cost there.

    Raises `Refusal` for whatever the person can change; its `suggestion`, if any, has been validated and would run.
    """
    try:
        return _attempt(request, catalogue, preferred, offered, price)
    except Refusal as refusal:
        # Suggestion after suggestion until one runs, and what else was wrong on the way; none where none does.
        wrong, suggestion, refusal.suggestion = [refusal], refusal.suggestion, None
        while suggestion is not None and len(wrong) <= _MOST_MENDED:
            try:
                validated = _attempt(suggestion, catalogue, preferred, offered, price)
            except Refusal as another:
                if another.values.get("option") in {one.values.get("option") for one in wrong}:
                    break  # what was said to be nearest is not
                wrong.append(another)
                suggestion = another.suggestion
            else:
                refusal.also = tuple(wrong[1:])
                suggest(refusal, request, suggestion, validated)
                break
        raise


def suggest(
    refusal: Refusal, request: GenerationRequest, suggestion: GenerationRequest, validated: ValidatedRequest
) -> None:
    """The refusal of `request` offers a suggestion that was validated."""
    refusal.suggestion, refusal.validated = suggestion, validated
    names = (field.name for field in fields(GenerationRequest))
    refusal.changed = frozenset(name for name in names if getattr(request, name) != getattr(suggestion, name))


def _attempt(
    request: GenerationRequest, catalogue: Catalogue, preferred: Sequence[str], offered: Offered, price: Pricer
) -> ValidatedRequest:
    if not 1 <= request.count <= MAX_COUNT:
        nearest = min(max(request.count, 1), MAX_COUNT)
        refusal = Refusal("count", option="count", given=request.count, max=MAX_COUNT, nearest=nearest)
        raise _offering(refusal, request, count=nearest)
    if len(request.prompt.strip()) > MAX_PROMPT:
        raise Refusal("prompt-long", option=PROMPT, length=len(request.prompt.strip()), max=MAX_PROMPT)
    if request.model is not None:
        named = _named(request, request.model, catalogue)
        try:
            return fit(request, named, catalogue, price)
        except Refusal as refusal:
            if refusal.key in _OF_FILES:
                _offer_sibling(refusal, request, named, catalogue, offered)
            raise
    check_files(request.attachments)  # whatever the model: rather this than what the first one has to say
    found = [model for model in catalogue if offered(model)]
    within = catalogue if len(found) in {0, len(catalogue)} else Catalogue(found)
    # Those preferred that could do it, else the provider's first, or all that take such files.
    candidates = [m for name in preferred if (m := within.get(name)) is not None and request.kind in m.makes]
    if not request.attachments and not request.shots:
        candidates = [m for m in candidates if m.runs_on_prompt(request.kind)] or within.of_kind(request.kind)[:1]
    else:
        candidates += [m for m in within if request.kind in m.makes and m not in candidates]
        given = {attachment.kind for attachment in request.attachments}
        candidates = [
            m
            for m in candidates
            if given <= {slot.kind for slot in m.slots} and (not request.shots or MULTI_PROMPT in m.parameters)
        ][:_MOST_TRIED]
    first_refusal: Refusal | None = None
    for model in candidates:
        try:
            return fit(request, model, catalogue, price)
        except Refusal as refusal:
            first_refusal = first_refusal or refusal
    raise first_refusal or Refusal("no-models", kind=request.kind.value)


def _named(request: GenerationRequest, name: str, catalogue: Catalogue) -> Model:
    """The model of that name. Raises `Refusal`, which suggests the one that was likeliest meant."""
    model = catalogue.named(name, request.kind)
    if model is None:
        given = {attachment.kind for attachment in request.attachments}

        def fits(model: Model) -> bool:
            return given <= {slot.kind for slot in model.slots} if given else model.runs_on_prompt(request.kind)

        near, gone = catalogue.nearest(name, request.kind, fits), catalogue.gone(name)
        if gone is None and near is not None and request.kind not in near.makes:
            model = near  # misspelled, and made for the other command
        else:
            nearest = near.name if near is not None and request.kind in near.makes else ""
            if gone is not None:
                refusal = Refusal("model-gone", model=gone.name, since=gone.at.date().isoformat(), nearest=nearest)
            else:
                refusal = Refusal("model-unknown", given=name[:_SHOWN], nearest=nearest)
            raise _offering(refusal, request, model=near.id) if near is not None and nearest else refusal
    if request.kind not in model.makes:
        other = next((k for k in MediaKind if k in model.makes), None)
        if other is None:
            raise Refusal("model-audio-only" if "audio" in model.makes else "model-text-only", model=model.name)
        refusal = Refusal("model-wrong-kind", model=model.name, makes=other.value)
        raise _offering(refusal, request, kind=other, model=model.id)
    return model


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


def with_seed(validated: ValidatedRequest, model: Model | None, randbits: Callable[[int], int]) -> ValidatedRequest:
    """The request with a seed of our choice, where its model takes one and the member gave none.

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


def fit(request: GenerationRequest, model: Model, catalogue: Catalogue, price: Pricer = listed) -> ValidatedRequest:
    """The request as `model` takes it. Raises `Refusal`; whether its `suggestion` runs, `validate` finds out."""
    given = _more(request, model, catalogue) | _options(request, model)
    shots = _storyboard(request, model, given)
    prompt = _prompt(request, model, given, shots)
    inputs = assign(request.attachments, model, [prompt], given)

    settled = {*given, *(entry.slot for entry in inputs)}
    open_ones = [p for p in model.parameters.values() if p.required and p.name not in {PROMPT, *QUEUES_OWN, *settled}]
    missing = next((p for p in open_ones if p.needed), None)
    if missing is not None:
        first = missing.choices[0] if missing.choices else missing.minimum
        nearest = text_of(first) if first is not None else ""
        values = {"option": missing.name, "allowed": allowed(missing), "nearest": nearest}
        refusal = Refusal("option-missing", model=model.name, **values)
        if first is None:
            raise refusal
        raise _offering(refusal, request, more={**request.more, missing.name: first})

    decided, inputs = derive_settings(model, given, inputs, request.facts)
    # What the schema wants said although it has a default for it.
    assumed = {p.name: p.default for p in open_ones if p.default is not None and p.name not in decided}
    given |= {**decided, **assumed}
    unsaid = (p for p in model.parameters.values() if p.name in _TOLD and p.name not in given)
    defaults = {
        p.name: p.default
        for p in unsaid
        if p.default is not None and (p.name not in DURATION_NAMES or (as_seconds(p.default) and not shots))
    }
    made = ValidatedRequest(
        kind=request.kind,
        model_id=model.id,
        model_name=model.name,
        prompt=prompt,
        parameters=given,
        count=request.count,
        estimate=price(model, given, inputs),
        inputs=inputs,
        spoiler=any(entry.attachment.spoiler for entry in inputs),
        proper=request.proper,
        defaults=defaults,
        parent=request.parent,
    )
    _pass_the_gate(made, model, request)
    return made


def _more(request: GenerationRequest, model: Model, catalogue: Catalogue) -> dict[str, Json]:
    """The model's own parameters."""
    given: dict[str, Json] = {}
    for name, value in request.more.items():
        parameter = model.parameters.get(name) if name not in QUEUES_OWN else None
        if parameter is None:  # it is misspelt, or another model's, or nobody's
            names = [n for n in model.parameters if n not in QUEUES_OWN]
            near = next(iter(difflib.get_close_matches(name[:_SHOWN], names, n=1, cutoff=0.75)), "")
            others = [m.name for m in catalogue if request.kind in m.makes and name in m.parameters]
            models = ", ".join(others[:_NAMED]) if name not in QUEUES_OWN else ""
            values = {"model": model.name, "nearest": near, "models": models}
            renamed = {near: value} if near and near not in request.more else {}
            refusal = Refusal("option-foreign", option=name[:_SHOWN], **values)
            raise _offering(refusal, request, more={**_without(request.more, name), **renamed})
        if name == PROMPT and request.prompt.strip():
            raise _offering(Refusal("option-twice", option=PROMPT), request, more=_without(request.more, PROMPT))
        try:
            given[name] = from_text(parameter, value) if isinstance(value, str) else check(parameter, value)
        except InvalidValue as invalid:
            nearest = {name: invalid.nearest} if invalid.nearest is not None else {}
            raise _offering(invalid, request, more={**_without(request.more, name), **nearest}) from None
    return given


def _options(request: GenerationRequest, model: Model) -> dict[str, Json]:
    """The common options, each by the member's word for it, which is the request's too, and the model's parameter."""
    parameters, given = model.parameters, dict[str, Json]()
    possible: tuple[tuple[str, Parameter | None, Json | None], ...] = (
        ("duration", model.duration, request.duration),
        ("aspect_ratio", parameters.get(ASPECT_RATIO), request.aspect_ratio),
        ("resolution", model.resolution, request.resolution),
        ("seed", parameters.get(SEED), request.seed),
        ("audio", parameters.get(AUDIO), request.audio),
    )
    for option, parameter, value in possible:
        if value is None:
            continue
        if parameter is None:
            if option == "audio" and value is False:
                continue  # a model that makes no sound fulfils "no sound" as it is
            raise _offering(Refusal("option-unknown", model=model.name, option=option), request, **{option: None})
        if parameter.name in request.more:
            more = _without(request.more, parameter.name)
            raise _offering(Refusal("option-twice", option=option), request, more=more)
        try:
            if option == "duration" and isinstance(value, int):
                given[parameter.name] = check_seconds(parameter, value)
            else:
                given[parameter.name] = check(parameter, value)
        except InvalidValue as invalid:
            named, nearest = invalid.named(option), invalid.nearest
            if option == "duration" and nearest is not None and not isinstance(nearest, list | dict):
                length = as_seconds(nearest)
                nearest = int(length) if length is not None and length == int(length) else [nearest]
            if isinstance(nearest, list | dict):  # nothing that the option can say, such as half a second
                raise named from None
            if nearest is not None and isinstance(value, str):
                nearest = text_of(nearest)
            raise _offering(named, request, **{option: nearest}) from None
    return given


def _storyboard(request: GenerationRequest, model: Model, given: dict[str, Json]) -> tuple[Shot, ...]:
    """The shots, from the request or from the model's own parameter (JSON that has been checked), put into `given`."""
    if request.shots and MULTI_PROMPT in given:
        raise _offering(Refusal("option-twice", option="shots"), request, more=_without(request.more, MULTI_PROMPT))
    written = given.pop(MULTI_PROMPT, None)
    shots = request.shots or tuple(
        Shot(prompt=str(entry.get("prompt", "")), duration=int(as_seconds(entry.get("duration", 0)) or 0))
        if "duration" in entry
        else Shot(prompt=str(entry.get("prompt", "")))
        for entry in (written if isinstance(written, list) else [])
        if isinstance(entry, dict)
    )
    if not shots:
        return ()
    parameter = model.parameters.get(MULTI_PROMPT)
    if parameter is None:
        raise Refusal("shots-unsupported", model=model.name, option="shots")
    if model.duration is not None and model.duration.name in given:
        refusal = Refusal("duration-and-shots", option="duration")
        raise _offering(refusal, request, duration=None, more=_without(request.more, model.duration.name))
    try:
        check_shots(shots)
        given[MULTI_PROMPT] = check(parameter, [{"prompt": s.prompt, "duration": s.duration} for s in shots])
    except Refusal as refusal:
        raise _offering(refusal, request, shots=mended(shots), more=_without(request.more, MULTI_PROMPT)) from None
    return shots


def _prompt(request: GenerationRequest, model: Model, given: dict[str, Json], shots: tuple[Shot, ...]) -> str:
    """The prompt, from the request or taken out of `given`; of a storyboard, its text."""
    written = given.pop(PROMPT, None)
    prompt = request.prompt.strip() or (written.strip() if isinstance(written, str) else "")
    if shots:
        if prompt:
            refusal = Refusal("prompt-and-shots", model=model.name, option=PROMPT)
            raise _offering(refusal, request, prompt="", more=_without(request.more, PROMPT))
        return format_shots(shots)
    parameter = model.parameters.get(PROMPT)
    if parameter is None:
        if prompt:
            assign(request.attachments, model, (), given)  # a file that is missing is the more important news
            raise _offering(Refusal("option-unknown", model=model.name, option=PROMPT), request, prompt="")
        return ""
    if not prompt and (parameter.required or MULTI_PROMPT in model.parameters):
        # "Either 'prompt' or 'multi_prompt' must be provided." Where a model joins no shots, others do.
        both = MULTI_PROMPT in model.parameters or model.runs_on_prompt(MediaKind.VIDEO)
        raise Refusal("prompt-or-shots" if both else "prompt-empty", option=PROMPT)
    return prompt


def _pass_the_gate(made: ValidatedRequest, model: Model, request: GenerationRequest) -> None:
    """The body that will be sent, by the model's own schema. Raises `Refusal`."""
    body = made.body()
    violation = model.violation(body)
    if violation is None:
        return
    if violation.path == (PROMPT,) and violation.keyword == "maxLength":
        limit = model.parameters[PROMPT].max_length or len(made.prompt)
        raise Refusal("prompt-long", option=PROMPT, length=len(made.prompt), max=limit)
    refusal = refused(violation, body, model.parameters)
    blamed = violation.path[0] if violation.path else ""
    if blamed in request.more:
        refusal = _offering(refusal, request, more=_without(request.more, str(blamed)))
    raise refusal


def _offering(refusal: Refusal, request: GenerationRequest, **changes: Any) -> Refusal:
    """The refusal with the request that these changes make as its suggestion."""
    refusal.suggestion = replace(request, **changes)
    return refusal


def _without(more: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {n: v for n, v in more.items() if n != name}
