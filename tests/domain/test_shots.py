"""Storyboards: what somebody types, what is possible, and what would be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.models.parameters import Parameter
from bot.domain.orders.order import GenerationRequest, Shot
from bot.domain.orders.shots import check_shots, format_shots, mended, parse_shots, total_seconds
from bot.domain.orders.validation import validate
from tests.cases import for_each
from tests.domain.kit import Refused, model, real_catalogue

REAL = real_catalogue()
KLING = "kling-video-o3-pro-reference-to-video"
LENGTHS = st.lists(st.integers(-5, 40), min_size=1, max_size=15)


def shots(*seconds: int) -> tuple[Shot, ...]:
    return tuple(Shot(prompt=f"shot {n}", duration=length) for n, length in enumerate(seconds, 1))


@for_each(
    ("line", "prompt", "seconds"),
    [
        ("5s Aerial view of waves", "Aerial view of waves", 5),
        ("12 s  Waves", "Waves", 12),
        ("7sec: Waves", "Waves", 7),
        ("3 seconds - Waves", "Waves", 3),
        ("10S, Waves", "Waves", 10),
        ("Waves", "Waves", 5),
        ("5 swans on a lake", "5 swans on a lake", 5),
        ("3 cats", "3 cats", 5),
        ("0s Waves", "Waves", 0),
    ],
)
def test_a_line_is_a_shot(line: str, prompt: str, seconds: int) -> None:
    assert parse_shots(f"\n  {line}  \n\n") == (Shot(prompt=prompt, duration=seconds),)


def test_an_empty_text_has_no_shots() -> None:
    assert parse_shots(" \n\n\t") == ()


@for_each("text", ["a\n5s", "a\n7 s :  "])
def test_a_length_without_words_is_refused_with_its_line(text: str) -> None:
    with Refused("shot-empty", line=2, option="shots"):
        parse_shots(text)


WORDS = st.text(st.characters(categories=("L",)), min_size=1, max_size=20).map(lambda word: f"see {word}")


@given(st.lists(st.builds(Shot, prompt=WORDS, duration=st.integers(0, 99)), max_size=6))
def test_what_is_written_down_is_read_back(storyboard: list[Shot]) -> None:
    assert parse_shots(format_shots(storyboard)) == tuple(storyboard)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_shots_or_a_refusal(text: str) -> None:
    try:
        read = parse_shots(text)
    except Refusal as refusal:
        assert refusal.key == "shot-empty"  # noqa: PT017 - either way is fine, nothing else is
    else:
        assert all(shot.prompt for shot in read)


@for_each(("seconds", "total"), [((1, 1), 2), ((8, 8), 16), ((15, 1), 16)])
def test_three_to_fifteen_seconds_in_all(seconds: tuple[int, ...], total: int) -> None:
    with Refused("shots-total", given=total, nearest=3 if total < 3 else 15, option="shots"):
        check_shots(shots(*seconds))
    check_shots(shots(3))
    check_shots(shots(5, 5, 5))


@for_each("seconds", [0, 16, -1])
def test_a_shot_that_cannot_be_so_long_is_named(seconds: int) -> None:
    with Refused("shot-length", line=2, given=seconds):
        check_shots(shots(5, seconds))


def test_a_shot_of_513_characters_is_named() -> None:
    check_shots([Shot(prompt="x" * 512)])
    with Refused("shot-long", line=1, length=513, max=512):
        check_shots([Shot(prompt="x" * 513)])


@given(LENGTHS)
def test_what_is_mended_is_possible_and_what_was_possible_stays(seconds: list[int]) -> None:
    storyboard = shots(*seconds)
    check_shots(mended(storyboard))
    assert [shot.prompt for shot in mended(storyboard)] == [shot.prompt for shot in storyboard]
    try:
        check_shots(storyboard)
    except Refusal:
        return
    assert mended(storyboard) == storyboard


# As an order.


def order(**request: object) -> GenerationRequest:
    return GenerationRequest(kind=MediaKind.VIDEO, model=KLING, **request)  # type: ignore[arg-type]


def test_sixteen_seconds_are_refused_and_fifteen_offered() -> None:
    with pytest.raises(Refusal) as caught:
        validate(order(shots=shots(8, 8)), REAL, ())
    assert caught.value.key == "shots-total"
    assert caught.value.suggestion is not None
    assert total_seconds(caught.value.suggestion.shots) == 15
    assert validate(caught.value.suggestion, REAL, ()).parameters["multi_prompt"]


def test_a_prompt_beside_a_storyboard_is_refused() -> None:
    with Refused("prompt-and-shots", option="prompt"):
        validate(order(shots=shots(5), prompt="a fox"), REAL, ())


def test_neither_prompt_nor_storyboard_is_refused() -> None:
    with Refused("prompt-or-shots", option="prompt"):
        validate(order(), REAL, ())


def test_no_shots_are_asked_for_where_they_would_not_do() -> None:
    request = GenerationRequest(
        kind=MediaKind.VIDEO,
        model="kling-video-o3-pro-video-to-video-edit",
        more={"input_video": "https://files.example/film.mp4"},
    )
    with Refused("prompt-empty", option="prompt"):
        validate(request, REAL, ())


@for_each("length", [{"duration": 5}, {"more": {"duration": "5"}}])
def test_a_length_beside_a_storyboard_is_refused_and_can_be_left_out(length: dict[str, object]) -> None:
    with pytest.raises(Refusal) as caught:
        validate(order(shots=shots(5), **length), REAL, ())
    assert (caught.value.key, caught.value.values["option"]) == ("duration-and-shots", "duration")
    assert caught.value.suggestion == order(shots=shots(5))


def test_a_model_without_storyboards_says_so() -> None:
    one = Catalogue([model("plain")])
    with Refused("shots-unsupported", model="Plain"):
        validate(GenerationRequest(kind=MediaKind.VIDEO, model="plain", shots=shots(5)), one, ())


def test_without_a_model_one_that_takes_storyboards_is_found() -> None:
    assert (
        validate(GenerationRequest(kind=MediaKind.VIDEO, shots=shots(5)), REAL, ("gone", "openai-sora-2-pro")).model_id
        == KLING
    )


def test_a_storyboard_written_as_json_is_the_same() -> None:
    typed = '[{"prompt": "shot 1", "duration": 6}, {"prompt": "shot 2"}]'
    assert validate(order(more={"multi_prompt": typed}), REAL, ()) == validate(order(shots=shots(6, 5)), REAL, ())
    with Refused("shots-total", given=30):
        validate(
            order(more={"multi_prompt": [{"prompt": "a", "duration": 15}, {"prompt": "b", "duration": 15}]}), REAL, ()
        )


def test_two_storyboards_at_once_are_refused() -> None:
    with Refused("option-twice", option="shots"):
        validate(order(shots=shots(5), more={"multi_prompt": '[{"prompt": "another"}]'}), REAL, ())


def test_a_schema_that_takes_fewer_shots_decides() -> None:
    entry = Parameter(name="multi_prompt", types=("object",))
    few = model("few", Parameter(name="multi_prompt", types=("array",), items=entry, max_items=1))
    with Refused("list-length", option="multi_prompt", length=2):
        validate(GenerationRequest(kind=MediaKind.VIDEO, model="few", shots=shots(5, 5)), Catalogue([few]), ())
