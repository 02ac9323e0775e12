"""What each model is for, and the files without which it has nothing to work on."""

import pytest

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.choices import example
from bot.domain.models.parameters import Parameter
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import validate
from tests.cases import for_each
from tests.domain.kit import Refused, model, real_catalogue

REAL = real_catalogue()

# Every model of the catalogue, read through by a person: those that make something of words alone …
FROM_WORDS = [
    "black-forest-labs-flux-2-klein-4b",
    "black-forest-labs-flux-2-klein-9b",
    "bytedance-seedance-2-0-fast-text-to-video",
    "bytedance-seedance-2-0-mini-text-to-video",
    "bytedance-seedance-2-0-text-to-video",
    "bytedance-seedance-2-5-text-to-video",
    "bytedance-seedream-4",
    "bytedance-seedream-4-5",
    "bytedance-seedream-5-lite",
    "bytedance-seedream-5-pro",
    "flux-1-dev",
    "flux-2-dev",
    "flux-2-flex",
    "flux-2-pro",
    "flux-3-video",
    "gemini-omni-flash-preview",
    "google-nano-banana-pro",
    "google-veo-3",
    "google-veo-3-1",
    "google-veo-3-1-fast",
    "google-veo-3-1-lite",
    "gpt-image-1-5",
    "gpt-image-2",
    "happyhorse-1.0-t2v",
    "happyhorse-1.1-t2v",
    "ideogram-v4",
    "kling-video-o3-omni",
    "kling-video-o3-pro-reference-to-video",
    "kling-video-v2-6-pro-text-to-video",
    "krea-v2-large-text-to-image",
    "ltx-2-3-fast-text-to-video",
    "ltx-2-3-pro",
    "ltx-2-3-pro-22b-IC-LoRA-Union-Control",
    "ltx-2-3-pro-text-to-video",
    "ltx-2-3-quality-text-to-video",
    "luma-ray-v3-2-text-to-video",
    "minimax-h3",
    "nano-banana",
    "nano-banana-2",
    "nano-banana-2-lite",
    "openai-sora-2-pro",
    "qwen-image",
    "qwen-image-2",
    "qwen-image-2512",
    "wan-ai-wan2-1-t2v-1-3b-diffusers",
    "wan-ai-wan2-1-t2v-14b-diffusers",
    "wan-ai-wan2-2-t2v-a14b-diffusers",
    "wan-ai-wan2-2-ti2v-5b-diffusers",
    "wan-v2-7-text-to-video",
    "wan-v3-0-video",
    "xai-grok-imagine-image",
    "z-image-turbo",
]
# … and those that do not, with what each has to be given: the kinds of which one will do, for each thing.
FROM_FILES = {
    "bytedance-depth-anything-video": ["video"],
    "bytedance-seedance-2-0-fast-image-to-video": ["image"],
    "bytedance-seedance-2-0-fast-reference-to-video": ["image video"],
    "bytedance-seedance-2-0-image-to-video": ["image"],
    "bytedance-seedance-2-0-mini-image-to-video": ["image"],
    "bytedance-seedance-2-0-mini-reference-to-video": ["image video"],
    "bytedance-seedance-2-0-reference-to-video": ["image video"],
    "bytedance-seedance-2-5-image-to-video": ["image"],
    "bytedance-seedance-2-5-reference-to-video": ["image video"],
    "flux-kontext-dev": ["image"],
    "gpt-image-2-edit": ["image"],
    "happyhorse-1.0-i2v": ["image"],
    "happyhorse-1.0-r2v": ["image"],
    "happyhorse-1.0-video-edit": ["video"],
    "happyhorse-1.1-i2v": ["image"],
    "happyhorse-1.1-r2v": ["image"],
    "kling-video-o1-image-to-video": ["image"],
    "kling-video-o1-reference-to-video": ["image"],
    "kling-video-o1-video-to-video-edit": ["video"],
    "kling-video-o3-pro-video-to-video-edit": ["video"],
    "kling-video-v2-5-turbo-pro-image-to-video": ["image"],
    "kling-video-v2-6-pro-image-to-video": ["image"],
    "kling-video-v3-pro-motion-control": ["image", "video"],
    "lightricks-ltx-2-retake": ["video"],
    "ltx-2-19b-image-to-video": ["image"],
    "ltx-2-3-fast-image-to-video": ["image"],
    "ltx-2-3-pro-audio-to-video": ["audio"],
    "ltx-2-3-pro-extend-video": ["video"],
    "ltx-2-3-pro-retake": ["video"],
    "ltx-2-3-quality-audio-to-video": ["audio"],
    "ltx-2-3-quality-hdr": ["video"],
    "ltx-2-3-quality-image-to-video": ["image"],
    "ltx-2-3-quality-reference-video-to-video": ["video"],
    "luma-ray-v3-2-image-to-video": ["image"],
    "luma-ray-v3-2-reframe": ["video"],
    "luma-ray-v3-2-video-to-video": ["video"],
    "qwen-image-edit": ["image"],
    "qwen-image-edit-2511": ["image"],
    "qwen-image-edit-plus": ["image"],
    "sam-3-image": ["image"],
    "sam-3-video": ["video"],
    "topazlabs-astra-2-video": ["video"],
    "topazlabs-bloom-2-image": ["image"],
    "topazlabs-bloom-image": ["image"],
    "topazlabs-hyperion-2-video": ["video"],
    "topazlabs-hyperion-hdr-video": ["video"],
    "topazlabs-image-upscale": ["image"],
    "topazlabs-iris-mq-video": ["video"],
    "topazlabs-proteus-video": ["video"],
    "topazlabs-rhea-video": ["video"],
    "topazlabs-upscale-starlight-2-5-video": ["video"],
    "topazlabs-video-upscale": ["video"],
    "topazlabs-wonder-3-5-image": ["image"],
    "topazlabs-wonder-3-image": ["image"],
    "wan-v2-6-image-to-video": ["image"],
    "wan-v2-6-reference-to-video": ["video"],
    "wan-v2-7-edit-video": ["video"],
    "wan-v2-7-image-to-video": ["image video"],  # a film may be gone on from
    "wan-v2-7-reference-to-video": ["image video"],
    "xai-grok-imagine-image-edit": ["image"],
    "xai-grok-imagine-video-1-5-image-to-video": ["image"],
    "xai-grok-imagine-video-edit-video": ["video"],
    "xai-grok-imagine-video-image-to-video": ["image"],
}


def kind_of(one: Model) -> MediaKind:
    return next(kind for kind in MediaKind if kind in one.makes)


def request(name: str, **changes: object) -> GenerationRequest:
    found = REAL.get(name)
    assert found is not None
    asked: dict[str, object] = {"prompt": "a fox" if found.takes_prompt else "", **changes}
    return GenerationRequest(kind=kind_of(found), model=name, **asked)  # type: ignore[arg-type]


def refusal(asked: GenerationRequest, catalogue: Catalogue = REAL) -> Refusal:
    with pytest.raises(Refusal) as caught:
        validate(asked, catalogue, ())
    return caught.value


def link(name: str, *, many: bool = False) -> Parameter:
    one = Parameter(name=name, types=("string",), format="uri")
    return Parameter(name=name, types=("array",), items=one) if many else one


def test_the_tables_have_every_model_once() -> None:
    assert sorted([*FROM_WORDS, *FROM_FILES]) == sorted(one.id for one in REAL)


@for_each("name", FROM_WORDS)
def test_what_works_from_words_is_ordered_with_words(name: str) -> None:
    assert validate(request(name), REAL, ()).model_id == name


@for_each("name", FROM_FILES)
def test_what_works_on_a_file_is_refused_without(name: str) -> None:
    found = REAL.get(name)
    assert found is not None
    needed = [[slot.kind.value] for slot in found.slots if slot.required]
    needed += [list(dict.fromkeys(slot.kind.value for slot in group)) for group in found.wants]
    assert [" ".join(kinds) for kinds in needed] == FROM_FILES[name]
    refused = refusal(request(name))
    several = " " in FROM_FILES[name][0]
    assert refused.key == ("input-missing-any" if several else "input-missing")
    assert several or refused.values["kind"] == FROM_FILES[name][0]
    assert not found.runs_on_prompt(kind_of(found))
    assert ": …" in example(found).removeprefix(f"/{kind_of(found)}").replace("prompt: …", "")


@for_each(
    ("name", "sibling", "cost"),
    [
        ("kling-video-v2-6-pro-image-to-video", "kling-video-v2-6-pro-text-to-video", "0.35"),
        ("kling-video-v2-5-turbo-pro-image-to-video", "kling-video-v2-6-pro-text-to-video", "0.35"),
        ("bytedance-seedance-2-0-mini-reference-to-video", "bytedance-seedance-2-0-mini-text-to-video", None),
        ("happyhorse-1.1-i2v", "happyhorse-1.1-t2v", None),
        ("ltx-2-3-quality-audio-to-video", "ltx-2-3-quality-text-to-video", None),
        ("luma-ray-v3-2-video-to-video", "luma-ray-v3-2-text-to-video", None),
        ("wan-v2-7-image-to-video", "wan-v2-7-text-to-video", None),
        ("kling-video-o1-image-to-video", "kling-video-o3-omni", None),
        ("qwen-image-edit", "qwen-image", None),
        ("xai-grok-imagine-image-edit", "xai-grok-imagine-image", None),
        ("xai-grok-imagine-video-image-to-video", None, None),  # its family has pictures from words, but no films
        ("sam-3-image", None, None),
        ("bytedance-depth-anything-video", None, None),  # of the maker of Seedance, and no relative of it
    ],
)
def test_the_sibling_that_works_from_words_is_offered(name: str, sibling: str | None, cost: str | None) -> None:
    refused = refusal(request(name))
    assert (refused.suggestion and refused.suggestion.model) == sibling
    total = refused.validated.total if refused.validated is not None else None
    assert cost is None or (total is not None and str(total.usd) == cost)
    assert bool(refused.values["nearest"]) is (sibling is not None)


def test_a_sibling_that_is_not_offered_here_is_not_the_suggestion() -> None:
    asked = request("kling-video-v2-6-pro-image-to-video")
    with pytest.raises(Refusal) as caught:
        validate(asked, REAL, (), lambda one: one.id != "kling-video-v2-6-pro-text-to-video")
    assert caught.value.suggestion is not None
    assert caught.value.suggestion.model not in {None, "kling-video-v2-6-pro-text-to-video"}


def test_what_the_sibling_cannot_do_is_no_suggestion() -> None:
    refused = refusal(request("kling-video-v2-6-pro-image-to-video", duration=5, resolution="720p"))
    assert (
        refused.suggestion is None
        or "resolution" not in (REAL.get(str(refused.suggestion.model)) or model("x")).parameters
    )


def test_the_sibling_that_takes_the_file_is_offered_too() -> None:
    picture = Attachment(kind=InputKind.IMAGE, role=Role.START, name="a.png", media_type="image/png", size=9, url="a")
    refused = refusal(request("kling-video-v2-6-pro-text-to-video", attachments=(picture,)))
    assert refused.key == "input-unwanted"
    assert refused.suggestion is not None
    assert refused.suggestion.model == "kling-video-v2-6-pro-image-to-video"


def test_what_is_attached_already_goes_to_the_sibling_and_is_spoken_of() -> None:
    picture = Attachment(kind=InputKind.IMAGE, role=Role.START, name="a.png", media_type="image/png", size=9, url="a")
    refused = refusal(request("kling-video-v3-pro-motion-control", attachments=(picture,)))
    assert (refused.key, refused.values["kind"], refused.values["of"]) == ("input-missing", "video", "files")
    assert refused.suggestion is not None
    assert refused.suggestion.attachments == (picture,)
    assert refusal(request("kling-video-v2-6-pro-image-to-video")).values["of"] == "words"


def test_a_link_by_the_slots_own_name_is_a_file_too() -> None:
    given = {"input_image": "https://files.example/one.png"}
    assert validate(request("kling-video-v2-6-pro-image-to-video", more=given), REAL, ()).parameters == given


def test_what_takes_no_words_says_at_once_that_it_needs_a_file() -> None:
    assert refusal(request("topazlabs-rhea-video", prompt="sharper")).key == "input-missing"


@for_each(
    ("name", "parameters", "kinds"),
    [
        ("acme-v3-image-to-video", [link("input_image"), Parameter(name="multi_prompt", types=("array",))], ["image"]),
        ("acme-flf2v", [link("input_image"), link("end_image_url")], ["image"]),
        ("acme-ti2v", [link("input_image")], []),
        ("acme-lipsync", [link("input_video"), link("audio_url")], ["audio", "video"]),
        ("acme-talking-avatar", [link("input_image"), link("input_audio")], ["audio", "image"]),
        ("acme-s2v", [link("input_image"), link("audio_url")], ["audio"]),
        ("acme-upscaler", [link("input_video")], ["video"]),
        ("acme-reference-to-video", [link("reference_images", many=True), link("audio_url")], ["image"]),
        ("acme-text-or-image-to-video", [link("input_image")], []),
        ("acme-text-image-to-video", [link("input_image")], []),
        ("acme-text-to-video-or-image-to-video", [link("input_image")], []),
        ("acme-image-to-video", [], []),  # its schema has no place for one
        ("acme-director", [link("input_image")], []),
        ("acme-image2video", [link("input_image")], ["image"]),
        ("acme-img2vid-xt", [link("input_image")], ["image"]),
        ("acme-photo-to-video", [link("input_image")], ["image"]),
        ("acme-first-last-frame-to-video", [link("input_image"), link("end_image_url")], ["image"]),
        ("acme-subject-to-video", [link("reference_images", many=True)], ["image"]),
        ("acme-video-2-text-to-video", [link("input_image")], []),
        ("acme-video-2-image-to-video", [link("input_image")], ["image"]),
        ("acme-txt2img", [link("input_image")], []),
        ("acme-2-2-animate", [link("input_image"), link("input_video")], ["video"]),
        ("acme-real-esrgan", [link("input_image")], ["image"]),
        ("acme-super-resolution", [link("input_video")], ["video"]),
        ("acme-face-swap", [link("input_image")], ["image"]),
        ("acme-foley", [link("input_video")], ["video"]),
        ("acme-animatediff", [link("input_image")], []),
        ("acme-editorial", [link("input_image")], []),
    ],
)
def test_a_model_that_nobody_has_seen_yet_is_read_by_its_name(
    name: str, parameters: list[Parameter], kinds: list[str]
) -> None:
    unseen = model(name, *parameters)
    assert [group[0].kind.value for group in unseen.wants] == kinds


def test_the_picture_that_goes_along_does_not_make_the_work() -> None:
    mask, picture = link("mask_url"), link("input_image")
    unseen = model("acme-image-edit", picture, mask, makes="image")
    file = Attachment(kind=InputKind.IMAGE, role=Role.MASK, name="m.png", media_type="image/png", size=9, url="m")
    asked = GenerationRequest(kind=MediaKind.IMAGE, prompt="a fox", model="acme-image-edit", attachments=(file,))
    with Refused("input-missing", option="image", kind="image"):
        validate(asked, Catalogue([unseen]), ())
