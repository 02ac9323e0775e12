"""One request on one model: every option checked against the schema, every file in its slot.

Nothing that the schema does not know comes out of here. Where one change would do, the refusal carries the changed
request as its `remedy`; whether that runs is for `planning` to find out.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.orders.assigning import assign
from bot.domain.orders.following import followed
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.shots import Shot, check_shots, format_shots, mended

from bot.domain.models.catalogue import (
    ASPECT_RATIO,
    AUDIO,
    MULTI_PROMPT,
    PROMPT,
    QUEUES_OWN,
    SEED,
    Catalogue,
    MediaKind,
    Model,
)
from bot.domain.models.checks import InvalidValue, check, check_seconds, from_text, refused
from bot.domain.models.parameters import Json, Parameter, allowed, as_seconds, text_of

_NAMED = 3  # models that a refusal suggests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One option that the member has set: their word for it, which is the request's too, and the model's parameter."""

    option: str
    parameter: Parameter | None
    value: Json


def fit(request: GenerationRequest, model: Model, catalogue: Catalogue) -> ValidatedRequest:
    """The plan for `wish` with `model`. Raises `Refusal`."""
    given = _more(request, model, catalogue) | _options(request, model)
    shots = _shots(request, model, given)
    prompt = _prompt(request, model, given, shots)
    inputs = assign(request.attachments, model, [prompt], given)
    settled = {*given, *(entry.slot for entry in inputs)}
    _check_missing(request, model, settled)
    decided, inputs = followed(model, given, inputs, request.facts)
    given |= decided
    given |= _assumed(model, {*settled, *decided})
    made = ValidatedRequest(
        kind=request.kind,
        model_id=model.id,
        model_name=model.name,
        prompt=prompt,
        parameters=given,
        count=request.count,
        quote=model.quote(given, (entry.slot for entry in inputs)),
        inputs=inputs,
        spoiler=any(entry.attachment.spoiler for entry in inputs),
    )
    check_body(made, model, request)
    return made


def check_body(made: ValidatedRequest, model: Model, request: GenerationRequest | None = None) -> None:
    """The last gate: the body that will be sent, by the model's own schema. Raises `Refusal`."""
    body = made.body()
    violation = model.violation(body)
    if violation is None:
        return
    if violation.path == (PROMPT,) and violation.keyword == "maxLength":
        limit = model.parameters[PROMPT].max_length or len(made.prompt)
        raise Refusal("prompt-long", option=PROMPT, length=len(made.prompt), max=limit)
    refusal = refused(violation, body, model.parameters)
    blamed = violation.path[0] if violation.path else ""
    if request is not None and blamed in request.more:
        refusal.suggestion = replace(request, more=_without(request.more, str(blamed)))
    raise refusal


def _more(request: GenerationRequest, model: Model, catalogue: Catalogue) -> dict[str, Json]:
    given: dict[str, Json] = {}
    for name, value in request.more.items():
        parameter = model.parameters.get(name) if name not in QUEUES_OWN else None
        if parameter is None:
            raise _foreign(request, model, catalogue, name)
        if name == PROMPT and request.prompt.strip():
            raise _offering(Refusal("option-twice", option=PROMPT), request, more=_without(request.more, PROMPT))
        try:
            given[name] = from_text(parameter, value) if isinstance(value, str) else check(parameter, value)
        except InvalidValue as invalid:
            invalid.suggestion = _with_more(request, name, name, invalid.nearest)
            raise
    return given


def _foreign(request: GenerationRequest, model: Model, catalogue: Catalogue, name: str) -> Refusal:
    """The model has no such parameter: it is misspelt, or another model's, or nobody's."""
    names = [n for n in model.parameters if n not in QUEUES_OWN]
    near = next(iter(difflib.get_close_matches(name[:100], names, n=1, cutoff=0.75)), None)
    others = [m.name for m in catalogue if request.kind in m.makes and name in m.parameters and name not in QUEUES_OWN]
    refusal = Refusal(
        "option-foreign",
        option=name[:100],
        model=model.name,
        nearest=near or "",
        models=", ".join(others[:_NAMED]),
    )
    refusal.suggestion = _with_more(
        request, name, near or name, request.more[name] if near and near not in request.more else None
    )
    return refusal


def _with_more(request: GenerationRequest, old: str, new: str, value: Json | None) -> GenerationRequest:
    """The request with the parameter `old` as `new`, or left out."""
    kept = _without(request.more, old)
    return replace(request, more=kept if value is None else {**kept, new: value})


def _options(request: GenerationRequest, model: Model) -> dict[str, Json]:
    given: dict[str, Json] = {}
    for choice in _choices(request, model):
        parameter = choice.parameter
        if parameter is None:
            if choice.option == "audio" and choice.value is False:
                continue  # a model that makes no sound fulfils "no sound" as it is
            raise _offering(
                Refusal("option-unknown", model=model.name, option=choice.option), request, **{choice.option: None}
            )
        if parameter.name in request.more:
            refusal = Refusal("option-twice", option=choice.option)
            raise _offering(refusal, request, more=_without(request.more, parameter.name))
        try:
            given[parameter.name] = _checked(choice, parameter)
        except InvalidValue as invalid:
            nearest = _as_option(choice, invalid.nearest)
            named = invalid.named(choice.option)
            if nearest is None and invalid.nearest is not None:
                raise named from None  # it has no whole number of seconds
            raise _offering(named, request, **{choice.option: nearest}) from None
    return given


def _choices(request: GenerationRequest, model: Model) -> Iterator[_Choice]:
    parameters = model.parameters
    possible: tuple[tuple[str, Parameter | None, Json | None], ...] = (
        ("duration", model.duration, request.duration),
        ("aspect_ratio", parameters.get(ASPECT_RATIO), request.aspect_ratio),
        ("resolution", model.resolution, request.resolution),
        ("seed", parameters.get(SEED), request.seed),
        ("audio", parameters.get(AUDIO), request.audio),
    )
    for name, parameter, value in possible:
        if value is not None:
            yield _Choice(option=name, parameter=parameter, value=value)


def _checked(choice: _Choice, parameter: Parameter) -> Json:
    if choice.option == "duration" and isinstance(choice.value, int):
        return check_seconds(parameter, choice.value)
    return check(parameter, choice.value)


def _as_option(choice: _Choice, nearest: Json | None) -> Json | None:
    """What the member would have to give so that the model gets `nearest`; None: nothing at all."""
    if nearest is None or isinstance(nearest, list | dict):
        return None
    if choice.option == "duration":
        seconds = as_seconds(nearest)
        return int(seconds) if seconds is not None and seconds == int(seconds) else None
    return text_of(nearest) if isinstance(choice.value, str) else nearest


def _offering(refusal: Refusal, request: GenerationRequest, **changes: Any) -> Refusal:
    refusal.suggestion = replace(request, **changes)
    return refusal


def _shots(request: GenerationRequest, model: Model, given: dict[str, Json]) -> tuple[Shot, ...]:
    """The storyboard, from the request or from the model's own parameter, put into `given`."""
    if request.shots and MULTI_PROMPT in given:
        raise _offering(Refusal("option-twice", option="shots"), request, more=_without(request.more, MULTI_PROMPT))
    shots = request.shots or _written(given.pop(MULTI_PROMPT, None))
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


def _written(value: Json | None) -> tuple[Shot, ...]:
    """The shots of a `multi_prompt` that was given as JSON, and has been checked."""
    entries = value if isinstance(value, list) else []
    return tuple(
        Shot(prompt=str(entry.get("prompt", "")), duration=int(as_seconds(entry.get("duration", 0)) or 0))
        if "duration" in entry
        else Shot(prompt=str(entry.get("prompt", "")))
        for entry in entries
        if isinstance(entry, dict)
    )


def _without(more: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {n: v for n, v in more.items() if n != name}


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


def _assumed(model: Model, settled: Collection[str]) -> dict[str, Json]:
    """What the schema wants said although it has a default for it."""
    return {
        p.name: p.default
        for p in model.parameters.values()
        if p.required and p.default is not None and p.name not in {PROMPT, *QUEUES_OWN, *settled}
    }


def _check_missing(request: GenerationRequest, model: Model, settled: Collection[str]) -> None:
    missing = next(
        (p for p in model.parameters.values() if p.needed and p.name not in {PROMPT, *QUEUES_OWN, *settled}), None
    )
    if missing is None:
        return
    first = missing.choices[0] if missing.choices else missing.minimum
    refusal = Refusal(
        "option-missing",
        model=model.name,
        option=missing.name,
        allowed=allowed(missing),
        nearest=text_of(first) if first is not None else "",
    )
    if first is not None:
        refusal.suggestion = replace(request, more={**request.more, missing.name: first})
    raise refusal
