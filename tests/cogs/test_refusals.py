"""Bad input: said at once, to the member alone, with what to do; and nothing is ordered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.kit.components import AMBER
from tests.cases import each_case
from tests.e2e.kit import ENQUEUE, Harness

pytestmark = pytest.mark.asyncio(loop_scope="module")
KLING = "kling-video-v2-6-pro-text-to-video"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_ordered(harness: Harness) -> AsyncIterator[None]:
    before = harness.oxen.traffic.counts[ENQUEUE]
    queue = await harness.use("queue", options={"scope": "server"})
    yield
    assert harness.oxen.traffic.counts[ENQUEUE] == before
    assert (await harness.use("queue", options={"scope": "server"})).text == queue.text


CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("unknown model", "video", {"model": "wan 2.7 text to vidio"}, ["wan 2.7 text to vidio", "Did you mean **WAN 2.7"]),
    ("nothing like a model", "video", {"model": "zzzzqqqq"}, ["no model “zzzzqqqq”", "pick one from the list"]),
    ("an image model for a video", "video", {"model": "nano-banana-2"}, ["Nano Banana 2", "makes images", "</image:"]),
    ("a video model for an image", "image", {"model": KLING}, ["makes videos", "</video:"]),
    (
        "a model that needs an image",
        "video",
        {"model": "kling-video-v2-5-turbo-pro-image-to-video"},
        ["needs a picture to work with", "Attach one as **image**"],
    ),
    ("no images", "image", {"count": 0}, ["1 to 4", "not 0"]),
    ("too many images", "image", {"count": 5}, ["1 to 4", "not 5"]),
    (
        "a prompt of blanks",
        "video",
        {"prompt": " \n\t "},
        ["neither a prompt nor a shot", "says what to show", "</storyboard:"],
    ),
    ("an endless prompt", "video", {"prompt": "x" * 6001}, ["6,001", "6,000", "shorten"]),
    (
        "a length that it does not know",
        "video",
        {"model": KLING, "duration": 8},
        ["8 seconds", "5, 10", "nearest is **10**"],
    ),
    (
        "a length out of range",
        "video",
        {"model": "wan-v2-7-text-to-video", "duration": 60},
        ["60 seconds", "2 - 15", "nearest is **15**"],
    ),
    ("no length at all", "video", {"model": KLING, "duration": 0}, ["5, 10"]),
    ("a length in words", "video", {"duration": "five"}, ["“five” is not a whole number", "digits"]),
    ("a seed that is no integer", "image", {"seed": "lucky"}, ["“lucky” is not a whole number", "42"]),
    ("half a seed", "image", {"seed": 1.5}, ["“1.5” is not a whole number"]),
    ("a yes for a number", "image", {"count": True}, ["“True” is not a whole number"]),
    ("a seed where there is none", "video", {"model": KLING, "seed": 1}, ["no option **seed**", "Leave it out"]),
    ("a shape that it does not know", "video", {"model": KLING, "aspect_ratio": "4:3"}, ["“4:3”", "9:16, 16:9, 1:1"]),
    ("sound where there is none", "video", {"model": "wan-v2-7-text-to-video", "audio": True}, ["no option **audio**"]),
]


async def test_it_is_refused_with_what_to_do(harness: Harness) -> None:
    with each_case() as case:
        for name, command, options, phrases in CASES:
            with case(name):
                given = {"prompt": "a fox", **options}
                asked = await harness.community.invoke(
                    user="Bo", channel="video-lab", command=command, options=given, force=True
                )
                message = await harness.answer(asked)
                [box] = message.raw["components"]
                assert (message.only_for, message.content, box["accent_color"]) == ("Bo", "", AMBER)
                assert len(message.text) <= 2000
                for phrase in phrases:
                    assert phrase in message.text.replace("\\", "")  # as it is shown


async def test_what_was_typed_wrongly_is_shown_inert(harness: Harness) -> None:
    typed = "@everyone **x** https://evil.example <@1150000000000000014>"
    asked = await harness.order("a fox", model=typed)
    message = await harness.answer(asked)
    assert message.pinged == ()
    assert "@everyone" not in message.text
    assert "https://evil" not in message.text
    assert "**x**" not in message.text
    assert message.raw["mentions"] == []


@pytest.mark.parametrize(
    ("channel", "denied", "right"),
    [
        ("announcements", [], "send messages"),
        ("general", ["ATTACH_FILES"], "attach files"),
        ("general", ["READ_MESSAGE_HISTORY"], "read the message history"),
        ("general", ["ATTACH_FILES", "SEND_MESSAGES"], "send messages, attach files"),
    ],
)
async def test_a_channel_where_the_result_could_not_be_posted(
    harness: Harness, channel: str, denied: list[str], right: str
) -> None:
    if denied:
        await harness.community.permit(channel=channel, deny=denied)
    try:
        asked = await harness.order("a fox", channel=channel, user="Cleo")
        text = await harness.refusal(asked, user="Cleo")
    finally:
        if denied:
            await harness.community.permit(channel=channel)
    assert f"missing the right to {right}" in text
    assert "Ask a moderator" in text


async def test_a_thread_where_the_bot_may_not_write(harness: Harness) -> None:
    thread = await harness.community.open_thread(user="Bo", channel="general", name="a quiet one")
    await harness.community.permit(channel="general", deny=["SEND_MESSAGES_IN_THREADS"])
    try:
        text = await harness.refusal(await harness.order("a fox", channel=thread))
    finally:
        await harness.community.permit(channel="general")
    assert "send messages in threads" in text


async def test_refusals_are_in_the_members_language(harness: Harness) -> None:
    english = await harness.refusal(await harness.order("a fox", model="zzzzqqqq"))
    german = await harness.refusal(await harness.order("a fox", model="zzzzqqqq", locale="de"))
    unknown = await harness.refusal(await harness.order("a fox", model="zzzzqqqq", locale="ja"))
    assert unknown == english
    assert "zzzzqqqq" in german
