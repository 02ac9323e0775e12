"""From the end of a generation to the channel: files, links, late outputs, failures in plain words."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from sandbox.oxen.faults import Fault
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.renderer import MediaRenderer
from tests.e2e.kit import ENQUEUE, FakeRenderer, Stages
from tests.media.samples import look, roll, sample

MIB = 1024 * 1024


async def test_a_video_plays_as_it_was_ordered(stages: Stages, tmp_path: Path) -> None:
    harness = await stages(renderer=MediaRenderer())
    asked = await harness.order("a fox on skates", duration=5, aspect_ratio="16:9", audio=True)
    result = await harness.result(asked)
    [film] = result.attachments
    with av.open(str(await harness.saved(film, film.filename))) as opened:
        picture, sound = opened.streams.video[0], opened.streams.audio[0]
        assert picture.codec_context.width * 9 == picture.codec_context.height * 16
        assert picture.duration is not None
        assert picture.time_base is not None
        assert float(picture.duration * picture.time_base) == pytest.approx(5, abs=0.1)
        assert sum(1 for _ in opened.decode(picture)) == picture.frames
        assert sound.codec_context.name == "aac"
    assert (film.width, film.height) == (picture.codec_context.width, picture.codec_context.height)
    work = harness.folder / "work"
    await harness.stop()
    left = [path for path in work.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []  # files on their way are not kept


async def test_a_result_is_named_and_declared_by_its_bytes(stages: Stages) -> None:
    """The link behind which it is ends in .mp4, and its server calls it a film."""
    harness = await stages()
    for form, content_type in {
        "gif": "image/gif", "avif": "image/avif", "webm": "video/webm", "jpg": "image/jpeg"
    }.items():  # fmt: skip
        harness.break_oxen(Fault(on="generation", kind="format", value=form, times=1))
        result = await harness.result(await harness.order(f"a fox that is a {form}"))
        [shown] = result.attachments
        assert shown.filename.endswith(f"-1.{form}")
        assert shown.content_type == content_type
        labels = [button.label for button in result.buttons]
        assert ("Link to no. 1" in labels, "copy" in result.text) == (False, False)


class Films(FakeRenderer):
    """What was written for a prompt, in place of what was ordered."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, Callable[[Path], object]] = {}

    async def render(self, plan: Plan, path: Path) -> None:
        await asyncio.to_thread(self.written[plan.shots[0].caption], path)


async def test_every_result_plays_where_it_is_posted(stages: Stages, tmp_path: Path) -> None:
    """What was posted is decoded: H.264 with 8 bits and AAC, whole, within the limit, its index at the beginning."""
    films = Films()
    films.written = {
        "hevc": lambda path: roll(path, "mp4", "libx265", "yuv420p10le"),
        "prores": lambda path: roll(path, "mov", "prores_ks", "yuv422p10le"),
        "quicktime": lambda path: roll(path, "mov", "libx264", "yuv420p"),
        "one frame": lambda path: roll(path, "mov", "libx264", "yuv420p", frames=1),
        "large": lambda path: path.write_bytes(sample("mp4") + (21 * MIB).to_bytes(4) + b"free" + bytes(21 * MIB - 8)),
    }
    harness = await stages(renderer=films)
    for prompt in films.written:
        result = await harness.result(await harness.order(prompt))
        [shown] = result.attachments
        path = await harness.saved(shown, f"{prompt}.mp4")
        frames, sounds = 1 if prompt == "one frame" else 12, [] if prompt == "large" else ["aac"]
        assert look(path) == {
            "codec": "h264", "pixels": "yuv420p", "size": (96, 64), "frames": frames, "sounds": sounds
        }  # fmt: skip
        assert (shown.filename[-6:], shown.content_type, shown.size < 20 * MIB) == ("-1.mp4", "video/mp4", True)
        content = path.read_bytes()
        assert content.index(b"moov") < content.index(b"mdat")
        assert "a copy that plays here" in result.text
        link = result.text.split("[the original](")[1].split(")")[0]
        assert (await harness.community.download(link, tmp_path / prompt)).stat().st_size > 0
        assert "Link to no. 1" in [button.label for button in result.buttons]
    assert (tmp_path / "large").stat().st_size > 20 * MIB


async def test_a_success_without_a_result_is_said(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="no_result", times=1))
    result = await harness.result(await harness.order("a fox without a file"))
    assert result.attachments == ()
    assert "could not be fetched" in result.text


async def test_a_late_output_does_not_keep_the_others_waiting(stages: Stages) -> None:
    harness = await stages(DROVER_GRACE_SECONDS=1.5)
    harness.renderer.hold("otters", lambda number: number == 2)
    asked = await harness.order("otters", command="image", count=4)
    first = await harness.result(asked)
    assert len(first.attachments) == 3
    assert "3 of 4 are ready" in first.text
    card = await harness.card(asked, lambda card: card.text.count("✅ ready") == 3)
    assert card.buttons
    harness.renderer.release("otters")
    second = await harness.result(asked, part=2)
    assert len(second.attachments) == 1
    assert "here is the rest" in second.text
    assert second.pinged == ("Bo",)
    names = [one.filename for one in (*first.attachments, *second.attachments)]
    assert len(set(names)) == 4
    await harness.stop()
    assert len(await harness.results(asked)) == 2


async def test_a_file_too_large_for_the_channel_comes_as_a_link(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    asked = await harness.order("a long fox")
    result = await harness.result(asked)
    assert result.attachments == ()
    assert "too large to attach here: [open it](" in result.text
    link = result.text.split("[open it](")[1].split(")")[0]
    path = await harness.community.download(link, harness.folder / "fox.mp4")
    assert path.stat().st_size == harness.renderer.size
    assert result.buttons[0].label == "Link to no. 1"
    boosted = await harness.result(await harness.order("a long fox in a boosted server", channel="clips"))
    assert [one.size for one in boosted.attachments] == [harness.renderer.size]


async def test_a_link_is_fresh_whenever_somebody_presses(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 21 * MIB
    result = await harness.result(await harness.order("a long fox"))
    await harness.stop()
    await harness.start()
    pressed = await harness.community.press(user="Dev", message_id=result.id, label="Link to no. 1", locale="en-US")
    text = await harness.refusal(pressed, user="Dev")
    link = text.split("[Here it is](")[1].split(")")[0]
    path = await harness.community.download(link, harness.folder / "fox.mp4")
    assert path.stat().st_size == harness.renderer.size


@pytest.mark.parametrize(("status", "told"), [(503, "cannot be reached"), (404, "does not offer this result")])
async def test_a_link_that_cannot_be_had_is_said(stages: Stages, status: int, told: str) -> None:
    harness = await stages()
    await harness.community.fault("/channels/*/messages", method="POST", status=413, code=40005)
    result = await harness.result(await harness.order("a fox"))
    harness.break_oxen(Fault(on="get", kind="status", value=status))
    pressed = await harness.community.press(user="Bo", message_id=result.id, label="Link to no. 1", locale="en-US")
    assert told in await harness.refusal(pressed)


async def test_several_files_too_large_together_are_partly_links(stages: Stages) -> None:
    harness = await stages()
    harness.renderer.size = 12 * MIB
    result = await harness.result(await harness.order("large otters", command="image", count=3))
    assert len(result.attachments) == 2
    assert result.text.count("too large to attach") == 1
    assert "No. 3" in result.text


async def test_when_discord_finds_a_file_too_large_after_all_it_comes_as_a_link(stages: Stages) -> None:
    harness = await stages()
    await harness.community.fault("/channels/*/messages", method="POST", status=413, code=40005)
    result = await harness.result(await harness.order("a fox"))
    assert result.attachments == ()
    assert "[open it](" in result.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("The model provider returned an error.", "Oxen says: The model provider returned an error."),
        ("DataInspectionFailed: Input data may contain inappropriate content.", "moderation refused the prompt"),
        ("Insufficient credits", "has no credit left"),
        ("Invalid image", "Oxen says: Invalid image"),  # of an order without files
        ("@everyone **boom** https://evil.example", "Oxen says: @\u200beveryone \\*\\*boom\\*\\*"),
    ],
)
async def test_a_failed_generation_is_told_in_plain_words(stages: Stages, said: str, told: str) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value=said, times=1))
    asked = await harness.order("a fox")
    result = await harness.result(asked)
    assert "your video could not be made" in result.text
    assert told in result.text
    assert result.pinged == ("Bo",)
    assert result.attachments == ()
    assert "❌ failed" in (await harness.card(asked, lambda card: not card.buttons)).text


async def test_what_failed_can_be_ordered_again_once(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=2))
    asked = await harness.order("a fox", command="image", count=3, seed=7)
    result = await harness.result(asked)
    assert "one of 3 is ready" in result.text
    orphan = await harness.community.press(user="Dev", message_id=result.id, label="Try again", locale="en-US")
    assert "Only the person who ordered this" in await harness.refusal(orphan, user="Dev")
    assert len(harness.ordered("a fox")) == 1

    again = await harness.community.press(user="Bo", message_id=result.id, label="Try again")
    second = await harness.result(again)
    assert len(second.attachments) == 2
    assert second.pinged == ("Bo",)
    assert [one["request"]["num_generations"] for one in harness.ordered("a fox")] == [3, 2]

    twice = await harness.community.press(user="Bo", message_id=result.id, label="Try again", locale="en-US")
    assert "ordered again already" in await harness.refusal(twice)
    await harness.stop()
    assert len(harness.ordered("a fox")) == 2


async def test_what_was_pressed_twice_at_once_is_ordered_once(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="out of memory", times=1))
    result = await harness.result(await harness.order("a fox", command="image"))
    presses = [harness.community.press(user="Bo", message_id=result.id, label="Try again") for _ in range(4)]
    assert all(one.acknowledged for one in await asyncio.gather(*presses))
    await harness.log.wait("result delivered", count=2)
    await harness.stop()
    assert len(harness.ordered("a fox")) == 2


async def test_four_failures_for_one_reason_are_one_sentence(stages: Stages) -> None:
    harness = await stages()
    harness.break_oxen(Fault(on="generation", kind="fail", value="moderation: no foxes", times=4))
    result = await harness.result(await harness.order("a fox", command="image", count=4))
    assert "your 4 images could not be made" in result.text
    assert result.text.count("moderation refused") == 1


async def test_no_credit_names_the_namespace_and_orders_nothing(stages: Stages) -> None:
    harness = await stages()
    await harness.bill("film-club")
    harness.oxen.ledger.account("film-club").balance = 0  # type: ignore[assignment]
    asked = await harness.order("a fox")
    result = await harness.result(asked)
    assert "The namespace film-club has no credit left" in result.text
    assert "top it up" in result.text
    assert harness.ordered("a fox") == []
    assert harness.oxen.traffic.counts[ENQUEUE] == 1


async def test_a_key_that_may_not_bill_the_namespace_is_said(stages: Stages) -> None:
    harness = await stages(oxen={"keys": {"sandbox": ("film-club",)}})
    answer = await harness.bill("someone-elses")
    assert "does not let me bill the namespace “someone-elses”" in answer.text
    await harness.bill("film-club")
    harness.oxen.keyring.put("sandbox", ["elsewhere"])  # the bot is a member no more
    result = await harness.result(await harness.order("a fox"))
    assert "did not accept the bot's key for the namespace film-club" in result.text
    assert "nothing was ordered" in result.text
    assert harness.ordered("a fox") == []


async def test_without_a_namespace_nobody_can_order_where_the_owner_does_not_pay(stages: Stages) -> None:
    harness = await stages(DROVER_WITHOUT_NAMESPACE="refuse")
    asked = await harness.order("a fox")
    answer = await harness.answer(asked)
    assert "Nobody pays for this server yet, so nothing was ordered" in answer.text
    assert "</setup:" in answer.text
    assert "nobody can order" in (await harness.use("settings", user="Ada")).text
    assert "Nobody pays for orders here yet" in (await harness.use("about")).text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    await harness.bill("film-club")
    assert (await harness.result(await harness.order("a fox"))).attachments
