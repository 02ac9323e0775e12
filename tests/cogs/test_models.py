"""/models: the catalogue by groups and pages, a model with what it takes and costs, and an order from there."""

import pytest

from sandbox.discord.client import Member, Message
from tests.e2e.kit import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bo(stage: Stage) -> Member:
    return stage.community.member("Bo", channel="video-lab", locale="en-US")


async def shown(stage: Stage, panel: Message) -> Message:
    return await stage.community.see(panel, user="Bo")


async def test_the_catalogue_is_browsed_by_groups_and_pages(stage: Stage) -> None:
    panel = await stage.answer(await bo(stage).slash("models"))
    assert panel.only_for == "Bo"
    assert f"{len(await stage.catalogue())} models" in panel.text
    assert "Page 1 of" in panel.text
    await bo(stage).press(panel, "More")
    assert "Page 2 of" in (await shown(stage, panel)).text
    await bo(stage).select(panel, "What it should do", "Upscaling")
    upscalers = await shown(stage, panel)
    assert "Page 1 of" in upscalers.text
    assert "Topaz" in upscalers.text
    assert "Kling" not in upscalers.text


async def test_a_search_narrows_it(stage: Stage) -> None:
    panel = await stage.answer(await bo(stage).slash("models", search="seedance 2.0 fast"))
    assert "3 models for “seedance 2.0 fast”" in panel.text
    none = await stage.answer(await bo(stage).slash("models", search="zzz"))
    assert "Nothing fits" in none.text
    images = await stage.answer(await bo(stage).slash("models", kind="image", group="text-to-image"))
    assert "Kling" not in images.text


async def test_a_model_says_what_it_takes_makes_and_costs_and_can_be_ordered(stage: Stage) -> None:
    panel = await stage.answer(await bo(stage).slash("models", search="kling 2.6 pro text"))
    await bo(stage).select(panel, "Look at one", "kling-video-v2-6-pro-text-to-video")
    model = await shown(stage, panel)
    for phrase in ("Text to video", "Takes", "- Prompt", "Duration: 5, 10", "Costs", "/video prompt: …"):
        assert phrase in model.text
    form = await bo(stage).press(model, "Order with it")
    assert form.form is not None
    assert [field.label for field in form.form.fields][:2] == ["Prompt", "Duration"]
    sent = await bo(stage).submit(form, {"Prompt": "from the catalogue", "Duration": ["10"]})
    result = await stage.result(sent)
    assert result.attachments
    [order] = stage.ordered("from the catalogue")
    assert order["request"]["duration"] in {10, "10"}
    await bo(stage).press(model, "All models")
    assert "Look at one" in [select.placeholder for select in (await shown(stage, panel)).selects]


async def test_a_model_is_told_of_in_the_members_language(stage: Stage) -> None:
    german = stage.community.member("Bo", channel="video-lab", locale="de")
    panel = await stage.answer(await german.slash("models", search="kling 2.6 pro text"))
    await german.select(panel, "Eins ansehen", "kling-video-v2-6-pro-text-to-video")
    model = (await shown(stage, panel)).text
    for phrase in ("Dauer: 5, 10", "Seitenverhältnis: 9:16", "prompt: … modell: kling", "seitenverhältnis: 16:9"):
        assert phrase in model, model
    assert "duration" not in model
