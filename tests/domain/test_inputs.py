"""Which file goes into which slot, and which files no slot takes."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.models.parameters import Json, Parameter
from bot.domain.models.slots import InputKind, Role, slots_of
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.slot_assignment import MEGABYTE, MOST_MEGABYTES, assign
from bot.domain.orders.validation import validate
from tests.cases import for_each
from tests.domain.kit import Refused, model, real_catalogue
from tests.schemas import elements

REAL = real_catalogue()
IMAGE, VIDEO, AUDIO = InputKind
HAPPY, SEEDANCE, MINIMAX = "happyhorse-1.1-i2v", "bytedance-seedance-2-0-reference-to-video", "minimax-h3"
OMNI, WAN, KLING = "kling-video-o3-omni", "wan-v2-7-reference-to-video", "kling-video-o1-image-to-video"


def file(kind: InputKind = IMAGE, role: Role | None = None, url: str = "a", **changes: Any) -> Attachment:
    media_type = {IMAGE: "image/png", VIDEO: "video/mp4", AUDIO: "audio/mpeg"}[kind]
    plain = Attachment(kind=kind, role=role, name=f"{url}.bin", media_type=media_type, size=10, url=url)
    return replace(plain, **changes)


def real(name: str) -> Model:
    found = REAL.get(name)
    assert found is not None
    return found


def placed(name: str, *files: Attachment, prompt: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in assign(files, real(name), [prompt]):
        found.setdefault(entry.slot, []).append(entry.attachment.url)
    return found


def files(count: int, kind: InputKind = IMAGE, role: Role | None = None) -> list[Attachment]:
    return [file(kind, role, url=str(n)) for n in range(count)]


# Where files go.


@for_each(
    ("name", "given", "expected"),
    [
        (HAPPY, [file()], {"input_image": ["a"]}),
        (KLING, files(2), {"input_image": ["0"], "tail_image_url": ["1"]}),
        (MINIMAX, [file()], {"input_image": ["a"]}),
        (MINIMAX, files(3), {"input_images": ["0", "1", "2"]}),
        (MINIMAX, [file(VIDEO), file(AUDIO, url="b")], {"input_videos": ["a"], "input_audios": ["b"]}),
        (SEEDANCE, [file(), file(VIDEO, url="v")], {"input_images": ["a"], "input_videos": ["v"]}),
        (OMNI, [file()], {"start_image_url": ["a"]}),
        (OMNI, files(2), {"input_image": ["0", "1"]}),
        (OMNI, [file(VIDEO)], {"input_video": ["a"]}),
        ("gpt-image-2", files(2), {"input_image": ["0", "1"]}),
        ("wan-v2-6-reference-to-video", [file(VIDEO)], {"input_videos": ["a"]}),
        ("krea-v2-large-text-to-image", [file()], {"image_style_references": ["a"]}),
        ("wan-v2-7-edit-video", [file(VIDEO), file(url="i")], {"input_video": ["a"], "reference_image_url": ["i"]}),
    ],
)
def test_without_a_role_a_file_goes_where_the_model_naturally_takes_it(
    name: str, given: list[Attachment], expected: dict[str, list[str]]
) -> None:
    assert placed(name, *given) == expected


@for_each(
    ("name", "kind", "role", "slot"),
    [
        (SEEDANCE, IMAGE, Role.FACE, "input_face_images"),
        (SEEDANCE, VIDEO, Role.FACE, "input_face_videos"),
        (SEEDANCE, IMAGE, Role.REFERENCE, "input_images"),
        (SEEDANCE, IMAGE, Role.START, "input_images"),
        (SEEDANCE, VIDEO, Role.SOURCE, "input_videos"),
        (OMNI, IMAGE, Role.REFERENCE, "input_image"),
        ("gpt-image-2", IMAGE, Role.MASK, None),
        ("flux-2-pro", IMAGE, Role.REFERENCE, "input_image"),
        ("krea-v2-large-text-to-image", IMAGE, Role.STYLE, "image_style_references"),
        ("wan-v2-7-text-to-video", AUDIO, Role.SOUND, "audio_url"),
    ],
)
def test_a_role_that_was_given_wins(name: str, kind: InputKind, role: Role, slot: str | None) -> None:
    assert list(placed(name, file(kind, role))) == [slot or "mask_url"]


def test_roles_that_were_given_come_before_those_that_were_not() -> None:
    last, first = file(role=Role.END, url="last"), file(url="first")
    assert placed(KLING, last, first) == {"input_image": ["first"], "tail_image_url": ["last"]}


def test_what_is_sent_has_the_shape_of_the_slot() -> None:
    request = GenerationRequest(
        kind=MediaKind.VIDEO, prompt="a fox", model=WAN, attachments=(file(), file(VIDEO, url="v"))
    )
    assert validate(request, REAL, ()).body({"v": "fresh"}) == {
        "prompt": "a fox",
        "input_image": "a",
        "reference_videos": ["fresh"],
    }


@for_each("typed", ["https://x/1, https://x/2", '["https://x/1", "https://x/2"]', ["https://x/1", "https://x/2"]])
@for_each("slot", ["image_style_references", "reference_images"])
def test_links_may_be_typed_where_the_schema_has_objects_for_them(slot: str, typed: Json) -> None:
    """So the samples of the provider's pages send them (`krea-v2-large-text-to-image`, WAN 2.7)."""
    name = {"image_style_references": "krea-v2-large-text-to-image", "reference_images": WAN}[slot]
    kind = MediaKind.IMAGE if name != WAN else MediaKind.VIDEO
    request = GenerationRequest(kind=kind, prompt="a fox", model=name, more={slot: typed})
    assert validate(request, REAL, ()).body()[slot] == ["https://x/1", "https://x/2"]
    objects: Json = [{"url": "https://x/1", "strength": 0.5}]
    assert validate(replace(request, more={slot: objects}), REAL, ()).body()[slot] == objects
    with Refused("not-a-link", option=f"{slot} 1"):
        validate(replace(request, more={slot: ["a picture"]}), REAL, ())


def test_a_file_takes_the_place_of_a_default() -> None:
    link = Parameter(name="input_images", types=("string",), format="uri")
    slot = Parameter(name="input_images", types=("array",), items=link, default=[], required=True)
    one = Catalogue([model("m", slot)])
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="m")
    assert validate(request, one, ()).body()["input_images"] == []
    assert validate(replace(request, attachments=(file(),)), one, ()).body()["input_images"] == ["a"]


def test_elements_have_a_frontal_picture_and_more() -> None:
    given = elements(1, None, 1, 2, 1)
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="@Element3 runs", model=OMNI, attachments=given)
    assert validate(request, REAL, ()).body()["elements"] == [
        {"frontal_image_url": given[0].url, "reference_image_urls": [given[2].url, given[4].url]},
        {"frontal_image_url": given[1].url},
        {"frontal_image_url": given[3].url},
    ]


def test_an_element_has_at_most_so_many_further_pictures() -> None:
    assert len(assign(elements(1, 1, 1, 1), real(OMNI))) == 4
    with Refused("input-many", option="element"):
        assign(elements(1, 1, 1, 1, 1), real(OMNI))


def test_a_slot_that_has_a_link_already_takes_no_file() -> None:
    request = GenerationRequest(
        kind=MediaKind.VIDEO, prompt="a fox", model=HAPPY, more={"input_image": "https://files.example/a"}
    )
    assert validate(request, REAL, ()).body()["input_image"] == "https://files.example/a"
    with Refused("input-unwanted", option="image"):
        validate(replace(request, attachments=(file(),)), REAL, ())


# What is refused.


@for_each(
    ("given", "key", "values"),
    [
        (file(size=0), "file-empty", {"option": "image", "name": "a.bin"}),
        (file(animated=True), "file-animated", {"option": "image"}),
        (file(role=Role.SOURCE, animated=True), "file-gif", {"option": "video"}),
        (file(role=Role.SOURCE), "file-kind", {"option": "video", "kind": "image", "wanted": "video"}),
        (file(VIDEO, Role.START), "file-kind", {"option": "image", "kind": "video", "wanted": "image"}),
        (file(VIDEO), "input-unwanted", {"option": "video", "allowed": "image"}),
        (file(role=Role.END), "input-unwanted", {"option": "last_frame", "model": "Happy Horse 1.1 - Image to Video"}),
    ],
)
def test_a_file_that_the_model_does_not_take_is_refused(given: Attachment, key: str, values: dict[str, object]) -> None:
    with Refused(key, **values):
        assign([given], real(HAPPY))


@for_each("kind", InputKind)
def test_a_file_over_the_limit_is_refused_with_the_limit(kind: InputKind) -> None:
    most = MOST_MEGABYTES[kind]
    assert assign([file(kind, size=most * MEGABYTE)], real(MINIMAX))
    with Refused("file-large", max=most, size=most + 1, option=kind.value):
        assign([file(kind, size=most * MEGABYTE + 1)], real(MINIMAX))


def test_too_many_are_refused_with_how_many_there_may_be() -> None:
    with Refused("input-many", option="image", max=1):
        assign(files(2, role=Role.START), real(HAPPY))
    reference = "kling-video-o3-pro-reference-to-video"
    assert len(assign(files(4, role=Role.REFERENCE), real(reference))) == 4
    with Refused("input-many", option="reference", max=4):
        assign(files(5, role=Role.REFERENCE), real(reference))


def test_a_last_frame_needs_a_first_one() -> None:
    with Refused("last-frame-alone", option="last_frame"):
        assign([file(role=Role.END)], real(OMNI))
    extended = "wan-v2-7-image-to-video"
    assert placed(extended, file(role=Role.END), file(VIDEO, url="v")) == {
        "end_image_url": ["a"],
        "input_video": ["v"],
    }


def test_what_a_model_cannot_do_without_is_named() -> None:
    with Refused("input-missing", option="image", kind="image", model="Happy Horse 1.1 - Image to Video"):
        assign([], real(HAPPY))
    with Refused("input-missing", option="video", kind="video"):
        assign([file()], real("wan-v2-7-edit-video"))


@for_each(
    ("prompt", "said", "allowed"),
    [
        ("@Image3 runs", "@Image3", "@Image1, @Image2"),
        ("@image0 runs", "@image0", "@Image1, @Image2"),
        ("@Image1 and @Video1", "@Video1", ""),
        ("@Audio 1", "@Audio 1", ""),
        ("@Element1", "@Element1", ""),
    ],
)
def test_a_mention_of_what_is_not_attached_is_refused(prompt: str, said: str, allowed: str) -> None:
    with Refused("mention", given=said, allowed=allowed, option="prompt"):
        assign(files(2), real(MINIMAX), [prompt])


@for_each("prompt", ["@Image1 and @image2", "mail@image.example", "@Imagine3", "@Image1s"])
def test_other_words_and_what_is_attached_may_be_said(prompt: str) -> None:
    assert len(assign(files(2), real(MINIMAX), [prompt])) == 2


def test_links_count_as_attached() -> None:
    more = {"input_images": ["https://files.example/1", "https://files.example/2"]}
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="@Image2", model=MINIMAX, more=more)
    assert validate(request, REAL, ()).body()["input_images"] == more["input_images"]
    with Refused("mention", count=2):
        validate(replace(request, prompt="@Image3"), REAL, ())


def test_without_a_model_the_first_that_takes_the_files_is_chosen() -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", attachments=(file(),))
    assert validate(request, REAL, ("kling-video-v2-6-pro-text-to-video", HAPPY)).model_id == HAPPY
    none = Catalogue([model("plain")])
    with Refused("no-models"):
        validate(request, none, ("plain",))


# Slots that no model has yet.


def slot_of(**prop: Any) -> Any:
    parameter = Parameter(**prop)
    return next(iter(slots_of({parameter.name: parameter}, {"video"})), None)


def test_a_slot_of_tomorrow_is_found_by_its_name_and_its_format() -> None:
    link = Parameter(name="x", types=("string",), format="uri")
    assert slot_of(name="input_image").role is Role.START
    assert slot_of(name="control_image_url", types=("string",)).role is Role.CONTROL
    assert slot_of(name="end_video", types=("string",), format="uri").kind is VIDEO
    both = slot_of(name="input_image", variants=(link, Parameter(name="x", types=("array",), items=link, max_items=3)))
    assert (both.many, both.most) == (True, 3)
    inside = Parameter(name="x", types=("object",), fields={"image_url": replace(link, name="image_url")})
    assert slot_of(name="style_images", types=("array",), items=inside).field == "image_url"


@for_each(
    "prop",
    [
        {"name": "webhook_url", "types": ("string",), "format": "uri"},
        {"name": "video_quality", "types": ("string",)},
        {"name": "input_image_has_face", "types": ("boolean",)},
        {"name": "input_video_mode", "types": ("string",), "choices": ("a", "b")},
        {"name": "num_images", "types": ("integer",)},
    ],
)
def test_what_takes_no_file_is_no_slot(prop: dict[str, Any]) -> None:
    assert slot_of(**prop) is None


ATTACHMENTS = st.lists(
    st.builds(
        file,
        st.sampled_from(InputKind),
        st.none() | st.sampled_from(Role),
        url=st.text(max_size=5),
        size=st.sampled_from([0, 10, 2**40]) | st.just(10),
        element=st.none() | st.integers(1, 2),
    ),
    max_size=6,
)


@given(st.sampled_from(list(REAL)), ATTACHMENTS, st.text(max_size=20))
def test_whatever_is_attached_is_placed_once_or_refused(chosen: Model, given: list[Attachment], text: str) -> None:
    try:
        inputs = assign(given, chosen, [text])
    except Refusal as refusal:
        assert "option" in refusal.values  # noqa: PT017 - either way is fine, nothing else is
        return
    assert sorted(entry.attachment.url for entry in inputs) == sorted(attachment.url for attachment in given)


@for_each("given", [file(VIDEO, Role.START), file(role=Role.SOURCE), file(size=0)])
def test_without_a_model_it_is_the_file_that_is_refused_and_not_the_first_model(given: Attachment) -> None:
    """A film given as `image` once was told that "Depth Anything Video has no option prompt"."""
    for name in (None, HAPPY):
        refusal = refused(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model=name, attachments=(given,)))
        assert refusal is not None
        assert refusal.key.startswith("file-")


def test_a_gif_is_known_by_what_discord_says_of_it() -> None:
    gif = replace(file(role=Role.SOURCE), media_type="image/gif")
    with Refused("file-gif", option="video"):
        validate(GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", attachments=(gif,)), REAL, ())


def refused(request: GenerationRequest) -> Refusal | None:
    try:
        validate(request, REAL, ())
    except Refusal as refusal:
        return refusal
    return None
