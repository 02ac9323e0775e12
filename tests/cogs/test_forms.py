"""Forms: the rest of a model's parameters, several files at once, pages and what happens between them."""

from pathlib import Path
from typing import Any

import pytest

from bot.chat.kit import session_store
from sandbox.discord.client import File, Member
from tests.e2e.kit import ENQUEUE, PATIENCE, Harness
from tests.media.pictures import png

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAN = "wan-v2-7-text-to-video"
R2V = "kling-video-o3-pro-reference-to-video"
PAGED = "flux-1-dev"


def bo(harness: Harness, locale: str = "en-US") -> Member:
    return harness.community.member("Bo", channel="video-lab", locale=locale)


async def request_of(harness: Harness, prompt: str) -> dict[str, Any]:
    await harness.watch.until(lambda: harness.ordered(prompt))
    return dict(harness.ordered(prompt)[0]["request"])


async def test_the_rest_of_a_models_parameters_is_asked_for_in_a_form(harness: Harness) -> None:
    asked = await bo(harness).slash("video", prompt="a heron", model=WAN, more=True)
    form = asked.form
    assert form is not None
    labels = [field.label for field in form.fields]
    assert "Negative prompt" in labels
    assert len(labels) <= 5
    assert "Duration" not in labels  # an option has that
    sent = await bo(harness).submit(asked, {"Negative prompt": "rain"})
    assert sent.deferred
    assert not sent.ephemeral
    request = await request_of(harness, "a heron")
    assert request["negative_prompt"] == "rain"
    assert request.keys() - {"model", "prompt", "num_generations", "negative_prompt", "seed"} == set()
    await harness.result(sent)


async def test_several_pages_come_one_by_one_with_a_summary_between(harness: Harness) -> None:
    asked = await bo(harness).slash("image", prompt="two pages", model=PAGED, more=True)
    assert asked.form is not None
    panel = await harness.answer(await bo(harness).submit(asked, {"Negative prompt": "fog"}))
    assert panel.only_for == "Bo"
    assert "Page 1 of" in panel.text
    assert "Negative prompt: fog" in panel.text
    second = await bo(harness).press(panel, "Next page")
    assert second.form is not None
    assert {f.label for f in asked.form.fields} & {f.label for f in second.form.fields} == set()


async def test_an_order_may_be_placed_before_the_last_page(harness: Harness) -> None:
    asked = await bo(harness).slash("image", prompt="enough of pages", model=PAGED, more=True)
    panel = await harness.answer(await bo(harness).submit(asked, {"Negative prompt": "fog"}))
    assert [button.label for button in panel.buttons] == ["Next page", "Order now"]
    ordered = await bo(harness).press(panel, "Order now")
    assert (await request_of(harness, "enough of pages"))["negative_prompt"] == "fog"
    await harness.result(ordered)
    after = await harness.edited(panel.id, lambda message: not message.buttons)
    assert "Ordered" in after.text


async def test_what_cannot_be_is_said_and_the_form_can_be_changed(harness: Harness) -> None:
    asked = await bo(harness).slash("image", prompt="steps", model="black-forest-labs-flux-2-klein-4b", more=True)
    assert asked.form is not None
    field = asked.form.field("Steps")
    assert field.description == "1 - 50; usually 28"
    sent = await bo(harness).submit(asked, {"Steps": "99"})
    refused = await harness.answer(sent)
    assert refused.only_for == "Bo"
    assert "1 - 50" in refused.text
    assert [button.label for button in refused.buttons] == ["Change it", "Run with 50 · at most $0.25"]
    again = await bo(harness).press(refused, "Change it")
    assert again.form is not None
    assert again.form.field("Steps").value == "99"
    done = await bo(harness).submit(again, {"Steps": "12"})
    assert (await request_of(harness, "steps"))["num_inference_steps"] == 12
    await harness.result(done)


async def test_several_references_come_through_a_form_in_the_members_order(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash("video", model=R2V, prompt="@Image1 meets @Image2", references=True)
    assert asked.form is not None
    assert asked.form.field("References").maximum == 10
    assert asked.form.field("Prompt").value == "@Image1 meets @Image2"
    files = [png(tmp_path, "b.png", colour="blue", size=(300, 300)), png(tmp_path, "a.png", size=(301, 301))]
    sent = await bo(harness).submit(asked, files={"References": files})
    request = await request_of(harness, "@Image1 meets @Image2")
    assert len(request["input_image"]) == 2
    card = await harness.card(sent, lambda card: not card.buttons)
    assert [file.width for file in card.attachments] == [300, 301]
    assert "**@Image1** (reference) · **@Image2** (reference)" in card.text


async def test_a_mention_of_a_third_of_two_references_is_refused(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash("video", model=R2V, prompt="@Image3 waves", references=True)
    files = [png(tmp_path, "a.png"), png(tmp_path, "b.png")]
    refused = await harness.answer(await bo(harness).submit(asked, files={"References": files}))
    assert refused.only_for == "Bo"
    assert "@Image3" in refused.text
    assert "@Image1, @Image2" in refused.text


async def test_a_form_that_was_open_for_too_long_has_lapsed(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await bo(harness).slash("video", prompt="too late", model=WAN, more=True)
    panel_of = await bo(harness).slash("video", prompt="eight", model="kling-video-v2-6-pro-text-to-video", duration=8)
    refused = await harness.answer(panel_of)
    before = harness.oxen.traffic.counts[ENQUEUE]
    monkeypatch.setattr(session_store, "LASTS", 0.0)
    late = await bo(harness).press(refused, refused.buttons[-1].label)
    assert "ordered nothing" in await harness.refusal(late)
    assert asked.form is not None
    assert harness.oxen.traffic.counts[ENQUEUE] == before


async def test_forms_are_in_the_members_language(harness: Harness) -> None:
    asked = await bo(harness, "de").slash("video", prompt="ein Reiher", references=True)
    assert asked.form is not None
    assert asked.form.title == "Dateien als Vorlage"
    assert asked.form.field("Referenzen").kind == "files"


async def test_without_a_prompt_the_form_asks_for_it_first(harness: Harness) -> None:
    asked = await bo(harness).slash("video", model=WAN, more=True)
    assert asked.form is not None
    assert [field.label for field in asked.form.fields] == ["Prompt"]
    panel = await harness.answer(await bo(harness).submit(asked, {"Prompt": "asked for later"}))
    sent = await bo(harness).press(panel, "Order now")
    assert (await request_of(harness, "asked for later"))["model"] == WAN
    await harness.result(sent)


async def test_a_prompt_too_long_for_a_field_is_kept_as_it_is(harness: Harness, tmp_path: Path) -> None:
    prompt = "@Image1 " + "x" * 5000
    model = "bytedance-seedance-2-0-reference-to-video"
    asked = await bo(harness).slash("video", model=model, prompt=prompt, references=True)
    assert asked.form is not None
    assert [field.label for field in asked.form.fields] == ["References", "Faces"]
    sent = await bo(harness).submit(asked, files={"References": [png(tmp_path)]})
    assert sent.deferred, (await harness.answer(sent)).text
    await harness.result(sent)
    [order] = [one for one in harness.oxen.traffic.accepted if one["request"]["prompt"].startswith("@Image1 xxx")]
    assert order["request"]["prompt"].endswith(f"({len(prompt)} characters)")  # the stand-in keeps the beginning


async def test_a_bad_file_in_a_form_is_told_privately_and_the_panel_still_works(harness: Harness) -> None:
    asked = await bo(harness).slash("video", model=R2V, prompt="a bad reference", references=True, more=True)
    bad = File(filename="fox.png", content=b"MZ" + bytes(100))
    panel = await harness.answer(await bo(harness).submit(asked, files={"References": [bad]}))
    pressed = await bo(harness).press(panel, "Order now")

    def told(entry: Any) -> bool:
        return bool(entry.message and entry.message.only_for == "Bo" and "“fox.png” is" in entry.message.text)

    await harness.community.wait_for(told, timeout=PATIENCE)
    assert pressed.deferred
    again = await bo(harness).press(panel, "Next page")
    assert again.form is not None
    assert harness.ordered("a bad reference") == []


async def test_a_picture_from_the_command_stays_when_references_join(harness: Harness, tmp_path: Path) -> None:
    first = png(tmp_path, "first.png", size=(310, 310))
    asked = await bo(harness).slash("video", model=R2V, prompt="both of them", image=first, references=True)
    sent = await bo(harness).submit(asked, files={"References": [png(tmp_path, "more.png", size=(320, 320))]})
    request = await request_of(harness, "both of them")
    assert len(request["input_image"]) == 1
    assert "input-1.png" in request["start_image_url"]
    card = await harness.card(sent, lambda card: not card.buttons)
    assert sorted(file.width or 0 for file in card.attachments) == [310, 320]


async def test_elements_have_fields_where_the_model_takes_them(harness: Harness, tmp_path: Path) -> None:
    asked = await bo(harness).slash("video", model=R2V, prompt="@Element1 walks", references=True)
    assert asked.form is not None
    assert [f.label for f in asked.form.fields] == ["References", "Element 1", "Element 2", "Prompt"]
    pictures = [png(tmp_path, "front.png", size=(310, 310)), png(tmp_path, "side.png", size=(320, 320))]
    sent = await bo(harness).submit(asked, files={"Element 1": pictures})
    request = await request_of(harness, "@Element1 walks")
    [element] = request["elements"]
    assert "input-1.png" in element["frontal_image_url"]
    assert ["input-2.png" in url for url in element["reference_image_urls"]] == [True]
    card = await harness.card(sent, lambda card: not card.buttons)
    assert card.text.count("@Element1** (element)") == 1


async def test_faces_have_a_field_where_the_model_takes_them(harness: Harness, tmp_path: Path) -> None:
    model = "bytedance-seedance-2-0-reference-to-video"
    asked = await bo(harness).slash("video", model=model, prompt="she smiles", references=True)
    await bo(harness).submit(asked, files={"Faces": [png(tmp_path)]})
    request = await request_of(harness, "she smiles")
    assert "input-1.png" in request["input_face_images"][0]


async def test_a_form_for_references_wants_one(harness: Harness) -> None:
    asked = await bo(harness).slash("video", prompt="of nothing", references=True)
    assert asked.form is not None
    assert asked.form.field("References").required
