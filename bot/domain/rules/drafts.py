"""Drafts: an order as cheap as is sensible, of the same model or of its fast sibling, before the one that is meant.

Cheap is: short, small, of a low quality, without sound, and one result. The shape stays, and so does what is asked for:
a draft shows whether the prompt says what was meant.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import AUDIO, QUALITY, Catalogue, Model
from bot.domain.models.choices import length_choices
from bot.domain.models.parameters import Json, Parameter
from bot.domain.models.slots import InputKind
from bot.domain.orders.derived_settings import shape_of
from bot.domain.orders.estimate import seconds_of, settings_of
from bot.domain.orders.order import GenerationRequest, ProperRequest, ValidatedRequest
from bot.domain.orders.validation import Offered, Pricer, fit, suggest
from bot.domain.rules.alternatives import size_of

_SECONDS, _LINES = 3, 360  # of less, little can be seen
_STILLS = frozenset({InputKind.IMAGE})


def draft_of(
    request: GenerationRequest, full: ValidatedRequest, catalogue: Catalogue, offered: Offered, price: Pricer
) -> GenerationRequest:
    """The draft of a request that was validated as `full`: what it stands for goes along with it.

    Raises `Refusal` where nothing is cheaper; it suggests what was asked for.
    """
    model = catalogue.get(full.model_id)
    found: list[tuple[tuple[bool, Decimal], GenerationRequest]] = []
    siblings = catalogue.family(model) if model is not None else []
    for candidate in [model, *(each for each in siblings if each.fast and offered(each))]:
        if candidate is None or request.kind not in candidate.makes:
            continue
        draft = _least(request, full, candidate)
        try:
            validated = fit(draft, candidate, catalogue, price)
        except Refusal:
            continue
        one, other = validated.total, full.total
        usd = one.usd if one is not None and one.known else None
        if usd is not None and other is not None and other.known:
            less = usd < other.usd
        else:  # nobody knows what it costs: it is a draft if it is less at all
            less = (validated.model_id, validated.parameters) != (full.model_id, full.parameters)
        if less:
            found.append(((usd is None, usd or Decimal(0)), draft))
    if not found:
        proper = replace(request, draft=False)
        refusal = Refusal("draft-none", model=full.model_name)
        suggest(refusal, request, proper, full)
        raise refusal
    total = full.estimate
    stands_for = ProperRequest(
        model=full.model_id,
        duration=request.duration,
        aspect_ratio=request.aspect_ratio,
        resolution=request.resolution,
        audio=request.audio,
        more=request.more,
        price=total.usd if total is not None and total.known else None,
    )
    return replace(min(found, key=lambda each: each[0])[1], proper=stands_for)


def _least(request: GenerationRequest, full: ValidatedRequest, model: Model) -> GenerationRequest:
    """The cheapest sensible request of the model that still asks for the same."""
    settings = settings_of(model, full.parameters if model.id == full.model_id else request.more)
    changes: dict[str, Any] = {"model": model.id, "count": 1, "draft": False}
    replaced: set[str] = set()

    lengths, length = length_choices(model), model.duration
    follows = not {each.kind for each in request.attachments} <= _STILLS  # a video or a sound decides how long it gets
    if length is not None and lengths and not follows and not request.shots:
        shortest = next((seconds for seconds in lengths if seconds >= _SECONDS), lengths[-1])
        now = request.duration or seconds_of(settings)
        if now is None or now > shortest:
            changes["duration"] = shortest
            replaced.add(length.name)
    size = model.resolution
    if size is not None and (least := _smallest(size, settings.get(size.name))) is not None:
        changes["resolution"] = str(least)
        replaced.add(size.name)
    if request.audio or settings.get(AUDIO) is True:
        changes["audio"] = False if AUDIO in model.parameters else None
        replaced.add(AUDIO)
    more = {name: value for name, value in request.more.items() if name not in replaced and name in model.parameters}
    quality = model.parameters.get(QUALITY)
    if quality is not None and (lowest := _smallest(quality, settings.get(QUALITY))) is not None:
        more[QUALITY] = lowest
    return replace(request, more=more, **changes)


def _smallest(parameter: Parameter, now: Json | None) -> Json | None:
    """The least of its choices in which something can be seen, where that is less than what is set."""
    if any(shape_of(choice) is not None for choice in parameter.choices):
        return None  # its choices are shapes as well
    sizes = sorted((size, n) for n, choice in enumerate(parameter.choices) if (size := size_of(choice)) is not None)
    sensible = next((each for each in sizes if each[0] >= _LINES or each[0] < len(sizes)), None)
    present = size_of(now) if now is not None else None
    if sensible is None or (present is not None and present <= sensible[0]):
        return None
    return parameter.choices[sensible[1]]
