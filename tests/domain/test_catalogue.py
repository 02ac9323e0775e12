"""Finding a model: what each can do, what somebody typed, what somebody probably meant."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.parameters import Parameter
from tests.cases import for_each
from tests.domain.kit import model, real_catalogue

IMAGE_INPUT = Parameter(name="input_image", required=True)
REAL = real_catalogue()


def small() -> Catalogue:
    return Catalogue(
        [
            model("wan-fast"),
            model("kling-pro"),
            model("kling-edit", IMAGE_INPUT),
            model("flux", makes="image"),
            model("super-kling"),
        ]
    )


def names(catalogue: Catalogue, words: str, limit: int = 25) -> list[str]:
    return [m.id for m in catalogue.find(words, MediaKind.VIDEO, limit=limit)]


def test_the_provider_has_115_models_and_all_can_be_read() -> None:
    assert len(REAL) == 115


def test_of_kind_lists_the_models_that_need_only_a_prompt_in_the_providers_order() -> None:
    assert [m.id for m in small().of_kind(MediaKind.VIDEO)] == ["wan-fast", "kling-pro", "super-kling"]
    assert [m.id for m in small().of_kind(MediaKind.IMAGE)] == ["flux"]


@for_each(
    ("words", "found"),
    [
        ("", ["kling-edit", "kling-pro", "super-kling", "wan-fast"]),
        ("kling", ["kling-edit", "kling-pro", "super-kling"]),
        ("KLING pro", ["kling-pro"]),
        ("pro kling", ["kling-pro"]),
        ("edit", ["kling-edit"]),
        ("flux", []),
        ("  -- ", ["kling-edit", "kling-pro", "super-kling", "wan-fast"]),
    ],
)
def test_every_word_has_to_occur_and_beginnings_come_first(words: str, found: list[str]) -> None:
    assert names(small(), words) == found


def test_no_more_are_found_than_asked_for() -> None:
    assert len(names(REAL, "", 25)) == 25
    assert names(REAL, "", 0) == []


@given(st.text(max_size=40))
def test_whatever_is_typed_finds_models_of_the_kind_or_none(words: str) -> None:
    for kind in MediaKind:
        found = REAL.find(words, kind)
        assert len(found) <= 25
        assert all(kind in m.makes for m in found)


@for_each("kind", MediaKind)
def test_every_model_is_found_by_its_own_name_and_by_its_id(kind: MediaKind) -> None:
    for m in REAL.of_kind(kind):
        assert m in REAL.find(m.name, kind, limit=len(REAL)), m.name
        assert m in REAL.find(m.id, kind, limit=len(REAL)), m.id


@for_each(("typed", "meant"), [("klingpro", "kling-pro"), ("WAN FSAT", "wan-fast"), ("kling-edt", "kling-edit")])
def test_the_nearest_model_is_the_one_that_was_meant(typed: str, meant: str) -> None:
    nearest = small().nearest(typed, MediaKind.VIDEO)
    assert nearest is not None
    assert nearest.id == meant
    assert small().find(typed, MediaKind.VIDEO)[0].id == meant


def test_nonsense_is_near_to_no_model() -> None:
    for nonsense in ("§§§§§§§§§§", "zzzzqqqq", "no such model", "", "-", "a" * 500):
        assert REAL.nearest(nonsense, MediaKind.VIDEO) is None
        assert small().nearest(nonsense, MediaKind.VIDEO) is None


MISSPELLED = [
    ("klng 2.6", "kling-video-v2-6-pro-text-to-video"),
    ("kling26", "kling-video-v2-6-pro-text-to-video"),
    ("KLING v2.6 pro imge to video", "kling-video-v2-6-pro-image-to-video"),
    ("wan 2.7 text to vidio", "wan-v2-7-text-to-video"),
    ("wna 3.0", "wan-v3-0-video"),
    ("see dance 2.5", "bytedance-seedance-2-5-text-to-video"),
    ("veo 3,1 fsat", "google-veo-3-1-fast"),
    ("flux2klein 4b", "black-forest-labs-flux-2-klein-4b"),
    ("nanobannana 2", "nano-banana-2"),
    ("gpt img 2", "gpt-image-2"),
]


@for_each(("typed", "meant"), MISSPELLED)
def test_a_misspelled_model_is_the_one_that_was_meant(typed: str, meant: str) -> None:
    nearest = REAL.nearest(typed, MediaKind.VIDEO, lambda m: m.runs_on_prompt(MediaKind.VIDEO))
    assert nearest is not None
    assert nearest.id == meant


def test_one_letter_wrong_finds_every_model_by_its_name() -> None:
    """A letter left out, doubled, or swapped with the next, at each place of each name that does not begin a word."""
    wrong = 0
    for m in REAL:
        for n in range(1, len(m.name) - 1, 9):
            if m.name[n - 1 : n + 2].isalpha():
                a, b = m.name[n : n + 2]
                for typed in (b, a + a + b, b + a):
                    near = REAL.nearest(m.name[:n] + typed + m.name[n + 2 :])
                    wrong += near is None or near.name != m.name
    assert wrong <= 2


@for_each("typed", ["kling 2.6 pro text to video", "Kling-2.6-Pro:Text-to-Video", "kling video v2.6 pro text to video"])
def test_a_name_is_known_however_its_words_are_joined(typed: str) -> None:
    found = REAL.named(typed, MediaKind.VIDEO)
    assert found is not None
    assert found.id == "kling-video-v2-6-pro-text-to-video"


def test_a_model_tells_what_it_needs_beyond_the_prompt() -> None:
    edit = small().get("kling-edit")
    assert edit is not None
    assert edit.needs == ("input_image",)
    assert not edit.runs_on_prompt(MediaKind.VIDEO)


def test_the_length_is_found_under_either_name() -> None:
    for name in ("duration", "seconds"):
        parameter = model("m", Parameter(name=name)).duration
        assert parameter is not None
        assert parameter.name == name
    assert model("m").duration is None


def test_an_unknown_id_finds_no_model() -> None:
    assert small().get("sora") is None


# What each does.

BY_NAME = {
    "text-to-video": ModelGroup.TEXT_TO_VIDEO,
    "-t2v": ModelGroup.TEXT_TO_VIDEO,
    "image-to-video": ModelGroup.IMAGE_TO_VIDEO,
    "-i2v": ModelGroup.IMAGE_TO_VIDEO,
    "reference-to-video": ModelGroup.REFERENCE_TO_VIDEO,
    "-r2v": ModelGroup.REFERENCE_TO_VIDEO,
    "video-to-video": ModelGroup.VIDEO_TO_VIDEO,
    "video-edit": ModelGroup.VIDEO_TO_VIDEO,
    "edit-video": ModelGroup.VIDEO_TO_VIDEO,
    "extend-video": ModelGroup.VIDEO_TO_VIDEO,
    "retake": ModelGroup.VIDEO_TO_VIDEO,
    "upscale": ModelGroup.UPSCALE,
    "image-edit": ModelGroup.IMAGE_EDITING,
    "text-to-image": ModelGroup.TEXT_TO_IMAGE,
}


@for_each(("words", "group"), BY_NAME.items())
def test_a_model_does_what_its_id_says(words: str, group: ModelGroup) -> None:
    named = [m for m in REAL if words in m.id]
    assert named
    assert [m.id for m in named if group not in m.groups] == []


@for_each(
    ("group", "possible"),
    [
        (ModelGroup.TEXT_TO_VIDEO, lambda m: m.runs_on_prompt(MediaKind.VIDEO)),
        (ModelGroup.TEXT_TO_IMAGE, lambda m: m.runs_on_prompt(MediaKind.IMAGE)),
        (ModelGroup.IMAGE_TO_VIDEO, lambda m: any(slot.kind == "image" for slot in m.slots)),
        (ModelGroup.REFERENCE_TO_VIDEO, lambda m: any(slot.role in {"reference", "element"} for slot in m.slots)),
        (ModelGroup.VIDEO_TO_VIDEO, lambda m: any(slot.kind == "video" for slot in m.slots)),
        (ModelGroup.IMAGE_EDITING, lambda m: any(slot.kind == "image" for slot in m.slots)),
        (ModelGroup.UPSCALE, lambda m: m.slots and m.slots[0].required and not any(p == "prompt" for p in m.needs)),
    ],
)
def test_a_model_can_do_what_its_group_says(group: ModelGroup, possible: Callable[[Model], bool]) -> None:
    members = REAL.find("", group=group, limit=len(REAL))
    assert len(members) > 5
    assert [m.id for m in members if not possible(m)] == []


def test_upscalers_are_those_that_only_make_larger() -> None:
    upscalers = [m.id for m in REAL.find("", group=ModelGroup.UPSCALE, limit=50)]
    assert len(upscalers) == 11
    assert all(name.startswith("topazlabs-") and "hyperion" not in name for name in upscalers)


def test_a_search_keeps_to_its_group_and_kind() -> None:
    assert {m.id for m in REAL.find("kling", MediaKind.IMAGE)} == set()
    found = REAL.find("kling", MediaKind.VIDEO, ModelGroup.IMAGE_TO_VIDEO)
    assert found
    assert all("kling" in m.id and ModelGroup.IMAGE_TO_VIDEO in m.groups for m in found)


@for_each("name", ["xai/grok-imagine", "a" * 500, "../../etc/passwd", ""])
def test_whatever_is_called_a_model_is_looked_for(name: str) -> None:
    near = REAL.nearest(name)
    assert near is None or near in list(REAL)
    assert all(m in list(REAL) for m in REAL.find(name))
