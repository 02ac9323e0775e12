"""Inputs: fetched when the generation runs, from allowed hosts, within limits; what cannot be had fails unpaid."""

import base64
from decimal import Decimal
from typing import Any

import pytest

from sandbox.oxen.clock import ManualClock
from sandbox.oxen.render.plan import Plan
from tests.sandbox_oxen.files import FILM_SECONDS, WIDE, Cdn, animation, film, picture, sound
from tests.sandbox_oxen.listening import listening, nothing_comes
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, VIDEO_MODEL, Blank, Client, Start

ANIMATE = "kling-video-v2-6-pro-image-to-video"
UPSCALE = "topazlabs-proteus-video"
SOUNDED = "ltx-2-3-pro-audio-to-video"
ORGANIZED = "wan-v2-7-reference-to-video"


class Kept(Blank):
    """Keeps what it was to render."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    async def render(self, plan: Plan, path: Any) -> None:
        self.plans.append(plan)
        await super().render(plan, path)


async def failed(client: Client, model: str, **parameters: Any) -> str:
    """The message with which it fails, uncharged."""
    (one,) = await client.enqueue(model, **parameters)
    row = await client.ended(one)
    assert row["status"] == "failed", row
    assert client.sandbox.ledger.account("sandbox").charges == []
    return row["error_message"]


def data_uri(content: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


async def test_an_input_is_fetched_when_the_generation_runs_and_not_before(
    start: Start, clock: ManualClock, cdn: Cdn
) -> None:
    client = await start(clock=clock, concurrency=1)
    (first,) = await client.enqueue(VIDEO_MODEL)
    (second,) = await client.enqueue(ANIMATE, input_image=cdn.url("picture.png"))
    assert (await client.row(second))["status"] == "queued"
    assert cdn.asked == []
    clock.advance(300)
    await client.sandbox.finished(first)
    assert (await client.row(second))["status"] == "processing"
    await cdn.was_asked_for("picture.png")


@pytest.mark.parametrize(
    ("model", "slot", "name", "message"),
    [
        (ANIMATE, "input_image", "empty", "input_image is empty"),
        (ANIMATE, "input_image", "text.png", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "broken.png", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "film.mp4", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "photo.heic", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "photo.avif", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "photo.bmp", "input_image is not an image, or is broken"),
        (ANIMATE, "input_image", "moving.gif", "input_image is animated, and must be a still image"),
        (UPSCALE, "input_video", "moving.gif", "input_video is not a video, or is broken"),
        (UPSCALE, "input_video", "picture.png", "input_video is not a video, or is broken"),
        (UPSCALE, "input_video", "broken.mp4", "input_video is not a video, or is broken"),
        (UPSCALE, "input_video", "list.mp4", "input_video is not a video, or is broken"),
        (UPSCALE, "input_video", "sound.wav", "input_video is not a video"),
        (SOUNDED, "input_audio", "film.mp4", "input_audio is not a sound"),
        (SOUNDED, "input_audio", "picture.png", "input_audio is not a sound, or is broken"),
    ],
)
async def test_an_input_that_is_not_what_its_slot_wants_fails_unpaid(
    start: Start, cdn: Cdn, model: str, slot: str, name: str, message: str
) -> None:
    client = await start()
    assert await failed(client, model, **{slot: cdn.url(name)}) == message


async def test_a_photo_with_more_behind_it_is_a_still_image(start: Start, cdn: Cdn) -> None:
    client = await start()
    (one,) = await client.enqueue(ANIMATE, input_image=cdn.url("photos.jpg"))
    assert (await client.ended(one))["status"] == "succeeded"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("forbidden", "403 Client Error: Forbidden"),
        ("nothing", "404 Client Error: Not Found"),
        ("unavailable", "503 Server Error: Service Unavailable"),
    ],
)
async def test_an_input_that_its_host_refuses_is_told_as_the_provider_tells_it(
    start: Start, cdn: Cdn, name: str, said: str
) -> None:
    client = await start()
    url = cdn.url(name)
    assert await failed(client, ANIMATE, input_image=url) == f"input_image could not be fetched: {said} for url: {url}"


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "cdn.discordapp.com", "127.0.0.1.example.com"])
async def test_other_hosts_are_not_asked(start: Start, host: str) -> None:
    client = await start()
    message = await failed(client, ANIMATE, input_image=f"http://{host}/picture.png")
    assert message == f"input_image could not be fetched: the host {host} is not allowed"


async def test_a_host_can_be_allowed(start: Start, cdn: Cdn) -> None:
    client = await start(input_hosts=["127.0.0.2"], renderer=(kept := Kept()))
    (one,) = await client.enqueue(ANIMATE, input_image=cdn.url("picture.png").replace("127.0.0.1", "127.0.0.2"))
    row = await client.ended(one)
    # Nobody listens there; that it was asked at all is the point.
    assert row["error_message"] == "input_image could not be fetched"
    assert kept.plans == []


async def test_redirects_are_followed_on_the_same_host_only(start: Start, cdn: Cdn) -> None:
    client = await start()
    (one,) = await client.enqueue(ANIMATE, input_image=cdn.url("moved?to=/picture.png"))
    assert (await client.ended(one))["status"] == "succeeded"
    client = await start()
    other = cdn.url("picture.png").replace("127.0.0.1", "localhost")
    message = "input_image is redirected to another host"
    assert await failed(client, ANIMATE, input_image=cdn.url(f"moved?to={other}")) == message
    message = "input_image is redirected too often"
    assert await failed(client, ANIMATE, input_image=cdn.url("moved")) == message


async def test_size_and_time_are_limited(start: Start, cdn: Cdn) -> None:
    client = await start(input_bytes=100_000)
    message = "input_image is too large: at most 100000 bytes are taken"
    assert await failed(client, ANIMATE, input_image=cdn.url("endless")) == message
    assert await failed(client, ANIMATE, input_image=data_uri(bytes(100_001))) == message
    client = await start(input_seconds=0.05)
    message = "input_image could not be fetched within 0.05 seconds"
    assert await failed(client, ANIMATE, input_image=cdn.url("slow")) == message
    assert not list(client.sandbox.folder.glob("*.inputs"))


@pytest.mark.parametrize("content", [picture(), picture(size=(640, 480))])
async def test_data_uris_work_and_do_not_stay_in_memory(start: Start, content: bytes) -> None:
    client = await start(dialect="browse", renderer=(kept := Kept()))
    long = data_uri(content.ljust(40_000, b"\0"))
    (one,) = await client.enqueue(ANIMATE, input_image=long)
    assert (await client.ended(one))["status"] == "succeeded"
    (begun,) = kept.plans[0].inputs
    assert begun.role == "start"
    listed = (await client.call("GET", "/api/ai/generations")).body["generations"][0]
    assert len(str(listed)) < 3000


@pytest.mark.parametrize(
    "broken", ["data:image/png;base64,%%%", "data:image/png", "data:image/png;base64," + "%" * 5000]
)
async def test_an_invalid_data_uri_fails(start: Start, broken: str) -> None:
    client = await start()
    assert await failed(client, ANIMATE, input_image=broken) == "input_image could not be fetched"


async def test_inputs_are_found_in_lists_and_objects(start: Start, cdn: Cdn) -> None:
    client = await start(renderer=(kept := Kept()))
    elements = [
        {
            "frontal_image_url": cdn.url("picture.png"),
            "reference_image_urls": [cdn.url("blue.jpg"), cdn.url("tall.png")],
        }
    ]
    (one,) = await client.enqueue(SHOTS_MODEL, elements=elements, input_image=[cdn.url("tall.png")])
    assert (await client.ended(one))["status"] == "succeeded"
    assert sorted(each.name for each in kept.plans[0].inputs) == [
        "elements[0].frontal_image_url",
        "elements[0].reference_image_urls[0]",
        "elements[0].reference_image_urls[1]",
        "input_image[0]",
    ]
    assert {each.role for each in kept.plans[0].inputs} == {"reference"}
    message = await failed(
        await start(), SHOTS_MODEL, elements=[{**elements[0], "reference_image_urls": [cdn.url("nothing")]}]
    )
    name = "elements[0].reference_image_urls[0]"
    assert message == f"{name} could not be fetched: 404 Client Error: Not Found for url: {cdn.url('nothing')}"
    free = {"reference_videos": [{"url": cdn.url("picture.png")}], "reference_images": [{"image": cdn.url("blue.jpg")}]}
    assert await failed(await start(), ORGANIZED, **free) == "reference_videos[0].url is not a video, or is broken"


@pytest.mark.parametrize(
    ("model", "slot", "name"),
    [
        ("krea-v2-large-text-to-image", "image_style_references", "picture.png"),
        (ORGANIZED, "reference_images", "picture.png"),
        (ORGANIZED, "reference_videos", "film.mp4"),
        ("kling-video-o3-omni", "elements", "picture.png"),
        (SHOTS_MODEL, "elements", "picture.png"),
    ],
)
async def test_a_link_may_stand_where_an_object_for_it_is_wanted(
    start: Start, cdn: Cdn, model: str, slot: str, name: str
) -> None:
    client = await start(renderer=(kept := Kept()))
    (one,) = await client.enqueue(model, **{slot: [cdn.url(name), cdn.url(name)]})
    assert (await client.ended(one))["status"] == "succeeded"
    assert [each.name for each in kept.plans[0].inputs] == [f"{slot}[0]", f"{slot}[1]"]
    client = await start()
    assert await failed(client, model, **{slot: ["no url"]}) == f"{slot}[0] must be a URL or a data URI"
    client = await start()
    assert await failed(client, model, **{slot: [7]}) == f"{slot}[0] must be of type object"


async def test_a_shot_is_no_link(start: Start) -> None:
    client = await start()
    message = await failed(client, SHOTS_MODEL, prompt=None, multi_prompt=["https://files.example/shot"])
    assert message == "multi_prompt[0] must be of type object"


async def test_one_picture_in_a_list_may_stand_where_one_is_wanted(start: Start, cdn: Cdn) -> None:
    client = await start(renderer=(kept := Kept()))
    (one,) = await client.enqueue(ANIMATE, input_image=[cdn.url("picture.png")])
    assert (await client.ended(one))["status"] == "succeeded"
    assert [each.name for each in kept.plans[0].inputs] == ["input_image"]
    two = [cdn.url("picture.png"), cdn.url("tall.png")]
    assert await failed(await start(), ANIMATE, input_image=two) == "input_image must be of type string"


async def test_one_picture_may_stand_where_a_list_is_wanted(start: Start, cdn: Cdn) -> None:
    client = await start(renderer=(kept := Kept()))
    (one,) = await client.enqueue(IMAGE_MODEL, input_image=cdn.url("picture.png"))
    assert (await client.ended(one))["status"] == "succeeded"
    assert [each.name for each in kept.plans[0].inputs] == ["input_image[0]"]


async def test_what_the_model_does_not_know_is_not_fetched(start: Start, cdn: Cdn) -> None:
    client = await start()
    (one,) = await client.enqueue(VIDEO_MODEL, input_image=cdn.url("picture.png"), mask="http://example.com")
    assert (await client.ended(one))["status"] == "succeeded"
    assert cdn.asked == []


async def test_an_earlier_result_can_be_the_next_input(start: Start, cdn: Cdn) -> None:
    client = await start(renderer=None)
    (one,) = await client.enqueue(IMAGE_MODEL)
    result = (await client.ended(one))["result_url"]
    (two,) = await client.enqueue("topazlabs-image-upscale", input_image=result)
    assert (await client.ended(two))["status"] == "succeeded"


async def test_the_input_s_length_decides_what_is_charged(start: Start, cdn: Cdn) -> None:
    client = await start()
    (one,) = await client.enqueue(UPSCALE, input_video=cdn.url("film.mp4"))
    assert (await client.ended(one))["status"] == "succeeded"
    (charge,) = client.sandbox.ledger.account("sandbox").charges
    assert charge.cost == Decimal("0.06") * FILM_SECONDS


async def test_the_ephemeral_dialect_keeps_silent_about_an_input_that_is_gone(start: Start, cdn: Cdn) -> None:
    client = await start(dialect="ephemeral", keep_alive=0.1)
    async with listening(client) as stream:
        (one,) = await client.enqueue(ANIMATE, input_image=cdn.url("nothing"))
        await client.sandbox.finished(one)
        assert await nothing_comes(stream)
    assert await client.status_of(one) == 404


async def test_cancelling_ends_the_fetching(start: Start, cdn: Cdn) -> None:
    client = await start()
    (one,) = await client.enqueue(ANIMATE, input_image=cdn.url("slow"))
    await cdn.was_asked_for("slow")
    assert await client.status_of(one, "DELETE") == 200
    assert (await client.ended(one))["status"] == "cancelled"
    assert not list(client.sandbox.folder.glob("*.inputs"))


def test_the_files_of_these_tests_are_what_they_say() -> None:
    assert [content[:4] for content in (picture(), animation(), sound())] == [b"\x89PNG", b"GIF8", b"RIFF"]
    assert film()[4:8] == b"ftyp"
    assert WIDE[0] > WIDE[1]
