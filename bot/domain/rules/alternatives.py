"""The nearest order that fits, for one that rules, a limit or a budget refuse.

Nearest is what changes least. Of the same model, in this order: shorter, smaller, fewer outputs, a lower quality,
without sound; one of these before two together, two before three; and each by as little as it takes. Then another model
that does the same: one that takes all else as it was asked, a relative of it, one with a known price, and the one whose
price is nearest to what was asked.

What is less is taken to cost no more: where the least does not fit, nothing in between is looked at.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import AUDIO, MULTI_PROMPT, QUALITY, Catalogue, Model
from bot.domain.models.choices import default_settings, length_choices
from bot.domain.models.parameters import Json, Parameter
from bot.domain.orders.estimate import Estimate, seconds_of, settings_of
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import Offered, Pricer, fit, validate
from bot.domain.rules.policy import lines

Accepts = Callable[[ValidatedRequest], bool]
Change = Callable[[GenerationRequest], GenerationRequest]

# What changing the order can mend; of what is used up, nothing is.
WITH_ALTERNATIVES = frozenset(
    {
        *("limit-length-open", "limit-length", "limit-resolution", "limit-running"),
        *("limit-member-month", "limit-member-day", "limit-guild-month", "limit-guild-day", "trial-over"),
        *("price-unknown", "model-not-allowed", "model-age-restricted"),
    }
)
# What may change with the model.
_SETTINGS = frozenset({"duration", "resolution", "aspect_ratio", "seed", "audio", "more"})
_MOST_MENDED = 25  # models of which it is looked for what they would take
_STEPS = {"low": 0, "standard": 1, "medium": 1, "high": 2, "hd": 2}  # qualities, and sizes that are called so


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A request that would be accepted, and what it becomes."""

    request: GenerationRequest
    validated: ValidatedRequest


def nearest(
    request: GenerationRequest,
    asked: ValidatedRequest,
    catalogue: Catalogue,
    offered: Offered,
    price: Pricer,
    accepts: Accepts,
) -> Suggestion | None:
    """The nearest request to one that was refused as `asked`, among what is `offered`; None where nothing fits."""
    model = catalogue.get(asked.model_id)
    if model is None:
        return None
    ways = [way for way in _ways(asked, model) if way]

    def attempt(changes: Iterable[Change]) -> Suggestion | None:
        changed = replace(request, model=model.id)
        for change in changes:
            changed = change(changed)
        try:
            validated = fit(changed, model, catalogue, price)
        except Refusal:
            return None
        return Suggestion(changed, validated) if accepts(validated) else None

    for together in range(1, len(ways) + 1):
        for chosen in itertools.combinations(ways, together):
            if attempt(way[-1] for way in chosen) is not None:
                return next(found for changes in itertools.product(*chosen) if (found := attempt(changes)) is not None)
    return _other_model(request, asked, model, catalogue, offered, price, accepts)


def _ways(asked: ValidatedRequest, model: Model) -> Iterator[list[Change]]:
    """What can be less about it, each way with its steps: the nearest first, the least last."""
    settings = settings_of(model, asked.parameters)
    length, size, quality = model.duration, model.resolution, model.parameters.get(QUALITY)

    if length is not None and MULTI_PROMPT not in settings:  # shots have lengths of their own
        now = seconds_of(settings)
        shorter = [seconds for seconds in reversed(length_choices(model)) if now is None or seconds < now]
        yield [_with(length.name, duration=seconds) for seconds in shorter]
    if size is not None:
        yield [_with(size.name, resolution=str(choice)) for choice in _smaller(size, settings.get(size.name))]
    yield [_with(count=count) for count in range(asked.count - 1, 0, -1)]
    if quality is not None:
        yield [_with(more={QUALITY: choice}) for choice in _smaller(quality, settings.get(QUALITY))]
    if settings.get(AUDIO) is True:
        yield [_with(AUDIO, audio=False)]


def _smaller(parameter: Parameter, now: Json | None) -> list[Json]:
    """The choices that are less than what is set, the largest first; all that can be compared, where that cannot."""
    sizes = [(size, choice) for choice in parameter.choices if (size := size_of(choice)) is not None]
    most = size_of(now) if now is not None else None
    return [choice for size, choice in sorted(sizes, key=lambda each: -each[0]) if most is None or size < most]


def size_of(choice: Json) -> int | None:
    """How large what is chosen is, beside the other choices; None where that cannot be compared."""
    step = _STEPS.get(str(choice).lower())
    return step if step is not None else lines(choice)


def _with(parameter: str | None = None, more: Mapping[str, Json] | None = None, **changes: Any) -> Change:
    """What makes these changes; the model's own `parameter` gives way to the option that says it now."""

    def change(request: GenerationRequest) -> GenerationRequest:
        kept = {name: value for name, value in request.more.items() if name != parameter}
        return replace(request, more={**kept, **(more or {})}, **changes)

    return change


def _other_model(
    request: GenerationRequest,
    asked: ValidatedRequest,
    model: Model,
    catalogue: Catalogue,
    offered: Offered,
    price: Pricer,
    accepts: Accepts,
) -> Suggestion | None:
    relatives = {relative.id for relative in catalogue.family(model)}
    cost = asked.total.usd if asked.total is not None else Decimal(0)

    def distance(other: Model, total: Estimate | None) -> tuple[bool, bool, Decimal]:
        return other.id not in relatives, total is None or not total.known, abs((total.usd if total else cost) - cost)

    same = [m for m in catalogue if m.id != model.id and m.groups & model.groups and request.kind in m.makes]
    fitting: list[tuple[tuple[bool, bool, Decimal], Suggestion]] = []
    others: list[tuple[tuple[bool, bool, Decimal], Model]] = []  # that do not take all of it
    for other in filter(offered, same):
        instead = replace(request, model=other.id)
        try:
            suggestion = Suggestion(instead, fit(instead, other, catalogue, price))
        except Refusal as refusal:
            if refusal.suggestion is not None:
                others.append((distance(other, price(other, default_settings(other), ())), other))
        else:
            fitting.append((distance(other, suggestion.validated.total), suggestion))
    first = next((each for _, each in sorted(fitting, key=lambda each: each[0]) if accepts(each.validated)), None)
    if first is not None:
        return first
    fitting.clear()
    for _, other in sorted(others, key=lambda each: each[0])[:_MOST_MENDED]:
        try:
            validate(replace(request, model=other.id), catalogue, (), offered, price)
        except Refusal as refusal:
            mended, validated = refusal.suggestion, refusal.validated
            if mended is not None and validated is not None and refusal.changed <= _SETTINGS:
                fitting.append((distance(other, validated.total), Suggestion(mended, validated)))
    return next((each for _, each in sorted(fitting, key=lambda each: each[0]) if accepts(each.validated)), None)
