"""What is offered while a member types: from memory, at most 25, never an error."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.discord.client import Choice
from tests.e2e.kit import Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def silence(harness: Harness) -> AsyncIterator[None]:
    """Nothing of a test makes the bot ask Oxen for anything."""
    before = dict(harness.oxen.traffic.counts)
    yield
    assert dict(harness.oxen.traffic.counts) == before


async def choices(
    harness: Harness, focused: str, value: object = "", *, command: str = "video", **options: str
) -> list[Choice]:
    return await harness.community.autocomplete(
        user="Bo", channel="video-lab", command=command, focused=focused, value=value, options=options
    )


async def test_models_of_the_kind_that_run_on_a_prompt_are_offered(harness: Harness) -> None:
    offered = await choices(harness, "model")
    assert len(offered) == 25
    ids = {choice.value for choice in await choices(harness, "model", "seedance")}
    assert "bytedance-seedance-2-0-fast-text-to-video" in ids
    assert "bytedance-seedance-2-0-fast-image-to-video" not in ids  # it needs an image
    images = {choice.value for choice in await choices(harness, "model", "flux klein", command="image")}
    assert "black-forest-labs-flux-2-klein-4b" in images
    assert not images & {choice.value for choice in offered}


async def test_a_model_is_offered_with_its_price_where_it_is_known(harness: Harness) -> None:
    named = {choice.value: choice.name for choice in await choices(harness, "model", "kling 2.6 pro text")}
    assert named["kling-video-v2-6-pro-text-to-video"] == (
        "Kling 2.6 Pro - Text to Video · text → video · 5, 10 s · $0.35 for 5 s"
    )
    by_size = {choice.value: choice.name for choice in await choices(harness, "model", "gpt image 2", command="image")}
    assert by_size["gpt-image-2"].endswith(" · $0.29 each")
    by_second = {choice.value: choice.name for choice in await choices(harness, "model", "seedance 2.5 text")}
    assert by_second["bytedance-seedance-2-5-text-to-video"].endswith(" · $1.70 for 5 s")
    unknown = {choice.value: choice.name for choice in await choices(harness, "model", "wan 2.7 text")}
    assert "$" not in unknown["wan-v2-7-text-to-video"]
    boards = {choice.value: choice.name for choice in await choices(harness, "model", "o3", command="storyboard")}
    assert boards["kling-video-o3-pro-reference-to-video"].endswith(" · $1.12 for 5 s")


async def test_words_are_found_in_any_order_and_case(harness: Harness) -> None:
    for typed in ("wan 2.7 text", "TEXT wan 2.7"):
        assert "wan-v2-7-text-to-video" in [choice.value for choice in await choices(harness, "model", typed)]
    assert await choices(harness, "model", "no such model") == []


async def test_lengths_and_shapes_are_those_of_the_chosen_model(harness: Harness) -> None:
    default = [choice.value for choice in await choices(harness, "duration")]
    assert default == [5, 10]
    chosen = await choices(harness, "duration", model="wan-v2-7-text-to-video")
    assert [choice.value for choice in chosen] == list(range(2, 16))
    assert chosen[0].name == "2 s"
    shapes = [choice.value for choice in await choices(harness, "aspect_ratio", model="wan-v2-7-text-to-video")]
    assert shapes == ["16:9", "9:16", "1:1", "4:3", "3:4"]
    assert [choice.value for choice in await choices(harness, "aspect_ratio", "16", command="image")] == [
        "16:9",
        "9:16",
    ]


async def test_nothing_that_can_be_typed_breaks_the_list(harness: Harness) -> None:
    for typed in ("", "5", "x", "-1", "99999999999999999999", "5.5", "🦊" * 50):
        for focused in ("model", "duration", "aspect_ratio"):
            assert len(await choices(harness, focused, typed, model="no such model")) <= 25
            assert len(await choices(harness, focused, typed)) <= 25


async def test_choices_come_at_once(harness: Harness) -> None:
    await choices(harness, "model", "k")
    asked = [one for one in await harness.community.interactions() if one.type == "autocomplete"]
    assert all(one.latency_ms is not None and one.latency_ms < 1000 for one in asked)
