"""/models: the catalogue by groups and pages, a model with what it takes and costs, and an order from there."""

import pytest

from sandbox.discord.client import Member, Message
from tests.e2e.kit import Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bo(harness: Harness) -> Member:
    return harness.community.member("Bo", channel="video-lab", locale="en-US")


async def shown(harness: Harness, panel: Message) -> Message:
    return await harness.community.see(panel, user="Bo")


async def test_the_catalogue_is_browsed_by_groups_and_pages(harness: Harness) -> None:
    panel = await harness.answer(await bo(harness).slash("models"))
    assert panel.only_for == "Bo"
    assert f"{len(await harness.catalogue())} models" in panel.text
    assert "Page 1 of" in panel.text
    await bo(harness).press(panel, "More")
    assert "Page 2 of" in (await shown(harness, panel)).text
    await bo(harness).select(panel, "What it should do", "Upscaling")
    upscalers = await shown(harness, panel)
    assert "Page 1 of" in upscalers.text
    assert "Topaz" in upscalers.text
    assert "Kling" not in upscalers.text


async def test_a_search_narrows_it(harness: Harness) -> None:
    panel = await harness.answer(await bo(harness).slash("models", search="seedance 2.0 fast"))
    assert "3 models for “seedance 2.0 fast”" in panel.text
    assert "Seedance 2.0 Fast - Reference to Video" in panel.text
    assert "text → video · 4\N{EN DASH}15 s · $0.87 for 5 s" in panel.text
    misspelled = await harness.answer(await bo(harness).slash("models", search="see dnce 2.0"))
    assert "Seedance 2.0 Fast" in misspelled.text
    assert "Kling" not in misspelled.text
    none = await harness.answer(await bo(harness).slash("models", search="zzz"))
    assert "Nothing fits" in none.text
    images = await harness.answer(await bo(harness).slash("models", kind="image", group="text-to-image"))
    assert "Kling" not in images.text


def first_names(panel: Message) -> list[str]:
    return [line.split("**")[1] for line in panel.text.splitlines() if line.startswith("**")]


async def test_the_usual_ones_are_first_and_cheap_and_fast_can_be_asked_for(harness: Harness) -> None:
    panel = await harness.answer(await bo(harness).slash("models", kind="image"))
    assert first_names(panel)[:2] == ["FLUX.2 Klein 4B", "Nano Banana 2"]  # the operator's
    await bo(harness).press(panel, "Cheapest first")
    cheapest = await shown(harness, panel)
    assert "$0.005 each" in cheapest.text
    assert "FLUX.2 Klein 4B" not in first_names(cheapest)  # it has no price
    await bo(harness).press(cheapest, "Usual ones first")
    assert first_names(await shown(harness, panel))[0] == "FLUX.2 Klein 4B"

    english = await harness.answer(await bo(harness).slash("models", search="cheap fast", kind="image"))
    german = harness.community.member("Bo", channel="video-lab", locale="de")
    for search in ("günstig schnell", "schnelle billig"):
        panel = await harness.answer(await german.slash("models", search=search, kind="image"))
        assert (
            first_names(panel) == first_names(english) == ["Z-Image-Turbo", "Nano Banana 2 Lite", "Seedream 5.0 Lite"]
        )
        assert "Text (Bild) → Bild · je 0,02 $" in panel.text.replace("\N{NO-BREAK SPACE}", " ")


async def test_a_model_says_what_it_takes_makes_and_costs_and_can_be_ordered(harness: Harness) -> None:
    panel = await harness.answer(await bo(harness).slash("models", search="kling 2.6 pro text"))
    await bo(harness).select(panel, "Look at one", "kling-video-v2-6-pro-text-to-video")
    model = await shown(harness, panel)
    for phrase in ("Text to video", "Takes", "- Prompt", "Duration: 5, 10", "Costs", "/video prompt: …"):
        assert phrase in model.text
    form = await bo(harness).press(model, "Order with it")
    assert form.form is not None
    assert [field.label for field in form.form.fields][:2] == ["Prompt", "Duration"]
    sent = await bo(harness).submit(form, {"Prompt": "from the catalogue", "Duration": ["10"]})
    result = await harness.result(sent)
    assert result.attachments
    [order] = harness.ordered("from the catalogue")
    assert order["request"]["duration"] in {10, "10"}
    await bo(harness).press(model, "All models")
    assert "Look at one" in [select.placeholder for select in (await shown(harness, panel)).selects]


async def test_a_model_is_told_of_in_the_members_language(harness: Harness) -> None:
    german = harness.community.member("Bo", channel="video-lab", locale="de")
    panel = await harness.answer(await german.slash("models", search="kling 2.6 pro text"))
    await german.select(panel, "Eins ansehen", "kling-video-v2-6-pro-text-to-video")
    model = (await shown(harness, panel)).text
    for phrase in ("Dauer: 5, 10", "Seitenverhältnis: 9:16", "prompt: … modell: kling", "seitenverhältnis: 16:9"):
        assert phrase in model, model
    assert "duration" not in model
