"""Finding a model: what each can do, what somebody typed, what somebody probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import Catalogue, MediaKind
from bot.domain.parameters import Parameter
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
    return [m.id for m in catalogue.find(words, MediaKind.VIDEO, limit)]


def test_the_provider_has_113_models_and_all_can_be_read() -> None:
    assert len(REAL) == 113


def test_of_kind_are_those_that_need_nothing_but_a_prompt_in_the_providers_order() -> None:
    assert [m.id for m in small().of_kind(MediaKind.VIDEO)] == ["wan-fast", "kling-pro", "super-kling"]
    assert [m.id for m in small().of_kind(MediaKind.IMAGE)] == ["flux"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["kling-pro", "super-kling", "wan-fast"]),
        ("kling", ["kling-pro", "super-kling"]),
        ("KLING pro", ["kling-pro"]),
        ("pro kling", ["kling-pro"]),
        ("edit", []),
        ("flux", []),
        ("  -- ", ["kling-pro", "super-kling", "wan-fast"]),
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
        found = REAL.find(words, kind, 25)
        assert len(found) <= 25
        assert all(m.runs_on_prompt(kind) for m in found)


@pytest.mark.parametrize("kind", MediaKind)
def test_every_model_is_found_by_its_own_name_and_by_its_id(kind: MediaKind) -> None:
    for m in REAL.of_kind(kind):
        assert m in REAL.find(m.name, kind, len(REAL)), m.name
        assert m in REAL.find(m.id, kind, len(REAL)), m.id


@pytest.mark.parametrize(
    ("typed", "meant"), [("klingpro", "kling-pro"), ("WAN FAST", "wan-fast"), ("kling-edit", "kling-pro")]
)
def test_the_nearest_model_is_one_that_can_be_ordered(typed: str, meant: str) -> None:
    nearest = small().nearest(typed, MediaKind.VIDEO)
    assert nearest is not None
    assert nearest.id == meant


def test_nothing_is_near_to_nonsense() -> None:
    assert small().nearest("§§§§§§§§§§", MediaKind.VIDEO) is None


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


def test_an_unknown_id_is_nobody() -> None:
    assert small().get("sora") is None
