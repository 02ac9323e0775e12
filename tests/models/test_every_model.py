"""Every model, from a request to the file: what is right comes back as what was asked, what is wrong never leaves."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.orders.order import GenerationRequest
from tests import schemas
from tests.domain.kit import SCHEMAS
from tests.models.expected import is_what_was_asked
from tests.models.kit import EXAMPLES, MODELS, Desk, by_options, drawn, modest, rules, sent, small

by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)


def opposite_sound(request: GenerationRequest, model: Model) -> GenerationRequest:
    """Sound where there would be none, and none where there would be."""
    usual = rules(model).get("generate_audio", {}).get("default")
    return request if usual is None else replace(request, more={**request.more, "generate_audio": not usual})


def full(model: Model, draw: int) -> GenerationRequest:
    request = drawn(schemas.full(model, SCHEMAS[model.id]), -1 - draw)
    return modest(request, model) if draw else small(opposite_sound(request, model), model)


@pytest.mark.timeout(0 if EXAMPLES > 1 else 120)
@pytest.mark.parametrize("draw", range(EXAMPLES))
@by_model
async def test_a_valid_order_comes_back_as_what_was_asked(desk: Desk, model: Model, draw: int) -> None:
    """The smallest, and a full one in which every slot has a file, each as a member would give it."""
    smallest = small(drawn(schemas.smallest(model, SCHEMAS[model.id])), model)
    requests = [by_options(request, model) for request in (smallest, full(model, draw))]
    for planned, path in await asyncio.gather(*(desk.ordered(request) for request in requests)):
        is_what_was_asked(path, model.id, sent(planned))
    assert desk.orders == len(requests)
    assert {each["request"]["model"] for each in desk.sandbox.traffic.accepted} == {model.id}


@by_model
async def test_a_wrong_parameter_is_refused_by_its_name_and_nothing_is_sent(desk: Desk, model: Model) -> None:
    schema = SCHEMAS[model.id]
    good = drawn(schemas.smallest(model, schema), 0)
    for name, rule in rules(model).items():
        value = drawn(schemas.wrong(rule))
        prompt = "" if name in {"prompt", "multi_prompt"} else good.prompt
        with pytest.raises(Refusal) as caught:
            await desk.ordered(replace(good, prompt=prompt, more={**good.more, name: value}))
        assert str(caught.value.values["option"]).startswith(name)
    assert desk.sandbox.traffic.counts == {}


STORYBOARDS = [model for model in MODELS if "multi_prompt" in model.parameters]


@pytest.mark.parametrize("model", STORYBOARDS, ids=lambda model: model.id)
async def test_a_storyboard_is_as_long_as_its_shots(desk: Desk, model: Model) -> None:
    shots = drawn(schemas.storyboard())
    planned, path = await desk.ordered(GenerationRequest(kind=MediaKind.VIDEO, model=model.id, shots=shots))
    assert "multi_prompt" in sent(planned)
    is_what_was_asked(path, model.id, sent(planned))
