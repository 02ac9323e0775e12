"""What an order's files decide where the member does not: shape and length."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.models.parameters import Parameter
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.derived_settings import FOLLOWS, derive_settings, ratio_text, shape_of, shape_parameter
from bot.domain.orders.inputs import Attachment, FileProperties
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.validation import validate
from tests.cases import for_each
from tests.domain.kit import model, real_catalogue

REAL = real_catalogue()
UPRIGHT, WIDE = {"width": 900, "height": 1600}, {"width": 2520, "height": 1080}
LEADING = {Role.START: "image", Role.SOURCE: "video", Role.END: "image"}


def file(role: Role | None = Role.START, kind: InputKind = InputKind.IMAGE, **facts: Any) -> Attachment:
    media_type = {InputKind.IMAGE: "image/png", InputKind.VIDEO: "video/mp4", InputKind.AUDIO: "audio/wav"}[kind]
    return Attachment(kind=kind, role=role, name="f", media_type=media_type, size=9, url=f"u{role}{facts}", **facts)


def film(**facts: Any) -> Attachment:
    return file(Role.SOURCE, InputKind.VIDEO, **facts)


def sound(**facts: Any) -> Attachment:
    return file(Role.SOUND, InputKind.AUDIO, **facts)


def planned(name: str, *files: Attachment, catalogue: Catalogue = REAL, **asked: Any) -> ValidatedRequest:
    found = catalogue.get(name)
    assert found is not None
    kind = next(kind for kind in MediaKind if kind in found.makes)
    prompt = "a fox" if found.takes_prompt else ""
    return validate(GenerationRequest(kind=kind, prompt=prompt, model=name, attachments=files, **asked), catalogue, ())


def leads(made: ValidatedRequest) -> list[str]:
    return [each.slot for each in made.inputs if each.leads]


@for_each(
    ("name", "files", "expected", "leading"),
    [
        ("nano-banana", [file(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("nano-banana-2", [file(**UPRIGHT)], {"aspect_ratio": "auto"}, ["input_image"]),
        ("google-nano-banana-pro", [file(**UPRIGHT)], {"aspect_ratio": "auto"}, ["input_image"]),
        ("flux-2-pro", [file(**UPRIGHT)], {"aspect_ratio": "match_input_image"}, ["input_image"]),
        ("black-forest-labs-flux-2-klein-4b", [file(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("gpt-image-1-5", [file(**UPRIGHT)], {"size": "auto"}, ["input_image"]),
        ("bytedance-seedream-4", [file(**UPRIGHT)], {}, ["input_image"]),
        ("bytedance-seedream-5-pro", [file(**WIDE)], {"aspect_ratio": "21:9"}, []),
        ("qwen-image-edit", [file(width=1000, height=1490)], {"aspect_ratio": "2:3"}, []),
        ("google-veo-3-1", [file(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("google-veo-3-1", [file(width=800, height=801)], {"aspect_ratio": "9:16"}, []),
        ("openai-sora-2-pro", [file(**UPRIGHT)], {"aspect_ratio": "portrait"}, []),
        ("bytedance-seedance-2-0-image-to-video", [file(**UPRIGHT)], {"aspect_ratio": "adaptive"}, ["input_image"]),
        ("luma-ray-v3-2-image-to-video", [file(width=1000, height=3000)], {"aspect_ratio": "1:3"}, []),
        ("kling-video-v2-6-pro-image-to-video", [file(**UPRIGHT)], {}, ["input_image"]),
        ("ltx-2-3-quality-image-to-video", [file(**UPRIGHT)], {"resolution": "auto"}, ["input_image"]),
        ("kling-video-o3-omni", [film(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("gemini-omni-flash-preview", [file(**WIDE), film(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),  # it is reworked
        ("wan-v2-7-reference-to-video", [file(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("kling-video-o3-omni", [file(**UPRIGHT), file(Role.END, **WIDE)], {"aspect_ratio": "9:16"}, []),
        ("nano-banana", [file(**UPRIGHT), file(**WIDE)], {"aspect_ratio": "9:16"}, []),  # the first of several
        ("nano-banana", [file(Role.REFERENCE, **WIDE), file(**UPRIGHT)], {"aspect_ratio": "9:16"}, []),
        ("nano-banana", [file(Role.REFERENCE, **UPRIGHT)], {}, []),  # what is referred to is not framed like that
        ("bytedance-seedance-2-0-reference-to-video", [file(None, **UPRIGHT)], {}, []),
        (
            "bytedance-seedance-2-0-reference-to-video",
            [file(**UPRIGHT)],
            {"aspect_ratio": "adaptive"},
            ["input_images"],
        ),
        ("krea-v2-large-text-to-image", [file(Role.STYLE, **UPRIGHT)], {}, []),
        ("nano-banana", [file()], {}, []),  # nobody knows its size …
        ("nano-banana-2", [file()], {"aspect_ratio": "auto"}, ["input_image"]),  # … and the model will see
        ("xai-grok-imagine-video-edit-video", [film(**UPRIGHT)], {}, ["input_video"]),
        ("topazlabs-image-upscale", [file(None, **UPRIGHT)], {}, ["input_image"]),
    ],
)
def test_the_first_main_file_gives_its_shape(
    name: str, files: list[Attachment], expected: dict[str, Any], leading: list[str]
) -> None:
    made = planned(name, *files)
    assert (made.parameters, leads(made)) == (expected, leading)


@for_each("name", [m.id for m in REAL if any(slot.role in LEADING for slot in m.slots)])
def test_every_model_that_can_be_told_is_told_an_upright_shape(name: str) -> None:
    found = REAL.get(name)
    assert found is not None
    kinds = {slot.kind for slot in found.slots if slot.role in LEADING or slot.required}
    files = [file(**UPRIGHT)] if InputKind.IMAGE in kinds else []
    files += [film(**UPRIGHT)] if InputKind.VIDEO in kinds else []
    files += [sound()] if InputKind.AUDIO in kinds else []
    asked = {"more": {p.name: p.choices[0] for p in found.parameters.values() if p.needed and p.choices}}
    made = planned(name, *files, **asked)
    told = shape_parameter(found)
    if told is None or told.needed:
        assert len(leads(made)) == (told is None)
        return
    value = made.parameters[told.name]
    shape = shape_of(value)
    assert str(value) in FOLLOWS if shape is None else shape < 1, value


def test_what_the_member_sets_is_left_as_it_is() -> None:
    assert planned("nano-banana-2", file(**UPRIGHT), aspect_ratio="16:9").parameters == {"aspect_ratio": "16:9"}
    assert planned("nano-banana", file(**UPRIGHT), more={"aspect_ratio": "1:1"}).parameters == {"aspect_ratio": "1:1"}
    told = planned("ltx-2-3-quality-image-to-video", file(**UPRIGHT), resolution="landscape_4_3")
    assert told.parameters == {"resolution": "landscape_4_3"}
    assert leads(told) == []


def test_another_model_is_told_in_its_own_words() -> None:
    """A request whose model is changed later on keeps no shape that was worked out for the one before."""
    request = GenerationRequest(
        kind=MediaKind.IMAGE, prompt="a fox", model="nano-banana", attachments=(file(**UPRIGHT),)
    )
    validate(request, REAL, ())
    assert request.aspect_ratio is None
    assert planned("google-veo-3-1", *request.attachments).parameters == {"aspect_ratio": "9:16"}


def _number(name: str, default: int, maximum: int) -> Parameter:
    return Parameter(name=name, types=("integer",), default=default, minimum=1, maximum=maximum)


@for_each(
    ("facts", "expected"),
    [
        (UPRIGHT, {"width": 480, "height": 848}),
        (WIDE, {"width": 960, "height": 416}),
        ({"width": 100, "height": 4000}, {"width": 32, "height": 1280}),
    ],
)
def test_pixels_have_the_shape_too(facts: dict[str, int], expected: dict[str, int]) -> None:
    link = Parameter(name="input_image", types=("string",), format="uri")
    one = Catalogue([model("m", link, _number("height", 480, 1280), _number("width", 832, 1280))])
    assert planned("m", file(**facts), catalogue=one).parameters == expected
    assert planned("m", file(**facts), catalogue=one, more={"width": 832}).parameters == {"width": 832}


def test_presets_of_a_variant_are_choices_too() -> None:
    link = Parameter(name="input_image", types=("string",), format="uri")
    preset = Parameter(name="image_size", types=("string",), choices=("square_hd", "portrait_16_9", "landscape_16_9"))
    size = Parameter(name="image_size", variants=(preset, Parameter(name="image_size", types=("object",))))
    one = Catalogue([model("m", link, size, makes="image")])
    assert planned("m", file(**UPRIGHT), catalogue=one).parameters == {"image_size": "portrait_16_9"}


def test_a_file_that_travels_in_a_parameter_leads_too() -> None:
    given_by_link = {"more": {"input_image": "https://files.example/one.png"}}
    facts = {"input_image": FileProperties(width=900, height=1600)}
    assert planned("nano-banana", **given_by_link, facts=facts).parameters["aspect_ratio"] == "9:16"
    assert "aspect_ratio" not in planned("nano-banana", **given_by_link).parameters


@for_each(
    ("name", "files", "expected"),
    [
        ("luma-ray-v3-2-video-to-video", [film(seconds=9.7)], {"duration": "10s"}),
        ("luma-ray-v3-2-video-to-video", [film(seconds=7.5)], {}),
        ("flux-3-video", [film(seconds=8.04)], {"aspect_ratio": "auto", "duration": 8}),
        ("kling-video-o3-omni", [film(seconds=12.1)], {"duration": 12}),
        ("kling-video-o3-omni", [film(seconds=40)], {}),
        ("wan-v2-7-edit-video", [film(seconds=8)], {}),  # 0, as it is, is its default
        ("lightricks-ltx-2-retake", [film(seconds=8)], {}),  # its length is that of the part
        ("ltx-2-3-pro-extend-video", [film(seconds=8)], {}),
        ("wan-v2-7-image-to-video", [film(seconds=8)], {}),  # it is gone on from
        ("wan-v2-7-text-to-video", [sound(seconds=11.4)], {"duration": 12}),
        ("wan-v2-7-text-to-video", [sound(seconds=90)], {"duration": 15}),
        ("wan-v2-6-image-to-video", [file(), sound(seconds=5.2)], {"duration": 5}),
        ("wan-v2-6-image-to-video", [file(), sound(seconds=7)], {"duration": 10}),
        ("minimax-h3", [sound(seconds=9)], {}),  # a voice to refer to, one of several
        ("kling-video-v2-6-pro-image-to-video", [file()], {}),
    ],
)
def test_what_came_along_gives_its_length(name: str, files: list[Attachment], expected: dict[str, Any]) -> None:
    assert planned(name, *files).parameters == expected


def test_a_length_that_was_chosen_stays() -> None:
    assert planned("wan-v2-7-text-to-video", sound(seconds=11), duration=5).parameters == {"duration": 5}


@given(width=st.integers(1, 20_000), height=st.integers(1, 20_000))
def test_no_shape_that_a_model_knows_is_nearer(width: int, height: int) -> None:
    asked = width / height
    for one in (REAL.get("nano-banana"), REAL.get("luma-ray-v3-2-image-to-video"), REAL.get("ltx-2-3-pro")):
        assert one is not None
        decided, _ = derive_settings(one, {}, (), {"input_image": FileProperties(width=width, height=height)})
        chosen = shape_of(decided["aspect_ratio"])
        assert chosen is not None
        for choice in one.parameters["aspect_ratio"].choices:
            other = shape_of(choice)
            assert other is not None
            assert max(chosen / asked, asked / chosen) <= max(other / asked, asked / other) * (1 + 1e-9)
    assert ratio_text(width, height)


def test_the_models_are_read_right() -> None:
    """Whoever adds a spelling sees here which models say a shape by a choice, and how."""
    said: dict[str, set[str]] = {}
    for one in REAL:
        told = shape_parameter(one)
        said.setdefault(told.name if told else "", set()).add(one.id)
    assert said["size"] == {"gpt-image-1-5"}
    assert said["image_size"] == {"ideogram-v4"}
    assert all("ltx-2-3-quality" in name or name == "gpt-image-2-edit" for name in said["resolution"])
    assert len(said["aspect_ratio"]) == sum("aspect_ratio" in one.parameters for one in REAL)


def test_a_shape_is_told_to_people_in_small_numbers() -> None:
    assert [ratio_text(900, 1600), ratio_text(1170, 2532), ratio_text(1, 1)] == ["9:16", "1170x2532", "1:1"]


def test_only_a_ratio_is_read_as_a_shape() -> None:
    assert [shape_of(word) for word in ("auto", "1K", "720p", "1 MP", "0:1", "512", True, 5)] == [None] * 8
    assert shape_of("2.35:1") == 2.35
