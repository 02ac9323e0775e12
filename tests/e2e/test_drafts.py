"""A draft first: cheap, and below its result a button that orders what is meant, with the same prompt and seed."""

from pathlib import Path

from sandbox.oxen.catalogue import Catalogue
from tests.e2e.kit import Harness, Stages
from tests.e2e.rules import run
from tests.media.pictures import png

WAN, VEO = "wan-v2-7-text-to-video", "google-veo-3-1-fast"
I2V = "kling-video-v2-5-turbo-pro-image-to-video"


def requests(harness: Harness, prompt: str) -> list[dict[str, object]]:
    return [one["request"] for one in harness.ordered(prompt)]


async def test_a_draft_is_made_properly_for_the_price_on_its_button(stages: Stages, tmp_path: Path) -> None:
    catalogue = Catalogue([model.row for model in Catalogue.from_file().all()])
    harness = await stages(oxen={"catalogue": catalogue})
    bo = harness.community.member("Bo", channel="video-lab", locale="en-US")
    asked = await harness.order("a fox", model=VEO, duration=8, aspect_ratio="9:16", draft=True)
    card = await harness.card(asked)
    assert "A draft." in card.text
    first = result = await harness.result(asked)
    button = result.buttons[0]
    assert button.label == "Make it properly · $0.80"

    # A week later, by somebody else, after a restart.
    await harness.stop()
    await harness.start()
    dev = harness.community.member("Dev", channel="video-lab", locale="en-US")
    proper = await dev.press(result, str(button.custom_id))
    assert "Make it properly" not in [each.label for each in (await harness.result(proper)).buttons]
    draft, full = requests(harness, "a fox")
    assert full["model"] == VEO
    assert str(full["duration"]).removesuffix("s") == "8"
    assert (draft["aspect_ratio"], full["aspect_ratio"]) == ("9:16", "9:16")
    assert draft["seed"] == full["seed"]
    assert draft["model"] != full["model"]
    [parent] = run(harness, "SELECT parent_id FROM orders WHERE parent_id IS NOT NULL")
    assert str(button.custom_id).endswith(parent[0])

    # Of the same seed, with the same picture.
    asked = await bo.slash("video", prompt="she turns", model=I2V, image=png(tmp_path), duration=10, draft=True)
    result = await harness.result(asked)
    await harness.result(await bo.press(result, str(result.buttons[0].custom_id)))
    draft, full = requests(harness, "she turns")
    assert str(full["duration"]) == "10"
    assert draft.get("seed") == full.get("seed") or draft["model"] != full["model"]
    assert "input-1.png" in str(full["input_image"])

    # Not without the picture, and not of a model that is gone.
    await harness.community.delete_message(str(asked.response_message_id))
    await harness.stop()
    catalogue.remove(VEO)
    await harness.start()
    told = await harness.refusal(await bo.press(result, str(result.buttons[0].custom_id)))
    assert "File no. 1 of that order is deleted" in told
    assert "Oxen.ai has not offered" in await harness.refusal(await bo.press(first, str(button.custom_id)))
    assert len(run(harness, "SELECT id FROM orders")) == 4
    assert not harness.log.troubles()


async def test_the_order_itself_is_offered_where_nothing_is_cheaper(stages: Stages) -> None:
    harness = await stages()
    asked = await harness.order("a fox", model="black-forest-labs-flux-2-klein-4b", command="image", draft=True)
    message = await harness.answer(asked)
    if message.only_for:  # its schema may get something to make less of any day
        assert "no cheaper way" in message.text
        assert message.buttons
    assert not harness.log.troubles()
