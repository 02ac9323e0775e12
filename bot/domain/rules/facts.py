"""What a guild's rules are asked about an order, gathered from its plan, its request context and its model."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.domain.models.catalogue import DURATION_NAMES, MULTI_PROMPT, RESOLUTION_NAMES, Model
from bot.domain.models.parameters import Json, as_seconds
from bot.domain.orders.order import Order, RequestContext, ValidatedRequest
from bot.domain.rules.policy import Confirmed, OrderFacts, lines

_SIZES = (*RESOLUTION_NAMES, "image_size")
_SIDES = ("width", "height")  # pixels
_FRAMES, _RATE = "num_frames", "frames_per_second"
_WORDED = ("prompt", "text", "lyrics", "script", "caption")
_UNWANTED = "negative"  # such a prompt says what is not to be seen


def asked(
    validated: ValidatedRequest,
    context: RequestContext,
    at: datetime,
    model: Model | None = None,
    confirmed: Confirmed | None = None,
) -> OrderFacts:
    """`model` None: it is not in the catalogue any more, and only what the plan says is known."""
    settings = _defaults(model) | dict(validated.parameters)
    seconds = _seconds(settings)
    return OrderFacts(
        at=at,
        requester_id=context.requester_id,
        roles=context.roles,
        channels=frozenset({context.channel_id, *context.within}),
        age_restricted=context.age_restricted,
        model_id=validated.model_id,
        model_name=validated.model_name,
        groups=frozenset(model.groups) if model is not None else frozenset(),
        prompt="\n".join([validated.prompt, *_words(validated.parameters)]),
        count=validated.count,
        cost=validated.cost,
        seconds=seconds,
        seconds_open=seconds is None and model is not None and model.duration is not None,
        lines=_lines(settings),
        confirmed=confirmed,
    )


def facts_of(order: Order) -> OrderFacts:
    """What the order itself can tell."""
    return asked(order.request, order.context, order.created_at)


def _defaults(model: Model | None) -> dict[str, Json]:
    parameters = model.parameters.values() if model is not None else ()
    return {p.name: p.default for p in parameters if p.default is not None}


def _seconds(settings: Mapping[str, Json]) -> float | None:
    shots = settings.get(MULTI_PROMPT)
    if isinstance(shots, list) and shots:
        lengths = [as_seconds(shot.get("duration", 0)) for shot in shots if isinstance(shot, dict)]
        return sum(length or 0 for length in lengths)
    chosen = next((settings[name] for name in DURATION_NAMES if name in settings), None)
    if chosen is not None:
        return as_seconds(chosen)
    frames, rate = _number(settings.get(_FRAMES)), _number(settings.get(_RATE))
    return round(frames / rate) if frames is not None and rate else None  # 121 frames at 24 are five seconds


def _number(value: Json | None) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _lines(settings: Mapping[str, Json]) -> int | None:
    sizes = [settings[name] for name in _SIZES if name in settings]
    if all(name in settings for name in _SIDES):
        sizes.append("x".join(str(settings[name]) for name in _SIDES))
    return next((found for size in sizes if (found := lines(size)) is not None), None)


def _words(value: Json | Mapping[str, Json], *, worded: bool = False) -> Iterator[str]:
    """Every text in the parameters that becomes a part of what is to be seen or heard."""
    if isinstance(value, str):
        if worded:
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, worded=worded)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _words(each, worded=any(w in name for w in _WORDED) and _UNWANTED not in name)
