"""Models, from a request to the file: what is right comes back as what was asked, what is wrong never leaves."""

from dataclasses import replace

import pytest

from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.orders.order import GenerationRequest
from tests import schemas
from tests.domain.kit import SCHEMAS
from tests.models.expected import is_what_was_asked
from tests.models.kit import EXAMPLES, MAKES, MODELS, Harness, by_options, drawn, modest, rules, sent, small

# What decides how a result looks; one model is rendered for each set of these that models have, by `make soak` all are.
# That every model takes what its schema allows, and sends it, is in tests/domain/test_every_model.py.
JUDGED = {
    *("duration", "seconds", "num_frames", "max_frames", "frames_per_second", "fps", "output_fps", "target_fps"),
    *("resolution", "target_resolution", "size", "width", "height", "aspect_ratio", "upscale_factor", "scale"),
    *("generate_audio", "output_format", "multi_prompt", "match_audio_length", "interpolate_frames"),
}
DIFFERENT = {(MAKES[model.id], frozenset(JUDGED & rules(model).keys())): model for model in MODELS}
by_model = pytest.mark.parametrize("model", MODELS if EXAMPLES > 1 else DIFFERENT.values(), ids=lambda model: model.id)


def opposite_sound(request: GenerationRequest, model: Model) -> GenerationRequest:
    """Sound where there would be none, and none where there would be."""
    default = rules(model).get("generate_audio", {}).get("default")
    return request if default is None else replace(request, more={**request.more, "generate_audio": not default})


def full(model: Model, draw: int) -> GenerationRequest:
    request = drawn(schemas.full(model, SCHEMAS[model.id]), -1 - draw)
    return modest(request, model) if draw else small(opposite_sound(request, model), model)


@pytest.mark.timeout(0 if EXAMPLES > 1 else 120)
@pytest.mark.parametrize("draw", range(EXAMPLES))
@by_model
async def test_a_valid_order_comes_back_as_what_was_asked(harness: Harness, model: Model, draw: int) -> None:
    """A full one, in which every slot has a file, as a member would give it."""
    planned, path = await harness.ordered(by_options(full(model, draw), model))
    is_what_was_asked(path, model.id, sent(planned))
    assert harness.orders == 1
    assert {each["request"]["model"] for each in harness.sandbox.traffic.accepted} == {model.id}


STORYBOARDS = [model for model in MODELS if "multi_prompt" in model.parameters]


@pytest.mark.parametrize("model", STORYBOARDS if EXAMPLES > 1 else STORYBOARDS[:1], ids=lambda model: model.id)
async def test_a_storyboard_is_as_long_as_its_shots(harness: Harness, model: Model) -> None:
    shots = drawn(schemas.storyboard())
    planned, path = await harness.ordered(GenerationRequest(kind=MediaKind.VIDEO, model=model.id, shots=shots))
    assert "multi_prompt" in sent(planned)
    is_what_was_asked(path, model.id, sent(planned))
