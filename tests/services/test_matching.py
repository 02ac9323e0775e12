"""Whether a row at the provider is an order's own: by its folder, else by namespace, seed, model and words."""

from dataclasses import replace

import pytest

from bot.domain.ids import IdMaker, RemoteId
from bot.domain.provider import RemoteGeneration
from bot.services.ordering.matching import belongs
from tests.fakes.clock import ManualClock
from tests.fakes.orders import video_request

ORDER, OTHER = IdMaker(ManualClock())(), IdMaker(ManualClock())()


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        ({}, True),
        ({"directory": ORDER, "prompt": "x", "model": "another", "namespace": "other"}, True),
        ({"directory": OTHER}, False),
        ({"directory": "a folder of somebody's own"}, True),
        ({"namespace": "Film-Club"}, True),
        ({"namespace": "game-night"}, False),
        ({"model": "another"}, False),
        ({"prompt": ""}, None),
        ({"prompt": "", "seed": 8}, False),
        ({"prompt": "another"}, False),
        ({"seed": 7}, True),
        ({"seed": 8}, False),
    ],
)
def test_by_what_a_row_is_known(row: dict[str, object], ours: bool | None) -> None:
    validated = video_request(seed=7)
    usual = {"id": RemoteId("a"), "status": "queued", "model": validated.model_id, "prompt": validated.prompt}
    assert belongs(RemoteGeneration(**usual | row), validated, ORDER, "film-club") is ours


@pytest.mark.parametrize(
    ("said", "ours"),
    [("Waves.", True), ("Waves. A gull.", True), ("Waves.\nA gull.", True), ("", None), ("A dog.", False)],
)
def test_of_shots_a_row_may_say_any_or_all(said: str, ours: bool | None) -> None:
    shots = [{"prompt": "Waves.", "duration": 2}, {"prompt": "A gull.", "duration": 3}]
    nested = [{"frontal": "https://x.invalid/a.png", "others": ["https://x.invalid/b.png"]}]
    validated = replace(video_request(), prompt="", parameters={"multi_prompt": shots, "elements": nested})
    row = RemoteGeneration(id=RemoteId("a"), status="queued", model=validated.model_id, prompt=said)
    assert belongs(row, validated, ORDER, None) is ours
