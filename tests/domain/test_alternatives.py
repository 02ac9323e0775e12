"""A way on from what rules, limits and budgets refuse: it is accepted, and the nearest by the stated order."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.choices import length_choices, resolution_choices
from bot.domain.orders.estimate import Estimate, most_seconds, seconds_of, settings_of
from bot.domain.orders.order import GenerationRequest, RequestContext, ValidatedRequest
from bot.domain.orders.validation import listed, validate
from bot.domain.rules.alternatives import nearest
from bot.domain.rules.limits import Standing, ceiling_of, check, policy_input
from bot.domain.rules.policy import Allowance, GuildPolicy, Unpriced, lines
from tests import schemas
from tests.domain.kit import SCHEMAS, real_catalogue

REAL = real_catalogue()
MODELS = list(REAL)
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTEXT = RequestContext(guild_id=GuildId(1), channel_id=ChannelId(9), requester_id=UserId(1), locale="en-US")
KLING = "kling-video-v2-6-pro-text-to-video"
few = settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])


class Guild:
    """A guild with rules of its own and what it has spent."""

    def __init__(self, policy: GuildPolicy, spent: str = "0") -> None:
        self.policy, self.standing = policy, Standing(guild_month=Decimal(spent), member_day=Decimal(spent))

    def price(self, model: Model, given: Any, inputs: Any) -> Estimate:
        kind = MediaKind.VIDEO if MediaKind.VIDEO in model.makes else MediaKind.IMAGE
        seconds = most_seconds(model, settings_of(model, given), inputs)
        return listed(model, given, inputs) or ceiling_of(kind, seconds, self.policy)

    def offered(self, model: Model) -> bool:
        return self.policy.offers(model.id, model.groups) and model.id not in self.policy.restricted_models

    def check(self, validated: ValidatedRequest) -> None:
        check(policy_input(validated, CONTEXT, AT, REAL.get(validated.model_id)), self.policy, self.standing)

    def accepts(self, validated: ValidatedRequest) -> bool:
        try:
            self.check(validated)
        except Refusal:
            return False
        return True

    def way_on(self, request: GenerationRequest) -> tuple[ValidatedRequest, GenerationRequest | None]:
        """What was refused, and what is suggested in its place, which is accepted when it is ordered."""
        asked = validate(request, REAL, (), self.offered, self.price)
        with pytest.raises(Refusal):
            self.check(asked)
        found = nearest(request, asked, REAL, self.offered, self.price, self.accepts)
        if found is None:
            return asked, None
        ordered = validate(found.request, REAL, (), self.offered, self.price)
        assert ordered == found.validated
        self.check(ordered)
        assert found.request.prompt == request.prompt
        return asked, found.request


def budget(usd: str, **rules: Any) -> Guild:
    return Guild(GuildPolicy(month_budget=Decimal(usd), **rules))


def video(**given: Any) -> GenerationRequest:
    return GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", **given)


def image(**given: Any) -> GenerationRequest:
    return GenerationRequest(kind=MediaKind.IMAGE, prompt="a fox", **given)


@pytest.mark.parametrize(
    ("guild", "request_", "changes"),
    [
        (budget("0.50"), video(model=KLING, duration=10), {"duration": 5}),
        (budget("0.75"), video(model=KLING, duration=5, count=4), {"count": 2}),
        (budget("0.40"), video(model=KLING, duration=10, count=2), {"duration": 5, "count": 1}),
        (budget("1.00"), video(model="wan-v3-0-video", duration=10), {"duration": 5}),
        (
            budget("0.13"),
            video(model="wan-v3-0-video", duration=4, resolution="1080p"),
            {"duration": 2, "resolution": "480P"},
        ),
        (budget("0.20"), image(model="gpt-image-2"), {"resolution": "1K"}),
        (budget("0.01"), image(model="gpt-image-2"), {"more": {"quality": "low"}}),
        (budget("0.005"), image(model="gpt-image-2"), {"resolution": "1K", "more": {"quality": "low"}}),
        (budget("1.00"), video(model="google-veo-3", duration=4, audio=True), {"audio": False}),
        (Guild(GuildPolicy(running=2)), image(model="nano-banana-2", count=4), {"count": 2}),
        (
            Guild(GuildPolicy(everyone=Allowance(longest=8))),
            video(model="wan-v3-0-video", duration=15),
            {"duration": 8},
        ),
        (Guild(GuildPolicy(everyone=Allowance(resolution=720))), video(model="wan-v3-0-video"), {"resolution": "720P"}),
    ],
)
def test_an_alternative_changes_as_little_as_possible(
    guild: Guild, request_: GenerationRequest, changes: dict[str, Any]
) -> None:
    asked, suggested = guild.way_on(request_)
    assert suggested is not None
    assert suggested.model == asked.model_id
    found = {name: getattr(suggested, name) for name in changes}
    assert found == changes, suggested
    assert replace(request_, **changes) == suggested


def test_another_model_does_the_same_for_less() -> None:
    _, suggested = budget("0.25").way_on(video(model=KLING, duration=5))
    assert suggested is not None
    assert suggested.model == "ltx-2-3-fast-text-to-video"
    _, suggested = budget("0.25", groups=frozenset({"text-to-image"}), models=frozenset({KLING})).way_on(
        video(model=KLING, duration=5)
    )
    assert suggested is None  # nothing else is offered here
    relatives = Guild(GuildPolicy(restricted_models=frozenset({"nano-banana-2"})))
    _, suggested = relatives.way_on(image(model="nano-banana-2"))
    assert suggested is not None
    assert suggested.model is not None
    assert "nano-banana" in suggested.model
    known = Guild(GuildPolicy(unpriced=Unpriced.REFUSE))
    _, suggested = known.way_on(image(model="black-forest-labs-flux-2-klein-4b"))
    assert suggested is not None
    assert suggested.model == "black-forest-labs-flux-2-klein-9b"


def test_no_alternative_fits_where_nothing_is_left() -> None:
    spent = Guild(GuildPolicy(month_budget=Decimal(1)), spent="1")
    assert spent.way_on(video(model=KLING))[1] is None


Key = tuple[int, tuple[int, ...], tuple[int, ...]]


def variants(
    request: GenerationRequest, asked: ValidatedRequest, model: Model
) -> Iterator[tuple[Key, GenerationRequest]]:
    """Every smaller order of the same model, with how far it is, told in another way than the code does."""
    settings_now = settings_of(model, asked.parameters)
    now, size, quality = (
        seconds_of(settings_now),
        settings_now.get(getattr(model.resolution, "name", "")),
        settings_now.get("quality"),
    )
    steps = {"low": 0, "standard": 1, "medium": 1, "high": 2}

    def height(value: Any) -> int | None:
        return steps.get(str(value).lower(), lines(value))

    def lower(choices: list[Any], value: Any) -> list[Any]:
        known = sorted((c for c in choices if height(c) is not None), key=height, reverse=True)  # type: ignore[arg-type]
        return [c for c in known if value is None or height(value) is None or height(c) < height(value)]  # type: ignore[operator]

    shorter = (
        [n for n in reversed(length_choices(model)) if now is None or n < now]
        if "multi_prompt" not in settings_now
        else []
    )
    smaller = lower(resolution_choices(model), size)
    qualities = lower(list(model.parameters["quality"].choices), quality) if "quality" in model.parameters else []
    silent = [False] if settings_now.get("generate_audio") is True else []
    ways: list[tuple[str, list[Any]]] = [
        ("duration", shorter),
        ("resolution", smaller),
        ("count", [*range(asked.count - 1, 0, -1)]),
        ("quality", qualities),
        ("audio", silent),
    ]
    for chosen in itertools.product(*([None, *range(len(values))] for _, values in ways)):
        changed = tuple(n for n, step in enumerate(chosen) if step is not None)
        if changed:
            more, fields = dict(request.more), dict[str, Any]()
            for n in changed:
                name, values = ways[n]
                value = values[chosen[n]]  # type: ignore[index]
                parameter = {"duration": model.duration, "resolution": model.resolution}.get(name)
                if parameter is not None:
                    more.pop(parameter.name, None)
                if name == "quality":
                    more["quality"] = value
                elif name == "audio":
                    more.pop("generate_audio", None)
                    fields[name] = value
                else:
                    fields[name] = value
            yield (
                (len(changed), changed, tuple(chosen[n] or 0 for n in changed)),
                replace(request, model=model.id, more=more, **fields),
            )


@pytest.mark.parametrize("part", range(4))
def test_the_nearest_of_every_model_is_the_first_that_is_accepted(part: int) -> None:
    for model in MODELS[part::4]:
        is_first(model)


def is_first(model: Model) -> None:
    @few
    @given(schemas.smallest(model, SCHEMAS[model.id]), st.integers(1, 3), st.integers(1, 120), st.data())
    def checked(smallest: GenerationRequest, count: int, percent: int, data: st.DataObject) -> None:
        request = replace(smallest, count=count)
        if (lengths := length_choices(model)) and "duration" not in smallest.more:
            request = replace(request, duration=data.draw(st.sampled_from(lengths[-6:])))
        everybody = GuildPolicy()
        asked = validate(request, REAL, (), price=Guild(everybody).price)
        assert asked.total is not None
        policy = GuildPolicy(
            month_budget=max(asked.total.reserve * percent / 100, Decimal("0.001")),
            running=data.draw(st.sampled_from([None, 1, 2])),
            everyone=Allowance(
                longest=data.draw(st.sampled_from([None, 5, 8])),
                resolution=data.draw(st.sampled_from([None, 480, 720])),
            ),
        )
        guild = Guild(policy)
        if guild.accepts(asked):
            return
        _, suggested = guild.way_on(request)
        accepted: list[tuple[Key, GenerationRequest]] = []
        for key, variant in variants(request, asked, model):
            try:
                if guild.accepts(validate(variant, REAL, (), price=guild.price)):
                    accepted.append((key, variant))
            except Refusal:
                continue
        if accepted:
            assert suggested == min(accepted, key=lambda each: each[0])[1]
        elif suggested is not None:
            assert suggested.model != model.id

    checked()
