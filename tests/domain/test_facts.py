"""What a guild's rules get to know of an order: length, size and words, whatever the model calls them."""

from datetime import UTC, datetime

from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.order import GenerationRequest, RequestContext, Shot
from bot.domain.orders.validation import validate
from bot.domain.rules.limits import PolicyInput, policy_input
from tests import schemas
from tests.cases import for_each
from tests.domain.kit import SCHEMAS, real_catalogue

AT = datetime(2026, 11, 20, tzinfo=UTC)
REAL = real_catalogue()
THERE = RequestContext(guild_id=GuildId(1), channel_id=ChannelId(2), requester_id=UserId(3), locale="en-US")


def facts(model_id: str, *, shots: tuple[Shot, ...] = (), **more: Json) -> PolicyInput:
    """Of an order with everything that the model needs, and these parameters."""
    model = REAL.get(model_id)
    assert model is not None
    files = tuple(schemas.attachment(slot) for slot in model.slots if slot.required)
    prompt = "a fox" if "prompt" in SCHEMAS[model_id]["properties"] and not shots else ""
    request = GenerationRequest(
        kind=MediaKind(min(model.makes)), model=model_id, prompt=prompt, more=more, attachments=files, shots=shots
    )
    return policy_input(validate(request, REAL, ()), THERE, AT, model)


@for_each(
    ("model_id", "more", "lines"),
    [
        ("google-veo-3-1", {"resolution": "4k"}, 2160),
        ("happyhorse-1.0-t2v", {"resolution": "720P"}, 720),
        ("happyhorse-1.0-t2v", {}, 1080),
        ("topazlabs-video-upscale", {"target_resolution": "4k"}, 2160),
        ("topazlabs-video-upscale", {}, 1080),
        ("bytedance-seedream-4", {"size": "1K"}, 1080),
        ("wan-ai-wan2-1-t2v-14b-diffusers", {"width": 1280, "height": 720}, 720),
        ("wan-ai-wan2-1-t2v-14b-diffusers", {}, 480),
        ("kling-video-v2-6-pro-text-to-video", {}, None),
    ],
)
def test_the_facts_tell_the_lines_of_a_video(model_id: str, more: dict[str, Json], lines: int | None) -> None:
    assert facts(model_id, **more).lines == lines


@for_each(
    ("model_id", "more", "seconds", "open_"),
    [
        ("openai-sora-2-pro", {"seconds": "12"}, 12, False),
        ("luma-ray-v3-2-text-to-video", {"duration": "10s"}, 10, False),
        ("luma-ray-v3-2-text-to-video", {}, 5, False),
        ("bytedance-seedance-2-5-text-to-video", {}, None, True),
        ("ltx-2-3-quality-text-to-video", {"num_frames": 480, "frames_per_second": 1}, 480, False),
        ("ltx-2-3-quality-text-to-video", {}, 5, False),
        ("topazlabs-video-upscale", {}, None, False),
    ],
)
def test_the_facts_tell_the_seconds_of_a_video(
    model_id: str, more: dict[str, Json], seconds: float | None, open_: bool
) -> None:
    told = facts(model_id, **more)
    assert (told.seconds, told.seconds_open) == (seconds, open_)


def test_a_storyboard_is_as_long_as_its_shots_and_says_their_words() -> None:
    shots = (Shot(prompt="waves", duration=4), Shot(prompt="a fox", duration=3))
    told = facts("kling-video-o3-pro-reference-to-video", shots=shots)
    assert told.seconds == 7
    assert "waves" in told.prompt
    assert "a fox" in told.prompt


def test_what_is_not_to_be_seen_is_no_part_of_the_words() -> None:
    told = facts("kling-video-v2-6-pro-text-to-video", negative_prompt="blood")
    assert "blood" not in told.prompt
